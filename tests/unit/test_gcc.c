/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "eval/network/loss.h"
#include "eval/network/sim.h"
#include "eval/network/trendline.h"

#define MS INT64_C(1000)

/* Groups of two packets every 10 ms, each group `drift` us later than the one before. */
static enum dvb_trend_usage drift_for(struct dvb_trendline *t, int groups, int64_t *sent,
                                      int64_t *delay, int64_t drift)
{
    enum dvb_trend_usage worst = DVB_TREND_NORMAL;
    for (int i = 0; i < groups; i++) {
        *sent += 10 * MS;
        *delay += drift;
        dvb_trendline_packet(t, *sent, *sent + *delay);
        dvb_trendline_packet(t, *sent + MS, *sent + MS + *delay);
        worst = t->usage ? t->usage : worst;
    }
    return worst;
}

static void trendline(void **state)
{
    (void)state;
    struct dvb_trendline t;
    dvb_trendline_init(&t);
    int64_t sent = 0, delay = 500 * MS; /* the receiver's clock is another */
    assert_int_equal(drift_for(&t, 100, &sent, &delay, 0), DVB_TREND_NORMAL);
    assert_true(t.threshold == 6); /* adapts down to its least */
    assert_int_equal(drift_for(&t, 100, &sent, &delay, 2), DVB_TREND_NORMAL);
    assert_int_equal(drift_for(&t, 30, &sent, &delay, 1000), DVB_TREND_OVER);
    assert_true(fabs(t.trend - 0.1) < 0.03); /* 1 ms of each 10 */
    assert_int_equal(drift_for(&t, 60, &sent, &delay, -400), DVB_TREND_UNDER);
    assert_int_equal(drift_for(&t, 200, &sent, &delay, 0), DVB_TREND_UNDER); /* on its way back */
    assert_int_equal(t.usage, DVB_TREND_NORMAL);
}

/* A burst on the link (many packets at once after a pause) is one group, not a queue. */
static void bursts(void **state)
{
    (void)state;
    struct dvb_trendline t;
    dvb_trendline_init(&t);
    for (int64_t sent = 0; sent < 20000 * MS; sent += 10 * MS)
        dvb_trendline_packet(&t, sent, (sent / (50 * MS) + 1) * 50 * MS);
    assert_int_equal(t.usage, DVB_TREND_NORMAL);
}

static void loss_window(void **state)
{
    (void)state;
    struct dvb_loss_window w;
    double share;
    dvb_loss_init(&w, 3200);
    assert_int_equal(dvb_loss_get(&w, &share), 0);
    dvb_loss_add(&w, 0, 1, 10);
    dvb_loss_add(&w, 3100, 3, 10);
    assert_int_equal(dvb_loss_get(&w, &share), 20);
    assert_true(share == 0.2);
    dvb_loss_add(&w, 3200, 0, 10); /* the first is out of the window */
    assert_int_equal(dvb_loss_get(&w, &share), 20);
    assert_true(share == 0.15);
    dvb_loss_add(&w, 10, 10, 10); /* too late to count */
    assert_int_equal(dvb_loss_get(&w, &share), 20);
    dvb_loss_add(&w, 1000000, 1, 4);
    assert_int_equal(dvb_loss_get(&w, &share), 4);
}

struct outcome {
    double rate, p95_ms; /* over the second half */
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct outcome call(int64_t link, double loss, int64_t start)
{
    const struct dvb_sim_settings s = {
        .seed = 1,
        .link = { .rate = link, .delay = 30 * MS, .loss = loss },
        .sender = { .cc = &dvb_cc_gcc, .rates = { start, 50000, 30000000 }, .retransmit = true },
        .receiver = { .nack = true, .feedback = 50 * MS },
        .model = { .cv = 0.2 },
        .fps = 30,
        .duration = 60 * DVB_NET_SECOND
    };
    struct dvb_sim_result r;
    struct dvb_err err = { 0 };
    if (dvb_sim_run(&s, &r, &err))
        fail_msg("%s", err.msg);
    double *ms = malloc(r.n * sizeof(*ms)), rate = 0;
    size_t n = 0;
    for (size_t i = r.n / 2; i < r.n; i++) {
        rate += (double)r.frames[i].rate;
        if (r.frames[i].complete != DVB_NET_NEVER)
            ms[n++] = (double)(r.frames[i].complete - r.frames[i].captured) / 1e3;
    }
    qsort(ms, n, sizeof(*ms), by_value);
    size_t rank = n * 95 / 100;
    size_t second_half = r.n - r.n / 2;
    struct outcome o = { rate / (double)second_half, ms[rank] };
    free(ms);
    dvb_sim_release(&r);
    return o;
}

/* Fills a link without filling its (infinite) queue, from below and from far above. */
static void finds_the_rate(void **state)
{
    (void)state;
    static const int64_t starts[] = { 300000, 2000000, 10000000 };
    for (int i = 0; i < 3; i++) {
        struct outcome o = call(3000000, 0, starts[i]);
        print_message("3 Mbps, from %.1f: %.2f Mbps, p95 %.0f ms\n", (double)starts[i] / 1e6,
                      o.rate / 1e6, o.p95_ms);
        assert_true(o.rate > 1.5e6 && o.rate < 3.3e6);
        assert_true(o.p95_ms < 400);
    }
}

/* Little loss is no congestion, much is. */
static void follows_loss(void **state)
{
    (void)state;
    double none = call(3000000, 0, 1000000).rate, little = call(3000000, 0.01, 1000000).rate;
    double some = call(3000000, 0.06, 1000000).rate, much = call(3000000, 0.25, 1000000).rate;
    print_message("loss 0, 1, 6, 25%%: %.2f, %.2f, %.2f, %.2f Mbps\n", none / 1e6, little / 1e6,
                  some / 1e6, much / 1e6);
    assert_true(little > 0.7 * none);
    assert_true(some < none); /* held about where it was */
    assert_true(much < 200000);
}

static void fixed_is_fixed(void **state)
{
    (void)state;
    int64_t cc;
    assert_int_equal(dvb_cc_fixed.state_size, sizeof(cc));
    const struct dvb_cc_settings s = { .start = 7, .min = 1, .max = 9 };
    const struct dvb_cc_packet lost = { .arrived = DVB_NET_NEVER };
    dvb_cc_fixed.init(&cc, &s);
    dvb_cc_fixed.feedback(&cc, 5, &lost, 1, 5);
    assert_int_equal(dvb_cc_fixed.rate(&cc), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trendline),    cmocka_unit_test(bursts),
        cmocka_unit_test(loss_window),  cmocka_unit_test(finds_the_rate),
        cmocka_unit_test(follows_loss), cmocka_unit_test(fixed_is_fixed),
    };
    return cmocka_run_group_tests_name("gcc", tests, NULL, NULL);
}
