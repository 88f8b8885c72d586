/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anthropic's messages: bodies, replies, streams, and all of it against the strict server. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wire_world.h"

#define KEY "sk-ant-planted-0123456789abcdef"
#define N(rows) (sizeof(rows) / sizeof(*(rows)))

static struct fake_server server;

static void test_bodies(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("anthropic", "m", "http://127.0.0.1:1/v1");
    struct dvb_ask ask = { .profile = p, .prompt = "Why \"x\"?" };
    wire_expect_body(&ask, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                           "\"text\":\"Why \\\"x\\\"?\"}]}],\"max_tokens\":4096,\"model\":\"m\"}");
    ask.system = "S";
    ask.frames = wire_frames;
    ask.n_frames = 1;
    p->temperature = 0.5;
    p->max_tokens = 7;
    p->stream = true;
    p->extra = json_loads("{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":"
                          "\"low\"}}",
                          0, NULL);
    ask.schema = wire_schema();
    ask.schema_name = "answer";
    wire_expect_body(
        &ask,
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":"
        "\"base64\",\"media_type\":\"image/jpeg\",\"data\":\"/9j/4CBwaWN0dXJlIP/Z\"}},"
        "{\"type\":\"text\",\"text\":\"Why \\\"x\\\"?\"}]}],"
        "\"max_tokens\":7,\"model\":\"m\",\"output_config\":{\"effort\":\"low\",\"format\":"
        "{\"schema\":{\"additionalProperties\":false,\"properties\":{\"list\":{\"description\":"
        "\"minItems: 4, maxItems: 4\",\"items\":{\"type\":\"string\"},\"type\":\"array\"}},"
        "\"required\":[\"list\"],\"type\":\"object\"},\"type\":\"json_schema\"}},\"stream\":true,"
        "\"system\":\"S\",\"temperature\":0.5,\"thinking\":{\"type\":\"adaptive\"}}");
    p->structured = false;
    char *body = wire_body(&ask);
    assert_null(strstr(body, "json_schema"));
    free(body);
    struct dvb_body b = { 0 };
    struct dvb_err err;
    ask.video = "clip.mp4";
    assert_int_equal(p->wire->body(&ask, &b, &err), -EINVAL);
    dvb_body_release(&b);
    json_decref((json_t *)ask.schema);
    dvb_profile_free(&p);
}

/* Limits become words wherever they stand; names that look like them stay. */
static void test_schema(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *sent;
    } schemas[] = {
        { "{\"type\":\"string\"}", "{\"type\":\"string\"}" },
        { "{\"type\":\"array\",\"minItems\":1}", "{\"minItems\":1,\"type\":\"array\"}" },
        { "{\"type\":\"array\",\"minItems\":2,\"description\":\"D\"}",
          "{\"description\":\"D; minItems: 2\",\"type\":\"array\"}" },
        { "{\"type\":\"object\",\"properties\":{\"maximum\":{\"type\":\"integer\",\"maximum\":9}}}",
          "{\"properties\":{\"maximum\":{\"description\":\"maximum: 9\",\"type\":\"integer\"}},"
          "\"type\":\"object\"}" },
        { "{\"anyOf\":[{\"type\":\"string\",\"maxLength\":3},true]}",
          "{\"anyOf\":[{\"description\":\"maxLength: 3\",\"type\":\"string\"},true]}" },
        { "{\"$defs\":{\"a\":{\"type\":\"number\",\"minimum\":0.5}},\"$ref\":\"#/$defs/a\"}",
          "{\"$defs\":{\"a\":{\"description\":\"minimum: 0.5\",\"type\":\"number\"}},"
          "\"$ref\":\"#/$defs/a\"}" },
        { "{\"items\":7,\"properties\":[],\"anyOf\":{}}",
          "{\"anyOf\":{},\"items\":7,\"properties\":[]}" },
    };
    struct dvb_profile *p = wire_profile("anthropic", "m", "http://127.0.0.1:1/v1");
    for (size_t i = 0; i < N(schemas); i++) {
        json_t *schema = json_loads(schemas[i].schema, 0, NULL), *before = json_deep_copy(schema);
        struct dvb_ask ask = { .profile = p, .prompt = "P", .schema = schema };
        char *body = wire_body(&ask), *want = dvb_asprintf("\"schema\":%s,", schemas[i].sent);
        if (!strstr(body, want))
            fail_msg("%s: %s", schemas[i].schema, body);
        assert_true(json_equal(schema, before));
        free(want);
        free(body);
        json_decref(before);
        json_decref(schema);
    }
    dvb_profile_free(&p);
}

#define WHOLE(content, reason, more)                                                               \
    "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[" content                           \
    "],\"stop_reason\":" reason ",\"stop_sequence\":null" more "}"
#define TEXT(t) "{\"type\":\"text\",\"text\":\"" t "\"}"
#define THINKING "{\"type\":\"thinking\",\"thinking\":\"C\",\"signature\":\"s\"}"
#define USAGE                                                                                      \
    ",\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":5,"                           \
    "\"cache_read_input_tokens\":4,\"output_tokens\":3}"

static const struct wire_row rows[] = {
    { WHOLE(TEXT("B"), "\"end_turn\"", USAGE), DVB_REPLY_OK, "B", "end_turn", 19, 4, 3 },
    { WHOLE(THINKING "," TEXT("a") ",{\"type\":\"redacted_thinking\",\"data\":\"x\"}," TEXT("b"),
            "\"end_turn\"", ""),
      DVB_REPLY_OK, "ab", "end_turn", 0, 0, 0 },
    { WHOLE("{\"type\":\"future\",\"text\":\"no\"},7,{}," TEXT("B"), "\"end_turn\"", ""),
      DVB_REPLY_OK, "B", "end_turn", 0, 0, 0 },
    { WHOLE(TEXT("half"), "\"max_tokens\"", ""), DVB_REPLY_OK, "half", "max_tokens", 0, 0, 0 },
    { WHOLE(TEXT("half"), "\"model_context_window_exceeded\"", ""), DVB_REPLY_OK, "half",
      "model_context_window_exceeded", 0, 0, 0 },
    { WHOLE(TEXT("I cannot"), "\"refusal\"", USAGE), DVB_REPLY_REFUSED, "I cannot", "refusal", 19,
      4, 3 },
    { WHOLE("", "\"refusal\"",
            ",\"stop_details\":{\"type\":\"refusal\",\"category\":\"cyber\",\"explanation\":"
            "\"Because.\"}"),
      DVB_REPLY_REFUSED, "Because.", "refusal", 0, 0, 0 },
    { WHOLE("", "\"refusal\"", ",\"stop_details\":null"), DVB_REPLY_REFUSED, "", "refusal", 0, 0,
      0 },
    { WHOLE("", "\"end_turn\"", ""), DVB_REPLY_OK, "", "end_turn", 0, 0, 0 },
    { WHOLE(THINKING, "\"max_tokens\"", USAGE), DVB_REPLY_OK, "", "max_tokens", 19, 4, 3 },
    { WHOLE(TEXT("a\\u0000b\xe9"), "null", ""), DVB_REPLY_OK, "ab\xef\xbf\xbd", NULL, 0, 0, 0 },
    { WHOLE("{\"type\":\"text\",\"text\":null}", "7", ""), DVB_REPLY_OK, "", NULL, 0, 0, 0 },
    { WHOLE(TEXT("B"), "\"end_turn\"",
            ",\"usage\":{\"input_tokens\":-1,\"cache_read_input_tokens\":null,"
            "\"output_tokens\":1e99}"),
      DVB_REPLY_OK, "B", "end_turn", 0, 0, 0 },
    { "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}",
      DVB_REPLY_ERROR, "it is an error", NULL, 0, 0, 0 },
    { "{\"type\":\"message\",\"content\":\"B\"}", DVB_REPLY_ERROR, "no content", NULL, 0, 0, 0 },
    { "{\"choices\":[]}", DVB_REPLY_ERROR, "no content", NULL, 0, 0, 0 },
    { "[]", DVB_REPLY_ERROR, "no content", NULL, 0, 0, 0 },
    { "", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
    { "{\"type\":\"message\",\"cont", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0 },
};

#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define START                                                                                      \
    EVENT("message_start",                                                                         \
          ",\"message\":{\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":10,"      \
          "\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":4,\"output_tokens\":1}}")
#define BLOCK(n, block) EVENT("content_block_start", ",\"index\":" n ",\"content_block\":" block)
#define DELTA(n, delta) EVENT("content_block_delta", ",\"index\":" n ",\"delta\":{" delta "}")
#define WORDS(n, t) DELTA(n, "\"type\":\"text_delta\",\"text\":\"" t "\"")
#define END(reason, more)                                                                          \
    EVENT("message_delta",                                                                         \
          ",\"delta\":{\"stop_reason\":\"" reason "\"" more "},\"usage\":{\"output_tokens\":3}")   \
    EVENT("message_stop", "")

static const struct wire_row streams[] = {
    { START BLOCK("0", TEXT("")) EVENT("ping", "") WORDS("0", "a") WORDS("0", "b")
          EVENT("content_block_stop", ",\"index\":0") END("end_turn", ""),
      DVB_REPLY_OK, "ab", "end_turn", 19, 4, 3 },
    { START BLOCK("0", THINKING) DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"x\"")
          BLOCK("1", TEXT("a")) WORDS("1", "b") EVENT("future", "") END("max_tokens", ""),
      DVB_REPLY_OK, "ab", "max_tokens", 19, 4, 3 },
    { START END("refusal", ",\"stop_details\":{\"explanation\":\"Because.\"}"), DVB_REPLY_REFUSED,
      "Because.", "refusal", 19, 4, 3 },
    { BLOCK("0", TEXT("a")) EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"}"),
      DVB_REPLY_OK, "a", "end_turn", 0, 0, 0 },
    { START WORDS("0", "a"), DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
    { START WORDS("0", "a") EVENT("message_delta", ",\"delta\":{\"stop_reason\":null}"),
      DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
    { START EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}"),
      DVB_REPLY_ERROR, "ends with an error", NULL, 0, 0, 0 },
    { START "data: {\"type\":\n\n", DVB_REPLY_ERROR, "no JSON object", NULL, 0, 0, 0 },
    { "data: [1]\n\n", DVB_REPLY_ERROR, "no JSON object", NULL, 0, 0, 0 },
    { "", DVB_REPLY_ERROR, "breaks off", NULL, 0, 0, 0 },
};

static void test_replies(void **state)
{
    (void)state;
    const struct dvb_wire *w = dvb_wire_find("anthropic");
    for (size_t i = 0; i < N(rows); i++)
        wire_check_row(w->parse, i, &rows[i]);
    for (size_t i = 0; i < N(streams); i++)
        wire_check_row(w->parse_events, i, &streams[i]);
}

static void test_profiles(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *says;
    } faults[] = {
        { "\"temperature\":1,\"stream\":true,\"extra\":{\"top_k\":5,\"output_config\":{\"effort\":"
          "\"low\"}}",
          "" },
        { "\"top_p\":0.9", "" },
        { "\"seed\":0", "field 'seed': this service has none" },
        { "\"logprobs\":1", "field 'logprobs': this service has none" },
        { "\"detail\":\"low\"", "field 'detail': this service has none" },
        { "\"temperature\":1.5", "field 'temperature': found 1.5, expected at most 1" },
        { "\"temperature\":0,\"top_p\":1", "field 'top_p': found beside 'temperature'" },
        { "\"send\":\"video\"", "takes no video" },
        { "\"extra\":{\"output_config\":{\"format\":{}}}", "\"output_config.format\" in it" },
        { "\"extra\":{\"max_tokens\":1}", "\"max_tokens\" in it" },
        { "\"extra\":{\"tools\":[]}", "\"tools\" in it" },
    };
    for (size_t i = 0; i < N(faults); i++) {
        char *json = dvb_asprintf("{\"p\":{\"wire\":\"anthropic\",\"base_url\":"
                                  "\"https://h/v1\",\"model\":\"m\",%s}}",
                                  faults[i].fields);
        char *fault = wire_profile_fault(json);
        if (*faults[i].says ? !strstr(fault, faults[i].says) || !strstr(fault, "profile 'p'")
                            : *fault)
            fail_msg("%s: %s", faults[i].fields, fault);
        free(fault);
        free(json);
    }
}

/* What was asked arrives, whole and streamed. */
static void test_arrives(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("anthropic", "echo", server.url);
    json_t *schema = wire_schema();
    struct dvb_ask ask = { .profile = p,
                           .system = "Be brief.",
                           .prompt = "Line 1\nLine \"2\" \xe7\xad\x94\xe7\xad\x94",
                           .frames = wire_frames,
                           .n_frames = 3,
                           .schema = schema,
                           .schema_name = "answer" };
    p->temperature = 0;
    p->extra = json_loads("{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":"
                          "\"low\"}}",
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
        assert_string_equal(dvb_json_get_str(got, "schema"), "list"); /* it has no name */
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
        { "retry-429", DVB_REPLY_OK, 2, 200, false, "B" },
        { "retry-500", DVB_REPLY_OK, 3, 200, false, "B" },
        { "overloaded", DVB_REPLY_OK, 2, 200, false, "B" },
        { "garbage", DVB_REPLY_ERROR, 3, 200, false, "" },
        { "empty", DVB_REPLY_OK, 1, 200, false, "" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, false, "I cannot help with that." },
        { "filtered", DVB_REPLY_REFUSED, 1, 200, false, "This request was declined." },
        { "blocked", DVB_REPLY_REFUSED, 1, 400, false, "blocked" },
        { "length", DVB_REPLY_OK, 1, 200, false, "half a rep" },
        { "bad-key", DVB_REPLY_ERROR, 1, 401, true, "the key was not accepted" },
        { "no-billing", DVB_REPLY_ERROR, 1, 402, true, "quota is spent" },
        { "no-credit", DVB_REPLY_ERROR, 1, 400, true, "quota is spent: Your credit balance" },
        { "own-limit", DVB_REPLY_ERROR, 1, 400, true, "quota is spent: You have reached" },
        { "no-such-model", DVB_REPLY_ERROR, 1, 404, true, "does not exist" },
        { "error-200", DVB_REPLY_ERROR, 6, 200, false, "upstream failed" },
    };
    for (size_t i = 0; i < N(behaviours); i++)
        wire_check_behaviour("anthropic", server.url, false, &behaviours[i]);
    static const struct wire_behaviour streamed[] = {
        { "ok", DVB_REPLY_OK, 1, 200, false, "B" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, false, "I cannot help with that." },
        { "filtered", DVB_REPLY_REFUSED, 1, 200, false, "This request was declined." },
        { "length", DVB_REPLY_OK, 1, 200, false, "half a rep" },
        { "cut-once", DVB_REPLY_OK, 2, 200, false, "B" },
        { "stream-overloaded", DVB_REPLY_OK, 2, 200, false, "B" },
        { "stream-billing", DVB_REPLY_ERROR, 1, 200, true, "quota is spent" },
    };
    for (size_t i = 0; i < N(streamed); i++)
        wire_check_behaviour("anthropic", server.url, true, &streamed[i]);
}

static void test_usage(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("anthropic", "ok", server.url);
    struct dvb_ask ask = { .profile = p, .prompt = "?" };
    for (int stream = 0; stream < 2; stream++) {
        struct dvb_reply r = { 0 };
        p->stream = stream;
        wire_ask(&ask, &r);
        assert_string_equal(r.text, "B");
        assert_string_equal(r.finish, "end_turn");
        assert_int_equal(r.tokens_in, 100);
        assert_int_equal(r.tokens_cached, 20);
        assert_int_equal(r.tokens_out, 5);
        assert_int_equal(r.tokens_media, -1);
        assert_non_null(strstr(r.usage, "\"cache_creation_input_tokens\":30"));
        assert_null(r.logprobs);
        dvb_reply_release(&r);
    }
    dvb_profile_free(&p);
}

/* The server refuses what the documentation does not have: the tests above mean something. */
static void test_strict(void **state)
{
    (void)state;
    static const struct {
        const char *extra, *says;
    } wrong[] = {
        { "{\"seed\":1}", "seed: Extra inputs are not permitted" },
        { "{\"response_format\":{}}", "response_format: Extra inputs are not permitted" },
        { "{\"temperature\":1,\"top_p\":1}", "cannot both be specified" },
        { "{\"temperature\":2}", "temperature: Input should be" },
        { "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5}}", "thinking.budget_tokens" },
        { "{\"output_config\":{\"effort\":\"huge\"}}", "output_config.effort" },
        { "{\"output_config\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{}}}"
          "}",
          "output_config.format.name: Extra inputs" },
        { "{\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":"
          "\"object\"}}}}",
          "'additionalProperties' is required" },
        { "{\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"array\","
          "\"maxItems\":4}}}}",
          "property 'maxItems' is not supported" },
        { "{\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"array\","
          "\"minItems\":4}}}}",
          "'minItems' values other than 0 or 1" },
    };
    for (size_t i = 0; i < N(wrong); i++) {
        struct dvb_profile *p = wire_profile("anthropic", "ok", server.url);
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

/* The key goes into its own header; wrong, it is nowhere in the message. */
static void test_key(void **state)
{
    (void)state;
    struct dvb_profile *p = wire_profile("anthropic", "ok", server.url);
    struct dvb_ask ask = { .profile = p, .prompt = "?" };
    struct dvb_reply r = { 0 };
    assert_string_equal(p->key_env, "ANTHROPIC_API_KEY");
    setenv("ANTHROPIC_API_KEY", "sk-ant-another-0123456789abcdef", 1);
    wire_ask(&ask, &r);
    assert_int_equal(r.http_status, 401);
    assert_true(r.fatal);
    assert_non_null(strstr(r.text, "Incorrect API key provided"));
    assert_null(strstr(r.text, "another"));
    dvb_reply_release(&r);
    setenv("ANTHROPIC_API_KEY", KEY, 1);
    wire_ask(&ask, &r);
    assert_int_equal(r.status, DVB_REPLY_OK);
    dvb_reply_release(&r);
    dvb_profile_free(&p);
}

static const char script[] =
    "{\"overloaded\":[{\"status\":529,\"error\":{\"message\":\"Overloaded\"}},{\"text\":\"B\"}],"
    "\"blocked\":[{\"status\":400,\"error\":{\"message\":\"Output blocked by content filtering "
    "policy\"}}],"
    "\"bad-key\":[{\"status\":401,\"error\":{\"message\":\"invalid x-api-key\"}}],"
    "\"no-billing\":[{\"status\":402,\"error\":{\"message\":\"There is an issue with your "
    "billing\"}}],"
    "\"no-credit\":[{\"status\":400,\"error\":{\"message\":\"Your credit balance is too low to "
    "access the Anthropic API. Please go to Plans & Billing.\"}}],"
    "\"own-limit\":[{\"status\":400,\"error\":{\"message\":\"You have reached your specified API "
    "usage limits. You will regain access on 2026-12-01 at 00:00 UTC.\"}}],"
    "\"stream-overloaded\":[{\"type\":\"text/event-stream\",\"raw\":\"event: error\\ndata: "
    "{\\\"type\\\":\\\"error\\\",\\\"error\\\":{\\\"type\\\":\\\"overloaded_error\\\","
    "\\\"message\\\":\\\"Overloaded\\\"}}\\n\\n\"},{\"text\":\"B\"}],"
    "\"stream-billing\":[{\"type\":\"text/event-stream\",\"raw\":\"event: error\\ndata: "
    "{\\\"type\\\":\\\"error\\\",\\\"error\\\":{\\\"type\\\":\\\"billing_error\\\","
    "\\\"message\\\":\\\"m\\\"}}\\n\\n\"}]}";

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--script", "script.json", "--key-env", "ANTHROPIC_API_KEY",
                                        NULL };
    struct dvb_err err;
    setenv("ANTHROPIC_API_KEY", KEY, 1);
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
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_schema),
        cmocka_unit_test(test_replies), cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_arrives), cmocka_unit_test(test_behaviours),
        cmocka_unit_test(test_usage),   cmocka_unit_test(test_strict),
        cmocka_unit_test(test_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
