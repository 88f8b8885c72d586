/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/score/cluster.h"
#include "eval/score/dist.h"

void dvb_stats_settings_default(struct dvb_stats_settings *s)
{
    *s = (struct dvb_stats_settings){ .confidence = 0.95, .power = 0.8, .rounds = 10000 };
}

int dvb_stats_settings_check(const struct dvb_stats_settings *s, struct dvb_err *err)
{
    if (!(s->confidence > 0 && s->confidence < 1))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "confidence %g is not between 0 and 1",
                        s->confidence);
    if (!(s->power >= 0.5 && s->power < 1))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "power %g is not in 0.5 to 1", s->power);
    if (s->rounds < 1 || s->rounds > DVB_STATS_MAX_ROUNDS)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "%d bootstrap rounds: 1 to %d are possible", s->rounds,
                        DVB_STATS_MAX_ROUNDS);
    if (s->jobs < 0)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "%d jobs", s->jobs);
    return 0;
}

static int by_item(const void *pa, const void *pb)
{
    const struct dvb_outcome *a = pa, *b = pb;
    return (a->item > b->item) - (a->item < b->item);
}

static int check_sorted(const char *name, const struct dvb_outcome *v, size_t n,
                        struct dvb_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(v[i].value >= 0 && v[i].value <= 1))
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                            "%s: item %" PRId64 " has value %g, not in 0 to 1", name, v[i].item,
                            v[i].value);
        if (i && v[i].item == v[i - 1].item)
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                            "%s: item %" PRId64 " is there more than once", name, v[i].item);
    }
    return 0;
}

/* Callers mostly have their outcomes in order, and boards compare thousands of cells. */
static bool in_order(const struct dvb_outcome *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i].item < v[i - 1].item)
            return false;
    return true;
}

int dvb_cell_sorted(const struct dvb_cell *cell, struct dvb_outcome **sorted, struct dvb_err *err)
{
    *sorted = NULL;
    if (cell->n > DVB_STATS_MAX_ITEMS)
        return dvb_fail(err, DVB_FAULT_INTERNAL, E2BIG, "%s: %zu outcomes, over %d", cell->name,
                        cell->n, DVB_STATS_MAX_ITEMS);
    if (!cell->n)
        return 0;
    struct dvb_outcome *v = malloc(cell->n * sizeof(*v));
    if (!v)
        return dvb_fail_nomem(err);
    memcpy(v, cell->v, cell->n * sizeof(*v));
    if (!in_order(v, cell->n))
        qsort(v, cell->n, sizeof(*v), by_item);
    int ret = check_sorted(cell->name, v, cell->n, err);
    if (ret) {
        free(v);
        return ret;
    }
    *sorted = v;
    return 0;
}

struct dvb_interval dvb_stats_wilson(double share, double n, double confidence)
{
    if (!(n > 0))
        return (struct dvb_interval){ 0, 1 };
    double z = dvb_dist_normal_quantile((1 + confidence) / 2), zz = z * z / n;
    double centre = (share + zz / 2) / (1 + zz);
    double half = sqrt(share * (1 - share) * zz + zz * zz / 4) / (1 + zz);
    return (struct dvb_interval){ fmax(0, centre - half), fmin(1, centre + half) };
}

static void fill_share(const struct dvb_clusters *c, size_t count, double confidence,
                       struct dvb_share *out)
{
    struct dvb_clustered_mean m;
    dvb_clusters_mean(c, (struct dvb_interval){ 0, 1 }, confidence, &m);
    *out = (struct dvb_share){ .n = (size_t)c->items,
                               .clusters = c->n,
                               .count = count,
                               .share = m.mean,
                               .se = m.se,
                               .ci = m.ci,
                               .wilson = dvb_stats_wilson(m.mean, c->items, confidence) };
}

int dvb_share_of(struct dvb_outcome *v, size_t n, double confidence, struct dvb_share *out,
                 struct dvb_err *err)
{
    struct dvb_clusters c;
    int ret = dvb_clusters_sum(v, n, &c, err);
    if (ret)
        return ret;
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        right += v[i].value >= DVB_STATS_RIGHT;
    fill_share(&c, right, confidence, out);
    dvb_clusters_release(&c);
    return 0;
}

int dvb_stats_cell(const struct dvb_cell *cell, const struct dvb_stats_settings *s,
                   struct dvb_share *out, struct dvb_err *err)
{
    *out = (struct dvb_share){ 0 };
    struct dvb_outcome *v;
    int ret = dvb_stats_settings_check(s, err);
    if (!ret)
        ret = dvb_cell_sorted(cell, &v, err);
    if (ret)
        return ret;
    ret = dvb_share_of(v, cell->n, s->confidence, out, err);
    free(v);
    return ret;
}
