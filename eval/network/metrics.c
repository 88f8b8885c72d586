/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eval/network/metrics.h"

struct view {
    const struct dvb_sim_frame *f;
    size_t n;
    bool decodable;
};

static int64_t there(const struct view *v, size_t i)
{
    return v->decodable ? v->f[i].decodable : v->f[i].complete;
}

double dvb_metrics_quantile(const double *values, size_t n, double share)
{
    if (!n)
        return NAN;
    size_t rank = (size_t)ceil(share * (double)n - 1e-9);
    return values[rank ? rank - 1 : 0];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return n ? sum / (double)n : NAN;
}

static struct dvb_latency summarise(double *ms, size_t n)
{
    struct dvb_latency l = { .mean = mean(ms, n), .frames = n };
    qsort(ms, n, sizeof(*ms), ascending);
    l.p50 = dvb_metrics_quantile(ms, n, 0.5);
    l.p95 = dvb_metrics_quantile(ms, n, 0.95);
    l.p99 = dvb_metrics_quantile(ms, n, 0.99);
    return l;
}

/* earliest[i]: when the first of the frames from i on was there; NEVER: none was. */
static void fill_earliest(const struct view *v, int64_t *earliest)
{
    int64_t at = DVB_NET_NEVER;
    for (size_t i = v->n; i-- > 0;) {
        if (there(v, i) < at)
            at = there(v, i);
        earliest[i] = at;
    }
}

/* earliest: for frames that never were, by Artic's rule; NULL: they are left out. */
static struct dvb_latency latency(const struct view *v, const int64_t *earliest, double *ms)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        int64_t at = there(v, i);
        if (at == DVB_NET_NEVER && earliest)
            at = earliest[i];
        if (at != DVB_NET_NEVER)
            ms[n++] = (double)(at - v->f[i].captured) / 1e3;
    }
    return summarise(ms, n);
}

/* Without loss everything arrives, unless the call itself is beyond the link. */
static int64_t ideal(const struct dvb_sim_result *twin, size_t *at, int64_t captured)
{
    while (*at + 1 < twin->n && twin->frames[*at + 1].captured <= captured)
        ++*at;
    const struct dvb_sim_frame *f = &twin->frames[*at];
    return f->complete == DVB_NET_NEVER ? 0 : captured + f->complete - f->captured;
}

/* What the schemes have in common. */
struct stage {
    struct view v;
    const struct dvb_sim_result *twin;
    const int64_t *earliest;
    bool substitutes;
    int64_t end;   /* of the call */
    int64_t slack; /* of deadlines */
};

/* The sample that frames first to last were captured for. */
static void show(const struct stage *s, size_t first, size_t last, int64_t deadline, double *stall,
                 double *age)
{
    const struct view *v = &s->v;
    size_t i = last;
    while (s->substitutes && i > first && there(v, i) > deadline)
        i--;
    int64_t at = there(v, i);
    if (s->substitutes && at <= deadline) {
        *stall = 0;
        *age = (double)(deadline - v->f[i].captured) / 1e3;
        return;
    }
    if (s->substitutes || at == DVB_NET_NEVER)
        at = s->earliest[i];
    while (at != DVB_NET_NEVER && there(v, i) != at)
        i++;
    if (at == DVB_NET_NEVER)
        at = s->end > deadline ? s->end : deadline;
    *stall = at > deadline ? (double)(at - deadline) / 1e3 : 0;
    *age = (double)(at - v->f[i].captured) / 1e3;
}

static void wilson(struct dvb_showing *s)
{
    const double z = 1.959963984540054;
    double n = (double)s->samples, p = s->share = n > 0 ? (double)s->served / n : NAN;
    double centre = p + z * z / (2 * n), half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    s->low = (centre - half) / (1 + z * z / n);
    s->high = (centre + half) / (1 + z * z / n);
}

struct scratch {
    int64_t *earliest;
    double *stall, *age;
};

static double sample_of(const struct view *v, size_t i, double model_fps)
{
    return floor((double)v->f[i].captured * model_fps / 1e6 + 1e-5);
}

static struct dvb_showing show_all(const struct stage *stage, double model_fps, struct scratch *x)
{
    const struct view *v = &stage->v;
    struct dvb_showing s = { 0 };
    size_t at = 0;
    for (size_t first = 0, last; first < v->n; first = last + 1) {
        double sample = sample_of(v, first, model_fps);
        for (last = first; last + 1 < v->n && sample_of(v, last + 1, model_fps) <= sample;)
            last++;
        int64_t deadline = ideal(stage->twin, &at, v->f[last].captured) + stage->slack;
        show(stage, first, last, deadline, &x->stall[s.samples], &x->age[s.samples]);
        s.served += x->stall[s.samples++] <= 0;
    }
    s.stall_ms = mean(x->stall, s.samples);
    s.age_ms = mean(x->age, s.samples);
    qsort(x->stall, s.samples, sizeof(*x->stall), ascending);
    qsort(x->age, s.samples, sizeof(*x->age), ascending);
    s.stall_p95_ms = dvb_metrics_quantile(x->stall, s.samples, 0.95);
    s.age_p95_ms = dvb_metrics_quantile(x->age, s.samples, 0.95);
    wilson(&s);
    return s;
}

static void take_rates(const struct dvb_sim_result *r, int64_t duration, struct dvb_metrics *m)
{
    double bytes = 0, rate = 0, seconds = (double)duration / 1e6;
    for (size_t i = 0; i < r->n; i++) {
        bytes += r->frames[i].bytes;
        rate += (double)r->frames[i].rate;
    }
    m->frames = r->n;
    m->fps = (double)r->n / seconds;
    m->video_kbps = bytes * 8e-3 / seconds;
    m->mean_rate_kbps = r->n ? rate / (double)r->n / 1e3 : 0;
    m->sent_kbps = (double)r->sent_bytes * 8e-3 / seconds;
}

int dvb_metrics_take(const struct dvb_sim_result *result, const struct dvb_sim_result *twin,
                     double model_fps, int64_t duration, bool substitutes,
                     struct dvb_metrics *metrics, struct dvb_err *err)
{
    *metrics = (struct dvb_metrics){ 0 };
    if (!result->n || !twin->n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "no frame in so short a call");
    struct scratch x = { dvb_calloc(result->n, sizeof(*x.earliest)),
                         dvb_calloc(result->n, sizeof(*x.stall)),
                         dvb_calloc(result->n, sizeof(*x.age)) };
    for (int decodable = 0; decodable < 2; decodable++) {
        struct stage s = { { result->frames, result->n, decodable },
                           twin,
                           x.earliest,
                           substitutes,
                           result->ended,
                           result->slack };
        fill_earliest(&s.v, x.earliest);
        *(decodable ? &metrics->decodable : &metrics->complete) = latency(&s.v, NULL, x.stall);
        *(decodable ? &metrics->dropped_decodable : &metrics->dropped) = latency(&s.v, x.earliest,
                                                                                 x.stall);
        *(decodable ? &metrics->shown_decodable : &metrics->shown) = show_all(&s, model_fps, &x);
    }
    take_rates(result, duration, metrics);
    free(x.earliest);
    free(x.stall);
    free(x.age);
    return 0;
}
