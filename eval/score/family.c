/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "eval/score/dist.h"
#include "eval/score/stats.h"

struct ranked {
    double p;
    size_t place;
};

static int by_p(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;
    return (a->p > b->p) - (a->p < b->p);
}

static int rank_all(const double *p, size_t n, struct ranked *v, size_t *members,
                    struct dvb_err *err)
{
    *members = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0 || p[i] > 1)
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "%g is no p-value", p[i]);
        if (!isnan(p[i]))
            v[(*members)++] = (struct ranked){ p[i], i };
    }
    qsort(v, *members, sizeof(*v), by_p);
    return 0;
}

int dvb_stats_holm(const double *p, size_t n, double *adjusted, struct dvb_err *err)
{
    if (!n)
        return 0;
    if (n > DVB_STATS_MAX_ITEMS)
        return dvb_fail(err, DVB_FAULT_INTERNAL, E2BIG, "%zu p-values, over %d", n,
                        DVB_STATS_MAX_ITEMS);
    struct ranked *v = malloc(n * sizeof(*v));
    if (!v)
        return dvb_fail_nomem(err);
    size_t members;
    int ret = rank_all(p, n, v, &members, err);
    if (!ret) {
        double highest = 0;
        for (size_t i = 0; i < n; i++)
            adjusted[i] = p[i]; /* what is NAN */
        for (size_t i = 0; i < members; i++) {
            highest = fmax(highest, fmin(1, (double)(members - i) * v[i].p));
            adjusted[v[i].place] = highest;
        }
    }
    free(v);
    return ret;
}

static int total_shares(const double *shares, int k, double *total, struct dvb_err *err)
{
    *total = 0;
    for (int i = 0; i < k; i++) {
        double share = shares ? shares[i] : 1;
        if (!(share > 0 && isfinite(share)))
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "share %d is %g, not above 0", i,
                            share);
        *total += share;
    }
    return 0;
}

int dvb_stats_chi_square(const size_t *counts, int k, const double *shares,
                         struct dvb_chi_square *out, struct dvb_err *err)
{
    *out = (struct dvb_chi_square){ 0 };
    if (k < 2)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "chi-square of %d counts; 2 are needed",
                        k);
    double all_shares, all = 0;
    int ret = total_shares(shares, k, &all_shares, err);
    if (ret)
        return ret;
    for (int i = 0; i < k; i++)
        all += (double)counts[i];
    out->df = k - 1;
    out->p = 1;
    out->rough = all == 0;
    for (int i = 0; all > 0 && i < k; i++) {
        double expected = all * (shares ? shares[i] : 1) / all_shares;
        double off = (double)counts[i] - expected;
        out->statistic += off * off / expected;
        out->rough |= expected < 5;
    }
    if (all > 0)
        out->p = dvb_dist_chi_square_upper(out->statistic, out->df);
    return 0;
}
