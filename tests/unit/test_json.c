/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

static void check_refused(const char *text, const char *place, const char *why)
{
    struct dvb_err err;
    json_t *j = (json_t *)&err;
    assert_int_equal(dvb_json_parse(text, strlen(text), "f.json", &j, &err), -EINVAL);
    assert_null(j);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    if (strncmp(err.msg, place, strlen(place)) || !strstr(err.msg, why))
        fail_msg("'%s': got '%s', expected '%s ... %s'", text, err.msg, place, why);
}

static void errors_name_the_place(void **state)
{
    (void)state;
    check_refused("", "f.json:1:0: not valid JSON: ", "end of file");
    check_refused("{\n  \"a\": 1,\n  \"a\": 2\n}", "f.json:3:5: not valid JSON: ", "duplicate");
    check_refused("{\"a\": [1, 2}", "f.json:1:12: ", "'}'");
    check_refused("[1] x", "f.json:1:5: ", "end of file expected");
    check_refused("7", "f.json:1:", "expected");            /* no bare value */
    check_refused("[\"\\u0000\"]", "f.json:1:", "\\u0000"); /* would end a C string */
    check_refused("[\"\xff\"]", "f.json:1:", "unable to decode byte 0xff");
    check_refused("[1e999]", "f.json:1:", "overflow");
    check_refused("[99999999999999999999]", "f.json:1:", "too big");
    check_refused("[NaN]", "f.json:1:", "invalid token");
    check_refused("[1,]", "f.json:1:", "]");
}

/* Messages quote the text around an error, and end up in JSON output. */
static void messages_stay_valid_utf8(void **state)
{
    (void)state;
    char text[600] = "[";
    for (size_t i = 0, len = 1; i < 150; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", i % 7 ? "\xe4\xb8\xad" : "x");
    struct dvb_err err;
    json_t *j;
    assert_int_equal(dvb_json_parse(text, strlen(text), "f", &j, &err), -EINVAL);
    json_t *msg = json_string(err.msg);
    assert_non_null(msg);
    json_decref(msg);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    size_t n = 1000000;
    char *text = dvb_calloc(n + 1, 1);
    memset(text, '[', n);
    struct dvb_err err;
    json_t *j;
    assert_int_equal(dvb_json_parse(text, n, "f", &j, &err), -EINVAL);
    free(text);
}

static void only_len_bytes_count(void **state)
{
    (void)state;
    struct dvb_err err;
    json_t *j;
    assert_int_equal(dvb_json_parse("[1]junk", 3, "f", &j, &err), 0);
    assert_int_equal(json_array_size(j), 1);
    json_decref(j);
}

static void files(void **state)
{
    (void)state;
    struct dvb_err err;
    json_t *j;
    assert_int_equal(dvb_json_load("missing.json", &j, &err), -ENOENT);
    assert_null(j);
    assert_int_equal(dvb_write_file("a.json", "{\"k\": [true]}", 13, &err), 0);
    assert_int_equal(dvb_json_load("a.json", &j, &err), 0);
    json_decref(j);
    assert_int_equal(dvb_write_file("a.json", "{\n\"k\": tru}", 11, &err), 0);
    assert_int_equal(dvb_json_load("a.json", &j, &err), -EINVAL);
    assert_int_equal(strncmp(err.msg, "a.json:2:", 9), 0);
    unlink("a.json");
}

static void check_canon(const char *text, const char *want)
{
    struct dvb_err err;
    json_t *j;
    assert_int_equal(dvb_json_parse(text, strlen(text), "t", &j, &err), 0);
    char *got = dvb_json_canon(j);
    assert_string_equal(got, want);
    free(got);
    json_decref(j);
}

static void canonical_text(void **state)
{
    (void)state;
    check_canon("{ \"b\": 1, \"a\": {\"d\": [], \"c\": null} }",
                "{\"a\":{\"c\":null,\"d\":[]},\"b\":1}");
    check_canon("[0.1, 1e2, -0.0]", "[0.10000000000000001,100.0,-0.0]");
    json_t *bare = json_integer(3);
    char *s = dvb_json_canon(bare);
    assert_string_equal(s, "3");
    free(s);
    json_decref(bare);
}

static void strings_from_anywhere(void **state)
{
    (void)state;
    json_t *j = dvb_json_str(NULL);
    assert_true(json_is_null(j));
    json_decref(j);
    j = dvb_json_str("caf\xc3\xa9");
    assert_string_equal(json_string_value(j), "caf\xc3\xa9");
    json_decref(j);
    j = dvb_json_str("a\xff\xe4\xb8");
    assert_string_equal(json_string_value(j), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    json_decref(j);
}

static void members(void **state)
{
    (void)state;
    json_t *j = dvb_json_pack("{s:s, s:i, s:f, s:b}", "s", "text", "i", 3, "f", 0.5, "b", 1);
    assert_string_equal(dvb_json_get_str(j, "s"), "text");
    assert_null(dvb_json_get_str(j, "i"));
    assert_null(dvb_json_get_str(j, "none"));
    assert_null(dvb_json_get_str(NULL, "s"));
    assert_true(dvb_json_get_num(j, "i", -1) == 3);
    assert_true(dvb_json_get_num(j, "f", -1) == 0.5);
    assert_true(dvb_json_get_num(j, "s", -1) == -1);
    assert_true(dvb_json_get_num(j, "b", -1) == -1);
    assert_true(dvb_json_get_num(j, "none", 9) == 9);
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(messages_stay_valid_utf8),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(only_len_bytes_count),
        cmocka_unit_test(files),
        cmocka_unit_test(canonical_text),
        cmocka_unit_test(strings_from_anywhere),
        cmocka_unit_test(members),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
