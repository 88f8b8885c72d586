/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells and pairs against statsmodels, numpy and scipy (reference/stats.py) and R
   (reference/stats.R); what there is too little of; what is refused. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eval/score/dist.h"
#include "eval/score/stats.h"
#include "tests/unit/plain_bootstrap.h"
#include "tests/unit/reference/stats_py.h"
#include "tests/unit/reference/stats_r.h"

#define EXACT 1e-9
#define REFERENCES (sizeof(references) / sizeof(*references))

static void near(double got, double want, double by)
{
    if (!(fabs(got - want) <= by))
        fail_msg("%.15g instead of %.15g", got, want);
}

static void interval(struct dvb_interval got, double lo, double hi, double by)
{
    near(got.lo, lo, by);
    near(got.hi, hi, by);
}

static struct dvb_stats_settings settings(void)
{
    struct dvb_stats_settings s;
    dvb_stats_settings_default(&s);
    return s;
}

/* One side of a reference; item ids run against the order of the videos. */
static struct dvb_cell side(const struct reference *r, const int *fourths, const char *name)
{
    struct dvb_outcome *v = dvb_calloc(r->n, sizeof(*v));
    struct dvb_cell cell = { .name = name, .v = v };
    for (size_t i = 0; i < r->n; i++)
        if (fourths[i] >= 0)
            v[cell.n++] = (struct dvb_outcome){ 1000 - 7 * (int64_t)i, r->video[i],
                                                fourths[i] / 4.0 };
    return cell;
}

static void check_share(const struct dvb_share *got, const struct want_share *want)
{
    assert_int_equal(got->n, want->n);
    assert_int_equal(got->clusters, want->clusters);
    assert_int_equal(got->count, want->count);
    near(got->share, want->share, EXACT);
    near(got->se, want->se, EXACT);
    interval(got->ci, want->lo, want->hi, EXACT);
    interval(got->wilson, want->wilson_lo, want->wilson_hi, EXACT);
}

static void check_pair(const struct dvb_pair_stats *got, const struct want_pair *want)
{
    assert_int_equal(got->n, want->n);
    assert_int_equal(got->clusters, want->clusters);
    assert_int_equal(got->left_a, want->left_a);
    assert_int_equal(got->left_b, want->left_b);
    assert_int_equal(got->both_right, want->both_right);
    assert_int_equal(got->only_a_right, want->only_a);
    assert_int_equal(got->only_b_right, want->only_b);
    assert_int_equal(got->both_wrong, want->both_wrong);
    near(got->mean_a, want->mean_a, EXACT);
    near(got->mean_b, want->mean_b, EXACT);
    near(got->diff, want->diff, EXACT);
    near(got->se, want->se, EXACT);
    interval(got->ci, want->lo, want->hi, EXACT);
    near(got->t_p, want->t_p, EXACT);
    near(got->mcnemar_p, want->mcnemar_p, EXACT);
    near(got->detectable, want->detectable, EXACT);
}

/* The reference's bootstrap is exact or of 2,000,000 rounds; ours has its own draws, so p lies
   within four of its standard errors, and the bounds within a fiftieth of the interval's width. */
static void check_bootstrap(const struct dvb_pair_stats *got, const struct want_pair *want,
                            int rounds)
{
    double luck = 4 * sqrt(want->boot_p * (1 - want->boot_p) / rounds) + 1.0 / rounds;
    near(got->bootstrap_p, want->boot_p, luck);
    interval(got->bootstrap_ci, want->boot_lo, want->boot_hi,
             0.02 * (want->boot_hi - want->boot_lo));
}

static void as_statsmodels(void **state)
{
    (void)state;
    struct dvb_stats_settings s = settings();
    s.rounds = 100000;
    for (size_t i = 0; i < REFERENCES; i++) {
        const struct reference *r = &references[i];
        struct dvb_cell a = side(r, r->a, "a"), b = side(r, r->b, "b");
        struct dvb_share share;
        struct dvb_pair_stats pair;
        assert_int_equal(dvb_stats_cell(&a, &s, &share, NULL), 0);
        check_share(&share, &r->cell_a);
        assert_int_equal(dvb_stats_cell(&b, &s, &share, NULL), 0);
        check_share(&share, &r->cell_b);
        assert_int_equal(dvb_stats_sensitivity(&a, &b, &s, &share, NULL), 0);
        check_share(&share, &r->sensitivity);
        assert_int_equal(dvb_stats_pair(&a, &b, &s, &pair, NULL), 0);
        check_pair(&pair, &r->pair);
        check_bootstrap(&pair, &r->pair, s.rounds);
        free((void *)a.v);
        free((void *)b.v);
    }
}

/* Items that both have, by video, as plain_bootstrap wants them. */
static size_t by_video(const struct reference *r, struct dvb_outcome *a, struct dvb_outcome *b)
{
    size_t n = 0;
    for (size_t i = r->n; i-- > 0;) /* ids of videos fall in the reference */
        if (r->a[i] >= 0 && r->b[i] >= 0) {
            a[n] = (struct dvb_outcome){ (int64_t)i, r->video[i], r->a[i] / 4.0 };
            b[n++] = (struct dvb_outcome){ (int64_t)i, r->video[i], r->b[i] / 4.0 };
        }
    return n;
}

/* The draws are those that the header describes. */
static void as_item_by_item(void **state)
{
    (void)state;
    struct dvb_stats_settings s = settings();
    s.rounds = 999;
    s.seed = 77;
    for (size_t i = 0; i < REFERENCES; i++) {
        struct dvb_outcome a[400], b[400];
        assert_in_range(references[i].n, 1, 400);
        size_t n = by_video(&references[i], a, b);
        struct dvb_cell cell_a = { "qwen 200k", a, n }, cell_b = { "qwen original", b, n };
        struct dvb_pair_stats pair;
        struct plain_bootstrap want = plain_bootstrap(a, b, n, &s,
                                                      "bootstrap/qwen 200k/qwen original");
        assert_int_equal(dvb_stats_pair(&cell_a, &cell_b, &s, &pair, NULL), 0);
        near(pair.diff, want.diff, 1e-12);
        near(pair.bootstrap_p, want.p, 1e-12);
        interval(pair.bootstrap_ci, want.lo, want.hi, 1e-12);
    }
}

/* n outcomes with these values ('0', '1' or '5' for one half), per to a video. */
static struct dvb_cell cell_of(struct dvb_outcome *v, const char *values, int per)
{
    struct dvb_cell cell = { "made", v, strlen(values) };
    for (size_t i = 0; i < cell.n; i++)
        v[i] = (struct dvb_outcome){ (int64_t)i, (int64_t)i / per,
                                     values[i] == '5' ? 0.5 : values[i] - '0' };
    return cell;
}

static struct dvb_share share_of(const char *values, int per)
{
    struct dvb_outcome v[64];
    struct dvb_stats_settings s = settings();
    struct dvb_cell cell = cell_of(v, values, per);
    struct dvb_share share;
    assert_int_equal(dvb_stats_cell(&cell, &s, &share, NULL), 0);
    return share;
}

static void nothing_at_all(void **state)
{
    (void)state;
    struct dvb_share x = share_of("", 1);
    assert_int_equal(x.n + x.clusters + x.count, 0);
    assert_true(isnan(x.share) && isnan(x.se));
    interval(x.ci, 0, 1, 0);
    interval(x.wilson, 0, 1, 0);
    struct dvb_outcome one[2] = { { 1, 1, 1 }, { 2, 1, 0 } };
    const struct dvb_cell a = { "a", one, 1 }, b = { "b", one + 1, 1 };
    struct dvb_stats_settings s = settings();
    struct dvb_pair_stats p;
    assert_int_equal(dvb_stats_pair(&a, &b, &s, &p, NULL), 0);
    assert_int_equal(p.n, 0);
    assert_int_equal(p.left_a, 1);
    assert_int_equal(p.left_b, 1);
    assert_true(isnan(p.diff) && isnan(p.se) && isnan(p.detectable) && isnan(p.mean_a));
    assert_true(p.t_p == 1 && p.mcnemar_p == 1 && p.bootstrap_p == 1);
    interval(p.ci, -1, 1, 0);
    interval(p.bootstrap_ci, -1, 1, 0);
}

static void one_video(void **state)
{
    (void)state;
    struct dvb_share x = share_of("1101", 4);
    assert_int_equal(x.clusters, 1);
    near(x.share, 0.75, 0);
    assert_true(isnan(x.se));
    interval(x.ci, 0, 1, 0);
    assert_true(x.wilson.lo > 0.3 && x.wilson.hi < 0.96);
    struct dvb_outcome v[8], w[8];
    const struct dvb_cell a = cell_of(v, "11111111", 8), b = cell_of(w, "00000000", 8);
    struct dvb_stats_settings s = settings();
    struct dvb_pair_stats p;
    assert_int_equal(dvb_stats_pair(&a, &b, &s, &p, NULL), 0);
    assert_true(p.diff == 1 && isnan(p.se) && isnan(p.detectable));
    assert_true(p.t_p == 1 && p.bootstrap_p == 1);
    near(p.mcnemar_p, 2.0 / 256, 1e-12);
    interval(p.ci, -1, 1, 0);
    interval(p.bootstrap_ci, -1, 1, 0);
}

/* Never an interval of no width: of ten videos that are all right Wilson says 72% to 100%. */
static void all_right_all_wrong(void **state)
{
    (void)state;
    struct dvb_share x = share_of("11111111111111111111", 2);
    assert_true(x.share == 1 && x.se == 0 && x.count == 20 && x.clusters == 10);
    interval(x.ci, r_wilson[1][2], 1, 1e-9);
    interval(x.wilson, dvb_stats_wilson(1, 20, 0.95).lo, 1, 0);
    x = share_of("00000000000000000000", 2);
    assert_true(x.share == 0 && x.se == 0 && x.count == 0);
    interval(x.ci, 0, r_wilson[0][3], 1e-9);
}

/* Each video half right: no spread between videos, and still not certain. */
static void every_video_alike(void **state)
{
    (void)state;
    struct dvb_share x = share_of("10011010010110101001", 2);
    double u = r_wilson[0][3]; /* Wilson's bound for none of ten */
    assert_true(x.share == 0.5 && x.se == 0 && x.count == 10);
    interval(x.ci, 0.5 - u / 2, 0.5 + u / 2, 1e-9);
    x = share_of("5555555555", 1);
    assert_true(x.share == 0.5 && x.se == 0 && x.count == 10);
    interval(x.ci, 0.5 - u / 2, 0.5 + u / 2, 1e-9);
    /* a tenth is no binary fraction: what rounding leaves is not taken for spread */
    struct dvb_outcome v[30];
    struct dvb_cell cell = cell_of(v, "111111111111111111111111111111", 3);
    for (size_t i = 0; i < cell.n; i++)
        v[i].value = i % 3 ? 0.1 : 0.7;
    struct dvb_stats_settings s = settings();
    assert_int_equal(dvb_stats_cell(&cell, &s, &x, NULL), 0);
    assert_true(x.se == 0);
}

static struct dvb_pair_stats pair_of(const char *va, const char *vb, int per)
{
    struct dvb_outcome v[64], w[64];
    struct dvb_stats_settings s = settings();
    const struct dvb_cell a = cell_of(v, va, per), b = cell_of(w, vb, per);
    struct dvb_pair_stats p;
    assert_int_equal(dvb_stats_pair(&a, &b, &s, &p, NULL), 0);
    return p;
}

static void pairs_without_spread(void **state)
{
    (void)state;
    double u = r_wilson[0][3];
    struct dvb_pair_stats p = pair_of("1111100000", "1111100000", 1);
    assert_true(p.diff == 0 && p.se == 0 && isnan(p.detectable));
    assert_true(p.t_p == 1 && p.mcnemar_p == 1 && p.bootstrap_p == 1);
    interval(p.ci, -u, u, 1e-9);
    interval(p.bootstrap_ci, -u, u, 1e-9);
    p = pair_of("1111111111", "0000000000", 1);
    assert_true(p.diff == 1 && p.se == 0 && isnan(p.detectable));
    near(p.t_p, pow(2, -9), 1e-15);
    near(p.bootstrap_p, pow(2, -9), 1e-15);
    near(p.mcnemar_p, pow(2, -9), 1e-12);
    interval(p.ci, 1 - 2 * u, 1, 1e-9);
    interval(p.bootstrap_ci, 1 - 2 * u, 1, 1e-9);
}

/* Two videos can never be enough for a small p-value. */
static void few_videos(void **state)
{
    (void)state;
    struct dvb_pair_stats p = pair_of("1111111111", "0000000001", 5);
    assert_int_equal(p.clusters, 2);
    near(p.diff, 0.9, 1e-12);
    near(p.bootstrap_p, 0.5, 0);
    assert_true(p.t_p > 0.05 && p.mcnemar_p < 0.01);
}

/* The formula of `detectable` is near the exact power of the paired t-test (R's power.t.test). */
static void detectable_is_near_exact_power(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(r_power) / sizeof(*r_power); i++) {
        size_t videos = (size_t)r_power[i][0];
        struct dvb_outcome a[400], b[400];
        for (size_t k = 0; k < videos; k++) {
            a[k] = (struct dvb_outcome){ (int64_t)k, (int64_t)k, (double)(k % 2) };
            b[k] = (struct dvb_outcome){ (int64_t)k, (int64_t)k, k % 3 == 0 };
        }
        const struct dvb_cell ca = { "a", a, videos }, cb = { "b", b, videos };
        struct dvb_stats_settings s = settings();
        struct dvb_pair_stats p;
        s.rounds = 1;
        assert_int_equal(dvb_stats_pair(&ca, &cb, &s, &p, NULL), 0);
        double want = r_power[i][1] * p.se * sqrt(r_power[i][0]);
        near(p.detectable, want, 0.003 * want);
    }
}

static void confidence_and_power_are_used(void **state)
{
    (void)state;
    const struct reference *r = &references[1];
    struct dvb_cell a = side(r, r->a, "a"), b = side(r, r->b, "b");
    struct dvb_stats_settings s = settings();
    struct dvb_pair_stats p, q;
    struct dvb_share x;
    dvb_stats_pair(&a, &b, &s, &p, NULL);
    s.confidence = 0.99;
    s.power = 0.9;
    assert_int_equal(dvb_stats_pair(&a, &b, &s, &q, NULL), 0);
    assert_int_equal(dvb_stats_cell(&a, &s, &x, NULL), 0);
    double t995 = dvb_dist_t_quantile(0.995, 59), t90 = dvb_dist_t_quantile(0.9, 59);
    near(q.ci.hi, q.diff + t995 * q.se, EXACT);
    near(q.detectable, (t995 + t90) * q.se, EXACT);
    near(x.ci.hi, x.share + t995 * x.se, EXACT);
    assert_true(q.bootstrap_ci.lo < p.bootstrap_ci.lo && q.bootstrap_ci.hi > p.bootstrap_ci.hi);
    assert_true(q.bootstrap_p == p.bootstrap_p);
    free((void *)a.v);
    free((void *)b.v);
}

static void refuse(const struct dvb_cell *a, const struct dvb_cell *b,
                   const struct dvb_stats_settings *s, const char *msg)
{
    struct dvb_pair_stats p;
    struct dvb_err err = { 0 };
    memset(&p, 1, sizeof(p));
    assert_int_equal(dvb_stats_pair(a, b, s, &p, &err), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_INTERNAL);
    assert_string_equal(err.msg, msg);
    assert_true(p.n == 0 && p.diff == 0);
    struct dvb_share x;
    memset(&x, 1, sizeof(x));
    assert_int_equal(dvb_stats_sensitivity(a, b, s, &x, &err), -EINVAL);
    assert_string_equal(err.msg, msg);
    assert_true(x.n == 0 && x.share == 0);
}

static void bad_outcomes(void **state)
{
    (void)state;
    const struct dvb_outcome good[] = { { 1, 1, 1 }, { 2, 1, 0 } };
    const struct dvb_outcome moved[] = { { 1, 1, 1 }, { 2, 5, 0 } };
    const struct dvb_outcome twice[] = { { 2, 1, 1 }, { 1, 1, 0 }, { 2, 3, 1 } };
    const struct dvb_outcome high[] = { { 1, 1, 1.5 } }, low[] = { { 1, 1, -0.1 } };
    const struct dvb_outcome none[] = { { 1, 1, NAN } };
    const struct dvb_cell a = { "a", good, 2 }, m = { "m", moved, 2 }, t = { "t", twice, 3 };
    const struct dvb_cell h = { "h", high, 1 }, l = { "l", low, 1 }, x = { "x", none, 1 };
    struct dvb_stats_settings s = settings();
    refuse(&a, &m, &s, "a, m: item 2 is of video 1 here, 5 there");
    refuse(&a, &t, &s, "t: item 2 is there more than once");
    refuse(&t, &a, &s, "t: item 2 is there more than once");
    refuse(&a, &h, &s, "h: item 1 has value 1.5, not in 0 to 1");
    refuse(&a, &l, &s, "l: item 1 has value -0.1, not in 0 to 1");
    refuse(&a, &x, &s, "x: item 1 has value nan, not in 0 to 1");
    struct dvb_share share;
    struct dvb_err err;
    assert_int_equal(dvb_stats_cell(&t, &s, &share, &err), -EINVAL);
    assert_int_equal(share.n, 0);
    const struct dvb_cell vast = { "vast", good, DVB_STATS_MAX_ITEMS + (size_t)1 };
    assert_int_equal(dvb_stats_cell(&vast, &s, &share, &err), -E2BIG);
    assert_string_equal(err.msg, "vast: 100000001 outcomes, over 100000000");
}

static void bad_settings(void **state)
{
    (void)state;
    const struct dvb_outcome v[] = { { 1, 1, 1 } };
    const struct dvb_cell a = { "a", v, 1 };
    struct dvb_stats_settings s = settings();
    s.confidence = 1;
    refuse(&a, &a, &s, "confidence 1 is not between 0 and 1");
    s = settings();
    s.power = 0.3;
    refuse(&a, &a, &s, "power 0.3 is not in 0.5 to 1");
    s = settings();
    s.rounds = 0;
    refuse(&a, &a, &s, "0 bootstrap rounds: 1 to 10000000 are possible");
    s = settings();
    s.jobs = -1;
    refuse(&a, &a, &s, "-1 jobs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_statsmodels),
        cmocka_unit_test(as_item_by_item),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(one_video),
        cmocka_unit_test(all_right_all_wrong),
        cmocka_unit_test(every_video_alike),
        cmocka_unit_test(pairs_without_spread),
        cmocka_unit_test(few_videos),
        cmocka_unit_test(detectable_is_near_exact_power),
        cmocka_unit_test(confidence_and_power_are_used),
        cmocka_unit_test(bad_outcomes),
        cmocka_unit_test(bad_settings),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
