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

static int open_layers(struct dvb_used_strategy *s, const char *args,
                       const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    return dvb_focus_open(s, args, settings, true, err);
}

/* The recipe for the base, whose picture is the window's alone. */
static int size_base(const struct dvb_focus *f, const struct dvb_stream_job *job,
                     const struct dvb_focus_window *window, struct dvb_recipe *out,
                     struct dvb_err *err)
{
    struct dvb_video video;
    int ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    *out = *job->recipe;
    if (ret)
        return ret;
    const struct dvb_size whole = { video.width & ~1, video.height & ~1 };
    const struct dvb_size size = dvb_sized_of(&f->sized, dvb_focus_size(whole, window));
    if (size.w > 0)
        out->degraded.size = size;
    dvb_video_release(&video);
    return 0;
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
    struct dvb_recipe recipe;
    int ret = dvb_focus_check(f, job, err);
    if (ret || job->ws->dry)
        return ret ? ret : dvb_stream_render(job, DVB_KIND_DEGRADED, rendition, err);
    ret = dvb_focus_find(f, job, &window, err);
    if (!ret)
        ret = size_base(f, job, &window, &recipe, err);
    if (ret)
        return ret;
    json_t *how = dvb_focus_json(f, job, &window);
    const struct dvb_layer layer = {
        .kind = "layers", .recipe = how, .paint = paint, .user = &window
    };
    ret = dvb_workspace_layer(job->ws, job->segment, &recipe, &layer, job->max_bytes, rendition,
                              err);
    json_decref(how);
    return ret;
}

const struct dvb_strategy dvb_strategy_layers = {
    .name = "layers",
    .description = "the relevant region alone has all the bits",
    .usage = "layers[:PROVIDER[:SHARE[:OPTION...]]]",
    .open = open_layers,
    .prepare = dvb_focus_prepare,
    .render = render,
    .forget = dvb_focus_forget,
    .close = dvb_focus_close,
};
