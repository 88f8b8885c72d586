/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/rate.h"

#include <math.h>
#include <stddef.h>

#include "media/encode.h"

#define SLOPE_DOUBT 0.18 /* of the expected slope, relative */
#define SLOPE_MIN 0.05
#define SLOPE_MAX 0.8
/* How far, in doublings, a measured rate lies off a straight line. */
#define NOISE 0.004
#define BEND 0.12   /* per doubling of distance from the target */
#define ONE_SIDED 5 /* encodes after which both sides should have been seen */
#define CROOKED 6   /* encodes after which a line should have met the target */
#define NARROW 0.02 /* CRFs nearer than this are not told apart */

void dvb_rate_begin(struct dvb_rate_search *s, double target, double tolerance, double first,
                    double slope)
{
    *s = (struct dvb_rate_search){ .target = target,
                                   .tolerance = tolerance,
                                   .slope = slope,
                                   .crf_min = DVB_CRF_MIN,
                                   .crf_max = DVB_CRF_MAX };
    s->first = fmin(fmax(first, s->crf_min), s->crf_max);
}

void dvb_rate_report(struct dvb_rate_search *s, double crf, double rate, double doubt)
{
    if (s->n < DVB_RATE_MAX_ENCODES)
        s->points[s->n++] = (struct dvb_rate_point){ crf, rate, doubt };
}

/* How far above the target, in doublings. */
static double excess(const struct dvb_rate_search *s, const struct dvb_rate_point *p)
{
    return log2(fmax(p->rate, 1e-9) / s->target);
}

const struct dvb_rate_point *dvb_rate_best(const struct dvb_rate_search *s)
{
    const struct dvb_rate_point *best = NULL;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        if (p->doubt <= 0 && (!best || fabs(excess(s, p)) < fabs(excess(s, best))))
            best = p;
    }
    return best;
}

/* The line through the points, weighted by how far each can be trusted, and by
   the slope that was expected. */
double dvb_rate_guess(const struct dvb_rate_search *s, double *slope)
{
    *slope = s->slope;
    if (!s->n)
        return s->first;
    double x0 = s->points[s->n - 1].crf, prior = 1 / pow(SLOPE_DOUBT * s->slope, 2);
    double sw = 0, sx = 0, sy = 0, sxx = prior, sxy = -s->slope * prior;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        double y = excess(s, p), x = p->crf - x0, sd = NOISE + p->doubt + BEND * fabs(y);
        double w = 1 / (sd * sd);
        sw += w;
        sx += w * x;
        sy += w * y;
        sxx += w * x * x;
        sxy += w * x * y;
    }
    double fall = (sx * sy - sw * sxy) / (sw * sxx - sx * sx);
    *slope = fmin(fmax(fall, SLOPE_MIN), SLOPE_MAX);
    return fmin(fmax(x0 + (sy + *slope * sx) / sw / *slope, s->crf_min), s->crf_max);
}

/* The last measured point on either side of the target. */
static void bracket(const struct dvb_rate_search *s, double *lo, double *hi)
{
    *lo = s->crf_min;
    *hi = s->crf_max;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        if (p->doubt > 0 || p->crf < *lo || p->crf > *hi)
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
        if (fabs(s->points[i].crf - crf) < NARROW / 2 && s->points[i].doubt <= 0)
            return &s->points[i];
    return NULL;
}

/* Every point on one side of the target, and the curve flat or many points spent:
   the line will not get across, so ask the end itself. */
static bool is_stuck(const struct dvb_rate_search *s, double *crf)
{
    int above = 0;
    for (int i = 0; i < s->n; i++)
        above += s->points[i].rate > s->target;
    if (s->n < 3 || (above && above < s->n))
        return false;
    *crf = above ? s->crf_max : s->crf_min;
    const struct dvb_rate_point *a = &s->points[s->n - 2], *b = &s->points[s->n - 1];
    double slope = (excess(s, a) - excess(s, b)) / (b->crf - a->crf);
    return !tried(s, *crf) && (slope < s->slope / 4 || s->n >= ONE_SIDED);
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
    if (is_stuck(s, crf))
        return DVB_RATE_MORE;
    /* Ends that were measured are not worth repeating; those that were not, are. */
    double margin = fmin(0.1 * (hi - lo), 0.1);
    double from = tried(s, lo) ? lo + margin : lo, to = tried(s, hi) ? hi - margin : hi;
    double slope, guess = fmin(fmax(dvb_rate_guess(s, &slope), from), to);
    /* A curve too crooked for the line is halved every other time. */
    bool halve = s->n >= CROOKED && s->n % 2 && tried(s, lo) && tried(s, hi);
    *crf = halve || tried(s, guess) ? (lo + hi) / 2 : guess;
    return DVB_RATE_MORE;
}
