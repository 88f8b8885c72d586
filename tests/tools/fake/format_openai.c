/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenAI's POST /chat/completions, checked as its API reference describes it:
 * unknown, misplaced and mistyped fields are refused. Fields of tools and audio
 * are left out: devibench sends none.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"

static bool check_image(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' }, { "image_url", 'O' }, { NULL } };
    static const struct fake_member url[] = { { "url", 'S' },
                                              { "detail", 's', 0, 0, "|auto|low|high|original|" },
                                              { NULL } };
    const json_t *image = json_object_get(part, "image_url");
    if (!fake_check_members(c, "messages[].content[]", part, members, NULL) ||
        !fake_check_members(c, "messages[].content[].image_url", image, url, NULL))
        return false;
    size_t n = fake_base64_jpeg(fake_data_uri(dvb_json_get_str(image, "url"), "image/jpeg"));
    if (!n)
        return fake_refuse(c, "Invalid image: expected a base64 data URI with a whole JPEG "
                              "picture.");
    c->req->frames++;
    c->req->frame_bytes += n;
    free(c->req->detail);
    c->req->detail = dvb_strdup(dvb_json_get_str(image, "detail"));
    return true;
}

static bool check_video(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' }, { "video_url", 'O' }, { NULL } };
    static const struct fake_member url[] = { { "url", 'S' }, { NULL } };
    const json_t *video = json_object_get(part, "video_url");
    if (!c->vllm)
        return fake_refuse(c, "Invalid value: 'video_url'. Supported values are: 'text', "
                              "'image_url', 'input_audio', 'refusal' and 'file'.");
    if (!fake_check_members(c, "messages[].content[]", part, members, NULL) ||
        !fake_check_members(c, "messages[].content[].video_url", video, url, NULL))
        return false;
    c->req->video_bytes = fake_base64_mp4(
        fake_data_uri(dvb_json_get_str(video, "url"), "video/mp4"));
    return c->req->video_bytes ||
           fake_refuse(c, "Invalid video: expected a base64 data URI with an MP4 file.");
}

static bool check_part(struct fake_check *c, const json_t *part)
{
    static const struct fake_member text[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    const char *type = dvb_json_get_str(part, "type");
    c->req->text_last = type && !strcmp(type, "text");
    if (type && !strcmp(type, "image_url"))
        return check_image(c, part);
    if (type && !strcmp(type, "video_url"))
        return check_video(c, part);
    if (!c->req->text_last)
        return fake_refuse(c, "Invalid value for 'messages[].content[].type'.");
    if (!fake_check_members(c, "messages[].content[]", part, text, NULL))
        return false;
    fake_append(&c->req->prompt, dvb_json_get_str(part, "text"));
    return true;
}

static bool check_content(struct fake_check *c, const json_t *content, bool user)
{
    size_t i;
    json_t *part;
    if (json_is_string(content)) {
        if (user)
            fake_append(&c->req->prompt, json_string_value(content));
        return true;
    }
    if (!user || !json_is_array(content) || !json_array_size(content))
        return fake_refuse(c, "Invalid type for 'messages[].content'.");
    json_array_foreach((json_t *)content, i, part)
    {
        if (!check_part(c, part))
            return false;
    }
    return true;
}

static bool check_messages(struct fake_check *c, const json_t *messages)
{
    static const struct fake_member members[] = {
        { "role", 'S', 0, 0, "|system|developer|user|assistant|" },
        { "content", '*' },
        { "name", 's' },
        { NULL },
    };
    size_t i;
    json_t *m;
    if (!json_array_size(messages))
        return fake_refuse(c, "Invalid 'messages': empty array.");
    json_array_foreach((json_t *)messages, i, m)
    {
        if (!fake_check_members(c, "messages[]", m, members, NULL))
            return false;
        const char *role = dvb_json_get_str(m, "role");
        const json_t *content = json_object_get(m, "content");
        if (!check_content(c, content, !strcmp(role, "user")))
            return false;
        if (!strcmp(role, "system"))
            fake_append(&c->req->system, json_string_value(content));
    }
    return true;
}

bool fake_check_response_format(struct fake_check *c, const json_t *format)
{
    static const struct fake_member members[] = {
        { "type", 'S', 0, 0, "|text|json_object|json_schema|" }, { "json_schema", 'o' }, { NULL }
    };
    static const struct fake_member schema[] = {
        { "name", 'S' }, { "description", 's' }, { "schema", 'o' }, { "strict", 'b' }, { NULL }
    };
    if (!format)
        return true;
    const json_t *js = json_object_get(format, "json_schema");
    if (!fake_check_members(c, "response_format", format, members, NULL) ||
        (js && !fake_check_members(c, "response_format.json_schema", js, schema, NULL)))
        return false;
    const char *name = dvb_json_get_str(js, "name");
    if (js && !fake_is_schema_name(name))
        return fake_refuse(c, "Invalid 'response_format.json_schema.name'.");
    c->req->schema = dvb_strdup(name);
    return !json_is_true(json_object_get(js, "strict")) ||
           fake_check_strict(c, "response_format", json_object_get(js, "schema"), true);
}

/* stream_options only with stream, top_logprobs only with logprobs. */
static bool check_pairs(struct fake_check *c, const json_t *root)
{
    static const struct fake_member stream[] = { { "include_usage", 'b' },
                                                 { "include_obfuscation", 'b' },
                                                 { NULL } };
    const json_t *options = json_object_get(root, "stream_options");
    c->req->stream = json_is_true(json_object_get(root, "stream"));
    c->req->usage_too = json_is_true(json_object_get(options, "include_usage"));
    c->req->logprobs = json_is_true(json_object_get(root, "logprobs"));
    c->req->top_logprobs = (int)dvb_json_get_num(root, "top_logprobs", 0);
    if (json_object_get(root, "max_tokens") && json_object_get(root, "max_completion_tokens"))
        return fake_refuse(c, "Setting 'max_tokens' and 'max_completion_tokens' at the same time "
                              "is not supported.");
    if (options && !c->req->stream)
        return fake_refuse(c, "The 'stream_options' parameter is only allowed when 'stream' is "
                              "enabled.");
    if (json_object_get(root, "top_logprobs") && !c->req->logprobs)
        return fake_refuse(c, "'logprobs' must be true when 'top_logprobs' is given.");
    return !options || fake_check_members(c, "stream_options", options, stream, NULL);
}

static bool check(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "messages", 'A' },
        { "frequency_penalty", 'n', -2, 2 },
        { "presence_penalty", 'n', -2, 2 },
        { "logprobs", 'b' },
        { "top_logprobs", 'i', 0, 20 },
        { "max_completion_tokens", 'i', 1, 1e9 },
        { "max_tokens", 'i', 1, 1e9 },
        { "metadata", 'o' },
        { "n", 'i', 1, 128 },
        { "reasoning_effort", 's', 0, 0, "|none|minimal|low|medium|high|xhigh|max|" },
        { "response_format", 'o' },
        { "seed", 'i' },
        { "service_tier", 's', 0, 0, "|auto|default|flex|priority|" },
        { "stop", '*' },
        { "store", 'b' },
        { "stream", 'b' },
        { "stream_options", 'o' },
        { "temperature", 'n', 0, 2 },
        { "top_p", 'n', 0, 1 },
        { "user", 's' },
        { "verbosity", 's', 0, 0, "|low|medium|high|" },
        { NULL },
    };
    static const struct fake_member vllm[] = {
        { "mm_processor_kwargs", 'o' },
        { "media_io_kwargs", 'o' },
        { "top_k", 'i' },
        { "min_p", 'n', 0, 1 },
        { "repetition_penalty", 'n' },
        { "chat_template_kwargs", 'o' },
        { NULL },
    };
    if (!fake_check_members(c, "", root, members, c->vllm ? vllm : NULL))
        return false;
    c->req->model = dvb_strdup(dvb_json_get_str(root, "model"));
    return check_pairs(c, root) && check_messages(c, json_object_get(root, "messages")) &&
           fake_check_response_format(c, json_object_get(root, "response_format"));
}

static const char *finish_of(const struct fake_answer *a)
{
    static const char *const words[] = { [FAKE_DONE] = "stop",
                                         [FAKE_TRUNCATED] = "length",
                                         [FAKE_FILTERED] = "content_filter",
                                         [FAKE_EMPTY] = "stop" };
    return a->finish ? a->finish : words[a->outcome];
}

static json_t *usage_of(const struct fake_answer *a)
{
    if (a->usage)
        return json_deep_copy(a->usage);
    return dvb_json_pack("{s:i, s:i, s:i, s:{s:i}}", "prompt_tokens", 100, "completion_tokens", 5,
                         "total_tokens", 105, "prompt_tokens_details", "cached_tokens", 20);
}

/* One token, as likely as not; the alternatives are made up. */
static json_t *logprobs_of(const struct fake_answer *a, const struct fake_request *req)
{
    if (!req->logprobs)
        return json_null();
    json_t *top = json_array();
    for (int i = 0; i < req->top_logprobs; i++) {
        char token[] = { (char)('A' + i), '\0' };
        json_array_append_new(top, dvb_json_pack("{s:s, s:f, s:[i]}", "token", token, "logprob",
                                                 -0.5 - i, "bytes", 'A' + i));
    }
    return dvb_json_pack("{s:[{s:s, s:f, s:n, s:o}], s:n}", "content", "token",
                         a->text ? a->text : "", "logprob", -0.5, "bytes", "top_logprobs", top,
                         "refusal");
}

static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    json_t *message = dvb_json_pack("{s:s}", "role", "assistant");
    json_object_set_new(message, "content",
                        a->parts ? json_deep_copy(a->parts) : dvb_json_str(a->text));
    json_object_set_new(message, "refusal", dvb_json_str(a->refusal));
    json_t *choice = dvb_json_pack("{s:i, s:o, s:o, s:s}", "index", 0, "message", message,
                                   "logprobs", logprobs_of(a, req), "finish_reason", finish_of(a));
    json_t *choices = a->outcome == FAKE_EMPTY ? json_array() : json_pack("[O]", choice);
    json_decref(choice);
    return dvb_json_pack("{s:s, s:s, s:i, s:s, s:o, s:o}", "id", "chatcmpl-1", "object",
                         "chat.completion", "created", 1700000000, "model", req->model, "choices",
                         choices, "usage", usage_of(a));
}

/* choices is taken; usage may be NULL. */
static void put_chunk(char **out, const struct fake_request *req, json_t *choices, json_t *usage)
{
    json_t *chunk = dvb_json_pack("{s:s, s:s, s:i, s:s, s:o}", "id", "chatcmpl-1", "object",
                                  "chat.completion.chunk", "created", 1700000000, "model",
                                  req->model, "choices", choices);
    if (usage)
        json_object_set_new(chunk, "usage", usage);
    char *text = dvb_json_canon(chunk);
    char *event = dvb_asprintf("data: %s\n\n", text);
    fake_append(out, event);
    free(event);
    free(text);
    json_decref(chunk);
}

static json_t *delta(json_t *fields, const char *finish)
{
    json_t *choice = dvb_json_pack("{s:i, s:o}", "index", 0, "delta", fields);
    json_object_set_new(choice, "finish_reason", dvb_json_str(finish));
    return dvb_json_pack("[o]", choice);
}

/* A word in each chunk. */
static void put_words(char **out, const struct fake_request *req, const char *field,
                      const char *text)
{
    while (text && *text) {
        size_t n = strspn(text, " \n") + strcspn(text + strspn(text, " \n"), " \n");
        char *word = dvb_asprintf("%.*s", (int)n, text);
        put_chunk(out, req, delta(dvb_json_pack("{s:s}", field, word), NULL), NULL);
        free(word);
        text += n;
    }
}

static char *events(const struct fake_answer *a, const struct fake_request *req)
{
    char *out = NULL;
    if (a->outcome != FAKE_EMPTY) {
        put_chunk(&out, req,
                  delta(dvb_json_pack("{s:s, s:s}", "role", "assistant", "content", ""), NULL),
                  NULL);
        put_words(&out, req, "content", a->text);
        put_words(&out, req, "refusal", a->refusal);
        put_chunk(&out, req, delta(json_object(), finish_of(a)), NULL);
    }
    if (req->usage_too)
        put_chunk(&out, req, json_array(), usage_of(a));
    fake_append(&out, "data: [DONE]\n\n");
    return out;
}

json_t *fake_openai_error(unsigned status, const char *code, const char *message,
                          const json_t *given)
{
    (void)status;
    if (given)
        return dvb_json_pack("{s:o}", "error", json_deep_copy(given));
    return dvb_json_pack("{s:{s:s, s:s, s:n, s:s}}", "error", "message", message, "type",
                         "invalid_request_error", "param", "code", code);
}

static void models(struct fake_call *c)
{
    json_t *ids = fake_models(), *list = json_array(), *id;
    size_t i;
    json_array_foreach(ids, i, id)
    {
        json_array_append_new(list, dvb_json_pack("{s:O, s:s}", "id", id, "object", "model"));
    }
    json_decref(ids);
    fake_reply_json(c, 200, dvb_json_pack("{s:s, s:o}", "object", "list", "data", list));
}

static const struct fake_route routes[] = {
    { "POST", "/v1/chat/completions", "application/json" },
    { "GET", "/v1/models", .serve = models },
    { NULL },
};

const struct fake_words fake_openai_words = {
    .unknown = { "Unrecognized request argument supplied: ", "" },
    .mistyped = { "Invalid type for '", "'." },
    .invalid = { "Invalid value for '", "'." },
    .missing = { "Missing required parameter: '", "'." },
};

const struct fake_format fake_openai = {
    .name = "openai",
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .routes = routes,
    .words = &fake_openai_words,
    .check = check,
    .completion = completion,
    .events = events,
    .error = fake_openai_error,
};
