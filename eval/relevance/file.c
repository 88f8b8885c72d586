/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"

#define GAZE_CELLS 36
#define GAZE_WINDOW 0.5 /* s */
#define GAZE_SPREAD 8   /* of the shorter side */

struct written {
    struct dvb_relevance_file file;
    char hash[DVB_HASH_LEN + 1];
    int patch;
};

static void close_file(void *state)
{
    struct written *w = state;
    if (!w)
        return;
    dvb_relevance_file_release(&w->file);
    free(w);
}

static int open_file(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    *state = NULL;
    if (!s->file)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the provider 'file' needs a file with maps, boxes or gaze points");
    struct written *w = dvb_calloc(1, sizeof(*w));
    w->patch = s->patch;
    int ret = dvb_relevance_read(s->file, &w->file, err);
    if (!ret)
        ret = dvb_hash_of_file(s->file, w->hash, err);
    if (ret)
        close_file(w);
    else
        *state = w;
    return ret;
}

/* The newest at or before that time, else the first. n > 0. */
static size_t newest(const struct dvb_relevance_entry *v, size_t n, double at)
{
    size_t i = 0;
    while (i + 1 < n && v[i + 1].at <= at)
        i++;
    return i;
}

static void gaze_map(const struct dvb_relevance_entry *v, size_t n, double at,
                     const struct dvb_grid *g, double aspect, struct dvb_map *m)
{
    size_t last = newest(v, n, at), first = last;
    double spread = (aspect < 1 ? aspect : 1.0) / GAZE_SPREAD;
    while (first > 0 && v[first - 1].at > at - GAZE_WINDOW)
        first--;
    dvb_map_init(m, g->rows, g->cols);
    for (int i = 0; i < g->rows * g->cols; i++) {
        int row = i / g->cols, col = i % g->cols;
        double x = (col + 0.5) / g->cols, y = (row + 0.5) / g->rows;
        double near = INFINITY;
        for (size_t k = first; k <= last; k++)
            near = fmin(near, hypot((x - v[k].x) * aspect, y - v[k].y));
        m->rho[i] = (float)(2 * exp(-near * near / (2 * spread * spread)) - 1);
    }
}

static void copy_map(const struct dvb_map *from, struct dvb_map *to)
{
    dvb_map_init(to, from->rows, from->cols);
    memcpy(to->rho, from->rho, (size_t)from->rows * (size_t)from->cols * sizeof(*to->rho));
}

void dvb_relevance_entry_map(const struct dvb_relevance_entry *e, const AVFrame *f,
                             struct dvb_map *m)
{
    if (e->map.rho)
        copy_map(&e->map, m);
    else
        dvb_regions_map(e->boxes, (int)e->n_boxes, f->width, f->height, m);
}

static int map_file(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                    struct dvb_err *err)
{
    const struct written *w = state;
    const struct dvb_relevance_track *t;
    int ret = dvb_relevance_track(&w->file, q->video ? q->video : "", &t, err);
    if (ret)
        return ret;
    size_t first, n = dvb_relevance_said(t, q->words, &first);
    if (!n)
        n = dvb_relevance_said(t, NULL, &first);
    if (!n)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "%s: videos[\"%s\"]: no entry for these words, and none without words",
                        w->file.path, t->video);
    int width = q->frame->width, height = q->frame->height;
    const struct dvb_relevance_entry *e = &t->v[first + newest(t->v + first, n, q->at)];
    struct dvb_grid g = dvb_grid_of(width, height, w->patch, GAZE_CELLS);
    if (w->file.gaze)
        gaze_map(t->v + first, n, q->at, &g, (double)width / height, out);
    else
        dvb_relevance_entry_map(e, q->frame, out);
    return 0;
}

static json_t *file_identity(const void *state)
{
    const struct written *w = state;
    return dvb_json_pack("{s:s, s:s, s:i}", "provider", "file", "sha256", w->hash, "patch",
                         w->patch);
}

static char *file_made_by(const struct dvb_provider_settings *s)
{
    return s->file ? dvb_path_base(s->file) : NULL;
}

const struct dvb_provider dvb_provider_file = {
    .name = "file",
    .description = "maps, boxes or gaze points from a file",
    .patches = true,
    .made_by = file_made_by,
    .open = open_file,
    .map = map_file,
    .identity = file_identity,
    .close = close_file,
};
