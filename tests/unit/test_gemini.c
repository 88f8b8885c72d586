/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemini's wire format: bodies, schemas, replies, and the test service. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/gemini.h"
#include "model/profile_fields.h"
#include "model/service_error.h"
#include "pipeline/questions.h"
#include "tests/unit/wire_world.h"

#define KEY "planted-0123456789abcdef"

static struct fake_server server;
static const char *const one[] = { "a.jpg" };

static struct dvb_profile *profile(const char *model)
{
    struct dvb_profile *p = wire_profile_at("gemini", model, &server, "/v1beta");
    assert_string_equal(p->key_env, "GEMINI_API_KEY");
    return p;
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *model, *path;
        bool stream;
    } rows[] = {
        { "gemini-9", "/models/gemini-9:generateContent", false },
        { "gemini-9", "/models/gemini-9:streamGenerateContent?alt=sse", true },
        { "tunedModels/x-1", "/tunedModels/x-1:generateContent", false },
        { "a b?c#d", "/models/a%20b%3Fc%23d:generateContent", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_profile p = { .model = (char *)rows[i].model, .stream = rows[i].stream };
        char *path = dvb_wire_gemini.path(&p);
        assert_string_equal(path, rows[i].path);
        free(path);
    }
    char *auth = dvb_wire_gemini.auth("k");
    assert_string_equal(auth, "x-goog-api-key: k");
    free(auth);
}

#define PART_TEXT "{\"text\":\"P\"}"
#define CONFIG "\"generationConfig\":{\"maxOutputTokens\":4096}}"
#define HEAD "{\"contents\":[{\"role\":\"user\",\"parts\":["

static void test_bodies(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("m");
    struct dvb_ask ask = { .profile = p, .prompt = "P", .frames = one, .n_frames = 1 };
    wire_expect_body(&ask, HEAD
                     "{\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"YQ==\"}}," PART_TEXT
                     "]}]," CONFIG);
    ask = (struct dvb_ask){ .profile = p, .prompt = "P", .video = "c.mp4" };
    wire_expect_body(&ask, HEAD "{\"inlineData\":{\"mimeType\":\"video/mp4\",\"data\":\"eA==\"},"
                                "\"videoMetadata\":{\"fps\":2}}," PART_TEXT "]}]," CONFIG);
    ask.video_uri = "https://h/v1beta/files/f\"";
    ask.start_s = 1.5;
    ask.end_s = 6;
    p->fps = 0.25;
    wire_expect_body(&ask, HEAD "{\"fileData\":{\"mimeType\":\"video/mp4\",\"fileUri\":"
                                "\"https://h/v1beta/files/f\\\"\"},\"videoMetadata\":{\"fps\":0.25,"
                                "\"startOffset\":\"1.500s\",\"endOffset\":\"6.000s\"}}," PART_TEXT
                                "]}]," CONFIG);
    ask = (struct dvb_ask){ .profile = p, .prompt = "P", .system = "S\n" };
    p->temperature = 0;
    p->top_p = 0.5;
    p->seed = 7;
    p->logprobs = 3;
    p->max_tokens = 9;
    p->detail = dvb_strdup("low");
    p->extra = json_pack("{s:[], s:{s:{s:s}}}", "safetySettings", "generationConfig",
                         "thinkingConfig", "thinkingLevel", "low");
    wire_expect_body(
        &ask, HEAD PART_TEXT
        "]}],\"generationConfig\":{\"logprobs\":3,\"maxOutputTokens\":9,"
        "\"mediaResolution\":\"MEDIA_RESOLUTION_LOW\",\"responseLogprobs\":true,\"seed\":7,"
        "\"temperature\":0.0,\"thinkingConfig\":{\"thinkingLevel\":\"low\"},\"topP\":0.5},"
        "\"safetySettings\":[],\"systemInstruction\":{\"parts\":[{\"text\":\"S\\n\"}]}}");
    dvb_profile_free(&p);
}

static void test_refused(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("m");
    struct dvb_ask ask = { .profile = p, .prompt = "P", .video = "c.mp4" };
    struct dvb_err err;
    p->fps = 25;
    assert_int_equal(p->wire->check(p, &err), 0);
    p->send = DVB_SEND_VIDEO;
    wire_expect_bad(p, "'fps': found 25, expected at most 24");
    p->fps = 24;
    p->seed = 2147483648;
    wire_expect_bad(p, "'seed'");
    p->seed = 2147483647;
    p->detail = dvb_strdup("original");
    wire_expect_bad(p, "'detail': found \"original\"");
    free(p->detail);
    p->detail = dvb_strdup("auto");
    assert_int_equal(p->wire->check(p, &err), 0);
    char *text = wire_body(&ask);
    assert_null(strstr(text, "mediaResolution"));
    free(text);
    wire_expect_either(ask, "a.jpg", "c.mp4");
    dvb_profile_free(&p);
}

/* What has a field of its own is not taken from extra. */
static void test_extra(void **state)
{
    (void)state;
    static const struct {
        const char *extra, *says; /* NULL: it is taken */
    } cases[] = {
        { "{\"generationConfig\":{\"thinkingConfig\":{\"thinkingLevel\":\"low\"}}}", NULL },
        { "{\"generationConfig\":{\"topP\":1}}", "\"generationConfig.topP\" in it" },
        { "{\"generation_config\":{}}", "\"generation_config\" in it" },
        { "{\"contents\":[]}", "\"contents\" in it" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_profile *p;
        struct dvb_err err;
        json_t *obj = dvb_json_pack("{s:s, s:s, s:s, s:o}", "wire", "gemini", "base_url",
                                    "https://h/v1beta", "model", "m", "extra",
                                    json_loads(cases[i].extra, 0, NULL));
        int ret = dvb_profile_parse("f", "n", obj, &p, &err);
        assert_int_equal(ret, cases[i].says ? -EINVAL : 0);
        if (cases[i].says)
            assert_non_null(strstr(err.msg, cases[i].says));
        dvb_profile_free(&p);
        json_decref(obj);
    }
}

static void test_schema(void **state)
{
    (void)state;
    static const struct {
        const char *from, *want;
    } rows[] = {
        { "{\"$schema\":\"x\",\"type\":\"object\",\"minProperties\":1}", "{\"type\":\"object\"}" },
        { "{\"properties\":{\"pattern\":{\"type\":\"string\",\"pattern\":\"a\"}}}",
          "{\"properties\":{\"pattern\":{\"type\":\"string\"}}}" },
        { "{\"items\":{\"const\":\"a\"},\"anyOf\":[{\"maxLength\":2,\"type\":\"string\"}]}",
          "{\"anyOf\":[{\"type\":\"string\"}],\"items\":{\"enum\":[\"a\"]}}" },
        { "{\"additionalProperties\":false,\"$defs\":{\"d\":{\"minLength\":1}}}",
          "{\"$defs\":{\"d\":{}},\"additionalProperties\":false}" },
        { "{\"additionalProperties\":{\"default\":1,\"type\":\"null\"},\"items\":true,\"anyOf\":7}",
          "{\"additionalProperties\":{\"type\":\"null\"},\"anyOf\":7,\"items\":true}" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_t *from = json_loads(rows[i].from, 0, NULL), *to = dvb_gemini_schema(from);
        char *text = dvb_json_canon(to);
        assert_string_equal(text, rows[i].want);
        free(text);
        json_decref(to);
        json_decref(from);
    }
    json_t *ours = dvb_questions_schema(10), *same = dvb_gemini_schema(ours);
    assert_true(json_equal(ours, same)); /* the questions' schema goes as it is */
    json_decref(same);
    json_decref(ours);
}

#define CANDIDATE(parts, finish)                                                                   \
    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" parts                          \
    "]},\"finishReason\":\"" finish "\"}]"
#define TEXT(t) "{\"text\":\"" t "\"}"

static const struct row {
    const char *body;
    enum dvb_reply_status status; /* DVB_REPLY_ERROR: parse fails */
    const char *text;             /* or what the error says */
    const char *finish;
    long in, cached, out, media;
} rows[] = {
    { CANDIDATE(TEXT("The "), "STOP") "}", DVB_REPLY_OK, "The ", "STOP", 0, 0, 0, -1 },
    { CANDIDATE("{\"text\":\"hm\",\"thought\":true}," TEXT(
                    "B") ",{\"thoughtSignature\":\"x\"},7," TEXT("!"),
                "STOP") ",\"usageMetadata\":{\"promptTokenCount\":100,"
                        "\"cachedContentTokenCount\":40,\"candidatesTokenCount\":5,"
                        "\"thoughtsTokenCount\":7,"
                        "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":30},{"
                        "\"modality\":\"VIDEO\","
                        "\"tokenCount\":60},{\"modality\":\"IMAGE\",\"tokenCount\":4},{"
                        "\"modality\":\"AUDIO\","
                        "\"tokenCount\":6}]}}",
      DVB_REPLY_OK, "B!", "STOP", 100, 40, 12, 64 },
    { "{\"candidates\":[{\"content\":{\"parts\":[" TEXT("B") "]}}],\"usageMetadata\":{}}",
      DVB_REPLY_OK, "B", NULL, 0, 0, 0, -1 },
    { CANDIDATE(TEXT("half"),
                "MAX_TOKENS") ",\"usageMetadata\":{\"promptTokenCount\":3,"
                              "\"cachedContentTokenCount\":9,\"promptTokensDetails\":[]}}",
      DVB_REPLY_OK, "half", "MAX_TOKENS", 3, 3, 0, 0 },
    { "{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}", DVB_REPLY_OK, "", "MAX_TOKENS", 0, 0,
      0, -1 },
    { "{\"candidates\":[{\"finishReason\":\"SAFETY\",\"finishMessage\":\"unsafe\"}]}",
      DVB_REPLY_REFUSED, "unsafe", "SAFETY", 0, 0, 0, -1 },
    { CANDIDATE(TEXT("It is"), "RECITATION") "}", DVB_REPLY_REFUSED, "It is", "RECITATION", 0, 0, 0,
      -1 },
    { CANDIDATE("", "PROHIBITED_CONTENT") "}", DVB_REPLY_REFUSED, "", "PROHIBITED_CONTENT", 0, 0, 0,
      -1 },
    { CANDIDATE("", "SPII") "}", DVB_REPLY_REFUSED, "", "SPII", 0, 0, 0, -1 },
    { CANDIDATE("", "BLOCKLIST") "}", DVB_REPLY_REFUSED, "", "BLOCKLIST", 0, 0, 0, -1 },
    { CANDIDATE("", "LANGUAGE") "}", DVB_REPLY_REFUSED, "", "LANGUAGE", 0, 0, 0, -1 },
    { "{\"promptFeedback\":{\"blockReason\":\"OTHER\"},\"usageMetadata\":{\"promptTokenCount\":8}}",
      DVB_REPLY_REFUSED, "the prompt was blocked: OTHER", "OTHER", 8, 0, 0, -1 },
    { "{\"candidates\":[],\"usageMetadata\":{\"promptTokenCount\":8}}", DVB_REPLY_REFUSED,
      "the prompt was blocked: no reason given", NULL, 8, 0, 0, -1 },
    { CANDIDATE(TEXT("x"), "OTHER") "}", DVB_REPLY_ERROR, "finishReason OTHER", NULL, 0, 0, 0, 0 },
    { CANDIDATE("", "MALFORMED_FUNCTION_CALL") "}", DVB_REPLY_ERROR, "MALFORMED_FUNCTION_CALL",
      NULL, 0, 0, 0, 0 },
    { "{}", DVB_REPLY_ERROR, "no candidates", NULL, 0, 0, 0, 0 },
    { "[]", DVB_REPLY_ERROR, "no candidates", NULL, 0, 0, 0, 0 },
    { "{\"candidates\":[7]}", DVB_REPLY_ERROR, "no object", NULL, 0, 0, 0, 0 },
    { "{\"candidates\":7}", DVB_REPLY_ERROR, "no candidates", NULL, 0, 0, 0, 0 },
    { "<html>", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0, 0 },
    { "", DVB_REPLY_ERROR, "no JSON", NULL, 0, 0, 0, 0 },
};

static void expect_reply(dvb_wire_parse *parse, const char *body, const struct row *want)
{
    struct dvb_reply r = { 0 };
    struct dvb_err err;
    int ret = parse(body, strlen(body), &r, &err);
    if (want->status == DVB_REPLY_ERROR) {
        assert_int_equal(ret, -EPROTO);
        assert_int_equal(err.fault, DVB_FAULT_SERVICE);
        assert_non_null(strstr(err.msg, want->text));
    } else {
        assert_int_equal(ret, 0);
        assert_int_equal(r.status, want->status);
        assert_string_equal(r.text, want->text);
        assert_true(want->finish ? r.finish && !strcmp(r.finish, want->finish) : !r.finish);
        assert_true(r.tokens_in == want->in && r.tokens_cached == want->cached &&
                    r.tokens_out == want->out && r.tokens_media == want->media);
    }
    dvb_reply_release(&r);
}

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_reply(dvb_wire_gemini.parse, rows[i].body, &rows[i]);
}

/* A stream of one event says the same as the response alone, where that has an end. */
static void test_one_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].status == DVB_REPLY_ERROR || !rows[i].finish)
            continue;
        char *event = dvb_asprintf("data: %s\r\n\r\n", rows[i].body);
        expect_reply(dvb_wire_gemini.parse_events, event, &rows[i]);
        free(event);
    }
}

#define PIECE(t) "data: {\"candidates\":[{\"content\":{\"parts\":[" TEXT(t) "]}}]}\r\n\r\n"
#define LAST "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n"

static void test_events(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        struct row want;
    } streams[] = {
        { PIECE("The ") PIECE("end") LAST "data: {\"usageMetadata\":{\"promptTokenCount\":4}}\n\n",
          { NULL, DVB_REPLY_OK, "The end", "STOP", 4, 0, 0, -1 } },
        { "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"B\"}]},\"finishReason\":"
          "\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":1}}\n\n",
          { NULL, DVB_REPLY_OK, "B", "STOP", 4, 0, 1, -1 } },
        { PIECE("It") "data: {\"candidates\":[{\"finishReason\":\"RECITATION\"}]}\n\n",
          { NULL, DVB_REPLY_REFUSED, "It", "RECITATION", 0, 0, 0, -1 } },
        { "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n",
          { NULL, DVB_REPLY_REFUSED, "the prompt was blocked: SAFETY", "SAFETY", 0, 0, 0, -1 } },
        { PIECE("B"), { .status = DVB_REPLY_ERROR, .text = "breaks off" } },
        { PIECE("B") "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n",
          { .status = DVB_REPLY_ERROR, .text = "breaks off" } },
        { PIECE("B") "data: {\"error\":{\"code\":503}}\n\n",
          { .status = DVB_REPLY_ERROR, .text = "ends with an error" } },
        { "", { .status = DVB_REPLY_ERROR, .text = "no candidates" } },
        { "data: x\n\n", { .status = DVB_REPLY_ERROR, .text = "no JSON object" } },
    };
    for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++)
        expect_reply(dvb_wire_gemini.parse_events, streams[i].body, &streams[i].want);
}

static void test_logprobs(void **state)
{
    (void)state;
    static const char body[] =
        "data: {\"candidates\":[{\"logprobsResult\":{\"chosenCandidates\":[1],"
        "\"topCandidates\":[2]}}]}\n\n"
        "data: {\"candidates\":[{\"logprobsResult\":{\"chosenCandidates\":[3]},\"finishReason\":"
        "\"STOP\"}]}\n\n";
    struct dvb_reply r = { 0 };
    assert_int_equal(dvb_wire_gemini.parse_events(body, strlen(body), &r, NULL), 0);
    assert_string_equal(r.logprobs, "{\"chosenCandidates\":[1,3],\"topCandidates\":[2]}");
    dvb_reply_release(&r);
}

#define ERROR(details)                                                                             \
    "{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"    \
    "[" details "]}}"
#define RETRY(delay)                                                                               \
    "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":" delay "}"
#define QUOTA(id)                                                                                  \
    "{\"@type\":\"type.googleapis.com/"                                                            \
    "google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"" id "\"}]}"

static void test_service_errors(void **state)
{
    (void)state;
    static const struct {
        const char *body, *type;
        double retry_s;
        bool quota, bad_key;
    } errors[] = {
        { ERROR(RETRY("\"12s\"")), "RESOURCE_EXHAUSTED", 12, false, false },
        { ERROR(
              QUOTA("GenerateContentInputTokensPerModelPerMinute-FreeTier") "," RETRY("\"0.5s\"")),
          "RESOURCE_EXHAUSTED", 0.5, false, false },
        { ERROR(QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier") "," RETRY("\"20s\"")),
          "RESOURCE_EXHAUSTED", 20, true, false },
        { "[" ERROR(RETRY("\"1s\"")) "]", "RESOURCE_EXHAUSTED", 1, false, false },
        { "data: " ERROR(RETRY("\"2s\"")) "\r\n\r\n", "RESOURCE_EXHAUSTED", 2, false, false },
        { ERROR(RETRY("\"soon\"")), "RESOURCE_EXHAUSTED", -1, false, false },
        { ERROR(RETRY("\"-3s\"")), "RESOURCE_EXHAUSTED", -1, false, false },
        { ERROR(RETRY("\"s\"")), "RESOURCE_EXHAUSTED", -1, false, false },
        { ERROR(RETRY("7")), "RESOURCE_EXHAUSTED", -1, false, false },
        { ERROR("7,{\"@type\":7},{}"), "RESOURCE_EXHAUSTED", -1, false, false },
        { "{\"error\":{\"message\":\"Your prepayment credits are depleted. Please go\",\"status\":"
          "\"RESOURCE_EXHAUSTED\"}}",
          "RESOURCE_EXHAUSTED", -1, true, false },
        { "{\"error\":{\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\","
          "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
          "\"API_KEY_INVALID\"}]}}",
          "INVALID_ARGUMENT", -1, false, true },
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        struct dvb_service_error e;
        assert_true(dvb_service_error_read(errors[i].body, strlen(errors[i].body), &e));
        assert_string_equal(e.type, errors[i].type);
        assert_true(e.retry_s == errors[i].retry_s);
        assert_int_equal(dvb_service_error_is_quota(&e), errors[i].quota);
        assert_int_equal(e.bad_key, errors[i].bad_key);
    }
}

/* The service understands what is sent, and says what it received. */
static void test_service(void **state)
{
    (void)state;
    static const struct {
        bool stream, video;
        int n_frames;
        const char *says;
        long media;
    } asks[] = {
        { false, false, 0, "\"frames\":0,\"prompt\":\"Which one?\",\"schema\":\"questions\"", 0 },
        { false, false, 2, "\"frame_bytes\":30,\"frames\":2", 20 },
        { true, false, 2, "\"stream\":true", 20 },
        { false, true, 0, "\"detail\":\"MEDIA_RESOLUTION_HIGH\",\"fps\":2.0", 70 },
        { true, true, 0, "\"system\":\"S\",\"text_last\":true,\"video_bytes\":16", 70 },
    };
    json_t *schema = dvb_questions_schema(10);
    for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
        struct dvb_profile *p = profile("echo");
        struct dvb_reply r = { 0 };
        struct dvb_ask ask = { .profile = p,
                               .prompt = "Which one?",
                               .system = "S",
                               .frames = wire_frames,
                               .n_frames = asks[i].n_frames,
                               .video = asks[i].video ? "1.mp4" : NULL,
                               .end_s = asks[i].video ? 5 : 0,
                               .schema = schema,
                               .schema_name = "questions" };
        p->stream = asks[i].stream;
        p->detail = dvb_strdup("high");
        p->seed = 1;
        p->logprobs = 2;
        p->temperature = 0;
        wire_ask(&ask, &r);
        if (r.status != DVB_REPLY_OK || !strstr(r.text, asks[i].says))
            fail_msg("%s", r.text);
        assert_int_equal(r.tokens_in, 100);
        assert_int_equal(r.tokens_out, 12);
        assert_int_equal(r.tokens_cached, 20);
        assert_int_equal(r.tokens_media, asks[i].media);
        assert_non_null(strstr(r.logprobs, "chosenCandidates"));
        dvb_reply_release(&r);
        dvb_profile_free(&p);
    }
    json_decref(schema);
}

static void test_behaviours(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum dvb_reply_status status;
        int attempts, http_status;
        const char *says;
    } asks[] = {
        { "ok", DVB_REPLY_OK, 1, 200, "B" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, "I cannot help with that." },
        { "filtered", DVB_REPLY_REFUSED, 1, 200, "" },
        { "empty", DVB_REPLY_REFUSED, 1, 200, "the prompt was blocked: PROHIBITED_CONTENT" },
        { "length", DVB_REPLY_OK, 1, 200, "half a rep" },
        { "other", DVB_REPLY_ERROR, 3, 200, "finishReason OTHER" },
        { "per-minute", DVB_REPLY_OK, 2, 200, "B" },
        { "per-day", DVB_REPLY_ERROR, 1, 429, "quota is spent" },
        { "bad-400-key", DVB_REPLY_ERROR, 1, 400, "the key was not accepted" },
        { "always-503", DVB_REPLY_ERROR, 6, 503, "HTTP 503: overloaded" },
        { "cut-once", DVB_REPLY_OK, 2, 200, "B" },
        { "no-such-model", DVB_REPLY_ERROR, 1, 404, "does not exist" },
    };
    for (size_t i = 0; i < 2 * sizeof(asks) / sizeof(*asks); i++) {
        struct dvb_profile *p = profile(asks[i / 2].model);
        struct dvb_reply r = { 0 };
        struct dvb_ask ask = { .profile = p, .prompt = "Which one?" };
        p->stream = i % 2;
        /* The script's first replies are used up once. */
        bool used = i % 2 && (!strcmp(p->model, "per-minute") || !strcmp(p->model, "cut-once"));
        wire_ask(&ask, &r);
        assert_int_equal(r.status, asks[i / 2].status);
        assert_int_equal(r.attempts, used ? 1 : asks[i / 2].attempts);
        assert_int_equal(r.http_status, asks[i / 2].http_status);
        assert_non_null(strstr(r.text, asks[i / 2].says));
        dvb_reply_release(&r);
        dvb_profile_free(&p);
    }
}

/* The key goes in its own header; an undocumented field is refused by name. */
static void test_strict(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("echo");
    struct dvb_reply r = { 0 };
    struct dvb_ask ask = { .profile = p, .prompt = "P" };
    p->extra = json_pack("{s:{s:i}}", "generationConfig", "numFrames", 8);
    wire_ask(&ask, &r);
    assert_non_null(strstr(r.text, "HTTP 400: Invalid JSON payload received. Unknown name "
                                   "\"generationConfig.numFrames\""));
    assert_true(r.fatal);
    json_decref(p->extra);
    p->extra = NULL;
    setenv("GEMINI_API_KEY", "another-0123456789", 1);
    dvb_reply_release(&r);
    wire_ask(&ask, &r);
    assert_non_null(strstr(r.text, "the key was not accepted"));
    assert_null(strstr(r.text, "another-0123456789"));
    setenv("GEMINI_API_KEY", KEY, 1);
    dvb_reply_release(&r);
    dvb_profile_free(&p);
}

static const char script[] =
    "{\"other\": [{\"text\": \"B\", \"finish\": \"OTHER\"}],"
    " \"per-minute\": [{\"status\": 429, \"error\": {\"message\": \"m\", \"details\": [" RETRY(
        "\"0.02s\"") "]}}, {\"text\": \"B\"}],"
                     " \"per-day\": [{\"status\": 429, \"error\": {\"message\": \"m\", "
                     "\"details\": [" QUOTA(
                         "GenerateRequestsPerDayPerProjectPerModel") "]}}],"
                                                                     " \"bad-400-key\": "
                                                                     "[{\"status\": 400, "
                                                                     "\"error\": {\"message\": "
                                                                     "\"API key not valid.\","
                                                                     " \"details\": [{\"@type\": "
                                                                     "\"type.googleapis.com/"
                                                                     "google.rpc.ErrorInfo\", "
                                                                     "\"reason\":"
                                                                     " \"API_KEY_INVALID\"}]}}]}";

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--script", "script.json", "--key-env", "GEMINI_API_KEY",
                                        NULL };
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    setenv("GEMINI_API_KEY", KEY, 1);
    wire_write_frames();
    wire_write_video();
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
        cmocka_unit_test(test_paths),     cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_extra),
        cmocka_unit_test(test_schema),    cmocka_unit_test(test_parse),
        cmocka_unit_test(test_one_event), cmocka_unit_test(test_events),
        cmocka_unit_test(test_logprobs),  cmocka_unit_test(test_service_errors),
        cmocka_unit_test(test_service),   cmocka_unit_test(test_behaviours),
        cmocka_unit_test(test_strict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
