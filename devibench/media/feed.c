/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/feed.h"

#include <errno.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "base/mem.h"
#include "media/image.h"

static const AVRational us = { 1, 1000000 };

/* Gives a constant rate: the newest frame at each tick. */
struct retimer {
    AVRational fps; /* 0/1: off */
    AVFrame *shown;
    int64_t tick; /* the next one, in 1/fps */
};

struct dvb_feed {
    struct dvb_feed_settings s;
    struct dvb_feed_tap tap;
    struct dvb_clip_info info;
    AVRational source_fps;
    struct dvb_size size;
    struct dvb_clip *clip; /* open during a pass that decodes */
    bool fresh;            /* nothing was taken from it yet */
    struct dvb_scaler *scaler;
    struct retimer retimer;
    AVFrame *next; /* source frame that the retimer has not taken */
    bool source_ended;
    AVFrame **held;
    size_t n_held, cap_held, at, per_frame;
    bool is_held;
    AVFrame *scaled;  /* newest output, given again while the source frame is the same */
    int64_t scaled_of; /* its source pts */
    int frames;
    int64_t first, last;
};

static int open_clip(struct dvb_feed *f, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .start = f->s.start, .length = f->s.length };
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
    f->source_fps = f->info.fps;
    if (settings->fps > 0)
        f->info.fps = f->retimer.fps = av_d2q(settings->fps, 100000);
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
    av_frame_free(&f->retimer.shown);
    av_frame_free(&f->next);
    av_frame_free(&f->scaled);
    f->retimer.tick = 0;
    f->source_ended = false;
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
    dvb_clip_close(&f->clip);
    f->source_ended = true;
    int tapped = f->tap.end ? f->tap.end(f->tap.ctx, err) : 0;
    return tapped;
}

static int64_t tick_time(const struct retimer *r, int64_t tick)
{
    return av_rescale_q(tick, av_inv_q(r->fps), us);
}

/* When the newest frame stops being shown, once the source has ended. */
static int64_t shown_until(const struct dvb_feed *f)
{
    return f->retimer.shown->pts + av_rescale_q(1, av_inv_q(f->source_fps), us);
}

static int give_tick(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    struct retimer *r = &f->retimer;
    *frame = av_frame_clone(r->shown);
    if (!*frame)
        return dvb_fail_nomem(err);
    (*frame)->pts = tick_time(r, r->tick++);
    return 1;
}

static int next_retimed(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    struct retimer *r = &f->retimer;
    for (;;) {
        if (!f->next && !f->source_ended) {
            int ret = decode(f, &f->next, err);
            if (ret < 0)
                return ret;
        }
        int64_t t = tick_time(r, r->tick);
        if (r->shown && (f->next ? t < f->next->pts : t < shown_until(f)))
            return give_tick(f, frame, err);
        if (!f->next)
            return 0;
        if (!r->shown) /* no picture before the first one */
            r->tick = av_rescale_q_rnd(f->next->pts, us, av_inv_q(r->fps), AV_ROUND_UP);
        av_frame_free(&r->shown);
        r->shown = f->next;
        f->next = NULL;
    }
}

static int scale(struct dvb_feed *f, AVFrame **frame, struct dvb_err *err)
{
    if ((*frame)->width == f->size.w && (*frame)->height == f->size.h)
        return 1;
    int64_t pts = (*frame)->pts, of = f->retimer.shown ? f->retimer.shown->pts : pts;
    if (!f->scaled || f->scaled_of != of) {
        if (!f->scaler)
            f->scaler = dvb_scaler_open((*frame)->width, (*frame)->height, f->size.w, f->size.h);
        av_frame_free(&f->scaled);
        f->scaled = f->scaler ? dvb_scaler_run(f->scaler, *frame) : NULL;
        f->scaled_of = of;
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
    int ret = f->retimer.fps.num ? next_retimed(f, frame, err)
              : f->source_ended  ? 0
                                 : decode(f, frame, err);
    if (ret <= 0)
        return ret;
    if (!f->frames++)
        f->first = (*frame)->pts;
    f->last = (*frame)->pts;
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

int dvb_feed_frames(const struct dvb_feed *f)
{
    return f->frames;
}

int64_t dvb_feed_begin(const struct dvb_feed *f)
{
    return f->first;
}

int64_t dvb_feed_end(const struct dvb_feed *f)
{
    return f->last + av_rescale_q(1, av_inv_q(f->info.fps), us);
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
