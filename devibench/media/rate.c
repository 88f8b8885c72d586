/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/rate.h"

#include <math.h>
#include <stddef.h>

#define SLOPE_DOUBT 0.18 /* of the expected slope, relative */
#define SLOPE_MIN 0.05
#define SLOPE_MAX 0.8
/* How far, in doublings, a measured rate lies off a straight line. */
#define NOISE 0.004
#define BEND 0.12   /* per doubling of distance from the target */
#define ONE_SIDED 5 /* encodes after which both sides should have been seen */
#define CROOKED 6   /* encodes after which a line should have met the target */
#define SURE 0.05   /* doubt of points that are more than a forecast */
#define STILL 0.01  /* doublings that are no change */
#define STEP 6.0    /* CRF; the least over ground where nothing changes */
#define NARROW 0.02 /* CRFs nearer than this are not told apart */

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
        return fmin(fmax(s->first, s->crf_min), s->crf_max);
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

/* The last two points that are more than a forecast; false: they are not two, or some such points
   lie on the other side of the target. */
static bool one_sided(const struct dvb_rate_search *s, const struct dvb_rate_point *last[2], int *n)
{
    int above = 0;
    *n = 0;
    for (int i = 0; i < s->n; i++) {
        const struct dvb_rate_point *p = &s->points[i];
        if (p->doubt > SURE)
            continue;
        last[0] = last[1];
        last[1] = p;
        above += p->rate > s->target;
        ++*n;
    }
    return *n >= 2 && (!above || above == *n);
}

/* Every point on one side of the target, and the curve flat or many points spent: the line will
   not get across. Where nothing changes, go on in longer and longer steps; else ask the end. */
static bool is_stuck(const struct dvb_rate_search *s, double *crf)
{
    const struct dvb_rate_point *last[2] = { NULL, NULL };
    int n;
    if (!one_sided(s, last, &n))
        return false;
    double at = last[1]->crf, way = at - last[0]->crf;
    double end = last[1]->rate > s->target ? s->crf_max : s->crf_min;
    double change = fabs(excess(s, last[0]) - excess(s, last[1]));
    bool still = change < STILL && way * (end - at) > 0;
    bool flat = n >= 3 && change < fabs(way) * s->slope / 4;
    if (!still && !flat && n < ONE_SIDED)
        return false;
    double step = fmax(2 * fabs(way), STEP);
    bool walk = still && n < ONE_SIDED && fabs(end - at) > 2 * step;
    *crf = walk ? at + copysign(step, end - at) : end;
    return !tried(s, *crf);
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
    double lo, hi, slope;
    if (!s->n) {
        *crf = dvb_rate_guess(s, &slope);
        return DVB_RATE_MORE;
    }
    bracket(s, &lo, &hi);
    if (s->n == DVB_RATE_MAX_ENCODES || hi - lo < NARROW)
        return DVB_RATE_JUMP;
    if (is_stuck(s, crf))
        return DVB_RATE_MORE;
    /* Ends that were measured are not worth repeating; those that were not, are. */
    double margin = fmin(0.1 * (hi - lo), 0.1);
    double from = tried(s, lo) ? lo + margin : lo, to = tried(s, hi) ? hi - margin : hi;
    double guess = fmin(fmax(dvb_rate_guess(s, &slope), from), to);
    /* A curve too crooked for the line is halved every other time. */
    bool halve = s->n >= CROOKED && s->n % 2 && tried(s, lo) && tried(s, hi);
    *crf = halve || tried(s, guess) ? (lo + hi) / 2 : guess;
    return DVB_RATE_MORE;
}
