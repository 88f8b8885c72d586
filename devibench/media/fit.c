/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/fit.h"

#include <errno.h>
#include <libavutil/mathematics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "media/film.h"
#include "media/image.h"
#include "media/mux.h"
#include "media/rate.h"
#include "media/take.h"

#define FIRST_CRF 38.0

/* A glance at a small size tells how the clip's bits are spread over time, and
   about how many there will be: they grow as pixels^0.83 at the same CRF
   (0.77 to 0.91 over nine clips of 480p to 1080p between 60 and 800 kbps). */
#define GLANCE_PIXELS (256 * 144)
#define GLANCE_EXPONENT 0.83
#define GLANCE_TOLERANCE 0.1
#define GLANCES 3

/* The part of an encode after which it may be given up. */
#define WATCH_FROM 0.25
#define WATCH_TO 0.6
#define MAX_FORECASTS 4

/* Bytes of a clip's access units in the order of coding. */
struct profile {
    size_t *bytes;
    size_t n, cap;
};

struct fit {
    const struct dvb_fit_settings *s;
    struct dvb_rate_result *result;
    struct dvb_size size;
    bool held, tapped;
    int64_t duration;         /* microseconds; 0: not known yet */
    struct profile now, like; /* of this encode; of an earlier one */
    int forecasts, in_a_row;  /* encodes given up at this size */
    double like_doubt;        /* how well a forecast by it holds at the start, in doublings */
    struct dvb_encoder *enc;
    struct dvb_muxer *mux;
    AVFrame **small; /* the held frames, for the glances */
    size_t n_small, cap_small;
    struct dvb_take take;
    double take_crf; /* of what take holds; < 0: nothing */
};

/* One encode of the feed. */
struct pass {
    double crf; /* < 0: ABR */
    struct dvb_size size;
    struct dvb_encode_sink sink;
    bool glance; /* over the small frames */
    bool watch;  /* give up when the rate will be missed */
    bool whole;  /* out: it was not given up */
    double rate; /* out: bits per second, forecast when given up */
};

static void profile_add(struct profile *p, size_t bytes)
{
    p->bytes = dvb_grow(p->bytes, p->n, &p->cap, sizeof(*p->bytes));
    p->bytes[p->n++] = bytes;
}

static double profile_sum(const struct profile *p, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += (double)p->bytes[i];
    return sum;
}

static double target_bytes(const struct fit *f)
{
    return (double)f->s->recipe->bitrate / 8 * (double)f->duration / 1e6;
}

/* What the first k access units say the whole will come to, if bits go on as
   they did in the earlier encode; the first, coded alone, tells nothing. */
static double forecast(const struct fit *f, size_t k)
{
    double before = profile_sum(&f->like, 1, k), all = profile_sum(&f->like, 1, f->like.n);
    double first = (double)dvb_encoder_stats(f->enc)->bytes_i;
    return before > 0 ? first + profile_sum(&f->now, 1, k) * all / before : 0;
}

static bool is_hopeless(const struct fit *f, double *bytes)
{
    double part = f->like.n ? (double)f->now.n / (double)f->like.n : 0;
    if (!f->duration || f->now.n < 8 || part < WATCH_FROM || part > WATCH_TO)
        return false;
    *bytes = forecast(f, f->now.n);
    double allowed = log2(1 + f->s->recipe->tolerance) + 2 * f->like_doubt * (1 - part);
    return *bytes > 0 && fabs(log2(*bytes / target_bytes(f))) > allowed;
}

static int open_encoder(struct fit *f, const struct pass *p, const AVFrame *like,
                        struct dvb_err *err)
{
    const struct dvb_encode_settings es = { .recipe = f->s->recipe,
                                            .size = p->size,
                                            .fps = dvb_feed_info(f->s->feed)->fps,
                                            .crf = p->crf,
                                            .like = like,
                                            .map = f->s->map,
                                            .sink = p->sink };
    f->now.n = 0;
    dvb_encoder_close(&f->enc);
    return dvb_encoder_open(&es, &f->enc, err);
}

static int next_small(struct fit *f, size_t at, AVFrame **frame, struct dvb_err *err)
{
    if (at == f->n_small)
        return 0;
    *frame = av_frame_clone(f->small[at]);
    return *frame ? 1 : dvb_fail_nomem(err);
}

static int feed_encoder(struct fit *f, struct pass *p, double *forecast_bytes, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    size_t n = 0;
    int ret;
    p->whole = true;
    while (p->whole && (ret = p->glance ? next_small(f, n, &frame, err)
                                        : dvb_feed_next(f->s->feed, &frame, err)) > 0) {
        ret = n++ ? 0 : open_encoder(f, p, frame, err);
        if (!ret)
            ret = dvb_encoder_put(f->enc, frame, err);
        av_frame_free(&frame);
        if (ret)
            break;
        p->whole = !(p->watch && is_hopeless(f, forecast_bytes));
    }
    if (!ret && !n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "no frame in that part of the video");
    return ret < 0 ? ret : 0;
}

static int run_pass(struct fit *f, struct pass *p, struct dvb_err *err)
{
    double bytes = 0;
    int ret = p->glance ? 0 : dvb_feed_rewind(f->s->feed, err);
    if (!ret)
        ret = feed_encoder(f, p, &bytes, err);
    if (!ret && p->whole)
        ret = dvb_encoder_finish(f->enc, err);
    if (ret)
        return ret;
    if (p->whole) {
        bytes = (double)dvb_encoder_stats(f->enc)->bytes;
        f->duration = dvb_feed_end(f->s->feed) - dvb_feed_begin(f->s->feed);
        dvb_rate_tell(f->enc, f->s->recipe, p->crf, f->duration, f->result);
    }
    p->rate = bytes * 8e6 / (double)f->duration;
    return 0;
}

/* The next encode is compared with this one. */
static void keep_profile(struct fit *f, double doubt)
{
    struct profile old = f->like;
    f->like = f->now;
    f->now = old;
    f->like_doubt = doubt;
}

/* How far off a forecast of the encode just done would have been. */
static double forecast_miss(const struct fit *f)
{
    size_t k = (size_t)((double)f->like.n * WATCH_FROM);
    if (f->like.n != f->now.n || k < 2)
        return 0;
    double bytes = forecast(f, k);
    return bytes > 0 ? fabs(log2(bytes / (double)dvb_encoder_stats(f->enc)->bytes)) : 1;
}

static int count_packet(void *ctx, const struct dvb_packet *packet, struct dvb_err *err)
{
    struct fit *f = ctx;
    profile_add(&f->now, packet->size);
    bool keep = f->held && f->s->path && f->take_crf >= 0;
    return keep ? dvb_take_packet(&f->take, packet, err) : 0;
}

static int keep_recon(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    struct fit *f = ctx;
    return dvb_take_recon(&f->take, frame, err);
}

static bool wants_recon(void *ctx, int64_t pts)
{
    const struct fit *f = ctx;
    return !f->s->wants || f->s->wants(f->s->ctx, pts);
}

static int write_packet(void *ctx, const struct dvb_packet *packet, struct dvb_err *err)
{
    struct fit *f = ctx;
    int ret = f->mux ? 0 : dvb_muxer_open(f->s->path, dvb_encoder_stream(f->enc), &f->mux, err);
    if (ret)
        return ret;
    return dvb_muxer_write(f->mux, packet, err);
}

static int give_recon(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    struct fit *f = ctx;
    return f->s->recon(f->s->ctx, frame, err);
}

static int finish_mux(struct fit *f, struct dvb_err *err)
{
    if (!f->mux)
        return 0;
    int64_t end = av_rescale_q(dvb_feed_end(f->s->feed), (AVRational){ 1, 1000000 },
                               dvb_encoder_stream(f->enc)->time_base);
    return dvb_muxer_finish(f->mux, end, err);
}

/* One encode whose results are given out. */
static int run_final(struct fit *f, double crf, struct dvb_err *err)
{
    struct pass p = { .crf = crf, .size = f->size, .sink = { .ctx = f } };
    if (f->s->path)
        p.sink.packet = write_packet;
    if (f->s->recon)
        p.sink.recon = give_recon;
    dvb_feed_set_tap(f->s->feed, f->tapped ? NULL : f->s->tap);
    int ret = run_pass(f, &p, err);
    if (!ret)
        ret = finish_mux(f, err);
    f->result->encodes++;
    return ret;
}

/* One encode of the search. */
static int run_trial(struct fit *f, struct dvb_rate_search *search, double crf, struct dvb_err *err)
{
    /* At the ends of the range the rate must be known, not forecast; and two
       forecasts that led nowhere mean that the clip does not follow its profile. */
    bool end = crf <= search->crf_min || crf >= search->crf_max;
    bool watch = !end && f->in_a_row < 2 && f->forecasts < MAX_FORECASTS;
    struct pass p = { .crf = crf, .size = f->size, .watch = watch };
    p.sink = (struct dvb_encode_sink){ .ctx = f, .packet = count_packet };
    if (f->held && f->s->recon) {
        p.sink.recon = keep_recon;
        p.sink.wants = wants_recon;
    }
    dvb_take_clear(&f->take);
    f->take_crf = f->held ? crf : -1;
    int ret = run_pass(f, &p, err);
    f->result->encodes++;
    if (ret)
        return ret;
    dvb_rate_report(search, crf, p.rate, p.whole ? 0 : f->like_doubt);
    f->in_a_row = p.whole ? 0 : f->in_a_row + 1;
    f->forecasts += !p.whole;
    if (p.whole) {
        keep_profile(f, fmax(0.03, forecast_miss(f) / 2));
    } else {
        f->take_crf = -1;
    }
    return 0;
}

static void drop_small(struct fit *f)
{
    for (size_t i = 0; i < f->n_small; i++)
        av_frame_free(&f->small[i]);
    f->n_small = 0;
}

static int make_small(struct fit *f, struct dvb_size small, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    struct dvb_scaler *scaler = dvb_scaler_open(f->size.w, f->size.h, small.w, small.h);
    int ret = scaler ? dvb_feed_rewind(f->s->feed, err) : dvb_fail_nomem(err);
    while (!ret && (ret = dvb_feed_next(f->s->feed, &frame, err)) > 0) {
        AVFrame *scaled = dvb_scaler_run(scaler, frame);
        av_frame_free(&frame);
        ret = scaled ? 0 : dvb_fail_nomem(err);
        if (!ret) {
            f->small = dvb_grow(f->small, f->n_small, &f->cap_small, sizeof(AVFrame *));
            f->small[f->n_small++] = scaled;
        }
    }
    dvb_scaler_close(&scaler);
    return ret;
}

/* The search at a small size first, to begin the real one near its end. */
static int glance(struct fit *f, double *crf, double *slope, struct dvb_err *err)
{
    struct dvb_size small = dvb_size_within(f->size.w, f->size.h, GLANCE_PIXELS);
    double ratio = (double)f->size.w * f->size.h / ((double)small.w * small.h), at;
    struct dvb_rate_search g;
    bool worth = f->held && ratio >= 3;
    dvb_rate_begin(&g, (double)f->s->recipe->bitrate / pow(ratio, GLANCE_EXPONENT),
                   GLANCE_TOLERANCE, FIRST_CRF, DVB_RATE_SLOPE);
    f->take_crf = -1;
    int ret = worth ? make_small(f, small, err) : 0;
    while (!ret && worth && g.n < GLANCES && dvb_rate_next(&g, &at) == DVB_RATE_MORE) {
        struct pass p = { .crf = at, .size = small, .glance = true };
        p.sink = (struct dvb_encode_sink){ .ctx = f, .packet = count_packet };
        ret = run_pass(f, &p, err);
        keep_profile(f, 0.12);
        dvb_rate_report(&g, at, p.rate, 0);
    }
    drop_small(f);
    *crf = dvb_rate_guess(&g, slope);
    return ret;
}

static int search_at(struct fit *f, struct dvb_size size, struct dvb_rate_search *search,
                     enum dvb_rate_verdict *verdict, struct dvb_err *err)
{
    double crf, slope;
    size_t recon = f->s->recon ? (size_t)size.w * (size_t)size.h * 3 / 2 : 0;
    f->size = size;
    f->take_crf = -1;
    f->like.n = 0;
    f->forecasts = f->in_a_row = 0;
    dvb_feed_set_size(f->s->feed, size);
    dvb_feed_set_tap(f->s->feed, f->tapped ? NULL : f->s->tap);
    int ret = dvb_feed_hold(f->s->feed, recon + f->s->per_frame, &f->held, err);
    f->tapped |= f->held;
    dvb_feed_set_tap(f->s->feed, NULL);
    if (!ret)
        ret = glance(f, &crf, &slope, err);
    if (ret)
        return ret;
    dvb_rate_begin(search, (double)f->s->recipe->bitrate, f->s->recipe->tolerance, crf, slope);
    while (!ret && (*verdict = dvb_rate_next(search, &crf)) == DVB_RATE_MORE)
        ret = run_trial(f, search, crf, err);
    return ret;
}

static int give_take(struct fit *f, struct dvb_err *err)
{
    struct dvb_encode_sink sink = { .ctx = f };
    if (f->s->path)
        sink.packet = write_packet;
    if (f->s->recon)
        sink.recon = give_recon;
    int ret = dvb_take_replay(&f->take, &sink, err);
    return ret ? ret : finish_mux(f, err);
}

static void tell_verdict(struct dvb_rate_result *r, enum dvb_rate_verdict verdict)
{
    r->met = verdict == DVB_RATE_MET;
    r->reason[0] = '\0';
    if (verdict == DVB_RATE_CEILING)
        snprintf(r->reason, sizeof(r->reason), "ceiling: the content needs no more than %.1f kbps",
                 r->bitrate_kbps);
    else if (verdict == DVB_RATE_FLOOR)
        snprintf(r->reason, sizeof(r->reason),
                 "floor: the content needs at least %.1f kbps at %dx%d", r->bitrate_kbps, r->width,
                 r->height);
    else if (verdict == DVB_RATE_JUMP)
        snprintf(r->reason, sizeof(r->reason),
                 "jump: the rate leaps with the quality; the nearest was %.1f kbps",
                 r->bitrate_kbps);
}

static int fit_search(struct fit *f, struct dvb_err *err)
{
    const struct dvb_encode_recipe *r = f->s->recipe;
    const struct dvb_clip_info *info = dvb_feed_info(f->s->feed);
    struct dvb_size src = { info->width, info->height }, size = r->size;
    bool ladder = size.w <= 0;
    struct dvb_rate_search search;
    enum dvb_rate_verdict verdict = DVB_RATE_MORE;
    int ret = 0;
    for (int step = 0; !ret; step++) {
        if (ladder)
            dvb_ladder_size(r->bitrate, src, step, &size);
        ret = search_at(f, size, &search, &verdict, err);
        struct dvb_size smaller;
        if (verdict != DVB_RATE_FLOOR || !ladder ||
            !dvb_ladder_size(r->bitrate, src, step + 1, &smaller))
            break;
    }
    if (ret)
        return ret;
    const struct dvb_rate_point *best = dvb_rate_best(&search);
    ret = f->take_crf == best->crf ? give_take(f, err) : run_final(f, best->crf, err);
    if (!ret)
        tell_verdict(f->result, verdict);
    return ret;
}

static int fit_once(struct fit *f, struct dvb_err *err)
{
    const struct dvb_encode_recipe *r = f->s->recipe;
    const struct dvb_clip_info *info = dvb_feed_info(f->s->feed);
    f->size = r->size;
    if (f->size.w <= 0 && r->bitrate)
        dvb_ladder_size(r->bitrate, (struct dvb_size){ info->width, info->height }, 0, &f->size);
    else if (f->size.w <= 0)
        f->size = (struct dvb_size){ info->width, info->height };
    dvb_feed_set_size(f->s->feed, f->size);
    return run_final(f, r->bitrate ? -1 : r->crf, err);
}

int dvb_fit(const struct dvb_fit_settings *settings, struct dvb_rate_result *result,
            struct dvb_err *err)
{
    struct fit f = { .s = settings, .result = result, .take_crf = -1 };
    const struct dvb_encode_recipe *r = settings->recipe;
    *result = (struct dvb_rate_result){ .target_kbps = (double)r->bitrate / 1000 };
    bool search = r->bitrate && r->mode == DVB_RATE_SEARCH;
    int ret = search ? fit_search(&f, err) : fit_once(&f, err);
    dvb_encoder_close(&f.enc);
    dvb_muxer_close(&f.mux);
    dvb_take_release(&f.take);
    free(f.small);
    free(f.now.bytes);
    free(f.like.bytes);
    return ret;
}
