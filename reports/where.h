/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a rendition's bits went: its QP map, or the one window of the picture that was kept. */
#ifndef DVB_REPORTS_WHERE_H
#define DVB_REPORTS_WHERE_H

#include <stdint.h>

struct dvb_where {
    double window[4];  /* x, y, width, height as shares of the picture; width 0: none */
    int width, height; /* pixels, of what the map was for */
    int square;        /* a cell's side in those; the last row and column may reach beyond */
    int rows, cols;    /* 0: no map */
    int16_t tenths[];  /* mean offset of each cell, in tenths of a QP, by row */
};

/* From the store's detail and recipe (either may be NULL). NULL: they tell of neither, or not in
   a way that can be drawn. Heap. */
struct dvb_where *dvb_where_read(const char *detail, const char *recipe);

#endif
