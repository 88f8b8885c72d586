/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/network/receiver.h"

#define MS INT64_C(1000)

static struct dvb_receiver *open_receiver(const struct dvb_receiver_settings *s)
{
    struct dvb_receiver *r;
    struct dvb_err err = { 0 };
    if (dvb_receiver_open(s, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

/* Frames of three packets: seq / 3. Flags: f first, m marker, k key, r retransmission. */
static void put(struct dvb_receiver *r, int64_t now, int64_t seq, const char *flags)
{
    const struct dvb_net_packet p = { .seq = seq,
                                      .frame = seq / 3,
                                      .tseq = seq,
                                      .size = 100,
                                      .kind = strchr(flags, 'r') ? DVB_NET_RTX : DVB_NET_VIDEO,
                                      .first = strchr(flags, 'f'),
                                      .marker = strchr(flags, 'm'),
                                      .key = strchr(flags, 'k') };
    dvb_receiver_packet(r, now, &p);
}

/* "C0 D0 C1 ": what happened to which frame. */
static void expect(struct dvb_receiver *r, const char *want)
{
    char got[400] = "";
    struct dvb_frame_event e;
    while (dvb_receiver_frame(r, &e))
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%c%lld ",
                 e.state == DVB_FRAME_COMPLETE ? 'C' : 'D', (long long)e.frame);
    assert_string_equal(got, want);
}

static size_t asked(struct dvb_receiver *r, int64_t now, int64_t *first)
{
    struct dvb_net_control c;
    if (!dvb_receiver_poll(r, now, &c) || c.kind != DVB_NET_NACK)
        return 0;
    *first = c.seqs[0];
    return c.n;
}

static void nacks(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(
        &(struct dvb_receiver_settings){ .nack = true, .retries = 3, .rtt = 50 * MS });
    const struct dvb_receiver_stats *stats = dvb_receiver_get_stats(r);
    int64_t seq = -1;
    put(r, 0, 0, "fk");
    assert_int_equal(dvb_receiver_next(r), DVB_NET_NEVER);
    put(r, 10 * MS, 3, "f"); /* 1 and 2 are missing */
    assert_int_equal(dvb_receiver_next(r), 10 * MS);
    assert_int_equal(asked(r, 10 * MS, &seq), 2);
    assert_int_equal(seq, 1);
    assert_int_equal(asked(r, 10 * MS, &seq), 0);
    assert_int_equal(dvb_receiver_next(r), 30 * MS); /* ticks of 20 ms */
    assert_int_equal(asked(r, 30 * MS, &seq), 0);
    assert_int_equal(asked(r, 50 * MS, &seq), 0);
    put(r, 55 * MS, 1, "r");
    assert_int_equal(asked(r, 70 * MS, &seq), 1); /* the first tick after the RTT */
    assert_int_equal(seq, 2);
    assert_int_equal(asked(r, 90 * MS, &seq), 0);
    put(r, 100 * MS, 5, "m"); /* a new gap does not ask for the old one too */
    assert_int_equal(asked(r, 100 * MS, &seq), 1);
    assert_int_equal(seq, 4);
    assert_int_equal(asked(r, 120 * MS, &seq), 1); /* 2: for the third and last time */
    assert_int_equal(seq, 2);
    assert_int_equal(stats->given_up, 1);
    assert_int_equal(stats->nacks, 5);
    assert_int_equal(stats->gaps, 3);
    assert_int_equal(stats->recovered, 1);
    put(r, 130 * MS, 4, "r");
    assert_int_equal(dvb_receiver_next(r), DVB_NET_NEVER);
    expect(r, "C1 ");
    put(r, 140 * MS, 2, "rm"); /* later than hoped, but there */
    expect(r, "C0 D0 D1 ");
    dvb_receiver_close(&r);
}

static void complete_is_not_decodable(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(&(struct dvb_receiver_settings){ .pli = true });
    struct dvb_net_control c;
    static const char *const flags[] = { "f", "", "m" };
    for (int64_t seq = 0; seq < 15; seq++)
        if (seq != 4 && seq != 14)
            put(r, seq * MS, seq, seq == 9 ? "fk" : flags[seq % 3]);
    expect(r, "C0 C2 C3 D3 "); /* 0 is no key frame; 1 has a hole; 3 is one; 4 lacks its end */
    assert_true(dvb_receiver_poll(r, 15 * MS, &c) && c.kind == DVB_NET_PLI);
    put(r, 20 * MS, 14, "m");
    expect(r, "C4 D4 ");
    put(r, 21 * MS, 4, "");
    expect(r, "C1 "); /* what it refers to cannot be decoded */
    dvb_receiver_close(&r);
}

/* Without the flag, the packet before tells where a frame begins; without the marker, the one
   after where it ends. */
static void borders_without_flags(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(&(struct dvb_receiver_settings){ .nack = false });
    for (int64_t seq = 0; seq < 8; seq++)
        put(r, seq, seq, seq == 0 ? "fk" : seq < 3 ? "k" : "");
    expect(r, "C0 D0 C1 D1 ");
    put(r, 10, 9, "");
    expect(r, "");
    put(r, 10, 8, ""); /* its neighbours end frame 2 and begin 3 */
    expect(r, "C2 D2 ");
    put(r, 11, 11, "m");
    put(r, 11, 10, "");
    expect(r, "C3 D3 ");
    struct dvb_receiver *late = open_receiver(&(struct dvb_receiver_settings){ .nack = false });
    put(late, 0, 1, "k"); /* joined in the middle: nobody knows whether 0 belongs to it */
    put(late, 0, 2, "m");
    expect(late, "");
    put(late, 0, 0, "fk");
    expect(late, "C0 D0 ");
    dvb_receiver_close(&late);
    dvb_receiver_close(&r);
}

static void too_large_a_gap(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(
        &(struct dvb_receiver_settings){ .nack = true, .pli = true });
    struct dvb_net_control c;
    put(r, 0, 0, "fk");
    put(r, 0, 1001, ""); /* a thousand are missing */
    assert_true(dvb_receiver_poll(r, 0, &c) && c.kind == DVB_NET_NACK && c.n == 1000);
    put(r, 0, 1003, "");
    assert_true(dvb_receiver_poll(r, 0, &c) && c.kind == DVB_NET_PLI);
    assert_false(dvb_receiver_poll(r, 0, &c));
    assert_int_equal(dvb_receiver_get_stats(r)->given_up, 1001);
    put(r, 1, 5000000, "");
    assert_false(dvb_receiver_poll(r, 99 * MS, &c)); /* a request each round trip */
    assert_int_equal(dvb_receiver_next(r), 100 * MS);
    assert_true(dvb_receiver_poll(r, 100 * MS, &c) && c.kind == DVB_NET_PLI);
    dvb_receiver_close(&r);
}

/* 10,000 packets later nobody asks any more. */
static void old_gaps(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(
        &(struct dvb_receiver_settings){ .nack = true, .retries = 100000 });
    struct dvb_net_control c;
    put(r, 0, 0, "");
    for (int64_t seq = 2; seq <= 10001; seq++)
        put(r, seq, seq, "");
    put(r, 10003, 10003, ""); /* a look at the list comes with the next gap */
    assert_true(dvb_receiver_poll(r, 200 * MS, &c));
    assert_true(c.n == 1 && c.seqs[0] == 10002);
    assert_int_equal(dvb_receiver_get_stats(r)->given_up, 1);
    dvb_receiver_close(&r);
}

static void feedback(void **state)
{
    (void)state;
    struct dvb_receiver *r = open_receiver(&(struct dvb_receiver_settings){ .feedback = 50 * MS });
    struct dvb_net_control c;
    put(r, 60 * MS, 2, "");
    put(r, 61 * MS, 0, "");
    put(r, 62 * MS, 0, "");
    put(r, 70 * MS, 5, "");
    assert_int_equal(dvb_receiver_next(r), 100 * MS);
    assert_false(dvb_receiver_poll(r, 99 * MS, &c));
    assert_true(dvb_receiver_poll(r, 100 * MS, &c) && c.kind == DVB_NET_FEEDBACK);
    assert_int_equal(c.n, 3);
    assert_true(c.arrivals[0].tseq == 0 && c.arrivals[0].at == 61 * MS);
    assert_true(c.arrivals[1].tseq == 2 && c.arrivals[2].tseq == 5 && c.held == 30 * MS);
    assert_int_equal(dvb_receiver_next(r), DVB_NET_NEVER);
    put(r, 101 * MS, 4, ""); /* told as lost already */
    assert_int_equal(dvb_receiver_next(r), DVB_NET_NEVER);
    dvb_receiver_close(&r);
}

static void count_release(void *user, void *payload)
{
    free(payload);
    ++*(int *)user;
}

/* Whatever comes, every payload is given back once (ASan sees the rest). */
static void any_packets(void **state)
{
    (void)state;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 5, "receiver");
    int released = 0, given = 0;
    struct dvb_receiver *r = open_receiver(
        &(struct dvb_receiver_settings){ .nack = true,
                                         .pli = true,
                                         .feedback = 50 * MS,
                                         .user = &released,
                                         .release = count_release });
    static const int64_t far[] = { -1, INT64_MIN, INT64_MAX, INT64_C(1) << 40 };
    int64_t base = 0, now = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t x = dvb_rng_next(&rng);
        struct dvb_net_packet p = { .seq = base + (int64_t)(x % 64) - 32,
                                    .frame = (base + (int64_t)(x >> 8) % 16) / 4,
                                    .tseq = base + (int64_t)(x >> 16) % 64,
                                    .size = (uint32_t)(x >> 20) % 1500,
                                    .kind = (uint8_t)((x >> 32) % 6),
                                    .first = x >> 40 & 1,
                                    .marker = x >> 41 & 1,
                                    .key = x >> 42 & 1,
                                    .payload = malloc(1) };
        if (x >> 50 == 0)
            base += 20000;
        if ((x >> 43) % 64 == 0)
            p.seq = far[x % 4];
        if ((x >> 43) % 64 == 1)
            p.frame = far[x % 4];
        if ((x >> 43) % 64 == 2)
            p.tseq = far[x % 4];
        now += (x >> 43) % 64 == 3 ? -5000000 : (int64_t)(x % 5000);
        given++;
        dvb_receiver_packet(r, now, &p);
        struct dvb_net_control c;
        while (dvb_receiver_poll(r, now, &c))
            assert_true(c.n <= 4096);
        struct dvb_frame_event e;
        while (dvb_receiver_frame(r, &e))
            assert_true(e.last_seq >= e.first_seq);
        base += x >> 60 == 0 ? 8 : 1;
    }
    dvb_receiver_close(&r);
    assert_int_equal(released, given);
}

static void bad_settings(void **state)
{
    (void)state;
    struct dvb_err err;
    static const struct dvb_receiver_settings bad[] = { { .retries = -1 },
                                                        { .feedback = 10 },
                                                        { .feedback = 300 * MS } };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_receiver *r = (struct dvb_receiver *)&r;
        assert_true(dvb_receiver_open(&bad[i], &r, &err) < 0);
        assert_null(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nacks),
        cmocka_unit_test(complete_is_not_decodable),
        cmocka_unit_test(borders_without_flags),
        cmocka_unit_test(too_large_a_gap),
        cmocka_unit_test(old_gaps),
        cmocka_unit_test(feedback),
        cmocka_unit_test(any_packets),
        cmocka_unit_test(bad_settings),
    };
    return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
