/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTCP: bytes written out by hand from the RFCs' and drafts' figures, both ways. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/network/rtcp.h"

static struct dvb_rtcp read_one(const uint8_t *data, size_t size)
{
    struct dvb_rtcp_walk w = { .data = data, .size = size };
    struct dvb_rtcp p;
    struct dvb_err err;
    assert_int_equal(dvb_rtcp_next(&w, &p, &err), 1);
    assert_int_equal(w.at, size);
    return p;
}

/* What a writer made must be these bytes. */
static void check_bytes(const struct dvb_rtcp_writer *w, const uint8_t *want, size_t size)
{
    assert_false(w->full);
    assert_int_equal(w->size, size);
    assert_memory_equal(w->data, want, size);
}

static void test_reports(void **state)
{
    (void)state;
    static const uint8_t want[] = {
        0x81, 200,  0,    12,   0,    0,    0,    1, /* SR of 1, one block */
        0x83, 0xaa, 0x7e, 0x80, 0x80, 0,    0,    0, /* NTP: ... and a half */
        0,    0,    0x15, 0xf9, 0,    0,    0,    10,   0,    0,    4,    0, /* timestamp, packets,
                                                                                octets */
        0,    0,    0,    2,    0x40, 0xff, 0xff, 0xfe, /* of 2: a quarter lost, -2 in all */
        0,    1,    0,    5,    0,    0,    0,    9,    0x12, 0x34, 0x56, 0x78, 0,
        1,    0,    0,    0x80, 201,  0,    1,    0,    0,    0,    3, /* RR of 3 about nobody */
    };
    uint8_t out[128];
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    const struct dvb_rtcp_sender sr = { 0x83aa7e8080000000U, 0x15f9, 10, 1024 };
    const struct dvb_rtcp_block b = { 2, 64, -2, 65541, 9, 0x12345678, 65536 };
    dvb_rtcp_put_sr(&w, 1, &sr, &b, 1);
    dvb_rtcp_put_rr(&w, 3, NULL, 0);
    check_bytes(&w, want, sizeof(want));

    struct dvb_rtcp_walk walk = { .data = want, .size = sizeof(want) };
    struct dvb_rtcp p;
    struct dvb_err err;
    assert_int_equal(dvb_rtcp_next(&walk, &p, &err), 1);
    assert_int_equal(p.kind, DVB_RTCP_SR);
    assert_int_equal(p.ssrc, 1);
    assert_int_equal(p.n_blocks, 1);
    assert_true(p.sr.ntp == sr.ntp && p.sr.timestamp == sr.timestamp);
    assert_true(p.sr.packets == sr.packets && p.sr.octets == sr.octets);
    const struct dvb_rtcp_block *r = &p.blocks[0];
    assert_true(r->ssrc == b.ssrc && r->lost_share == b.lost_share && r->lost == b.lost);
    assert_true(r->highest_seq == b.highest_seq && r->jitter == b.jitter);
    assert_true(r->last_sr == b.last_sr && r->sr_delay == b.sr_delay);
    assert_int_equal(dvb_rtcp_next(&walk, &p, &err), 1);
    assert_int_equal(p.kind, DVB_RTCP_RR);
    assert_int_equal(p.ssrc, 3);
    assert_int_equal(p.n_blocks, 0);
    assert_int_equal(dvb_rtcp_next(&walk, &p, &err), 0);
}

/* RFC 3550's own example (figure 2): 6.125 s of round trip. */
static void test_round_trip(void **state)
{
    (void)state;
    struct dvb_rtcp_block b = { .last_sr = 0xb7052000, .sr_delay = 0x00054000 };
    assert_int_equal(dvb_rtcp_rtt_us(&b, 0xb44db70520000000U + (11ULL << 32) + (3ULL << 29)) / 1000,
                     6125);
    assert_int_equal(dvb_rtcp_rtt_us(&b, 0xb44db70520000000U), 0); /* a clock that stepped back */
    b.last_sr = 0;
    assert_int_equal(dvb_rtcp_rtt_us(&b, 1), -1);
    assert_int_equal(dvb_ntp_of_us(1500000), 0x180000000U);
}

static void test_sdes(void **state)
{
    (void)state;
    static const uint8_t want[] = { 0x81, 202, 0, 3, 0, 0, 0, 9, 1, 3, 'a', '@', 'b', 0, 0, 0 };
    uint8_t out[400];
    char name[301];
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    dvb_rtcp_put_cname(&w, 9, "a@b");
    check_bytes(&w, want, sizeof(want));
    memset(name, 'n', 300);
    for (size_t n = 0; n <= 300; n += 1) {
        name[n] = '\0';
        w.size = 0;
        dvb_rtcp_put_cname(&w, 9, name);
        struct dvb_rtcp p = read_one(out, w.size);
        assert_int_equal(p.kind, DVB_RTCP_SDES);
        assert_int_equal(p.ssrc, 9);
        assert_int_equal(strlen(p.cname), n > 255 ? 255 : n);
        name[n] = 'n';
    }
    /* Two chunks; the first has a tool's name only. */
    static const uint8_t two[] = { 0x82, 202, 0, 6, 0,   0,   0, 1, 6, 1, 't', 0, 0, 0,
                                   0,    2,   1, 2, 'h', 'i', 0, 0, 0, 0, 0,   0, 0, 0 };
    struct dvb_rtcp p = read_one(two, sizeof(two));
    assert_string_equal(p.cname, "hi");
    assert_int_equal(p.ssrc, 1);
}

static void test_nack(void **state)
{
    (void)state;
    static const uint16_t lost[] = { 65534, 65535, 0, 14, 15, 300 };
    /* 65534 and those 1, 2 and 16 after it; 15 is 17 after it. */
    static const uint8_t want[] = { 0x81, 205,  0,    5,    0, 0,  0, 1, 0, 0,    0, 2,
                                    0xff, 0xfe, 0x80, 0x03, 0, 15, 0, 0, 1, 0x2c, 0, 0 };
    uint8_t out[64];
    uint16_t back[64];
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    assert_int_equal(dvb_rtcp_put_nack(&w, 1, 2, lost, 6), 6);
    check_bytes(&w, want, sizeof(want));
    struct dvb_rtcp p = read_one(out, w.size);
    assert_int_equal(p.kind, DVB_RTCP_NACK);
    assert_int_equal(p.media, 2);
    assert_int_equal(dvb_rtcp_nack_numbers(&p, back, 64), 6);
    assert_memory_equal(back, lost, sizeof(lost));
    assert_int_equal(dvb_rtcp_nack_numbers(&p, back, 2), 6); /* says what there is, keeps two */
    w = (struct dvb_rtcp_writer){ .data = out, .cap = 16 };
    assert_int_equal(dvb_rtcp_put_nack(&w, 1, 2, lost, 6), 4);
    assert_true(w.full);
    w = (struct dvb_rtcp_writer){ .data = out, .cap = 15 };
    assert_int_equal(dvb_rtcp_put_nack(&w, 1, 2, lost, 6), 0);
    assert_int_equal(w.size, 0);
}

static void test_others(void **state)
{
    (void)state;
    static const uint8_t want[] = {
        0x81, 206,  0,    2,    0, 0, 0, 1, 0,    0,   0, 2, /* PLI */
        0x8f, 206,  0,    5,    0, 0, 0, 1, 0,    0,   0, 0, 'R', 'E', 'M', 'B',
        1,    0x17, 0xd0, 0x90, 0, 0, 0, 2, 0x81, 203, 0, 1, 0,   0,   0,   1, /* BYE */
    };
    uint8_t out[64];
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    struct dvb_rtcp_walk walk = { .data = want, .size = sizeof(want) };
    struct dvb_rtcp p;
    dvb_rtcp_put_pli(&w, 1, 2);
    dvb_rtcp_put_remb(&w, 1, 2, 1000000 << 3 | 1);
    dvb_rtcp_put_bye(&w, 1);
    static const struct {
        enum dvb_rtcp_kind kind;
        uint32_t media;
    } kinds[] = { { DVB_RTCP_PLI, 2 }, { DVB_RTCP_REMB, 0 }, { DVB_RTCP_BYE, 0 } };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dvb_rtcp_next(&walk, &p, NULL), 1);
        assert_int_equal(p.kind, kinds[i].kind);
        assert_int_equal(p.ssrc, 1);
        assert_int_equal(p.media, kinds[i].media);
        if (p.kind == DVB_RTCP_REMB)
            assert_int_equal(p.remb_bps, 250000 << 5);
    }
    check_bytes(&w, want, sizeof(want));
}

/* Every packet that breaks off, at every length. */
static void test_short(void **state)
{
    (void)state;
    uint8_t out[256];
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    struct dvb_rtcp_sender sr = { 0 };
    struct dvb_rtcp_block b = { 0 };
    uint16_t seq = 5;
    dvb_rtcp_put_sr(&w, 1, &sr, &b, 1);
    dvb_rtcp_put_cname(&w, 1, "name");
    dvb_rtcp_put_nack(&w, 1, 2, &seq, 1);
    dvb_rtcp_put_remb(&w, 1, 2, 5);
    size_t whole = 0;
    for (size_t n = 0; n <= w.size; n++) {
        struct dvb_rtcp_walk walk = { .data = out, .size = n };
        struct dvb_rtcp p;
        struct dvb_err err;
        int ret, packets = 0;
        while ((ret = dvb_rtcp_next(&walk, &p, &err)) == 1)
            packets++;
        if (!ret)
            whole++;
        else
            assert_int_equal(err.fault, DVB_FAULT_INPUT);
        assert_true(packets <= 4);
    }
    assert_int_equal(whole, 5); /* nothing, and after each of four */
    static const uint8_t lies[][12] = {
        { 0x81, 201, 0, 1, 0, 0, 0, 1 },             /* a block that is not there */
        { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 0 },    /* an item beyond the packet */
        { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4 }, /* no end */
        { 0xa0, 201, 0, 1, 0, 0, 0, 5 },             /* padding over the header */
        { 0xa0, 201, 0, 1, 0, 0, 0, 0 },             /* padding of nothing */
        { 0x41, 201, 0, 0 },                         /* version 1 */
        { 0x82, 203, 0, 1, 0, 0, 0, 1 },             /* BYE of two, one there */
        { 0x81, 205, 0, 1, 0, 0, 0, 1 },             /* feedback about nobody */
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct dvb_rtcp_walk walk = { .data = lies[i], .size = 4 + lies[i][3] * 4U };
        struct dvb_rtcp p;
        assert_int_equal(dvb_rtcp_next(&walk, &p, NULL), -EPROTO);
    }
}

struct seen {
    struct dvb_twcc_packet p[2000];
    size_t n;
};

static int keep(void *ctx, const struct dvb_twcc_packet *p)
{
    struct seen *s = ctx;
    assert_true(s->n < 2000);
    s->p[s->n++] = *p;
    return 0;
}

static void test_twcc_bytes(void **state)
{
    (void)state;
    /* Base 10, 5 packets, reference 3 * 64 ms, feedback 7; a two-bit vector: small, lost,
       large, small, small; deltas 4, -2, 0, 255 quarter milliseconds. */
    static const uint8_t want[] = { 0x8f, 205, 0, 6, 0, 0, 0,    1,    0, 0,    0,    2, 0,   10,
                                    0,    5,   0, 0, 3, 7, 0xd2, 0x50, 4, 0xff, 0xfe, 0, 255, 0 };
    static const struct dvb_twcc_packet packets[] = { { 10, true, 193000 },
                                                      { 11, false, 0 },
                                                      { 12, true, 192500 },
                                                      { 13, true, 192500 },
                                                      { 14, true, 256250 } };
    uint8_t out[64], feedback;
    struct seen seen = { .n = 0 };
    struct dvb_rtcp_writer w = { .data = out, .cap = sizeof(out) };
    assert_int_equal(dvb_rtcp_put_twcc(&w, 1, 2, 7, packets, 5), 5);
    check_bytes(&w, want, sizeof(want));
    struct dvb_rtcp p = read_one(want, sizeof(want));
    assert_int_equal(p.kind, DVB_RTCP_TWCC);
    assert_int_equal(dvb_twcc_read(&p, &feedback, keep, &seen, NULL), 0);
    assert_int_equal(feedback, 7);
    assert_int_equal(seen.n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(seen.p[i].seq, packets[i].seq);
        assert_int_equal(seen.p[i].received, packets[i].received);
        assert_int_equal(seen.p[i].arrival_us, packets[i].arrival_us);
    }
    /* A run: 20 lost after the first (draft, 3.1.3), which the packet count cuts to 14. */
    static const uint8_t run[] = { 0x8f, 205, 0, 6, 0, 0, 0,    1, 0, 0,  0,  2, 0xff, 0xff,
                                   0,    15,  0, 0, 0, 1, 0x20, 1, 0, 20, 40, 0, 0,    0 };
    p = read_one(run, sizeof(run));
    seen.n = 0;
    assert_int_equal(dvb_twcc_read(&p, NULL, keep, &seen, NULL), 0);
    assert_int_equal(seen.n, 15);
    assert_int_equal(seen.p[0].arrival_us, 10000);
    assert_int_equal(seen.p[1].seq, 0);
    assert_false(seen.p[14].received);
}

/* Whatever arrived when: what is written is what is read, in as many feedbacks as it takes. */
static void test_twcc_any(void **state)
{
    (void)state;
    static struct dvb_twcc_packet packets[1500];
    static struct seen seen;
    struct dvb_rng rng;
    uint8_t out[1200];
    dvb_rng_init(&rng, 1, "twcc");
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + dvb_rng_below(&rng, 1500), feedbacks = 0;
        double loss = dvb_rng_unit(&rng);
        uint32_t spread = 1U << dvb_rng_below(&rng, 14);
        int64_t now = dvb_rng_below(&rng, 1000000);
        for (size_t i = 0; i < n; i++) {
            now += dvb_rng_below(&rng, spread);
            bool received = !i || i == n - 1 || dvb_rng_unit(&rng) >= loss;
            int64_t back = dvb_rng_below(&rng, 10) ? 0 : dvb_rng_below(&rng, 300);
            packets[i] = (struct dvb_twcc_packet){ (uint16_t)(65000 + i), received,
                                                   received ? (now > back ? now - back : 0) * 250
                                                            : 0 };
        }
        seen.n = 0;
        for (size_t at = 0; at < n;) {
            while (!packets[at].received) { /* what begins a feedback was received */
                assert_true(seen.n < 2000);
                seen.p[seen.n++] = packets[at++];
            }
            struct dvb_rtcp_writer w = { .data = out, .cap = 64 + dvb_rng_below(&rng, 1136) };
            size_t went = dvb_rtcp_put_twcc(&w, 1, 2, (uint8_t)feedbacks++, packets + at, n - at);
            assert_true(went > 0 && w.size <= w.cap);
            struct dvb_rtcp p = read_one(out, w.size);
            assert_int_equal(dvb_twcc_read(&p, NULL, keep, &seen, NULL), 0);
            at += went;
        }
        assert_int_equal(seen.n, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(seen.p[i].seq, packets[i].seq);
            assert_int_equal(seen.p[i].received, packets[i].received);
            assert_int_equal(seen.p[i].arrival_us, packets[i].arrival_us);
        }
    }
}

static void test_twcc_broken(void **state)
{
    (void)state;
    static const uint8_t good[] = { 0, 10, 0, 5, 0, 0, 3, 7, 0xd2, 0x50, 4, 0xff, 0xfe, 0, 255 };
    struct dvb_rtcp p = { .kind = DVB_RTCP_TWCC, .fci = good };
    for (p.fci_size = 0; p.fci_size < sizeof(good); p.fci_size++)
        assert_int_equal(dvb_twcc_read(&p, NULL, NULL, NULL, NULL), -EPROTO);
    assert_int_equal(dvb_twcc_read(&p, NULL, NULL, NULL, NULL), 0);
    static const uint8_t none[] = { 0, 10, 0, 5, 0, 0, 3, 7, 0x20, 0, 0x20, 0 };
    p = (struct dvb_rtcp){ .kind = DVB_RTCP_TWCC, .fci = none, .fci_size = sizeof(none) };
    assert_int_equal(dvb_twcc_read(&p, NULL, NULL, NULL, NULL), -EPROTO);
    static const uint8_t reserved[] = { 0, 10, 0, 1, 0, 0, 3, 7, 0x60, 1, 0, 0 };
    p = (struct dvb_rtcp){ .kind = DVB_RTCP_TWCC, .fci = reserved, .fci_size = sizeof(reserved) };
    assert_int_equal(dvb_twcc_read(&p, NULL, NULL, NULL, NULL), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),     cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_sdes),        cmocka_unit_test(test_nack),
        cmocka_unit_test(test_others),      cmocka_unit_test(test_short),
        cmocka_unit_test(test_twcc_bytes),  cmocka_unit_test(test_twcc_any),
        cmocka_unit_test(test_twcc_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
