/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"

#define SHORT_CELLS 18
#define TOP 0.95 /* quantile of the cells' detail that counts as 1 */

static int open_detail(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    (void)err;
    int *patch = dvb_calloc(1, sizeof(*patch));
    *patch = s->patch;
    *state = patch;
    return 0;
}

/* Root mean square of the luma's differences to the right and below. */
static double detail_of(const AVFrame *f, const struct dvb_rect *r)
{
    double sum = 0;
    int right = r->x + r->w < f->width ? r->x + r->w : f->width - 1;
    int below = r->y + r->h < f->height ? r->y + r->h : f->height - 1;
    for (int y = r->y; y < below; y++) {
        const uint8_t *p = f->data[0] + y * (ptrdiff_t)f->linesize[0], *q = p + f->linesize[0];
        long line = 0;
        for (int x = r->x; x < right; x++) {
            int dx = p[x + 1] - p[x], dy = q[x] - p[x];
            line += dx * dx + dy * dy;
        }
        sum += (double)line;
    }
    return sqrt(sum / ((double)r->w * r->h));
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* A few cells of extreme contrast would else make all others flat. */
static float top_of(const struct dvb_map *m)
{
    size_t n = (size_t)m->rows * (size_t)m->cols;
    float *sorted = dvb_calloc(n, sizeof(*sorted));
    memcpy(sorted, m->rho, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), ascending);
    float top = sorted[(size_t)(TOP * (double)(n - 1))], most = sorted[n - 1];
    free(sorted);
    return top > 0 ? top : most;
}

static int map_detail(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                      struct dvb_err *err)
{
    (void)err;
    const int *patch = state;
    const AVFrame *f = q->frame;
    struct dvb_grid g = dvb_grid_of(f->width, f->height, *patch, SHORT_CELLS);
    dvb_map_init(out, g.rows, g.cols);
    for (int i = 0; i < g.rows * g.cols; i++) {
        struct dvb_rect r = dvb_grid_rect(&g, f->width, f->height, i / g.cols, i % g.cols);
        out->rho[i] = (float)detail_of(f, &r);
    }
    float top = top_of(out);
    for (int i = 0; i < g.rows * g.cols; i++)
        out->rho[i] = top > 0 ? 2 * fminf(1, out->rho[i] / top) - 1 : 0;
    return 0;
}

static json_t *detail_identity(const void *state)
{
    const int *patch = state;
    return dvb_json_pack("{s:s, s:f, s:i}", "provider", "detail", "top", TOP, "patch", *patch);
}

const struct dvb_provider dvb_provider_detail = {
    .name = "detail",
    .description = "where the picture has fine detail, whatever the words",
    .wordless = true,
    .patches = true,
    .open = open_detail,
    .map = map_detail,
    .identity = detail_identity,
    .close = free,
};
