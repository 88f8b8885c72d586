/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's POST /chat/completions, as its API reference describes it, and as
   vLLM, SGLang, llama.cpp, Ollama and others serve it; video goes as the
   video_url part that vLLM and SGLang take. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/body.h"
#include "model/json_text.h"
#include "model/wire.h"

/* Fields of the body that belong to us. */
static const char *const reserved[] = {
    "model", "messages", "stream",     "response_format",       "temperature", "top_p",
    "seed",  "n",        "max_tokens", "max_completion_tokens", NULL
};

static json_t *response_format(const struct dvb_ask *ask)
{
    return dvb_json_pack("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema", "name",
                         ask->schema_name ? ask->schema_name : "reply", "strict", 1, "schema",
                         (json_t *)ask->schema);
}

/* Everything but the messages. */
static json_t *parameters(const struct dvb_ask *ask)
{
    const struct dvb_profile *p = ask->profile;
    json_t *body = dvb_json_pack("{s:s, s:i}", "model", p->model, p->max_tokens_field,
                                 p->max_tokens);
    if (p->temperature >= 0)
        json_object_set_new(body, "temperature", json_real(p->temperature));
    if (p->top_p >= 0)
        json_object_set_new(body, "top_p", json_real(p->top_p));
    if (p->seed >= 0)
        json_object_set_new(body, "seed", json_integer(p->seed));
    if (p->logprobs > 0)
        json_object_update_new(
            body, dvb_json_pack("{s:b, s:i}", "logprobs", 1, "top_logprobs", p->logprobs));
    if (p->structured && ask->schema)
        json_object_set_new(body, "response_format", response_format(ask));
    if (p->extra)
        json_object_update_missing(body, p->extra);
    return body;
}

static void put_frame(struct dvb_body *b, const char *path, const char *detail)
{
    dvb_body_text(b, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,");
    dvb_body_base64(b, path);
    dvb_body_text(b, "\"");
    if (detail) {
        dvb_body_text(b, ",\"detail\":");
        dvb_body_string(b, detail);
    }
    dvb_body_text(b, "}},");
}

/* Pictures come before the words: the documented order of the local servers,
   whose models were trained so. */
static void put_messages(struct dvb_body *b, const struct dvb_ask *ask)
{
    dvb_body_text(b, "\"messages\":[");
    if (ask->system) {
        dvb_body_text(b, "{\"role\":\"system\",\"content\":");
        dvb_body_string(b, ask->system);
        dvb_body_text(b, "},");
    }
    dvb_body_text(b, "{\"role\":\"user\",\"content\":");
    bool media = ask->video || ask->n_frames > 0;
    if (media)
        dvb_body_text(b, "[");
    for (int i = 0; i < ask->n_frames; i++)
        put_frame(b, ask->frames[i], ask->profile->detail);
    if (ask->video) {
        dvb_body_text(b, "{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,");
        dvb_body_base64(b, ask->video);
        dvb_body_text(b, "\"}},");
    }
    if (media)
        dvb_body_text(b, "{\"type\":\"text\",\"text\":");
    dvb_body_string(b, ask->prompt);
    dvb_body_text(b, media ? "}]}]" : "}]");
}

static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    if (ask->video && ask->n_frames > 0)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "frames and video in one question");
    json_t *rest = parameters(ask);
    char *text = dvb_json_canon(rest);
    dvb_body_text(b, "{");
    put_messages(b, ask);
    dvb_body_text(b, ",%s", text + 1);
    free(text);
    json_decref(rest);
    return 0;
}

static char *path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/chat/completions");
}

static char *bearer(const char *key)
{
    return dvb_asprintf("Authorization: Bearer %s", key);
}

static int malformed(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the reply is not a chat completion: %s", what);
}

/* The content as a list of parts: their texts in a row, or those of its refusals. */
static int join_parts(const json_t *parts, bool *refused, char **text)
{
    char *words = dvb_strdup(""), *refusal = dvb_strdup("");
    size_t i;
    json_t *part;
    json_array_foreach((json_t *)parts, i, part)
    {
        const json_t *refuse = json_object_get(part, "refusal");
        const json_t *more = json_is_string(refuse) ? refuse : json_object_get(part, "text");
        char **into = more == refuse && refuse ? &refusal : &words;
        if (!json_is_string(more))
            continue;
        char *piece = dvb_json_text(more);
        char *longer = dvb_asprintf("%s%s", *into, piece);
        free(piece);
        free(*into);
        *into = longer;
    }
    *refused = *refusal != '\0';
    *text = *refused ? refusal : words;
    free(*refused ? words : refusal);
    return 0;
}

/* An empty or missing content is an empty text: a reasoning model that used up
   its tokens gives that, with finish_reason "length". */
static int take_content(const json_t *message, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *refusal = json_object_get(message, "refusal");
    bool refused = json_is_string(refusal) && json_string_length(refusal) > 0;
    if (refused)
        reply->text = dvb_json_text(refusal);
    else if (json_is_string(content))
        reply->text = dvb_json_text(content);
    else if (json_is_array(content))
        join_parts(content, &refused, &reply->text);
    else if (!content || json_is_null(content))
        reply->text = dvb_strdup("");
    else
        return malformed(err, "message.content is neither text nor a list");
    reply->status = refused ? DVB_REPLY_REFUSED : DVB_REPLY_OK;
    return 0;
}

static int take_choice(const json_t *root, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *choices = json_object_get(root, "choices");
    if (!json_is_array(choices))
        return malformed(err, "no choices");
    if (!json_array_size(choices))
        return malformed(err, "choices is empty");
    const json_t *choice = json_array_get(choices, 0);
    const json_t *message = json_object_get(choice, "message");
    if (!json_is_object(message))
        return malformed(err, "choices[0] has no message");
    int ret = take_content(message, reply, err);
    if (ret)
        return ret;
    const json_t *finish = json_object_get(choice, "finish_reason");
    if (json_is_string(finish))
        reply->finish = dvb_json_text(finish);
    const json_t *logprobs = json_object_get(choice, "logprobs");
    if (json_is_object(logprobs))
        reply->logprobs = dvb_json_canon(logprobs);
    if (reply->finish && !strcmp(reply->finish, "content_filter"))
        reply->status = DVB_REPLY_REFUSED;
    return 0;
}

static long count(const json_t *obj, const char *name)
{
    const json_t *v = json_object_get(obj, name);
    double n = json_is_number(v) ? json_number_value(v) : 0;
    return n > 0 && n < 1e15 ? (long)n : 0;
}

static void take_usage(const json_t *root, struct dvb_reply *reply)
{
    const json_t *usage = json_object_get(root, "usage");
    if (!json_is_object(usage))
        return;
    reply->usage = dvb_json_canon(usage);
    reply->tokens_media = -1;
    reply->tokens_in = count(usage, "prompt_tokens");
    reply->tokens_out = count(usage, "completion_tokens");
    reply->tokens_cached = count(json_object_get(usage, "prompt_tokens_details"), "cached_tokens");
    if (reply->tokens_cached > reply->tokens_in)
        reply->tokens_cached = reply->tokens_in;
}

static int parse(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    if (!root)
        return malformed(err, "it is no JSON");
    int ret = take_choice(root, reply, err);
    if (!ret)
        take_usage(root, reply);
    json_decref(root);
    return ret;
}

const struct dvb_wire dvb_wire_openai = {
    .name = "openai",
    .description = "OpenAI chat completions; also vLLM, SGLang, llama.cpp, Ollama",
    .path = path,
    .default_key_env = "OPENAI_API_KEY",
    .reserved = reserved,
    .body = make_body,
    .auth = bearer,
    .parse = parse,
    .batch = &dvb_batch_openai,
};
