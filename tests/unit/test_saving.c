/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bitrate saved at equal accuracy: worked by hand, against reference/saving.py, which integrates
   numerically, and the bootstrap written plainly. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/score/saving.h"

static void near(double got, double want, double by)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= by))
        fail_msg("%.15g instead of %.15g", got, want);
}

static void test_by_hand(void **state)
{
    (void)state;
    struct dvb_interval at;
    const double rates[] = { 100, 200, 400 }, half[] = { 50, 100, 200 };
    const double right[] = { 0.2, 0.5, 0.8 }, low[] = { 0.0, 0.1, 0.2 };
    /* The same curve at half the rates saves half, at twice the rates costs as much again. */
    near(dvb_saving_of(half, right, 3, rates, right, 3, &at), 0.5, 1e-12);
    near(at.lo, 0.2, 0);
    near(at.hi, 0.8, 0);
    near(dvb_saving_of(rates, right, 3, half, right, 3, &at), -1, 1e-12);
    near(dvb_saving_of(rates, right, 3, rates, right, 3, &at), 0, 1e-12);
    /* They touch in one point only, or not at all. */
    near(dvb_saving_of(rates, low, 3, rates, right, 3, &at), NAN, 0);
    near(at.lo, NAN, 0);
    /* a goes from 0 to 1 between 100 and 400, b between 200 and 400: at accuracy y they need
       ln 100 + y ln 4 and ln 200 + y ln 2: the difference is (y - 1) ln 2, -ln(2) / 2 on the
       average. */
    const double ends_a[] = { 100, 400 }, ends_b[] = { 200, 400 }, zero_one[] = { 0, 1 };
    near(dvb_saving_of(ends_a, zero_one, 2, ends_b, zero_one, 2, &at), 1 - sqrt(0.5), 1e-12);
    /* A fall is pooled: 0.4, 0.2 become 0.3, 0.3, and the rise to 0.9 stands between 200 and 400:
       half of what b needs at 0.3..0.9 between 100 and 400, on the average ln 200, where a needs
       ln(200) / 2 + ln(400) / 2. */
    const double fall[] = { 0.4, 0.2, 0.9 }, line[] = { 0.3, 0.9 };
    near(dvb_saving_of(rates, fall, 3, ends_a, line, 2, &at), 1 - sqrt(2), 1e-12);
    near(at.lo, 0.3, 1e-12);
}

/* Printed by reference/saving.py. */
static const struct {
    size_t n_a, n_b;
    double rates_a[5], a[5], rates_b[5], b[5], want, lo, hi;
} rows[] = {
#include "tests/unit/reference/saving.h"
};

static void test_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_interval at;
        near(dvb_saving_of(rows[i].rates_a, rows[i].a, rows[i].n_a, rows[i].rates_b, rows[i].b,
                           rows[i].n_b, &at),
             rows[i].want, 2e-5);
        near(at.lo, rows[i].lo, 1e-9);
        near(at.hi, rows[i].hi, 1e-9);
    }
}

/* ---- curves of cells ---- */

#define VIDEOS 7
#define PER_VIDEO 6
#define POINTS 3
#define ITEMS (VIDEOS * PER_VIDEO)

struct world {
    struct dvb_outcome v[2][POINTS][ITEMS];
    struct dvb_cell cells[2][POINTS];
    double rates[2][POINTS];
    struct dvb_curve a, b;
};

/* b needs more bits; questions of a video go together. */
static struct world *make_world(void)
{
    struct world *w = dvb_calloc(1, sizeof(*w));
    struct dvb_rng rng;
    dvb_rng_init(&rng, 7, "world");
    for (int c = 0; c < 2; c++)
        for (int p = 0; p < POINTS; p++) {
            for (int i = 0; i < ITEMS; i++) {
                int video = i / PER_VIDEO, ease = video % 3 + p * 2 - c;
                w->v[c][p][ITEMS - 1 - i] =
                    (struct dvb_outcome){ i, 100 - video, (int)dvb_rng_below(&rng, 6) < ease + 1 };
            }
            w->cells[c][p] = (struct dvb_cell){ c ? "b" : "a", w->v[c][p], ITEMS };
            w->rates[c][p] = 50 * (1 << p) + c;
        }
    w->a = (struct dvb_curve){ "context", w->cells[0], w->rates[0], POINTS };
    w->b = (struct dvb_curve){ "uniform", w->cells[1], w->rates[1], POINTS };
    return w;
}

static struct dvb_stats_settings settings(void)
{
    struct dvb_stats_settings s;
    dvb_stats_settings_default(&s);
    s.rounds = 500;
    s.seed = 11;
    return s;
}

static int ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Round by round, each drawn video's items one by one. */
static void plain_bootstrap(const struct world *w, const struct dvb_stats_settings *s, double *lo,
                            double *hi)
{
    double savings[500] = { 0 };
    int n = 0;
    for (int round = 0; round < s->rounds; round++) {
        double sum[2][POINTS] = { { 0 } }, items = 0;
        char name[64];
        struct dvb_rng rng;
        struct dvb_interval at;
        snprintf(name, sizeof(name), "saving/context/uniform/%d", round);
        dvb_rng_init(&rng, s->seed, name);
        for (int k = 0; k < VIDEOS; k++) {
            int64_t id = 100 - VIDEOS + 1 + (int64_t)dvb_rng_below(&rng, VIDEOS);
            for (int i = 0; i < ITEMS; i++) {
                if (w->v[0][0][i].cluster != id)
                    continue;
                items++;
                for (int c = 0; c < 2; c++)
                    for (int p = 0; p < POINTS; p++)
                        sum[c][p] += w->v[c][p][i].value;
            }
        }
        for (int c = 0; c < 2; c++)
            for (int p = 0; p < POINTS; p++)
                sum[c][p] /= items;
        double one = dvb_saving_of(w->rates[0], sum[0], POINTS, w->rates[1], sum[1], POINTS, &at);
        if (isfinite(one))
            savings[n++] = one;
    }
    assert_true(n > 475);
    qsort(savings, (size_t)n, sizeof(*savings), ascending);
    double place[2] = { (n + 1) * 0.025 - 1, (n + 1) * 0.975 - 1 }, v[2];
    for (int i = 0; i < 2; i++) {
        int k = (int)place[i];
        v[i] = savings[k] + (place[i] - k) * (savings[k + 1] - savings[k]);
    }
    *lo = v[0];
    *hi = v[1];
}

static void test_bootstrap(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct dvb_stats_settings s = settings();
    struct dvb_saving got, again;
    struct dvb_err err;
    double lo, hi;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &got, &err), 0);
    assert_int_equal(got.n, ITEMS);
    assert_int_equal(got.clusters, VIDEOS);
    plain_bootstrap(w, &s, &lo, &hi);
    near(got.ci.lo, lo, 1e-12);
    near(got.ci.hi, hi, 1e-12);
    assert_true(got.ci.lo < got.saving && got.saving < got.ci.hi);
    s.jobs = 3;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &again, &err), 0);
    assert_memory_equal(&got, &again, sizeof(got));
    free(w);
}

/* What one cell lacks counts in none. */
static void test_common_items(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct dvb_stats_settings s = settings();
    struct dvb_saving all, some;
    struct dvb_err err;
    w->cells[1][2].n -= 2 * PER_VIDEO;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &some, &err), 0);
    assert_int_equal(some.n, ITEMS - 2 * PER_VIDEO);
    assert_int_equal(some.clusters, VIDEOS - 2);
    for (int c = 0; c < 2; c++)
        for (int p = 0; p < POINTS; p++)
            w->cells[c][p].n = ITEMS - 2 * PER_VIDEO;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &all, &err), 0);
    assert_memory_equal(&all, &some, sizeof(all));
    free(w);
}

static void test_too_little(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct dvb_stats_settings s = settings();
    struct dvb_saving got;
    struct dvb_err err;
    for (int c = 0; c < 2; c++)
        for (int p = 0; p < POINTS; p++)
            w->cells[c][p].n = PER_VIDEO;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &got, &err), 0);
    assert_int_equal(got.clusters, 1);
    assert_true(isnan(got.ci.lo) && isnan(got.ci.hi));
    w->cells[0][0].n = 0;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &got, &err), 0);
    assert_int_equal(got.n, 0);
    assert_true(isnan(got.saving));
    w->rates[0][1] = w->rates[0][0];
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &got, &err), -EINVAL);
    w->a.n = 1;
    assert_int_equal(dvb_stats_saving(&w->a, &w->b, &s, &got, &err), -EINVAL);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),    cmocka_unit_test(test_reference),
        cmocka_unit_test(test_bootstrap),  cmocka_unit_test(test_common_items),
        cmocka_unit_test(test_too_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
