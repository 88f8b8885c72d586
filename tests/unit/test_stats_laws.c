/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold for any data: symmetry, order, threads, coverage. All data is drawn with fixed
   seeds, so a run is like any other. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>
#include <cmocka.h>

#include "base/rng.h"
#include "eval/score/stats.h"

#define MOST 400

struct world {
    struct dvb_outcome a[MOST], b[MOST];
    size_t n;
};

/* Questions of videos that differ much in how easy they are: within a video outcomes go
   together. b is worse by `gap` in each video; scores: values in tenths. */
static void draw_world(struct world *w, struct dvb_rng *rng, int videos, int most, double gap,
                       bool scores)
{
    w->n = 0;
    for (int v = 0; v < videos; v++) {
        double ease = 0.1 + 0.8 * (dvb_rng_unit(rng) < 0.5), shift = dvb_rng_unit(rng) - 0.5;
        double ease_b = ease + 0.2 * shift - gap;
        int per = 1 + (int)dvb_rng_below(rng, (uint32_t)most);
        for (int i = 0; i < per && w->n < MOST; i++) {
            int64_t item = (int64_t)w->n * 31 % 1009;
            double ua = dvb_rng_unit(rng), ub = dvb_rng_unit(rng);
            w->a[w->n] = (struct dvb_outcome){ item, v, ua < ease };
            w->b[w->n] = (struct dvb_outcome){ item, v, ub < ease_b };
            if (scores) {
                w->a[w->n].value = floor(10 * ua) / 10;
                w->b[w->n].value = floor(10 * ub) / 10;
            }
            w->n++;
        }
    }
}

static struct dvb_stats_settings settings(int rounds)
{
    struct dvb_stats_settings s;
    dvb_stats_settings_default(&s);
    s.rounds = rounds;
    return s;
}

static struct dvb_pair_stats compare(const struct dvb_outcome *a, const struct dvb_outcome *b,
                                     size_t n, const struct dvb_stats_settings *s)
{
    const struct dvb_cell ca = { "a", a, n }, cb = { "b", b, n };
    struct dvb_pair_stats p;
    assert_int_equal(dvb_stats_pair(&ca, &cb, s, &p, NULL), 0);
    return p;
}

static void same_bits(const struct dvb_pair_stats *p, const struct dvb_pair_stats *q)
{
    assert_memory_equal(p, q, sizeof(*p));
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "threads");
    draw_world(&w, &rng, 70, 6, 0.05, true);
    struct dvb_stats_settings s = settings(2000);
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    struct dvb_pair_stats one = compare(w.a, w.b, w.n, &s), other;
    omp_set_num_threads(4);
    other = compare(w.a, w.b, w.n, &s);
    same_bits(&one, &other);
    omp_set_num_threads(before);
    for (s.jobs = 1; s.jobs < 6; s.jobs++) {
        other = compare(w.a, w.b, w.n, &s);
        same_bits(&one, &other);
    }
    s.seed = 1;
    other = compare(w.a, w.b, w.n, &s);
    assert_true(other.bootstrap_ci.lo != one.bootstrap_ci.lo);
    assert_true(other.se == one.se && other.mcnemar_p == one.mcnemar_p);
}

static void shuffle(struct dvb_outcome *v, size_t n, struct dvb_rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = dvb_rng_below(rng, (uint32_t)i);
        struct dvb_outcome x = v[k];
        v[k] = v[i - 1];
        v[i - 1] = x;
    }
}

static void order_does_not_matter(void **state)
{
    (void)state;
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "order");
    for (int i = 0; i < 10; i++) {
        draw_world(&w, &rng, 30, 8, 0.05, i % 2);
        struct dvb_stats_settings s = settings(200);
        struct dvb_pair_stats first = compare(w.a, w.b, w.n, &s), again;
        shuffle(w.a, w.n, &rng);
        shuffle(w.b, w.n, &rng);
        again = compare(w.a, w.b, w.n, &s);
        same_bits(&first, &again);
    }
}

static void is_negated(struct dvb_interval x, struct dvb_interval y)
{
    assert_true(x.lo == -y.hi && x.hi == -y.lo);
}

static void exchanged_is_negated(void **state)
{
    (void)state;
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "exchanged");
    for (int i = 0; i < 20; i++) {
        draw_world(&w, &rng, 2 + i, 8, 0.1, i % 2);
        struct dvb_stats_settings s = settings(500 + i);
        const struct dvb_cell a = { "a", w.a, w.n }, b = { "b", w.b, w.n - 1 };
        struct dvb_pair_stats p, q;
        assert_int_equal(dvb_stats_pair(&a, &b, &s, &p, NULL), 0);
        assert_int_equal(dvb_stats_pair(&b, &a, &s, &q, NULL), 0);
        assert_true(p.diff == -q.diff && p.se == q.se && p.n == q.n && p.left_a == q.left_b);
        assert_true(p.mean_a == q.mean_b && p.only_a_right == q.only_b_right);
        assert_true(p.t_p == q.t_p && p.mcnemar_p == q.mcnemar_p);
        assert_true(p.bootstrap_p == q.bootstrap_p);
        assert_true(p.detectable == q.detectable || (isnan(p.detectable) && isnan(q.detectable)));
        is_negated(p.ci, q.ci);
        is_negated(p.bootstrap_ci, q.bootstrap_ci);
    }
}

/* Holm: never below the plain p-value nor above Bonferroni's, in the same order, and a bigger
   family never makes anything smaller. */
static void holm_is_monotone(void **state)
{
    (void)state;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "holm");
    for (int round = 0; round < 200; round++) {
        double p[20], all[20], less[20];
        size_t n = 2 + dvb_rng_below(&rng, 19);
        for (size_t i = 0; i < n; i++)
            p[i] = floor(1000 * pow(dvb_rng_unit(&rng), 3)) / 1000;
        assert_int_equal(dvb_stats_holm(p, n, all, NULL), 0);
        assert_int_equal(dvb_stats_holm(p, n - 1, less, NULL), 0);
        for (size_t i = 0; i < n; i++) {
            assert_true(all[i] >= p[i] && all[i] <= fmin(1, (double)n * p[i]));
            assert_true(i == n - 1 || all[i] >= less[i]);
            for (size_t k = 0; k < n; k++)
                assert_true(p[i] < p[k] ? all[i] <= all[k] : p[i] != p[k] || all[i] == all[k]);
        }
    }
}

static void mcnemar_is_symmetric_and_falls(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 120; n++) {
        double last = 0;
        for (size_t b = 0; b <= n / 2; b++) {
            double p = dvb_stats_mcnemar(b, n - b);
            assert_true(p == dvb_stats_mcnemar(n - b, b));
            assert_true(p >= last && p > 0 && p <= 1);
            last = p;
        }
        assert_true(fabs(last - 1) < 1e-9);
        assert_true(fabs(dvb_stats_mcnemar(0, n) / fmin(1, ldexp(2, -(int)n)) - 1) < 1e-9);
    }
}

/* Of items a share s is lost and a share g gained: diff is s - g, for right and wrong. */
static void sensitivity_and_its_opposite(void **state)
{
    (void)state;
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "sensitivity");
    draw_world(&w, &rng, 40, 8, 0.15, false);
    struct dvb_stats_settings s = settings(1);
    const struct dvb_cell a = { "a", w.a, w.n }, b = { "b", w.b, w.n - 3 };
    struct dvb_share lost, gained;
    struct dvb_pair_stats p;
    assert_int_equal(dvb_stats_sensitivity(&a, &b, &s, &lost, NULL), 0);
    assert_int_equal(dvb_stats_sensitivity(&b, &a, &s, &gained, NULL), 0);
    assert_int_equal(dvb_stats_pair(&a, &b, &s, &p, NULL), 0);
    assert_int_equal(lost.n, w.n - 3);
    assert_int_equal(lost.count, p.only_a_right);
    assert_int_equal(gained.count, p.only_b_right);
    assert_true(fabs(lost.share - gained.share - p.diff) < 1e-12);
}

/* Videos with one question each: the clustered error is the plain one of the mean. */
static void one_question_each_is_the_plain_error(void **state)
{
    (void)state;
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "plain");
    draw_world(&w, &rng, 50, 1, 0, false);
    struct dvb_stats_settings s = settings(1);
    const struct dvb_cell a = { "a", w.a, w.n };
    struct dvb_share x;
    assert_int_equal(dvb_stats_cell(&a, &s, &x, NULL), 0);
    assert_int_equal(x.clusters, 50);
    assert_true(fabs(x.se - sqrt(x.share * (1 - x.share) / 49)) < 1e-12);
}

/* Over many drawn sets the 95% interval holds the truth about that often, though questions of a
   video go together; Wilson's, which takes them as independent, does so far more rarely. */
static void intervals_cover_the_truth(void **state)
{
    (void)state;
    enum { SETS = 1000 };
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "coverage");
    struct dvb_stats_settings s = settings(1);
    int clustered = 0, wilson = 0, pairs = 0;
    for (int i = 0; i < SETS; i++) {
        draw_world(&w, &rng, 40, 8, 0.1, false);
        const struct dvb_cell a = { "a", w.a, w.n };
        struct dvb_share x;
        assert_int_equal(dvb_stats_cell(&a, &s, &x, NULL), 0);
        clustered += x.ci.lo <= 0.5 && x.ci.hi >= 0.5;
        wilson += x.wilson.lo <= 0.5 && x.wilson.hi >= 0.5;
        struct dvb_pair_stats p = compare(w.a, w.b, w.n, &s);
        /* b: 0.1 less, and none below 0: 0.1 + 0.2 shift - 0.1 is negative half the time,
           which leaves 0.0125 more on average over videos */
        pairs += p.ci.lo <= 0.0875 && p.ci.hi >= 0.0875;
    }
    assert_in_range(clustered, SETS * 0.93, SETS * 0.97);
    assert_in_range(pairs, SETS * 0.93, SETS * 0.97);
    assert_in_range(wilson, SETS * 0.4, SETS * 0.8);
}

/* Where there is no difference, 5% of the tests say there is. */
static void tests_keep_their_level(void **state)
{
    (void)state;
    enum { SETS = 1000 };
    struct world w;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "level");
    struct dvb_stats_settings s = settings(399);
    int boot = 0, t = 0;
    for (int i = 0; i < SETS; i++) {
        draw_world(&w, &rng, 40, 8, 0, false);
        s.seed = (uint64_t)i;
        struct dvb_pair_stats p = compare(w.a, w.b, w.n, &s);
        boot += p.bootstrap_p <= 0.05;
        t += p.t_p <= 0.05;
    }
    assert_in_range(boot, SETS * 0.03, SETS * 0.075);
    assert_in_range(t, SETS * 0.03, SETS * 0.07);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(exchanged_is_negated),
        cmocka_unit_test(holm_is_monotone),
        cmocka_unit_test(mcnemar_is_symmetric_and_falls),
        cmocka_unit_test(sensitivity_and_its_opposite),
        cmocka_unit_test(one_question_each_is_the_plain_error),
        cmocka_unit_test(intervals_cover_the_truth),
        cmocka_unit_test(tests_keep_their_level),
    };
    return cmocka_run_group_tests_name("stats laws", tests, NULL, NULL);
}
