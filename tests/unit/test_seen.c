/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/freshness.h"
#include "eval/network/seen.h"

#define NEVER DVB_NET_NEVER
#define MS 1000
#define DELAY (30 * MS)

/* Frames 100 ms apart; each is there 40 ms later without loss. */
#define FRAMES 6
struct arrivals {
    int64_t decodable[FRAMES]; /* ms; NEVER */
    int64_t ended;             /* ms */
};

static void fill(struct dvb_sim_frame *f, struct dvb_sim_result *r, const struct arrivals *a)
{
    for (int i = 0; i < FRAMES; i++) {
        int64_t at = a ? a->decodable[i] : i * 100 + 40;
        f[i] = (struct dvb_sim_frame){ .captured = i * 100 * MS,
                                       .complete = i * 100 * MS, /* is not looked at */
                                       .decodable = at == NEVER ? NEVER : at * MS };
    }
    *r = (struct dvb_sim_result){ .frames = f, .n = FRAMES, .ended = a ? a->ended * MS : 0 };
}

static const double times[] = { 0.05, 0.25, 0.25, 0.399, 0.9 };
#define SAMPLES (sizeof(times) / sizeof(*times))

struct expected {
    int wanted, frame;
    double at, age, stall; /* ms; age < 0: black */
};

static void check(const struct arrivals *a, bool substitutes, const struct expected *want)
{
    struct dvb_sim_frame f[FRAMES], t[FRAMES];
    struct dvb_sim_result call, twin;
    struct dvb_seen seen[SAMPLES];
    fill(f, &call, a);
    fill(t, &twin, NULL);
    dvb_seen_pick(&call, &twin, times, SAMPLES, substitutes, DELAY, seen);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_int_equal(seen[i].wanted, want[i].wanted);
        assert_int_equal(seen[i].frame, want[i].frame);
        assert_true(fabs((double)seen[i].at / MS - want[i].at) < 1e-9);
        assert_true(want[i].age < 0 ? isnan(seen[i].age_ms)
                                    : fabs(seen[i].age_ms - want[i].age) < 1e-9);
        assert_true(fabs(seen[i].stall_ms - want[i].stall) < 1e-9);
    }
}

static void without_loss(void **state)
{
    (void)state;
    const struct arrivals a = { { 40, 140, 240, 340, 440, 540 }, 600 };
    const struct expected want[] = { { 0, 0, 40, 40, 0 },
                                     { 2, 2, 240, 40, 0 },
                                     { 2, 2, 240, 40, 0 },
                                     { 3, 3, 340, 40, 0 },
                                     { 5, 5, 540, 40, 0 } };
    check(&a, true, want);
    check(&a, false, want);
}

/* Frame 0 is late, 1 in time, 2 and 3 lost, 5 lost; 4 is the last that can be decoded. */
static void substitution(void **state)
{
    (void)state;
    const struct arrivals a = { { 41, 140, NEVER, NEVER, 440, NEVER }, 600 };
    const struct expected want[] = { { 0, DVB_SEEN_BLACK, 40, -1, 0 }, /* one ms too late */
                                     { 2, 1, 240, 140, 0 },
                                     { 2, 1, 240, 140, 0 },
                                     { 3, 1, 340, 240, 0 }, /* still the same */
                                     { 5, 4, 540, 140, 0 } };
    check(&a, true, want);
}

/* The same losses, mended for frame 2 only, after which frame 3 could be decoded; 5 never. */
static void waiting(void **state)
{
    (void)state;
    const struct arrivals a = { { 41, 140, 500, 500, 505, NEVER }, 700 };
    const struct expected want[] = { { 0, 0, 41, 41, 1 },
                                     { 2, 2, 500, 300, 260 },
                                     { 2, 2, 500, 300, 260 },
                                     { 3, 3, 500, 200, 160 },
                                     { 5, 4, 700, 300, 160 } }; /* nothing came: what stood */
    check(&a, false, want);
}

/* Frames 2 and 3 are given up and an intra frame mends the stream: the next that comes is shown,
   and no age is below the way's time. */
static void given_up(void **state)
{
    (void)state;
    const struct arrivals a = { { 40, 140, NEVER, NEVER, 640, 630 }, 700 };
    const struct expected want[] = { { 0, 0, 40, 40, 0 },
                                     { 2, 5, 630, 130, 390 },
                                     { 2, 5, 630, 130, 390 },
                                     { 3, 5, 630, 130, 290 },
                                     { 5, 5, 630, 130, 90 } };
    check(&a, false, want);
}

static void nothing_arrives(void **state)
{
    (void)state;
    const struct arrivals a = { { NEVER, NEVER, NEVER, NEVER, NEVER, NEVER }, 700 };
    const struct expected late[] = { { 0, -1, 700, -1, 660 },
                                     { 2, -1, 700, -1, 460 },
                                     { 2, -1, 700, -1, 460 },
                                     { 3, -1, 700, -1, 360 },
                                     { 5, -1, 700, -1, 160 } };
    const struct expected black[] = { { 0, -1, 40, -1, 0 },
                                      { 2, -1, 240, -1, 0 },
                                      { 2, -1, 240, -1, 0 },
                                      { 3, -1, 340, -1, 0 },
                                      { 5, -1, 540, -1, 0 } };
    check(&a, false, late);
    check(&a, true, black);
}

/* Where even the twin lost it, the delay stands for the way. */
static void twin_lost(void **state)
{
    (void)state;
    const struct arrivals a = { { 40, 140, 240, 340, 440, 540 }, 600 };
    struct dvb_sim_frame f[FRAMES], t[FRAMES];
    struct dvb_sim_result call, twin;
    struct dvb_seen seen;
    const double at = 0.2;
    fill(f, &call, &a);
    fill(t, &twin, NULL);
    t[2].decodable = NEVER;
    dvb_seen_pick(&call, &twin, &at, 1, true, DELAY, &seen);
    assert_int_equal(seen.frame, 1);
    assert_true(seen.at == 230 * MS && seen.age_ms == 130 && seen.stall_ms == 0);
}

static void freshness(void **state)
{
    (void)state;
    struct dvb_freshness f = { 0 };
    struct dvb_rendition r = { .detail = NULL };
    dvb_freshness_add(&f, &r);
    r.detail = (char *)"{\"width\": 4}";
    dvb_freshness_add(&f, &r);
    json_t *none = dvb_freshness_json(&f);
    assert_true(json_is_null(none) && isnan(dvb_freshness_age(&f)));
    json_decref(none);
    r.detail = (char *)"{\"call\": {\"ages_ms\": [100, null, 60], \"stalls_ms\": [0, 5, 10],"
                       "\"substituted\": 1, \"missing\": 1}}";
    dvb_freshness_add(&f, &r);
    r.detail = (char *)"{\"call\": {\"ages_ms\": [20], \"stalls_ms\": [5],"
                       "\"substituted\": 0, \"missing\": 0}}";
    dvb_freshness_add(&f, &r);
    assert_true(dvb_freshness_age(&f) == 60);
    json_t *j = dvb_freshness_json(&f);
    assert_true(json_number_value(json_object_get(j, "age_p95_ms")) == 100);
    assert_true(json_number_value(json_object_get(j, "stall_ms")) == 5);
    assert_int_equal(json_integer_value(json_object_get(j, "samples")), 4);
    assert_int_equal(json_integer_value(json_object_get(j, "missing")), 1);
    json_decref(j);
    dvb_freshness_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_loss),    cmocka_unit_test(substitution),
        cmocka_unit_test(waiting),         cmocka_unit_test(given_up),
        cmocka_unit_test(nothing_arrives), cmocka_unit_test(twin_lost),
        cmocka_unit_test(freshness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
