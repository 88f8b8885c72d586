/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams through the relay, there and back; addresses as people type them. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/live/relay.h"

struct world {
    struct dvb_relay *relay;
    pthread_t thread;
    atomic_bool stop;
    int ret, near, far;
    struct dvb_udp_address near_at, far_at;
};

static void *run(void *arg)
{
    struct world *w = arg;
    w->ret = dvb_relay_run(w->relay, INT64_MAX, &w->stop, NULL);
    return NULL;
}

static void open_world(struct world *w, double loss, double back_loss)
{
    struct dvb_relay_route route = { .way = DVB_RELAY_DOWN };
    struct dvb_relay_settings s = { .routes = &route, .n_routes = 1 };
    *w = (struct world){ .ret = -1 };
    assert_int_equal(dvb_udp_parse("0", "test", &route.listen, NULL), 0);
    assert_int_equal(dvb_udp_open(&route.listen, &w->near, &w->near_at, NULL), 0);
    assert_int_equal(dvb_udp_open(&route.listen, &w->far, &w->far_at, NULL), 0);
    route.target = w->far_at;
    s.link[DVB_RELAY_DOWN] =
        (struct dvb_link_settings){ .rate = 8000000, .delay = 1000, .loss = loss };
    s.link[DVB_RELAY_UP] = (struct dvb_link_settings){ .delay = 1000, .loss = back_loss };
    s.link[DVB_RELAY_DOWN].label = s.link[DVB_RELAY_UP].label = "test";
    assert_int_equal(dvb_relay_open(&s, &w->relay, NULL), 0);
    assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
}

static void close_world(struct world *w)
{
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    assert_int_equal(w->ret, 0);
    dvb_relay_close(&w->relay);
    dvb_udp_close(&w->near);
    dvb_udp_close(&w->far);
}

/* The next datagram within seconds; -1: none. */
static long await(int fd, uint8_t *buf, struct dvb_udp_address *from, double seconds)
{
    int64_t until = dvb_live_now() + (int64_t)(seconds * 1e6);
    long n;
    while ((n = dvb_udp_receive(fd, buf, DVB_UDP_MAX, from, NULL)) < 0 && dvb_live_now() < until)
        dvb_live_wait(&fd, 1, until);
    return n;
}

static void test_there_and_back(void **state)
{
    (void)state;
    static uint8_t sent[DVB_UDP_MAX], got[DVB_UDP_MAX];
    static const size_t sizes[] = { 0, 1, 1200, 9000, 60000 };
    struct world w;
    struct dvb_udp_address from;
    struct dvb_relay_stats stats;
    open_world(&w, 0, 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        memset(sent, (int)i + 1, sizeof(sent));
        assert_true(dvb_udp_send(w.near, sent, sizes[i], dvb_relay_address(w.relay, 0)));
        assert_int_equal(await(w.far, got, &from, 20), sizes[i]);
        assert_memory_equal(got, sent, sizes[i]);
        assert_true(dvb_udp_send(w.far, "answer", 6, &from));
        assert_int_equal(await(w.near, got, NULL, 20), 6);
        assert_memory_equal(got, "answer", 6);
    }
    close_world(&w);
    open_world(&w, 1, 0);
    for (int i = 0; i < 5; i++)
        assert_true(dvb_udp_send(w.near, "lost", 4, dvb_relay_address(w.relay, 0)));
    assert_int_equal(await(w.far, got, NULL, 0.3), -1);
    atomic_store(&w.stop, true);
    pthread_join(w.thread, NULL);
    dvb_relay_get_stats(w.relay, DVB_RELAY_DOWN, &stats);
    assert_int_equal(stats.link.packets, 5);
    assert_int_equal(stats.link.lost, 5);
    assert_int_equal(stats.link.delivered, 0);
    dvb_relay_close(&w.relay);
    dvb_udp_close(&w.near);
    dvb_udp_close(&w.far);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        { "5000", "127.0.0.1:5000" },
        { "0", "127.0.0.1:0" },
        { "10.1.2.3:65535", "10.1.2.3:65535" },
        { "[::1]:7", "[::1]:7" },
        { "::1:7", "[::1]:7" },
        { "", NULL },
        { "65536", NULL },
        { "-1", NULL },
        { "localhost:5000", NULL },
        { "127.0.0.1", NULL },
        { "127.0.0.1:", NULL },
        { ":5000", NULL },
        { "1.2.3.4.5:6", NULL },
        { "5000 ", NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dvb_udp_address a;
        struct dvb_err err;
        char text[DVB_UDP_TEXT];
        int ret = dvb_udp_parse(rows[i].text, "--to", &a, &err);
        assert_int_equal(ret, rows[i].want ? 0 : -EINVAL);
        if (ret) {
            assert_int_equal(err.fault, DVB_FAULT_USAGE);
            continue;
        }
        dvb_udp_format(&a, text);
        assert_string_equal(text, rows[i].want);
    }
}

/* A port that is taken is named. */
static void test_taken(void **state)
{
    (void)state;
    struct dvb_udp_address a, bound, again;
    struct dvb_err err;
    int one, two;
    assert_int_equal(dvb_udp_parse("0", "test", &a, NULL), 0);
    assert_int_equal(dvb_udp_open(&a, &one, &bound, &err), 0);
    assert_true(dvb_udp_port(&bound) > 0);
    assert_int_equal(dvb_udp_open(&bound, &two, &again, &err), -EADDRINUSE);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_int_equal(two, -1);
    char text[DVB_UDP_TEXT];
    dvb_udp_format(&bound, text);
    assert_non_null(strstr(err.msg, text));
    dvb_udp_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
