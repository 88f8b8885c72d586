/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls as JSON lines: there and back, and every kind of bad line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "workspace/calls.h"

#define T(text) ((char *)(text))
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

static struct dvb_workspace *fresh(const char *dir)
{
    struct dvb_workspace *ws;
    OK(dvb_remove_tree(dir, &err));
    OK(dvb_workspace_open(dir, &ws, &err));
    return ws;
}

static int64_t put(struct dvb_workspace *ws, const char *hash, enum dvb_call_status status,
                   const char *reply)
{
    struct dvb_call c = { .request_hash = T(hash),
                          .step = T("original"),
                          .status = status,
                          .reply = T(reply),
                          .usage = T("{\"prompt_tokens\":100}"),
                          .logprobs = T("{\"content\":[{\"token\":\"B\"}]}"),
                          .cost_usd = 0.1,
                          .latency_s = 0.25,
                          .attempts = 2,
                          .tokens_in = 100,
                          .tokens_cached = 20,
                          .tokens_out = 5 };
    int64_t id;
    OK(dvb_store_put_model(ws->store, "m",
                           "{\"base_url\":\"https://h/v1\",\"model\":\"x\",\"wire\":\"openai\"}",
                           &c.model, &err));
    OK(dvb_store_put_prompt(ws->store, "answer", "Which?\n\"A\" \xe7\xad\x94", &c.prompt, &err));
    OK(dvb_store_put_call(ws->store, &c, &id, &err));
    return id;
}

static long write_to(struct dvb_workspace *ws, const char *path)
{
    long n;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    OK(dvb_calls_write(ws, f, &n, &err));
    assert_int_equal(fclose(f), 0);
    return n;
}

static void assert_same_file(const char *a, const char *b)
{
    char *x, *y;
    OK(dvb_read_file(a, 1 << 20, &x, NULL, &err));
    OK(dvb_read_file(b, 1 << 20, &y, NULL, &err));
    assert_string_equal(x, y);
    free(x);
    free(y);
}

static void assert_reply(struct dvb_workspace *ws, const char *hash, enum dvb_call_status status,
                         const char *reply)
{
    struct dvb_call c;
    assert_int_equal(dvb_store_find_call(ws->store, hash, &c, &err), 1);
    assert_int_equal(c.status, status);
    assert_string_equal(c.reply, reply);
    dvb_call_release(&c);
}

/* Every field comes through, also of answers that newer ones took the place of. */
static void test_there_and_back(void **state)
{
    (void)state;
    struct dvb_workspace *one = fresh("one"), *two = fresh("two");
    struct dvb_calls_read r;
    put(one, HASH_A, DVB_CALL_OK, "older\nline");
    OK(dvb_store_supersede_call(one->store, HASH_A, &err));
    put(one, HASH_A, DVB_CALL_UNPARSED, "newer \xf0\x9f\x8e\xa5");
    put(one, HASH_B, DVB_CALL_ERROR, "HTTP 503");
    assert_int_equal(write_to(one, "one.jsonl"), 3);
    OK(dvb_calls_read(two, "one.jsonl", false, &r, &err));
    assert_int_equal(r.lines, 3);
    assert_int_equal(r.added, 3);
    assert_int_equal(write_to(two, "two.jsonl"), 3);
    assert_same_file("one.jsonl", "two.jsonl");
    assert_reply(two, HASH_A, DVB_CALL_UNPARSED, "newer \xf0\x9f\x8e\xa5");
    assert_reply(two, HASH_A ".1", DVB_CALL_OK, "older\nline");
    OK(dvb_calls_read(two, "one.jsonl", false, &r, &err)); /* again: nothing changes */
    assert_int_equal(r.added, 0);
    assert_int_equal(r.known, 3);
    assert_int_equal(r.repeated, 0);
    write_to(two, "two.jsonl");
    assert_same_file("one.jsonl", "two.jsonl");
    dvb_workspace_close(&one);
    dvb_workspace_close(&two);
}

/* What the other side has: errors give way to answers, answers to nothing. */
static void test_meetings(void **state)
{
    (void)state;
    struct dvb_workspace *one = fresh("one"), *two = fresh("two");
    struct dvb_calls_read r;
    put(one, HASH_A, DVB_CALL_OK, "B");
    put(one, HASH_B, DVB_CALL_ERROR, "HTTP 503");
    write_to(one, "one.jsonl");
    int64_t id = put(two, HASH_A, DVB_CALL_ERROR, "HTTP 500");
    put(two, HASH_B, DVB_CALL_OK, "A");
    OK(dvb_calls_read(two, "one.jsonl", false, &r, &err));
    assert_int_equal(r.answered, 1);
    assert_int_equal(r.known, 1);
    assert_int_equal(r.added, 0);
    assert_reply(two, HASH_A, DVB_CALL_OK, "B");
    assert_reply(two, HASH_B, DVB_CALL_OK, "A");
    struct dvb_call c;
    OK(dvb_store_get_call(two->store, id, &c, &err));
    assert_string_equal(c.reply, "B"); /* in the row that verdicts may refer to */
    assert_int_equal(c.attempts, 4);
    assert_int_equal(c.tokens_in, 200);
    dvb_call_release(&c);
    /* read differently, but the same words: no conflict */
    OK(dvb_store_set_call_status(two->store, id, DVB_CALL_UNPARSED, &err));
    OK(dvb_calls_read(two, "one.jsonl", false, &r, &err));
    assert_int_equal(r.known, 2);
    assert_reply(two, HASH_A, DVB_CALL_UNPARSED, "B");
    dvb_workspace_close(&one);
    dvb_workspace_close(&two);
}

static void test_conflict(void **state)
{
    (void)state;
    struct dvb_workspace *one = fresh("one"), *two = fresh("two");
    struct dvb_calls_read r;
    put(one, HASH_B, DVB_CALL_OK, "new");
    put(one, HASH_A, DVB_CALL_OK, "B");
    write_to(one, "one.jsonl");
    put(two, HASH_A, DVB_CALL_OK, "C");
    write_to(two, "before.jsonl");
    assert_true(dvb_calls_read(two, "one.jsonl", false, &r, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "one.jsonl:2: request aaaaaaaaaaaa: another answer than the "
                                    "workspace has"));
    assert_int_equal(r.lines, 0);
    write_to(two, "after.jsonl"); /* the first line is not in either */
    assert_same_file("before.jsonl", "after.jsonl");
    OK(dvb_calls_read(two, "one.jsonl", true, &r, &err));
    assert_int_equal(r.added, 1);
    assert_int_equal(r.kept, 1);
    assert_reply(two, HASH_A, DVB_CALL_OK, "C");
    assert_reply(two, HASH_B, DVB_CALL_OK, "new");
    dvb_workspace_close(&one);
    dvb_workspace_close(&two);
}

/* A good line with one member changed (value NULL: removed), or as a whole. */
static char *line_with(const char *field, const char *value)
{
    json_t *j = dvb_json_pack("{s:i, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:f, s:f, s:i}",
                              "schema_version", 1, "request_hash", HASH_A, "step", "original",
                              "status", "ok", "model", "m", "profile", "wire", "openai", "base_url",
                              "https://h/v1", "model", "x", "reply", "B", "cost_usd", 0.0,
                              "latency_s", 0.5, "attempts", 1);
    if (field && value)
        json_object_set_new(j, field, json_loads(value, JSON_DECODE_ANY, NULL));
    else if (field)
        json_object_del(j, field);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static void write_lines(const char *path, const char *first, const char *second)
{
    char *text = dvb_asprintf("%s\n\n%s", first, second); /* no line end at the end */
    OK(dvb_write_file(path, text, strlen(text), &err));
    free(text);
}

static void test_bad_values(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value, *says;
    } rows[] = {
        { "request_hash", NULL, "'request_hash': found nothing, expected a string" },
        { "request_hash", "5", "'request_hash': found 5, expected a string" },
        { "request_hash", "\"" HASH_A ".1\"", "expected 64 hexadecimal digits" },
        { "request_hash", "\"AAAA\"", "found \"AAAA\", expected 64 hexadecimal digits" },
        { "schema_version", "2", "comes from a newer devibench" },
        { "schema_version", "0", "found 0, expected 1" },
        { "superseded", "-1", "'superseded': found -1, expected a whole number" },
        { "superseded", "1.5", "'superseded': found 1.5, expected a whole number" },
        { "step", "\"\"", "'step': found \"\"" },
        { "step", "null", "'step': found null, expected a string" },
        { "status", "\"done\"", "'status': found \"done\", expected \"ok\"" },
        { "model", "\"\"", "'model': found \"\"" },
        { "profile", "\"m\"", "'profile': found \"m\", expected an object" },
        { "profile", "{\"wire\":\"openai\",\"model\":5,\"base_url\":\"u\"}", "string 'model'" },
        { "profile", "{}", "expected a string 'wire' in it" },
        { "prompt", "[]", "'prompt': found [], expected a string or null" },
        { "prompt_name", "1", "'prompt_name': found 1, expected a string or null" },
        { "reply", "null", "'reply': found null, expected a string" },
        { "usage", "\"many\"", "'usage': found \"many\", expected an object or null" },
        { "cost_usd", "-0.5", "'cost_usd': found -0.5, expected a number from 0 to" },
        { "cost_usd", "\"1\"", "'cost_usd': found \"1\", expected a number" },
        { "latency_s", "null", "'latency_s': found null, expected a number" },
        { "tokens_out", "\"5\"", "'tokens_out': found \"5\", expected a whole number" },
        { "attempts", "3000000000", "'attempts': found 3000000000" },
    };
    struct dvb_workspace *ws = fresh("ws");
    struct dvb_calls_read r;
    put(ws, HASH_B, DVB_CALL_OK, "mine");
    write_to(ws, "before.jsonl");
    char *good = line_with("request_hash", "\"cccccccccccccccccccccccccccccccccccccccccccccccc"
                                           "cccccccccccccccc\"");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *bad = line_with(rows[i].field, rows[i].value);
        write_lines("bad.jsonl", good, bad);
        free(bad);
        assert_true(dvb_calls_read(ws, "bad.jsonl", true, &r, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        if (strncmp(err.msg, "bad.jsonl:3: field", 18) || !strstr(err.msg, rows[i].says))
            fail_msg("%s %s: %s", rows[i].field, rows[i].value, err.msg);
        write_to(ws, "after.jsonl");
        assert_same_file("before.jsonl", "after.jsonl");
    }
    free(good);
    dvb_workspace_close(&ws);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "{\"request_hash\": \"aa", "not valid JSON" },
        { "[1]", "expected a JSON object" },
        { "{} {}", "not valid JSON: end of file expected" },
        { "{\"a\":1,\"a\":2}", "duplicate object key" },
        { "{\"reply\":\"\\u0000\"}", "not valid JSON" },
        { "{\"reply\":\"\xff\"}", "not valid JSON" },
        { "hello", "not valid JSON" },
    };
    struct dvb_workspace *ws = fresh("ws");
    struct dvb_calls_read r;
    char *good = line_with(NULL, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        write_lines("bad.jsonl", good, rows[i].line);
        assert_true(dvb_calls_read(ws, "bad.jsonl", false, &r, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        if (strncmp(err.msg, "bad.jsonl:3:", 12) || !strstr(err.msg, rows[i].says))
            fail_msg("%s: %s", rows[i].line, err.msg);
    }
    assert_int_equal(write_to(ws, "none.jsonl"), 0);
    assert_true(dvb_calls_read(ws, "absent.jsonl", false, &r, &err) < 0);
    assert_non_null(strstr(err.msg, "cannot read absent.jsonl"));
    assert_true(dvb_calls_read(ws, ".", false, &r, &err) < 0);
    write_lines("empty.jsonl", "", " \t\r");
    OK(dvb_calls_read(ws, "empty.jsonl", false, &r, &err));
    assert_int_equal(r.lines, 0);
    free(good);
    dvb_workspace_close(&ws);
}

/* A line of some megabytes is read; members that are not known are left alone. */
static void test_long_line(void **state)
{
    (void)state;
    struct dvb_workspace *ws = fresh("ws");
    struct dvb_calls_read r;
    size_t n = (size_t)5 << 20;
    char *value = dvb_calloc(n + 3, 1);
    memset(value, 'x', n + 2);
    value[0] = value[n + 1] = '"';
    char *line = line_with("reply", value);
    write_lines("long.jsonl", line, "");
    free(line);
    OK(dvb_calls_read(ws, "long.jsonl", false, &r, &err));
    value[n + 1] = '\0';
    assert_reply(ws, HASH_A, DVB_CALL_OK, value + 1);
    free(value);
    line = line_with("colour", "[1, {\"a\": null}]");
    write_lines("more.jsonl", line, "");
    free(line);
    ws = (dvb_workspace_close(&ws), fresh("ws"));
    OK(dvb_calls_read(ws, "more.jsonl", false, &r, &err));
    assert_int_equal(r.added, 1);
    dvb_workspace_close(&ws);
}

static void test_repeated_lines(void **state)
{
    (void)state;
    struct dvb_workspace *ws = fresh("ws");
    struct dvb_calls_read r;
    char *good = line_with(NULL, NULL), *other = line_with("reply", "\"C\"");
    write_lines("twice.jsonl", good, good);
    OK(dvb_calls_read(ws, "twice.jsonl", false, &r, &err));
    assert_int_equal(r.added, 1);
    assert_int_equal(r.known, 1);
    assert_int_equal(r.repeated, 1);
    ws = (dvb_workspace_close(&ws), fresh("ws"));
    write_lines("differ.jsonl", good, other);
    assert_true(dvb_calls_read(ws, "differ.jsonl", false, &r, &err) < 0);
    assert_non_null(strstr(err.msg, "differ.jsonl:3: request aaaaaaaaaaaa: another answer than an "
                                    "earlier line"));
    free(good);
    free(other);
    dvb_workspace_close(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_meetings),
        cmocka_unit_test(test_conflict),       cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_bad_lines),      cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_repeated_lines),
    };
    dvb_log_set_level(DVB_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
