/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What receiver reports say, and streams saved in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eval/live/reception.h"
#include "eval/live/save.h"

/* Numbers from 65530 on, 3000 ticks apart, of which each tenth is lost. */
static void test_losses(void **state)
{
    (void)state;
    struct dvb_reception r = { 0 };
    for (int i = 0; i < 40; i++) {
        const struct dvb_rtp rtp = { .seq = (uint16_t)(65530 + i),
                                     .timestamp = (uint32_t)(3000 * i) };
        if (i % 10 != 5)
            dvb_reception_packet(&r, &rtp, i * INT64_C(1000000) / 30);
    }
    struct dvb_rtcp_block b = dvb_reception_block(&r, 7, 1000000);
    assert_int_equal(b.ssrc, 7);
    assert_int_equal(b.lost, 4);
    assert_int_equal(b.lost_share, 25); /* a tenth of 256 */
    assert_int_equal(b.highest_seq, 65536 + 33);
    assert_true(b.jitter <= 1); /* on time, but for the rounding to microseconds */
    assert_int_equal(b.last_sr, 0);
    b = dvb_reception_block(&r, 7, 1000000); /* nothing since */
    assert_int_equal(b.lost_share, 0);
    assert_int_equal(b.lost, 4);
    const struct dvb_rtp twice = { .seq = (uint16_t)(65530 + 39), .timestamp = 117000 };
    for (int i = 0; i < 6; i++)
        dvb_reception_packet(&r, &twice, 1300000);
    assert_int_equal(dvb_reception_block(&r, 7, 1).lost, -2); /* duplicates count against it */
}

/* RFC 3550, 6.4.1: J += (|D| - J) / 16. A single packet that is 16 ms late: D is 1440
   ticks when it comes and again when the next one is on time. */
static void test_jitter(void **state)
{
    (void)state;
    struct dvb_reception r = { 0 };
    const int64_t at[] = { 0, 20000, 40000, 76000, 80000 };
    for (int i = 0; i < 5; i++) {
        const struct dvb_rtp rtp = { .seq = (uint16_t)i, .timestamp = (uint32_t)(1800 * i) };
        dvb_reception_packet(&r, &rtp, at[i]);
    }
    assert_int_equal(dvb_reception_block(&r, 7, 1).jitter, 174); /* 90 + (1440 - 90) / 16 */
}

static void test_sender_reports(void **state)
{
    (void)state;
    struct dvb_reception r = { 0 };
    assert_int_equal(dvb_reception_date(&r, 5), -1);
    const struct dvb_rtcp_sender sr = { .ntp = dvb_ntp_of_us(3900000000500000),
                                        .timestamp = 0xffffff00 };
    dvb_reception_report(&r, &sr, 2000000);
    struct dvb_rtcp_block b = dvb_reception_block(&r, 7, 3500000);
    assert_int_equal(b.last_sr, dvb_ntp_middle(sr.ntp));
    assert_int_equal(b.sr_delay, 98304); /* 1.5 s */
    int64_t half = dvb_reception_date(&r, 0xffffff00 + 45000);
    assert_true(half >= 3900000000999998 && half <= 3900000001000000);
    int64_t before = dvb_reception_date(&r, 0xffffff00 - 90000);
    assert_true(before >= 3899999999499998 && before <= 3899999999500000);
}

static void put(struct dvb_save *s, int64_t seq, const char *payload)
{
    const struct dvb_rtp rtp = { .seq = (uint16_t)seq,
                                 .marker = true,
                                 .payload = (const uint8_t *)payload,
                                 .payload_size = strlen(payload) };
    assert_int_equal(dvb_save_packet(s, &rtp, NULL), 0);
    assert_int_equal(dvb_save_frame(s, seq, seq, NULL), 0);
}

/* A key frame is there before the two frames ahead of it. */
static void test_order(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct dvb_save *s = dvb_save_open(f);
    put(s, 100, "aA");
    put(s, 103, "eD");
    put(s, 104, "aE");
    put(s, 101, "aB");
    fflush(f);
    assert_memory_equal(text, "\0\0\0\1aA\0\0\0\1aB", 12);
    assert_int_equal(size, 12);
    put(s, 102, "aC");
    fflush(f);
    assert_int_equal(size, 30);
    put(s, 107, "aH"); /* 105 and 106 never come */
    put(s, 108, "");   /* no NAL unit at all */
    fflush(f);
    assert_int_equal(size, 30);
    assert_int_equal(dvb_save_spoilt(s), 1);
    assert_int_equal(dvb_save_finish(s, NULL), 0);
    dvb_save_close(&s);
    fclose(f);
    assert_int_equal(size, 36);
    assert_memory_equal(text + 12, "\0\0\0\1aC\0\0\0\1eD\0\0\0\1aE\0\0\0\1aH", 24);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_sender_reports),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
