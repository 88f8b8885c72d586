/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The base layer alone of two: it has the relevant region, on gray, and all the
 * bits; the enhancement layer has the rest. The paper names such layers as future
 * work ("semantic layers"). What the enhancement would take at the same quality
 * stands in the rendition's detail.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/strategy/focus.h"
#include "workspace/layer.h"

#define SHARE 0.25

static int open_layers(struct dvb_used_strategy *s, const char *args,
                       const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    struct dvb_focus *f = dvb_calloc(1, sizeof(*f));
    int ret = dvb_focus_open("layers", args, SHARE, settings, f, err);
    if (ret) {
        dvb_focus_close(f);
        free(f);
        return ret;
    }
    s->by_words = true;
    s->state = f;
    return 0;
}

static void close_layers(void *state)
{
    struct dvb_focus *f = state;
    dvb_focus_close(f);
    free(f);
}

static void gray(AVFrame *f, int plane, int y, int from, int to)
{
    if (to > from)
        memset(f->data[plane] + y * (ptrdiff_t)f->linesize[plane] + from, 128, (size_t)(to - from));
}

/* Luma coordinates of the window, even. */
static void paint(const void *user, AVFrame *f, int layer)
{
    const struct dvb_focus_window *win = user;
    int x0 = (int)(win->x * f->width / 2) * 2, x1 = x0 + (int)(win->w * f->width / 2) * 2;
    int y0 = (int)(win->y * f->height / 2) * 2, y1 = y0 + (int)(win->h * f->height / 2) * 2;
    for (int p = 0; p < 3; p++) {
        int half = p > 0, width = f->width >> half;
        for (int y = 0; y < f->height >> half; y++) {
            bool within = y >= y0 >> half && y < y1 >> half;
            int from = within ? x0 >> half : 0, to = within ? x1 >> half : 0;
            if (layer) {
                gray(f, p, y, from, to);
            } else {
                gray(f, p, y, 0, from);
                gray(f, p, y, to, width);
            }
        }
    }
}

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    const struct dvb_focus *f = s->state;
    struct dvb_focus_window window;
    if (job->ws->dry)
        return dvb_stream_render(job, DVB_KIND_DEGRADED, rendition, err);
    int ret = dvb_focus_find(f, job, &window, err);
    if (ret)
        return ret;
    json_t *how = dvb_focus_json(f, &window);
    const struct dvb_layer layer = {
        .kind = "layers", .recipe = how, .paint = paint, .user = &window
    };
    ret = dvb_workspace_layer(job->ws, job->segment, job->recipe, &layer, job->max_bytes, rendition,
                              err);
    json_decref(how);
    return ret;
}

const struct dvb_strategy dvb_strategy_layers = {
    .name = "layers",
    .description = "the relevant region alone has all the bits",
    .usage = "layers[:PROVIDER[:SHARE]]",
    .open = open_layers,
    .render = render,
    .close = close_layers,
};
