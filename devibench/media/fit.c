/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/fit.h"

#include <errno.h>
#include <libavutil/mathematics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/film.h"
#include "media/image.h"
#include "media/mux.h"
#include "media/rate.h"
#include "media/steer.h"
#include "media/take.h"

#define FIRST_CRF 38.0
#define STEERED_DOUBT 0.03 /* in doublings */

/* A glance at a small size tells how the clip's bits are spread over time, and
   about how many there will be: they grow as pixels^0.83 at the same CRF
   (0.77 to 0.91 over nine clips of 480p to 1080p between 60 and 800 kbps). */
#define GLANCE_PIXELS (256 * 144)
#define GLANCE_EXPONENT 0.83
#define GLANCE_TOLERANCE 0.1
#define GLANCES 3
/* How far off the small encode's course is for the real one, in doublings: less trust costs
   nothing over nine clips, more made one encode in four be given up for nothing. */
#define GLANCE_DOUBT 0.5

#define LEAST_CONTRAST 0.1
#define TRIED_OFFSET 8.0F
/* x264's CRF ends where the quantiser does not: still pictures at CRF 51 may be at QP 20, and where
   all offsets are positive (before the first look all have one) CRF 1 is not QP 1. The search
   goes on there with a constant on all offsets, which moves the base only. */
#define SHIFT_MAX 36.0
#define HIGHEST_QP 51

#define MAX_GIVEN_UP 4
#define MAX_STEERED 5 /* encodes of a size that were steered and missed */

struct fit {
    const struct dvb_fit_settings *s;
    struct dvb_rate_result *result;
    struct dvb_size size;
    bool held, tapped;
    double crf_min, crf_max; /* that are searched; the encoder's, or beyond them */
    int64_t duration;        /* microseconds; 0: not known yet */
    struct dvb_steer steer;
    int given_up, in_a_row; /* encodes at this size */
    int steered;
    struct dvb_encoder *enc;
    struct dvb_muxer *mux;
    AVFrame **small; /* the held frames, for the glances */
    size_t n_small, cap_small;
    struct dvb_take take;
    double take_crf;                   /* of what take holds; NAN: nothing */
    struct dvb_map_effect best_effect; /* of the search's best encode */
};

/* One encode of the feed. */
struct pass {
    double crf;
    bool abr; /* instead */
    struct dvb_size size;
    struct dvb_encode_sink sink;
    bool glance; /* over the small frames */
    bool watch;  /* give up when the rate will be missed */
    double room; /* how far the CRF may move */
    bool whole;  /* out: it was not given up */
    double rate; /* out: bits per second, forecast when given up */
};

static double target_bytes(const struct fit *f)
{
    return (double)f->s->recipe->bitrate / 8 * (double)f->duration / 1e6;
}

/* The CRF that the encoder is given, and what goes beyond its range. */
static double encoder_crf(const struct fit *f, double crf, double *shift)
{
    double given = fmin(fmax(crf, DVB_CRF_MIN), DVB_CRF_MAX);
    *shift = fmin(fmax(crf, f->crf_min), f->crf_max) - given;
    return given;
}

static int open_encoder(struct fit *f, const struct pass *p, const AVFrame *like,
                        struct dvb_err *err)
{
    double shift = 0, crf = p->abr ? -1 : encoder_crf(f, p->crf, &shift);
    const struct dvb_encode_settings es = { .recipe = f->s->recipe,
                                            .size = p->size,
                                            .fps = dvb_feed_info(f->s->feed)->fps,
                                            .crf = crf,
                                            .qp_shift = shift,
                                            .like = like,
                                            .map = f->s->map,
                                            .sink = p->sink };
    dvb_steer_begin(&f->steer, p->crf);
    f->steer.room = p->room;
    f->steer.target = (p->watch || p->room > 0) && f->duration ? target_bytes(f) : 0;
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

/* Go on to the next frame, with another CRF if need be, or give up. */
static int look_ahead(struct fit *f, struct pass *p, struct dvb_err *err)
{
    double shift, crf;
    p->whole = !(p->watch && dvb_steer_hopeless(&f->steer));
    if (!p->whole || !dvb_steer_turn(&f->steer))
        return 0;
    crf = encoder_crf(f, f->steer.crf, &shift);
    return dvb_encoder_set_crf(f->enc, crf, shift, err);
}

static int feed_encoder(struct fit *f, struct pass *p, struct dvb_err *err)
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
        if (!ret)
            ret = look_ahead(f, p, err);
        if (ret)
            break;
    }
    if (!ret && !n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "no frame in that part of the video");
    return ret < 0 ? ret : 0;
}

static int run_pass(struct fit *f, struct pass *p, struct dvb_err *err)
{
    int ret = p->glance ? 0 : dvb_feed_rewind(f->s->feed, err);
    if (!ret)
        ret = feed_encoder(f, p, err);
    if (!ret && p->whole)
        ret = dvb_encoder_finish(f->enc, err);
    if (ret)
        return ret;
    double bytes = p->whole ? (double)dvb_encoder_stats(f->enc)->bytes : dvb_steer_whole(&f->steer);
    if (p->whole) {
        f->duration = dvb_feed_end(f->s->feed) - dvb_feed_begin(f->s->feed);
        double shift = 0, crf = p->abr ? -1 : encoder_crf(f, p->crf, &shift);
        dvb_rate_tell(f->enc, f->s->recipe, crf, f->duration, f->result);
        f->result->qp_shift = shift;
        f->result->crf_span = f->steer.highest - f->steer.lowest;
    }
    p->rate = bytes * 8e6 / (double)f->duration;
    return 0;
}

static int count_packet(void *ctx, const struct dvb_packet *packet, struct dvb_err *err)
{
    struct fit *f = ctx;
    dvb_steer_add(&f->steer, packet->size);
    bool keep = f->held && f->s->path && !isnan(f->take_crf);
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
static int run_final(struct fit *f, double crf, bool abr, struct dvb_err *err)
{
    struct pass p = { .crf = crf, .abr = abr, .size = f->size, .sink = { .ctx = f } };
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

/* Everything is coded as coarsely as can be: so it would have been without steering. */
static bool at_the_end(const struct dvb_rate_result *r)
{
    return r->mean_qp > HIGHEST_QP - 0.01;
}

/* A steered encode that missed says only roughly what its first CRF gives. */
static void report_trial(struct fit *f, struct dvb_rate_search *search, const struct pass *p)
{
    double target = (double)f->s->recipe->bitrate;
    bool met = fabs(p->rate / target - 1) <= f->s->recipe->tolerance;
    if (!p->whole || met || f->result->crf_span <= 0 || at_the_end(f->result)) {
        dvb_rate_report(search, p->crf, p->rate, p->whole ? 0 : f->steer.doubt);
        return;
    }
    double whole = dvb_steer_whole(&f->steer) * 8e6 / (double)f->duration;
    f->steered++;
    f->take_crf = NAN;
    dvb_rate_report(search, p->crf, whole, STEERED_DOUBT);
}

/* One encode of the search. */
static int run_trial(struct fit *f, struct dvb_rate_search *search, double crf, struct dvb_err *err)
{
    /* At the ends of the range the rate must be known, not forecast; and two
       forecasts that led nowhere mean that the clip does not follow its course. */
    bool end = crf <= search->crf_min || crf >= search->crf_max;
    bool watch = !end && f->in_a_row < 2 && f->given_up < MAX_GIVEN_UP;
    bool steer = !end && f->held && f->steered < MAX_STEERED;
    struct pass p = { .crf = crf, .size = f->size, .watch = watch };
    p.room = steer ? f->s->recipe->steer : 0;
    p.sink = (struct dvb_encode_sink){ .ctx = f, .packet = count_packet };
    if (f->held && f->s->recon) {
        p.sink.recon = keep_recon;
        p.sink.wants = wants_recon;
    }
    dvb_take_clear(&f->take);
    f->take_crf = f->held ? crf : NAN;
    dvb_rate_guess(search, &f->steer.slope);
    int ret = run_pass(f, &p, err);
    f->result->encodes++;
    if (ret)
        return ret;
    report_trial(f, search, &p);
    const struct dvb_rate_point *best = dvb_rate_best(search);
    if (best && best->crf == crf && p.whole)
        f->best_effect = f->result->effect;
    f->in_a_row = p.whole ? 0 : f->in_a_row + 1;
    f->given_up += !p.whole;
    if (p.whole)
        dvb_steer_keep(&f->steer, fmax(0.03, dvb_steer_miss(&f->steer) / 2));
    else
        f->take_crf = NAN;
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

static struct dvb_rate_search searching(const struct fit *f, double target)
{
    return (struct dvb_rate_search){ .target = target,
                                     .tolerance = f->s->recipe->tolerance,
                                     .crf_min = f->crf_min,
                                     .crf_max = f->crf_max,
                                     .first = FIRST_CRF,
                                     .slope = DVB_RATE_SLOPE };
}

/* The search at a small size first, to begin the real one near its end. */
static int glance(struct fit *f, double *crf, double *slope, struct dvb_err *err)
{
    struct dvb_size small = dvb_size_within(f->size.w, f->size.h, GLANCE_PIXELS);
    double ratio = (double)f->size.w * f->size.h / ((double)small.w * small.h), at;
    struct dvb_rate_search g = searching(f, (double)f->s->recipe->bitrate /
                                                pow(ratio, GLANCE_EXPONENT));
    bool worth = f->held && ratio >= 3;
    g.tolerance = GLANCE_TOLERANCE;
    f->take_crf = NAN;
    f->steer.slope = DVB_RATE_SLOPE;
    f->steer.tolerance = f->s->recipe->tolerance;
    int ret = worth ? make_small(f, small, err) : 0;
    while (!ret && worth && g.n < GLANCES && dvb_rate_next(&g, &at) == DVB_RATE_MORE) {
        struct pass p = { .crf = at, .size = small, .glance = true };
        p.sink = (struct dvb_encode_sink){ .ctx = f, .packet = count_packet };
        ret = run_pass(f, &p, err);
        dvb_steer_keep(&f->steer, GLANCE_DOUBT);
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
    f->take_crf = NAN;
    f->steer.like.n = 0;
    f->given_up = f->in_a_row = f->steered = 0;
    dvb_feed_set_size(f->s->feed, size);
    dvb_feed_set_tap(f->s->feed, f->tapped ? NULL : f->s->tap);
    int ret = dvb_feed_hold(f->s->feed, recon + f->s->per_frame, &f->held, err);
    f->tapped |= f->held;
    dvb_feed_set_tap(f->s->feed, NULL);
    if (!ret)
        ret = glance(f, &crf, &slope, err);
    if (ret)
        return ret;
    *search = searching(f, (double)f->s->recipe->bitrate);
    search->first = crf;
    search->slope = slope;
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

/* Where even what matters most is near QP 51, a map has nothing to take from the rest: the
   rate asks for a smaller picture. Of the contrast that was asked for, this much must be left;
   the background of a strong map may well lie at 51, which costs contrast too. At the other end,
   where more than enough bits bring all to QP 0, nothing is wanting. */
static bool starved(const struct fit *f)
{
    const struct dvb_map_effect *e = &f->best_effect;
    return e->asked >= 1 && e->left.outside - e->left.inside < LEAST_CONTRAST * e->asked &&
           e->left.inside > HIGHEST_QP / 2.0;
}

static int fail_starved(const struct fit *f, struct dvb_err *err)
{
    const struct dvb_map_effect *e = &f->best_effect;
    return dvb_fail(err, DVB_FAULT_INPUT, ERANGE,
                    "the QP map changes nothing at %.1f kbps and %dx%d: what matters most is at "
                    "QP %.1f, the rest at %.1f, and 51 is the most there is",
                    f->result->target_kbps, f->result->width, f->result->height, e->left.inside,
                    e->left.outside);
}

/* Without a map the ladder has smaller sizes to offer; a size that was asked for has not. */
static void narrow(struct fit *f, bool ladder)
{
    if (!f->result->mapped)
        f->crf_min = DVB_CRF_MIN;
    if (!f->result->mapped && ladder)
        f->crf_max = DVB_CRF_MAX;
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
    narrow(f, ladder);
    for (int step = 0; !ret; step++) {
        if (ladder)
            dvb_ladder_size(r->bitrate, src, step, &size);
        f->result->size_steps = step;
        ret = search_at(f, size, &search, &verdict, err);
        struct dvb_size smaller;
        if ((verdict != DVB_RATE_FLOOR && !starved(f)) || !ladder ||
            !dvb_ladder_size(r->bitrate, src, step + 1, &smaller))
            break;
    }
    if (ret)
        return ret;
    if (starved(f))
        return fail_starved(f, err);
    const struct dvb_rate_point *best = dvb_rate_best(&search);
    ret = f->take_crf == best->crf ? give_take(f, err) : run_final(f, best->crf, false, err);
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
    int ret = run_final(f, r->crf, r->bitrate > 0, err);
    f->best_effect = f->result->effect;
    return !ret && r->bitrate && starved(f) ? fail_starved(f, err) : ret;
}

int dvb_fit(const struct dvb_fit_settings *settings, struct dvb_rate_result *result,
            struct dvb_err *err)
{
    struct fit f = { .s = settings,
                     .result = result,
                     .take_crf = NAN,
                     .crf_min = DVB_CRF_MIN - SHIFT_MAX,
                     .crf_max = DVB_CRF_MAX + SHIFT_MAX };
    const struct dvb_encode_recipe *r = settings->recipe;
    *result = (struct dvb_rate_result){ .target_kbps = (double)r->bitrate / 1000,
                                        .mapped = settings->map.offsets != NULL };
    bool search = r->bitrate && r->mode == DVB_RATE_SEARCH;
    int ret = result->mapped ? dvb_encode_try_map(r, TRIED_OFFSET, err) : 0;
    if (!ret)
        ret = search ? fit_search(&f, err) : fit_once(&f, err);
    dvb_encoder_close(&f.enc);
    dvb_muxer_close(&f.mux);
    dvb_take_release(&f.take);
    free(f.small);
    dvb_steer_release(&f.steer);
    return ret;
}
