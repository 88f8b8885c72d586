/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links against deliveries worked out by hand, to the microsecond. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/network/codel.h"
#include "eval/network/link.h"

#define MS INT64_C(1000)

struct put {
    int64_t at;
    uint32_t size;
    int64_t arrives; /* -1: never */
};

/* Takes what arrives up to then; arrivals by sequence number. */
static void take_until(struct dvb_link *l, int64_t until, int64_t *arrived)
{
    struct dvb_net_packet p;
    int64_t at, t;
    while ((t = dvb_link_next(l)) <= until && t != DVB_NET_NEVER)
        while (dvb_link_take(l, t, &p, &at)) {
            assert_int_equal(at, t); /* next is exact without jitter */
            arrived[p.seq] = at;
        }
}

/* Sequence numbers are the rows'. */
static void check_puts(const struct dvb_link_settings *s, const struct put *puts, size_t n)
{
    struct dvb_link *l;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_link_open(s, &l, &err), 0);
    int64_t arrived[32];
    for (size_t i = 0; i < n; i++) {
        arrived[i] = -1;
        struct dvb_net_packet p = { .seq = (int64_t)i, .size = puts[i].size };
        take_until(l, puts[i].at, arrived);
        assert_int_equal(dvb_link_put(l, puts[i].at, &p, &err), 0);
    }
    take_until(l, INT64_MAX, arrived);
    for (size_t i = 0; i < n; i++)
        if (arrived[i] != puts[i].arrives)
            fail_msg("packet %zu arrived at %lld, expected %lld", i, (long long)arrived[i],
                     (long long)puts[i].arrives);
    dvb_link_close(&l);
}

#define CHECK(settings, puts) check_puts(settings, puts, sizeof(puts) / sizeof(*(puts)))

/* 8000 bits at 3 Mbps are 2666.67 us: three take 8000 us exactly, without drift. */
static void constant_rate(void **state)
{
    (void)state;
    const struct dvb_link_settings s = { .rate = 3000000, .delay = 30 * MS };
    static const struct put puts[] = {
        { 0, 1000, 32667 },     { 0, 1000, 35334 },  { 0, 1000, 38000 },
        { 8000, 1000, 40667 }, /* the link is just free */
        { 50000, 1000, 82667 }, { 50001, 0, 82667 }, { 52667, 3, 82675 },
    };
    CHECK(&s, puts);
}

static void no_limit_and_overhead(void **state)
{
    (void)state;
    static const struct put free_puts[] = { { 0, 1000, 7 }, { 0, 1000, 7 }, { 5, 10, 12 } };
    CHECK((&(struct dvb_link_settings){ .delay = 7 }), free_puts);
    static const struct put puts[] = { { 0, 972, 8000 }, { 0, 22, 8400 } };
    CHECK((&(struct dvb_link_settings){ .rate = 1000000, .overhead = 28 }), puts);
}

static void droptail(void **state)
{
    (void)state;
    static const struct put packets[] = {
        { 0, 125, 1000 }, { 0, 125, 2000 }, { 0, 125, -1 }, { 1000, 125, 3000 }, { 1000, 125, -1 },
    };
    struct dvb_link_settings s = { .rate = 1000000, .queue = DVB_QUEUE_PACKETS, .limit = 2 };
    CHECK(&s, packets);
    static const struct put bytes[] = {
        { 0, 125, 1000 }, { 0, 100, 1800 }, { 0, 26, -1 }, { 0, 25, 2000 }, { 0, 1, -1 },
    };
    s.queue = DVB_QUEUE_BYTES;
    s.limit = 250;
    CHECK(&s, bytes);
}

static struct dvb_trace parse(const char *text)
{
    struct dvb_trace t;
    struct dvb_err err = { 0 };
    if (dvb_trace_parse(text, strlen(text), "t", &t, &err))
        fail_msg("%s", err.msg);
    return t;
}

static void mahimahi(void **state)
{
    (void)state;
    struct dvb_trace t = parse("1\n1\n3\n5\n");
    struct dvb_link_settings s = { .trace = &t };
    static const struct put puts[] = {
        { 0, 1504, 1 * MS },      /* the first of two opportunities at 1 ms */
        { 0, 752, 1 * MS },       /* two share the second */
        { 0, 752, 1 * MS },       /* */
        { 1 * MS, 1505, 5 * MS }, /* 1 ms is over; 1504 bytes at 3 ms, the last one at 5 ms */
        { 1 * MS, 1503, 5 * MS }, /* has the rest of that */
        { 1 * MS, 1, 6 * MS },    /* the round begins again: 5 + 1 */
        { 6 * MS, 100, 8 * MS },  /* the second of 6 ms went unused */
        { 34 * MS, 100, 35 * MS }, { 35 * MS, 3009, 38 * MS }, /* 36, 36 and one byte at 38 */
    };
    CHECK(&s, puts);
    s.delay = 10 * MS;
    static const struct put late[] = { { 0, 100, 11 * MS }, { 999999 * MS, 100, 1000010 * MS } };
    CHECK(&s, late);
    dvb_trace_release(&t);
}

/* The packet that is partly through is not in the queue any more. */
static void mahimahi_droptail(void **state)
{
    (void)state;
    struct dvb_trace t = parse("10\n20\n");
    const struct dvb_link_settings s = { .trace = &t, .queue = DVB_QUEUE_PACKETS, .limit = 1 };
    static const struct put puts[] = {
        { 0, 2000, 20 * MS },
        { 1, 100, -1 },
        { 11 * MS, 100, 20 * MS },
        { 11 * MS, 100, -1 },
    };
    CHECK(&s, puts);
    dvb_trace_release(&t);
}

static void rate_trace(void **state)
{
    (void)state;
    struct dvb_trace t = parse("10 8\n11 0\n12 4\n"); /* rounds of 3 s */
    const struct dvb_link_settings s = { .trace = &t };
    static const struct put puts[] = {
        { 0, 1000, 1000 },
        { 999500, 1000, 2001000 },  /* half before the pause, half at half the rate */
        { 1500000, 500, 2002000 },  /* */
        { 2999000, 1000, 3000500 }, /* over the end of the round */
        { 3999999, 1, 4000000 },
        { 4000000, 1, 5000002 },
    };
    CHECK(&s, puts);
    dvb_trace_release(&t);
}

/* A packet that needs millions of rounds costs no more time than another. */
static void slow_traces(void **state)
{
    (void)state;
    struct dvb_trace t = parse("0 0.000001\n0.000001 0\n1 0\n"); /* one microbit in 1.999999 s */
    assert_int_equal(t.length, 1999999);
    const struct dvb_link_settings s = { .trace = &t };
    /* 8 million microbits, the last in its round's first microsecond */
    const struct put puts[] = { { 0, 1, INT64_C(7999999) * 1999999 + 1 } };
    CHECK(&s, puts);
    dvb_trace_release(&t);
}

static void codel_by_the_rfc(void **state)
{
    (void)state;
    struct dvb_codel c = { .target = 5000, .interval = 100000 };
    static const struct {
        int64_t now, sojourn;
        bool dropped;
    } steps[] = {
        { 1000, 6000, false },                           /* above the target from now on */
        { 100999, 6000, false },                         /* not for an interval yet */
        { 101000, 6000, true },                          /* drop_next = 201000 */
        { 101000, 6000, false },                         /* the one after is sent */
        { 200999, 9000, false }, { 201000, 9000, true }, /* count 2 */
        { 201000, 9000, false },                         /* drop_next += 100000 / sqrt(2) */
        { 271710, 9000, false }, { 271711, 9000, true }, /* count 3: += 57735 */
        { 271711, 9000, false }, { 329445, 9000, false },
        { 329446, 9000, true },  { 329446, 4000, false }, /* below: the state ends */
        { 330000, 6000, false }, { 429999, 6000, false },
        { 430000, 6000, true }, /* again, soon after: from count 4 - 1 = 3 */
        { 430000, 6000, false }, { 487734, 6000, false },
        { 487735, 6000, true },
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (dvb_codel_drop(&c, steps[i].now, steps[i].sojourn, 10000, 1500) != steps[i].dropped)
            fail_msg("step %zu", i);
    assert_false(dvb_codel_drop(&c, 900000, 6000, 1500, 1500)); /* one packet's worth is no queue */
}

struct fates {
    int64_t n[8];
};

static void count_fate(void *user, const struct dvb_net_packet *p, enum dvb_net_fate fate)
{
    struct fates *f = user;
    assert_true(p->size > 0);
    f->n[fate]++;
}

/* Twice the rate of the link: CoDel keeps the wait near its target, droptail does not. */
static void codel_on_a_link(void **state)
{
    (void)state;
    struct fates fates = { { 0 } };
    struct dvb_link *l;
    struct dvb_err err;
    const struct dvb_link_settings s = {
        .rate = 8000000, .queue = DVB_QUEUE_CODEL, .user = &fates, .dropped = count_fate
    };
    assert_int_equal(dvb_link_open(&s, &l, &err), 0);
    const int n = 60000;
    struct dvb_net_packet p = { .size = 1000 };
    int64_t at, late = 0, taken = 0;
    for (int i = 0; i < n; i++) { /* 20 s at 1.5 times the rate, then 19 below it */
        p.sent = i < 30000 ? i * INT64_C(667) : 20010000 + (i - 30000) * INT64_C(1100);
        assert_int_equal(dvb_link_put(l, p.sent, &p, &err), 0);
        struct dvb_net_packet out;
        while (dvb_link_take(l, p.sent, &out, &at)) {
            taken++;
            if (out.sent > 50000000)
                late = at - out.sent > late ? at - out.sent : late;
        }
    }
    dvb_link_close(&l);
    assert_true(fates.n[DVB_NET_DROPPED_CODEL] > 5000);
    assert_int_equal(fates.n[DVB_NET_DROPPED_QUEUE], 0);
    assert_int_equal(taken + fates.n[DVB_NET_DROPPED_CODEL] + fates.n[DVB_NET_LOST], n);
    assert_true(late < 10000);
}

static int64_t lose(double loss, double burst, int n, int64_t *runs)
{
    struct dvb_link *l;
    struct dvb_err err;
    const struct dvb_link_settings s = { .loss = loss, .burst = burst, .seed = 3, .label = "x" };
    assert_int_equal(dvb_link_open(&s, &l, &err), 0);
    int64_t lost = 0, at;
    bool before = false;
    *runs = 0;
    for (int i = 0; i < n; i++) {
        struct dvb_net_packet p = { .seq = i, .size = 1 }, out;
        assert_int_equal(dvb_link_put(l, i, &p, &err), 0);
        bool gone = !dvb_link_take(l, i, &out, &at);
        lost += gone;
        *runs += gone && !before;
        before = gone;
    }
    assert_int_equal(dvb_link_get_stats(l)->lost, lost);
    dvb_link_close(&l);
    return lost;
}

/* Shares and mean runs within four standard errors. */
static void loss_models(void **state)
{
    (void)state;
    const int n = 400000;
    int64_t runs, lost = lose(0.1, 0, n, &runs);
    assert_true(fabs((double)lost / n - 0.1) < 4 * sqrt(0.09 / n));
    assert_true(fabs((double)lost / (double)runs - 1 / 0.9) < 0.02);
    lost = lose(0.05, 4, n, &runs);
    assert_true(fabs((double)lost / n - 0.05) < 4 * sqrt(0.05 * 0.95 * 7 / n));
    assert_true(fabs((double)lost / (double)runs - 4) < 4 * sqrt(12.0 / (double)runs));
    assert_int_equal(lose(0, 0, 1000, &runs), 0);
    assert_int_equal(lose(1, 0, 1000, &runs), 1000);
    assert_int_equal(lose(1, 5, 1000, &runs), 1000);
}

/* A lost packet has used the link. */
static void loss_comes_after_the_link(void **state)
{
    (void)state;
    static const struct put puts[] = { { 0, 125, -1 }, { 0, 125, -1 }, { 0, 125, -1 } };
    struct dvb_link_settings s = {
        .rate = 1000000, .loss = 1, .queue = DVB_QUEUE_PACKETS, .limit = 2
    };
    CHECK(&s, puts);
    struct dvb_link *l;
    struct dvb_err err;
    assert_int_equal(dvb_link_open(&s, &l, &err), 0);
    struct dvb_net_packet p = { .size = 125 };
    for (int i = 0; i < 3; i++)
        dvb_link_put(l, 0, &p, &err);
    int64_t at;
    assert_false(dvb_link_take(l, 1000000, &p, &at));
    assert_int_equal(dvb_link_get_stats(l)->lost, 2);
    assert_int_equal(dvb_link_get_stats(l)->dropped_queue, 1);
    dvb_link_close(&l);
}

static void check_jitter(bool reorder)
{
    struct dvb_link *l;
    struct dvb_err err;
    const struct dvb_link_settings s = { .delay = 30000, .jitter = 5000, .reorder = reorder };
    assert_int_equal(dvb_link_open(&s, &l, &err), 0);
    const int n = 20000;
    int64_t at = 0, before = 0, last = -1;
    int swapped = 0;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        struct dvb_net_packet p = { .seq = i, .sent = i * MS, .size = 1 };
        assert_int_equal(dvb_link_put(l, p.sent, &p, &err), 0);
    }
    struct dvb_net_packet p;
    for (int i = 0; i < n; i++) {
        assert_true(dvb_link_take(l, DVB_NET_NEVER, &p, &at));
        assert_true(at >= before && at >= p.sent);
        before = at;
        swapped += p.seq < last;
        last = p.seq > last ? p.seq : last;
        sum += (double)(at - p.sent);
        squares += (double)(at - p.sent) * (double)(at - p.sent);
    }
    assert_int_equal(dvb_link_next(l), DVB_NET_NEVER);
    dvb_link_close(&l);
    double mean = sum / n, sd = sqrt(squares / n - mean * mean);
    if (reorder) {
        assert_true(swapped > n / 10);
        assert_true(fabs(mean - 30000) < 4 * 5000 / sqrt(n) && fabs(sd - 5000) < 150);
    } else {
        assert_int_equal(swapped, 0);
        assert_true(mean > 30000); /* who is caught up with waits */
    }
}

static void jitter(void **state)
{
    (void)state;
    check_jitter(false);
    check_jitter(true);
}

/* What happens depends on the packets' times alone, not on when somebody looks. */
static void looking_changes_nothing(void **state)
{
    (void)state;
    struct dvb_trace t = parse("1\n3\n4\n9\n");
    for (int kind = 0; kind < 2; kind++) {
        const struct dvb_link_settings s = { .trace = kind ? &t : NULL,
                                             .rate = 4000000,
                                             .delay = 5000,
                                             .jitter = 2000,
                                             .loss = 0.1,
                                             .burst = 2,
                                             .queue = DVB_QUEUE_CODEL,
                                             .seed = 9 };
        struct dvb_link *a, *b;
        struct dvb_err err;
        struct dvb_net_packet p, q;
        int64_t at, bt, seen[3000], n = 0;
        assert_int_equal(dvb_link_open(&s, &a, &err), 0);
        assert_int_equal(dvb_link_open(&s, &b, &err), 0);
        for (int64_t i = 0; i < 3000; i++) {
            p = (struct dvb_net_packet){ .seq = i, .size = 600 };
            assert_int_equal(dvb_link_put(a, i * 1100, &p, &err), 0);
            assert_int_equal(dvb_link_put(b, i * 1100, &p, &err), 0);
            while (dvb_link_take(a, i * 1100, &p, &at))
                seen[n++] = p.seq * 100000000 + at;
        }
        while (dvb_link_take(a, DVB_NET_NEVER, &p, &at))
            seen[n++] = p.seq * 100000000 + at;
        for (int64_t i = 0; i < n; i++) {
            assert_true(dvb_link_take(b, DVB_NET_NEVER, &q, &bt));
            assert_int_equal(q.seq * 100000000 + bt, seen[i]);
        }
        assert_false(dvb_link_take(b, DVB_NET_NEVER, &q, &bt));
        assert_true(n > 1000 && n < 3000);
        dvb_link_close(&a);
        dvb_link_close(&b);
    }
    dvb_trace_release(&t);
}

/* A clock that steps back, or to the end of time. */
static void clock_steps(void **state)
{
    (void)state;
    struct dvb_trace t = parse("1\n2\n");
    struct dvb_link *l;
    struct dvb_err err;
    const struct dvb_link_settings s = { .trace = &t, .delay = 1000 };
    assert_int_equal(dvb_link_open(&s, &l, &err), 0);
    struct dvb_net_packet p = { .size = 100 };
    int64_t at;
    assert_int_equal(dvb_link_put(l, 5000, &p, &err), 0);
    assert_int_equal(dvb_link_put(l, -7, &p, &err), 0);
    assert_true(dvb_link_take(l, 7000, &p, &at) && at == 7000);
    assert_true(dvb_link_take(l, 0, &p, &at) && at == 7000);
    assert_int_equal(dvb_link_put(l, INT64_MAX, &p, &err), 0);
    assert_int_equal(dvb_link_put(l, 0, &p, &err), 0);
    dvb_link_take(l, INT64_MAX, &p, &at);
    dvb_link_close(&l);
    dvb_trace_release(&t);
}

static void bad_settings(void **state)
{
    (void)state;
    static const struct dvb_link_settings bad[] = {
        { .rate = -1 },
        { .rate = DVB_TRACE_MAX_BPS + 1 },
        { .delay = -1 },
        { .jitter = INT64_MAX },
        { .loss = -0.1 },
        { .loss = 1.1 },
        { .loss = NAN },
        { .loss = 0.1, .burst = 0.5 },
        { .loss = 0.1, .burst = NAN },
        { .loss = 0.9, .burst = 2 }, /* needs runs of 9 */
        { .queue = DVB_QUEUE_PACKETS },
        { .queue = DVB_QUEUE_BYTES, .limit = -1 },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_link *l = (struct dvb_link *)&l;
        struct dvb_err err = { 0 };
        assert_true(dvb_link_open(&bad[i], &l, &err) < 0);
        assert_null(l);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_rate),
        cmocka_unit_test(no_limit_and_overhead),
        cmocka_unit_test(droptail),
        cmocka_unit_test(mahimahi),
        cmocka_unit_test(mahimahi_droptail),
        cmocka_unit_test(rate_trace),
        cmocka_unit_test(slow_traces),
        cmocka_unit_test(codel_by_the_rfc),
        cmocka_unit_test(codel_on_a_link),
        cmocka_unit_test(loss_models),
        cmocka_unit_test(loss_comes_after_the_link),
        cmocka_unit_test(jitter),
        cmocka_unit_test(looking_changes_nothing),
        cmocka_unit_test(clock_steps),
        cmocka_unit_test(bad_settings),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
