/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steering over a made-up encoder: bits follow a course and fall with the CRF. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "media/steer.h"

#define UNITS 150
#define SLOPE 0.16

struct world {
    double course[UNITS]; /* bytes of an encode at CRF 30 */
    double noise;         /* relative, by which the next encode differs */
    struct dvb_rng rng;
};

static void make_world(struct world *w, double noise)
{
    dvb_rng_init(&w->rng, 7, "steer");
    w->noise = noise;
    w->course[0] = 9000;
    for (int i = 1; i < UNITS; i++) /* busier towards the end, as after a cut */
        w->course[i] = (i < 100 ? 700 : 1500) * (0.7 + 0.6 * dvb_rng_unit(&w->rng));
}

static double whole(const struct world *w)
{
    double all = 0;
    for (int i = 0; i < UNITS; i++)
        all += w->course[i];
    return all;
}

static void learn(struct dvb_steer *s, const struct world *w)
{
    s->slope = SLOPE;
    s->tolerance = 0.02;
    dvb_steer_begin(s, 30);
    for (int i = 0; i < UNITS; i++)
        dvb_steer_add(s, (size_t)w->course[i]);
    dvb_steer_keep(s, 0.03);
}

/* An encode that needs scale times the bits; returns bytes over target. */
static double encode(struct dvb_steer *s, struct world *w, double scale, double room, int *gave_up)
{
    *gave_up = -1;
    s->room = room;
    s->target = whole(w);
    dvb_steer_begin(s, 30);
    for (int i = 0; i < UNITS; i++) {
        double n = 1 + w->noise * (2 * dvb_rng_unit(&w->rng) - 1);
        dvb_steer_add(s, (size_t)(w->course[i] * scale * n * exp2(-SLOPE * (s->crf - 30))));
        if (*gave_up < 0 && dvb_steer_hopeless(s))
            *gave_up = i;
        dvb_steer_turn(s);
        assert_true(fabs(s->crf - 30) <= room + 1e-9);
        assert_true(s->lowest <= s->crf && s->crf <= s->highest);
    }
    return s->bytes / s->target;
}

static void test_lands(void **state)
{
    (void)state;
    static const double scales[] = { 0.9, 0.95, 1, 1.05, 1.1 };
    struct dvb_steer s = { 0 };
    struct world w;
    make_world(&w, 0.2);
    learn(&s, &w);
    for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
        int gave_up;
        double ratio = encode(&s, &w, scales[i], 1.5, &gave_up);
        if (fabs(ratio - 1) > s.tolerance || gave_up >= 0)
            fail_msg("scale %g: landed at %.4f, given up at %d", scales[i], ratio, gave_up);
    }
    dvb_steer_release(&s);
}

static void test_without_room(void **state)
{
    (void)state;
    struct dvb_steer s = { 0 };
    struct world w;
    int gave_up;
    make_world(&w, 0);
    learn(&s, &w);
    double ratio = encode(&s, &w, 1.01, 0, &gave_up);
    assert_true(fabs(ratio - 1.01) < 0.002);
    assert_true(gave_up < 0);
    assert_true(s.lowest >= 30 && s.highest <= 30);
    encode(&s, &w, 1.15, 0, &gave_up); /* with room 1.5 it would have landed */
    assert_in_range(gave_up, UNITS / 5, UNITS * 6 / 10);
    dvb_steer_release(&s);
}

static void test_gives_up(void **state)
{
    (void)state;
    struct dvb_steer s = { 0 };
    struct world w;
    int gave_up;
    make_world(&w, 0.1);
    learn(&s, &w);
    encode(&s, &w, 1.5, 1.5, &gave_up);
    assert_in_range(gave_up, UNITS / 5, UNITS * 6 / 10);
    encode(&s, &w, 0.6, 1.5, &gave_up);
    assert_in_range(gave_up, UNITS / 5, UNITS * 6 / 10);
    dvb_steer_release(&s);
}

/* What the first CRF would have given is told whatever was turned. */
static void test_whole_is_of_the_first_crf(void **state)
{
    (void)state;
    struct dvb_steer s = { 0 };
    struct world w;
    int gave_up;
    make_world(&w, 0);
    learn(&s, &w);
    encode(&s, &w, 1.1, 1.5, &gave_up);
    assert_true(s.highest > 30.3);
    assert_true(fabs(dvb_steer_whole(&s) / s.target - 1.1) < 0.005);
    dvb_steer_release(&s);
}

/* Another number of units than the course has: nothing is concluded. */
static void test_longer_than_its_course(void **state)
{
    (void)state;
    struct dvb_steer s = { .slope = SLOPE, .tolerance = 0.02, .target = 1e5, .room = 1 };
    dvb_steer_begin(&s, 30);
    for (int i = 0; i < 20; i++)
        dvb_steer_add(&s, 100);
    assert_false(dvb_steer_turn(&s));
    dvb_steer_keep(&s, 0.1);
    dvb_steer_begin(&s, 30);
    for (int i = 0; i < 30; i++) {
        dvb_steer_add(&s, 5000);
        if (i >= 20)
            assert_false(dvb_steer_turn(&s) || dvb_steer_hopeless(&s));
    }
    assert_true(fabs(dvb_steer_miss(&s)) < 1e-9);
    dvb_steer_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lands),
        cmocka_unit_test(test_without_room),
        cmocka_unit_test(test_gives_up),
        cmocka_unit_test(test_whole_is_of_the_first_crf),
        cmocka_unit_test(test_longer_than_its_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
