/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How sure are we: accuracy, differences between conditions, sensitivity and
 * what could have been found, from questions that come in videos.
 *
 * Questions about one video rise and fall together, so what counts is how many
 * videos there are: every standard error is clustered by source video, and the
 * bootstrap draws whole videos. Wilson's interval and McNemar's test take
 * questions as independent; they are given because readers know them.
 *
 * A cell is one condition's outcomes (say one model at one bitrate), errors
 * left out, in any order: nothing here depends on the order of the input, on
 * the order of calls or on the number of threads. Inputs are borrowed. Every
 * function may be called from several threads at once.
 *
 * Errors of all that return int: -EINVAL for an outcome or setting that the
 * comments forbid (DVB_FAULT_INTERNAL: the caller's bug; the message names cell
 * and item), -E2BIG for over DVB_STATS_MAX_ITEMS outcomes, -ENOMEM. The result
 * is zeroed on failure.
 *
 * Too little data never gives a confident answer. What cannot be told:
 *   no items            means and se NAN, intervals the whole range, p 1
 *   one video           se NAN, clustered intervals the whole range, t and
 *                       bootstrap p 1: one video tells nothing of others
 *   no spread (se 0;    nothing has been seen to vary, which is not "cannot
 *   all right, all      vary": of unseen videos a share of up to
 *   wrong, all equal)   u = z^2 / (C + z^2), Wilson's bound for none of C, may
 *                       take any value. For a mean m within [lo, hi] the
 *                       interval is [m - u (m - lo), m + u (hi - m)]; for all
 *                       right or all wrong that is Wilson's over C videos.
 *                       t p is 1 where the difference is 0, else 2^(1-C), the
 *                       p-value of the sign-flip test over C videos
 */
#ifndef DVB_EVAL_SCORE_STATS_H
#define DVB_EVAL_SCORE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_STATS_MAX_ITEMS 100000000
#define DVB_STATS_MAX_ROUNDS 10000000

/* An outcome counts as right from this value on, wherever right and wrong are counted. */
#define DVB_STATS_RIGHT 0.5

struct dvb_outcome {
    int64_t item;    /* the question; once in a cell; aligns cells */
    int64_t cluster; /* its source video; the same in every cell */
    double value;    /* 0 or 1, or a score between */
};

struct dvb_cell {
    const char *name; /* for messages and the bootstrap's stream, e.g. "qwen-vl 200k uniform" */
    const struct dvb_outcome *v;
    size_t n;
};

struct dvb_stats_settings {
    double confidence; /* of every interval, in (0, 1); alpha is 1 - confidence */
    double power;      /* that `detectable` is for, in [0.5, 1) */
    int rounds;        /* of the bootstrap, 1..DVB_STATS_MAX_ROUNDS */
    int jobs;          /* its threads, 0: as OpenMP has it; no result depends on it */
    uint64_t seed;
};

/* 0.95, 0.8, 10,000 rounds, 0 jobs, seed 0. */
void dvb_stats_settings_default(struct dvb_stats_settings *s);

struct dvb_interval {
    double lo, hi;
};

/* A share of items, or the mean of their scores. */
struct dvb_share {
    size_t n;                   /* items */
    size_t clusters;            /* their videos, C */
    size_t count;               /* items that are right (dvb_stats_sensitivity: that were lost) */
    double share;               /* mean value, 0..1; count / n where values are 0 and 1 */
    double se;                  /* clustered; see dvb_stats_cell */
    struct dvb_interval ci;     /* share -+ t * se, within [0, 1] */
    struct dvb_interval wilson; /* of share and n, as if items were independent; wider
                                   than needed where values lie between 0 and 1 */
};

/* Accuracy of a cell.
 * se^2 = C / (C - 1) * 1 / n^2 * sum over videos of (sum of deviations from the
 * mean)^2 (Liang & Zeger 1986 for a mean, with the usual finite-sample factor);
 * t with C - 1 degrees of freedom (Cameron & Miller 2015, J. Human Resources 50(2)). */
int dvb_stats_cell(const struct dvb_cell *cell, const struct dvb_stats_settings *s,
                   struct dvb_share *out, struct dvb_err *err);

/* The share of items that are right in original and wrong in degraded, over the items that
   both have; degraded video has taken these. For the opposite swap the two. */
int dvb_stats_sensitivity(const struct dvb_cell *original, const struct dvb_cell *degraded,
                          const struct dvb_stats_settings *s, struct dvb_share *out,
                          struct dvb_err *err);

/* Two cells over the items that both have. Intervals and diff lie within [-1, 1]. */
struct dvb_pair_stats {
    size_t n, clusters;    /* items in both, their videos */
    size_t left_a, left_b; /* items of a, of b, that the other lacks: left out */
    size_t both_right, only_a_right, only_b_right, both_wrong; /* sum: n */
    double mean_a, mean_b;
    double diff;            /* mean_a - mean_b */
    double se;              /* of diff, clustered as in dvb_stats_cell over each item's a - b */
    struct dvb_interval ci; /* diff -+ t * se */
    double t_p;             /* two-sided, of diff / se with C - 1 degrees of freedom */
    double mcnemar_p;       /* dvb_stats_mcnemar(only_a_right, only_b_right) */
    double bootstrap_p;
    struct dvb_interval bootstrap_ci;
    double detectable;
};

/* Differences are a - b; exchanging a and b negates them and changes nothing else,
 * down to the last bit.
 *
 * bootstrap: each round draws C videos with replacement and takes all their
 * items in both cells, giving a difference d*. With R rounds,
 *   p  = max((1 + number of |d* - diff| >= |diff|) / (R + 1), 2^(1-C)):
 *        the draws are centred to stand for "no difference" (Hall & Wilson
 *        1991, Biometrics 47; Davison & Hinkley 1997, ch. 4). The floor is the
 *        least p-value that the sign-flip test has for C videos: without it two
 *        videos would do for p = 1 / (R + 1);
 *   ci = percentiles of d*, order statistics interpolated at (R + 1) alpha / 2
 *        and (R + 1) (1 - alpha / 2) (type 6 of Hyndman & Fan 1996).
 *        Too narrow for under about 30 videos: show ci, which is not.
 * Round r draws from the dvb_rng stream "bootstrap/X/Y/r" of the seed, r in decimal from 0
 * and X, Y the names of the cells in strcmp order, with
 * dvb_rng_below(rng, C) as place in the list of videos by ascending id.
 *
 * detectable: the least true difference that this many items and videos would
 * find with probability s->power in a two-sided test at alpha:
 *   (t(1 - alpha / 2, C - 1) + t(power, C - 1)) * se
 * (Bloom 1995, Evaluation Review 19(5), with a clustered paired se as Miller
 * 2024, arXiv 2411.00640, advises). NAN where se is 0 or NAN: nothing is known
 * of the spread. May exceed 1: then no difference could be found. */
int dvb_stats_pair(const struct dvb_cell *a, const struct dvb_cell *b,
                   const struct dvb_stats_settings *s, struct dvb_pair_stats *out,
                   struct dvb_err *err);

/* McNemar's exact test, two-sided: min(1, 2 P(Bin(b + c, 1/2) <= min(b, c))), 1 for b + c = 0;
   b and c are the numbers of pairs in which only the one, only the other was right. Right to
   9 digits for b + c up to 10^9, NAN beyond; 0 below DBL_MIN. */
double dvb_stats_mcnemar(size_t b, size_t c);

/* Wilson's score interval of a share 0..1 of n items; n = 0: [0, 1]. n need not be whole. */
struct dvb_interval dvb_stats_wilson(double share, double n, double confidence);

/* Holm's step-down p-values (Holm 1979): adjusted[i] for p[i], in place where both are the
   same array. NAN stays NAN and does not count as a member of the family. Reject at alpha what
   is <= alpha: then the chance of any false rejection is at most alpha, however the tests
   depend on one another. */
int dvb_stats_holm(const double *p, size_t n, double *adjusted, struct dvb_err *err);

struct dvb_chi_square {
    double statistic;
    int df;     /* k - 1 */
    double p;   /* of a statistic as large or larger; 0 below DBL_MIN */
    bool rough; /* an expected count is under 5 (Cochran): p is a rough one */
};

/* Pearson's goodness of fit of k >= 2 counts to shares (> 0, any sum; NULL: all equal).
   Without any counts the statistic is 0, p 1 and rough true. */
int dvb_stats_chi_square(const size_t *counts, int k, const double *shares,
                         struct dvb_chi_square *out, struct dvb_err *err);

#endif
