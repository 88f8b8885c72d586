/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/chat.h"
#include "model/json_text.h"
#include "model/sse.h"

static int malformed(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the reply is not a chat completion: %s", what);
}

/* The content as a list of parts: their texts in a row, or those of its refusals. */
static void join_parts(const json_t *parts, bool *refused, char **text)
{
    struct dvb_words words = { 0 }, refusal = { 0 };
    size_t i;
    json_t *part;
    json_array_foreach((json_t *)parts, i, part)
    {
        const json_t *refuse = json_object_get(part, "refusal");
        if (json_is_string(refuse))
            dvb_words_add(&refusal, refuse);
        else
            dvb_words_add(&words, json_object_get(part, "text"));
    }
    *refused = refusal.len > 0;
    *text = dvb_words_take(*refused ? &refusal : &words);
    free(words.text);
    free(refusal.text);
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

/* DashScope, among others, says how much of the prompt was pictures and video. */
static long media_tokens(const json_t *details)
{
    if (!json_object_get(details, "image_tokens") && !json_object_get(details, "video_tokens"))
        return -1;
    return dvb_json_count(details, "image_tokens") + dvb_json_count(details, "video_tokens");
}

static void take_usage(const json_t *root, struct dvb_reply *reply)
{
    const json_t *usage = json_object_get(root, "usage");
    reply->tokens_media = -1;
    if (!json_is_object(usage))
        return;
    const json_t *details = json_object_get(usage, "prompt_tokens_details");
    reply->usage = dvb_json_canon(usage);
    reply->tokens_in = dvb_json_count(usage, "prompt_tokens");
    reply->tokens_out = dvb_json_count(usage, "completion_tokens");
    reply->tokens_cached = dvb_json_count(details, "cached_tokens");
    reply->tokens_media = media_tokens(details);
    if (reply->tokens_cached > reply->tokens_in)
        reply->tokens_cached = reply->tokens_in;
}

/* What cannot be used is billed all the same. */
static int take_completion(const json_t *root, struct dvb_reply *reply, struct dvb_err *err)
{
    take_usage(root, reply);
    return take_choice(root, reply, err);
}

int dvb_chat_parse(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    if (!root)
        return malformed(err, "it is no JSON");
    int ret = take_completion(root, reply, err);
    json_decref(root);
    return ret;
}

/* What the chunks of a stream come to. */
struct joined {
    struct dvb_words content, refusal;
    json_t *finish, *logprobs, *usage; /* the last of each; logprobs in a row. References */
};

static void keep(json_t **slot, json_t *value)
{
    json_decref(*slot);
    *slot = json_incref(value);
}

/* {"content": [...], "refusal": [...]}, each chunk with its own tokens. */
static void join_logprobs(struct joined *j, const json_t *logprobs)
{
    const char *key;
    json_t *list;
    if (json_is_object(logprobs) && !j->logprobs)
        j->logprobs = json_object();
    json_object_foreach((json_t *)logprobs, key, list)
    {
        json_t *whole = json_object_get(j->logprobs, key);
        if (json_is_array(whole) && json_is_array(list))
            json_array_extend(whole, list);
        else if (json_is_array(list))
            json_object_set_new(j->logprobs, key, json_copy(list));
    }
}

static int join_delta(struct joined *j, const json_t *choice, struct dvb_err *err)
{
    const json_t *delta = json_object_get(choice, "delta");
    const json_t *content = json_object_get(delta, "content");
    json_t *finish = json_object_get(choice, "finish_reason");
    if (content && !json_is_null(content) && !json_is_string(content))
        return malformed(err, "delta.content is no text");
    dvb_words_add(&j->content, content);
    dvb_words_add(&j->refusal, json_object_get(delta, "refusal"));
    join_logprobs(j, json_object_get(choice, "logprobs"));
    if (json_is_string(finish))
        keep(&j->finish, finish);
    return 0;
}

/* The chunk with the usage has no choices; servers that send no usage have no
   such chunk, and some send it with every one. */
static int join_chunk(struct joined *j, const json_t *chunk, struct dvb_err *err)
{
    json_t *choice, *usage = json_object_get(chunk, "usage");
    size_t i;
    if (!json_is_object(chunk))
        return malformed(err, "a chunk of the stream is no JSON object");
    if (json_object_get(chunk, "error") && !json_is_null(json_object_get(chunk, "error")))
        return malformed(err, "the stream ends with an error");
    if (json_is_object(usage))
        keep(&j->usage, usage);
    json_array_foreach(json_object_get(chunk, "choices"), i, choice)
    {
        int ret = json_integer_value(json_object_get(choice, "index")) ? 0
                                                                       : join_delta(j, choice, err);
        if (ret)
            return ret;
    }
    return 0;
}

static int join_events(struct joined *j, const char *body, size_t len, struct dvb_err *err)
{
    struct dvb_sse s;
    int ret = dvb_sse_open(&s, body, len, err);
    while (!ret && dvb_sse_next(&s) && strcmp(s.data, "[DONE]")) {
        json_t *chunk = dvb_sse_json(&s);
        ret = join_chunk(j, chunk, err);
        json_decref(chunk);
    }
    dvb_sse_release(&s);
    if (!ret && !j->finish)
        ret = malformed(err, "the stream breaks off before finish_reason");
    return ret;
}

/* The completion that the same answer would have been without a stream. */
static json_t *joined_completion(struct joined *j)
{
    json_t *message = dvb_json_pack("{s:s}", "content", j->content.text ? j->content.text : "");
    if (j->refusal.len)
        json_object_set_new(message, "refusal", dvb_json_str(j->refusal.text));
    json_t *choice = dvb_json_pack("{s:o, s:O}", "message", message, "finish_reason", j->finish);
    if (j->logprobs)
        json_object_set(choice, "logprobs", j->logprobs);
    json_t *root = dvb_json_pack("{s:[o]}", "choices", choice);
    if (j->usage)
        json_object_set(root, "usage", j->usage);
    return root;
}

int dvb_chat_parse_events(const char *body, size_t len, struct dvb_reply *reply,
                          struct dvb_err *err)
{
    struct joined j = { 0 };
    int ret = join_events(&j, body, len, err);
    if (!ret) {
        json_t *root = joined_completion(&j);
        ret = take_completion(root, reply, err);
        json_decref(root);
    }
    free(j.content.text);
    free(j.refusal.text);
    json_decref(j.finish);
    json_decref(j.logprobs);
    json_decref(j.usage);
    return ret;
}
