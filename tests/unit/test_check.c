/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reply tells about what a model saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "media/image.h"
#include "media/sign.h"
#include "workspace/check.h"

static const char *const words[DVB_CHECK_WORDS] = { "APPLE",  "BRIDGE", "CANDLE", "FLOWER",
                                                    "GUITAR", "LEMON",  "QUEEN",  "ZEBRA" };

/* A misread letter never makes another word. */
static void test_list(void **state)
{
    (void)state;
    for (size_t i = 0; dvb_check_list[i]; i++) {
        assert_int_equal(strspn(dvb_check_list[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                         strlen(dvb_check_list[i]));
        assert_in_range(strlen(dvb_check_list[i]), 5, 6);
        for (size_t k = 0; k < i; k++)
            if (dvb_text_distance(dvb_check_list[i], dvb_check_list[k], 3) < 3)
                fail_msg("%s, %s", dvb_check_list[i], dvb_check_list[k]);
    }
}

/* The same seed, the same words, no two alike; another seed, others. */
static void test_draw(void **state)
{
    (void)state;
    const char *a[DVB_CHECK_WORDS], *b[DVB_CHECK_WORDS];
    int alike = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        dvb_check_draw(seed, a);
        dvb_check_draw(seed, b);
        assert_memory_equal(a, b, sizeof(a));
        for (int i = 0; i < DVB_CHECK_WORDS; i++)
            for (int k = 0; k < i; k++)
                assert_ptr_not_equal(a[i], a[k]);
        dvb_check_draw(seed + 1, b);
        alike += !memcmp(a, b, sizeof(a));
    }
    assert_int_equal(alike, 0);
}

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *named;
        int strange;
    } rows[] = {
        { "", "", 0 },
        { "NOTHING", "", 0 },
        { "APPLE\nBRIDGE\nZEBRA", "017", 0 },
        { "1. Apple\n2. Bridge\n3) **zebra**", "017", 0 },
        { "{\"words\": [\"lemon\", \"apple\"]}", "50", 0 },
        { "The words are: apple, queen and lemon.", "065", 0 },
        { "apple apple bridge apple", "01", 0 },
        { "APPIE BR1DGE QUEENS CANDL", "0162", 0 },
        { "PINEAPPLE ABRIDGED", "", 0 },
        { "WHALE APPLE", "0", 1 },
        { "APPLE WHALE WINDOW WHALE", "0", 3 },
        { "\xff\xfe APPLE\x01", "0", 0 },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZAPPLE", "", 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_check_reading r;
        char named[DVB_CHECK_WORDS + 1] = "";
        dvb_check_read(rows[i].text, words, &r);
        for (int k = 0; k < r.n_named; k++)
            named[k] = (char)('0' + r.named[k]);
        if (strcmp(named, rows[i].named) || r.strange != rows[i].strange)
            fail_msg("%s: %s, %d", rows[i].text, named, r.strange);
    }
}

/* sent: the words on the pictures, as digits; NULL: a video of which expected
   words must be named. */
struct scene {
    const char *sent;
    int expected;
    const char *reply;
    long media;
    enum dvb_check_verdict verdict;
    const char *why, *advice;
};

static void judge(const struct scene *s, struct dvb_check *c)
{
    struct dvb_profile p = { .model = (char *)"m", .fps = 2 };
    *c = (struct dvb_check){ .n_expected = s->expected, .tokens_media = s->media };
    memcpy(c->words, words, sizeof(words));
    for (int i = 0; i < DVB_CHECK_WORDS; i++)
        c->sent[i] = !s->sent || strchr(s->sent, '0' + i);
    if (s->sent)
        c->n_expected = c->pictures = (int)strlen(s->sent);
    dvb_check_read(s->reply, words, &c->reading);
    dvb_check_judge(&p, c);
}

static void test_judge(void **state)
{
    (void)state;
#define ALL "01234567"
    static const struct scene rows[] = {
        { ALL, 0, "APPLE BRIDGE CANDLE FLOWER GUITAR LEMON QUEEN ZEBRA", -1, DVB_CHECK_RIGHT,
          "every picture, in order", "" },
        { "1357", 0, "BRIDGE FLOWER LEMON ZEBRA", 100, DVB_CHECK_RIGHT, "every picture", "" },
        { ALL, 0, "APPLE CANDLE GUITAR QUEEN", 100, DVB_CHECK_FEWER,
          "4 of 8 words, about 1 a second where 2 were expected: the service resampled the "
          "pictures",
          "max_frames" },
        { ALL, 0, "APPLE GUITAR ZEBRA", 100, DVB_CHECK_FEWER, "resampled", "max_frames" },
        { ALL, 0, "APPLE BRIDGE CANDLE", 100, DVB_CHECK_FEWER,
          "the first 3 of 8 words: the service dropped the rest", "max_frames" },
        { ALL, 0, "QUEEN ZEBRA", 100, DVB_CHECK_FEWER, "the last 2 of 8 words", "max_frames" },
        { ALL, 0, "APPLE BRIDGE CANDLE FLOWER GUITAR LEMON ZEBRA", 100, DVB_CHECK_FEWER,
          "7 of 8 words; missing: QUEEN", "--seed" },
        { ALL, 0, "APPLE BRIDGE CANDLE FLOWER GUITAR LEMON QUEEN", 100, DVB_CHECK_FEWER,
          "7 of 8 words; missing: ZEBRA", "--seed" },
        { ALL, 0, "APPLE CANDLE FLOWER ZEBRA", 100, DVB_CHECK_FEWER,
          "missing: BRIDGE, GUITAR, LEMON, QUEEN", "--seed" },
        { ALL, 0, "BRIDGE APPLE CANDLE FLOWER GUITAR LEMON QUEEN ZEBRA", 100, DVB_CHECK_ORDER,
          "another order: 2 1 3 4 5 6 7 8", "larger model" },
        { ALL, 0, "APPLE WHALE CANDLE", 100, DVB_CHECK_WRONG, "1 word that were not", "cache" },
        { ALL, 0, "NOTHING", 0, DVB_CHECK_BLIND, "counts no tokens for the pictures",
          "a model that sees" },
        { ALL, 0, "I see letters.", 900, DVB_CHECK_BLIND, "counts 900 tokens", "max_pixels" },
        { ALL, 0, "", -1, DVB_CHECK_BLIND, "does not say", "a model that sees" },
        { NULL, 8, "NOTHING", 0, DVB_CHECK_BLIND, "dropped them", "send\": \"frames" },
        { NULL, 8, "APPLE BRIDGE CANDLE FLOWER GUITAR LEMON QUEEN ZEBRA", 9, DVB_CHECK_RIGHT,
          "at about 2 pictures a second or more", "" },
        { NULL, 4, "APPLE CANDLE GUITAR QUEEN", 9, DVB_CHECK_RIGHT, "about 1 pictures", "" },
        { NULL, 4, "APPLE BRIDGE GUITAR QUEEN ZEBRA", 9, DVB_CHECK_RIGHT, "in order", "" },
        { NULL, 8, "APPLE GUITAR ZEBRA", 9, DVB_CHECK_FEWER,
          "3 of 8 words, about 0.75 a second where 2 were expected: the service resampled the "
          "video",
          "\"fps\" in the profile is 2" },
        { NULL, 4, "APPLE", 9, DVB_CHECK_FEWER, "1 of 8 words", "fps" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_check c;
        judge(&rows[i], &c);
        if (c.verdict != rows[i].verdict || !strstr(c.why, rows[i].why) ||
            !strstr(c.advice, rows[i].advice) || !*rows[i].advice != !*c.advice)
            fail_msg("%s: %s: %s (%s)", rows[i].reply, dvb_check_verdict_names[c.verdict], c.why,
                     c.advice);
    }
}

/* Dark ink in the half that was asked for, and nowhere else; equal words, equal pixels. */
static void test_signs(void **state)
{
    (void)state;
    static const struct dvb_size sizes[] = { { 640, 480 }, { 64, 48 }, { 2, 2 }, { 1280, 200 } };
    for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
        for (size_t i = 0; dvb_check_list[i]; i++) {
            int w = sizes[s].w, h = sizes[s].h, row = (int)i % 2, dark[2] = { 0 };
            AVFrame *a = dvb_sign_draw(sizes[s], dvb_check_list[i], row, (unsigned)i);
            AVFrame *b = dvb_sign_draw(sizes[s], dvb_check_list[i], row, (unsigned)i);
            assert_non_null(a);
            assert_non_null(b);
            for (int y = 0; y < h; y++) {
                assert_memory_equal(a->data[0] + y * a->linesize[0],
                                    b->data[0] + y * b->linesize[0], (size_t)w);
                for (int x = 0; x < w; x++)
                    dark[y * 2 / h] += a->data[0][y * a->linesize[0] + x] < 100;
            }
            assert_int_equal(dark[!row], 0);
            if (w >= 640)
                assert_in_range(dark[row], w * h / 100, w * h / 4);
            av_frame_free(&a);
            av_frame_free(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),  cmocka_unit_test(test_draw),  cmocka_unit_test(test_read),
        cmocka_unit_test(test_judge), cmocka_unit_test(test_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
