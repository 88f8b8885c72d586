/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live calls against simulated ones: the same settings, the same core, another clock.
 *
 * A simulated call's mean and p95 depend on which packets are lost; the range of 40 seeds
 * says how much. A live call must come to lie within that range, widened for what a real
 * clock costs: 5 to 10 wake-ups on a frame's way, and a queue that is longer when one frame
 * is late and the next is not. That is 15 ms, and 10 times what a thread that does nothing
 * but sleep beside the calls sleeps too long, on average for the mean and at the 95th
 * percentile for p95: 0.1 ms in all where real-time priority is allowed, or the machine is
 * quiet. The link's share is made large beside that: 60 ms of delay and 40 of pacing and
 * serialising. Of three calls the median is taken, so that one hiccup of the machine does
 * not count, while what is wrong with the path itself shows in all three.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "eval/live/live.h"
#include "eval/network/metrics.h"

enum { SEEDS = 40, CALLS = 3 };
#define TOLERANCE_MS 15.0

static struct dvb_sim_settings settings(double loss, uint64_t seed)
{
    return (struct dvb_sim_settings){
        .seed = seed,
        .link = { .rate = 2000000, .delay = 60000, .loss = loss, .overhead = 28 },
        .sender = { .cc = &dvb_cc_fixed,
                    .rates = { 1500000, 1500000, 1500000 },
                    .retransmit = true,
                    .header = DVB_LIVE_HEADER },
        .receiver = { .nack = true, .feedback = 50000, .pli = true },
        .fps = 20,
        .duration = 2 * DVB_NET_SECOND,
    };
}

struct value {
    double mean, p95;
};

static struct value measure(const struct dvb_sim_result *r, int64_t duration)
{
    struct dvb_metrics m;
    struct dvb_err err;
    assert_int_equal(dvb_metrics_take(r, r, 2, duration, false, &m, &err), 0);
    assert_int_equal(m.frames, 40);
    return (struct value){ m.complete.mean, m.complete.p95 };
}

struct call {
    struct dvb_live_settings s;
    struct dvb_sim_result result;
    struct dvb_live_report report;
    struct dvb_err err;
    int ret;
};

static void make_call(struct call *c)
{
    c->ret = dvb_live_run(&c->s, &c->result, &c->report, &c->err);
}

/* Sleeps 5 ms at a time, as the parts of a call do, and notes by how much it was too long. */
struct probe {
    pthread_t thread;
    atomic_bool stop;
    double ms[20000];
    size_t n;
};

static void *sleep_often(void *arg)
{
    struct probe *p = arg;
    const struct timespec nap = { .tv_nsec = 5000000 };
    dvb_live_hurry();
    while (!atomic_load(&p->stop) && p->n < sizeof(p->ms) / sizeof(*p->ms)) {
        int64_t due = dvb_live_now() + 5000;
        nanosleep(&nap, NULL);
        p->ms[p->n++] = (double)(dvb_live_now() - due) / 1e3;
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What the clock cost, in milliseconds. */
static struct value probe_end(struct probe *p)
{
    struct value v = { 0 };
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    qsort(p->ms, p->n, sizeof(*p->ms), by_value);
    for (size_t i = 0; i < p->n; i++)
        v.mean += p->ms[i] / (double)p->n;
    v.p95 = dvb_metrics_quantile(p->ms, p->n, 0.95);
    return v;
}

static double median_of_3(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

static void widen(double v, double *low, double *high)
{
    *low = v < *low ? v : *low;
    *high = v > *high ? v : *high;
}

static void check_range(const char *what, double v, double low, double high, double late)
{
    double tolerance = TOLERANCE_MS + 10 * late;
    print_message("%s: live %.1f ms, simulated %.1f to %.1f ms, sleeps %.2f ms too long\n", what, v,
                  low, high, late);
    assert_true(v >= low - tolerance && v <= high + tolerance);
}

static void agree(double loss)
{
    static atomic_bool stop;
    struct call calls[CALLS];
    struct value live[CALLS];
    double low[2] = { 1e9, 1e9 }, high[2] = { 0, 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct dvb_sim_settings s = settings(loss, seed);
        struct dvb_sim_result r;
        assert_int_equal(dvb_sim_run(&s, &r, NULL), 0);
        struct value v = measure(&r, s.duration);
        widen(v.mean, &low[0], &high[0]);
        widen(v.p95, &low[1], &high[1]);
        dvb_sim_release(&r);
    }
    static struct probe probe;
    probe.n = 0;
    atomic_store(&probe.stop, false);
    assert_int_equal(pthread_create(&probe.thread, NULL, sleep_often, &probe), 0);
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (struct call){ .s = { .call = settings(loss, 100 + (uint64_t)i),
                                         .stop = &stop } };
        make_call(&calls[i]);
    }
    struct value late = probe_end(&probe);
    for (int i = 0; i < CALLS; i++) {
        const struct dvb_receiver_stats *st = &calls[i].result.receiver;
        assert_int_equal(calls[i].ret, 0);
        live[i] = measure(&calls[i].result, calls[i].s.call.duration);
        assert_int_equal(calls[i].report.unreadable, 0);
        if (loss > 0)
            assert_true(st->gaps > 0 && st->recovered > 0 && calls[i].report.retransmitted > 0);
        else
            assert_true(!st->gaps && !calls[i].result.link.lost);
        dvb_sim_release(&calls[i].result);
    }
    check_range("mean", median_of_3(live[0].mean, live[1].mean, live[2].mean), low[0], high[0],
                late.mean);
    check_range("p95", median_of_3(live[0].p95, live[1].p95, live[2].p95), low[1], high[1],
                late.p95);
}

static void test_agree(void **state)
{
    (void)state;
    agree(0);
}

static void test_agree_with_loss(void **state)
{
    (void)state;
    agree(0.05);
}

static void test_refusals(void **state)
{
    (void)state;
    static const atomic_bool stop;
    struct dvb_live_settings s = { .call = settings(0, 1), .stop = &stop };
    struct dvb_sim_result r;
    struct dvb_live_report report;
    struct dvb_err err;
    s.call.fps = 0;
    assert_int_equal(dvb_live_run(&s, &r, &report, &err), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    s.call.fps = 20;
    s.call.duration = 0;
    assert_int_equal(dvb_live_run(&s, &r, &report, &err), -EINVAL);
    s.call.duration = 1000;
    s.video = "no/such/file.mp4";
    assert_int_equal(dvb_live_run(&s, &r, &report, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "no/such/file.mp4"));
    s.video = NULL;
    s.call.link.loss = 2;
    assert_int_equal(dvb_live_run(&s, &r, &report, &err), -EINVAL);
    assert_null(r.frames);
}

/* A stop flag that is set ends a call at once. */
static void test_stop(void **state)
{
    (void)state;
    atomic_bool stop = true;
    struct dvb_live_settings s = { .call = settings(0, 1), .stop = &stop };
    struct dvb_sim_result r;
    struct dvb_live_report report;
    struct dvb_err err;
    s.call.duration = 1000 * DVB_NET_SECOND;
    assert_int_equal(dvb_live_run(&s, &r, &report, &err), 0);
    assert_true(report.stopped);
    dvb_sim_release(&r);
}

/* Frames of two ends, some of which never came. */
static void test_join(void **state)
{
    (void)state;
    struct dvb_live_frames sent = { 0 }, received = { 0 };
    struct dvb_sim_result r = { 0 };
    for (uint32_t i = 0; i < 5; i++)
        dvb_live_frames_add(&sent, 0xfffff000U + i * 3000)->sent = 1000 + i * 100;
    dvb_live_frames_add(&received, 0xfffff000U + 2 * 3000)->complete = 1250;
    struct dvb_live_frame *f = dvb_live_frames_add(&received, 0xfffff000U);
    f->complete = 1050;
    f->decodable = 1060;
    dvb_live_frames_add(&received, 7)->complete = 1; /* of nobody */
    dvb_live_join(&sent, &received, 1000, 400, &r);
    assert_int_equal(r.n, 4);
    assert_int_equal(r.frames[0].captured, 0);
    assert_int_equal(r.frames[0].complete, 50);
    assert_int_equal(r.frames[0].decodable, 60);
    assert_true(r.frames[1].complete == DVB_NET_NEVER);
    assert_int_equal(r.frames[2].complete, 250);
    assert_true(r.frames[2].decodable == DVB_NET_NEVER);
    dvb_sim_release(&r);
    dvb_live_frames_release(&sent);
    dvb_live_frames_release(&received);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree),    cmocka_unit_test(test_agree_with_loss),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
