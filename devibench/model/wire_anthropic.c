/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anthropic's POST /v1/messages, as its documentation describes it ("Create a
   Message", "Vision", "Structured outputs", "Streaming messages", "Stop
   reasons"). Pictures only; the service knows neither seed nor logprobs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/body.h"
#include "model/json_text.h"
#include "model/sse.h"
#include "model/wire.h"

/* Fields of the body that belong to us; output_config.effort does not. */
static const char *const reserved[] = {
    "model",  "messages",    "system",        "max_tokens",
    "stream", "temperature", "top_p",         "output_config.format",
    "tools",  "tool_choice", "output_format", NULL
};

static const char *const headers[] = { "anthropic-version: 2023-06-01", NULL };

static int check(const struct dvb_profile *p, struct dvb_err *err)
{
    const char *none = p->seed >= 0  ? "seed"
                       : p->logprobs ? "logprobs"
                       : p->detail   ? "detail"
                                     : NULL;
    if (none)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field '%s': this service has none; expected it to be left out", none);
    if (p->temperature > 1)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'temperature': found %g, expected at most 1 for this service",
                        p->temperature);
    if (p->temperature >= 0 && p->top_p >= 0)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'top_p': found beside 'temperature', expected one of them: this "
                        "service takes no more");
    return 0;
}

/* What the service's structured output refuses in a schema; minItems it takes
   when it is 0 or 1. */
static const char *const limits[] = { "minimum",          "maximum",       "exclusiveMinimum",
                                      "exclusiveMaximum", "multipleOf",    "minLength",
                                      "maxLength",        "minItems",      "maxItems",
                                      "uniqueItems",      "minProperties", "maxProperties" };

static json_t *plain_schema(const json_t *schema);

static void plain_members(json_t *object, const char *name)
{
    const char *key;
    json_t *v, *members = json_object_get(object, name);
    json_t *plain = json_is_object(members) ? json_object() : NULL;
    json_object_foreach(members, key, v)
    {
        json_object_set_new(plain, key, plain_schema(v));
    }
    if (plain)
        json_object_set_new(object, name, plain);
}

static void plain_list(json_t *object, const char *name)
{
    size_t i;
    json_t *v, *list = json_object_get(object, name);
    json_t *plain = json_is_array(list) ? json_array() : NULL;
    json_array_foreach(list, i, v)
    {
        json_array_append_new(plain, plain_schema(v));
    }
    if (plain)
        json_object_set_new(object, name, plain);
}

/* Limits move into the description, where the model may still heed them. */
static void move_limits(json_t *schema)
{
    char *says = NULL;
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        const json_t *v = json_object_get(schema, limits[i]);
        if (!v || (!strcmp(limits[i], "minItems") && json_integer_value(v) <= 1))
            continue;
        char *value = dvb_json_canon(v), *before = says;
        says = dvb_asprintf("%s%s%s: %s", before ? before : "", before ? ", " : "", limits[i],
                            value);
        free(before);
        free(value);
        json_object_del(schema, limits[i]);
    }
    if (!says)
        return;
    const char *old = dvb_json_get_str(schema, "description");
    char *text = dvb_asprintf("%s%s%s", old ? old : "", old ? "; " : "", says);
    json_object_set_new(schema, "description", dvb_json_str(text));
    free(text);
    free(says);
}

/* The schema as the service takes it. New reference. */
static json_t *plain_schema(const json_t *schema)
{
    static const char *const members[] = { "properties", "$defs", "definitions" };
    static const char *const lists[] = { "anyOf", "allOf" };
    if (!json_is_object(schema))
        return json_deep_copy(schema);
    json_t *plain = json_copy((json_t *)schema);
    move_limits(plain);
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        plain_members(plain, members[i]);
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        plain_list(plain, lists[i]);
    const json_t *items = json_object_get(plain, "items");
    if (items)
        json_object_set_new(plain, "items", plain_schema(items));
    return plain;
}

/* Everything but the messages. */
static json_t *parameters(const struct dvb_ask *ask)
{
    const struct dvb_profile *p = ask->profile;
    json_t *body = dvb_json_pack("{s:s, s:i}", "model", p->model, "max_tokens", p->max_tokens);
    if (ask->system)
        json_object_set_new(body, "system", dvb_json_str(ask->system));
    if (p->temperature >= 0)
        json_object_set_new(body, "temperature", json_real(p->temperature));
    if (p->top_p >= 0)
        json_object_set_new(body, "top_p", json_real(p->top_p));
    if (p->structured && ask->schema)
        json_object_set_new(body, "output_config",
                            dvb_json_pack("{s:{s:s, s:o}}", "format", "type", "json_schema",
                                          "schema", plain_schema(ask->schema)));
    if (p->stream)
        json_object_set_new(body, "stream", json_true());
    return dvb_wire_with_extra(p, body);
}

static void put_frame(struct dvb_body *b, const char *path)
{
    dvb_body_text(b, "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":"
                     "\"image/jpeg\",\"data\":\"");
    dvb_body_base64(b, path);
    dvb_body_text(b, "\"}},");
}

/* Pictures before the words, as the documentation advises. */
static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    if (ask->video)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "video to a service that takes pictures");
    json_t *rest = parameters(ask);
    char *text = dvb_json_canon(rest);
    dvb_body_text(b, "{\"messages\":[{\"role\":\"user\",\"content\":[");
    for (int i = 0; i < ask->n_frames; i++)
        put_frame(b, ask->frames[i]);
    dvb_body_text(b, "{\"type\":\"text\",\"text\":");
    dvb_body_string(b, ask->prompt);
    dvb_body_text(b, "}]}],%s", text + 1);
    free(text);
    json_decref(rest);
    return 0;
}

static char *path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/messages");
}

static char *auth(const char *key)
{
    return dvb_asprintf("x-api-key: %s", key);
}

static int malformed(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the reply is not a message: %s", what);
}

/* The prompt is counted in three parts: new, put into the cache, read from it. */
static void take_usage(const json_t *usage, struct dvb_reply *reply)
{
    reply->tokens_media = -1;
    if (!json_is_object(usage))
        return;
    reply->usage = dvb_json_canon(usage);
    reply->tokens_cached = dvb_json_count(usage, "cache_read_input_tokens");
    reply->tokens_in = dvb_json_count(usage, "input_tokens") + reply->tokens_cached +
                       dvb_json_count(usage, "cache_creation_input_tokens");
    reply->tokens_out = dvb_json_count(usage, "output_tokens");
}

/* What a message comes to; text is taken. No text at all is an empty answer,
   which the service documents. A refusal often comes without words of its own;
   the details then say something. */
static void take_end(struct dvb_words *text, const json_t *reason, const json_t *details,
                     struct dvb_reply *reply)
{
    if (json_is_string(reason))
        reply->finish = dvb_json_text(reason);
    if (reply->finish && !strcmp(reply->finish, "refusal")) {
        reply->status = DVB_REPLY_REFUSED;
        if (!text->len)
            dvb_words_add(text, json_object_get(details, "explanation"));
    } else {
        reply->status = DVB_REPLY_OK;
    }
    reply->text = dvb_words_take(text);
}

static bool has_type(const json_t *object, const char *type)
{
    const char *is = dvb_json_get_str(object, "type");
    return is && !strcmp(is, type);
}

/* Thinking and what is not known are no part of the answer. */
static int take_message(const json_t *root, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *content = json_object_get(root, "content");
    struct dvb_words text = { 0 };
    size_t i;
    json_t *block;
    if (has_type(root, "error"))
        return malformed(err, "it is an error");
    if (!json_is_array(content))
        return malformed(err, "no content");
    json_array_foreach((json_t *)content, i, block)
    {
        if (has_type(block, "text"))
            dvb_words_add(&text, json_object_get(block, "text"));
    }
    take_end(&text, json_object_get(root, "stop_reason"), json_object_get(root, "stop_details"),
             reply);
    take_usage(json_object_get(root, "usage"), reply);
    return 0;
}

static int parse(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    if (!root)
        return malformed(err, "it is no JSON");
    int ret = take_message(root, reply, err);
    json_decref(root);
    return ret;
}

/* What the events of a stream come to. */
struct joined {
    struct dvb_words text;
    json_t *usage, *end; /* counted so far; the last message_delta's delta. References */
};

/* Later counts replace earlier ones: each is the sum up to there. */
static void join_usage(struct joined *j, json_t *usage)
{
    if (!json_is_object(usage))
        return;
    if (!j->usage)
        j->usage = json_object();
    json_object_update(j->usage, usage);
}

static int join_event(struct joined *j, const json_t *event, struct dvb_err *err)
{
    json_t *delta = json_object_get(event, "delta");
    if (!json_is_object(event))
        return malformed(err, "an event of the stream is no JSON object");
    if (has_type(event, "error"))
        return malformed(err, "the stream ends with an error");
    if (has_type(event, "message_start"))
        join_usage(j, json_object_get(json_object_get(event, "message"), "usage"));
    else if (has_type(event, "content_block_start") &&
             has_type(json_object_get(event, "content_block"), "text"))
        dvb_words_add(&j->text, json_object_get(json_object_get(event, "content_block"), "text"));
    else if (has_type(event, "content_block_delta") && has_type(delta, "text_delta"))
        dvb_words_add(&j->text, json_object_get(delta, "text"));
    if (!has_type(event, "message_delta"))
        return 0;
    join_usage(j, json_object_get(event, "usage"));
    if (json_is_string(json_object_get(delta, "stop_reason"))) {
        json_decref(j->end);
        j->end = json_incref(delta);
    }
    return 0;
}

static int parse_events(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    struct joined j = { 0 };
    struct dvb_sse s;
    int ret = dvb_sse_open(&s, body, len, err);
    while (!ret && dvb_sse_next(&s)) {
        json_t *event = dvb_sse_json(&s);
        ret = join_event(&j, event, err);
        json_decref(event);
    }
    if (!ret && !j.end)
        ret = malformed(err, "the stream breaks off before stop_reason");
    if (!ret) {
        take_end(&j.text, json_object_get(j.end, "stop_reason"),
                 json_object_get(j.end, "stop_details"), reply);
        take_usage(j.usage, reply);
    }
    dvb_sse_release(&s);
    free(j.text.text);
    json_decref(j.usage);
    json_decref(j.end);
    return ret;
}

const struct dvb_wire dvb_wire_anthropic = {
    .name = "anthropic",
    .description = "Anthropic messages",
    .path = path,
    .headers = headers,
    .default_key_env = "ANTHROPIC_API_KEY",
    .reserved = reserved,
    .check = check,
    .body = make_body,
    .auth = auth,
    .parse = parse,
    .parse_events = parse_events,
    .only_frames = true,
    .batch = &dvb_batch_anthropic,
};
