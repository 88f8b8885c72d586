/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole clusters are drawn, and a cluster's items enter by their sum: a round
   costs one step for each cluster, however many items there are. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "eval/score/cluster.h"

/* Two means of the same items summed in another order differ by less than this. */
#define SAME 1e-12

static double draw(const struct dvb_clusters *c, struct dvb_rng *rng)
{
    double n = 0, sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct dvb_cluster_sum *s = &c->v[dvb_rng_below(rng, (uint32_t)c->n)];
        n += s->n;
        sum += s->sum;
    }
    return sum / n;
}

/* Each round has a stream of its own, so it does not matter which thread draws it. */
static int draw_all(const struct dvb_clusters *c, const struct dvb_stats_settings *s,
                    const char *label, double *means, struct dvb_err *err)
{
    size_t len = strlen(label) + 16;
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
            snprintf(name, len, "%s/%d", label, round);
            dvb_rng_init(&rng, s->seed, name);
            means[round] = draw(c, &rng);
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

/* Hyndman & Fan's type 6: the order statistic at (n + 1) p from the end, between its neighbours
   where that is no whole number. Both ends go the same way, step being 1 or -1, so that negated
   means give the negated interval to the last bit. */
static double percentile(const double *end, int step, int n, double p)
{
    double place = fmin(fmax((n + 1.0) * p - 1, 0), n - 1);
    int below = (int)place, above = below + 1 < n ? below + 1 : below;
    double v = end[step * below];
    return v + (place - below) * (end[step * above] - v);
}

static double centred_p(const double *means, int rounds, double diff)
{
    int far = 0;
    for (int i = 0; i < rounds; i++)
        far += fabs(means[i] - diff) >= fabs(diff) - SAME;
    return (1.0 + far) / (rounds + 1.0);
}

int dvb_bootstrap_run(const struct dvb_clusters *c, const struct dvb_clustered_mean *m,
                      const struct dvb_stats_settings *s, const char *label,
                      struct dvb_bootstrap *out, struct dvb_err *err)
{
    double *means = malloc((size_t)s->rounds * sizeof(*means));
    int ret = means ? draw_all(c, s, label, means, err) : dvb_fail_nomem(err);
    if (ret) {
        free(means);
        return ret;
    }
    qsort(means, (size_t)s->rounds, sizeof(*means), ascending);
    double tail = (1 - s->confidence) / 2;
    out->p = fmax(centred_p(means, s->rounds, m->mean), dvb_sign_flip_floor(c->n));
    int n = s->rounds;
    out->ci = m->ci; /* which stands where nothing varies */
    if (m->se > 0)
        out->ci = (struct dvb_interval){ percentile(means, 1, n, tail),
                                         percentile(means + n - 1, -1, n, tail) };
    free(means);
    return 0;
}
