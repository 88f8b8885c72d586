/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"

#define SHORT_CELLS 18
#define SPREAD 0.4 /* of the half sides */

static int open_centre(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    (void)err;
    int *patch = dvb_calloc(1, sizeof(*patch));
    *patch = s->patch;
    *state = patch;
    return 0;
}

static int map_centre(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                      struct dvb_err *err)
{
    (void)err;
    const int *patch = state;
    struct dvb_grid g = dvb_grid_of(q->frame->width, q->frame->height, *patch, SHORT_CELLS);
    dvb_map_init(out, g.rows, g.cols);
    for (int r = 0; r < g.rows; r++)
        for (int c = 0; c < g.cols; c++) {
            double x = (2 * c + 1.0) / g.cols - 1, y = (2 * r + 1.0) / g.rows - 1;
            out->rho[r * g.cols + c] = (float)(2 * exp(-(x * x + y * y) / (2 * SPREAD * SPREAD)) -
                                               1);
        }
    return 0;
}

static json_t *centre_identity(const void *state)
{
    const int *patch = state;
    return dvb_json_pack("{s:s, s:f, s:i}", "provider", "centre", "spread", SPREAD, "patch",
                         *patch);
}

const struct dvb_provider dvb_provider_centre = {
    .name = "centre",
    .description = "for comparison: the middle of the picture",
    .wordless = true,
    .patches = true,
    .open = open_centre,
    .map = map_centre,
    .identity = centre_identity,
    .close = free,
};
