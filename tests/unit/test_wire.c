/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request bodies and replies without a network. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/attempt.h"
#include "model/body.h"
#include "model/json_text.h"
#include "model/secret.h"
#include "model/service_error.h"
#include "model/wire.h"

static struct dvb_profile *local(void)
{
    struct dvb_profile *p;
    struct dvb_err err;
    assert_int_equal(dvb_profile_find("openai:m@http://127.0.0.1:1/v1", NULL, &p, &err), 0);
    return p;
}

static char *body_of(const struct dvb_ask *ask)
{
    char *body = NULL;
    size_t len = 0;
    struct dvb_err err;
    struct dvb_body b = { 0 };
    if (dvb_wire_find("openai")->body(ask, &b, &err) || dvb_body_make(&b, &body, &len, &err))
        fail_msg("%s", err.msg);
    dvb_body_release(&b);
    assert_int_equal(strlen(body), len);
    return body;
}

static void expect_body(const struct dvb_ask *ask, const char *want)
{
    char *body = body_of(ask);
    assert_string_equal(body, want);
    free(body);
}

static void test_bodies(void **state)
{
    (void)state;
    static const char *const frames[] = { "a.jpg", "b.jpg" };
    struct dvb_err err;
    struct dvb_profile *p = local();
    struct dvb_ask ask = { .profile = p, .prompt = "Why \"x\"?" };
    assert_int_equal(dvb_write_file("a.jpg", "a", 1, &err), 0);
    assert_int_equal(dvb_write_file("b.jpg", "bcd", 3, &err), 0);
    assert_int_equal(dvb_write_file("c.mp4", "x", 1, &err), 0);
    expect_body(&ask, "{\"messages\":[{\"role\":\"user\",\"content\":\"Why \\\"x\\\"?\"}],"
                      "\"max_tokens\":4096,\"model\":\"m\"}");
    ask.system = "S";
    ask.frames = frames;
    ask.n_frames = 2;
    expect_body(&ask,
                "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"conte"
                "nt\":["
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,YQ==\"}},"
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,YmNk\"}},"
                "{\"type\":\"text\",\"text\":\"Why \\\"x\\\"?\"}]}],\"max_tokens\":4096,\"model\""
                ":\"m\"}");
    ask = (struct dvb_ask){ .profile = p, .prompt = "P", .video = "c.mp4" };
    free(p->max_tokens_field);
    p->max_tokens_field = dvb_strdup("max_completion_tokens");
    p->max_tokens = 7;
    p->temperature = 0;
    p->seed = 0;
    p->top_p = 0.5;
    p->extra = json_pack("{s:i, s:i}", "top_k", 1, "max_completion_tokens", 9);
    expect_body(&ask,
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\",\"video_ur"
                "l\":"
                "{\"url\":\"data:video/mp4;base64,eA==\"}},{\"type\":\"text\",\"text\":\"P\"}]}],"
                "\"max_completion_tokens\":7,\"model\":\"m\",\"seed\":0,\"temperature\":0.0,"
                "\"top_k\":1,\"top_p\":0.5}");
    ask.frames = frames;
    ask.n_frames = 1;
    struct dvb_body b = { 0 };
    assert_int_equal(dvb_wire_find("openai")->body(&ask, &b, &err), -EINVAL);
    dvb_body_release(&b);
    dvb_profile_free(&p);
}

static void test_schema(void **state)
{
    (void)state;
    struct dvb_profile *p = local();
    json_t *schema = json_pack("{s:s}", "type", "object");
    struct dvb_ask ask = { .profile = p, .prompt = "P", .schema = schema, .schema_name = "answer" };
    char *body = body_of(&ask);
    assert_non_null(strstr(body,
                           "\"response_format\":{\"json_schema\":{\"name\":\"answer\",\"schema\":"
                           "{\"type\":\"object\"},\"strict\":true},\"type\":\"json_schema\""
                           "}"));
    free(body);
    p->structured = false;
    body = body_of(&ask);
    assert_null(strstr(body, "response_format"));
    free(body);
    json_decref(schema);
    dvb_profile_free(&p);
}

static void test_unreadable(void **state)
{
    (void)state;
    struct dvb_profile *p = local();
    struct dvb_ask ask = { .profile = p, .prompt = "P", .video = "gone.mp4" };
    struct dvb_err err;
    struct dvb_body b = { 0 };
    uint64_t len;
    assert_int_equal(dvb_wire_find("openai")->body(&ask, &b, &err), 0); /* names the file */
    assert_int_equal(dvb_body_measure(&b, &len, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "gone.mp4"));
    dvb_body_release(&b);
    dvb_profile_free(&p);
}

#define MESSAGE(content) "{\"choices\":[{\"message\":{\"content\":" content "}}]}"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum dvb_reply_status status; /* DVB_REPLY_ERROR: parse fails */
        const char *text;             /* or what the error says */
        const char *finish;
        long in, cached, out;
    } rows[] = {
        { "{\"choices\":[{\"message\":{\"content\":\"B\"},\"finish_reason\":\"stop\"}],\"usage\":"
          "{\"prompt_tokens\":10,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_token"
          "s\":4}}}",
          DVB_REPLY_OK, "B", "stop", 10, 4, 3 },
        { MESSAGE("\"B\""), DVB_REPLY_OK, "B", NULL, 0, 0, 0 },
        { MESSAGE("null"), DVB_REPLY_OK, "", NULL, 0, 0, 0 },
        { "{\"choices\":[{\"message\":{},\"finish_reason\":\"length\"}]}", DVB_REPLY_OK, "",
          "length", 0, 0, 0 },
        { MESSAGE("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"x\"},7,{\"type\":\"text\",\"tex"
                  "t\":\"b\"}]"),
          DVB_REPLY_OK, "ab", NULL, 0, 0, 0 },
        { MESSAGE("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"refusal\",\"refusal\":\"no\"}]"),
          DVB_REPLY_REFUSED, "no", NULL, 0, 0, 0 },
        { "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"I can't\"}}]}",
          DVB_REPLY_REFUSED, "I can't", NULL, 0, 0, 0 },
        { "{\"choices\":[{\"message\":{\"content\":\"part\",\"refusal\":\"\"},\"finish_reason\":"
          "\"content_filter\"}]}",
          DVB_REPLY_REFUSED, "part", "content_filter", 0, 0, 0 },
        { MESSAGE("\"a\\u0000b\""), DVB_REPLY_OK, "ab", NULL, 0, 0, 0 },
        { MESSAGE("\"caf\xe9\""), DVB_REPLY_OK, "caf\xef\xbf\xbd", NULL, 0, 0, 0 },
        { "{\"choices\":[{\"message\":{\"content\":\"B\"}}],\"usage\":{\"prompt_tokens\":-5,"
          "\"completion_tokens\":1e99,\"prompt_tokens_details\":{\"cached_tokens\":9}}}",
          DVB_REPLY_OK, "B", NULL, 0, 0, 0 },
        { "", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
        { "{\"choices\":[{\"mess", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
        { "[]", DVB_REPLY_ERROR, "no choices", NULL, 0, 0, 0 },
        { "{}", DVB_REPLY_ERROR, "no choices", NULL, 0, 0, 0 },
        { "{\"choices\":[]}", DVB_REPLY_ERROR, "choices is empty", NULL, 0, 0, 0 },
        { "{\"choices\":[{}]}", DVB_REPLY_ERROR, "no message", NULL, 0, 0, 0 },
        { "{\"choices\":[7]}", DVB_REPLY_ERROR, "no message", NULL, 0, 0, 0 },
        { MESSAGE("7"), DVB_REPLY_ERROR, "neither text nor a list", NULL, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_reply r = { 0 };
        struct dvb_err err;
        int ret = dvb_wire_find("openai")->parse(rows[i].body, strlen(rows[i].body), &r, &err);
        if (rows[i].status == DVB_REPLY_ERROR) {
            assert_int_equal(ret, -EPROTO);
            assert_int_equal(err.fault, DVB_FAULT_SERVICE);
            assert_non_null(strstr(err.msg, rows[i].text));
        } else {
            assert_int_equal(ret, 0);
            assert_int_equal(r.status, rows[i].status);
            assert_string_equal(r.text, rows[i].text);
            assert_true(rows[i].finish ? r.finish && !strcmp(r.finish, rows[i].finish) : !r.finish);
            assert_true(r.tokens_in == rows[i].in && r.tokens_cached == rows[i].cached &&
                        r.tokens_out == rows[i].out);
        }
        dvb_reply_release(&r);
    }
}

static void test_service_errors(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message, *code;
        bool found, quota, refusal;
    } rows[] = {
        { "{\"error\":{\"message\":\"a\\n b\",\"type\":\"t\",\"code\":\"c\"}}", "a b", "c", true,
          false, false },
        { "{\"error\":{\"message\":\"m\",\"code\":429}}", "m", "429", true, false, false },
        { "{\"error\":\"model not found\"}", "model not found", "", true, false, false },
        { "{\"object\":\"error\",\"message\":\"m\",\"code\":40}", "m", "40", true, false, false },
        { "{\"detail\":\"Not Found\"}", "Not Found", "", true, false, false },
        { "{\"detail\":[{\"msg\":\"x\"}]}", "[{\"msg\":\"x\"}]", "", true, false, false },
        { "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":"
          "\"project_spend_limit_exceeded\"}}",
          "m", "project_spend_limit_exceeded", true, true, false },
        { "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":null}}", "m", "",
          true, true, false },
        { "{\"error\":{\"message\":\"m\",\"code\":\"content_filter\"}}", "m", "content_filter",
          true, false, true },
        { "{\"type\":\"error\",\"error\":{\"type\":\"billing_error\",\"message\":\"m\"},"
          "\"request_id\":\"r\"}",
          "m", "", true, true, false },
        { "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
          "\"Your Credit balance is too low to access it\"}}",
          "Your Credit balance is too low to access it", "", true, true, false },
        { "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
          "\"Output blocked by content filtering policy\"}}",
          "Output blocked by content filtering policy", "", true, false, true },
        { "{\"status\":\"failed\",\"error\":{\"code\":\"image_content_policy_violation\","
          "\"message\":\"m\"},\"output\":[]}",
          "m", "image_content_policy_violation", true, false, true },
        { "event: ping\ndata: {}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":"
          "{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
          "m", "", true, false, false },
        { "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":"
          "\"insufficient_quota\",\"message\":\"m\"}}}\n\n",
          "m", "insufficient_quota", true, true, false },
        { "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":"
          "\"m\"}\n\n",
          "m", "server_error", true, false, false },
        { "data: {\"choices\":[],\"error\":null}\n\ndata: [DONE]\n\n", "", "", false, false,
          false },
        { "data: {\"message\":\"of a chunk\"}\n\n", "", "", false, false, false },
        { "{\"error\":{}}", "", "", true, false, false },
        { "{\"id\":1}", "", "", false, false, false },
        { "<html>", "", "", false, false, false },
        { "[1]", "", "", false, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_service_error e;
        assert_int_equal(dvb_service_error_read(rows[i].body, strlen(rows[i].body), &e),
                         rows[i].found);
        assert_string_equal(e.message, rows[i].message);
        assert_string_equal(e.code, rows[i].code);
        assert_int_equal(dvb_service_error_is_quota(&e), rows[i].quota);
        assert_int_equal(dvb_service_error_is_refusal(&e), rows[i].refusal);
    }
}

/* Errors that come with status 200 have a status of their own. */
static void test_error_status(void **state)
{
    (void)state;
    static const struct {
        struct dvb_service_error e;
        long status;
    } rows[] = {
        { { "m", "503", "" }, 503 },
        { { "m", "server_error", "" }, 500 },
        { { "m", "", "overloaded_error" }, 529 },
        { { "m", "rate_limit_exceeded", "requests" }, 429 },
        { { "m", "invalid_image", "invalid_request_error" }, 400 },
        { { "m", "odd", "billing_error" }, 402 },
        { { "m", "odd", "odder" }, 0 },
        { { "m", "", "" }, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(dvb_service_error_status(&rows[i].e), rows[i].status);
}

static void test_clean_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        size_t cap;
    } rows[] = {
        { "plain", "plain", 32 },
        { "  a\r\n\tb  ", "a b", 32 },
        { "\033[31mred\x9b", "[31mred\xef\xbf\xbd", 32 },
        { "a\xc2\x9b"
          "31m",
          "a 31m", 32 },
        { "0123456789", "0123456789", 11 },
        { "0123456789", "012345...", 10 },
        { "abc\xe7\xad\x94\xe7\xad\x94\xe7\xad\x94", "abc\xe7\xad\x94...", 12 },
        { "", "", 8 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char line[32];
        dvb_clean_line(line, rows[i].cap, rows[i].text, strlen(rows[i].text));
        assert_string_equal(line, rows[i].want);
    }
}

static void test_scrub(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key, *want, *words;
    } rows[] = {
        { "key sk-0123456789abcdef!", "sk-0123456789abcdef", "key *******************!",
          "key *******************!" },
        { "key sk-01234***bcdef", "sk-0123456789abcdef", "key ***********bcdef", NULL },
        { "sign EMPTY here", "EMPTY", "sign ***** here", "sign EMPTY here" },
        { "nothing", "sk-0123456789abcdef", "nothing", "nothing" },
        { "abcdefghabcdefgh", "abcdefgh", "****************", NULL },
        { "{\"a\":\"sk\\\"0123456789abcdef\"}", "sk\"0123456789abcdef",
          "{\"a\":\"sk\\*****************\"}", "{\"a\":\"********************\"}" },
        { "", "abc", "", "" },
        { "text", "", "text", "text" },
        { "text", NULL, "text", "text" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *text = dvb_strdup(rows[i].text), *words = dvb_strdup(rows[i].text);
        dvb_secret_scrub(text, rows[i].key);
        assert_string_equal(text, rows[i].want);
        dvb_secret_scrub_words(words, rows[i].key);
        assert_string_equal(words, rows[i].words ? rows[i].words : rows[i].text);
        free(text);
        free(words);
    }
    dvb_secret_scrub(NULL, "key");
    dvb_secret_scrub_words(NULL, "a key of sixteen bytes or more");
}

static void test_retry_after(void **state)
{
    (void)state;
    long long at = -1;
    assert_true(dvb_retry_after("2", &at) == 2);
    assert_true(dvb_retry_after("0.25", &at) == 0.25);
    assert_int_equal(at, -1);
    assert_true(dvb_retry_after("-3", &at) < 0);
    assert_true(dvb_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", &at) < 0);
    assert_int_equal(at, 784111777);
    assert_true(dvb_retry_after("soon", &at) < 0);
    assert_int_equal(at, 0);
    assert_true(dvb_retry_after("", &at) < 0);
}

static int set_up(void **state)
{
    (void)state;
    return setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),         cmocka_unit_test(test_schema),
        cmocka_unit_test(test_unreadable),     cmocka_unit_test(test_parse),
        cmocka_unit_test(test_service_errors), cmocka_unit_test(test_error_status),
        cmocka_unit_test(test_clean_line),     cmocka_unit_test(test_scrub),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
