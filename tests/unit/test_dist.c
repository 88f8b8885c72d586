/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distribution functions and what rests on them alone, against R (reference/stats.R). */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eval/score/dist.h"
#include "eval/score/stats.h"
#include "tests/unit/reference/stats_r.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

static void near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want) + DBL_MIN))
        fail_msg("%.17g instead of %.17g", got, want);
}

static void t_distribution(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(r_t_quantile); i++) {
        const double *r = r_t_quantile[i];
        near(dvb_dist_t_quantile(r[0], r[1]), r[2], 1e-9);
    }
    for (size_t i = 0; i < ROWS(r_t_two_sided); i++) {
        const double *r = r_t_two_sided[i];
        near(dvb_dist_t_two_sided(r[0], r[1]), r[2], 1e-9);
        near(dvb_dist_t_two_sided(-r[0], r[1]), r[2], 1e-9);
    }
}

static void normal_and_chi_square(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(r_normal_quantile); i++)
        near(dvb_dist_normal_quantile(r_normal_quantile[i][0]), r_normal_quantile[i][1], 1e-12);
    for (size_t i = 0; i < ROWS(r_chi_square); i++) {
        const double *r = r_chi_square[i];
        near(dvb_dist_chi_square_upper(r[0], r[1]), r[2], 1e-9);
    }
}

/* GSL's own handler would end the program here. */
static void outside_the_domain(void **state)
{
    (void)state;
    assert_true(dvb_dist_chi_square_upper(1e6, 3) == 0);
    assert_true(dvb_dist_t_two_sided(1e300, 1999) == 0);
    assert_true(dvb_dist_t_two_sided(INFINITY, 5) == 0);
    assert_true(isnan(dvb_dist_chi_square_upper(-1, 3)));
    assert_true(isnan(dvb_dist_chi_square_upper(NAN, 3)));
    assert_true(isnan(dvb_dist_t_quantile(0.5, 0)));
    assert_true(isnan(dvb_dist_t_quantile(1, 5)));
    assert_true(isnan(dvb_dist_t_two_sided(1, -1)));
    assert_true(isnan(dvb_dist_normal_quantile(0)));
    assert_true(isnan(dvb_dist_normal_quantile(1)));
    assert_true(isnan(dvb_dist_fair_coin(6, 10)));
    assert_true(isnan(dvb_dist_fair_coin(-1, 10)));
}

static void mcnemar(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(r_mcnemar); i++) {
        const double *r = r_mcnemar[i];
        size_t b = (size_t)r[0], c = (size_t)r[1];
        near(dvb_stats_mcnemar(b, c), r[2], 1e-9);
        assert_true(dvb_stats_mcnemar(b, c) == dvb_stats_mcnemar(c, b));
    }
}

static void mcnemar_at_its_limit(void **state)
{
    (void)state;
    near(dvb_stats_mcnemar(500000000, 500000000), 1, 1e-12);
    assert_true(dvb_stats_mcnemar(0, 1000000000) == 0);
    assert_true(isnan(dvb_stats_mcnemar(0, 1000000001)));
    assert_true(isnan(dvb_stats_mcnemar(SIZE_MAX, SIZE_MAX)));
}

static void wilson(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(r_wilson); i++) {
        const double *r = r_wilson[i];
        struct dvb_interval w = dvb_stats_wilson(r[0] / r[1], r[1], 0.95);
        assert_true(fabs(w.lo - r[2]) < 1e-10 && fabs(w.hi - r[3]) < 1e-10);
    }
    struct dvb_interval none = dvb_stats_wilson(NAN, 0, 0.95);
    assert_true(none.lo == 0 && none.hi == 1);
}

static void check_holm(const double *p, const double *want, size_t n)
{
    double got[8], twice[8];
    assert_int_equal(dvb_stats_holm(p, n, got, NULL), 0);
    for (size_t i = 0; i < n; i++)
        near(got[i], want[i], 1e-12);
    memcpy(twice, p, n * sizeof(*p));
    assert_int_equal(dvb_stats_holm(twice, n, twice, NULL), 0);
    assert_memory_equal(twice, got, n * sizeof(*got));
}

static void holm(void **state)
{
    (void)state;
    check_holm(r_holm_5[0], r_holm_5[1], 5);
    check_holm(r_holm_3[0], r_holm_3[1], 3);
    check_holm(r_holm_8[0], r_holm_8[1], 8);
    assert_int_equal(dvb_stats_holm(NULL, 0, NULL, NULL), 0);
}

/* As p.adjust: what is unknown does not make the others pay. */
static void holm_leaves_unknown_out(void **state)
{
    (void)state;
    const double p[] = { NAN, 0.01, 0.04, NAN };
    double got[4];
    assert_int_equal(dvb_stats_holm(p, 4, got, NULL), 0);
    assert_true(isnan(got[0]) && isnan(got[3]));
    near(got[1], 0.02, 1e-12);
    near(got[2], 0.04, 1e-12);
    struct dvb_err err;
    const double bad[] = { 0.5, 1.5 };
    assert_int_equal(dvb_stats_holm(bad, 2, got, &err), -EINVAL);
    assert_string_equal(err.msg, "1.5 is no p-value");
}

static void check_letters(const size_t *counts, int k, const double *shares, const double *want)
{
    struct dvb_chi_square x;
    assert_int_equal(dvb_stats_chi_square(counts, k, shares, &x, NULL), 0);
    near(x.statistic, want[0], 1e-10);
    assert_int_equal(x.df, (int)want[1]);
    near(x.p, want[2], 1e-9);
}

static void chi_square(void **state)
{
    (void)state;
    static const size_t published[] = { 299, 446, 288, 41 }, even[] = { 21, 30, 24, 25 };
    static const size_t few[] = { 3, 4, 2 };
    static const double shares[] = { 0.5, 0.3, 0.2 }, percent[] = { 50, 30, 20 };
    check_letters(published, 4, NULL, r_letters[0]);
    check_letters(even, 4, NULL, r_letters[1]);
    check_letters(few, 3, shares, r_letters[2]);
    check_letters(few, 3, percent, r_letters[2]);
    struct dvb_chi_square x;
    dvb_stats_chi_square(published, 4, NULL, &x, NULL);
    assert_false(x.rough);
    dvb_stats_chi_square(few, 3, shares, &x, NULL);
    assert_true(x.rough);
    static const size_t none[4];
    assert_int_equal(dvb_stats_chi_square(none, 4, NULL, &x, NULL), 0);
    assert_true(x.statistic == 0 && x.p == 1 && x.df == 3 && x.rough);
    static const size_t lopsided[] = { 1000000, 0 };
    assert_int_equal(dvb_stats_chi_square(lopsided, 2, NULL, &x, NULL), 0);
    assert_true(x.statistic == 1e6 && x.p == 0);
}

static void chi_square_refuses(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 2 };
    static const double shares[] = { 1, 0 };
    struct dvb_chi_square x;
    struct dvb_err err;
    assert_int_equal(dvb_stats_chi_square(counts, 1, NULL, &x, &err), -EINVAL);
    assert_string_equal(err.msg, "chi-square of 1 counts; 2 are needed");
    assert_int_equal(dvb_stats_chi_square(counts, 2, shares, &x, &err), -EINVAL);
    assert_string_equal(err.msg, "share 1 is 0, not above 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_distribution),
        cmocka_unit_test(normal_and_chi_square),
        cmocka_unit_test(outside_the_domain),
        cmocka_unit_test(mcnemar),
        cmocka_unit_test(mcnemar_at_its_limit),
        cmocka_unit_test(wilson),
        cmocka_unit_test(holm),
        cmocka_unit_test(holm_leaves_unknown_out),
        cmocka_unit_test(chi_square),
        cmocka_unit_test(chi_square_refuses),
    };
    return cmocka_run_group_tests_name("dist", tests, NULL, NULL);
}
