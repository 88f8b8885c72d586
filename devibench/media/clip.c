/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A frame's way: decoder -> cut -> deinterlacer (only where a frame is flagged)
 * -> own frames or constant rate -> plain form. The cut lets one frame more
 * pass on either side: the deinterlacer looks at it, and at a constant rate the
 * one before is what a viewer sees when the clip starts between two frames.
 */
#include "media/clip.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "media/deinterlace.h"
#include "media/ffmpeg.h"
#include "media/input.h"
#include "media/normal.h"

struct dvb_clip {
    struct dvb_input in;
    struct dvb_clip_settings want;
    struct dvb_clip_info info;
    struct dvb_normal normal;
    int64_t start_ts, end_ts; /* [start, end) in the input's time base */

    AVFrame *waiting; /* decoded, to be taken before the decoder's next */
    AVFrame *before;  /* the last frame before start */
    bool cut_ended;

    struct dvb_deint *deint;
    bool deint_ended;

    AVFrame *now, *ahead; /* constant rate: the frame shown, the one after it */
    AVFrame *shown;       /* now in plain form */
    bool ahead_ended;
    int64_t tick;

    int64_t last_pts; /* of the frame given last, microseconds; -1: none yet */
    int64_t last_end; /* when it ends, as far as is known; microseconds */
};

static bool has_frame(const AVFrame *f)
{
    return f->buf[0] != NULL;
}

/* Slack for times that went through text or a sum: less than half a tick, and
   never more than a microsecond. */
static double slack(const struct dvb_clip *c)
{
    return fmin(av_q2d(c->in.time_base) / 2, 1e-6);
}

static int64_t ts_of(const struct dvb_clip *c, double ticks)
{
    return c->in.first_ts + (int64_t)fmax(fmin(ticks, 1e15), -1e15);
}

/* The first time stamp at or after a time. */
static int64_t ts_from(const struct dvb_clip *c, double seconds)
{
    return ts_of(c, ceil((seconds - slack(c)) / av_q2d(c->in.time_base)));
}

/* The last time stamp at or before a time. */
static int64_t ts_until(const struct dvb_clip *c, double seconds)
{
    return ts_of(c, floor((seconds + slack(c)) / av_q2d(c->in.time_base)));
}

static int check_settings(const struct dvb_clip_settings *s, struct dvb_err *err)
{
    const struct {
        const char *name;
        double value, max;
    } all[] = { { "start", s->start, 1e7 }, { "length", s->length, 1e7 }, { "fps", s->fps, 1000 } };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (!(all[i].value >= 0 && all[i].value <= all[i].max))
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "clip %s is %g, must be 0..%g",
                            all[i].name, all[i].value, all[i].max);
    return 0;
}

static int alloc_frames(struct dvb_clip *c, struct dvb_err *err)
{
    AVFrame **all[] = { &c->waiting, &c->before, &c->now, &c->ahead };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (!(*all[i] = av_frame_alloc()))
            return dvb_fail_nomem(err);
    return 0;
}

static int set_up(struct dvb_clip *c, const char *path, const void *data, size_t len,
                  struct dvb_err *err)
{
    int ret = alloc_frames(c, err);
    if (!ret)
        ret = dvb_input_open(&c->in, path, data, len, err);
    if (!ret)
        ret = dvb_input_first_frame(&c->in, c->waiting, err);
    if (!ret)
        ret = dvb_normal_init(&c->normal, &c->in, c->waiting, err);
    if (ret)
        return ret;
    bool constant = c->want.fps > 0;
    c->info = (struct dvb_clip_info){
        .width = c->normal.w,
        .height = c->normal.h,
        .fps = constant ? av_d2q(c->want.fps, 1001000) : c->in.fps,
    };
    c->start_ts = ts_from(c, c->want.start);
    c->end_ts = c->want.length > 0 ? ts_from(c, c->want.start + c->want.length) : INT64_MAX;
    if (c->start_ts <= c->in.first_ts)
        return 0;
    /* Where the frame before start counts, go for that. */
    bool one_before = constant || c->waiting->interlaced_frame;
    int64_t target = one_before ? c->start_ts - 1 : c->start_ts;
    av_frame_unref(c->waiting);
    return dvb_input_seek(&c->in, target, c->waiting, err);
}

static int open_clip(const char *path, const void *data, size_t len,
                     const struct dvb_clip_settings *settings, struct dvb_clip **clip,
                     struct dvb_err *err)
{
    *clip = NULL;
    int ret = check_settings(settings, err);
    if (ret)
        return ret;
    struct dvb_clip *c = calloc(1, sizeof(*c));
    if (!c)
        return dvb_fail_nomem(err);
    c->want = *settings;
    c->last_pts = -1;
    ret = set_up(c, path, data, len, err);
    if (ret)
        dvb_clip_close(&c);
    *clip = c;
    return ret;
}

int dvb_clip_open(const char *path, const struct dvb_clip_settings *settings,
                  struct dvb_clip **clip, struct dvb_err *err)
{
    return open_clip(path, NULL, 0, settings, clip, err);
}

int dvb_clip_open_memory(const void *data, size_t len, const struct dvb_clip_settings *settings,
                         struct dvb_clip **clip, struct dvb_err *err)
{
    return open_clip(NULL, data, len, settings, clip, err);
}

const struct dvb_clip_info *dvb_clip_get_info(const struct dvb_clip *clip)
{
    return &clip->info;
}

static int pull(struct dvb_clip *c, AVFrame *f, struct dvb_err *err)
{
    if (!has_frame(c->waiting))
        return dvb_input_frame(&c->in, f, err);
    av_frame_move_ref(f, c->waiting);
    return 1;
}

/* The last frame before start, all in the range, the first after it. */
static int next_cut(struct dvb_clip *c, AVFrame *f, struct dvb_err *err)
{
    while (!c->cut_ended) {
        int r = pull(c, f, err);
        if (r < 0)
            return r;
        c->cut_ended = !r;
        if (r && f->pts < c->start_ts) {
            av_frame_unref(c->before);
            av_frame_move_ref(c->before, f);
            continue;
        }
        if (has_frame(c->before)) {
            av_frame_move_ref(c->waiting, f);
            av_frame_move_ref(f, c->before);
            return 1;
        }
        c->cut_ended |= r && f->pts >= c->end_ts;
        return r;
    }
    return 0;
}

static int send_to_deint(struct dvb_clip *c, AVFrame *f, struct dvb_err *err)
{
    int r = 0;
    if (!c->deint)
        c->deint = dvb_deint_open(f, c->in.time_base);
    if (!c->deint)
        return dvb_fail_nomem(err);
    if (f && !dvb_deint_takes(c->deint, f)) { /* the size changed: let out what is in it first */
        av_frame_move_ref(c->waiting, f);
        f = NULL;
    }
    c->deint_ended = !f;
    r = dvb_deint_send(c->deint, f);
    if (f)
        av_frame_unref(f);
    return r < 0 ? dvb_fail_av(err, DVB_FAULT_INTERNAL, r, "%s: deinterlacing", c->in.name) : 0;
}

static int next_from_deint(struct dvb_clip *c, AVFrame *f, struct dvb_err *err)
{
    int r = dvb_deint_receive(c->deint, f);
    if (r < 0)
        return dvb_fail_av(err, DVB_FAULT_INTERNAL, r, "%s: deinterlacing", c->in.name);
    if (!r && c->deint_ended)
        dvb_deint_close(&c->deint);
    return r;
}

/* As next_cut, progressive. */
static int next_whole(struct dvb_clip *c, AVFrame *f, struct dvb_err *err)
{
    for (;;) {
        int r = c->deint ? next_from_deint(c, f, err) : 0;
        if (r)
            return r;
        r = next_cut(c, f, err);
        if (r < 0 || (!c->deint && (!r || !f->interlaced_frame)))
            return r;
        if ((r = send_to_deint(c, r ? f : NULL, err)))
            return r;
    }
}

static int64_t microseconds(const struct dvb_clip *c, int64_t ts)
{
    int64_t us = av_rescale_q(ts - c->in.first_ts, c->in.time_base, AV_TIME_BASE_Q);
    return us > 0 ? us - llround(c->want.start * 1e6) : 0;
}

static int64_t duration_of(const struct dvb_clip *c, const AVFrame *f)
{
    bool said = !c->in.counted && f->pkt_duration > 0 && dvb_input_sane(f->pkt_duration);
    return said ? f->pkt_duration : c->in.frame_ticks;
}

/* Every frame of the range once. */
static int next_own(struct dvb_clip *c, AVFrame **out, struct dvb_err *err)
{
    int r;
    do {
        av_frame_unref(c->now);
        r = next_whole(c, c->now, err);
        if (r <= 0)
            return r;
        if (c->now->pts >= c->end_ts)
            c->last_end = microseconds(c, c->now->pts);
    } while (c->now->pts < c->start_ts || c->now->pts >= c->end_ts);
    *out = dvb_normal_run(&c->normal, c->now);
    if (!*out)
        return dvb_fail_nomem(err);
    int64_t pts = microseconds(c, c->now->pts);
    (*out)->pts = pts > c->last_pts ? pts : c->last_pts + 1;
    c->last_end = microseconds(c, c->now->pts + duration_of(c, c->now));
    av_frame_unref(c->now);
    return 1;
}

/* Make now the latest frame at or before limit, or the first there is. */
static int advance(struct dvb_clip *c, int64_t limit, struct dvb_err *err)
{
    for (;;) {
        if (!has_frame(c->ahead) && !c->ahead_ended) {
            int r = next_whole(c, c->ahead, err);
            if (r < 0)
                return r;
            c->ahead_ended = !r;
        }
        if (!has_frame(c->ahead) || (has_frame(c->now) && c->ahead->pts > limit))
            return 0;
        av_frame_unref(c->now);
        av_frame_move_ref(c->now, c->ahead);
        av_frame_free(&c->shown);
    }
}

static int next_tick(struct dvb_clip *c, AVFrame **out, struct dvb_err *err)
{
    double at = (double)c->tick / c->want.fps;
    if (c->want.length > 0 && at >= c->want.length - 1e-6)
        return 0;
    int64_t limit = ts_until(c, c->want.start + at);
    int ret = advance(c, limit, err);
    if (ret || !has_frame(c->now))
        return ret;
    if (c->ahead_ended && limit >= c->now->pts + duration_of(c, c->now))
        return 0;
    if (!c->shown)
        c->shown = dvb_normal_run(&c->normal, c->now);
    *out = c->shown ? av_frame_clone(c->shown) : NULL;
    if (!*out)
        return dvb_fail_nomem(err);
    (*out)->pts = llround(at * 1e6);
    c->tick++;
    return 1;
}

static int fail_empty(const struct dvb_clip *c, struct dvb_err *err)
{
    char until[40] = "the end";
    if (c->want.length > 0)
        snprintf(until, sizeof(until), "%.3f s", c->want.start + c->want.length);
    double end = (double)(c->in.next_ts - c->in.first_ts) * av_q2d(c->in.time_base);
    return dvb_fail(err, DVB_FAULT_INPUT, ENODATA,
                    c->in.packets_end ? "%s: no frame between %.3f s and %s: it ends at %.3f s"
                                      : "%s: no frame between %.3f s and %s",
                    c->in.name, c->want.start, until, end);
}

int dvb_clip_next(struct dvb_clip *clip, AVFrame **frame, struct dvb_err *err)
{
    *frame = NULL;
    dvb_ffmpeg_begin();
    int r = clip->want.fps > 0 ? next_tick(clip, frame, err) : next_own(clip, frame, err);
    if (r > 0)
        clip->last_pts = (*frame)->pts;
    else if (!r && clip->last_pts < 0)
        return fail_empty(clip, err);
    return r;
}

int64_t dvb_clip_end(const struct dvb_clip *c)
{
    int64_t nominal = c->last_pts + llround(1e6 / av_q2d(c->info.fps));
    if (c->want.fps > 0)
        return nominal;
    int64_t end = c->last_end > c->last_pts ? c->last_end : nominal;
    int64_t limit = c->want.length > 0 ? llround(c->want.length * 1e6) : INT64_MAX;
    limit = nominal > limit ? nominal : limit;
    return end < limit ? end : limit;
}

void dvb_clip_close(struct dvb_clip **clip)
{
    struct dvb_clip *c = *clip;
    if (!c)
        return;
    AVFrame **all[] = { &c->waiting, &c->before, &c->now, &c->ahead, &c->shown };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        av_frame_free(all[i]);
    dvb_deint_close(&c->deint);
    dvb_normal_release(&c->normal);
    dvb_input_close(&c->in);
    free(c);
    *clip = NULL;
}
