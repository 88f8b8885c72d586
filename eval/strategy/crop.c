/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fewer tokens instead of fewer bits: of the uniform stream the model sees the
 * relevant region and, below it, the whole picture at a fifth of its width. Both
 * are one picture, scaled down to the sampling's limit of pixels if need be, so
 * that a cell of crop and one of uniform with the same --sample-pixels send about
 * as many tokens, and the latter spends them on the whole picture.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "eval/strategy/focus.h"
#include "media/image.h"
#include "media/sheet.h"
#include "workspace/repaint.h"
#include "workspace/restage.h"

#define THUMBNAIL 5 /* of the width */
#define GAP 8       /* pixels */

static int open_crop(struct dvb_used_strategy *s, const char *args,
                     const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    return dvb_focus_open(s, args, settings, false, err);
}

struct cut {
    struct dvb_focus_window window;
    int64_t max_pixels;
};

static int even(double v)
{
    return (int)(v / 2) * 2;
}

static AVFrame *paint(const void *user, const AVFrame *picture)
{
    const struct cut *c = user;
    int tw = even((double)picture->width / THUMBNAIL),
        th = even((double)picture->height / THUMBNAIL);
    AVFrame *rows[2] = { dvb_focus_cut(picture, &c->window),
                         dvb_frame_scale(picture, tw < 2 ? 2 : tw, th < 2 ? 2 : th) };
    AVFrame *sheet = rows[0] && rows[1] ? dvb_sheet_stack(rows, 2, GAP) : NULL, *fit = NULL;
    if (sheet) {
        struct dvb_size size = dvb_size_within(sheet->width, sheet->height, c->max_pixels);
        fit = dvb_frame_scale(sheet, size.w, size.h);
    }
    av_frame_free(&rows[0]);
    av_frame_free(&rows[1]);
    av_frame_free(&sheet);
    return fit;
}

/* The bitrate is that of the stream that was cut, not of the video that the model is sent. */
static int keep_bitrate(const struct dvb_stream_job *job, const struct dvb_rendition *stream,
                        int64_t rendition, struct dvb_err *err)
{
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(job->ws->store, rendition, &r, err);
    if (ret)
        return ret;
    r.bitrate_kbps = stream->bitrate_kbps;
    r.met = stream->met;
    ret = dvb_store_put_rendition(job->ws->store, &r, &rendition, err);
    dvb_rendition_release(&r);
    return ret;
}

/* The same pictures with a video of them, for models that take nothing else. */
static int add_video(const struct dvb_stream_job *job, int64_t *rendition, struct dvb_err *err)
{
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(job->ws->store, *rendition, &r, err);
    if (ret)
        return ret;
    int n = r.n_frames, *all = dvb_calloc((size_t)n, sizeof(*all));
    for (int i = 0; i < n; i++)
        all[i] = i;
    const struct dvb_restage how = {
        .kind = "crop", .pictures = all, .n = n, .video = DVB_RESTAGE_ONCE
    };
    ret = dvb_workspace_restage(job->ws, *rendition, &how, rendition, err);
    if (!ret)
        ret = keep_bitrate(job, &r, *rendition, err);
    dvb_rendition_release(&r);
    free(all);
    return ret;
}

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    const struct dvb_focus *f = s->state;
    struct cut cut = { .max_pixels = job->recipe->sample.max_pixels };
    struct dvb_recipe whole;
    struct dvb_stream_job mine = *job;
    int64_t source;
    int ret = dvb_focus_check(f, job, err);
    if (!ret)
        ret = dvb_sized_apply(&f->sized, job, &whole, err);
    mine.recipe = &whole;
    if (ret || job->ws->dry) /* the most that it can be */
        return ret ? ret : dvb_stream_render(&mine, DVB_KIND_DEGRADED, rendition, err);
    whole.sample.max_pixels = 0; /* what is cut out needs no shrinking before */
    ret = dvb_stream_render(&mine, DVB_KIND_DEGRADED, &source, err);
    if (!ret)
        ret = dvb_focus_find(f, job, &cut.window, err);
    if (ret)
        return ret;
    json_t *how = dvb_focus_json(f, job, &cut.window);
    json_object_set_new(how, "max_pixels", json_integer(cut.max_pixels));
    json_object_set_new(how, "thumbnail", json_integer(THUMBNAIL));
    const struct dvb_repaint repaint = { .kind = "crop",
                                         .recipe = how,
                                         .jpeg_quality = job->recipe->sample.jpeg_quality,
                                         .paint = paint,
                                         .user = &cut };
    ret = dvb_workspace_repaint(job->ws, source, &repaint, rendition, err);
    json_decref(how);
    return ret || !job->recipe->original_video ? ret : add_video(job, rendition, err);
}

const struct dvb_strategy dvb_strategy_crop = {
    .name = "crop",
    .description = "of the uniform stream, the relevant region and a small whole",
    .usage = "crop[:PROVIDER[:SHARE[:OPTION...]]]",
    .open = open_crop,
    .prepare = dvb_focus_prepare,
    .render = render,
    .forget = dvb_focus_forget,
    .close = dvb_focus_close,
};
