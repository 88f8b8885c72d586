/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/mem.h"
#include "workspace/published.h"

static void free_options(char *options[DVB_MAX_OPTIONS])
{
    for (int i = 0; i < DVB_MAX_OPTIONS; i++)
        free(options[i]);
}

static void splits(const char *cell, int n, const char *const *expected)
{
    char *options[DVB_MAX_OPTIONS];
    assert_int_equal(dvb_options_split(cell, options), n);
    for (int i = 0; i < DVB_MAX_OPTIONS; i++) {
        if (i < n)
            assert_string_equal(options[i], expected[i]);
        else
            assert_null(options[i]);
    }
    free_options(options);
}
#define SPLITS(cell, ...)                                                                          \
    splits(cell, (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)),                  \
           (const char *[]){ __VA_ARGS__ })

static void test_split(void **state)
{
    (void)state;
    SPLITS("A) 36 B) 38", "36", "38");
    SPLITS("A) COLD  B) SALT  C) SPICE  D) HOT", "COLD", "SALT", "SPICE", "HOT");
    SPLITS("A) one  \nB) two B) x\nC) three", "one", "two B) x", "three");
    SPLITS("A) N.Y.\xe2\x80\x83"
           "B) R. Laney",
           "N.Y.", "R. Laney");
    SPLITS(" A)7 B)8", "7", "8");
    SPLITS("A) vitamin B) C) Z", "vitamin", "", "Z");
    SPLITS("A) xB) y", "xB) y"); /* no white space before the letter */
    splits("B) 1 A) 2", 0, NULL);
    splits("", 0, NULL);
}

static void joins(const char *expected, int n, char *const *options)
{
    char *cell = dvb_options_join(options, n);
    assert_string_equal(cell, expected);
    splits(cell, n, (const char *const *)options);
    free(cell);
}
#define JOINS(expected, ...)                                                                       \
    joins(expected, (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)),               \
          (char *const *)(const char *[]){ __VA_ARGS__ })

static void test_join(void **state)
{
    (void)state;
    JOINS("A) 36 B) 38 C) N.Y. D) R. Laney", "36", "38", "N.Y.", "R. Laney");
    /* Ambiguous with spaces: lines. */
    JOINS("A) plan A) or\nB) B) two\nC) z", "plan A) or", "B) two", "z");
    JOINS("A) x\nB) y\nC) z\nD) see E) below", "x", "y", "z", "see E) below");
    JOINS("A) two\nlines B) one", "two\nlines", "one");
    JOINS("A) 1 B) 2 C) 3 D) 4 E) 5 F) 6 G) 7 H) 8", "1", "2", "3", "4", "5", "6", "7", "8");
    /* What the cell cannot hold: a line that begins like an option. */
    char first[] = "x\nB) y", second[] = "z B) w", *worst[] = { first, second };
    char *cell = dvb_options_join(worst, 2);
    assert_string_equal(cell, "A) x B) y\nB) z B) w");
    SPLITS(cell, "x B) y", "z B) w");
    free(cell);
}

static void test_time_and_folder(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *time;
    } times[] = {
        { 0, "0" }, { 10000, "10" }, { 12500, "12.5" }, { 1, "0.001" }, { 61030, "61.03" }
    };
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        char *s = dvb_published_time(times[i].ms);
        assert_string_equal(s, times[i].time);
        free(s);
    }
    static const char *const folders[][2] = {
        { "sample_1/video.mp4", "sample_1" },
        { "sample_1", "sample_1" },
        { "talks/a.mp4", "talks/a" },
        { "b.c/d", "b.c/d" },
        { "/video.mp4", "/video" },
        { ".hidden", ".hidden" },
        { "video.mp4", "video" },
    };
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        char *s = dvb_published_folder(folders[i][0]);
        assert_string_equal(s, folders[i][1]);
        free(s);
    }
}

struct tally {
    int rows, four, joined;
};

static int tally_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    struct tally *t = user;
    if (t->rows++ == 0) {
        for (size_t i = 0; i < DVB_PUBLISHED_COLUMNS; i++)
            assert_string_equal(row->field[i], dvb_published_header[i]);
        return 0;
    }
    char *options[DVB_MAX_OPTIONS];
    if (dvb_options_split(row->field[3], options) == 4)
        t->four++;
    char *cell = dvb_options_join(options, 4);
    t->joined += !strcmp(cell, row->field[3]);
    free(cell);
    free_options(options);
    (void)err;
    return 0;
}

/* The published table: four options in each of 1,074 rows, of which 770 are
   joined by single spaces; one of these has none after its letters. */
static void test_published_table(void **state)
{
    (void)state;
    const char *top = getenv("TOP");
    char *path = dvb_asprintf("%s/../shared/data/devibench/datasets_v1.csv", top ? top : ".");
    if (!dvb_is_file(path)) {
        printf("skip: %s is not here\n", path);
        free(path);
        skip();
        return; /* not reached */
    }
    struct tally t = { 0 };
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_csv_read(path, NULL, tally_row, &t, &err), 0);
    assert_int_equal(t.rows, 1075);
    assert_int_equal(t.four, 1074);
    assert_int_equal(t.joined, 769);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_time_and_folder),
        cmocka_unit_test(test_published_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
