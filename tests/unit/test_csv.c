/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
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

/* Rows as "line:field|field" lines, so that a whole table compares as one string. */
struct seen {
    char text[4096];
    int rows;
};

static int see(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    (void)err;
    struct seen *s = user;
    size_t len = strlen(s->text);
    len += (size_t)snprintf(s->text + len, sizeof(s->text) - len, "%ld:", row->line);
    for (size_t i = 0; i < row->n; i++)
        len += (size_t)snprintf(s->text + len, sizeof(s->text) - len, "%s[%s]", i ? "," : "",
                                row->field[i]);
    snprintf(s->text + len, sizeof(s->text) - len, ";");
    s->rows++;
    return 0;
}

static int parse(const char *data, size_t len, size_t piece, const struct dvb_csv_limits *limits,
                 struct seen *s, struct dvb_err *err)
{
    struct dvb_csv *csv;
    *s = (struct seen){ 0 };
    assert_int_equal(dvb_csv_open("t.csv", limits, see, s, &csv, err), 0);
    int ret = 0;
    for (size_t at = 0; at < len && !ret; at += piece)
        ret = dvb_csv_push(csv, data + at, len - at < piece ? len - at : piece, err);
    if (!ret)
        ret = dvb_csv_finish(csv, err);
    dvb_csv_close(&csv);
    assert_null(csv);
    return ret;
}

static void reads(const char *data, const char *expected)
{
    /* However the bytes are cut into pieces. */
    for (size_t piece = 1; piece < 8; piece++) {
        struct seen s;
        struct dvb_err err = { 0 };
        if (parse(data, strlen(data), piece, NULL, &s, &err))
            fail_msg("%s: %s", data, err.msg);
        assert_string_equal(s.text, expected);
    }
}

static void test_reads(void **state)
{
    (void)state;
    reads("", "");
    reads("a,b\r\nc,d\r\n", "1:[a],[b];2:[c],[d];");
    reads("a,b\nc,d", "1:[a],[b];2:[c],[d];");
    reads("\xef\xbb\xbfh\r\n1\r\n", "1:[h];2:[1];");
    reads("\xef\xbb\xbf\"h\"", "1:[h];");
    reads("\xef\xbbx,y", "1:[\xef\xbbx],[y];"); /* no mark after all */
    reads("\xef\xbb", "1:[\xef\xbb];");
    reads("\"a\nb\",\"c\r\nd\"\r\nx\r\n", "1:[a\nb],[c\r\nd];4:[x];");
    reads("\"say \"\"hi\"\"\",\"\"\"\"", "1:[say \"hi\"],[\"];");
    reads(",\r\n,,\"\"\r\n", "1:[],[];2:[],[],[];");
    reads("\"\"\r\n", "1:[];");
    reads("a\r\n\r\n\nb\r\n", "1:[a];4:[b];"); /* empty lines are no rows */
    reads("a,", "1:[a],[];");
    reads("a b , c", "1:[a b ],[ c];");
}

static void refuses(const char *data, size_t len, const char *expected)
{
    for (size_t piece = 1; piece < 4; piece++) {
        struct seen s;
        struct dvb_err err = { 0 };
        assert_true(parse(data, len, piece, NULL, &s, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        if (!strstr(err.msg, expected))
            fail_msg("'%s' does not hold '%s'", err.msg, expected);
    }
}
#define REFUSES(data, expected) refuses(data, sizeof(data) - 1, expected)

static void test_refuses(void **state)
{
    (void)state;
    REFUSES("a,b\r\nc,d\"e\r\n", "t.csv:2:4: a quote inside an unquoted field");
    REFUSES("a,b\r\nc,\"d\" e\r\n", "t.csv:2:6: text after a closing quote");
    REFUSES("a\r\nb,\"c\nd\r\ne\r\n", "t.csv:2:3: a quote that is never closed");
    REFUSES("a\rb\r\n", "t.csv:1:3: a CR outside quotes");
    REFUSES("a\r", "a CR outside quotes");
    REFUSES("a,b\nc\0d\n", "t.csv:2:2: a NUL byte");
    REFUSES("\xc3\xa9\xc3\xa9\"", "t.csv:1:3:"); /* columns count code points */
}

static void test_limits(void **state)
{
    (void)state;
    struct seen s;
    struct dvb_err err = { 0 };
    const struct dvb_csv_limits limits = { .max_field = 4, .max_fields = 3, .max_row = 8 };
    static const char fits[] = "1234,5,7\n1,2,3\n", field[] = "1\n\"1234\n", wide[] = "1,2,3,4\n",
                      row[] = "1234,1234,1\n";
    assert_int_equal(parse(fits, strlen(fits), 99, &limits, &s, &err), 0);
    assert_int_equal(s.rows, 2);
    assert_int_equal(parse(field, strlen(field), 99, &limits, &s, &err), -EFBIG);
    assert_non_null(strstr(err.msg, "t.csv:2:6: a field of more bytes than 4"));
    assert_int_equal(parse(wide, strlen(wide), 99, &limits, &s, &err), -EFBIG);
    assert_non_null(strstr(err.msg, "more fields than 3"));
    assert_int_equal(parse(row, strlen(row), 99, &limits, &s, &err), -EFBIG);
    assert_non_null(strstr(err.msg, "a row of more bytes than 8"));
}

static int stop_at_two(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    int *rows = user;
    if (++*rows == 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EDOM, "line %ld is bad", row->line);
    return 0;
}

static void test_callback_stops(void **state)
{
    (void)state;
    struct dvb_err err = { 0 };
    int rows = 0;
    assert_int_equal(dvb_write_file("three.csv", "a\nb\nc\n", 6, &err), 0);
    assert_int_equal(dvb_csv_read("three.csv", NULL, stop_at_two, &rows, &err), -EDOM);
    assert_int_equal(rows, 2);
    assert_string_equal(err.msg, "line 2 is bad");
    assert_int_equal(dvb_csv_read("none.csv", NULL, stop_at_two, &rows, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "none.csv"));
}

/* Quoting as Python 3.11's csv.writer(f) does it (checked by running it). */
static void test_writes(void **state)
{
    (void)state;
    static const struct {
        const char *field[3];
        size_t n;
        const char *expected;
    } cases[] = {
        { { "a", "b c", "" }, 3, "a,b c,\r\n" },
        { { "a,b", "say \"x\"", "l\nm" }, 3, "\"a,b\",\"say \"\"x\"\"\",\"l\nm\"\r\n" },
        { { "\r", " ", "'" }, 3, "\"\r\", ,'\r\n" },
        { { "" }, 1, "\"\"\r\n" },
        { { "", "" }, 2, ",\r\n" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text;
        size_t len;
        FILE *f = open_memstream(&text, &len);
        dvb_csv_write_row(f, cases[i].field, cases[i].n);
        fclose(f);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static int write_back(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    (void)err;
    dvb_csv_write_row(user, (const char *const *)row->field, row->n);
    return 0;
}

/* A published table, read and written again, is the same bytes. */
static void round_trip(const char *name)
{
    const char *top = getenv("TOP");
    char *path = dvb_asprintf("%s/../shared/data/devibench/%s", top ? top : ".", name);
    if (!dvb_is_file(path)) {
        printf("skip: %s is not here\n", path);
        free(path);
        skip();
        return; /* not reached */
    }
    struct dvb_err err = { 0 };
    char *before, *after;
    size_t n_before, n_after;
    assert_int_equal(dvb_read_file(path, (size_t)1 << 24, &before, &n_before, &err), 0);
    FILE *f = open_memstream(&after, &n_after);
    dvb_csv_write_bom(f);
    int ret = dvb_csv_read(path, NULL, write_back, f, &err);
    fclose(f);
    if (ret)
        fail_msg("%s", err.msg);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_before);
    free(before);
    free(after);
    free(path);
}

static void test_round_trip_v1(void **state)
{
    (void)state;
    round_trip("datasets_v1.csv");
}

static void test_round_trip_v2(void **state)
{
    (void)state;
    round_trip("datasets_v2.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),         cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_callback_stops),
        cmocka_unit_test(test_writes),        cmocka_unit_test(test_round_trip_v1),
        cmocka_unit_test(test_round_trip_v2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
