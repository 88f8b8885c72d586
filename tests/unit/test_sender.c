/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/network/packetize.h"
#include "eval/network/sender.h"

#define MS INT64_C(1000)
#define RATES(bps)                                                                                 \
    {                                                                                              \
        .start = (bps), .min = (bps), .max = (bps)                                                 \
    }

static void fragments(void **state)
{
    (void)state;
    static const struct {
        uint32_t size, max, n, largest, smallest; /* largest and smallest with FU-A's two bytes */
    } cases[] = {
        { 1, 1186, 1, 1, 1 },           { 1186, 1186, 1, 1186, 1186 }, { 1187, 1186, 2, 595, 595 },
        { 1188, 1186, 2, 596, 595 },    { 2369, 1186, 2, 1186, 1186 }, { 2370, 1186, 3, 792, 791 },
        { 10000, 1186, 9, 1113, 1113 }, { 5000, 16, 358, 16, 15 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint32_t n = dvb_packetize_count(cases[i].size, cases[i].max), at = n > 1, large = 0,
                 small = UINT32_MAX;
        assert_int_equal(n, cases[i].n);
        for (uint32_t j = 0; j < n; j++) {
            struct dvb_net_part p = dvb_packetize_part(7, cases[i].size, cases[i].max, j);
            uint32_t bytes = dvb_packetize_bytes(&p);
            assert_true(p.nal == 7 && p.offset == at && p.fu == (n > 1));
            assert_true(p.start == (n > 1 && j == 0) && p.end == (n > 1 && j == n - 1));
            at += p.len;
            large = bytes > large ? bytes : large;
            small = bytes < small ? bytes : small;
        }
        assert_int_equal(at, cases[i].size); /* every byte once; FU-A: but for the NAL header */
        assert_int_equal(large, cases[i].largest);
        assert_int_equal(small, cases[i].smallest);
        assert_true(large - small <= 1 && large <= cases[i].max);
    }
    assert_int_equal(dvb_packetize_count(0, 1186), 0);
}

static struct dvb_sender *open_sender(const struct dvb_sender_settings *s)
{
    struct dvb_sender *d;
    struct dvb_err err = { 0 };
    if (dvb_sender_open(s, &d, &err))
        fail_msg("%s", err.msg);
    return d;
}

static void put_frame(struct dvb_sender *d, int64_t now, int64_t id, uint32_t size)
{
    struct dvb_err err = { 0 };
    const struct dvb_net_frame f = { .id = id, .nals = &size, .n_nals = 1, .payload = (void *)"x" };
    if (dvb_sender_frame(d, now, &f, &err))
        fail_msg("%s", err.msg);
}

static void nack(struct dvb_sender *d, int64_t now, int64_t seq)
{
    const struct dvb_net_control c = { .kind = DVB_NET_NACK, .n = 1, .seqs = &seq };
    dvb_sender_control(d, now, &c);
}

static struct dvb_net_packet next_packet(struct dvb_sender *d, int64_t *at)
{
    struct dvb_net_packet p;
    *at = dvb_sender_next(d);
    assert_true(*at != DVB_NET_NEVER);
    assert_true(dvb_sender_poll(d, *at, &p));
    assert_int_equal(p.sent, *at);
    return p;
}

/* 1 Mbps times 2.5: 1200 bytes each 3840 us. */
static void pacer(void **state)
{
    (void)state;
    struct dvb_sender *d = open_sender(
        &(struct dvb_sender_settings){ .rates = RATES(1000000), .ssrc = { 1, 2, 3, 4 } });
    int64_t at;
    put_frame(d, 5000, 10, 1 + 3 * 1186); /* three parts of 1186 + 2 bytes, and a header of 12 */
    for (int i = 0; i < 3; i++) {
        struct dvb_net_packet p = next_packet(d, &at), none;
        assert_int_equal(at, 5000 + 3840 * i);
        assert_true(p.seq == i && p.wire == i && p.tseq == i && p.frame == 10 && p.size == 1200);
        assert_true(p.first == (i == 0) && p.marker == (i == 2) && p.kind == DVB_NET_VIDEO);
        assert_int_equal(p.ssrc, 3);
        assert_false(dvb_sender_poll(d, at + 3839, &none));
    }
    assert_int_equal(dvb_sender_next(d), DVB_NET_NEVER);
    put_frame(d, 1000000, 11, 100); /* time without packets is not made up for */
    put_frame(d, 1000000, 12, 1188);
    next_packet(d, &at);
    assert_int_equal(at, 1000000);
    next_packet(d, &at);
    assert_int_equal(at, 1000000 + 358); /* 112 bytes */
    dvb_sender_close(&d);
}

static void priorities(void **state)
{
    (void)state;
    struct dvb_err err;
    struct dvb_sender *d = open_sender(&(struct dvb_sender_settings){
        .rates = RATES(1000000), .retransmit = true, .ssrc = { 1, 2, 3, 4 } });
    int64_t at;
    put_frame(d, 0, 0, 1186);
    next_packet(d, &at);
    put_frame(d, 100 * MS, 1, 1186);
    dvb_sender_extra(d, 100 * MS, DVB_NET_PADDING, 200, &err);
    nack(d, 100 * MS, 0);
    dvb_sender_extra(d, 100 * MS, DVB_NET_AUDIO, 100, &err);
    static const enum dvb_net_kind order[] = { DVB_NET_AUDIO, DVB_NET_RTX, DVB_NET_VIDEO,
                                               DVB_NET_PADDING };
    for (int i = 0; i < 4; i++) {
        struct dvb_net_packet p = next_packet(d, &at);
        assert_int_equal(p.kind, order[i]);
        assert_int_equal(p.ssrc, order[i] + 1);
        if (p.kind == DVB_NET_RTX)
            assert_true(p.seq == 0 && p.wire == 0 && p.size == 1200 && p.first && p.marker);
    }
    assert_true(dvb_sender_extra(d, 0, DVB_NET_VIDEO, 100, &err) < 0);
    assert_true(dvb_sender_extra(d, 0, DVB_NET_AUDIO, 1, &err) < 0);
    dvb_sender_close(&d);
}

/* The round trip time is 100 ms as long as there was no feedback. */
static void retransmission(void **state)
{
    (void)state;
    struct dvb_sender *d = open_sender(
        &(struct dvb_sender_settings){ .rates = RATES(10000000), .retransmit = true });
    const struct dvb_sender_stats *stats = dvb_sender_get_stats(d);
    struct dvb_net_packet p;
    int64_t at;
    put_frame(d, 0, 0, 1000);
    nack(d, 0, 0); /* not even sent */
    next_packet(d, &at);
    nack(d, 10 * MS, 0);
    nack(d, 10 * MS, 0); /* waits already */
    next_packet(d, &at);
    nack(d, 109 * MS, 0); /* within a round trip */
    assert_false(dvb_sender_poll(d, 109 * MS, &p));
    nack(d, 110 * MS, 0);
    assert_true(dvb_sender_poll(d, 110 * MS, &p) && p.kind == DVB_NET_RTX && p.wire == 1);
    assert_int_equal(stats->unknown, 1);
    nack(d, 1000 * MS, 0); /* a second old, not older */
    assert_true(dvb_sender_poll(d, 1000 * MS, &p));
    dvb_sender_poll(d, 1001 * MS, &p);
    nack(d, 1200 * MS, 0);
    nack(d, 1200 * MS, -5);
    nack(d, 1200 * MS, 77);
    assert_false(dvb_sender_poll(d, 1200 * MS, &p));
    assert_int_equal(stats->unknown, 4);
    assert_int_equal(stats->packets[DVB_NET_RTX], 3);
    dvb_sender_close(&d);
}

static void copies(void **state)
{
    (void)state;
    struct dvb_sender *d = open_sender(
        &(struct dvb_sender_settings){ .rates = RATES(1000000), .copies = 2 });
    int64_t at;
    put_frame(d, 0, 0, 2000);
    for (int i = 0; i < 4; i++) {
        struct dvb_net_packet p = next_packet(d, &at);
        assert_true(p.seq == i % 2 && p.tseq == i && p.kind == DVB_NET_VIDEO);
    }
    assert_int_equal(dvb_sender_next(d), DVB_NET_NEVER);
    dvb_sender_close(&d);
}

static void count_release(void *user, void *payload)
{
    assert_string_equal(payload, "x");
    ++*(int *)user;
}

static void payloads(void **state)
{
    (void)state;
    int released = 0;
    struct dvb_sender *d = open_sender(&(struct dvb_sender_settings){
        .rates = RATES(1000000), .copies = 3, .user = &released, .release = count_release });
    struct dvb_net_packet p;
    put_frame(d, 0, 0, 2000);
    put_frame(d, 0, 1, 2000);
    for (int64_t at; (at = dvb_sender_next(d)) != DVB_NET_NEVER;)
        assert_true(dvb_sender_poll(d, at, &p));
    assert_int_equal(released, 0);
    assert_false(dvb_sender_poll(d, 1000 * MS, &p));
    assert_int_equal(released, 0);
    assert_false(dvb_sender_poll(d, 1010 * MS, &p)); /* the first frame's last copy is older now */
    assert_int_equal(released, 1);
    put_frame(d, 1010 * MS, 2, 500);
    dvb_sender_close(&d);
    assert_int_equal(released, 3);
}

static void feedback(void **state)
{
    (void)state;
    struct dvb_sender *d = open_sender(&(struct dvb_sender_settings){ .rates = RATES(10000000) });
    struct dvb_net_packet p;
    for (int i = 0; i < 10; i++)
        put_frame(d, i * MS, i, 100);
    while (dvb_sender_poll(d, 10 * MS, &p))
        ;
    double loss;
    assert_int_equal(dvb_sender_loss(d, &loss), 0);
    assert_int_equal(dvb_sender_rtt(d), 100 * MS);
    static const struct dvb_net_arrival heard[] = {
        { -1, 0 },  { 0, 500 }, { 1, 600 }, { 4, 700 },
        { 3, 700 }, { 4, 700 }, { 6, -3 },  { 99, 800 },
    };
    struct dvb_net_control c = {
        .kind = DVB_NET_FEEDBACK, .n = 8, .arrivals = heard, .held = 5 * MS
    };
    dvb_sender_control(d, 75 * MS, &c);
    assert_int_equal(dvb_sender_loss(d, &loss), 5); /* 0, 1, 4 arrived; 2, 3 did not */
    assert_true(loss == 0.4);
    assert_true(dvb_sender_rtt(d) > 59 * MS && dvb_sender_rtt(d) <= 70 * MS);
    dvb_sender_control(d, 80 * MS, &c); /* told twice */
    assert_int_equal(dvb_sender_loss(d, &loss), 5);
    assert_false(dvb_sender_key_wanted(d));
    c = (struct dvb_net_control){ .kind = DVB_NET_PLI };
    dvb_sender_control(d, 80 * MS, &c);
    assert_true(dvb_sender_key_wanted(d));
    assert_false(dvb_sender_key_wanted(d));
    dvb_sender_close(&d);
}

static void refusals(void **state)
{
    (void)state;
    static const struct dvb_sender_settings bad[] = {
        { .rates = RATES(0) },
        { .rates = { 1000, 2000, 3000 } },
        { .rates = { 1000, 1000, 500 } },
        { .rates = RATES(1000), .pace = -1 },
        { .rates = RATES(1000), .max_packet = 20 },
        { .rates = RATES(1000), .max_packet = 70000 },
        { .rates = RATES(1000), .copies = 101 },
    };
    struct dvb_err err;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_sender *d = (struct dvb_sender *)&d;
        assert_true(dvb_sender_open(&bad[i], &d, &err) < 0);
        assert_null(d);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
    }
    struct dvb_sender *d = open_sender(
        &(struct dvb_sender_settings){ .rates = RATES(1000), .max_queue = 3 });
    static const uint32_t none = 0, huge = DVB_NET_NAL_MAX + 1, four = 4000, one = 1;
    const struct {
        int64_t id;
        const uint32_t *nals;
        size_t n;
    } frames[] = { { -1, &one, 1 }, { 1, &none, 1 },        { 1, &huge, 1 },
                   { 1, &one, 0 },  { INT64_MAX, &one, 1 }, { 1, &four, 1 } };
    for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
        const struct dvb_net_frame f = { .id = frames[i].id,
                                         .nals = frames[i].nals,
                                         .n_nals = frames[i].n };
        assert_true(dvb_sender_frame(d, 0, &f, &err) < 0);
        assert_int_equal(dvb_sender_next(d), DVB_NET_NEVER);
    }
    put_frame(d, 0, 5, 1);
    const struct dvb_net_frame again = { .id = 5, .nals = &one, .n_nals = 1 };
    assert_true(dvb_sender_frame(d, 0, &again, &err) < 0);
    dvb_sender_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments),      cmocka_unit_test(pacer),    cmocka_unit_test(priorities),
        cmocka_unit_test(retransmission), cmocka_unit_test(copies),   cmocka_unit_test(payloads),
        cmocka_unit_test(feedback),       cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
