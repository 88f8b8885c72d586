/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/feed.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "media/image.h"

struct dvb_feed {
    struct dvb_feed_settings s;
    struct dvb_feed_tap tap;
    struct dvb_clip_info info;
    struct dvb_size size;
    struct dvb_clip *clip; /* open during a pass that decodes */
    bool fresh;            /* nothing was taken from it yet */
    struct dvb_scaler *scaler;
    bool ended;
    AVFrame **held;
    size_t n_held, cap_held, at, per_frame;
    bool is_held;
    AVFrame *source, *scaled; /* the last ones: a constant rate may repeat a picture */
    int frames;
    int64_t begin, end;
};

static int open_clip(struct dvb_feed *f, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .start = f->s.start,
                                          .length = f->s.length,
                                          .fps = f->s.fps };
    dvb_clip_close(&f->clip);
    f->fresh = true;
    return dvb_clip_open(f->s.path, &cs, &f->clip, err);
}

int dvb_feed_open(const struct dvb_feed_settings *settings, struct dvb_feed **out,
                  struct dvb_err *err)
{
    *out = NULL;
    struct dvb_feed *f = dvb_calloc(1, sizeof(*f));
    f->s = *settings;
    int ret = open_clip(f, err);
    if (ret) {
        free(f);
        return ret;
    }
    f->info = *dvb_clip_get_info(f->clip);
    f->size = (struct dvb_size){ f->info.width, f->info.height };
    *out = f;
    return 0;
}

const struct dvb_clip_info *dvb_feed_info(const struct dvb_feed *f)
{
    return &f->info;
}

void dvb_feed_set_tap(struct dvb_feed *f, const struct dvb_feed_tap *tap)
{
    f->tap = tap ? *tap : (struct dvb_feed_tap){ 0 };
}

static void drop_held(struct dvb_feed *f)
{
    for (size_t i = 0; i < f->n_held; i++)
        av_frame_free(&f->held[i]);
    f->n_held = 0;
    f->is_held = false;
}

static void drop_pass(struct dvb_feed *f)
{
    av_frame_free(&f->source);
    av_frame_free(&f->scaled);
    f->ended = false;
}

void dvb_feed_set_size(struct dvb_feed *f, struct dvb_size size)
{
    drop_held(f);
    drop_pass(f);
    dvb_scaler_close(&f->scaler);
    f->size = size;
}

/* A new pass over the source; the clip that open left is used for the first. */
static int start_decoding(struct dvb_feed *f, struct dvb_err *err)
{
    drop_pass(f);
    f->frames = 0;
    int ret = f->clip && f->fresh ? 0 : open_clip(f, err);
    if (!ret && f->tap.start)
        ret = f->tap.start(f->tap.ctx, err);
    return ret;
}

static int decode(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    f->fresh = false;
    int ret = dvb_clip_next(f->clip, frame, err);
    if (ret < 0)
        return ret;
    if (ret && f->tap.frame) {
        int tapped = f->tap.frame(f->tap.ctx, *frame, err);
        if (tapped) {
            av_frame_free(frame);
            return tapped;
        }
    }
    if (ret)
        return 1;
    f->end = dvb_clip_end(f->clip);
    f->ended = true;
    dvb_clip_close(&f->clip);
    return f->tap.end ? f->tap.end(f->tap.ctx, err) : 0;
}

static int scale(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    if ((*frame)->width == f->size.w && (*frame)->height == f->size.h)
        return 1;
    int64_t pts = (*frame)->pts;
    if (!f->source || f->source->data[0] != (*frame)->data[0]) {
        av_frame_free(&f->source);
        av_frame_free(&f->scaled);
        if (!f->scaler)
            f->scaler = dvb_scaler_open((*frame)->width, (*frame)->height, f->size.w, f->size.h);
        f->scaled = f->scaler ? dvb_scaler_run(f->scaler, *frame) : NULL;
        f->source = *frame;
        *frame = NULL;
    }
    av_frame_free(frame);
    *frame = f->scaled ? av_frame_clone(f->scaled) : NULL;
    if (!*frame)
        return dvb_fail_nomem(err);
    (*frame)->pts = pts;
    return 1;
}

static int next_decoded(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    int ret = f->ended ? 0 : decode(f, frame, err);
    if (ret <= 0)
        return ret;
    if (!f->frames++)
        f->begin = (*frame)->pts;
    return scale(f, frame, err);
}

static size_t frame_bytes(const struct dvb_feed *f)
{
    return (size_t)f->size.w * (size_t)f->size.h * 3 / 2 + f->per_frame;
}

/* Seen before decoding, so that no pass is wasted; frame rates can lie, so the
   frames are counted too. */
static bool will_fit(const struct dvb_feed *f)
{
    double frames = f->s.length * av_q2d(f->info.fps);
    return frames * (double)frame_bytes(f) <= (double)f->s.max_bytes;
}

static int hold_all(struct dvb_feed *f, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    int ret = start_decoding(f, err);
    if (ret)
        return ret;
    while ((ret = next_decoded(f, &frame, err)) > 0) {
        if ((f->n_held + 1) * frame_bytes(f) > f->s.max_bytes) {
            av_frame_free(&frame);
            drop_held(f);
            return 0;
        }
        f->held = dvb_grow(f->held, f->n_held, &f->cap_held, sizeof(AVFrame *));
        f->held[f->n_held++] = frame;
    }
    f->is_held = !ret;
    return ret;
}

int dvb_feed_hold(struct dvb_feed *f, size_t per_frame, bool *held, struct dvb_err *err)
{
    f->per_frame = per_frame;
    int ret = will_fit(f) ? hold_all(f, err) : 0;
    drop_pass(f);
    if (ret)
        drop_held(f);
    *held = f->is_held;
    return ret;
}

int dvb_feed_rewind(struct dvb_feed *f, struct dvb_err *err)
{
    f->at = 0;
    return f->is_held ? 0 : start_decoding(f, err);
}

int dvb_feed_next(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    *frame = NULL;
    if (!f->is_held)
        return next_decoded(f, frame, err);
    if (f->at == f->n_held)
        return 0;
    *frame = av_frame_clone(f->held[f->at++]);
    return *frame ? 1 : dvb_fail_nomem(err);
}

int64_t dvb_feed_begin(const struct dvb_feed *f)
{
    return f->begin;
}

int64_t dvb_feed_end(const struct dvb_feed *f)
{
    return f->end;
}

void dvb_feed_close(struct dvb_feed **f)
{
    if (!*f)
        return;
    drop_held(*f);
    drop_pass(*f);
    free((*f)->held);
    dvb_clip_close(&(*f)->clip);
    dvb_scaler_close(&(*f)->scaler);
    free(*f);
    *f = NULL;
}
