/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a picture is cut into patches. */
#ifndef DVB_EVAL_RELEVANCE_GRID_H
#define DVB_EVAL_RELEVANCE_GRID_H

#include "eval/relevance/map.h"

struct dvb_grid {
    int rows, cols;
};

/* Patches of about that side in pixels, as nearly square as a whole number of them allows;
   0: so large that the shorter side of the picture has short_cells of them. */
struct dvb_grid dvb_grid_of(int width, int height, int patch, int short_cells);

/* Pixels of one patch. */
struct dvb_rect {
    int x, y, w, h;
};

/* All edges are even, so that chroma can be cut with them; a side is at least 2. Together
   they cover the picture, whose sides are even. */
struct dvb_rect dvb_grid_rect(const struct dvb_grid *g, int width, int height, int row, int col);

#endif
