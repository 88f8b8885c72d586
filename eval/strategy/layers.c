/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The base layer alone of two: it is the relevant region and has all the bits, so
 * it is sharper than the whole could be; the enhancement layer is the rest. The
 * paper names such layers as future work ("semantic layers"). What the enhancement
 * would take at the same quality stands in the rendition's detail.
 */
#include <stdlib.h>

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

static AVFrame *paint(const void *user, const AVFrame *f, int layer)
{
    return layer ? dvb_focus_blank(f, user) : dvb_focus_cut(f, user);
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
