/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values summed by cluster, and what follows from the sums: the inside of stats.h. */
#ifndef DVB_EVAL_SCORE_CLUSTER_H
#define DVB_EVAL_SCORE_CLUSTER_H

#include <stddef.h>

#include "eval/score/stats.h"

struct dvb_cluster_sum {
    double n, sum;
};

struct dvb_clusters {
    struct dvb_cluster_sum *v; /* by ascending cluster id; owned */
    size_t n;
    double items, sum; /* over all clusters */
};

/* Sorts v by cluster and item, and sums in that order, so that not even
   rounding depends on the order of the input. */
int dvb_clusters_sum(struct dvb_outcome *v, size_t n, struct dvb_clusters *out,
                     struct dvb_err *err);
void dvb_clusters_release(struct dvb_clusters *c);

/* Mean, clustered se and interval of values that lie within range, as stats.h says. */
struct dvb_clustered_mean {
    double mean, se;
    struct dvb_interval ci;
};
void dvb_clusters_mean(const struct dvb_clusters *c, struct dvb_interval range, double confidence,
                       struct dvb_clustered_mean *out);

/* The interval where nothing varied between C >= 2 clusters, as stats.h says. */
struct dvb_interval dvb_clusters_no_spread(double mean, size_t clusters, struct dvb_interval range,
                                           double confidence);

/* A cell's outcomes, checked and sorted by item, in memory of the caller's (free). NULL for
   none. */
int dvb_cell_sorted(const struct dvb_cell *cell, struct dvb_outcome **sorted, struct dvb_err *err);

/* The share that v's values give; v is put into another order. */
int dvb_share_of(struct dvb_outcome *v, size_t n, double confidence, struct dvb_share *out,
                 struct dvb_err *err);

struct dvb_bootstrap {
    double p;
    struct dvb_interval ci;
};
/* For C >= 2 clusters of differences; label names the streams. */
int dvb_bootstrap_run(const struct dvb_clusters *c, const struct dvb_clustered_mean *m,
                      const struct dvb_stats_settings *s, const char *label,
                      struct dvb_bootstrap *out, struct dvb_err *err);

/* The least p-value of the sign-flip test over C clusters: 2^(1-C). */
double dvb_sign_flip_floor(size_t clusters);

int dvb_stats_settings_check(const struct dvb_stats_settings *s, struct dvb_err *err);

#endif
