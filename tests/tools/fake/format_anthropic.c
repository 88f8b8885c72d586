/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Anthropic's POST /v1/messages, checked as its documentation describes it.
 * Tools, documents and caches are left out: devibench sends none.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"

#define MAX_REQUEST ((size_t)32 << 20) /* documented: 32 MB */
#define MAX_IMAGES 600

static bool check_image(struct fake_check *c, const json_t *block)
{
    static const struct fake_member members[] = { { "type", 'S' }, { "source", 'O' }, { NULL } };
    static const struct fake_member fields[] = {
        { "type", 'S', 0, 0, "|base64|" },
        { "media_type", 'S', 0, 0, "|image/jpeg|image/png|image/gif|image/webp|" },
        { "data", 'S' },
        { NULL },
    };
    const json_t *source = json_object_get(block, "source");
    if (!fake_check_members(c, "messages.0.content.0.image", block, members, NULL) ||
        !fake_check_members(c, "messages.0.content.0.image.source", source, fields, NULL))
        return false;
    size_t n = fake_base64_jpeg(dvb_json_get_str(source, "data"));
    if (!n)
        return fake_refuse(c, "messages.0.content.0.image.source.base64.data: invalid base64 data "
                              "or not a whole picture");
    if (strcmp(dvb_json_get_str(source, "media_type"), "image/jpeg"))
        return fake_refuse(c, "messages.0.content.0.image.source.base64.data: Image does not match "
                              "the provided media type");
    if (++c->req->frames > MAX_IMAGES)
        return fake_refuse(c, "Too much media: more than %d images", MAX_IMAGES);
    c->req->frame_bytes += n;
    return true;
}

static bool check_block(struct fake_check *c, const json_t *block)
{
    static const struct fake_member text[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    const char *type = dvb_json_get_str(block, "type");
    c->req->text_last = type && !strcmp(type, "text");
    if (type && !strcmp(type, "image"))
        return check_image(c, block);
    if (!c->req->text_last)
        return fake_refuse(c,
                           "messages.0.content.0: Input tag '%s' found using 'type' does not "
                           "match any of the expected tags",
                           type ? type : "");
    if (!fake_check_members(c, "messages.0.content.0.text", block, text, NULL))
        return false;
    if (!*dvb_json_get_str(block, "text"))
        return fake_refuse(c, "messages: text content blocks must be non-empty");
    fake_append(&c->req->prompt, dvb_json_get_str(block, "text"));
    return true;
}

static bool check_message(struct fake_check *c, const json_t *message)
{
    static const struct fake_member members[] = { { "role", 'S', 0, 0, "|user|assistant|" },
                                                  { "content", '*' },
                                                  { NULL } };
    const json_t *content = json_object_get(message, "content");
    size_t i;
    json_t *block;
    if (!fake_check_members(c, "messages.0", message, members, NULL))
        return false;
    if (json_is_string(content)) {
        fake_append(&c->req->prompt, json_string_value(content));
        return true;
    }
    if (!json_array_size(content))
        return fake_refuse(c, "messages.0.content: Field required");
    json_array_foreach((json_t *)content, i, block)
    {
        if (!check_block(c, block))
            return false;
    }
    return true;
}

/* Limits that structured outputs do not know; minItems may be 0 or 1. */
static bool check_limits(struct fake_check *c, const json_t *schema)
{
    static const char *const none[] = {
        "minimum",    "maximum",   "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "minLength", "maxLength",        "maxItems",
    };
    const char *key, *type = dvb_json_get_str(schema, "type");
    json_t *v;
    size_t i;
    for (i = 0; type && i < sizeof(none) / sizeof(*none); i++)
        if (json_object_get(schema, none[i]))
            return fake_refuse(c,
                               "output_config.format.schema: For '%s' type, property '%s' is not "
                               "supported",
                               type, none[i]);
    if (type && dvb_json_get_num(schema, "minItems", 0) > 1)
        return fake_refuse(c, "output_config.format.schema: For 'array' type, 'minItems' values "
                              "other than 0 or 1 are not supported");
    json_object_foreach((json_t *)schema, key, v)
    {
        if (!check_limits(c, v))
            return false;
    }
    json_array_foreach((json_t *)schema, i, v)
    {
        if (!check_limits(c, v))
            return false;
    }
    return true;
}

static bool check_output(struct fake_check *c, const json_t *config)
{
    static const struct fake_member members[] = {
        { "effort", 's', 0, 0, "|low|medium|high|xhigh|max|" }, { "format", 'o' }, { NULL }
    };
    static const struct fake_member fields[] = { { "type", 'S', 0, 0, "|json_schema|" },
                                                 { "schema", 'O' },
                                                 { NULL } };
    const json_t *format = json_object_get(config, "format");
    if (config && !fake_check_members(c, "output_config", config, members, NULL))
        return false;
    if (!format)
        return true;
    const json_t *schema = json_object_get(format, "schema");
    if (!fake_check_members(c, "output_config.format", format, fields, NULL) ||
        !fake_check_strict(c, "output_config.format.schema", schema, false) ||
        !check_limits(c, schema))
        return false;
    c->req->schema = dvb_strdup(
        json_object_iter_key(json_object_iter(json_object_get(schema, "properties"))));
    return true;
}

/* Newer models take one of temperature and top_p; the words are theirs. */
static bool check_sampling(struct fake_check *c, const json_t *root)
{
    static const struct fake_member thinking[] = {
        { "type", 'S', 0, 0, "|enabled|disabled|adaptive|" },
        { "budget_tokens", 'i', 1024, 1e6 },
        { "display", 's', 0, 0, "|summarized|omitted|" },
        { NULL },
    };
    const json_t *think = json_object_get(root, "thinking");
    if (json_object_get(root, "temperature") && json_object_get(root, "top_p"))
        return fake_refuse(c, "`temperature` and `top_p` cannot both be specified for this model. "
                              "Please use only one.");
    return !think || fake_check_members(c, "thinking", think, thinking, NULL);
}

static bool check_system(struct fake_check *c, const json_t *system)
{
    static const struct fake_member text[] = {
        { "type", 'S', 0, 0, "|text|" }, { "text", 'S' }, { "cache_control", 'o' }, { NULL }
    };
    size_t i;
    json_t *block;
    if (system && !json_is_string(system) && !json_is_array(system))
        return fake_refuse(c, "system: Input should be a valid string or list");
    if (json_is_string(system))
        fake_append(&c->req->system, json_string_value(system));
    json_array_foreach((json_t *)system, i, block)
    {
        if (!fake_check_members(c, "system.0", block, text, NULL))
            return false;
        fake_append(&c->req->system, dvb_json_get_str(block, "text"));
    }
    return true;
}

static bool check(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "messages", 'A' },
        { "max_tokens", 'I', 1, 1e9 },
        { "system", '*' },
        { "stream", 'b' },
        { "stop_sequences", 'a' },
        { "temperature", 'n', 0, 1 },
        { "top_p", 'n', 0, 1 },
        { "top_k", 'i' },
        { "thinking", 'o' },
        { "output_config", 'o' },
        { "metadata", 'o' },
        { "service_tier", 's', 0, 0, "|auto|standard_only|" },
        { "inference_geo", 's' },
        { NULL },
    };
    size_t i;
    json_t *message;
    if (!fake_check_members(c, "", root, members, NULL))
        return false;
    c->req->model = dvb_strdup(dvb_json_get_str(root, "model"));
    c->req->stream = json_is_true(json_object_get(root, "stream"));
    if (!json_array_size(json_object_get(root, "messages")))
        return fake_refuse(c, "messages: at least one message is required");
    json_array_foreach(json_object_get(root, "messages"), i, message)
    {
        if (!check_message(c, message))
            return false;
    }
    return check_system(c, json_object_get(root, "system")) && check_sampling(c, root) &&
           check_output(c, json_object_get(root, "output_config"));
}

static const char *stop_reason(const struct fake_answer *a)
{
    static const char *const words[] = { [FAKE_DONE] = "end_turn",
                                         [FAKE_TRUNCATED] = "max_tokens",
                                         [FAKE_FILTERED] = "refusal",
                                         [FAKE_EMPTY] = "end_turn" };
    return a->finish ? a->finish : a->refusal ? "refusal" : words[a->outcome];
}

static json_t *stop_details(const struct fake_answer *a)
{
    if (strcmp(stop_reason(a), "refusal"))
        return json_null();
    return dvb_json_pack("{s:s, s:n, s:s}", "type", "refusal", "category", "explanation",
                         "This request was declined.");
}

static json_t *content_of(const struct fake_answer *a)
{
    const char *text = a->refusal ? a->refusal : a->text;
    if (a->parts)
        return json_deep_copy(a->parts);
    json_t *content = dvb_json_pack("[{s:s, s:s, s:s}]", "type", "thinking", "thinking",
                                    "Let me look.", "signature", "c2ln");
    if (text && *text && a->outcome != FAKE_EMPTY)
        json_array_append_new(content, dvb_json_pack("{s:s, s:s}", "type", "text", "text", text));
    return content;
}

static json_t *usage_of(const struct fake_answer *a)
{
    if (a->usage)
        return json_deep_copy(a->usage);
    return dvb_json_pack("{s:i, s:i, s:i, s:i, s:s}", "input_tokens", 50,
                         "cache_creation_input_tokens", 30, "cache_read_input_tokens", 20,
                         "output_tokens", 5, "service_tier", "standard");
}

static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    return dvb_json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:n, s:o, s:o}", "id", "msg_1", "type",
                         "message", "role", "assistant", "model", req->model, "content",
                         content_of(a), "stop_reason", stop_reason(a), "stop_sequence",
                         "stop_details", stop_details(a), "usage", usage_of(a));
}

static void put_event(char **out, const char *type, json_t *fields)
{
    json_object_set_new(fields, "type", json_string(type));
    char *text = dvb_json_canon(fields);
    char *event = dvb_asprintf("event: %s\ndata: %s\n\n", type, text);
    fake_append(out, event);
    free(event);
    free(text);
    json_decref(fields);
}

/* A block begins empty; its text comes in two deltas. */
static void put_block(char **out, int index, const json_t *block)
{
    json_t *begun = json_deep_copy(block);
    const char *type = dvb_json_get_str(block, "type"), *text = dvb_json_get_str(block, type);
    char name[40];
    snprintf(name, sizeof(name), "%.20s_delta", type);
    json_object_set_new(begun, type, json_string(""));
    put_event(out, "content_block_start",
              dvb_json_pack("{s:i, s:o}", "index", index, "content_block", begun));
    size_t len = text ? strlen(text) : 0, half = len;
    while (half > len / 2 || (half && ((unsigned char)text[half] & 0xc0) == 0x80))
        half--;
    for (int i = 0; i < 2; i++) {
        char *piece = dvb_asprintf("%.*s", (int)(i ? len - half : half),
                                   text ? text + (i ? half : 0) : "");
        put_event(out, "content_block_delta",
                  dvb_json_pack("{s:i, s:{s:s, s:s}}", "index", index, "delta", "type", name, type,
                                piece));
        free(piece);
    }
    put_event(out, "content_block_stop", dvb_json_pack("{s:i}", "index", index));
}

static char *events(const struct fake_answer *a, const struct fake_request *req)
{
    char *out = NULL;
    size_t i;
    json_t *block, *whole = completion(a, req), *begun = json_deep_copy(whole);
    json_object_set_new(begun, "content", json_array());
    json_object_set_new(begun, "stop_reason", json_null());
    json_object_set_new(json_object_get(begun, "usage"), "output_tokens", json_integer(1));
    put_event(&out, "message_start", dvb_json_pack("{s:o}", "message", begun));
    put_event(&out, "ping", json_object());
    json_array_foreach(json_object_get(whole, "content"), i, block)
    {
        put_block(&out, (int)i, block);
    }
    json_t *delta = dvb_json_pack("{s:s, s:n, s:o}", "stop_reason", stop_reason(a), "stop_sequence",
                                  "stop_details", stop_details(a));
    put_event(&out, "message_delta",
              dvb_json_pack("{s:o, s:{s:O}}", "delta", delta, "usage", "output_tokens",
                            json_object_get(json_object_get(whole, "usage"), "output_tokens")));
    put_event(&out, "message_stop", json_object());
    json_decref(whole);
    return out;
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    static const struct {
        unsigned status;
        const char *type;
    } types[] = {
        { 400, "invalid_request_error" }, { 401, "authentication_error" },
        { 402, "billing_error" },         { 403, "permission_error" },
        { 404, "not_found_error" },       { 413, "request_too_large" },
        { 429, "rate_limit_error" },      { 500, "api_error" },
        { 504, "timeout_error" },         { 529, "overloaded_error" },
    };
    const char *type = dvb_json_get_str(given, "type");
    bool client = status >= 400 && status < 500;
    (void)code;
    for (size_t i = 0; !type && i < sizeof(types) / sizeof(*types); i++)
        if (types[i].status == status)
            type = types[i].type;
    return dvb_json_pack("{s:s, s:{s:s, s:s}, s:s}", "type", "error", "error", "type",
                         type     ? type
                         : client ? "invalid_request_error"
                                  : "api_error",
                         "message", message ? message : "", "request_id", "req_1");
}

static const char *const required[][2] = { { "anthropic-version", "2023-06-01" }, { NULL, NULL } };

static const struct fake_route routes[] = {
    { "POST", "/v1/messages", "application/json", .max_body = MAX_REQUEST },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "", ": Extra inputs are not permitted" },
    .mistyped = { "", ": Input should be of another type" },
    .invalid = { "", ": Input should be another value" },
    .missing = { "", ": Field required" },
};

const struct fake_format fake_anthropic = {
    .name = "anthropic",
    .key_header = "x-api-key",
    .key_prefix = "",
    .required = required,
    .routes = routes,
    .words = &words,
    .check = check,
    .completion = completion,
    .events = events,
    .error = error,
};
