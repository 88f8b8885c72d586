/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void check_clean(const char *in, const char *want)
{
    char *got = dvb_utf8_clean(in);
    assert_string_equal(got, want);
    char *again = dvb_utf8_clean(got);
    assert_string_equal(again, got);
    free(again);
    free(got);
}

static void utf8_is_repaired(void **state)
{
    (void)state;
    check_clean("", "");
    check_clean("plain", "plain");
    check_clean("caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80",
                "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80");
    check_clean("\xff\xfe", BAD BAD);
    check_clean("a\x80z", "a" BAD "z");                            /* lone continuation */
    check_clean("\xc0\xaf", BAD BAD);                              /* overlong '/' */
    check_clean("\xe0\x80\x80", BAD BAD BAD);                      /* overlong NUL */
    check_clean("\xed\xa0\x80", BAD BAD BAD);                      /* surrogate U+D800 */
    check_clean("\xf4\x90\x80\x80", BAD BAD BAD BAD);              /* above U+10FFFF */
    check_clean("\xe4\xb8", BAD BAD);                              /* ends too early */
    check_clean("\xe4\xb8x\xe4\xb8\xad", BAD BAD "x\xe4\xb8\xad"); /* resumes after damage */
}

static void utf8_is_cut_between_characters(void **state)
{
    (void)state;
    const char *s = "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80z"; /* 1 + 2 + 3 + 4 + 1 */
    const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11 };
    for (size_t max = 0; max < sizeof(want) / sizeof(*want); max++)
        assert_int_equal(dvb_utf8_cut(s, max), want[max]);
    assert_int_equal(dvb_utf8_cut("", 0), 0);
    assert_int_equal(dvb_utf8_cut("", 9), 0);
    assert_int_equal(dvb_utf8_cut("\x80\x80\x80", 2), 0);
}

static void check_fold(const char *in, const char *want)
{
    char *got = dvb_text_fold(in);
    assert_string_equal(got, want);
    char *again = dvb_text_fold(got);
    assert_string_equal(again, got);
    free(again);
    free(got);
}

static void folding(void **state)
{
    (void)state;
    check_fold("", "");
    check_fold(" \t\r\n ", "");
    check_fold("  Two\t\n words ", "two words");
    check_fold("A\xe2\x80\x83"
               "B",
               "a b"); /* U+2003 em space */
    check_fold("\xe3\x80\x80"
               "A\xc2\xa0"
               "B\xe2\x80\xa8",
               "a b");                            /* U+3000, U+00A0, U+2028 */
    check_fold("\xc2\x85x", "x");                 /* U+0085 next line */
    check_fold("\xef\xbc\xa1\xef\xbc\x92", "a2"); /* full-width A2 */
    check_fold("\xef\xac\x81le", "file");         /* ligature fi */
    check_fold("x\xc2\xb2", "x2");                /* superscript two */
    check_fold("e\xcc\x81", "\xc3\xa9");          /* e + acute composes */
    check_fold("STRASSE", "strasse");
    check_fold("stra\xc3\x9f"
               "e",
               "strasse");
    check_fold("\xce\xa3", "\xcf\x83"); /* sigma */
    check_fold("a\xe2\x80\x8b"
               "b\xef\xbb\xbf",
               "ab");           /* zero-width space, BOM */
    check_fold("Yes.", "yes."); /* punctuation stays */
    check_fold("\xff", BAD);
    check_fold("\xf0\x9f\x98\x80 OK", "\xf0\x9f\x98\x80 ok");
}

static void sameness(void **state)
{
    (void)state;
    assert_true(dvb_text_same(" 20\xc2\xa0km/h", "20 KM/H "));
    assert_true(dvb_text_same("\xef\xbc\x90", "0"));
    assert_false(dvb_text_same("20", "2 0"));
    assert_false(dvb_text_same("20", "20."));
    assert_false(dvb_text_same("O", "0"));
    assert_true(dvb_text_same("", " \t"));
}

static void trimming(void **state)
{
    (void)state;
    char a[] = " \t a b \r\n", b[] = " \n ", c[] = "", d[] = "\xc2\xa0x\xc2\xa0";
    assert_string_equal(dvb_text_trim(a), "a b");
    assert_string_equal(dvb_text_trim(b), "");
    assert_string_equal(dvb_text_trim(c), "");
    assert_string_equal(dvb_text_trim(d), "\xc2\xa0x\xc2\xa0"); /* bytes >= 0x80 are not space */
}

static void whole_words(void **state)
{
    (void)state;
    const char *s = "The left half, lefty; LEFT";
    assert_ptr_equal(dvb_text_word(s, "left"), s + 4);
    assert_ptr_equal(dvb_text_word(s + 5, "left"), s + 22);
    assert_null(dvb_text_word("leftover cleft left_hand l\xc3\xa9"
                              "ft",
                              "left"));
    assert_null(dvb_text_word("\xc3\xa9left", "left")); /* a letter stands before */
    assert_non_null(dvb_text_word("(left)", "left"));
    assert_null(dvb_text_word("", "left"));
    assert_null(dvb_text_word("lef", "left"));
    assert_null(dvb_text_word("anything", ""));
}

static void distances(void **state)
{
    (void)state;
    assert_int_equal(dvb_text_distance("", "", 9), 0);
    assert_int_equal(dvb_text_distance("kitten", "sitting", 9), 3);
    assert_int_equal(dvb_text_distance("sitting", "kitten", 9), 3);
    assert_int_equal(dvb_text_distance("", "abc", 9), 3);
    assert_int_equal(dvb_text_distance("flaw", "lawn", 9), 2);
    assert_int_equal(dvb_text_distance("\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad", 9), 1);
    assert_int_equal(dvb_text_distance("abcdef", "uvwxyz", 4), 4); /* capped */
    assert_int_equal(dvb_text_distance("a", "abcdefgh", 3), 3);
    assert_int_equal(dvb_text_distance("same", "same", 1), 0);
    assert_int_equal(dvb_text_distance("same", "sane", 1), 1);
    assert_int_equal(dvb_text_distance("same", "same", 0), 0);
}

/* Against the recursive definition, on all pairs of short words. */
static int slow_distance(const char *a, const char *b)
{
    if (!*a || !*b)
        return (int)(strlen(a) + strlen(b));
    int best = slow_distance(a + 1, b + 1) + (*a != *b);
    int del = slow_distance(a + 1, b) + 1, ins = slow_distance(a, b + 1) + 1;
    best = del < best ? del : best;
    return ins < best ? ins : best;
}

static void distances_agree_with_the_definition(void **state)
{
    (void)state;
    char words[40][5];
    for (int i = 0; i < 40; i++) { /* base 3 digits: "", "a" .. "cccc" in part */
        int n = 0;
        for (int v = i; v; v = (v - 1) / 3)
            words[i][n++] = (char)('a' + (v - 1) % 3);
        words[i][n] = '\0';
    }
    for (int i = 0; i < 40; i++)
        for (int j = 0; j < 40; j++)
            for (int cap = 1; cap < 6; cap++) {
                int want = slow_distance(words[i], words[j]);
                assert_int_equal(dvb_text_distance(words[i], words[j], cap),
                                 want < cap ? want : cap);
            }
}

static void rates(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        int64_t bps;
    } good[] = {
        { "200k", 200000 },   { "200K", 200000 },
        { "1.5M", 1500000 },  { "1m", 1000000 },
        { "800000", 800000 }, { "1", 1 },
        { "0.001k", 1 },      { "1000000M", 1000000000000 },
        { "1710k", 1710000 }, { "12.3456", 12 },
    };
    static const char *const bad[] = { "",     "k",      "0",     "0k",    "-200k", "+5",
                                       " 5",   "5 ",     "200kb", "200 k", "2x",    "1e3",
                                       "0x10", "1.2.3k", ".5M",   "inf",   "nan",   "1000001M",
                                       "0.4",  "200kk",  "5k\n" };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        int64_t bps = -1;
        assert_true(dvb_parse_rate(good[i].s, &bps));
        assert_int_equal(bps, good[i].bps);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int64_t bps = -7;
        if (dvb_parse_rate(bad[i], &bps))
            fail_msg("'%s' was taken as a rate", bad[i]);
        assert_int_equal(bps, -7);
    }
}

static void sizes(void **state)
{
    (void)state;
    struct dvb_size s = { 0, 0 };
    assert_true(dvb_parse_size("1280x720", &s));
    assert_int_equal(s.w, 1280);
    assert_int_equal(s.h, 720);
    assert_true(dvb_parse_size("65535X1", &s));
    assert_int_equal(s.w, 65535);
    static const char *const bad[] = { "",      "x",        "1280", "1280x",     "x720",
                                       "0x720", "1x0",      "-1x5", "65536x1",   "1x65536",
                                       "1x2x3", "1 x2",     "1x 2", "1234567x1", "axb",
                                       "1.5x2", "1280x720 " };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_size t = { -7, -7 };
        if (dvb_parse_size(bad[i], &t))
            fail_msg("'%s' was taken as a size", bad[i]);
        assert_int_equal(t.w, -7);
    }
}

static void whole_numbers(void **state)
{
    (void)state;
    int64_t v;
    assert_true(dvb_parse_int("0", &v) && v == 0);
    assert_true(dvb_parse_int("-0012", &v) && v == -12);
    assert_true(dvb_parse_int("+7", &v) && v == 7);
    assert_true(dvb_parse_int("9223372036854775807", &v) && v == INT64_MAX);
    assert_true(dvb_parse_int("-9223372036854775808", &v) && v == INT64_MIN);
    static const char *const bad[] = { "",
                                       " 1",
                                       "1 ",
                                       "1.0",
                                       "1e3",
                                       "0x1",
                                       "one",
                                       "--1",
                                       "-",
                                       "9223372036854775808",
                                       "-9223372036854775809" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        v = -7;
        if (dvb_parse_int(bad[i], &v))
            fail_msg("'%s' was taken as a whole number", bad[i]);
        assert_int_equal(v, -7);
    }
}

static void numbers(void **state)
{
    (void)state;
    double v;
    assert_true(dvb_parse_num("0.001", &v) && v == 0.001);
    assert_true(dvb_parse_num("-2.5e-3", &v) && v == -2.5e-3);
    assert_true(dvb_parse_num(".5", &v) && v == 0.5);
    assert_true(dvb_parse_num("3.", &v) && v == 3);
    static const char *const bad[] = { "",    " 1",   "1 ",    "1,5",   "nan",
                                       "inf", "-inf", "1e999", "0x1p3", "1e",
                                       "e5",  ".",    "-",     "1.2.3", "INFINITY" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        v = -7;
        if (dvb_parse_num(bad[i], &v))
            fail_msg("'%s' was taken as a number", bad[i]);
        assert_true(v == -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_repaired),
        cmocka_unit_test(utf8_is_cut_between_characters),
        cmocka_unit_test(folding),
        cmocka_unit_test(sameness),
        cmocka_unit_test(trimming),
        cmocka_unit_test(whole_words),
        cmocka_unit_test(distances),
        cmocka_unit_test(distances_agree_with_the_definition),
        cmocka_unit_test(rates),
        cmocka_unit_test(sizes),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
