/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/chat.h"

/* Fields of the body that belong to us. */
const char *const dvb_chat_reserved[] = {
    "model", "messages", "stream", "stream_options", "response_format",       "temperature",
    "top_p", "seed",     "n",      "max_tokens",     "max_completion_tokens", NULL
};

char *dvb_chat_path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/chat/completions");
}

char *dvb_chat_auth(const char *key)
{
    return dvb_asprintf("Authorization: Bearer %s", key);
}

static json_t *response_format(const struct dvb_ask *ask)
{
    return dvb_json_pack("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema", "name",
                         ask->schema_name ? ask->schema_name : "reply", "strict", 1, "schema",
                         (json_t *)ask->schema);
}

json_t *dvb_chat_parameters(const struct dvb_ask *ask)
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
    if (p->stream)
        json_object_update_new(body, dvb_json_pack("{s:b, s:{s:b}}", "stream", 1, "stream_options",
                                                   "include_usage", 1));
    return dvb_wire_with_extra(p, body);
}

void dvb_chat_put_data(struct dvb_body *b, const char *type, const char *path)
{
    dvb_body_text(b, "\"data:%s;base64,", type);
    dvb_body_base64(b, path);
    dvb_body_text(b, "\"");
}

void dvb_chat_put_image(struct dvb_body *b, const char *path, const char *detail)
{
    dvb_body_text(b, "{\"type\":\"image_url\",\"image_url\":{\"url\":");
    dvb_chat_put_data(b, "image/jpeg", path);
    if (detail) {
        dvb_body_text(b, ",\"detail\":");
        dvb_body_string(b, detail);
    }
    dvb_body_text(b, "}},");
}

/* Pictures come before the words: the documented order of the local servers,
   whose models were trained so. */
static void put_messages(struct dvb_body *b, const struct dvb_ask *ask, dvb_chat_put_media *put)
{
    dvb_body_text(b, "\"messages\":[");
    if (ask->system) {
        dvb_body_text(b, "{\"role\":\"system\",\"content\":");
        dvb_body_string(b, ask->system);
        dvb_body_text(b, "},");
    }
    dvb_body_text(b, "{\"role\":\"user\",\"content\":");
    bool media = ask->video || ask->n_frames > 0;
    if (media) {
        dvb_body_text(b, "[");
        put(b, ask);
        dvb_body_text(b, "{\"type\":\"text\",\"text\":");
    }
    dvb_body_string(b, ask->prompt);
    dvb_body_text(b, media ? "}]}]" : "}]");
}

int dvb_chat_body(const struct dvb_ask *ask, const json_t *parameters, dvb_chat_put_media *put,
                  struct dvb_body *b, struct dvb_err *err)
{
    if (ask->video && ask->n_frames > 0)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "frames and video in one question");
    char *text = dvb_json_canon(parameters);
    dvb_body_text(b, "{");
    put_messages(b, ask, put);
    dvb_body_text(b, ",%s", text + 1);
    free(text);
    return 0;
}
