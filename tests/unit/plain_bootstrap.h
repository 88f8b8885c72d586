/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paired cluster bootstrap as eval/score/stats.h describes it, written the straightforward
   way: one thread, and each drawn video's items one by one. */
#ifndef DVB_TESTS_PLAIN_BOOTSTRAP_H
#define DVB_TESTS_PLAIN_BOOTSTRAP_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/score/stats.h"

struct plain_bootstrap {
    double diff, p, lo, hi;
};

static int plain_ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

static double plain_percentile(const double *v, int n, double p)
{
    double place = (n + 1) * p - 1;
    if (place <= 0)
        return v[0];
    if (place >= n - 1)
        return v[n - 1];
    int i = (int)place;
    return v[i] + (place - i) * (v[i + 1] - v[i]);
}

/* a[i] and b[i] are outcomes of the same item; both are ordered by cluster. */
static struct plain_bootstrap plain_bootstrap(const struct dvb_outcome *a,
                                              const struct dvb_outcome *b, size_t n,
                                              const struct dvb_stats_settings *s, const char *label)
{
    size_t *start = dvb_calloc(n + 1, sizeof(*start)), clusters = 0;
    double *means = dvb_calloc((size_t)s->rounds, sizeof(*means)), all_a = 0, all_b = 0;
    for (size_t i = 0; i < n; i++) {
        if (!i || a[i].cluster != a[i - 1].cluster)
            start[clusters++] = i;
        all_a += a[i].value;
        all_b += b[i].value;
    }
    start[clusters] = n;
    struct plain_bootstrap out = { .diff = (all_a - all_b) / (double)n };
    for (int round = 0; round < s->rounds; round++) {
        char name[256];
        struct dvb_rng rng;
        snprintf(name, sizeof(name), "%s/%d", label, round);
        dvb_rng_init(&rng, s->seed, name);
        double sum_a = 0, sum_b = 0, items = 0;
        for (size_t k = 0; k < clusters; k++) {
            size_t c = dvb_rng_below(&rng, (uint32_t)clusters);
            for (size_t i = start[c]; i < start[c + 1]; i++) {
                sum_a += a[i].value;
                sum_b += b[i].value;
                items++;
            }
        }
        means[round] = (sum_a - sum_b) / items;
        out.p += fabs(means[round] - out.diff) >= fabs(out.diff) - 1e-12;
    }
    out.p = fmax((out.p + 1) / (s->rounds + 1), pow(2, 1 - (double)clusters));
    qsort(means, (size_t)s->rounds, sizeof(*means), plain_ascending);
    out.lo = plain_percentile(means, s->rounds, (1 - s->confidence) / 2);
    out.hi = plain_percentile(means, s->rounds, (1 + s->confidence) / 2);
    free(means);
    free(start);
    return out;
}

#endif
