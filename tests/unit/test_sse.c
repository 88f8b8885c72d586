/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Server-sent events, and the chat format's answers in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/service_error.h"
#include "model/sse.h"
#include "tests/unit/wire_world.h"

static struct fake_server server;

/* Each event as NAME=DATA; */
static char *events_of(const char *body, size_t len)
{
    struct dvb_sse s;
    struct dvb_err err;
    char *all = dvb_strdup("");
    assert_int_equal(dvb_sse_open(&s, body, len, &err), 0);
    while (dvb_sse_next(&s)) {
        char *longer = dvb_asprintf("%s%s=%s;", all, s.name, s.data);
        assert_int_equal(strlen(s.data), s.data_len);
        free(all);
        all = longer;
    }
    assert_false(dvb_sse_next(&s));
    dvb_sse_release(&s);
    return all;
}

static void test_events(void **state)
{
    (void)state;
    static const struct {
        const char *body, *want;
    } rows[] = {
        { "data: a\n\n", "message=a;" },
        { "data: a\r\n\r\ndata: b\r\rdata: c\n\n", "message=a;message=b;message=c;" },
        { "\xef\xbb\xbf"
          "data: a\n\n",
          "message=a;" },
        { "\xef\xbb\xbf\xef\xbb\xbf"
          "data: a\n\n",
          "" },
        { "data: a\ndata: b\n\n", "message=a\nb;" },
        { "data:a\ndata:  b\n\n", "message=a\n b;" },
        { "data\n\n", "message=;" },
        { "data:\ndata:\n\n", "message=\n;" },
        { ": comment\n:\ndata: a\n\n", "message=a;" },
        { "event: ping\n\ndata: a\n\n", "message=a;" }, /* no data: no event, and no name left */
        { "event: x\ndata: a\n\ndata: b\n\n", "x=a;message=b;" },
        { "event: x\nevent: y\ndata: a\n\n", "y=a;" },
        { "id: 1\nretry: 5\ndatax: no\nDATA: no\n data: no\ndata: a\n\n", "message=a;" },
        { "data: a", "" }, /* breaks off */
        { "data: a\n", "" },
        { "data: a\n\ndata: b\n", "message=a;" },
        { "data: a\r", "" },
        { "", "" },
        { "\n\n\n", "" },
        { "{\"error\":1}", "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *got = events_of(rows[i].body, strlen(rows[i].body));
        assert_string_equal(got, rows[i].want);
        free(got);
    }
}

/* No NUL ends a body before its length does. */
static void test_bytes(void **state)
{
    (void)state;
    static const char body[] = "event: a\0b\ndata: \0\xff\n\n";
    struct dvb_sse s;
    assert_int_equal(dvb_sse_open(&s, body, sizeof(body) - 1, NULL), 0);
    assert_true(dvb_sse_next(&s));
    assert_string_equal(s.name, "a");
    assert_int_equal(s.data_len, 2);
    assert_memory_equal(s.data, "\0\xff", 3);
    assert_null(dvb_sse_json(&s));
    dvb_sse_release(&s);
    char longest[200];
    snprintf(longest, sizeof(longest), "event: %0150d\ndata: 1\n\n", 7);
    assert_int_equal(dvb_sse_open(&s, longest, strlen(longest), NULL), 0);
    assert_true(dvb_sse_next(&s));
    assert_int_equal(strlen(s.name), 63);
    dvb_sse_release(&s);
}

#define DELTA(fields) "data: {\"choices\":[{\"index\":0,\"delta\":{" fields "}}]}\n\n"
#define END(reason) "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\n"
#define USAGE(in)                                                                                  \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":" in ",\"completion_tokens\":2}}\n\n"
#define DONE "data: [DONE]\n\n"

static void test_chat(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum dvb_reply_status status; /* DVB_REPLY_ERROR: parse fails */
        const char *text;             /* or what the error says */
        const char *finish;
        long in;
        bool usage;
    } rows[] = {
        { DELTA("\"role\":\"assistant\",\"content\":\"\"") DELTA("\"content\":\"The \"")
              DELTA("\"content\":\"end\"") END("stop") USAGE("7") DONE,
          DVB_REPLY_OK, "The end", "stop", 7, true },
        { DELTA("\"content\":\"B\"") END("stop"), DVB_REPLY_OK, "B", "stop", 0, false },
        { USAGE("1") DELTA("\"content\":\"B\"") END("stop") USAGE("9") DONE, DVB_REPLY_OK, "B",
          "stop", 9, true },
        { "data: {\"choices\":[{\"delta\":{\"content\":\"B\"},\"finish_reason\":\"length\"}],"
          "\"usage\":null,\"error\":null}\n\n",
          DVB_REPLY_OK, "B", "length", 0, false },
        { DELTA("\"refusal\":\"I \",\"content\":null") DELTA("\"refusal\":\"won't\"") END("stop"),
          DVB_REPLY_REFUSED, "I won't", "stop", 0, false },
        { DELTA("\"content\":\"part\"") END("content_filter"), DVB_REPLY_REFUSED, "part",
          "content_filter", 0, false },
        { DELTA("\"reasoning_content\":\"hm\"") END("length"), DVB_REPLY_OK, "", "length", 0,
          false },
        { "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}},{\"index\":0,\"delta\":"
          "{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}\n\n",
          DVB_REPLY_OK, "yes", "stop", 0, false },
        { DELTA("\"content\":\"a\\u0000b\"") END("stop"), DVB_REPLY_OK, "ab", "stop", 0, false },
        { DELTA("\"content\":\"caf\xe9\"") END("stop"), DVB_REPLY_OK, "caf\xef\xbf\xbd", "stop", 0,
          false },
        { DELTA("\"content\":\"B\"") DONE, DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { DELTA("\"content\":\"B\""), DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { DELTA("\"content\":\"B\"") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"",
          DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { DONE END("stop"), DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { "", DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { "{\"choices\":[]}", DVB_REPLY_ERROR, "breaks off", NULL, 0, false },
        { DELTA("\"content\":\"B\"") "data: {\"error\":{\"message\":\"m\"}}\n\n" END("stop"),
          DVB_REPLY_ERROR, "ends with an error", NULL, 0, false },
        { "data: {\"choi\n\n", DVB_REPLY_ERROR, "no JSON object", NULL, 0, false },
        { "data: [1]\n\n", DVB_REPLY_ERROR, "no JSON object", NULL, 0, false },
        { DELTA("\"content\":7") END("stop"), DVB_REPLY_ERROR, "no text", NULL, 0, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_reply r = { 0 };
        struct dvb_err err;
        int ret = dvb_wire_find("openai")->parse_events(rows[i].body, strlen(rows[i].body), &r,
                                                        &err);
        if (rows[i].status == DVB_REPLY_ERROR) {
            assert_int_equal(ret, -EPROTO);
            assert_int_equal(err.fault, DVB_FAULT_SERVICE);
            assert_non_null(strstr(err.msg, rows[i].text));
        } else {
            assert_int_equal(ret, 0);
            assert_int_equal(r.status, rows[i].status);
            assert_string_equal(r.text, rows[i].text);
            assert_string_equal(r.finish, rows[i].finish);
            assert_int_equal(r.tokens_in, rows[i].in);
            assert_int_equal(r.usage != NULL, rows[i].usage);
            assert_int_equal(r.tokens_media, -1);
        }
        dvb_reply_release(&r);
    }
}

static void test_logprobs(void **state)
{
    (void)state;
    static const char body[] =
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[1],"
        "\"refusal\":null}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":[2,3]}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n";
    struct dvb_reply r = { 0 };
    assert_int_equal(dvb_wire_find("openai")->parse_events(body, strlen(body), &r, NULL), 0);
    assert_string_equal(r.logprobs, "{\"content\":[1,2,3]}");
    dvb_reply_release(&r);
}

/* What the service says of an error stands in the stream. */
static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
        bool found, quota;
    } rows[] = {
        { DELTA("\"content\":\"B\"") "data: {\"error\":{\"message\":\"m\",\"code\":"
                                     "\"insufficient_quota\"}}\n\n",
          "m", true, true },
        { "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
          "\"message\":\"Overloaded\"}}\n\n",
          "Overloaded", true, false },
        { "data: {\"error\":null,\"message\":\"no\"}\n\n", "", false, false },
        { "data: {\"error\":{\"message\":\"cut off\"", "", false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_service_error e;
        assert_int_equal(dvb_service_error_read(rows[i].body, strlen(rows[i].body), &e),
                         rows[i].found);
        assert_string_equal(e.message, rows[i].message);
        assert_int_equal(dvb_service_error_is_quota(&e), rows[i].quota);
    }
}

static void test_body(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile_at("openai", "m", &server, "/v1");
    struct dvb_ask ask = { .profile = p, .prompt = "P" };
    p->stream = true;
    wire_expect_body(&ask,
                     "{\"messages\":[{\"role\":\"user\",\"content\":\"P\"}],\"max_tokens\":4096,"
                     "\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true}"
                     "}");
    dvb_profile_free(&p);
}

/* The same answers through the client, streamed. */
static void test_service(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum dvb_reply_status status;
        int attempts;
        const char *says;
    } rows[] = {
        { "several-words", DVB_REPLY_OK, 1, "The answer is B." },
        { "refusal", DVB_REPLY_REFUSED, 1, "I cannot help with that." },
        { "length", DVB_REPLY_OK, 1, "half a rep" },
        { "empty", DVB_REPLY_ERROR, 3, "breaks off" },
        { "no-end", DVB_REPLY_OK, 2, "B" },
        { "mid-error", DVB_REPLY_OK, 2, "B" },
        { "mid-quota", DVB_REPLY_ERROR, 1, "quota is spent" },
        { "cut-once", DVB_REPLY_OK, 2, "B" },
        { "error-200", DVB_REPLY_ERROR, 3, "upstream failed" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_profile *p = wire_profile_at("openai", rows[i].model, &server, "/v1");
        struct dvb_ask ask = { .profile = p, .prompt = "Which one?" };
        struct dvb_reply r = { 0 };
        p->stream = true;
        wire_ask(&ask, &r);
        assert_int_equal(r.status, rows[i].status);
        assert_int_equal(r.attempts, rows[i].attempts);
        assert_non_null(strstr(r.text, rows[i].says));
        assert_int_equal(r.tokens_in, rows[i].status == DVB_REPLY_ERROR ? 0 : 100);
        dvb_reply_release(&r);
        dvb_profile_free(&p);
    }
}

static const char script[] =
    "{\"several-words\": [{\"text\": \"The answer is B.\"}],"
    " \"no-end\": [{\"raw\": \"data: "
    "{\\\"choices\\\":[{\\\"delta\\\":{\\\"content\\\":\\\"B\\\"}}]}"
    "\\n\\n\", \"type\": \"text/event-stream\"}, {\"text\": \"B\"}],"
    " \"mid-error\": [{\"raw\": \"data: "
    "{\\\"error\\\":{\\\"message\\\":\\\"m\\\",\\\"code\\\":503}}"
    "\\n\\n\", \"type\": \"text/event-stream\"}, {\"text\": \"B\"}],"
    " \"mid-quota\": [{\"raw\": \"data: {\\\"error\\\":{\\\"message\\\":\\\"m\\\",\\\"code\\\":"
    "\\\"insufficient_quota\\\"}}\\n\\n\", \"type\": \"text/event-stream\"}]}";

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--script", "script.json", NULL };
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    if (dvb_write_file("script.json", script, strlen(script), NULL))
        return -1;
    return fake_server_start(&server, args) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fake_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),   cmocka_unit_test(test_bytes),  cmocka_unit_test(test_chat),
        cmocka_unit_test(test_logprobs), cmocka_unit_test(test_errors), cmocka_unit_test(test_body),
        cmocka_unit_test(test_service),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
