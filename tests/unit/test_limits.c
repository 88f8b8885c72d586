/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows, token buckets and the services' limit headers, on a clock of our own. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/limits.h"

static struct dvb_limits limits(int concurrency, int64_t rpm, int64_t tpm)
{
    struct dvb_limits l;
    const struct dvb_profile p = { .concurrency = concurrency,
                                   .requests_per_minute = rpm,
                                   .tokens_per_minute = tpm };
    dvb_limits_init(&l, &p, 0);
    return l;
}

static void near(double got, double want)
{
    if (!(fabs(got - want) < 1e-6 * fmax(1, fabs(want))))
        fail_msg("%.9g instead of %.9g", got, want);
}

/* Start what may start now; how many. */
static int start_all(struct dvb_limits *l, double now, struct dvb_ticket *t, int max)
{
    int n = 0;
    while (n < max && dvb_limits_due(l, now, 0, false) <= now)
        t[n++] = dvb_limits_start(l, now, 0, false);
    return n;
}

static void end_one(struct dvb_limits *l, const struct dvb_ticket *t, enum dvb_outcome outcome)
{
    dvb_limits_end(l, 0, t, outcome, 0, false);
}

/* One reply time: all that may fly, then all land, each place refilled at once. */
static int round_of(struct dvb_limits *l, struct dvb_ticket *t, int flying)
{
    struct dvb_ticket fresh[300] = { { 0 } };
    int n = 0;
    for (int i = 0; i < flying; i++) {
        end_one(l, &t[i], DVB_OUTCOME_CLEAN);
        n += start_all(l, 0, fresh + n, 300 - n);
    }
    memcpy(t, fresh, sizeof(*t) * (size_t)n);
    return n;
}

static void test_window_grows(void **state)
{
    (void)state;
    struct dvb_ticket t[300];
    struct dvb_limits l = limits(200, 0, 0);
    int n = start_all(&l, 0, t, 300);
    assert_int_equal(n, 10);
    assert_int_equal(dvb_limits_due(&l, 0, 0, false) == INFINITY, 1);
    n = round_of(&l, t, n);
    assert_int_equal(n, 30);
    n = round_of(&l, t, n);
    assert_int_equal(n, 90);
    n = round_of(&l, t, n);
    assert_int_equal(n, 200); /* never past the profile's */
    n = round_of(&l, t, n);
    assert_int_equal(n, 200);
    l = limits(3, 0, 0);
    assert_int_equal(start_all(&l, 0, t, 300), 3);
    l = limits(0, 0, 0);
    assert_int_equal(start_all(&l, 0, t, 300), 1);
}

/* A setback halves the window once for all that flew together, and growth is
   slow from then on. */
static void test_window_shrinks(void **state)
{
    (void)state;
    struct dvb_ticket t[300];
    struct dvb_limits l = limits(64, 0, 0);
    int n = round_of(&l, t, start_all(&l, 0, t, 300));
    assert_int_equal(n, 30);
    for (int i = 0; i < n; i++)
        end_one(&l, &t[i], DVB_OUTCOME_SETBACK);
    n = start_all(&l, 0, t, 300);
    assert_int_equal(n, 15);
    n = round_of(&l, t, n);
    assert_in_range(n, 15, 16);
    n = round_of(&l, t, n);
    assert_in_range(n, 16, 17);
    for (int k = 0; k < 10; k++) { /* requests of their own each time: down to one, no further */
        for (int i = 0; i < n; i++)
            end_one(&l, &t[i], DVB_OUTCOME_SETBACK);
        n = start_all(&l, 0, t, 300);
    }
    assert_int_equal(n, 1);
    end_one(&l, &t[0], DVB_OUTCOME_FAULT); /* says nothing about the load */
    assert_int_equal(start_all(&l, 0, t, 300), 1);
}

/* A window that is not used does not grow. */
static void test_window_unused(void **state)
{
    (void)state;
    struct dvb_limits l = limits(64, 0, 0);
    for (int i = 0; i < 100; i++) {
        struct dvb_ticket t = dvb_limits_start(&l, 0, 0, false);
        end_one(&l, &t, DVB_OUTCOME_CLEAN);
    }
    near(l.window, DVB_LIMITS_START);
}

/* What waits for another try holds its place, and goes when others have landed. */
static void test_places(void **state)
{
    (void)state;
    struct dvb_ticket t[10];
    struct dvb_limits l = limits(2, 0, 0);
    assert_int_equal(start_all(&l, 0, t, 10), 2);
    dvb_limits_end(&l, 0, &t[0], DVB_OUTCOME_SETBACK, 0, true); /* the window is one now */
    assert_true(dvb_limits_due(&l, 0, 0, true) == INFINITY);
    assert_true(dvb_limits_due(&l, 0, 0, false) == INFINITY);
    end_one(&l, &t[1], DVB_OUTCOME_FAULT);
    assert_true(dvb_limits_due(&l, 0, 0, false) == INFINITY);
    near(dvb_limits_due(&l, 0, 0, true), 0);
    t[0] = dvb_limits_start(&l, 0, 0, true);
    dvb_limits_end(&l, 0, &t[0], DVB_OUTCOME_FAULT, 0, true);
    dvb_limits_drop(&l);
    assert_int_equal(l.held, 0);
    assert_int_equal(l.flying, 0);
    near(dvb_limits_due(&l, 0, 0, false), 0);
}

/* The most that start within any 60 s, asking as often as can be. */
static int busiest_minute(int64_t rpm)
{
    static double at[20000];
    struct dvb_limits l = limits(1000, rpm, 0);
    int n = 0, most = 0;
    for (double now = 0; now < 200;) {
        now = fmax(now, dvb_limits_due(&l, now, 0, false));
        struct dvb_ticket t = dvb_limits_start(&l, now, 0, false);
        at[n++] = now;
        end_one(&l, &t, DVB_OUTCOME_FAULT);
    }
    for (int i = 0, from = 0; i < n; i++) {
        while (at[i] - at[from] >= 60 - 1e-6)
            from++;
        most = i - from + 1 > most ? i - from + 1 : most;
    }
    return most;
}

static void test_requests_per_minute(void **state)
{
    (void)state;
    static const int64_t limits_[] = { 1, 2, 7, 59, 60, 61, 100, 600, 3500 };
    for (size_t i = 0; i < sizeof(limits_) / sizeof(*limits_); i++) {
        int most = busiest_minute(limits_[i]);
        if (most > limits_[i] || most < limits_[i] * 98 / 100 - 1)
            fail_msg("%d in a minute, the limit is %d", most, (int)limits_[i]);
    }
}

/* Tokens are paid by prediction and settled by usage, below zero too. */
static void test_tokens_per_minute(void **state)
{
    (void)state;
    struct dvb_limits l = limits(100, 0, 60000); /* about 1,000 a second */
    double rate = l.tokens.rate;
    assert_true(rate > 980 && rate <= 1000);
    struct dvb_ticket t = dvb_limits_start(&l, 0, 4000, false);
    near(l.tokens.level, -3000);
    near(dvb_limits_due(&l, 0, 500, false), 3500 / rate);
    near(dvb_limits_due(&l, 0, 4000, false), 4000 / rate); /* when full: it never holds more */
    near(dvb_limits_due(&l, 0, -1, false), 3000 / rate);
    dvb_limits_end(&l, 1, &t, DVB_OUTCOME_CLEAN, 3000, false); /* 1,000 come back */
    near(l.tokens.level, -2000 + rate);

    /* Not known: nothing at first, then the mean of those seen. */
    l = limits(100, 0, 60000);
    t = dvb_limits_start(&l, 0, 0, false);
    near(t.tokens, 0);
    dvb_limits_end(&l, 0, &t, DVB_OUTCOME_CLEAN, 3000, false);
    near(l.tokens.level, -2000);
    t = dvb_limits_start(&l, 10, 0, false);
    near(t.tokens, 3000);
    dvb_limits_end(&l, 10, &t, DVB_OUTCOME_CLEAN, 1000, false);
    t = dvb_limits_start(&l, 20, 0, false);
    near(t.tokens, 2000);
    dvb_limits_end(&l, 20, &t, DVB_OUTCOME_FAULT, 0, false); /* a failure teaches nothing */
    assert_int_equal(l.seen, 2);
}

static void take(struct dvb_rate_headers *h, const char *line)
{
    dvb_rate_headers_take(h, line, strlen(line));
}

static void test_headers_read(void **state)
{
    (void)state;
    struct dvb_rate_headers h;
    dvb_rate_headers_init(&h);
    near(dvb_rate_headers_wait(&h), -1);
    take(&h, "X-RateLimit-Limit-Requests: 60\r\n");
    take(&h, "x-ratelimit-remaining-requests: 0\r\n");
    take(&h, "x-ratelimit-reset-requests: 1.5s\r\n");
    take(&h, "x-ratelimit-limit-tokens:150000\r\n");
    take(&h, "x-ratelimit-remaining-tokens: 149984\r\n");
    take(&h, "x-ratelimit-reset-tokens:   6m0s\r\n");
    take(&h, "x-ratelimit-remaining-tokens-other: 0\r\n");
    take(&h, "x-ratelimit-limit-requests: many\r\n"); /* no sense: ignored */
    take(&h, "x-ratelimit-limit-requests: -3\r\n");
    take(&h, "x-ratelimit-limit-requests");
    take(&h, "");
    dvb_rate_headers_take(&h, "x-ratelimit-limit-requests: 1\0", 30);
    near(h.rate[DVB_RATE_REQUESTS].limit, 60);
    near(h.rate[DVB_RATE_REQUESTS].remaining, 0);
    near(h.rate[DVB_RATE_TOKENS].limit, 150000);
    near(h.rate[DVB_RATE_TOKENS].remaining, 149984);
    near(h.rate[DVB_RATE_TOKENS].reset_s, 360);
    near(dvb_rate_headers_wait(&h), 1.5);

    dvb_rate_headers_init(&h);
    take(&h, "anthropic-ratelimit-output-tokens-remaining: 0\r\n");
    take(&h, "anthropic-ratelimit-output-tokens-reset: 2026-01-27T12:00:30Z\r\n");
    take(&h, "anthropic-ratelimit-input-tokens-limit: 50000\r\n");
    take(&h, "anthropic-ratelimit-requests-reset: 2026-01-27T11:59:00Z\r\n");
    near(dvb_rate_headers_wait(&h), -1); /* no clock yet */
    dvb_rate_headers_finish(&h, dvb_parse_rfc3339("2026-01-27T12:00:10Z"));
    near(dvb_rate_headers_wait(&h), 20);
    near(h.rate[DVB_RATE_REQUESTS].reset_s, 0); /* past already */
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double s;
    } durations[] = {
        { "6m0s", 360 },
        { "1s", 1 },
        { "20ms", 0.02 },
        { "7.66s", 7.66 },
        { "1h2m3.5s", 3723.5 },
        { "2m59.56s", 179.56 },
        { "12", 12 },
        { "0", 0 },
        { "0s", 0 },
        { "250us", 250e-6 },
        { "", -1 },
        { "s", -1 },
        { "5", 5 },
        { "5x", -1 },
        { "-5s", -1 },
        { "-5", -1 },
        { "1.2.3s", -1 },
        { "1s ", -1 },
        { "inf", -1 },
        { "1e400s", -1 },
        { "999999999999h", -1 },
    };
    for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
        double got = dvb_parse_duration(durations[i].text);
        if (fabs(got - durations[i].s) > 1e-9)
            fail_msg("'%s': %g", durations[i].text, got);
    }
    near(dvb_parse_rfc3339("1970-01-01T00:00:00Z"), 0);
    near(dvb_parse_rfc3339("2000-02-29T23:59:59Z"), 951868799);
    near(dvb_parse_rfc3339("2026-01-27T12:30:05Z"), 1769517005);
    near(dvb_parse_rfc3339("2026-01-27t14:30:05.25+02:00"), 1769517005.25);
    near(dvb_parse_rfc3339("2026-01-27T07:00:05.123456789012345-05:30"), 1769517005.123456789);
    static const char *const no_times[] = { "",
                                            "2026",
                                            "2026-01-27",
                                            "2026-01-27T12:30:05",
                                            "2026-13-27T12:30:05Z",
                                            "2026-01-27T12:30:05ZZ",
                                            "2026-01-27T12:30:05+2:00",
                                            "2026-01-27T12:30:05-+2:30",
                                            "2026-01-27T12:30:05+",

                                            "2026-01-27T12:30:05+02:00Z",
                                            "2026-01-27X12:30:05Z",
                                            "-026-01-27T12:30:05Z",
                                            "Wed, 21 Oct 2015 07:28:00 GMT" };
    for (size_t i = 0; i < sizeof(no_times) / sizeof(*no_times); i++)
        if (dvb_parse_rfc3339(no_times[i]) >= 0)
            fail_msg("'%s' was taken", no_times[i]);
}

static struct dvb_rate_headers said(double limit, double remaining, double reset_s)
{
    struct dvb_rate_headers h;
    dvb_rate_headers_init(&h);
    h.rate[DVB_RATE_REQUESTS] = (struct dvb_rate){ limit, remaining, reset_s, -1 };
    return h;
}

static void test_learn(void **state)
{
    (void)state;
    struct dvb_limits l = limits(100, 0, 0);
    struct dvb_rate_headers h = said(120, 3, 58);
    dvb_limits_learn(&l, 100, &h, 600);
    struct dvb_ticket t[10];
    assert_int_equal(start_all(&l, 100, t, 10), 3); /* what remains */
    near(dvb_limits_due(&l, 100, 0, false), 100.5); /* then two a second */

    h = said(120, 0, 30); /* used up: until it is there again */
    dvb_limits_learn(&l, 100, &h, 600);
    near(dvb_limits_due(&l, 100, 0, false), 130);

    l = limits(100, 0, 0); /* by the day, it seems: nobody waits for that long */
    h = said(1000, 0, 8640);
    dvb_limits_learn(&l, 0, &h, 600);
    near(dvb_limits_due(&l, 0, 0, false), 8.64);

    l = limits(100, 600, 0); /* the profile's own limit stays, what remains counts */
    h = said(6000, 0, -1);
    dvb_limits_learn(&l, 0, &h, 600);
    near(l.requests.cap, 10);
    near(dvb_limits_due(&l, 0, 0, false), 1 / l.requests.rate);

    l = limits(100, 0, 0); /* headers without a limit teach nothing but to wait */
    h = said(-1, 0, 2);
    dvb_limits_learn(&l, 0, &h, 600);
    near(dvb_limits_due(&l, 0, 0, false), 2);
    near(dvb_limits_due(&l, 3, 0, false), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_grows),
        cmocka_unit_test(test_window_shrinks),
        cmocka_unit_test(test_window_unused),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_requests_per_minute),
        cmocka_unit_test(test_tokens_per_minute),
        cmocka_unit_test(test_headers_read),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
