/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTP packets, extensions, retransmissions: bytes written out from the RFCs' figures. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/network/rtp.h"

/* Padding of 4, extension of one word, two sources, marker, payload type 96. */
static const uint8_t full[] = {
    0xb2, 0xe0, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, /* header */
    0,    0,    0,    7,    0,    0,    0,    8,                /* sources */
    0xbe, 0xde, 0,    1,    0x51, 0xab, 0xcd, 0,                /* extension */
    'p',  'a',  'y',  0,    0,    0,    4,                      /* payload, padding */
};

static void test_parse(void **state)
{
    (void)state;
    struct dvb_rtp r;
    struct dvb_err err;
    const uint8_t *value;
    size_t size;
    assert_int_equal(dvb_rtp_parse(full, sizeof(full), &r, &err), 0);
    assert_int_equal(r.payload_type, 96);
    assert_true(r.marker && r.extended);
    assert_int_equal(r.seq, 0x1234);
    assert_int_equal(r.timestamp, 0xdeadbeef);
    assert_int_equal(r.ssrc, 0x01020304);
    assert_int_equal(r.n_csrc, 2);
    assert_int_equal(r.csrc[0], 7);
    assert_int_equal(r.csrc[1], 8);
    assert_int_equal(r.padding, 4);
    assert_int_equal(r.payload_size, 3);
    assert_memory_equal(r.payload, "pay", 3);
    assert_true(dvb_rtp_find(&r, 5, &value, &size));
    assert_int_equal(size, 2);
    assert_memory_equal(value, "\xab\xcd", 2);
    assert_false(dvb_rtp_find(&r, 4, &value, &size));
}

static void test_write(void **state)
{
    (void)state;
    struct dvb_rtp r;
    struct dvb_err err;
    uint8_t out[64];
    size_t size;
    assert_int_equal(dvb_rtp_parse(full, sizeof(full), &r, &err), 0);
    for (size_t cap = 0; cap < sizeof(full); cap++)
        assert_int_equal(dvb_rtp_write(&r, out, cap, &size, &err), -EMSGSIZE);
    assert_int_equal(dvb_rtp_write(&r, out, sizeof(full), &size, &err), 0);
    assert_int_equal(size, sizeof(full));
    assert_memory_equal(out, full, sizeof(full));
    r.payload_type = 128;
    assert_int_equal(dvb_rtp_write(&r, out, sizeof(out), &size, &err), -EINVAL);
    r.payload_type = 96;
    r.extension_size = 3;
    assert_int_equal(dvb_rtp_write(&r, out, sizeof(out), &size, &err), -EINVAL);
}

/* Every beginning of a packet that is no packet says so. */
static void test_short(void **state)
{
    (void)state;
    struct dvb_rtp r;
    struct dvb_err err;
    for (size_t n = 0; n < sizeof(full) - 7; n++)
        assert_int_equal(dvb_rtp_parse(full, n, &r, &err), -EPROTO);
    assert_int_equal(dvb_rtp_parse(full, 11, &r, &err), -EPROTO);
    assert_string_equal(err.msg, "RTP: header: found 11 bytes, expected 12");
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_int_equal(dvb_rtp_parse(full, 27, &r, &err), -EPROTO);
    assert_string_equal(err.msg, "RTP: header extension: found 3 bytes, expected 4");
    assert_int_equal(dvb_rtp_parse(full, 28, &r, &err), -EPROTO);
    assert_string_equal(err.msg, "RTP: padding: found 0 bytes, expected 1");
    uint8_t copy[sizeof(full)];
    memcpy(copy, full, sizeof(full));
    copy[sizeof(full) - 1] = 8;
    assert_int_equal(dvb_rtp_parse(copy, sizeof(copy), &r, &err), -EPROTO);
    assert_string_equal(err.msg, "RTP: padding: found 7 bytes, expected 8");
    copy[0] = 0x40;
    assert_int_equal(dvb_rtp_parse(copy, sizeof(copy), &r, &err), -EPROTO);
    assert_string_equal(err.msg, "RTP: version: found 1, expected 2");
}

/* RFC 8285's own examples (4.2, 4.3), and what breaks off. */
static void test_extensions(void **state)
{
    (void)state;
    static const struct {
        uint16_t profile;
        uint8_t bytes[12];
        size_t size;
        int id;
        int found; /* length, or -1 */
        uint8_t first;
    } rows[] = {
        { 0xbede, { 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0x33, 1, 2, 3, 4 }, 12, 1, 1, 0xaa },
        { 0xbede, { 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0x33, 1, 2, 3, 4 }, 12, 2, 2, 0xbb },
        { 0xbede, { 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0x33, 1, 2, 3, 4 }, 12, 3, 4, 1 },
        { 0xbede, { 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0x33, 1, 2, 3, 4 }, 12, 4, -1, 0 },
        { 0xbede, { 0x10, 0xaa, 0xf0, 0, 0x20, 0xbb, 0, 0 }, 8, 2, -1, 0 }, /* id 15 ends it */
        { 0xbede, { 0x13, 0xaa, 0xbb, 0xcc }, 4, 1, -1, 0 },                /* 4 bytes, 3 there */
        { 0x1000, { 1, 0, 2, 1, 0xbb, 0, 3, 4, 1, 2, 3, 4 }, 12, 1, 0, 0 },
        { 0x1000, { 1, 0, 2, 1, 0xbb, 0, 3, 4, 1, 2, 3, 4 }, 12, 2, 1, 0xbb },
        { 0x100f, { 1, 0, 2, 1, 0xbb, 0, 3, 4, 1, 2, 3, 4 }, 12, 3, 4, 1 },
        { 0x1000, { 1, 3, 0xaa, 0xbb }, 4, 1, -1, 0 },
        { 0x1000, { 0, 0, 0, 1 }, 4, 1, -1, 0 },
        { 0x2000, { 0x10, 0xaa, 0, 0 }, 4, 1, -1, 0 }, /* of another profile */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dvb_rtp r = { .extended = true,
                             .profile = rows[i].profile,
                             .extension = rows[i].bytes,
                             .extension_size = rows[i].size };
        const uint8_t *value;
        size_t size = 0;
        bool found = dvb_rtp_find(&r, rows[i].id, &value, &size);
        assert_int_equal(found ? (int)size : -1, rows[i].found);
        if (rows[i].found > 0)
            assert_int_equal(value[0], rows[i].first);
    }
    struct dvb_rtp r = { .payload_type = 96 }, back;
    const struct dvb_rtp_element elements[] = { { 3, (const uint8_t *)"\xca\xfe", 2 },
                                                { 14, (const uint8_t *)"x", 1 } };
    uint8_t buf[37], out[32];
    const uint8_t *value;
    size_t size;
    dvb_rtp_extend(&r, elements, 2, buf);
    assert_int_equal(r.extension_size, 8);
    assert_int_equal(dvb_rtp_write(&r, out, sizeof(out), &size, NULL), 0);
    assert_int_equal(dvb_rtp_parse(out, size, &back, NULL), 0);
    assert_true(dvb_rtp_find(&back, 3, &value, &size));
    assert_int_equal(size, 2);
    assert_memory_equal(value, "\xca\xfe", 2);
    assert_true(dvb_rtp_find(&back, 14, &value, &size));
    assert_int_equal(size, 1);
    assert_int_equal(*value, 'x');
}

static void test_rtx(void **state)
{
    (void)state;
    struct dvb_rtp lost, rtx, back;
    struct dvb_err err;
    uint8_t out[64];
    size_t size;
    assert_int_equal(dvb_rtp_parse(full, sizeof(full), &lost, &err), 0);
    dvb_rtx_wrap(&lost, 97, 0x55, 9, &rtx);
    assert_int_equal(dvb_rtp_write(&rtx, out, sizeof(out), &size, &err), 0);
    assert_int_equal(dvb_rtp_parse(out, size, &rtx, &err), 0);
    assert_int_equal(rtx.payload_type, 97);
    assert_int_equal(rtx.ssrc, 0x55);
    assert_int_equal(rtx.seq, 9);
    assert_int_equal(rtx.timestamp, lost.timestamp);
    assert_int_equal(rtx.payload_size, 5);
    assert_memory_equal(rtx.payload, "\x12\x34pay", 5);
    assert_int_equal(dvb_rtx_unwrap(&rtx, 96, lost.ssrc, &back, &err), 0);
    lost.padding = 0;
    uint8_t a[64], b[64];
    size_t size_a, size_b;
    assert_int_equal(dvb_rtp_write(&lost, a, sizeof(a), &size_a, &err), 0);
    assert_int_equal(dvb_rtp_write(&back, b, sizeof(b), &size_b, &err), 0);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    rtx.payload_size = 1;
    assert_int_equal(dvb_rtx_unwrap(&rtx, 96, 1, &back, &err), -EPROTO);
}

/* A fragment's two bytes of head survive being sent and sent again. */
static void test_prefix(void **state)
{
    (void)state;
    struct dvb_rtp r = { .payload_type = 96,
                         .seq = 0x0102,
                         .prefix = { 0x7c, 0x85 },
                         .prefix_size = 2,
                         .payload = (const uint8_t *)"xyz",
                         .payload_size = 3 };
    struct dvb_rtp rtx, back;
    uint8_t out[64];
    size_t size;
    dvb_rtx_wrap(&r, 97, 1, 2, &rtx);
    assert_int_equal(dvb_rtp_write(&rtx, out, sizeof(out), &size, NULL), 0);
    assert_int_equal(dvb_rtp_parse(out, size, &back, NULL), 0);
    assert_int_equal(back.payload_size, 7);
    assert_memory_equal(back.payload, "\x01\x02\x7c\x85xyz", 7);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(dvb_seq_diff(65535, 0), 1);
    assert_int_equal(dvb_seq_diff(0, 65535), -1);
    assert_int_equal(dvb_seq_diff(0, 32768), -32768);
    struct dvb_seq_unwrap u = { 0 };
    assert_int_equal(dvb_seq_unwrap(&u, 65534), 65534);
    assert_int_equal(dvb_seq_unwrap(&u, 1), 65537);
    assert_int_equal(dvb_seq_unwrap(&u, 65535), 65535);
    for (int64_t want = 65535; want < 400000; want += 30000)
        assert_int_equal(dvb_seq_unwrap(&u, (uint16_t)want), want);
    assert_true(dvb_rtp_is_rtcp("\x80\xc8", 2));
    assert_true(dvb_rtp_is_rtcp("\x80\xcd", 2));
    assert_false(dvb_rtp_is_rtcp("\x80\x60", 2));
    assert_false(dvb_rtp_is_rtcp("\x80\xe0", 2));
    assert_false(dvb_rtp_is_rtcp("\x80", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),   cmocka_unit_test(test_write),
        cmocka_unit_test(test_short),   cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_rtx),     cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
