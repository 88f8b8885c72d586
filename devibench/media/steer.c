/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/steer.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* The part of an encode in which it may be given up. */
#define WATCH_FROM 0.25
#define WATCH_TO 0.6
#define MIN_UNITS 8 /* before which nothing is said */

/* The CRF is looked at when a twelfth of the units has come since the last
   time, and at the end with every unit. */
#define TURN_FROM 0.15
#define TURN_EVERY 12
#define LANDING 0.93
#define STEP_MIN 0.02 /* CRF; smaller changes are not worth it */

void dvb_steer_begin(struct dvb_steer *s, double crf)
{
    s->first_crf = s->crf = s->lowest = s->highest = crf;
    s->bytes = 0;
    s->turned_at = 0;
    s->now.n = 0;
}

void dvb_steer_add(struct dvb_steer *s, size_t bytes)
{
    struct dvb_course *c = &s->now;
    c->bytes = dvb_grow(c->bytes, c->n, &c->cap, sizeof(*c->bytes));
    c->bytes[c->n++] = (double)bytes * exp2(s->slope * (s->crf - s->first_crf));
    s->bytes += (double)bytes;
}

static double sum(const struct dvb_course *c, size_t from, size_t to)
{
    double all = 0;
    for (size_t i = from; i < to; i++)
        all += c->bytes[i];
    return all;
}

/* What comes after the first k units, at the first CRF, if bits go on as they
   did in the earlier encode. The first unit, coded alone, tells nothing. */
static double rest(const struct dvb_steer *s, size_t k)
{
    double before = sum(&s->like, 1, k);
    return before > 0 ? sum(&s->now, 1, k) * sum(&s->like, k, s->like.n) / before : 0;
}

static bool comparable(const struct dvb_steer *s)
{
    return s->like.n > 0 && s->now.n <= s->like.n;
}

double dvb_steer_whole(const struct dvb_steer *s)
{
    double so_far = sum(&s->now, 0, s->now.n);
    return comparable(s) && s->now.n > 1 ? so_far + rest(s, s->now.n) : so_far;
}

static double part(const struct dvb_steer *s)
{
    return (double)s->now.n / (double)s->like.n;
}

bool dvb_steer_turn(struct dvb_steer *s)
{
    if (s->room <= 0 || s->target <= 0 || !comparable(s) || s->now.n < MIN_UNITS ||
        s->now.n == s->like.n || part(s) < TURN_FROM)
        return false;
    bool due = (s->now.n - s->turned_at) * TURN_EVERY >= s->like.n || part(s) >= LANDING;
    double left = s->target - s->bytes, more = rest(s, s->now.n);
    if (!due || more <= 0)
        return false;
    s->turned_at = s->now.n;
    double crf = left > 0 ? s->first_crf + log2(more / left) / s->slope : s->first_crf + s->room;
    /* Early forecasts are rough: only part of what they ask for is done. */
    crf = s->crf + (crf - s->crf) * fmin(1, 1.5 * part(s));
    crf = fmin(fmax(crf, s->first_crf - s->room), s->first_crf + s->room);
    if (fabs(crf - s->crf) < STEP_MIN)
        return false;
    s->crf = crf;
    s->lowest = fmin(s->lowest, crf);
    s->highest = fmax(s->highest, crf);
    return true;
}

bool dvb_steer_hopeless(const struct dvb_steer *s)
{
    if (s->target <= 0 || !comparable(s) || s->now.n < MIN_UNITS || part(s) < WATCH_FROM ||
        part(s) > WATCH_TO)
        return false;
    double more = rest(s, s->now.n);
    double reach = exp2(s->slope * s->room);
    double allowed = log2(1 + s->tolerance) + 2 * s->doubt * (1 - part(s));
    double most = s->bytes + more * reach, least = s->bytes + more / reach;
    return more > 0 && (log2(s->target / most) > allowed || log2(least / s->target) > allowed);
}

void dvb_steer_keep(struct dvb_steer *s, double doubt)
{
    struct dvb_course old = s->like;
    s->like = s->now;
    s->now = old;
    s->doubt = doubt;
}

double dvb_steer_miss(const struct dvb_steer *s)
{
    size_t k = (size_t)((double)s->like.n * WATCH_FROM);
    if (s->like.n != s->now.n || k < 2)
        return 0;
    double forecast = sum(&s->now, 0, k) + rest(s, k);
    return forecast > 0 ? fabs(log2(forecast / sum(&s->now, 0, s->now.n))) : 1;
}

void dvb_steer_release(struct dvb_steer *s)
{
    free(s->now.bytes);
    free(s->like.bytes);
    *s = (struct dvb_steer){ 0 };
}
