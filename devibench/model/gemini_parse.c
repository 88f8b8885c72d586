/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GenerateContentResponse, whole or as the events of streamGenerateContent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/gemini.h"
#include "model/json_text.h"
#include "model/sse.h"

static int malformed(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                    "the reply is not a generateContent response: %s", what);
}

/* What Candidate.finishReason means for the answer. Others (a malformed call of a
   tool, OTHER) are faults: asking again may give an answer. */
static const struct {
    const char *reason;
    enum dvb_reply_status status;
} finishes[] = {
    { "STOP", DVB_REPLY_OK },
    { "MAX_TOKENS", DVB_REPLY_OK },
    { "SAFETY", DVB_REPLY_REFUSED },
    { "RECITATION", DVB_REPLY_REFUSED },
    { "LANGUAGE", DVB_REPLY_REFUSED },
    { "BLOCKLIST", DVB_REPLY_REFUSED },
    { "PROHIBITED_CONTENT", DVB_REPLY_REFUSED },
    { "SPII", DVB_REPLY_REFUSED },
    { "IMAGE_SAFETY", DVB_REPLY_REFUSED },
    { "IMAGE_PROHIBITED_CONTENT", DVB_REPLY_REFUSED },
    { "IMAGE_RECITATION", DVB_REPLY_REFUSED },
};

static int take_finish(const json_t *candidate, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *finish = json_object_get(candidate, "finishReason");
    reply->status = DVB_REPLY_OK;
    if (!json_is_string(finish))
        return 0;
    reply->finish = dvb_json_text(finish);
    for (size_t i = 0; i < sizeof(finishes) / sizeof(*finishes); i++)
        if (!strcmp(reply->finish, finishes[i].reason)) {
            reply->status = finishes[i].status;
            return 0;
        }
    char what[80];
    dvb_clean_line(what, sizeof(what), reply->finish, strlen(reply->finish));
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "no whole answer: finishReason %s", what);
}

/* The answer's parts in a row, without those that are thoughts. */
static void take_text(const json_t *candidate, struct dvb_reply *reply)
{
    const json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts");
    struct dvb_words words = { 0 };
    size_t i;
    json_t *part;
    json_array_foreach((json_t *)parts, i, part)
    {
        if (!json_is_true(json_object_get(part, "thought")))
            dvb_words_add(&words, json_object_get(part, "text"));
    }
    const json_t *says = json_object_get(candidate, "finishMessage");
    if (!words.len && reply->status == DVB_REPLY_REFUSED)
        dvb_words_add(&words, says);
    reply->text = dvb_words_take(&words);
}

static int take_candidate(const json_t *candidate, struct dvb_reply *reply, struct dvb_err *err)
{
    if (!json_is_object(candidate))
        return malformed(err, "candidates[0] is no object");
    int ret = take_finish(candidate, reply, err);
    if (ret)
        return ret;
    take_text(candidate, reply);
    const json_t *logprobs = json_object_get(candidate, "logprobsResult");
    if (json_is_object(logprobs))
        reply->logprobs = dvb_json_canon(logprobs);
    return 0;
}

/* "No candidates are returned only if there was something wrong with the prompt." */
static void take_block(const json_t *feedback, struct dvb_reply *reply)
{
    const json_t *reason = json_object_get(feedback, "blockReason");
    reply->status = DVB_REPLY_REFUSED;
    reply->finish = json_is_string(reason) ? dvb_json_text(reason) : NULL;
    reply->text = dvb_asprintf("the prompt was blocked: %s",
                               reply->finish ? reply->finish : "no reason given");
}

/* Pictures and video among the tokens of the prompt. */
static long media_tokens(const json_t *details)
{
    long n = json_is_array(details) ? 0 : -1;
    size_t i;
    json_t *d;
    json_array_foreach((json_t *)details, i, d)
    {
        const char *modality = dvb_json_get_str(d, "modality");
        if (modality && (!strcmp(modality, "VIDEO") || !strcmp(modality, "IMAGE")))
            n += dvb_json_count(d, "tokenCount");
    }
    return n;
}

/* Thoughts are paid for as output. */
static void take_usage(const json_t *root, struct dvb_reply *reply)
{
    const json_t *usage = json_object_get(root, "usageMetadata");
    reply->tokens_media = -1;
    if (!json_is_object(usage))
        return;
    reply->usage = dvb_json_canon(usage);
    reply->tokens_in = dvb_json_count(usage, "promptTokenCount");
    reply->tokens_out = dvb_json_count(usage, "candidatesTokenCount") +
                        dvb_json_count(usage, "thoughtsTokenCount");
    reply->tokens_cached = dvb_json_count(usage, "cachedContentTokenCount");
    reply->tokens_media = media_tokens(json_object_get(usage, "promptTokensDetails"));
    if (reply->tokens_cached > reply->tokens_in)
        reply->tokens_cached = reply->tokens_in;
}

static int take_response(const json_t *root, struct dvb_reply *reply, struct dvb_err *err)
{
    const json_t *candidates = json_object_get(root, "candidates");
    const json_t *feedback = json_object_get(root, "promptFeedback");
    bool blocked = json_is_string(json_object_get(feedback, "blockReason"));
    int ret = 0;
    take_usage(root, reply); /* what cannot be used is billed all the same */
    if (json_array_size(candidates) && !blocked)
        ret = take_candidate(json_array_get(candidates, 0), reply, err);
    else if (blocked || json_is_object(json_object_get(root, "usageMetadata")))
        take_block(feedback, reply);
    else
        ret = malformed(err, "it has no candidates and no promptFeedback");
    return ret;
}

int dvb_gemini_parse(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    if (!root)
        return malformed(err, "it is no JSON");
    int ret = take_response(root, reply, err);
    json_decref(root);
    return ret;
}

static void extend(json_t *into, const char *name, const json_t *from)
{
    json_t *list = json_object_get(from, name), *whole = json_object_get(into, name);
    if (json_is_array(whole) && json_is_array(list))
        json_array_extend(whole, list);
    else if (json_is_array(list))
        json_object_set_new(into, name, json_copy(list));
}

/* The object of that name in into, which is made when it is not there. */
static json_t *member(json_t *into, const char *name)
{
    if (!json_is_object(json_object_get(into, name)))
        json_object_set_new(into, name, json_object());
    return json_object_get(into, name);
}

static void join_candidate(json_t *whole, const json_t *piece)
{
    static const char *const last[] = { "finishReason", "finishMessage" };
    const json_t *content = json_object_get(piece, "content");
    const json_t *logprobs = json_object_get(piece, "logprobsResult");
    if (content)
        extend(member(whole, "content"), "parts", content);
    if (logprobs) {
        extend(member(whole, "logprobsResult"), "chosenCandidates", logprobs);
        extend(member(whole, "logprobsResult"), "topCandidates", logprobs);
    }
    for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++)
        if (json_is_string(json_object_get(piece, last[i])))
            json_object_set(whole, last[i], json_object_get(piece, last[i]));
}

/* Each event is a response with the next piece of the answer; the counts are of
   all so far. */
static int join_chunk(json_t *whole, const json_t *chunk, struct dvb_err *err)
{
    static const char *const last[] = { "usageMetadata", "promptFeedback" };
    if (!json_is_object(chunk))
        return malformed(err, "a chunk of the stream is no JSON object");
    if (json_object_get(chunk, "error"))
        return malformed(err, "the stream ends with an error");
    const json_t *piece = json_array_get(json_object_get(chunk, "candidates"), 0);
    if (piece) {
        if (!json_object_get(whole, "candidates"))
            json_object_set_new(whole, "candidates", dvb_json_pack("[{}]"));
        join_candidate(json_array_get(json_object_get(whole, "candidates"), 0), piece);
    }
    for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++)
        if (json_is_object(json_object_get(chunk, last[i])))
            json_object_set(whole, last[i], json_object_get(chunk, last[i]));
    return 0;
}

static int join_events(json_t *whole, const char *body, size_t len, struct dvb_err *err)
{
    struct dvb_sse s;
    int ret = dvb_sse_open(&s, body, len, err);
    while (!ret && dvb_sse_next(&s)) {
        json_t *chunk = dvb_sse_json(&s);
        ret = join_chunk(whole, chunk, err);
        json_decref(chunk);
    }
    dvb_sse_release(&s);
    const json_t *candidate = json_array_get(json_object_get(whole, "candidates"), 0);
    if (!ret && candidate && !json_object_get(candidate, "finishReason"))
        ret = malformed(err, "the stream breaks off before finishReason");
    return ret;
}

int dvb_gemini_parse_events(const char *body, size_t len, struct dvb_reply *reply,
                            struct dvb_err *err)
{
    json_t *whole = json_object();
    int ret = join_events(whole, body, len, err);
    if (!ret)
        ret = take_response(whole, reply, err);
    json_decref(whole);
    return ret;
}
