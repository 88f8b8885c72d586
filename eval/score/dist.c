/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>

#include "eval/score/dist.h"

static void handler_off(void)
{
    gsl_set_error_handler_off();
}

/* GSL's own handler ends the program on an underflow or a bad argument. */
static void calm_gsl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, handler_off);
}

double dvb_dist_normal_quantile(double p)
{
    calm_gsl();
    return p > 0 && p < 1 ? gsl_cdf_ugaussian_Pinv(p) : NAN;
}

double dvb_dist_t_quantile(double p, double df)
{
    calm_gsl();
    return p > 0 && p < 1 && df > 0 ? gsl_cdf_tdist_Pinv(p, df) : NAN;
}

double dvb_dist_t_two_sided(double t, double df)
{
    calm_gsl();
    return df > 0 ? 2 * gsl_cdf_tdist_Q(fabs(t), df) : NAN;
}

double dvb_dist_chi_square_upper(double x, double df)
{
    calm_gsl();
    return x >= 0 && df > 0 ? gsl_cdf_chisq_Q(x, df) : NAN;
}

/* log P(X = k). From the logarithms of factorials the digits would cancel for large n; here
   nothing large is subtracted (Loader 2000, Fast and accurate computation of binomial
   probabilities). off is how far k is from the centre, gammastar what Stirling leaves out. */
static double log_fair_coin_at(double k, double n)
{
    if (k == 0)
        return -n * M_LN2;
    double off = (n - 2 * k) / n;
    double deviance = k * log1p(-off) + (n - k) * log1p(off);
    double rest = gsl_sf_gammastar(n) / gsl_sf_gammastar(k) / gsl_sf_gammastar(n - k);
    return log(rest * sqrt(n / (2 * M_PI * k * (n - k)))) - deviance;
}

/* Summed here: gsl_cdf_binomial_P takes no more than 32 bits, has 9 digits at n = 10^5 and gives
   up near n = 10^9. */
double dvb_dist_fair_coin(double k, double n)
{
    if (!(k >= 0 && k <= n / 2 && n <= 1e9))
        return NAN;
    calm_gsl();
    double sum = 1, term = 1; /* in units of P(X = k) */
    for (double i = k; i > 0 && term > sum * 1e-17; i--) {
        term *= i / (n - i + 1);
        sum += term;
    }
    return exp(log_fair_coin_at(k, n) + log(sum));
}
