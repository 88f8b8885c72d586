/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "eval/network/trace.h"

static void good(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dvb_trace_kind kind;
        size_t n;
        int64_t length;
        double mbps;
    } cases[] = {
        { "0\n0\n12\n", DVB_TRACE_MAHIMAHI, 3, 12000, 3.008 },
        { "# made\r\n\r\n 5\r\n5 \r\n10", DVB_TRACE_MAHIMAHI, 3, 10000, 3.6096 },
        { "0 1\n1 3\n", DVB_TRACE_RATE, 2, 2000000, 2 },
        { "7.5\t2", DVB_TRACE_RATE, 1, 1000000, 2 },
        { "100 1\n100.5 0\n", DVB_TRACE_RATE, 2, 1000000, 0.5 },
        { "seconds,mbps\r\n0,1\r\n2,4\r\n", DVB_TRACE_CSV, 2, 4000000, 2.5 },
        { "\xef\xbb\xbf"
          "0, 1\n1, 2\n",
          DVB_TRACE_CSV, 2, 2000000, 1.5 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_trace t;
        struct dvb_err err = { 0 };
        if (dvb_trace_parse(cases[i].text, strlen(cases[i].text), "t", &t, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(t.kind, cases[i].kind);
        assert_int_equal(t.n, cases[i].n);
        assert_int_equal(t.length, cases[i].length);
        assert_true(fabs(dvb_trace_mean(&t) / 1e6 - cases[i].mbps) < 1e-9);
        dvb_trace_release(&t);
    }
}

static void bad(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", "t: found no lines of a trace" },
        { "# nothing\n\n", "t: found no lines of a trace" },
        { "1\n5\n4\n", "t:3: found 4 after 5, expected times that do not decrease" },
        { "0\n0\n", "t:2: the last time is 0, expected more than 0" },
        { "1\ntwo\n", "t:2: found 'two', expected a whole millisecond" },
        { "1\n2.5\n", "t:2: found '2.5', expected a whole millisecond" },
        { "-1\n", "t:1: found '-1', expected a whole millisecond" },
        { "1\n99999999999999999999\n", "t:2: found '99999999999999999999', expected a whole" },
        { "1\n1000000001\n", "t:2: found '1000000001', expected a whole" },
        { "1\n2 3\n", "t:2: found '2 3', expected a whole millisecond" },
        { "0 1\n1\n", "t:2: found '1', expected \"seconds Mbps\"" },
        { "0 1\n0 2\n", "t:2: found 0 after 0, expected seconds that rise" },
        { "0 1\n1 nan\n", "t:2: found 'nan', expected Mbps" },
        { "0 1\n1 -2\n", "t:2: found '-2', expected Mbps" },
        { "0 1\n1 1e9\n", "t:2: found '1e9', expected Mbps" },
        { "0 1\nx 1\n", "t:2: found 'x', expected seconds" },
        { "0 1 2\n", "t:1: found '1 2', expected Mbps" },
        { "0 0\n1 0\n", "t:2: every rate is 0" },
        { "0 1\n2000000 1\n", "t:2: found '2000000', expected at most 1000000 seconds" },
        { "0 1\n0.0000001 1\n", "t:2: found '0.0000001', expected steps of a microsecond" },
        { "a,b\nc,d\n", "t:2: found 'c', expected seconds" },
        { "0,1,2\n", "t:1: 3 columns, expected seconds,Mbps" },
        { "seconds,mbps\n", "t: found no lines of a trace" },
        { "0,\"1\n", "t:" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_trace t;
        struct dvb_err err = { 0 };
        assert_true(dvb_trace_parse(cases[i].text, strlen(cases[i].text), "t", &t, &err) < 0);
        if (strncmp(err.msg, cases[i].message, strlen(cases[i].message)))
            fail_msg("case %zu: %s", i, err.msg);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        assert_true(!t.n && !t.at && !t.steps);
    }
}

/* Beginnings of numbers are no numbers: neither a NUL nor the end of a buffer ends a line. */
static void odd_bytes(void **state)
{
    (void)state;
    struct dvb_trace t;
    struct dvb_err err;
    assert_true(dvb_trace_parse("1\0002\n", 4, "t", &t, &err) < 0);
    char text[1000];
    memset(text, ' ', sizeof(text));
    text[0] = '1';
    text[990] = '2';
    text[999] = '\n';
    assert_true(dvb_trace_parse(text, sizeof(text), "t", &t, &err) < 0);
}

/* The published traces, where they are beside the project. */
static void real_traces(void **state)
{
    (void)state;
    static const char *const names[] = { "ATT-LTE-driving-2016.up", "TMobile-UMTS-driving.up",
                                         "Verizon-LTE-short.up" };
    const char *top = getenv("TOP");
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[1000];
        snprintf(path, sizeof(path), "%s/../shared/data/traces/%s", top ? top : ".", names[i]);
        if (!dvb_is_file(path)) {
            print_message("no %s\n", path);
            skip();
        }
        struct dvb_trace t;
        struct dvb_err err = { 0 };
        if (dvb_trace_read(path, &t, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(t.kind, DVB_TRACE_MAHIMAHI);
        assert_true(dvb_trace_mean(&t) > 1e5 && dvb_trace_mean(&t) < 1e8);
        dvb_trace_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(odd_bytes),
        cmocka_unit_test(real_traces),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
