/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "eval/score/cluster.h"
#include "eval/score/dist.h"

/* Below this a standard error is rounding, not spread: values are of order 1. */
#define NO_SPREAD 1e-12

static int by_cluster(const void *pa, const void *pb)
{
    const struct dvb_outcome *a = pa, *b = pb;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

static bool in_order(const struct dvb_outcome *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (by_cluster(&v[i - 1], &v[i]) > 0)
            return false;
    return true;
}

int dvb_clusters_sum(struct dvb_outcome *v, size_t n, struct dvb_clusters *out, struct dvb_err *err)
{
    *out = (struct dvb_clusters){ 0 };
    if (!n)
        return 0;
    if (!in_order(v, n))
        qsort(v, n, sizeof(*v), by_cluster);
    size_t clusters = 1;
    for (size_t i = 1; i < n; i++)
        clusters += v[i].cluster != v[i - 1].cluster;
    out->v = calloc(clusters, sizeof(*out->v));
    if (!out->v)
        return dvb_fail_nomem(err);
    out->n = clusters;
    struct dvb_cluster_sum *c = out->v;
    for (size_t i = 0; i < n; i++) {
        if (i && v[i].cluster != v[i - 1].cluster)
            c++;
        c->n++;
        c->sum += v[i].value;
    }
    for (size_t i = 0; i < clusters; i++) {
        out->items += out->v[i].n;
        out->sum += out->v[i].sum;
    }
    return 0;
}

void dvb_clusters_release(struct dvb_clusters *c)
{
    free(c->v);
    *c = (struct dvb_clusters){ 0 };
}

struct dvb_interval dvb_clusters_no_spread(double mean, size_t clusters, struct dvb_interval range,
                                           double confidence)
{
    double z = dvb_dist_normal_quantile((1 + confidence) / 2);
    double unseen = z * z / ((double)clusters + z * z);
    return (struct dvb_interval){ mean - unseen * (mean - range.lo),
                                  mean + unseen * (range.hi - mean) };
}

static double standard_error(const struct dvb_clusters *c)
{
    double squares = 0, n = c->items, clusters = (double)c->n;
    for (size_t i = 0; i < c->n; i++) {
        /* n times the deviation: exact, and so 0 where it is 0, for values 0 and 1 */
        double d = c->v[i].sum * n - c->v[i].n * c->sum;
        squares += d * d;
    }
    double se = sqrt(squares * clusters / (clusters - 1)) / n / n;
    return se < NO_SPREAD ? 0 : se;
}

void dvb_clusters_mean(const struct dvb_clusters *c, struct dvb_interval range, double confidence,
                       struct dvb_clustered_mean *out)
{
    *out = (struct dvb_clustered_mean){ NAN, NAN, range };
    if (!c->n)
        return;
    out->mean = c->sum / c->items;
    if (c->n < 2)
        return;
    out->se = standard_error(c);
    if (out->se == 0) {
        out->ci = dvb_clusters_no_spread(out->mean, c->n, range, confidence);
        return;
    }
    double half = dvb_dist_t_quantile((1 + confidence) / 2, (double)c->n - 1) * out->se;
    out->ci = (struct dvb_interval){ fmax(range.lo, out->mean - half),
                                     fmin(range.hi, out->mean + half) };
}
