/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distribution functions, from the GNU Scientific Library. Arguments outside a
 * function's domain give NAN, results too small for a double 0; nothing
 * aborts. Thread safe.
 */
#ifndef DVB_EVAL_SCORE_DIST_H
#define DVB_EVAL_SCORE_DIST_H

/* x with P(X <= x) = p, 0 < p < 1. */
double dvb_dist_normal_quantile(double p);

/* Student's t with df > 0 degrees of freedom. */
double dvb_dist_t_quantile(double p, double df);
/* P(|T| >= |t|). */
double dvb_dist_t_two_sided(double t, double df);

/* P(X >= x) of chi-square, x >= 0. */
double dvb_dist_chi_square_upper(double x, double df);

/* P(X <= k) of Bin(n, 1/2), for whole 0 <= k <= n / 2 (the sum runs away from the centre) and
   n <= 10^9. */
double dvb_dist_fair_coin(double k, double n);

#endif
