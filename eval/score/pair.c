/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/score/cluster.h"
#include "eval/score/dist.h"

/* The items that both cells have, in one order. */
struct aligned {
    struct dvb_outcome *a, *b;
    size_t n, left_a, left_b;
};

static void release_aligned(struct aligned *p)
{
    free(p->a);
    free(p->b);
}

/* Both are sorted by item; what both have moves to the front. */
static int match(struct aligned *p, size_t na, size_t nb, struct dvb_err *err)
{
    size_t i = 0, j = 0;
    while (i < na && j < nb) {
        if (p->a[i].item < p->b[j].item) {
            i++;
        } else if (p->a[i].item > p->b[j].item) {
            j++;
        } else {
            if (p->a[i].cluster != p->b[j].cluster)
                return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                                "item %" PRId64 " is of video %" PRId64 " here, %" PRId64 " there",
                                p->a[i].item, p->a[i].cluster, p->b[j].cluster);
            p->a[p->n] = p->a[i++];
            p->b[p->n++] = p->b[j++];
        }
    }
    p->left_a = na - p->n;
    p->left_b = nb - p->n;
    return 0;
}

static int align(const struct dvb_cell *a, const struct dvb_cell *b, struct aligned *p,
                 struct dvb_err *err)
{
    *p = (struct aligned){ 0 };
    int ret = dvb_cell_sorted(a, &p->a, err);
    if (!ret)
        ret = dvb_cell_sorted(b, &p->b, err);
    if (!ret && (ret = match(p, a->n, b->n, err)))
        dvb_err_prefix(err, "%s, %s", a->name, b->name);
    if (ret)
        release_aligned(p);
    return ret;
}

static bool is_right(const struct dvb_outcome *v)
{
    return v->value >= DVB_STATS_RIGHT;
}

int dvb_stats_sensitivity(const struct dvb_cell *original, const struct dvb_cell *degraded,
                          const struct dvb_stats_settings *s, struct dvb_share *out,
                          struct dvb_err *err)
{
    *out = (struct dvb_share){ 0 };
    struct aligned p;
    int ret = dvb_stats_settings_check(s, err);
    if (!ret)
        ret = align(original, degraded, &p, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < p.n; i++)
        p.a[i].value = is_right(&p.a[i]) && !is_right(&p.b[i]);
    ret = dvb_share_of(p.a, p.n, s->confidence, out, err);
    release_aligned(&p);
    return ret;
}

double dvb_stats_mcnemar(size_t b, size_t c)
{
    double least = (double)(b < c ? b : c);
    double p = 2 * dvb_dist_fair_coin(least, (double)b + (double)c);
    return p > 1 ? 1 : p; /* not fmin, which would make 1 of NAN */
}

double dvb_sign_flip_floor(size_t clusters)
{
    return clusters > 2000 ? 0 : ldexp(1, 1 - (int)clusters);
}

static double t_test(const struct dvb_clustered_mean *m, size_t clusters)
{
    if (clusters < 2 || m->mean == 0)
        return 1;
    if (m->se == 0)
        return dvb_sign_flip_floor(clusters);
    return dvb_dist_t_two_sided(m->mean / m->se, (double)clusters - 1);
}

static double detectable(double se, size_t clusters, const struct dvb_stats_settings *s)
{
    if (!(se > 0))
        return NAN;
    double df = (double)clusters - 1;
    return se *
           (dvb_dist_t_quantile((1 + s->confidence) / 2, df) + dvb_dist_t_quantile(s->power, df));
}

static void count_pairs(const struct aligned *p, struct dvb_pair_stats *out)
{
    double sum_a = 0, sum_b = 0;
    size_t table[2][2] = { { 0 } };
    for (size_t i = 0; i < p->n; i++) {
        sum_a += p->a[i].value;
        sum_b += p->b[i].value;
        table[is_right(&p->a[i])][is_right(&p->b[i])]++;
    }
    out->n = p->n;
    out->left_a = p->left_a;
    out->left_b = p->left_b;
    out->both_right = table[1][1];
    out->only_a_right = table[1][0];
    out->only_b_right = table[0][1];
    out->both_wrong = table[0][0];
    out->mean_a = p->n ? sum_a / (double)p->n : NAN;
    out->mean_b = p->n ? sum_b / (double)p->n : NAN;
    out->mcnemar_p = dvb_stats_mcnemar(table[1][0], table[0][1]);
}

/* The same streams whichever cell comes first. */
static char *stream_label(const char *a, const char *b)
{
    bool swap = strcmp(a, b) > 0;
    return dvb_asprintf("bootstrap/%s/%s", swap ? b : a, swap ? a : b);
}

static int compare(const struct dvb_clusters *c, const struct dvb_stats_settings *s,
                   const char *label, struct dvb_pair_stats *out, struct dvb_err *err)
{
    const struct dvb_interval range = { -1, 1 };
    struct dvb_clustered_mean m;
    struct dvb_bootstrap boot = { .p = 1, .ci = range };
    dvb_clusters_mean(c, range, s->confidence, &m);
    if (c->n >= 2) {
        int ret = dvb_bootstrap_run(c, &m, s, label, &boot, err);
        if (ret)
            return ret;
    }
    out->clusters = c->n;
    out->diff = m.mean;
    out->se = m.se;
    out->ci = m.ci;
    out->t_p = t_test(&m, c->n);
    out->bootstrap_p = boot.p;
    out->bootstrap_ci = boot.ci;
    out->detectable = detectable(m.se, c->n, s);
    return 0;
}

int dvb_stats_pair(const struct dvb_cell *a, const struct dvb_cell *b,
                   const struct dvb_stats_settings *s, struct dvb_pair_stats *out,
                   struct dvb_err *err)
{
    *out = (struct dvb_pair_stats){ 0 };
    struct aligned p;
    struct dvb_clusters c;
    int ret = dvb_stats_settings_check(s, err);
    if (!ret)
        ret = align(a, b, &p, err);
    if (ret)
        return ret;
    struct dvb_pair_stats stats = { 0 };
    count_pairs(&p, &stats);
    for (size_t i = 0; i < p.n; i++)
        p.a[i].value -= p.b[i].value;
    ret = dvb_clusters_sum(p.a, p.n, &c, err);
    if (!ret) {
        char *label = stream_label(a->name, b->name);
        ret = compare(&c, s, label, &stats, err);
        free(label);
        dvb_clusters_release(&c);
    }
    if (!ret)
        *out = stats;
    release_aligned(&p);
    return ret;
}
