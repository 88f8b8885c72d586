/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/chat.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

int dvb_api_fail(struct dvb_api_error *e, int status, const char *code, const char *param,
                 const char *fmt, ...)
{
    *e = (struct dvb_api_error){ .status = status, .code = code };
    e->type = status < 500 ? "invalid_request_error" : "server_error";
    snprintf(e->param, sizeof(e->param), "%s", param ? param : "");
    size_t n = 0;
    if (status == 400 && param && *param) /* clients show the message, seldom the parameter */
        n = (size_t)snprintf(e->message, sizeof(e->message), "%.90s: ", param);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->message + n, sizeof(e->message) - n, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

#define BAD_REQUEST(e, param, ...) dvb_api_fail(e, 400, "invalid_value", param, __VA_ARGS__)

static const char *type_name(const json_t *j)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return j ? names[json_typeof(j)] : "nothing";
}

long dvb_count_words(const char *text)
{
    long n = 0;
    for (bool in = false; *text; text++) {
        bool space = isspace((unsigned char)*text) != 0;
        n += !space && !in;
        in = !space;
    }
    return n;
}

void dvb_chat_free(struct dvb_chat **chat)
{
    struct dvb_chat *c = *chat;
    if (c) {
        for (size_t i = 0; i < c->n_media; i++)
            free(c->media[i].data);
        free(c->media);
        free(c->model);
        free(c->prompt);
    }
    free(c);
    *chat = NULL;
}

/* Fields whose values would ask for what this server does not do. */
static bool is_true(const json_t *j)
{
    return json_is_true(j);
}

static bool is_many(const json_t *j)
{
    return !json_is_null(j) && !(json_is_integer(j) && json_integer_value(j) == 1);
}

static bool is_filled(const json_t *j)
{
    return json_array_size(j) > 0;
}

static const struct {
    const char *field;
    bool (*asked)(const json_t *j);
    const char *why;
} unsupported[] = {
    { "stream", is_true, "streaming is not supported; leave out \"stream\" or set it false" },
    { "n", is_many, "one choice is given per request; leave out \"n\" or set it to 1" },
    { "logprobs", is_true, "log probabilities are not available from this model" },
    { "tools", is_filled, "tools are not supported" },
    { "functions", is_filled, "functions are not supported" },
};

static int check_fields(const json_t *root, struct dvb_api_error *e)
{
    for (size_t i = 0; i < sizeof(unsupported) / sizeof(*unsupported); i++) {
        const json_t *j = json_object_get(root, unsupported[i].field);
        if (j && unsupported[i].asked(j))
            return dvb_api_fail(e, 400, "unsupported_value", unsupported[i].field, "%s",
                                unsupported[i].why);
    }
    return 0;
}

/* Text of one message, gathered from its parts. */
struct text {
    char *s;
    size_t len, cap;
};

static void add_text(struct text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->len + n + 2 > t->cap) {
        t->cap = (t->len + n + 2) * 2;
        t->s = dvb_realloc(t->s, t->cap, 1);
    }
    if (t->len)
        t->s[t->len++] = '\n';
    memcpy(t->s + t->len, s, n + 1);
    t->len += n;
}

static const struct media_part {
    const char *type; /* also the member that holds the URL, and the MIME type's beginning */
    const char *mime;
    enum dvb_media_kind kind;
} media_parts[] = {
    { "image_url", "image/", DVB_MEDIA_IMAGE },
    { "video_url", "video/", DVB_MEDIA_VIDEO },
};

/* The base64 text of a data URI of the wanted kind, or NULL with e filled. */
static const char *data_of(const char *url, const struct media_part *part, const char *where,
                           struct dvb_api_error *e)
{
    if (strncmp(url, "data:", 5)) {
        BAD_REQUEST(e, where,
                    "found a URL that begins with '%.16s', expected a data URI "
                    "(data:%s...;base64,...): this server fetches nothing",
                    url, part->mime);
        return NULL;
    }
    const char *comma = strchr(url, ',');
    static const char base64[] = ";base64";
    size_t n = sizeof(base64) - 1;
    bool good = comma && (size_t)(comma - url) >= 5 + n && !strncmp(comma - n, base64, n);
    if (!good || strncmp(url + 5, part->mime, strlen(part->mime))) {
        BAD_REQUEST(e, where, "found '%.40s', expected data:%s...;base64,...", url, part->mime);
        return NULL;
    }
    return comma + 1;
}

static int add_media(struct dvb_chat *chat, const struct media_part *part, const json_t *obj,
                     const char *at, struct dvb_api_error *e)
{
    char where[96];
    snprintf(where, sizeof(where), "%s.%s.url", at, part->type);
    const json_t *inner = json_object_get(obj, part->type);
    const json_t *url = json_is_string(inner) ? inner : json_object_get(inner, "url");
    if (!json_is_string(url))
        return BAD_REQUEST(e, where, "found %s, expected a data URI", type_name(url));
    if (chat->n_media >= DVB_CHAT_MAX_MEDIA)
        return BAD_REQUEST(e, where, "more than %d pictures or videos", DVB_CHAT_MAX_MEDIA);
    const char *b64 = data_of(json_string_value(url), part, where, e);
    if (!b64)
        return -EINVAL;
    struct dvb_chat_media m = { .kind = part->kind };
    m.data = dvb_base64_decode(b64, strlen(b64), &m.len);
    if (!m.data || !m.len) {
        free(m.data);
        return BAD_REQUEST(e, where, "the data URI's content is not base64");
    }
    snprintf(m.where, sizeof(m.where), "%s", where);
    chat->media = dvb_realloc(chat->media, chat->n_media + 1, sizeof(*chat->media));
    chat->media[chat->n_media++] = m;
    return 0;
}

static int take_part(struct dvb_chat *chat, const json_t *part, const char *at, struct text *text,
                     struct dvb_api_error *e)
{
    const char *type = dvb_json_get_str(part, "type");
    if (!type)
        return BAD_REQUEST(e, at, "found %s without a \"type\", expected a content part",
                           type_name(part));
    if (!strcmp(type, "text")) {
        const char *s = dvb_json_get_str(part, "text");
        if (!s)
            return BAD_REQUEST(e, at, "a text part has no string \"text\"");
        add_text(text, s);
        return 0;
    }
    for (size_t i = 0; i < sizeof(media_parts) / sizeof(*media_parts); i++)
        if (!strcmp(type, media_parts[i].type))
            return add_media(chat, &media_parts[i], part, at, e);
    return BAD_REQUEST(e, at, "found a part of type '%.32s', expected text, image_url or video_url",
                       type);
}

static int take_content(struct dvb_chat *chat, const json_t *content, size_t message,
                        struct text *text, struct dvb_api_error *e)
{
    char at[64];
    snprintf(at, sizeof(at), "messages[%zu].content", message);
    if (json_is_string(content)) {
        add_text(text, json_string_value(content));
        return 0;
    }
    if (!json_is_array(content))
        return BAD_REQUEST(e, at, "found %s, expected a string or an array of parts",
                           type_name(content));
    int ret = 0;
    for (size_t i = 0; !ret && i < json_array_size(content); i++) {
        snprintf(at, sizeof(at), "messages[%zu].content[%zu]", message, i);
        ret = take_part(chat, json_array_get(content, i), at, text, e);
    }
    return ret;
}

static const char *const roles[] = { "user", "system", "developer", "assistant" };

static int take_message(struct dvb_chat *chat, const json_t *message, size_t i,
                        struct dvb_api_error *e)
{
    char at[64];
    snprintf(at, sizeof(at), "messages[%zu].role", i);
    const char *role = dvb_json_get_str(message, "role");
    size_t known = 0, n = sizeof(roles) / sizeof(*roles);
    while (role && known < n && strcmp(role, roles[known]))
        known++;
    if (!role || known == n)
        return BAD_REQUEST(e, at, "found '%.32s', expected user, system, developer or assistant",
                           role ? role : type_name(json_object_get(message, "role")));
    const json_t *content = json_object_get(message, "content");
    if (!strcmp(role, "assistant") && (!content || json_is_null(content)))
        return 0;
    struct text text = { 0 };
    int ret = take_content(chat, content, i, &text, e);
    chat->words += text.s ? dvb_count_words(text.s) : 0;
    if (!ret && !strcmp(role, "user")) {
        free(chat->prompt);
        chat->prompt = text.s ? text.s : dvb_strdup("");
    } else {
        free(text.s);
    }
    return ret;
}

static int take_messages(struct dvb_chat *chat, const json_t *messages, struct dvb_api_error *e)
{
    size_t n = json_array_size(messages);
    if (!n)
        return BAD_REQUEST(e, "messages", "found %s, expected an array of messages",
                           json_is_array(messages) ? "an empty array" : type_name(messages));
    if (n > DVB_CHAT_MAX_MESSAGES)
        return BAD_REQUEST(e, "messages", "more than %d messages", DVB_CHAT_MAX_MESSAGES);
    int ret = 0;
    for (size_t i = 0; !ret && i < n; i++)
        ret = take_message(chat, json_array_get(messages, i), i, e);
    if (!ret && !chat->prompt)
        ret = BAD_REQUEST(e, "messages", "there is no message of the role user");
    return ret;
}

static int take_format(struct dvb_chat *chat, const json_t *format, struct dvb_api_error *e)
{
    if (!format || json_is_null(format))
        return 0;
    const char *type = dvb_json_get_str(format, "type");
    if (!type)
        return BAD_REQUEST(e, "response_format", "found %s without a string \"type\"",
                           type_name(format));
    if (strcmp(type, "json_schema"))
        return 0;
    const char *name = dvb_json_get_str(json_object_get(format, "json_schema"), "name");
    if (!name)
        return BAD_REQUEST(e, "response_format.json_schema.name", "found nothing, expected a name");
    chat->wants = !strcmp(name, "questions")    ? DVB_WANTS_QUESTIONS
                  : !strcmp(name, "regions")    ? DVB_WANTS_REGIONS
                  : !strcmp(name, "confidence") ? DVB_WANTS_CONFIDENCE
                                                : DVB_WANTS_TEXT;
    return 0;
}

static int take_request(struct dvb_chat *chat, const json_t *root, struct dvb_api_error *e)
{
    if (!json_is_object(root))
        return BAD_REQUEST(e, NULL, "the body is %s, expected a JSON object", type_name(root));
    const char *model = dvb_json_get_str(root, "model");
    if (!model)
        return BAD_REQUEST(e, "model", "found %s, expected a model's name",
                           type_name(json_object_get(root, "model")));
    chat->model = dvb_strdup(model);
    int ret = check_fields(root, e);
    if (!ret)
        ret = take_format(chat, json_object_get(root, "response_format"), e);
    if (!ret)
        ret = take_messages(chat, json_object_get(root, "messages"), e);
    return ret;
}

int dvb_chat_parse(const char *body, size_t len, struct dvb_chat **chat, struct dvb_api_error *e)
{
    json_t *root;
    struct dvb_err err;
    *chat = NULL;
    if (dvb_json_parse(body, len, "body", &root, &err))
        return dvb_api_fail(e, 400, "invalid_json", NULL, "%.480s", err.msg);
    *chat = dvb_calloc(1, sizeof(**chat));
    int ret = take_request(*chat, root, e);
    json_decref(root);
    if (ret)
        dvb_chat_free(chat);
    return ret;
}
