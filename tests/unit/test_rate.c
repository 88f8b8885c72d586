/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "media/rate.h"

/* A clip as a curve from CRF to rate. */
struct curve {
    double at_30, fall; /* rate at CRF 30; doublings per CRF */
    double ripple;      /* not monotonic: doublings up and down */
    double bend;        /* the fall grows by this share per CRF above 30 */
};

static double rate_of(const struct curve *c, double crf)
{
    double d = crf - 30;
    return c->at_30 * exp2(-d * c->fall * (1 + c->bend * d) + c->ripple * sin(crf * 9));
}

static struct dvb_rate_search begin(double target)
{
    return (struct dvb_rate_search){ .target = target,
                                     .tolerance = 0.02,
                                     .crf_min = 1,
                                     .crf_max = 51,
                                     .first = 38,
                                     .slope = DVB_RATE_SLOPE };
}

static enum dvb_rate_verdict search(struct dvb_rate_search *s, const struct curve *c, double target)
{
    enum dvb_rate_verdict v;
    double crf;
    *s = begin(target);
    while ((v = dvb_rate_next(s, &crf)) == DVB_RATE_MORE) {
        assert_true(s->n < DVB_RATE_MAX_ENCODES);
        assert_true(crf >= 1 && crf <= 51);
        dvb_rate_report(s, crf, rate_of(c, crf), 0);
    }
    return v;
}

static void meets_many_curves(void **state)
{
    (void)state;
    int searches = 0, encodes = 0;
    for (double fall = 0.08; fall < 0.35; fall += 0.03)
        for (double at_30 = 50; at_30 < 6000; at_30 *= 1.7)
            for (double bend = -0.005; bend < 0.006; bend += 0.005) {
                const struct curve c = { at_30, fall, 0.01, bend };
                struct dvb_rate_search s;
                double top = rate_of(&c, 1), bottom = rate_of(&c, 51);
                if (bottom > 195 || top < 205)
                    continue;
                if (search(&s, &c, 200) != DVB_RATE_MET)
                    fail_msg("at 30 %g, fall %g, bend %g: not met", at_30, fall, bend);
                assert_true(fabs(dvb_rate_best(&s)->rate / 200 - 1) <= 0.02);
                searches++;
                encodes += s.n;
            }
    assert_true(searches > 100);
    if (encodes > 4 * searches)
        fail_msg("%d encodes for %d searches", encodes, searches);
}

static void says_floor_and_ceiling(void **state)
{
    (void)state;
    struct dvb_rate_search s;
    const struct curve busy = { 9000, 0.12, 0, 0 }, still = { 1, 0.12, 0, 0 };
    assert_int_equal(search(&s, &busy, 200), DVB_RATE_FLOOR);
    assert_true(dvb_rate_best(&s)->crf == 51);
    assert_int_equal(search(&s, &still, 200), DVB_RATE_CEILING);
    assert_true(dvb_rate_best(&s)->crf == 1);
}

/* From CRF 40 on nothing gets smaller: the end is asked for early. */
static void leaves_a_plateau(void **state)
{
    (void)state;
    struct dvb_rate_search s;
    enum dvb_rate_verdict v;
    double crf;
    s = begin(200);
    while ((v = dvb_rate_next(&s, &crf)) == DVB_RATE_MORE)
        dvb_rate_report(&s, crf, crf < 40 ? 230 * exp2((40 - crf) / 6) : 230 - (crf - 40) / 10, 0);
    assert_int_equal(v, DVB_RATE_FLOOR);
    assert_true(s.n <= 5);
}

/* A step: no CRF gives anything near the target. The nearer side is kept. */
static void gives_up_at_a_jump(void **state)
{
    (void)state;
    struct dvb_rate_search s;
    enum dvb_rate_verdict v;
    double crf;
    s = begin(200);
    while ((v = dvb_rate_next(&s, &crf)) == DVB_RATE_MORE)
        dvb_rate_report(&s, crf, crf < 33.3 ? 240 : 180, 0);
    assert_int_equal(v, DVB_RATE_JUMP);
    assert_true(dvb_rate_best(&s)->rate == 180);
}

static void never_accepts_a_forecast(void **state)
{
    (void)state;
    struct dvb_rate_search s;
    double crf;
    s = begin(200);
    assert_int_equal(dvb_rate_next(&s, &crf), DVB_RATE_MORE);
    assert_true(crf == 38);
    dvb_rate_report(&s, crf, 200, 0.1);
    assert_null(dvb_rate_best(&s));
    assert_int_equal(dvb_rate_next(&s, &crf), DVB_RATE_MORE);
    dvb_rate_report(&s, crf, 201, 0);
    assert_int_equal(dvb_rate_next(&s, &crf), DVB_RATE_MET);
    assert_true(dvb_rate_best(&s)->rate == 201);
}

/* A forecast guides: it is believed more, the less doubt there is. */
static void weighs_forecasts(void **state)
{
    (void)state;
    struct dvb_rate_search sure, doubtful;
    double slope;
    sure = begin(200);
    dvb_rate_report(&sure, 38, 220, 0);
    doubtful = sure;
    dvb_rate_report(&sure, 38, 180, 0.02);
    dvb_rate_report(&doubtful, 38, 180, 0.3);
    double a = dvb_rate_guess(&sure, &slope), b = dvb_rate_guess(&doubtful, &slope);
    assert_true(b > a && b > 38.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meets_many_curves),        cmocka_unit_test(says_floor_and_ceiling),
        cmocka_unit_test(leaves_a_plateau),         cmocka_unit_test(gives_up_at_a_jump),
        cmocka_unit_test(never_accepts_a_forecast), cmocka_unit_test(weighs_forecasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
