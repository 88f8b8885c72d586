/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/network/framerate.h"

static struct dvb_framerate solve(const struct dvb_framerate_settings *s)
{
    struct dvb_framerate r;
    struct dvb_err err = { 0 };
    if (dvb_framerate_solve(s, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

/* Worked by hand from equation 5. */
static void worked_values(void **state)
{
    (void)state;
    static const struct {
        double loss;
        int64_t kappa, k;
        double fps, frame;
    } cases[] = {
        { 0.01, 1, 2, 4, 0.99 }, { 0.05, 2, 3, 6, 0.9025 }, { 0.10, 4, 7, 14, 0.6561 },
        { 0, 5, 1, 2, 1 },       { 0.001, 1, 1, 2, 0.999 }, /* exactly 1 - epsilon */
        { 0.5, 1, 10, 20, 0.5 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct dvb_framerate_settings s = { .loss = cases[i].loss,
                                                  .epsilon = 0.001,
                                                  .model_fps = 2,
                                                  .packets_per_frame = cases[i].kappa };
        struct dvb_framerate r = solve(&s);
        assert_int_equal(r.k, cases[i].k);
        assert_true(r.fps == cases[i].fps && r.packets == cases[i].kappa);
        assert_true(fabs(r.frame_success - cases[i].frame) < 1e-12);
        assert_true(fabs(r.success - (1 - pow(1 - cases[i].frame, (double)r.k))) < 1e-12);
    }
}

/* The least rate: it serves, and one frame fewer for each sample does not. */
static void least_rate(void **state)
{
    (void)state;
    for (double p = 0.01; p < 0.4; p += 0.013)
        for (int64_t bitrate = 50000; bitrate < 5000000; bitrate *= 3)
            for (int hold = 0; hold < 2; hold++) {
                struct dvb_framerate_settings s = { .loss = p, .epsilon = 0.001, .model_fps = 2 };
                if (hold)
                    s.frame_bytes = bitrate / 240;
                else
                    s.bitrate = bitrate;
                struct dvb_framerate r;
                if (dvb_framerate_solve(&s, &r, NULL))
                    continue;
                double bytes = hold ? (double)s.frame_bytes : (double)bitrate / 8 / r.fps;
                int64_t expected = bytes <= 1186 ? 1 : (int64_t)ceil((round(bytes) - 1) / 1184);
                assert_int_equal(r.packets, expected);
                assert_true(r.success >= 0.999);
                if (r.k == 1)
                    continue;
                s.max_fps = (double)(r.k - 1) * 2;
                struct dvb_framerate fewer;
                assert_true(dvb_framerate_solve(&s, &fewer, NULL) < 0);
            }
}

static void no_solution(void **state)
{
    (void)state;
    static const struct dvb_framerate_settings bad[] = {
        { 1, 0.001, 2, 0, 1, 0, 0, 0 },        { 0.999, 0.001, 2, 0, 50, 0, 0, 0 },
        { 0.1, 0, 2, 0, 1, 0, 0, 0 },          { 0.1, 1, 2, 0, 1, 0, 0, 0 },
        { -0.1, 0.001, 2, 0, 1, 0, 0, 0 },     { 1.5, 0.001, 2, 0, 1, 0, 0, 0 },
        { NAN, 0.001, 2, 0, 1, 0, 0, 0 },      { 0.1, NAN, 2, 0, 1, 0, 0, 0 },
        { 0.1, 0.001, 0, 0, 1, 0, 0, 0 },      { 0.1, 0.001, -2, 0, 1, 0, 0, 0 },
        { 0.1, 0.001, 2, 0, 0, 0, 0, 0 },      { 0.1, 0.001, 2, 0, 1, 100, 0, 0 },
        { 0.1, 0.001, 2, 0, 0, 100, 9000, 0 }, { 0.1, 0.001, 2, 1, 1, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_framerate r;
        struct dvb_err err = { 0 };
        assert_true(dvb_framerate_solve(&bad[i], &r, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        assert_true(*err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_values),
        cmocka_unit_test(least_rate),
        cmocka_unit_test(no_solution),
    };
    return cmocka_run_group_tests_name("framerate", tests, NULL, NULL);
}
