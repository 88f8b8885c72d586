/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's POST /responses, as its API reference describes it ("Create a model
   response", "Streaming events"). Nothing is kept at the service (store: false). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/batch.h"
#include "model/body.h"
#include "model/json_text.h"
#include "model/sse.h"
#include "model/wire.h"

/* Fields of the body that belong to us. */
static const char *const reserved[] = {
    "model",       "input",        "instructions", "stream",
    "text.format", "temperature",  "top_p",        "max_output_tokens",
    "include",     "top_logprobs", "store",        "background",
    NULL
};

static int check(const struct dvb_profile *p, struct dvb_err *err)
{
    if (p->seed >= 0)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'seed': this service has none; expected it to be left out");
    return 0;
}

static json_t *text_format(const struct dvb_ask *ask)
{
    return dvb_json_pack("{s:{s:s, s:s, s:b, s:O}}", "format", "type", "json_schema", "name",
                         ask->schema_name ? ask->schema_name : "reply", "strict", 1, "schema",
                         (json_t *)ask->schema);
}

/* Everything but the input. */
static json_t *parameters(const struct dvb_ask *ask)
{
    const struct dvb_profile *p = ask->profile;
    json_t *body = dvb_json_pack("{s:s, s:i, s:b}", "model", p->model, "max_output_tokens",
                                 p->max_tokens, "store", 0);
    if (ask->system)
        json_object_set_new(body, "instructions", dvb_json_str(ask->system));
    if (p->temperature >= 0)
        json_object_set_new(body, "temperature", json_real(p->temperature));
    if (p->top_p >= 0)
        json_object_set_new(body, "top_p", json_real(p->top_p));
    if (p->logprobs > 0)
        json_object_update_new(body, dvb_json_pack("{s:[s], s:i}", "include",
                                                   "message.output_text.logprobs", "top_logprobs",
                                                   p->logprobs));
    if (p->structured && ask->schema)
        json_object_set_new(body, "text", text_format(ask));
    if (p->stream)
        json_object_set_new(body, "stream", json_true());
    return dvb_wire_with_extra(p, body);
}

/* detail is a required field of a picture. */
static void put_frame(struct dvb_body *b, const char *path, const char *detail)
{
    dvb_body_text(b, "{\"type\":\"input_image\",\"detail\":");
    dvb_body_string(b, detail ? detail : "auto");
    dvb_body_text(b, ",\"image_url\":\"data:image/jpeg;base64,");
    dvb_body_base64(b, path);
    dvb_body_text(b, "\"},");
}

static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    if (ask->video)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "video to a service that takes pictures");
    json_t *rest = parameters(ask);
    char *text = dvb_json_canon(rest);
    dvb_body_text(b, "{\"input\":[{\"role\":\"user\",\"content\":[");
    for (int i = 0; i < ask->n_frames; i++)
        put_frame(b, ask->frames[i], ask->profile->detail);
    dvb_body_text(b, "{\"type\":\"input_text\",\"text\":");
    dvb_body_string(b, ask->prompt);
    dvb_body_text(b, "}]}],%s", text + 1);
    free(text);
    json_decref(rest);
    return 0;
}

static char *path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/responses");
}

static char *auth(const char *key)
{
    return dvb_asprintf("Authorization: Bearer %s", key);
}

static int malformed(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the reply is not a response: %s", what);
}

/* What the messages of an output say. */
struct said {
    struct dvb_words words, refusal;
    json_t *logprobs; /* of all texts in a row, or NULL */
    int messages;
};

static void take_part(struct said *s, const json_t *part)
{
    json_t *logprobs = json_object_get(part, "logprobs");
    dvb_words_add(&s->words, json_object_get(part, "text"));
    dvb_words_add(&s->refusal, json_object_get(part, "refusal"));
    if (json_array_size(logprobs) && !s->logprobs)
        s->logprobs = json_array();
    if (s->logprobs && json_is_array(logprobs))
        json_array_extend(s->logprobs, logprobs);
}

/* Reasoning and what tools do are items of their own, not part of the answer. */
static void take_output(struct said *s, const json_t *output)
{
    size_t i, k;
    json_t *item, *part;
    json_array_foreach((json_t *)output, i, item)
    {
        const char *type = dvb_json_get_str(item, "type");
        if (!type || strcmp(type, "message"))
            continue;
        s->messages++;
        json_array_foreach(json_object_get(item, "content"), k, part)
        {
            take_part(s, part);
        }
    }
}

/* As the chat format has them. */
static char *logprobs_text(json_t *list)
{
    json_t *whole = dvb_json_pack("{s:O}", "content", list);
    char *text = dvb_json_canon(whole);
    json_decref(whole);
    return text;
}

static void take_said(struct said *s, const char *finish, struct dvb_reply *reply)
{
    bool refused = s->refusal.len > 0 || !strcmp(finish, "content_filter");
    reply->status = refused ? DVB_REPLY_REFUSED : DVB_REPLY_OK;
    reply->text = dvb_words_take(s->refusal.len > 0 ? &s->refusal : &s->words);
    reply->finish = dvb_utf8_clean(finish);
    if (s->logprobs)
        reply->logprobs = logprobs_text(s->logprobs);
}

static void take_usage(const json_t *root, struct dvb_reply *reply)
{
    const json_t *usage = json_object_get(root, "usage");
    reply->tokens_media = -1;
    if (!json_is_object(usage))
        return;
    reply->usage = dvb_json_canon(usage);
    reply->tokens_in = dvb_json_count(usage, "input_tokens");
    reply->tokens_out = dvb_json_count(usage, "output_tokens");
    reply->tokens_cached = dvb_json_count(json_object_get(usage, "input_tokens_details"),
                                          "cached_tokens");
    if (reply->tokens_cached > reply->tokens_in)
        reply->tokens_cached = reply->tokens_in;
}

/* An incomplete response says why, which takes the place of its status; it may
   be without a message: a reasoning model that used up its tokens has none. */
static int take_response(const json_t *root, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *output = json_object_get(root, "output");
    const char *status = dvb_json_get_str(root, "status");
    const char *why = dvb_json_get_str(json_object_get(root, "incomplete_details"), "reason");
    bool incomplete = status && !strcmp(status, "incomplete");
    if (json_is_object(json_object_get(root, "error")))
        return malformed(err, "it holds an error");
    if (!json_is_array(output))
        return malformed(err, "no output");
    if (status && !incomplete && strcmp(status, "completed"))
        return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                        "the reply is not a response: its status is '%.40s'", status);
    struct said s = { 0 };
    take_output(&s, output);
    if (s.messages || incomplete)
        take_said(&s, incomplete && why ? why : status ? status : "completed", reply);
    free(s.words.text);
    free(s.refusal.text);
    json_decref(s.logprobs);
    if (!reply->text)
        return malformed(err, "no message in its output");
    take_usage(root, reply);
    return 0;
}

static int parse(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    if (!root)
        return malformed(err, "it is no JSON");
    int ret = take_response(root, reply, err);
    json_decref(root);
    return ret;
}

/* The last event of a stream has the whole response. New reference, or NULL. */
static json_t *last_response(struct dvb_sse *s)
{
    static const char *const last[] = { "response.completed", "response.incomplete",
                                        "response.failed" };
    json_t *whole = NULL;
    while (!whole && dvb_sse_next(s)) {
        json_t *event = dvb_sse_json(s);
        const char *type = dvb_json_get_str(event, "type");
        for (size_t i = 0; type && i < sizeof(last) / sizeof(*last); i++)
            if (!strcmp(type, last[i]) && !whole)
                whole = json_incref(json_object_get(event, "response"));
        json_decref(event);
    }
    return whole;
}

static int parse_events(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    struct dvb_sse s;
    int ret = dvb_sse_open(&s, body, len, err);
    json_t *root = ret ? NULL : last_response(&s);
    if (!ret)
        ret = root ? take_response(root, reply, err)
                   : malformed(err, "the stream breaks off before the response is completed");
    json_decref(root);
    dvb_sse_release(&s);
    return ret;
}

const struct dvb_wire dvb_wire_responses = {
    .name = "responses",
    .description = "OpenAI responses",
    .path = path,
    .default_key_env = "OPENAI_API_KEY",
    .reserved = reserved,
    .check = check,
    .body = make_body,
    .auth = auth,
    .parse = parse,
    .parse_events = parse_events,
    .only_frames = true,
    .batch = &dvb_batch_openai,
};
