/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/log.h"
#include "model/reply.h"

struct row {
    const char *text;
    const char *want; /* canonical JSON, or NULL: unreadable */
    bool salvaged;
};

static const struct row rows[] = {
    /* As it stands. */
    { "{\"a\":1}", "{\"a\":1}", false },
    { " \n[1,2]\n ", "[1,2]", false },
    /* Wrapped. */
    { "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}", true },
    { "```json\n{\"a\":1}\n```", "{\"a\":1}", true },
    { "```\n[{\"a\":1}]\n```\nThat is all.", "[{\"a\":1}]", true },
    { "Here it is: {\"a\":1}. Enjoy!", "{\"a\":1}", true },
    { "Note [1]: the list {\"a\":[1,2,3]} follows {", "{\"a\":[1,2,3]}", true },
    { "As in {this}: {\"a\":1}", "{\"a\":1}", true },
    { "An example {\"a\":0} and the answer {\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}", true },
    { "He said \"{\": {\"a\":\"}\"}", "{\"a\":\"}\"}", true },
    { "<think>{\"draft\":\"a long one that is not meant\"}</think>{\"a\":1}", "{\"a\":1}", true },
    { "<think>{\"a\":1}</think> done", "{\"a\":1}", true },
    /* Repaired. */
    { "{\"a\":[1,2,],}", "{\"a\":[1,2]}", true },
    { "{\"a\":[1,2 , \n ] , }", "{\"a\":[1,2]}", true },
    { "{\"a\":\"x,]\",}", "{\"a\":\"x,]\"}", true },
    { "{\"a\":\"line\nbreak\ttab\"}", "{\"a\":\"line\\nbreak\\ttab\"}", true },
    { "{\"a\":1,\"a\":2}", "{\"a\":2}", true },
    { "{\"a\":\"\\\"{[\"} }", "{\"a\":\"\\\"{[\"}", true },
    /* Broken off. */
    { "{\"questions\":[{\"q\":1},{\"q\":2},{\"q\":", "{\"questions\":[{\"q\":1},{\"q\":2}]}",
      true },
    { "{\"questions\":[{\"q\":1},{\"q\":2}", "{\"questions\":[{\"q\":1},{\"q\":2}]}", true },
    { "{\"questions\":[{\"q\":1},{\"q\":2},", "{\"questions\":[{\"q\":1},{\"q\":2}]}", true },
    { "{\"questions\":[{\"q\":1},{\"o\":[\"x\",\"y\"", "{\"questions\":[{\"q\":1}]}", true },
    { "{\"questions\":[{\"q\":\"a } ]\"},{\"q\":\"b, {", "{\"questions\":[{\"q\":\"a } ]\"}]}",
      true },
    { "```json\n{\"questions\":[{\"q\":1},{\"q", "{\"questions\":[{\"q\":1}]}", true },
    { "{\"n\":1,\"questions\":[{\"q\":1}],\"note\":\"cut", "{\"n\":1,\"questions\":[{\"q\":1}]}",
      true },
    { "{\"x\":[1,2],\"questions\":[{\"q\":1},{", "{\"questions\":[{\"q\":1}],\"x\":[1,2]}", true },
    { "[\"a\",\"b\",\"c", "[\"a\",\"b\"]", true },
    { "[[1,2],[3,4],[5", "[[1,2],[3,4]]", true },
    { "Sure, [as asked: {\"questions\":[{\"q\":1},{\"q", "{\"questions\":[{\"q\":1}]}", true },
    /* Nothing to read. */
    { "", NULL, false },
    { "I cannot do that.", NULL, false },
    { "42", NULL, false },
    { "\"text\"", NULL, false },
    { "{\"questions\":[{\"q\":", NULL, false },
    { "{\"a\":", NULL, false },
    { "{\"a\" 1}", NULL, false },
    { "]}{[", NULL, false },
    { "}}}}", NULL, false },
};

static void test_table(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_t *out;
        bool salvaged;
        struct dvb_err err = { 0 };
        int ret = dvb_reply_json(rows[i].text, &out, &salvaged, &err);
        char *got = out ? dvb_json_canon(out) : NULL;
        bool same = rows[i].want ? got && !strcmp(got, rows[i].want) && !ret : !out;
        if (!same || salvaged != rows[i].salvaged) {
            print_error("'%s': found %s (salvaged %d)\n", rows[i].text, got ? got : "nothing",
                        salvaged);
            failures++;
        }
        if (!rows[i].want) {
            assert_int_equal(ret, -EBADMSG);
            assert_int_equal(err.fault, DVB_FAULT_SERVICE);
        }
        free(got);
        json_decref(out);
    }
    assert_int_equal(failures, 0);
}

/* Text made to be slow is given up on in time; what is too long is refused. */
static void test_hostile(void **state)
{
    (void)state;
    size_t len = (size_t)4 << 20;
    char *text = malloc((len << 2) + 1);
    json_t *out;
    bool salvaged;
    struct dvb_err err;
    static const char *const fills[] = { "[", "{\"", "[]", "{\"a\":[", "\"", "[,", "```{" };
    for (size_t f = 0; f < sizeof(fills) / sizeof(*fills); f++) {
        size_t unit = strlen(fills[f]);
        for (size_t i = 0; i < len; i++)
            text[i] = fills[f][i % unit];
        text[len] = '\0';
        double start = dvb_now();
        dvb_reply_json(text, &out, &salvaged, &err);
        json_decref(out);
        assert_true(dvb_now() - start < 10);
    }
    memset(text, ' ', len << 2);
    text[len << 2] = '\0';
    assert_int_equal(dvb_reply_json(text, &out, &salvaged, &err), -EBADMSG);
    assert_non_null(strstr(err.msg, "8 MiB"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
