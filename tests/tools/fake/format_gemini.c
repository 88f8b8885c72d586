/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Google's models.generateContent and streamGenerateContent of v1beta, checked as
 * its reference and service definition describe them. Fields of tools and speech
 * are left out: devibench sends none. Files: gemini_files.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"
#include "tests/tools/fake/gemini_files.h"

static bool is_duration(const json_t *v)
{
    const char *s = json_string_value(v);
    size_t n = s ? strspn(s, "0123456789.") : 0;
    return !v || (n > 0 && !strcmp(s + n, "s"));
}

static bool check_video_metadata(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = {
        { "startOffset", 's' }, { "endOffset", 's' }, { "fps", 'n', 0, 24 }, { NULL }
    };
    const json_t *m = json_object_get(part, "videoMetadata");
    if (!m)
        return true;
    if (!c->req->video_bytes)
        return fake_refuse(c, "videoMetadata: the part is no video.");
    if (!fake_check_members(c, "contents.parts.videoMetadata", m, members, NULL))
        return false;
    c->req->fps = dvb_json_get_num(m, "fps", 1);
    return (is_duration(json_object_get(m, "startOffset")) &&
            is_duration(json_object_get(m, "endOffset"))) ||
           fake_refuse(c, "Invalid value at 'contents.parts.videoMetadata' (Duration)");
}

static bool check_blob(struct fake_check *c, const json_t *blob)
{
    static const struct fake_member members[] = {
        { "mimeType", 'S', 0, 0, "|image/jpeg|video/mp4|" }, { "data", 'S' }, { NULL }
    };
    if (!fake_check_members(c, "contents.parts.inlineData", blob, members, NULL))
        return false;
    const char *data = dvb_json_get_str(blob, "data");
    if (!strcmp(dvb_json_get_str(blob, "mimeType"), "video/mp4")) {
        c->req->video_bytes = fake_base64_mp4(data);
        return c->req->video_bytes || fake_refuse(c, "Unable to process input video.");
    }
    size_t n = fake_base64_jpeg(data);
    c->req->frames++;
    c->req->frame_bytes += n;
    return n || fake_refuse(c, "Unable to process input image.");
}

static bool check_file(struct fake_check *c, const json_t *file)
{
    static const struct fake_member members[] = { { "mimeType", 's', 0, 0, "|video/mp4|" },
                                                  { "fileUri", 'S' },
                                                  { NULL } };
    if (!fake_check_members(c, "contents.parts.fileData", file, members, NULL))
        return false;
    c->req->video_bytes = gemini_files_size(dvb_json_get_str(file, "fileUri"));
    return c->req->video_bytes ||
           fake_refuse(c, "You do not have permission to access the File or it is not in an "
                          "ACTIVE state.");
}

static bool check_part(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "text", 's' },
                                                  { "inlineData", 'o' },
                                                  { "fileData", 'o' },
                                                  { "videoMetadata", 'o' },
                                                  { NULL } };
    if (!fake_check_members(c, "contents.parts", part, members, NULL))
        return false;
    const json_t *text = json_object_get(part, "text"), *blob = json_object_get(part, "inlineData");
    const json_t *file = json_object_get(part, "fileData");
    if (!!text + !!blob + !!file != 1)
        return fake_refuse(c, "contents.parts: contents.parts must have one initialized field.");
    c->req->text_last = text != NULL;
    if (text)
        fake_append(&c->req->prompt, json_string_value(text));
    if ((blob && !check_blob(c, blob)) || (file && !check_file(c, file)))
        return false;
    return check_video_metadata(c, part);
}

static bool check_contents(struct fake_check *c, const json_t *contents)
{
    static const struct fake_member members[] = { { "role", 's', 0, 0, "|user|model|" },
                                                  { "parts", 'A' },
                                                  { NULL } };
    size_t i, k;
    json_t *content, *part;
    json_array_foreach((json_t *)contents, i, content)
    {
        if (!fake_check_members(c, "contents", content, members, NULL))
            return false;
        json_array_foreach(json_object_get(content, "parts"), k, part)
        {
            if (!check_part(c, part))
                return false;
        }
    }
    return c->req->prompt || fake_refuse(c, "* GenerateContentRequest.contents: contents is not "
                                            "specified");
}

static bool check_system(struct fake_check *c, const json_t *system)
{
    static const struct fake_member members[] = { { "role", 's' }, { "parts", 'A' }, { NULL } };
    static const struct fake_member text[] = { { "text", 'S' }, { NULL } };
    size_t i;
    json_t *part;
    if (!system)
        return true;
    if (!fake_check_members(c, "systemInstruction", system, members, NULL))
        return false;
    json_array_foreach(json_object_get(system, "parts"), i, part)
    {
        if (!fake_check_members(c, "systemInstruction.parts", part, text, NULL))
            return false;
        fake_append(&c->req->system, dvb_json_get_str(part, "text"));
    }
    return true;
}

/* "Only the following properties are supported"; where it holds schemas, they are checked too. */
static bool check_schema(struct fake_check *c, const json_t *schema)
{
    static const char known[] = "|$id|$defs|$ref|$anchor|type|format|title|description|enum|items|"
                                "prefixItems|minItems|maxItems|minimum|maximum|anyOf|oneOf|"
                                "properties|additionalProperties|required|propertyOrdering|";
    static const char maps[] = "|$defs|properties|", schemas[] = "|items|additionalProperties|";
    const char *key, *name;
    json_t *v, *one;
    json_object_foreach((json_t *)schema, key, v)
    {
        char word[80];
        snprintf(word, sizeof(word), "|%s|", key);
        if (!strstr(known, word))
            return fake_refuse(c, "responseJsonSchema: '%s' is not supported.", key);
        if (strstr(schemas, word) && json_is_object(v) && !check_schema(c, v))
            return false;
        if (!strstr(maps, word))
            continue;
        json_object_foreach(v, name, one)
        {
            if (!check_schema(c, one))
                return false;
        }
    }
    return true;
}

static bool check_pairs(struct fake_check *c, const json_t *g)
{
    json_t *schema = json_object_get(g, "responseJsonSchema");
    const char *type = dvb_json_get_str(g, "responseMimeType");
    void *first = json_object_iter(json_object_get(schema, "properties"));
    c->req->logprobs = json_is_true(json_object_get(g, "responseLogprobs"));
    c->req->top_logprobs = (int)dvb_json_get_num(g, "logprobs", 0);
    c->req->detail = dvb_strdup(dvb_json_get_str(g, "mediaResolution"));
    c->req->schema = first ? dvb_strdup(json_object_iter_key(first)) : NULL;
    if (schema && (!type || strcmp(type, "application/json")))
        return fake_refuse(c, "response_json_schema requires response_mime_type "
                              "application/json.");
    if (json_object_get(g, "logprobs") && !c->req->logprobs)
        return fake_refuse(c, "logprobs is only valid if response_logprobs is true.");
    return check_schema(c, schema);
}

static bool check_config(struct fake_check *c, const json_t *g)
{
    static const struct fake_member members[] = {
        { "candidateCount", 'i', 1, 8 },
        { "stopSequences", 'a' },
        { "maxOutputTokens", 'i', 1, 1e9 },
        { "temperature", 'n', 0, 2 },
        { "topP", 'n', 0, 1 },
        { "topK", 'i' },
        { "seed", 'i', -2147483648.0, 2147483647 },
        { "responseMimeType", 's', 0, 0, "|text/plain|application/json|" },
        { "responseJsonSchema", 'o' },
        { "presencePenalty", 'n' },
        { "frequencyPenalty", 'n' },
        { "responseLogprobs", 'b' },
        { "logprobs", 'i', 0, 20 },
        { "thinkingConfig", 'o' },
        { "mediaResolution", 's', 0, 0,
          "|MEDIA_RESOLUTION_LOW|MEDIA_RESOLUTION_MEDIUM|MEDIA_RESOLUTION_HIGH|" },
        { NULL },
    };
    static const struct fake_member thinking[] = {
        { "includeThoughts", 'b' },
        { "thinkingBudget", 'i' },
        { "thinkingLevel", 's', 0, 0, "|minimal|low|medium|high|MINIMAL|LOW|MEDIUM|HIGH|" },
        { NULL },
    };
    const json_t *t = json_object_get(g, "thinkingConfig");
    return !g ||
           (fake_check_members(c, "generationConfig", g, members, NULL) &&
            (!t || fake_check_members(c, "generationConfig.thinkingConfig", t, thinking, NULL)) &&
            check_pairs(c, g));
}

/* The model and whether to stream stand in the path; a stream must be asked for as
   server-sent events, or it would be a list. */
static bool check(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "contents", 'A' },       { "systemInstruction", 'o' }, { "generationConfig", 'o' },
        { "safetySettings", 'a' }, { "serviceTier", 's' },       { NULL }
    };
    const char *alt = fake_query(c->call, "alt");
    c->req->model = dvb_strdup(c->call->star);
    if (c->req->stream && (!alt || strcmp(alt, "sse")))
        return fake_refuse(c, "this server streams with alt=sse only");
    return fake_check_members(c, "", root, members, NULL) &&
           check_contents(c, json_object_get(root, "contents")) &&
           check_system(c, json_object_get(root, "systemInstruction")) &&
           check_config(c, json_object_get(root, "generationConfig"));
}

static const char *finish_of(const struct fake_answer *a)
{
    static const char *const words[] = { [FAKE_DONE] = "STOP",
                                         [FAKE_TRUNCATED] = "MAX_TOKENS",
                                         [FAKE_FILTERED] = "SAFETY",
                                         [FAKE_EMPTY] = "STOP" };
    return a->finish ? a->finish : a->refusal ? "SAFETY" : words[a->outcome];
}

static json_t *usage_of(const struct fake_answer *a, const struct fake_request *req)
{
    if (a->usage)
        return json_deep_copy(a->usage);
    json_t *details = dvb_json_pack("[{s:s, s:i}]", "modality", "TEXT", "tokenCount", 30);
    if (req->frames)
        json_array_append_new(details, dvb_json_pack("{s:s, s:i}", "modality", "IMAGE",
                                                     "tokenCount", 10 * req->frames));
    if (req->video_bytes)
        json_array_append_new(details,
                              dvb_json_pack("{s:s, s:i}", "modality", "VIDEO", "tokenCount", 70));
    return dvb_json_pack("{s:i, s:i, s:i, s:i, s:i, s:o}", "promptTokenCount", 100,
                         "candidatesTokenCount", 5, "thoughtsTokenCount", 7, "totalTokenCount", 112,
                         "cachedContentTokenCount", 20, "promptTokensDetails", details);
}

static json_t *logprobs_of(const char *text, const struct fake_request *req)
{
    json_t *top = json_array();
    for (int i = 0; i < req->top_logprobs; i++) {
        char token[] = { (char)('A' + i), '\0' };
        json_array_append_new(top, dvb_json_pack("{s:s, s:i, s:f}", "token", token, "tokenId", i,
                                                 "logProbability", -0.5 - i));
    }
    return dvb_json_pack("{s:[{s:s, s:i, s:f}], s:[{s:o}]}", "chosenCandidates", "token", text,
                         "tokenId", 1, "logProbability", -0.5, "topCandidates", "candidates", top);
}

/* text NULL: none; finish NULL: more is to come. */
static json_t *candidate(const char *text, const char *finish, const struct fake_answer *a,
                         const struct fake_request *req)
{
    json_t *c = dvb_json_pack("{s:i}", "index", 0);
    if (text)
        json_object_set_new(
            c, "content",
            dvb_json_pack("{s:s, s:[{s:s}]}", "role", "model", "parts", "text", text));
    if (a->parts && text)
        json_object_set(json_object_get(c, "content"), "parts", (json_t *)a->parts);
    if (text && req->logprobs)
        json_object_set_new(c, "logprobsResult", logprobs_of(text, req));
    if (finish)
        json_object_set_new(c, "finishReason", json_string(finish));
    if (finish && a->refusal)
        json_object_set_new(c, "finishMessage", json_string(a->refusal));
    return c;
}

/* candidate is taken; NULL: the prompt was blocked. */
static json_t *response(json_t *candidate, const struct fake_answer *a,
                        const struct fake_request *req)
{
    json_t *r = dvb_json_pack("{s:o, s:s, s:s}", "usageMetadata", usage_of(a, req), "modelVersion",
                              req->model, "responseId", "r-1");
    if (candidate)
        json_object_set_new(r, "candidates", dvb_json_pack("[o]", candidate));
    else
        json_object_set_new(r, "promptFeedback",
                            dvb_json_pack("{s:s}", "blockReason", "PROHIBITED_CONTENT"));
    return r;
}

static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    const char *text = a->parts ? "" : a->text;
    return response(a->outcome == FAKE_EMPTY ? NULL : candidate(text, finish_of(a), a, req), a,
                    req);
}

static void put_event(char **out, json_t *whole)
{
    char *text = dvb_json_canon(whole);
    char *event = dvb_asprintf("data: %s\r\n\r\n", text);
    fake_append(out, event);
    free(event);
    free(text);
    json_decref(whole);
}

/* A word in each event, the last with the finish reason. */
static char *events(const struct fake_answer *a, const struct fake_request *req)
{
    const char *rest = a->text ? a->text : "";
    char *out = NULL;
    if (a->outcome == FAKE_EMPTY) {
        put_event(&out, response(NULL, a, req));
        return out;
    }
    while (*rest) {
        size_t space = strspn(rest, " \n"), n = space + strcspn(rest + space, " \n");
        char *word = dvb_asprintf("%.*s", (int)n, rest);
        put_event(&out, response(candidate(word, NULL, a, req), a, req));
        free(word);
        rest += n;
    }
    put_event(&out, response(candidate(NULL, finish_of(a), a, req), a, req));
    return out;
}

static const char *status_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *name;
    } names[] = {
        { 400, "INVALID_ARGUMENT" },   { 401, "UNAUTHENTICATED" }, { 403, "PERMISSION_DENIED" },
        { 404, "NOT_FOUND" },          { 405, "NOT_FOUND" },       { 413, "INVALID_ARGUMENT" },
        { 429, "RESOURCE_EXHAUSTED" }, { 500, "INTERNAL" },        { 503, "UNAVAILABLE" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].status == status)
            return names[i].name;
    return "UNKNOWN";
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    json_t *e = given ? json_deep_copy(given) : dvb_json_pack("{s:s}", "message", message);
    json_object_set_new(e, "code", json_integer((json_int_t)status));
    json_object_set_new(e, "status", json_string(status_of(status)));
    if (!strcmp(code, "invalid_api_key"))
        json_object_set_new(e, "details",
                            dvb_json_pack("[{s:s, s:s}]", "@type",
                                          "type.googleapis.com/google.rpc.ErrorInfo", "reason",
                                          "API_KEY_INVALID"));
    return dvb_json_pack("{s:o}", "error", e);
}

static const struct fake_route routes[] = {
    { "POST", "/v1beta/models/*:generateContent", "application/json" },
    { "POST", "/v1beta/models/*:streamGenerateContent", "application/json", "|alt|",
      .stream = true },
    { "POST", "/upload/v1beta/files", .query = "|upload_id|upload_protocol|",
      .serve = gemini_files_upload },
    { "GET", "/v1beta/files/*", .serve = gemini_files_get },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "Invalid JSON payload received. Unknown name \"", "\": Cannot find field." },
    .mistyped = { "Invalid value at '", "'" },
    .invalid = { "Invalid value at '", "': out of range" },
    .missing = { "* GenerateContentRequest.", ": is not specified" },
};

const struct fake_format fake_gemini = {
    .name = "gemini",
    .key_header = "x-goog-api-key",
    .key_prefix = "",
    .routes = routes,
    .words = &words,
    .check = check,
    .completion = completion,
    .events = events,
    .error = error,
};
