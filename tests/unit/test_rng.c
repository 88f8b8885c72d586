/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"

/* The first outputs of SplitMix64 for state 1234567, as its author's code gives them. */
static void known_sequence(void **state)
{
    (void)state;
    static const uint64_t want[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct dvb_rng rng = { 1234567 };
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
        assert_true(dvb_rng_next(&rng) == want[i]);
}

static void same_name_same_stream(void **state)
{
    (void)state;
    struct dvb_rng a, b;
    dvb_rng_init(&a, 7, "segment 12");
    dvb_rng_init(&b, 7, "segment 12");
    for (int i = 0; i < 100; i++)
        assert_true(dvb_rng_next(&a) == dvb_rng_next(&b));
}

/* Streams whose names or seeds differ little share about half their bits. */
static void check_unrelated(struct dvb_rng a, struct dvb_rng b)
{
    int same = 0;
    const int n = 2000;
    for (int i = 0; i < n; i++)
        for (uint64_t x = ~(dvb_rng_next(&a) ^ dvb_rng_next(&b)); x; x &= x - 1)
            same++;
    double z = (same - 32.0 * n) / sqrt(16.0 * n);
    assert_true(fabs(z) < 4);
}

static void names_and_seeds_part_streams(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        const char *label;
    } names[] = {
        { 1, "" },
        { 2, "" },
        { 1, "a" },
        { 1, "b" },
        { 1, "aa" },
        { 1, "ab" },
        { 1, "ba" },
        { 2, "a" },
        { 0, "" },
        { 0, "a" },
        { UINT64_MAX, "a" },
        { 1, "clip 1" },
        { 1, "clip 2" },
        { 1 + UINT64_C(0x9e3779b97f4a7c15), "" }, /* one SplitMix64 step further */
    };
    const size_t n = sizeof(names) / sizeof(*names);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            struct dvb_rng a, b;
            dvb_rng_init(&a, names[i].seed, names[i].label);
            dvb_rng_init(&b, names[j].seed, names[j].label);
            check_unrelated(a, b);
        }
}

static double chi_square(const int *count, int cells, int total)
{
    double expected = (double)total / cells, sum = 0;
    for (int i = 0; i < cells; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return sum;
}

/* Bounds are the 0.1% points of chi-square with cells - 1 degrees of freedom. */
static void uniform_within_a_stream(void **state)
{
    (void)state;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 42, "uniform");
    int letters[4] = { 0 }, cells[10] = { 0 };
    for (int i = 0; i < 40000; i++)
        letters[dvb_rng_below(&rng, 4)]++;
    assert_true(chi_square(letters, 4, 40000) < 16.27);
    for (int i = 0; i < 40000; i++)
        cells[(int)(dvb_rng_unit(&rng) * 10)]++;
    assert_true(chi_square(cells, 10, 40000) < 27.88);
}

/* As options are shuffled: one stream per question, its first draw used. */
static void uniform_across_streams(void **state)
{
    (void)state;
    int letters[4] = { 0 };
    for (int i = 0; i < 20000; i++) {
        char label[32];
        snprintf(label, sizeof(label), "question %d", i);
        struct dvb_rng rng;
        dvb_rng_init(&rng, 1, label);
        letters[dvb_rng_below(&rng, 4)]++;
    }
    assert_true(chi_square(letters, 4, 20000) < 16.27);
}

static void bounds(void **state)
{
    (void)state;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 0, "");
    uint32_t high = 0;
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(dvb_rng_below(&rng, 1), 0);
        assert_true(dvb_rng_below(&rng, 3) < 3);
        uint32_t x = dvb_rng_below(&rng, UINT32_MAX);
        assert_true(x < UINT32_MAX);
        high = x > high ? x : high;
        double u = dvb_rng_unit(&rng);
        assert_true(u >= 0 && u < 1);
    }
    assert_true(high > UINT32_MAX - UINT32_MAX / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sequence),
        cmocka_unit_test(same_name_same_stream),
        cmocka_unit_test(names_and_seeds_part_streams),
        cmocka_unit_test(uniform_within_a_stream),
        cmocka_unit_test(uniform_across_streams),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
