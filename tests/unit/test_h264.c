/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H.264 in RTP packets and out of them: RFC 6184 by hand, and whole streams there and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/network/h264.h"
#include "eval/network/packetize.h"

struct seen {
    uint8_t data[1 << 18];
    struct dvb_h264_unit unit[64];
    size_t n, size;
    int refuse;
};

static struct seen seen;

static int keep(void *ctx, const struct dvb_h264_unit *unit, struct dvb_err *err)
{
    struct seen *s = ctx;
    if (s->refuse)
        return dvb_fail(err, DVB_FAULT_INTERNAL, s->refuse, "refused");
    assert_true(s->n < 64 && s->size + unit->size <= sizeof(s->data));
    s->unit[s->n] = *unit;
    s->unit[s->n++].data = s->data + s->size;
    if (unit->size)
        memcpy(s->data + s->size, unit->data, unit->size);
    s->size += unit->size;
    return 0;
}

/* Packets as text would have it: numbers from 10 on, the timestamp and the marker given. */
struct row {
    uint16_t seq;
    uint32_t timestamp;
    bool marker;
    const char *payload;
    size_t size;
};
#define ROW(seq, timestamp, marker, bytes)                                                         \
    {                                                                                              \
        seq, timestamp, marker, bytes, sizeof(bytes) - 1                                           \
    }

static int put_rows(enum dvb_h264_form form, const struct row *rows, size_t n)
{
    struct dvb_err err;
    seen = (struct seen){ .n = 0 };
    struct dvb_depacketizer *d = dvb_depacketizer_open(form, keep, &seen);
    int spoilt = 0;
    for (size_t i = 0; i < n; i++) {
        const struct dvb_rtp rtp = { .seq = rows[i].seq,
                                     .timestamp = rows[i].timestamp,
                                     .marker = rows[i].marker,
                                     .payload = (const uint8_t *)rows[i].payload,
                                     .payload_size = rows[i].size };
        bool bad;
        assert_int_equal(dvb_depacketizer_put(d, &rtp, &bad, &err), 0);
        spoilt += bad;
    }
    assert_int_equal(dvb_depacketizer_finish(d, &err), 0);
    dvb_depacketizer_close(&d);
    return spoilt;
}
#define PUT(form, rows) put_rows(form, rows, sizeof(rows) / sizeof((rows)[0]))

static void check_unit(size_t i, const char *bytes, size_t size, bool whole, bool key)
{
    assert_true(i < seen.n);
    assert_int_equal(seen.unit[i].size, size);
    assert_memory_equal(seen.unit[i].data, bytes, size);
    assert_int_equal(seen.unit[i].whole, whole);
    assert_int_equal(seen.unit[i].key, key);
}
#define CHECK_UNIT(i, bytes, whole, key) check_unit(i, bytes, sizeof(bytes) - 1, whole, key)

/* Single NAL units, an aggregate, fragments; both forms. */
static void test_kinds(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(65534, 100, false, "\x78\x00\x02\x67S\x00\x03\x68PP"), /* STAP-A: SPS, PPS */
        ROW(65535, 100, false, "\x7c\x85one"),                     /* FU-A of an IDR slice */
        ROW(0, 100, false, "\x7c\x05two"),
        ROW(1, 100, true, "\x7c\x45three"),
        ROW(2, 200, true, "\x41slice"),
    };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, rows), 0);
    assert_int_equal(seen.n, 2);
    CHECK_UNIT(0, "\0\0\0\1\x67S\0\0\0\1\x68PP\0\0\0\1\x65onetwothree", true, true);
    CHECK_UNIT(1, "\0\0\0\1\x41slice", true, false);
    assert_int_equal(seen.unit[0].first_seq, 65534);
    assert_int_equal(seen.unit[0].last_seq, 1);
    assert_int_equal(seen.unit[0].packets, 4);
    assert_int_equal(seen.unit[0].timestamp, 100);
    assert_int_equal(PUT(DVB_H264_LENGTHS, rows), 0);
    CHECK_UNIT(0, "\0\0\0\2\x67S\0\0\0\3\x68PP\0\0\0\x0c\x65onetwothree", true, true);
}

/* What is lost spoils the unit it may have been of, and leaves whole NAL units. */
static void test_losses(void **state)
{
    (void)state;
    static const struct row middle[] = {
        ROW(1, 1, false, "\x67S"),
        ROW(2, 1, false,
            "\x7c\x85"
            "a"),
        ROW(4, 1, true,
            "\x7c\x45"
            "c"),
        ROW(5, 2, true, "\x41p"),
    };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, middle), 1); /* an end without its beginning */
    assert_int_equal(seen.n, 2);
    CHECK_UNIT(0, "\0\0\0\1\x67S", false, false);
    CHECK_UNIT(1, "\0\0\0\1\x41p", true, false);
    /* The marker, and perhaps the next unit's first. */
    static const struct row end[] = { ROW(1, 1, false,
                                          "\x41"
                                          "a"),
                                      ROW(3, 2, true,
                                          "\x41"
                                          "b"),
                                      ROW(4, 3, true,
                                          "\x41"
                                          "c") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, end), 0);
    assert_int_equal(seen.n, 3);
    CHECK_UNIT(0,
               "\0\0\0\1\x41"
               "a",
               false, false);
    CHECK_UNIT(1,
               "\0\0\0\1\x41"
               "b",
               false, false);
    CHECK_UNIT(2,
               "\0\0\0\1\x41"
               "c",
               true, false);
    /* Late ones and repeated ones do nothing. */
    static const struct row late[] = { ROW(10, 1, true,
                                           "\x41"
                                           "a"),
                                       ROW(10, 1, true,
                                           "\x41"
                                           "a"),
                                       ROW(9, 0, true, "\x41z"),
                                       ROW(11, 2, true,
                                           "\x41"
                                           "b") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, late), 0);
    assert_int_equal(seen.n, 2);
    CHECK_UNIT(1,
               "\0\0\0\1\x41"
               "b",
               true, false);
    /* Without markers the timestamp parts the units; the last comes at the end. */
    static const struct row bare[] = { ROW(1, 1, false,
                                           "\x41"
                                           "a"),
                                       ROW(2, 2, false,
                                           "\x41"
                                           "b"),
                                       ROW(3, 2, false,
                                           "\x41"
                                           "c") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, bare), 0);
    assert_int_equal(seen.n, 2);
    CHECK_UNIT(0,
               "\0\0\0\1\x41"
               "a",
               true, false);
    CHECK_UNIT(1,
               "\0\0\0\1\x41"
               "b\0\0\0\1\x41"
               "c",
               true, false);
}

/* One damaged payload in a unit: the rest of it is kept, it is not whole. */
static void test_damage(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        size_t size;
    } rows[] = {
#define BAD(bytes) { bytes, sizeof(bytes) - 1 }
        BAD(""),
        BAD("\x00"), /* type 0 */
        BAD("\x1f"), /* type 31 */
        BAD("\x19\x00\x01"
            "A"), /* STAP-B */
        BAD("\x1d\x85"
            "ab"),   /* FU-B */
        BAD("\x18"), /* STAP-A of nothing */
        BAD("\x18\x00"),
        BAD("\x18\x00\x00"),
        BAD("\x18\x00\x02\x41"),
        BAD("\x18\x00\x01\x41\x00\x09\x41"), /* the second does not fit */
        BAD("\x18\x00\x02\x18"
            "a"), /* an aggregate in one */
        BAD("\x7c"),
        BAD("\x7c\x85"), /* fragments of nothing */
        BAD("\x7c\xc5"
            "a"), /* begins and ends */
        BAD("\x7c\x05"
            "a"), /* no beginning */
        BAD("\x7c\x9c"
            "a"), /* of a fragment */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row packets[] = { ROW(1, 1, false,
                                           "\x41"
                                           "a"),
                                       { 2, 1, false, rows[i].payload, rows[i].size },
                                       ROW(3, 1, true,
                                           "\x41"
                                           "b") };
        assert_int_equal(PUT(DVB_H264_ANNEX_B, packets), 1);
        assert_int_equal(seen.n, 1);
        assert_false(seen.unit[0].whole);
        assert_true(seen.unit[0].size >= 12);
    }
    static const struct row open[] = { ROW(1, 1, false,
                                           "\x7c\x85"
                                           "a"),
                                       ROW(2, 1, true,
                                           "\x41"
                                           "b") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, open), 1); /* a fragment without its end */
    static const struct row mixed[] = { ROW(1, 1, false,
                                            "\x7c\x85"
                                            "a"),
                                        ROW(2, 1, true,
                                            "\x7c\x41"
                                            "b") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, mixed), 1);
    assert_int_equal(seen.unit[0].size, 0);
    static const struct row twice[] = { ROW(1, 1, false,
                                            "\x7c\x85"
                                            "a"),
                                        ROW(2, 1, true,
                                            "\x7c\x85"
                                            "b") };
    assert_int_equal(PUT(DVB_H264_ANNEX_B, twice), 1);
}

/* No packet makes a unit of more than the limit. */
static void test_limit(void **state)
{
    (void)state;
    enum { SIZE = 60000 };
    struct dvb_err err;
    uint8_t *payload = dvb_calloc(1, SIZE);
    seen = (struct seen){ .n = 0 };
    struct dvb_depacketizer *d = dvb_depacketizer_open(DVB_H264_LENGTHS, keep, &seen);
    struct dvb_rtp rtp = { .payload = payload, .payload_size = SIZE, .timestamp = 1 };
    payload[0] = 0x7c;
    payload[1] = 0x85;
    bool bad = false;
    size_t taken = 0;
    for (; !bad && taken <= DVB_H264_UNIT_MAX; taken += bad ? 0 : SIZE - 2, rtp.seq++) {
        assert_int_equal(dvb_depacketizer_put(d, &rtp, &bad, &err), 0);
        payload[1] = 0x05;
    }
    assert_true(bad && taken <= DVB_H264_UNIT_MAX && taken > DVB_H264_UNIT_MAX - SIZE);
    rtp.marker = true;
    assert_int_equal(dvb_depacketizer_put(d, &rtp, &bad, &err), 0);
    assert_int_equal(seen.n, 1);
    assert_false(seen.unit[0].whole);
    seen.refuse = EIO;
    rtp.seq++;
    assert_int_equal(dvb_depacketizer_put(d, &rtp, &bad, &err), -EIO);
    dvb_depacketizer_close(&d);
    free(payload);
}

/* An access unit of random NAL units, each after its length. */
static size_t make_unit(struct dvb_rng *rng, uint8_t *out, uint32_t *sizes, size_t *n)
{
    size_t at = 0;
    *n = 1 + dvb_rng_below(rng, 6);
    for (size_t i = 0; i < *n; i++) {
        uint32_t size = 1 + dvb_rng_below(rng, dvb_rng_below(rng, 2) ? 30 : 6000);
        sizes[i] = size;
        const uint8_t head[] = { 0, 0, (uint8_t)(size >> 8), (uint8_t)size,
                                 (uint8_t)(dvb_rng_below(rng, 4) << 5 |
                                           (1 + dvb_rng_below(rng, 5))) };
        memcpy(out + at, head, 5);
        for (uint32_t j = 1; j < size; j++)
            out[at + 4 + j] = (uint8_t)dvb_rng_next(rng);
        at += 4 + size;
    }
    return at;
}

/* NAL units -> the packetizer's parts -> RTP bytes -> depacketizer: the same bytes. */
static void test_there_and_back(void **state)
{
    (void)state;
    static uint8_t unit[40000], wire[1600];
    struct dvb_rng rng;
    struct dvb_err err;
    uint16_t seq = 65500;
    dvb_rng_init(&rng, 7, "h264");
    seen.refuse = 0;
    struct dvb_depacketizer *d = dvb_depacketizer_open(DVB_H264_LENGTHS, keep, &seen);
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t sizes[8];
        size_t n, size = make_unit(&rng, unit, sizes, &n), at = 0;
        uint32_t max = DVB_NET_PAYLOAD_MIN + dvb_rng_below(&rng, 1400);
        seen.n = seen.size = 0;
        for (size_t i = 0; i < n; at += 4 + sizes[i++]) {
            uint32_t parts = dvb_packetize_count(sizes[i], max);
            for (uint32_t k = 0; k < parts; k++) {
                struct dvb_net_part part = dvb_packetize_part((uint32_t)i, sizes[i], max, k);
                struct dvb_rtp rtp = { .seq = seq,
                                       .timestamp = round,
                                       .marker = i == n - 1 && k == parts - 1 };
                size_t bytes;
                bool bad;
                seq++;
                dvb_h264_put_part(&part, unit + at + 4, &rtp);
                assert_int_equal(dvb_rtp_write(&rtp, wire, sizeof(wire), &bytes, &err), 0);
                assert_int_equal(bytes, DVB_RTP_HEADER + dvb_packetize_bytes(&part));
                assert_true(bytes <= DVB_RTP_HEADER + max);
                assert_int_equal(dvb_rtp_parse(wire, bytes, &rtp, &err), 0);
                assert_int_equal(dvb_depacketizer_put(d, &rtp, &bad, &err), 0);
                assert_false(bad);
            }
        }
        assert_int_equal(seen.n, 1);
        check_unit(0, (const char *)unit, size, true, seen.unit[0].key);
    }
    dvb_depacketizer_close(&d);
}

static void test_walk(void **state)
{
    (void)state;
    static const struct {
        enum dvb_h264_form form;
        const char *data;
        size_t size;
        const char *want; /* each NAL unit and a comma; ! where it ends badly */
    } rows[] = {
#define WALK(form, bytes, want) { form, bytes, sizeof(bytes) - 1, want }
        WALK(DVB_H264_LENGTHS, "\0\0\0\2ab\0\0\0\0\0\0\0\1c", "ab,c,"),
        WALK(DVB_H264_LENGTHS, "", ""),
        WALK(DVB_H264_LENGTHS, "\0\0\0\2ab\0\0\0", "ab,!"),
        WALK(DVB_H264_LENGTHS, "\0\0\0\3ab", "!"),
        WALK(DVB_H264_LENGTHS,
             "\xff\xff\xff\xff"
             "ab",
             "!"),
        WALK(DVB_H264_ANNEX_B, "\0\0\1ab\0\0\0\1c\0\0\0\0\0\1d\0\0", "ab,c,d,"),
        WALK(DVB_H264_ANNEX_B, "\0\0\1\0\0\1a", "a,"),
        WALK(DVB_H264_ANNEX_B, "ab", "!"),
        WALK(DVB_H264_ANNEX_B, "\0\0\1", ""),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dvb_h264_walk w = { .data = (const uint8_t *)rows[i].data,
                                   .size = rows[i].size,
                                   .form = rows[i].form };
        char got[64] = "";
        int ret;
        while ((ret = dvb_h264_next(&w, NULL)) == 1) {
            size_t len = strlen(got);
            snprintf(got + len, sizeof(got) - len, "%.*s,", (int)w.nal_size, (const char *)w.nal);
        }
        if (ret)
            strncat(got, "!", sizeof(got) - strlen(got) - 1);
        assert_string_equal(got, rows[i].want);
    }
}

static void test_hints(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool leads, sets, key;
    } rows[] = {
        { "\x67", 1, false, true, true },
        { "\x09", 1, true, false, false },
        { "\x06", 1, true, false, false },
        { "\x65", 1, false, false, true },
        { "\x41", 1, false, false, false },
        { "\x7c\x85", 2, false, false, true },
        { "\x7c\x05", 2, false, false, true },
        { "\x7c\x41", 2, false, false, false },
        { "\x7c\x87", 2, false, true, true },
        { "\x7c\x07", 2, false, false, true },
        { "\x7c\x86", 2, true, false, false },
        { "\x7c\x06", 2, false, false, false },
        { "\x18\0\2\x67", 4, false, true, true },
        { "\x18\0\2\x68", 4, false, false, false },
        { "\x18", 1, false, false, false },
        { "\x7c", 1, false, false, false },
        { "", 0, false, false, false },
        { "\x18\0\1\x06\0\1\x67", 7, false, true, true },
        { "\x18\0\1\x06\0\1\x09", 7, true, false, false },
        { "\x18\0\1\x68\0\1\x67", 7, false, false, true },
        { "\x18\xff\xff\x06", 4, true, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dvb_h264_hint h = dvb_h264_look((const uint8_t *)rows[i].bytes, rows[i].size);
        assert_int_equal(h.leads, rows[i].leads);
        assert_int_equal(h.sets, rows[i].sets);
        assert_int_equal(h.key, rows[i].key);
    }
}

static void test_parameter_sets(void **state)
{
    (void)state;
    static const uint8_t avcc[] = { 1, 100, 0,    30,  0xff, 0xe1, 0,    3,    0x67, 'a',  'b', 2,
                                    0, 2,   0x68, 'c', 0,    1,    0x68, 0xfd, 0xf8, 0xf8, 0 };
    uint8_t *sets;
    size_t size;
    struct dvb_err err;
    assert_int_equal(dvb_h264_parameter_sets(avcc, sizeof(avcc), &sets, &size, &err), 0);
    assert_int_equal(size, 18);
    assert_memory_equal(sets,
                        "\0\0\0\3\x67"
                        "ab\0\0\0\2\x68"
                        "c\0\0\0\1\x68",
                        18);
    free(sets);
    for (size_t n = 0; n < 19; n++) {
        assert_int_equal(dvb_h264_parameter_sets(avcc, n, &sets, &size, &err), -EPROTO);
        assert_null(sets);
    }
    assert_int_equal(dvb_h264_parameter_sets(avcc + 1, 20, &sets, &size, &err), -EPROTO);
    assert_string_equal(err.msg, "H.264: avcC: found version 100, expected 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),          cmocka_unit_test(test_losses),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_limit),
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_walk),
        cmocka_unit_test(test_hints),          cmocka_unit_test(test_parameter_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
