/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "eval/network/recap.h"

static void interpolation(void **state)
{
    (void)state;
    const struct dvb_confidence c = { { 0.2, 0.4, 0.4, 0.7, 0.9, 1 } };
    assert_true(dvb_confidence_at(dvb_recap_tiers, &c, 0) == 0.2);
    assert_true(dvb_confidence_at(dvb_recap_tiers, &c, 200e3) == 0.2);
    assert_true(fabs(dvb_confidence_at(dvb_recap_tiers, &c, 300e3) - 0.3) < 1e-12);
    assert_true(fabs(dvb_confidence_at(dvb_recap_tiers, &c, 500e3) - 0.4) < 1e-12);
    assert_true(fabs(dvb_confidence_at(dvb_recap_tiers, &c, 1310e3) - 0.8) < 1e-12);
    assert_true(dvb_confidence_at(dvb_recap_tiers, &c, 3150e3) == 1);
    assert_true(dvb_confidence_at(dvb_recap_tiers, &c, 1e9) == 1);
}

static void rule(void **state)
{
    (void)state;
    const struct dvb_confidence rising = { { 0.2, 0.4, 0.4, 0.7, 0.9, 1 } };
    const struct dvb_confidence never = { { 0.1, 0.2, 0.3, 0.3, 0.3, 0.3 } };
    const struct dvb_confidence always = { { 0.8, 0.9, 1, 1, 1, 1 } };
    const struct dvb_confidence dip = { { 0.85, 0.5, 0.9, 1, 1, 1 } };
    static const int64_t k = 1000;
    const struct {
        const struct dvb_confidence *c;
        int64_t current, limit, want;
    } cases[] = {
        { &rising, 2000 * k, 1500 * k, 1500 * k }, /* above the controller's */
        { &rising, 1400 * k, 3000 * k, 1400 * k }, /* confident: kept, though less would do */
        { &rising, 200 * k, 3000 * k, 1310 * k },  /* half way from 910 to 1710 */
        { &rising, 200 * k, 1000 * k, 1000 * k },  /* as far as the controller goes */
        { &never, 200 * k, 9000 * k, 400 * k },    { &never, 300 * k, 9000 * k, 400 * k },
        { &never, 400 * k, 9000 * k, 610 * k },    { &never, 400 * k, 500 * k, 500 * k },
        { &never, 3150 * k, 9000 * k, 3150 * k }, /* no tier above */
        { &always, 200 * k, 9000 * k, 200 * k },   { &always, 100 * k, 9000 * k, 100 * k },
        { &dip, 400 * k, 9000 * k, 200 * k }, /* the lowest tier that has it */
        { &dip, 200 * k, 100 * k, 100 * k },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t got = dvb_recap_rate(dvb_recap_tiers, cases[i].c, 0.8, cases[i].current,
                                     cases[i].limit);
        if (got != cases[i].want)
            fail_msg("case %zu: %lld, expected %lld", i, (long long)got, (long long)cases[i].want);
    }
    const struct dvb_confidence thirds = { { 0.5, 0.95, 1, 1, 1, 1 } };
    /* 333333.3 rounded up */
    assert_int_equal(dvb_recap_rate(dvb_recap_tiers, &thirds, 0.8, 100, 9000 * k), 333334);
    static const int64_t low[] = { 8000, 12000, 20000, 30000, 50000, 90000 };
    assert_true(fabs(dvb_confidence_at(low, &rising, 40e3) - 0.8) < 1e-12);
    assert_int_equal(dvb_recap_rate(low, &rising, 0.8, 8000, 9000 * k), 40000);
    assert_int_equal(dvb_recap_rate(low, &never, 0.8, 10000, 9000 * k), 12000);
}

static int read_text(const char *text, struct dvb_confidences *c, struct dvb_err *err)
{
    FILE *f = fopen("confidence.csv", "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    int ret = dvb_confidences_read("confidence.csv", c, err);
    remove("confidence.csv");
    return ret;
}

#define HEAD                                                                                       \
    "id,confidence_200kbps,confidence_400kbps,confidence_610kbps,confidence_910kbps,"              \
    "confidence_1710kbps,confidence_3150kbps\n"

static void files(void **state)
{
    (void)state;
    struct dvb_confidences c;
    struct dvb_err err = { 0 };
    assert_int_equal(read_text(HEAD "7,0.3,0.4,0.5,0.6,0.7,1\n8,0,0,0,0,0,0\n", &c, &err), 0);
    assert_true(c.n == 2 && c.v[0].at[0] == 0.3 && c.v[0].at[5] == 1);
    assert_memory_equal(c.tiers, dvb_recap_tiers, sizeof(c.tiers));
    dvb_confidences_release(&c);
    assert_int_equal(read_text("confidence_90kbps,confidence_8.5kbps,video,confidence_20kbps,"
                               "confidence_30kbps,confidence_50kbps,confidence_12kbps\n"
                               "1,0,clip,0.3,0.4,0.5,0.2\n",
                               &c, &err),
                     0);
    static const int64_t tiers[] = { 8500, 12000, 20000, 30000, 50000, 90000 };
    assert_memory_equal(c.tiers, tiers, sizeof(tiers));
    assert_true(c.n == 1 && c.v[0].at[0] == 0 && c.v[0].at[1] == 0.2 && c.v[0].at[5] == 1);
    dvb_confidences_release(&c);
    char column[40];
    dvb_confidence_column(8500, column, sizeof(column));
    assert_string_equal(column, "confidence_8.5kbps");
    dvb_confidence_column(3150000, column, sizeof(column));
    assert_string_equal(column, "confidence_3150kbps");
    static const struct {
        const char *text, *message;
    } bad[] = {
        { "", "confidence.csv: found no rows of confidences" },
        { HEAD, "confidence.csv: found no rows of confidences" },
        { "a,b\n1,2\n",
          "confidence.csv:1: found 0 columns such as confidence_200kbps, expected 6" },
        { "confidence_1kbps,confidence_2kbps,confidence_kbps,confidence_-3kbps,confidence_5 kbps,"
          "confidence_4kb\n1,1,1,1,1,1\n",
          "confidence.csv:1: found 2 columns such as confidence_200kbps, expected 6" },
        { "confidence_0.2kbps,confidence_200kbps,confidence_200.0kbps\n",
          "confidence.csv:1: two columns confidence_200.0kbps" },
        { "confidence_9kbps," HEAD,
          "confidence.csv:1: found 7 columns such as confidence_200kbps, expected 6" },
        { HEAD "7,0.3,0.4,0.5,0.6,0.7\n",
          "confidence.csv:2: found '' at 3150 kbps, expected a confidence, 0 to 1" },
        { HEAD "7,0.3,0.4,0.5,1.6,0.7,1\n",
          "confidence.csv:2: found '1.6' at 910 kbps, expected a confidence, 0 to 1" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_true(read_text(bad[i].text, &c, &err) < 0);
        assert_string_equal(err.msg, bad[i].message);
        assert_true(!c.n && !c.v);
    }
}

static void published(void **state)
{
    (void)state;
    const char *top = getenv("TOP");
    char path[1000];
    snprintf(path, sizeof(path), "%s/../shared/data/artic/confidence.csv", top ? top : ".");
    if (!dvb_is_file(path)) {
        print_message("no %s\n", path);
        skip();
    }
    struct dvb_confidences c;
    struct dvb_err err = { 0 };
    if (dvb_confidences_read(path, &c, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(c.n, 167);
    assert_true(c.v[0].at[0] == 0.3 && c.v[0].at[1] == 1);
    dvb_confidences_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interpolation),
        cmocka_unit_test(rule),
        cmocka_unit_test(files),
        cmocka_unit_test(published),
    };
    return cmocka_run_group_tests_name("recap", tests, NULL, NULL);
}
