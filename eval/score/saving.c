/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/score/saving.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/score/cluster.h"

/* A rising curve: ln of the rate against accuracy. */
struct line {
    double x[DVB_CURVE_MAX], y[DVB_CURVE_MAX]; /* ln rate, accuracy */
    size_t n;
};

/* Pool adjacent violators: all points count alike. */
static void make_rise(double *v, size_t n)
{
    double sum[DVB_CURVE_MAX];
    size_t size[DVB_CURVE_MAX], blocks = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        sum[blocks] = v[i];
        size[blocks++] = 1;
        while (blocks > 1 && sum[blocks - 2] * (double)size[blocks - 1] >
                                 sum[blocks - 1] * (double)size[blocks - 2]) {
            blocks--;
            sum[blocks - 1] += sum[blocks];
            size[blocks - 1] += size[blocks];
        }
    }
    for (size_t b = 0; b < blocks; b++)
        for (size_t k = 0; k < size[b]; k++)
            v[at++] = sum[b] / (double)size[b];
}

static void make_line(const double *rates, const double *right, size_t n, struct line *l)
{
    l->n = n;
    for (size_t i = 0; i < n; i++) {
        l->x[i] = log(rates[i]);
        l->y[i] = right[i];
    }
    make_rise(l->y, n);
}

/* The integral of x over y from lo to hi: where y stands still, x jumps, which has no width. */
static double area(const struct line *l, double lo, double hi)
{
    double sum = 0;
    for (size_t i = 1; i < l->n; i++) {
        double y0 = l->y[i - 1], y1 = l->y[i];
        double a = fmax(y0, lo), b = fmin(y1, hi);
        if (!(b > a))
            continue;
        double slope = (l->x[i] - l->x[i - 1]) / (y1 - y0);
        sum += (b - a) * (l->x[i - 1] + slope * ((a + b) / 2 - y0));
    }
    return sum;
}

double dvb_saving_of(const double *rates_a, const double *right_a, size_t n_a,
                     const double *rates_b, const double *right_b, size_t n_b,
                     struct dvb_interval *at)
{
    struct line a = { 0 }, b = { 0 };
    make_line(rates_a, right_a, n_a, &a);
    make_line(rates_b, right_b, n_b, &b);
    double lo = fmax(a.y[0], b.y[0]), hi = fmin(a.y[n_a - 1], b.y[n_b - 1]);
    *at = (struct dvb_interval){ NAN, NAN };
    if (!(hi - lo > 1e-9))
        return NAN;
    *at = (struct dvb_interval){ lo, hi };
    return 1 - exp((area(&a, lo, hi) - area(&b, lo, hi)) / (hi - lo));
}

/* Values summed by video: of a curve's cells, one after the other. */
struct video {
    double n, a[DVB_CURVE_MAX], b[DVB_CURVE_MAX];
};

struct both {
    const struct dvb_curve *a, *b;
    struct dvb_outcome **v; /* [a->n + b->n], sorted by item */
    struct video *videos;   /* by ascending id */
    int64_t *ids;
    size_t n_videos, items;
};

static size_t n_cells(const struct both *p)
{
    return p->a->n + p->b->n;
}

static const struct dvb_cell *cell_of(const struct both *p, size_t i)
{
    return i < p->a->n ? &p->a->cells[i] : &p->b->cells[i - p->a->n];
}

static int check(const struct dvb_curve *c, struct dvb_err *err)
{
    if (c->n < 2 || c->n > DVB_CURVE_MAX)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "%s: %zu points, expected 2 to %d",
                        c->name, c->n, DVB_CURVE_MAX);
    for (size_t i = 0; i < c->n; i++)
        if (!(c->rates[i] > (i ? c->rates[i - 1] : 0)) || isinf(c->rates[i]))
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                            "%s: rate %zu is %g, expected finite ones that rise from above 0",
                            c->name, i, c->rates[i]);
    return 0;
}

static int by_item(const void *key, const void *v)
{
    const struct dvb_outcome *a = key, *b = v;
    return (a->item > b->item) - (a->item < b->item);
}

/* The item's value in every cell, or false. */
static bool find_all(const struct both *p, const struct dvb_outcome *item, double *value)
{
    for (size_t i = 0; i < n_cells(p); i++) {
        size_t n = cell_of(p, i)->n;
        const struct dvb_outcome *hit = n ? bsearch(item, p->v[i], n, sizeof(**p->v), by_item)
                                          : NULL;
        if (!hit || hit->cluster != item->cluster)
            return false;
        value[i] = hit->value;
    }
    return true;
}

static int ascending_id(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

static void list_videos(struct both *p)
{
    const struct dvb_cell *c = cell_of(p, 0);
    double value[2 * DVB_CURVE_MAX] = { 0 };
    size_t n = 0;
    p->ids = dvb_calloc(c->n + 1, sizeof(*p->ids));
    for (size_t i = 0; i < c->n; i++)
        if (find_all(p, &p->v[0][i], value))
            p->ids[n++] = p->v[0][i].cluster;
    qsort(p->ids, n, sizeof(*p->ids), ascending_id);
    for (size_t i = 0; i < n; i++)
        if (!i || p->ids[i] != p->ids[p->n_videos - 1])
            p->ids[p->n_videos++] = p->ids[i];
}

static void sum_up(struct both *p)
{
    const struct dvb_cell *c = cell_of(p, 0);
    double value[2 * DVB_CURVE_MAX] = { 0 };
    list_videos(p);
    p->videos = dvb_calloc(p->n_videos + 1, sizeof(*p->videos));
    for (size_t i = 0; i < c->n; i++) {
        if (!find_all(p, &p->v[0][i], value))
            continue;
        const int64_t *id = bsearch(&p->v[0][i].cluster, p->ids, p->n_videos, sizeof(*id),
                                    ascending_id);
        struct video *video = &p->videos[id - p->ids];
        video->n++;
        p->items++;
        for (size_t k = 0; k < p->a->n; k++)
            video->a[k] += value[k];
        for (size_t k = 0; k < p->b->n; k++)
            video->b[k] += value[p->a->n + k];
    }
}

static void add_video(const struct both *p, const struct video *from, struct video *sum)
{
    sum->n += from->n;
    for (size_t k = 0; k < p->a->n; k++)
        sum->a[k] += from->a[k];
    for (size_t k = 0; k < p->b->n; k++)
        sum->b[k] += from->b[k];
}

static double saving_of(const struct both *p, struct video *sum, struct dvb_interval *at)
{
    *at = (struct dvb_interval){ NAN, NAN };
    for (size_t k = 0; k < p->a->n; k++)
        sum->a[k] /= sum->n;
    for (size_t k = 0; k < p->b->n; k++)
        sum->b[k] /= sum->n;
    return sum->n > 0
               ? dvb_saving_of(p->a->rates, sum->a, p->a->n, p->b->rates, sum->b, p->b->n, at)
               : NAN;
}

static double draw(const struct both *p, struct dvb_rng *rng)
{
    struct video sum = { 0 };
    struct dvb_interval at;
    for (size_t i = 0; i < p->n_videos; i++)
        add_video(p, &p->videos[dvb_rng_below(rng, (uint32_t)p->n_videos)], &sum);
    return saving_of(p, &sum, &at);
}

static int draw_all(const struct both *p, const struct dvb_stats_settings *s, double *savings,
                    struct dvb_err *err)
{
    bool swap = strcmp(p->a->name, p->b->name) > 0;
    const char *x = swap ? p->b->name : p->a->name, *y = swap ? p->a->name : p->b->name;
    size_t len = strlen(x) + strlen(y) + 32;
    int failed = 0;
#pragma omp parallel num_threads(s->jobs ? s->jobs : omp_get_max_threads()) reduction(+ : failed)
    {
        char *name = malloc(len);
        failed = !name;
#pragma omp for schedule(dynamic, 64)
        for (int round = 0; round < s->rounds; round++) {
            if (!name)
                continue;
            struct dvb_rng rng;
            snprintf(name, len, "saving/%s/%s/%d", x, y, round);
            dvb_rng_init(&rng, s->seed, name);
            savings[round] = draw(p, &rng);
        }
        free(name);
    }
    return failed ? dvb_fail_nomem(err) : 0;
}

static int ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Hyndman & Fan's type 6 over sorted values. */
static double percentile(const double *v, int n, double p)
{
    double place = fmin(fmax((n + 1.0) * p - 1, 0), n - 1);
    int below = (int)place, above = below + 1 < n ? below + 1 : below;
    return v[below] + (place - below) * (v[above] - v[below]);
}

static int bootstrap(const struct both *p, const struct dvb_stats_settings *s,
                     struct dvb_saving *out, struct dvb_err *err)
{
    double *savings = malloc((size_t)s->rounds * sizeof(*savings));
    int n = 0, ret = savings ? draw_all(p, s, savings, err) : dvb_fail_nomem(err);
    for (int i = 0; !ret && i < s->rounds; i++)
        if (isfinite(savings[i]))
            savings[n++] = savings[i];
    if (!ret) {
        double tail = (1 - s->confidence) / 2;
        out->without = 1 - (double)n / s->rounds;
        if (n && out->without <= 1 - s->confidence) {
            qsort(savings, (size_t)n, sizeof(*savings), ascending);
            out->ci = (struct dvb_interval){ percentile(savings, n, tail),
                                             percentile(savings, n, 1 - tail) };
        }
    }
    free(savings);
    return ret;
}

static void release(struct both *p)
{
    for (size_t i = 0; i < n_cells(p); i++)
        free(p->v[i]);
    free(p->v);
    free(p->videos);
    free(p->ids);
}

static int measure(struct both *p, const struct dvb_stats_settings *s, struct dvb_saving *out,
                   struct dvb_err *err)
{
    struct video all = { 0 };
    int ret = 0;
    for (size_t i = 0; i < n_cells(p) && !ret; i++)
        ret = dvb_cell_sorted(cell_of(p, i), &p->v[i], err);
    if (ret)
        return ret;
    sum_up(p);
    for (size_t i = 0; i < p->n_videos; i++)
        add_video(p, &p->videos[i], &all);
    out->n = p->items;
    out->clusters = p->n_videos;
    out->saving = saving_of(p, &all, &out->at);
    return p->n_videos >= 2 && isfinite(out->saving) ? bootstrap(p, s, out, err) : 0;
}

int dvb_stats_saving(const struct dvb_curve *a, const struct dvb_curve *b,
                     const struct dvb_stats_settings *s, struct dvb_saving *out,
                     struct dvb_err *err)
{
    *out = (struct dvb_saving){ 0 };
    int ret = dvb_stats_settings_check(s, err);
    if (!ret)
        ret = check(a, err);
    if (!ret)
        ret = check(b, err);
    if (ret)
        return ret;
    struct both p = { .a = a, .b = b };
    struct dvb_saving made = { .saving = NAN, .ci = { NAN, NAN }, .at = { NAN, NAN } };
    p.v = dvb_calloc(n_cells(&p), sizeof(*p.v));
    ret = measure(&p, s, &made, err);
    if (!ret)
        *out = made;
    release(&p);
    return ret;
}
