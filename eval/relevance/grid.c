/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/grid.h"

#include <math.h>

/* Two pixels at least for each. */
static int cells_of(int side, double patch)
{
    long n = lround(side / patch);
    int most = side / 2 < DVB_MAP_MAX ? side / 2 : DVB_MAP_MAX;
    return n < 1 ? 1 : n > most ? most : (int)n;
}

struct dvb_grid dvb_grid_of(int width, int height, int patch, int short_cells)
{
    double side = patch > 0 ? patch : (double)(width < height ? width : height) / short_cells;
    return (struct dvb_grid){ cells_of(height, side), cells_of(width, side) };
}

static int edge(int i, int n, int side)
{
    return (int)((long long)i * (side / 2) / n) * 2;
}

struct dvb_rect dvb_grid_rect(const struct dvb_grid *g, int width, int height, int row, int col)
{
    int x = edge(col, g->cols, width), y = edge(row, g->rows, height);
    return (struct dvb_rect){ x, y, edge(col + 1, g->cols, width) - x,
                              edge(row + 1, g->rows, height) - y };
}
