/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenAI's POST /responses, checked as its API reference describes it. Fields
 * of tools, conversations and files are left out: devibench sends none, and a
 * request that is to be kept at the service (store) is refused too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"

static bool check_image(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = {
        { "type", 'S' },
        { "detail", 'S', 0, 0, "|auto|low|high|original|" },
        { "image_url", 'S' },
        { NULL },
    };
    if (!fake_check_members(c, "input[].content[]", part, members, NULL))
        return false;
    size_t n = fake_base64_jpeg(fake_data_uri(dvb_json_get_str(part, "image_url"), "image/jpeg"));
    if (!n)
        return fake_refuse(c, "The image data you provided does not represent a valid image. "
                              "Expected a base64 data URI with a whole JPEG picture.");
    c->req->frames++;
    c->req->frame_bytes += n;
    free(c->req->detail);
    c->req->detail = dvb_strdup(dvb_json_get_str(part, "detail"));
    return true;
}

static bool check_part(struct fake_check *c, const json_t *part)
{
    static const struct fake_member text[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    const char *type = dvb_json_get_str(part, "type");
    c->req->text_last = type && !strcmp(type, "input_text");
    if (type && !strcmp(type, "input_image"))
        return check_image(c, part);
    if (!c->req->text_last)
        return fake_refuse(c,
                           "Invalid value: '%s'. Supported values are: 'input_text', "
                           "'input_image', 'input_audio' and 'input_file'.",
                           type ? type : "null");
    if (!fake_check_members(c, "input[].content[]", part, text, NULL))
        return false;
    fake_append(&c->req->prompt, dvb_json_get_str(part, "text"));
    return true;
}

static bool check_item(struct fake_check *c, const json_t *item)
{
    static const struct fake_member members[] = {
        { "type", 's', 0, 0, "|message|" },
        { "role", 'S', 0, 0, "|user|assistant|system|developer|" },
        { "content", '*' },
        { NULL },
    };
    const json_t *content = json_object_get(item, "content");
    size_t i;
    json_t *part;
    if (!fake_check_members(c, "input[]", item, members, NULL))
        return false;
    if (json_is_string(content)) {
        fake_append(&c->req->prompt, json_string_value(content));
        return true;
    }
    if (!json_array_size(content))
        return fake_refuse(c, "Invalid type for 'input[].content'.");
    json_array_foreach((json_t *)content, i, part)
    {
        if (!check_part(c, part))
            return false;
    }
    return true;
}

static bool check_input(struct fake_check *c, const json_t *input)
{
    size_t i;
    json_t *item;
    if (json_is_string(input)) {
        fake_append(&c->req->prompt, json_string_value(input));
        return true;
    }
    if (!json_array_size(input))
        return fake_refuse(c, "Missing required parameter: 'input'.");
    json_array_foreach((json_t *)input, i, item)
    {
        if (!check_item(c, item))
            return false;
    }
    return true;
}

/* Name and schema stand beside the type here, not in an object of their own. */
static bool check_format(struct fake_check *c, const json_t *format)
{
    static const struct fake_member plain[] = { { "type", 'S' }, { NULL } };
    static const struct fake_member schema[] = {
        { "type", 'S' },        { "name", 'S' },   { "schema", 'O' },
        { "description", 's' }, { "strict", 'b' }, { NULL },
    };
    const char *type = dvb_json_get_str(format, "type"), *name = dvb_json_get_str(format, "name");
    if (type && (!strcmp(type, "text") || !strcmp(type, "json_object")))
        return fake_check_members(c, "text.format", format, plain, NULL);
    if (!type || strcmp(type, "json_schema"))
        return fake_refuse(c, "Invalid value for 'text.format.type'.");
    if (!fake_check_members(c, "text.format", format, schema, NULL))
        return false;
    if (!fake_is_schema_name(name))
        return fake_refuse(c, "Invalid 'text.format.name'.");
    c->req->schema = dvb_strdup(name);
    return !json_is_true(json_object_get(format, "strict")) ||
           fake_check_strict(c, "response_format", json_object_get(format, "schema"), true);
}

static bool check_text(struct fake_check *c, const json_t *text)
{
    static const struct fake_member members[] = { { "format", 'o' },
                                                  { "verbosity", 's', 0, 0, "|low|medium|high|" },
                                                  { NULL } };
    if (!text)
        return true;
    const json_t *format = json_object_get(text, "format");
    return fake_check_members(c, "text", text, members, NULL) &&
           (!format || check_format(c, format));
}

/* top_logprobs only where logprobs are included. */
static bool check_include(struct fake_check *c, const json_t *root)
{
    static const char known[] = "|message.output_text.logprobs|reasoning.encrypted_content|"
                                "message.input_image.image_url|";
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(root, "include"), i, v)
    {
        char word[80];
        snprintf(word, sizeof(word), "|%s|", json_is_string(v) ? json_string_value(v) : "");
        if (!strstr(known, word))
            return fake_refuse(c, "Invalid value for 'include[%zu]'.", i);
        c->req->logprobs |= !strcmp(json_string_value(v), "message.output_text.logprobs");
    }
    c->req->top_logprobs = (int)dvb_json_get_num(root, "top_logprobs", 0);
    if (json_object_get(root, "top_logprobs") && !c->req->logprobs)
        return fake_refuse(c, "Invalid value for 'top_logprobs': logprobs are not included.");
    return true;
}

static bool check_options(struct fake_check *c, const json_t *root)
{
    static const struct fake_member reasoning[] = {
        { "effort", 's', 0, 0, "|none|minimal|low|medium|high|xhigh|max|" },
        { "summary", 's', 0, 0, "|auto|concise|detailed|" },
        { NULL },
    };
    static const struct fake_member stream[] = { { "include_obfuscation", 'b' }, { NULL } };
    const json_t *options = json_object_get(root, "stream_options");
    const json_t *thinking = json_object_get(root, "reasoning");
    c->req->stream = json_is_true(json_object_get(root, "stream"));
    if (!json_is_false(json_object_get(root, "store")))
        return fake_refuse(c, "This server keeps no responses: expected 'store' to be false.");
    if (options && !c->req->stream)
        return fake_refuse(c, "The 'stream_options' parameter is only allowed when 'stream' is "
                              "enabled.");
    return (!options || fake_check_members(c, "stream_options", options, stream, NULL)) &&
           (!thinking || fake_check_members(c, "reasoning", thinking, reasoning, NULL));
}

static bool check(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "input", '*' },
        { "include", 'a' },
        { "instructions", 's' },
        { "max_output_tokens", 'i', 16, 1e9 },
        { "metadata", 'o' },
        { "prompt_cache_key", 's' },
        { "reasoning", 'o' },
        { "safety_identifier", 's' },
        { "service_tier", 's', 0, 0, "|auto|default|flex|scale|priority|" },
        { "store", 'b' },
        { "stream", 'b' },
        { "stream_options", 'o' },
        { "temperature", 'n', 0, 2 },
        { "text", 'o' },
        { "top_logprobs", 'i', 0, 20 },
        { "top_p", 'n', 0, 1 },
        { "truncation", 's', 0, 0, "|auto|disabled|" },
        { NULL },
    };
    if (!fake_check_members(c, "", root, members, NULL))
        return false;
    c->req->model = dvb_strdup(dvb_json_get_str(root, "model"));
    c->req->system = dvb_strdup(dvb_json_get_str(root, "instructions"));
    return check_options(c, root) && check_include(c, root) &&
           check_input(c, json_object_get(root, "input")) &&
           check_text(c, json_object_get(root, "text"));
}

static json_t *logprobs_of(const char *text, const struct fake_request *req)
{
    json_t *top = json_array();
    for (int i = 0; i < req->top_logprobs; i++) {
        char token[] = { (char)('A' + i), '\0' };
        json_array_append_new(top, dvb_json_pack("{s:s, s:f, s:[i]}", "token", token, "logprob",
                                                 -0.5 - i, "bytes", 'A' + i));
    }
    return dvb_json_pack("[{s:s, s:f, s:[], s:o}]", "token", text, "logprob", -0.5, "bytes",
                         "top_logprobs", top);
}

static json_t *content_of(const struct fake_answer *a, const struct fake_request *req)
{
    if (a->parts)
        return json_deep_copy(a->parts);
    if (a->refusal)
        return dvb_json_pack("[{s:s, s:s}]", "type", "refusal", "refusal", a->refusal);
    const char *text = a->text ? a->text : "";
    return dvb_json_pack("[{s:s, s:s, s:[], s:o}]", "type", "output_text", "text", text,
                         "annotations", "logprobs",
                         req->logprobs ? logprobs_of(text, req) : json_array());
}

static json_t *usage_of(const struct fake_answer *a)
{
    if (a->usage)
        return json_deep_copy(a->usage);
    return dvb_json_pack("{s:i, s:{s:i}, s:i, s:{s:i}, s:i}", "input_tokens", 100,
                         "input_tokens_details", "cached_tokens", 20, "output_tokens", 5,
                         "output_tokens_details", "reasoning_tokens", 2, "total_tokens", 105);
}

/* An item of reasoning, then the message. */
static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    static const char *const why[] = { [FAKE_TRUNCATED] = "max_output_tokens",
                                       [FAKE_FILTERED] = "content_filter",
                                       [FAKE_EMPTY] = NULL };
    const char *reason = why[a->outcome];
    const char *status = a->finish ? a->finish : reason ? "incomplete" : "completed";
    json_t *output = dvb_json_pack("[{s:s, s:s, s:[]}]", "id", "rs_1", "type", "reasoning",
                                   "summary");
    if (a->outcome != FAKE_EMPTY)
        json_array_append_new(output, dvb_json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", "msg_1",
                                                    "type", "message", "status", status, "role",
                                                    "assistant", "content", content_of(a, req)));
    json_t *whole = dvb_json_pack("{s:s, s:s, s:i, s:s, s:n, s:s, s:b, s:o, s:o}", "id", "resp_1",
                                  "object", "response", "created_at", 1700000000, "status", status,
                                  "error", "model", req->model, "store", 0, "output", output,
                                  "usage", usage_of(a));
    json_object_set_new(whole, "incomplete_details",
                        reason ? dvb_json_pack("{s:s}", "reason", reason) : json_null());
    return whole;
}

static void put_event(char **out, const char *type, json_t *fields, int *number)
{
    json_object_set_new(fields, "type", json_string(type));
    json_object_set_new(fields, "sequence_number", json_integer((*number)++));
    char *text = dvb_json_canon(fields);
    char *event = dvb_asprintf("event: %s\ndata: %s\n\n", type, text);
    fake_append(out, event);
    free(event);
    free(text);
    json_decref(fields);
}

static char *events(const struct fake_answer *a, const struct fake_request *req)
{
    char *out = NULL, *name;
    int number = 0;
    json_t *whole = completion(a, req), *begun = json_copy(whole);
    json_object_set_new(begun, "status", json_string("in_progress"));
    json_object_set_new(begun, "output", json_array());
    json_object_set_new(begun, "usage", json_null());
    put_event(&out, "response.created", dvb_json_pack("{s:o}", "response", begun), &number);
    if (a->text)
        put_event(&out, "response.output_text.delta",
                  dvb_json_pack("{s:s, s:i, s:i, s:s}", "item_id", "msg_1", "output_index", 1,
                                "content_index", 0, "delta", a->text),
                  &number);
    name = dvb_asprintf("response.%s", dvb_json_get_str(whole, "status"));
    put_event(&out, name, dvb_json_pack("{s:o}", "response", whole), &number);
    free(name);
    return out;
}

static const struct fake_route routes[] = { { "POST", "/v1/responses", "application/json" },
                                            { NULL } };

const struct fake_format fake_responses = {
    .name = "responses",
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .routes = routes,
    .words = &fake_openai_words,
    .check = check,
    .completion = completion,
    .events = events,
    .error = fake_openai_error,
};
