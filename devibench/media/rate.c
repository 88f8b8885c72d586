/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/rate.h"

#include <math.h>
#include <stddef.h>

#include "media/encode.h"

/* log2 of the rate falls by 1 in about 6 steps of CRF; real clips lie between these. */
#define SLOPE_USUAL (1.0 / 6)
#define SLOPE_MIN (1.0 / 20)
#define SLOPE_MAX (1.0 / 2)
#define NARROW 0.02 /* CRFs nearer than this are not told apart */

void dvb_rate_begin(struct dvb_rate_search *s, double target, double tolerance, double first)
{
    *s = (struct dvb_rate_search){ .target = target,
                                   .tolerance = tolerance,
                                   .crf_min = DVB_CRF_MIN,
                                   .crf_max = DVB_CRF_MAX };
    s->first = fmin(fmax(first, s->crf_min), s->crf_max);
}

void dvb_rate_report(struct dvb_rate_search *s, double crf, double rate, bool whole)
{
    if (s->n < DVB_RATE_MAX_ENCODES)
        s->points[s->n++] = (struct dvb_rate_point){ crf, rate, whole };
}

/* How far above the target, in doublings. */
static double excess(const struct dvb_rate_search *s, const struct dvb_rate_point *p)
{
    return log2(fmax(p->rate, 1e-9) / s->target);
}

static const struct dvb_rate_point *nearest(const struct dvb_rate_search *s, bool whole_only)
{
    const struct dvb_rate_point *best = NULL;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        if ((p->whole || !whole_only) && (!best || fabs(excess(s, p)) < fabs(excess(s, best))))
            best = p;
    }
    return best;
}

const struct dvb_rate_point *dvb_rate_best(const struct dvb_rate_search *s)
{
    return nearest(s, true);
}

/* Fall of log2 rate per CRF around p, from the nearest other point. */
static double slope_at(const struct dvb_rate_search *s, const struct dvb_rate_point *p)
{
    const struct dvb_rate_point *other = NULL;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *q = &s->points[i];
        double d = fabs(q->crf - p->crf);
        if (d > NARROW && (!other || d < fabs(other->crf - p->crf)))
            other = q;
    }
    if (!other)
        return SLOPE_USUAL;
    double slope = (excess(s, p) - excess(s, other)) / (other->crf - p->crf);
    return fmin(fmax(slope, SLOPE_MIN), SLOPE_MAX);
}

/* The last measured point on either side of the target. */
static void bracket(const struct dvb_rate_search *s, double *lo, double *hi)
{
    *lo = s->crf_min;
    *hi = s->crf_max;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        if (!p->whole || p->crf < *lo || p->crf > *hi)
            continue;
        if (p->rate > s->target)
            *lo = p->crf;
        else
            *hi = p->crf;
    }
}

static const struct dvb_rate_point *tried(const struct dvb_rate_search *s, double crf)
{
    for (int i = 0; i < s->n; i++)
        if (fabs(s->points[i].crf - crf) < NARROW / 2 && s->points[i].whole)
            return &s->points[i];
    return NULL;
}

enum dvb_rate_verdict dvb_rate_next(const struct dvb_rate_search *s, double *crf)
{
    const struct dvb_rate_point *best = dvb_rate_best(s), *p;
    if (best && fabs(best->rate / s->target - 1) <= s->tolerance)
        return DVB_RATE_MET;
    if ((p = tried(s, s->crf_max)) && p->rate > s->target)
        return DVB_RATE_FLOOR;
    if ((p = tried(s, s->crf_min)) && p->rate < s->target)
        return DVB_RATE_CEILING;
    if (!s->n) {
        *crf = s->first;
        return DVB_RATE_MORE;
    }
    double lo, hi;
    bracket(s, &lo, &hi);
    if (s->n == DVB_RATE_MAX_ENCODES || hi - lo < NARROW)
        return DVB_RATE_JUMP;
    p = nearest(s, false);
    double guess = p->crf + excess(s, p) / slope_at(s, p);
    /* Ends that were measured are not worth repeating; those that were not, are. */
    double margin = 0.04 * (hi - lo);
    double from = tried(s, lo) ? lo + margin : lo, to = tried(s, hi) ? hi - margin : hi;
    guess = fmin(fmax(guess, from), to);
    *crf = tried(s, guess) ? (lo + hi) / 2 : guess;
    return DVB_RATE_MORE;
}
