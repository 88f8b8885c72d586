/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much bitrate one strategy saves at the accuracy of another.
 *
 * Each strategy has a curve: its accuracy at several bitrates, over the questions
 * that every cell of both has. More bits cannot make a model understand less but by
 * chance, so accuracies are made to rise with the rate (isotonic least squares:
 * neighbours that fall are pooled); between the points they go linearly with the
 * logarithm of the rate. R(A) is the least rate at which a curve reaches accuracy A.
 * Over the accuracies that both curves have, lo..hi,
 *     saving = 1 - exp(mean over A of ln(Ra(A) / Rb(A))),
 * as Bjontegaard's delta rate (VCEG-M33) has it, with straight lines for his cubic:
 * 0.25 is a quarter of b's bits, -1 twice as many. Nothing is extrapolated: curves
 * without an accuracy in common have no saving (NAN).
 *
 * The interval: percentiles (type 6) over rounds that draw whole videos with
 * replacement and take all their questions in all cells of both curves: round r uses
 * the stream "saving/X/Y/r" of the seed, X and Y being the curves' names in strcmp
 * order. Rounds without a saving count at neither end; where they are more than
 * 1 - confidence, or there is one video, the interval is NAN.
 */
#ifndef DVB_EVAL_SCORE_SAVING_H
#define DVB_EVAL_SCORE_SAVING_H

#include "eval/score/stats.h"

#define DVB_CURVE_MAX 32 /* points */

struct dvb_curve {
    const char *name;
    const struct dvb_cell *cells; /* [n], by rising rate */
    const double *rates;          /* [n], any unit above 0; rising */
    size_t n;                     /* 2..DVB_CURVE_MAX */
};

struct dvb_saving {
    size_t n, clusters;     /* questions in all cells, their videos */
    double saving;          /* share of b's bitrate; NAN: none */
    struct dvb_interval ci; /* NAN: cannot be told */
    struct dvb_interval at; /* accuracies lo..hi that it is over; NAN without */
    double without;         /* share of the rounds that had no saving */
};

/* Two curves' points as accuracies (which are made to rise here): the saving, and *at. NAN where
   there is none. */
double dvb_saving_of(const double *rates_a, const double *right_a, size_t n_a,
                     const double *rates_b, const double *right_b, size_t n_b,
                     struct dvb_interval *at);

/* Errors as in stats.h, and too few points or rates that do not rise. */
int dvb_stats_saving(const struct dvb_curve *a, const struct dvb_curve *b,
                     const struct dvb_stats_settings *s, struct dvb_saving *out,
                     struct dvb_err *err);

#endif
