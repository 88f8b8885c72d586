/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's responses: bodies, replies, streams, and all of it against the strict server. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wire_world.h"

#define KEY "sk-planted-0123456789abcdef"
#define N(rows) (sizeof(rows) / sizeof(*(rows)))

static struct fake_server server;

static void test_bodies(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("responses", "m", "http://127.0.0.1:1/v1");
    struct dvb_ask ask = { .profile = p, .prompt = "Why \"x\"?" };
    wire_expect_body(&ask, "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                           "\"text\":\"Why \\\"x\\\"?\"}]}],\"max_output_tokens\":4096,"
                           "\"model\":\"m\",\"store\":false}");
    ask.system = "S";
    ask.frames = wire_frames;
    ask.n_frames = 2;
    p->temperature = 0;
    p->top_p = 0.5;
    p->max_tokens = 77;
    p->logprobs = 3;
    p->stream = true;
    p->extra = json_loads("{\"reasoning\":{\"effort\":\"low\"},\"text\":{\"verbosity\":\"low\"}}",
                          0, NULL);
    ask.schema = json_pack("{s:s}", "type", "object");
    ask.schema_name = "answer";
    char *want = dvb_asprintf(
        "{\"input\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"input_image\",\"detail\":\"auto\",\"image_url\":\"data:image/jpeg;base64,%s\"}"
        ",{\"type\":\"input_image\",\"detail\":\"auto\",\"image_url\":"
        "\"data:image/jpeg;base64,%s\"},{\"type\":\"input_text\",\"text\":\"Why \\\"x\\\"?\"}]}],"
        "\"include\":[\"message.output_text.logprobs\"],\"instructions\":\"S\","
        "\"max_output_tokens\":77,\"model\":\"m\",\"reasoning\":{\"effort\":\"low\"},"
        "\"store\":false,\"stream\":true,\"temperature\":0.0,\"text\":{\"format\":{\"name\":"
        "\"answer\",\"schema\":{\"type\":\"object\"},\"strict\":true,\"type\":\"json_schema\"},"
        "\"verbosity\":\"low\"},\"top_logprobs\":3,\"top_p\":0.5}",
        "/9j/4CBwaWN0dXJlIP/Z", "/9j/4CBwaWN0dXJlIP/Z");
    wire_expect_body(&ask, want);
    free(want);
    p->structured = false;
    p->detail = dvb_strdup("low");
    char *body = wire_body(&ask);
    assert_null(strstr(body, "json_schema"));
    assert_non_null(strstr(body, "\"detail\":\"low\""));
    free(body);
    struct dvb_body b = { 0 };
    struct dvb_err err;
    ask.video = "clip.mp4";
    assert_int_equal(p->wire->body(&ask, &b, &err), -EINVAL);
    dvb_body_release(&b);
    json_decref((json_t *)ask.schema);
    dvb_profile_free(&p);
}

#define TEXT(t) "{\"type\":\"output_text\",\"text\":\"" t "\",\"annotations\":[]}"
#define MESSAGE(parts) "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[" parts "]}"
#define WHOLE(status, output, more)                                                                \
    "{\"object\":\"response\",\"status\":\"" status "\",\"error\":null,\"output\":[" output        \
    "]" more "}"
#define USAGE                                                                                      \
    ",\"usage\":{\"input_tokens\":10,\"input_tokens_details\":{\"cached_tokens\":4},"              \
    "\"output_tokens\":3,\"output_tokens_details\":{\"reasoning_tokens\":2},\"total_tokens\":13}"
#define REASONING                                                                                  \
    "{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"C\"}]}"

static const struct wire_row rows[] = {
    { WHOLE("completed", MESSAGE(TEXT("B")), USAGE), DVB_REPLY_OK, "B", "completed", 10, 4, 3 },
    { WHOLE("completed", REASONING "," MESSAGE(TEXT("a") "," TEXT("b")), ""), DVB_REPLY_OK, "ab",
      "completed", 0, 0, 0 },
    { WHOLE("completed", MESSAGE(TEXT("a")) ",{\"type\":\"future\"},7," MESSAGE(TEXT("b")), ""),
      DVB_REPLY_OK, "ab", "completed", 0, 0, 0 },
    { WHOLE("completed", MESSAGE("{\"type\":\"refusal\",\"refusal\":\"no\"}"), USAGE),
      DVB_REPLY_REFUSED, "no", "completed", 10, 4, 3 },
    { WHOLE("completed", MESSAGE(TEXT("a") ",{\"type\":\"refusal\",\"refusal\":\"no\"}"), ""),
      DVB_REPLY_REFUSED, "no", "completed", 0, 0, 0 },
    { WHOLE("completed", MESSAGE(""), ""), DVB_REPLY_OK, "", "completed", 0, 0, 0 },
    { WHOLE("completed", MESSAGE("{\"type\":\"output_text\",\"text\":null}"), ""), DVB_REPLY_OK, "",
      "completed", 0, 0, 0 },
    { WHOLE("completed", MESSAGE(TEXT("a\\u0000b\xe9")), ""), DVB_REPLY_OK, "ab\xef\xbf\xbd",
      "completed", 0, 0, 0 },
    { WHOLE("incomplete", MESSAGE(TEXT("half")),
            ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"),
      DVB_REPLY_OK, "half", "max_output_tokens", 0, 0, 0 },
    { WHOLE("incomplete", REASONING,
            ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}" USAGE),
      DVB_REPLY_OK, "", "max_output_tokens", 10, 4, 3 },
    { WHOLE("incomplete", "", ",\"incomplete_details\":{\"reason\":\"content_filter\"}"),
      DVB_REPLY_REFUSED, "", "content_filter", 0, 0, 0 },
    { WHOLE("incomplete", "", ""), DVB_REPLY_OK, "", "incomplete", 0, 0, 0 },
    { "{\"output\":[" MESSAGE(TEXT("B")) "],\"usage\":{\"input_tokens\":-5,\"output_tokens\":1e99,"
                                         "\"input_tokens_details\":{\"cached_tokens\":9}}}",
      DVB_REPLY_OK, "B", "completed", 0, 0, 0 },
    { WHOLE("completed", "", ""), DVB_REPLY_ERROR, "no message", NULL, 0, 0, 0 },
    { WHOLE("completed", REASONING, ""), DVB_REPLY_ERROR, "no message", NULL, 0, 0, 0 },
    { WHOLE("in_progress", "", ""), DVB_REPLY_ERROR, "status is 'in_progress'", NULL, 0, 0, 0 },
    { WHOLE("cancelled", MESSAGE(TEXT("B")), ""), DVB_REPLY_ERROR, "'cancelled'", NULL, 0, 0, 0 },
    { "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"m\"},"
      "\"output\":[]}",
      DVB_REPLY_ERROR, "holds an error", NULL, 0, 0, 0 },
    { "{\"status\":\"completed\"}", DVB_REPLY_ERROR, "no output", NULL, 0, 0, 0 },
    { "{\"status\":\"completed\",\"output\":\"B\"}", DVB_REPLY_ERROR, "no output", NULL, 0, 0, 0 },
    { "[]", DVB_REPLY_ERROR, "no output", NULL, 0, 0, 0 },
    { "", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
    { "{\"status\":\"completed\",\"outp", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
};

#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define CREATED EVENT("response.created", ",\"response\":" WHOLE("in_progress", "", ""))
#define DELTA EVENT("response.output_text.delta", ",\"delta\":\"x\"")

static const struct wire_row streams[] = {
    { CREATED DELTA EVENT("response.completed",
                          ",\"response\":" WHOLE("completed", MESSAGE(TEXT("B")), USAGE)),
      DVB_REPLY_OK, "B", "completed", 10, 4, 3 },
    { CREATED EVENT("response.incomplete",
                    ",\"response\":" WHOLE("incomplete", MESSAGE(TEXT("h")),
                                           ",\"incomplete_details\":{\"reason\":"
                                           "\"max_output_tokens\"}")),
      DVB_REPLY_OK, "h", "max_output_tokens", 0, 0, 0 },
    { CREATED EVENT("response.failed", ",\"response\":{\"status\":\"failed\",\"output\":[],"
                                       "\"error\":{\"code\":\"server_error\",\"message\":\"m\"}}"),
      DVB_REPLY_ERROR, "holds an error", NULL, 0, 0, 0 },
    { CREATED DELTA, DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
    { EVENT("response.completed", ""), DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
    { EVENT("error", ",\"code\":\"server_error\",\"message\":\"m\""), DVB_REPLY_ERROR, "breaks off",
      NULL, 0, 0, 0 },
    { "data: {\"type\":\n\ndata: [1]\n\n", DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
    { "", DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
};

static void test_replies(void **state)
{
    (void)state;
    const struct dvb_wire *w = dvb_wire_find("responses");
    for (size_t i = 0; i < N(rows); i++)
        wire_check_row(w->parse, i, &rows[i]);
    for (size_t i = 0; i < N(streams); i++)
        wire_check_row(w->parse_events, i, &streams[i]);
}

/* Logprobs come in the shape that the chat format has. */
static void test_logprobs(void **state)
{
    (void)state;
    static const char body[] = WHOLE(
        "completed",
        MESSAGE("{\"type\":\"output_text\",\"text\":\"a\",\"logprobs\":[{\"token\":\"a\"}]},"
                "{\"type\":\"output_text\",\"text\":\"b\",\"logprobs\":[{\"token\":\"b\"}]}"),
        "");
    struct dvb_reply r = { 0 };
    struct dvb_err err;
    assert_int_equal(dvb_wire_find("responses")->parse(body, sizeof(body) - 1, &r, &err), 0);
    assert_string_equal(r.logprobs, "{\"content\":[{\"token\":\"a\"},{\"token\":\"b\"}]}");
    dvb_reply_release(&r);
}

static void test_profiles(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *says;
    } faults[] = {
        { "\"detail\":\"low\",\"logprobs\":5,\"stream\":true,\"extra\":{\"reasoning\":{},"
          "\"text\":{\"verbosity\":\"low\"}}",
          "" },
        { "\"seed\":1", "field 'seed': this service has none" },
        { "\"send\":\"video\"", "takes no video" },
        { "\"extra\":{\"store\":true}", "\"store\" in it" },
        { "\"extra\":{\"text\":{\"format\":{}}}", "\"text.format\" in it" },
        { "\"extra\":{\"include\":[]}", "\"include\" in it" },
    };
    for (size_t i = 0; i < N(faults); i++) {
        char *json = dvb_asprintf("{\"p\":{\"wire\":\"responses\",\"base_url\":"
                                  "\"https://h/v1\",\"model\":\"m\",%s}}",
                                  faults[i].fields);
        char *fault = wire_profile_fault(json);
        if (*faults[i].says ? !strstr(fault, faults[i].says) : *fault)
            fail_msg("%s: %s", faults[i].fields, fault);
        free(fault);
        free(json);
    }
}

/* What was asked arrives, whole and streamed. */
static void test_arrives(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("responses", "echo", server.url);
    json_t *schema = wire_schema();
    struct dvb_ask ask = { .profile = p,
                           .system = "Be brief.",
                           .prompt = "Line 1\nLine \"2\" \xe7\xad\x94",
                           .frames = wire_frames,
                           .n_frames = 3,
                           .schema = schema,
                           .schema_name = "answer" };
    p->detail = dvb_strdup("high");
    p->temperature = 0;
    p->top_p = 0.9;
    p->extra = json_loads("{\"reasoning\":{\"effort\":\"low\"},\"text\":{\"verbosity\":\"low\"}}",
                          0, NULL);
    for (int stream = 0; stream < 2; stream++) {
        p->stream = stream;
        json_t *got = wire_echo(&ask);
        assert_int_equal(dvb_json_get_num(got, "frames", 0), 3);
        assert_int_equal(dvb_json_get_num(got, "frame_bytes", 0), 3 * WIRE_JPEG_LEN);
        assert_true(json_is_true(json_object_get(got, "text_last")));
        assert_int_equal(json_is_true(json_object_get(got, "stream")), stream);
        assert_string_equal(dvb_json_get_str(got, "prompt"), ask.prompt);
        assert_string_equal(dvb_json_get_str(got, "system"), ask.system);
        assert_string_equal(dvb_json_get_str(got, "schema"), "answer");
        assert_string_equal(dvb_json_get_str(got, "detail"), "high");
        json_decref(got);
    }
    json_decref(schema);
    dvb_profile_free(&p);
}

static void test_behaviours(void **state)
{
    (void)state;
    static const struct wire_behaviour behaviours[] = {
        { "ok", DVB_REPLY_OK, 1, 200, false, "B" },
        { "retry-500", DVB_REPLY_OK, 3, 200, false, "B" },
        { "garbage", DVB_REPLY_ERROR, 3, 200, false, "" },
        { "empty", DVB_REPLY_ERROR, 3, 200, false, "no message in its output" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, false, "I cannot help with that." },
        { "filtered", DVB_REPLY_REFUSED, 1, 200, false, "" },
        { "length", DVB_REPLY_OK, 1, 200, false, "half a rep" },
        { "no-quota", DVB_REPLY_ERROR, 1, 429, true, "quota is spent" },
        { "bad-key", DVB_REPLY_ERROR, 1, 401, true, "the key was not accepted" },
        { "no-such-model", DVB_REPLY_ERROR, 1, 404, true, "does not exist" },
        { "failed", DVB_REPLY_OK, 2, 200, false, "B" },
        { "failed-rate", DVB_REPLY_OK, 2, 200, false, "B" },
        { "failed-image", DVB_REPLY_ERROR, 1, 200, true, "no picture" },
        { "failed-policy", DVB_REPLY_REFUSED, 1, 200, false, "policy" },
        { "flagged", DVB_REPLY_REFUSED, 1, 400, false, "flagged" },
    };
    for (size_t i = 0; i < N(behaviours); i++)
        wire_check_behaviour("responses", server.url, false, &behaviours[i]);
    static const struct wire_behaviour streamed[] = {
        { "ok", DVB_REPLY_OK, 1, 200, false, "B" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, false, "I cannot help with that." },
        { "length", DVB_REPLY_OK, 1, 200, false, "half a rep" },
        { "stream-failed", DVB_REPLY_OK, 2, 200, false, "B" },
        { "stream-error", DVB_REPLY_ERROR, 1, 200, true, "quota is spent" },
    };
    for (size_t i = 0; i < N(streamed); i++)
        wire_check_behaviour("responses", server.url, true, &streamed[i]);
}

static void test_usage(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("responses", "ok", server.url);
    struct dvb_ask ask = { .profile = p, .prompt = "?" };
    struct dvb_reply r = { 0 };
    p->logprobs = 2;
    p->price_in = 2;
    p->price_cached = 0.5;
    p->price_out = 10;
    wire_ask(&ask, &r);
    assert_string_equal(r.text, "B");
    assert_string_equal(r.finish, "completed");
    assert_int_equal(r.tokens_in, 100);
    assert_int_equal(r.tokens_cached, 20);
    assert_int_equal(r.tokens_out, 5);
    assert_int_equal(r.tokens_media, -1);
    assert_true(r.cost_usd > 0.000219 && r.cost_usd < 0.000221);
    json_t *logprobs = json_loads(r.logprobs, 0, NULL);
    const json_t *token = json_array_get(json_object_get(logprobs, "content"), 0);
    assert_string_equal(dvb_json_get_str(token, "token"), "B");
    assert_int_equal(json_array_size(json_object_get(token, "top_logprobs")), 2);
    json_decref(logprobs);
    dvb_reply_release(&r);
    dvb_profile_free(&p);
}

/* The server refuses what the reference does not have: the tests above mean something. */
static void test_strict(void **state)
{
    (void)state;
    static const struct {
        const char *extra, *says;
    } wrong[] = {
        { "{\"max_tokens\":5}", "Unrecognized request argument supplied: max_tokens" },
        { "{\"messages\":[]}", "Unrecognized request argument supplied: messages" },
        { "{\"response_format\":{\"type\":\"text\"}}", "supplied: response_format" },
        { "{\"seed\":1}", "supplied: seed" },
        { "{\"reasoning\":{\"effort\":\"huge\"}}", "Invalid value for 'reasoning.effort'" },
        { "{\"text\":{\"verbosity\":1}}", "Invalid type for 'text.verbosity'" },
        { "{\"stream_options\":{}}", "only allowed when 'stream' is enabled" },
    };
    for (size_t i = 0; i < N(wrong); i++) {
        struct dvb_profile *p = wire_profile("responses", "ok", server.url);
        struct dvb_ask ask = { .profile = p, .prompt = "?" };
        struct dvb_reply r = { 0 };
        p->extra = json_loads(wrong[i].extra, 0, NULL);
        wire_ask(&ask, &r);
        if (r.http_status != 400 || !r.fatal || !strstr(r.text, wrong[i].says))
            fail_msg("%s: HTTP %d: %s", wrong[i].extra, r.http_status, r.text);
        dvb_reply_release(&r);
        dvb_profile_free(&p);
    }
}

static const char script[] =
    "{\"failed\":[{\"raw\":\"{\\\"status\\\":\\\"failed\\\",\\\"output\\\":[],\\\"error\\\":"
    "{\\\"code\\\":\\\"server_error\\\",\\\"message\\\":\\\"m\\\"}}\"},{\"text\":\"B\"}],"
    "\"failed-rate\":[{\"raw\":\"{\\\"status\\\":\\\"failed\\\",\\\"output\\\":[],\\\"error\\\":"
    "{\\\"code\\\":\\\"rate_limit_exceeded\\\",\\\"message\\\":\\\"m\\\"}}\"},{\"text\":\"B\"}],"
    "\"failed-image\":[{\"raw\":\"{\\\"status\\\":\\\"failed\\\",\\\"output\\\":[],\\\"error\\\":"
    "{\\\"code\\\":\\\"invalid_base64_image\\\",\\\"message\\\":\\\"no picture\\\"}}\"}],"
    "\"failed-policy\":[{\"raw\":\"{\\\"status\\\":\\\"failed\\\",\\\"output\\\":[],\\\"error\\\":"
    "{\\\"code\\\":\\\"image_content_policy_violation\\\",\\\"message\\\":\\\"policy\\\"}}\"}],"
    "\"flagged\":[{\"status\":400,\"error\":{\"message\":\"Invalid prompt: your prompt was flagged "
    "as potentially violating our usage policy.\",\"type\":\"invalid_request_error\","
    "\"code\":\"invalid_prompt\"}}],"
    "\"stream-failed\":[{\"type\":\"text/event-stream\",\"raw\":\"event: response.failed\\ndata: "
    "{\\\"type\\\":\\\"response.failed\\\",\\\"response\\\":{\\\"status\\\":\\\"failed\\\","
    "\\\"output\\\":[],\\\"error\\\":{\\\"code\\\":\\\"server_error\\\",\\\"message\\\":"
    "\\\"m\\\"}}}\\n\\n\"},{\"text\":\"B\"}],"
    "\"stream-error\":[{\"type\":\"text/event-stream\",\"raw\":\"event: error\\ndata: {\\\"type\\\""
    ":\\\"error\\\",\\\"code\\\":\\\"insufficient_quota\\\",\\\"message\\\":\\\"m\\\"}\\n\\n\"}]}";

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--script", "script.json", "--key-env", "OPENAI_API_KEY",
                                        NULL };
    struct dvb_err err;
    setenv("OPENAI_API_KEY", KEY, 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    wire_write_frames();
    if (dvb_write_file("script.json", script, sizeof(script) - 1, &err))
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
    if (!getenv("BUILD")) {
        print_message("skip: BUILD does not name the build folder (use tests/run.sh)\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),   cmocka_unit_test(test_replies),
        cmocka_unit_test(test_logprobs), cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_arrives),  cmocka_unit_test(test_behaviours),
        cmocka_unit_test(test_usage),    cmocka_unit_test(test_strict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
