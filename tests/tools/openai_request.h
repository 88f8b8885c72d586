/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The request body of OpenAI's POST /chat/completions, checked as its API
 * reference describes it: unknown, misplaced and mistyped fields are refused.
 * Fields of tools, audio and streaming are left out: devibench sends none.
 * Included by fake_openai.c only.
 */
#ifndef OPENAI_REQUEST_H
#define OPENAI_REQUEST_H

#include <ctype.h>
#include <jansson.h>
#include <libavutil/base64.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    const char *model;
    const char *system; /* or NULL */
    char *prompt;       /* text parts joined */
    const char *schema; /* name, or NULL */
    const char *detail; /* of the last image, or NULL */
    int frames;
    size_t frame_bytes, video_bytes;
    bool text_last; /* the media came before the words */
};

struct check {
    bool vllm;      /* the fields and parts that vLLM adds */
    char says[400]; /* why the request is refused */
    struct request *req;
};

static bool refuse(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->says, sizeof(c->says), fmt, ap);
    va_end(ap);
    return false;
}

/* One member of an object: its kind is a letter (s text, i integer, n number,
   b boolean, o object, a list; upper case: required), then a range for numbers
   or a list of words for texts. */
struct member {
    const char *name;
    char kind;
    double min, max;
    const char *words; /* "|low|high|" */
};

static bool has_kind(const json_t *v, char kind)
{
    switch (tolower((unsigned char)kind)) {
    case 's':
        return json_is_string(v);
    case 'i':
        return json_is_integer(v);
    case 'n':
        return json_is_number(v);
    case 'b':
        return json_is_boolean(v);
    case 'o':
        return json_is_object(v);
    case 'a':
        return json_is_array(v);
    default:
        return true;
    }
}

static bool fits(const struct member *m, const json_t *v)
{
    if (json_is_number(v) && m->max > m->min)
        return json_number_value(v) >= m->min && json_number_value(v) <= m->max;
    if (m->words && json_is_string(v)) {
        char word[80];
        snprintf(word, sizeof(word), "|%s|", json_string_value(v));
        return strstr(m->words, word) != NULL;
    }
    return true;
}

static const struct member *find_member(const struct member *m, const char *name)
{
    while (m->name && strcmp(m->name, name))
        m++;
    return m->name ? m : NULL;
}

static bool check_members(struct check *c, const char *where, const json_t *obj,
                          const struct member *members, const struct member *more)
{
    const char *key;
    json_t *v;
    if (!json_is_object(obj))
        return refuse(c, "Invalid type for '%s': expected an object.", where);
    json_object_foreach((json_t *)obj, key, v)
    {
        const struct member *m = find_member(members, key);
        m = m || !more ? m : find_member(more, key);
        if (!m)
            return refuse(c, "Unrecognized request argument supplied: %s%s%s", where,
                          *where ? "." : "", key);
        if (!has_kind(v, m->kind))
            return refuse(c, "Invalid type for '%s%s%s'.", where, *where ? "." : "", key);
        if (!fits(m, v))
            return refuse(c, "Invalid value for '%s%s%s'.", where, *where ? "." : "", key);
    }
    for (; members->name; members++)
        if (isupper((unsigned char)members->kind) && !json_object_get(obj, members->name))
            return refuse(c, "Missing required parameter: '%s%s%s'.", where, *where ? "." : "",
                          members->name);
    return true;
}

/* A data URI of that media type; its bytes must begin with magic at offset at
   and, for pictures, be whole. Returns the number of bytes, or 0. */
static size_t data_uri(const char *uri, const char *type, size_t at, const char *magic,
                       size_t magic_len, bool jpeg)
{
    char head[64];
    int n = snprintf(head, sizeof(head), "data:%s;base64,", type);
    if (strncmp(uri, head, (size_t)n))
        return 0;
    const char *coded = uri + n;
    size_t len = strlen(coded);
    if (!len || len % 4)
        return 0;
    int room = (int)AV_BASE64_DECODE_SIZE(len) + 1;
    unsigned char *bytes = malloc((size_t)room);
    int got = bytes ? av_base64_decode(bytes, coded, room) : -1;
    bool ok = got >= (int)(at + magic_len) && !memcmp(bytes + at, magic, magic_len);
    if (ok && jpeg)
        ok = got > 4 && bytes[got - 2] == 0xff && bytes[got - 1] == 0xd9;
    free(bytes);
    return ok ? (size_t)got : 0;
}

static bool check_image(struct check *c, const json_t *part)
{
    static const struct member members[] = { { "type", 'S', 0, 0, NULL },
                                             { "image_url", 'O', 0, 0, NULL },
                                             { NULL, 0, 0, 0, NULL } };
    static const struct member url[] = { { "url", 'S', 0, 0, NULL },
                                         { "detail", 's', 0, 0, "|auto|low|high|original|" },
                                         { NULL, 0, 0, 0, NULL } };
    const json_t *image = json_object_get(part, "image_url");
    if (!check_members(c, "messages[].content[]", part, members, NULL) ||
        !check_members(c, "messages[].content[].image_url", image, url, NULL))
        return false;
    size_t n = data_uri(json_string_value(json_object_get(image, "url")), "image/jpeg", 0,
                        "\xff\xd8\xff", 3, true);
    if (!n)
        return refuse(c, "Invalid image: expected a base64 data URI with a whole JPEG picture.");
    c->req->frames++;
    c->req->frame_bytes += n;
    c->req->detail = json_string_value(json_object_get(image, "detail"));
    return true;
}

static bool check_video(struct check *c, const json_t *part)
{
    static const struct member members[] = { { "type", 'S', 0, 0, NULL },
                                             { "video_url", 'O', 0, 0, NULL },
                                             { NULL, 0, 0, 0, NULL } };
    static const struct member url[] = { { "url", 'S', 0, 0, NULL }, { NULL, 0, 0, 0, NULL } };
    const json_t *video = json_object_get(part, "video_url");
    if (!c->vllm)
        return refuse(c, "Invalid value: 'video_url'. Supported values are: 'text', 'image_url', "
                         "'input_audio', 'refusal' and 'file'.");
    if (!check_members(c, "messages[].content[]", part, members, NULL) ||
        !check_members(c, "messages[].content[].video_url", video, url, NULL))
        return false;
    c->req->video_bytes = data_uri(json_string_value(json_object_get(video, "url")), "video/mp4", 4,
                                   "ftyp", 4, false);
    return c->req->video_bytes ||
           refuse(c, "Invalid video: expected a base64 data URI with an MP4 file.");
}

static void add_prompt(struct request *req, const char *text)
{
    size_t len = req->prompt ? strlen(req->prompt) : 0;
    char *longer = realloc(req->prompt, len + strlen(text) + 1);
    if (!longer)
        return;
    strcpy(longer + len, text);
    req->prompt = longer;
}

static bool check_part(struct check *c, const json_t *part)
{
    static const struct member text[] = { { "type", 'S', 0, 0, NULL },
                                          { "text", 'S', 0, 0, NULL },
                                          { NULL, 0, 0, 0, NULL } };
    const char *type = json_string_value(json_object_get(part, "type"));
    c->req->text_last = type && !strcmp(type, "text");
    if (type && !strcmp(type, "image_url"))
        return check_image(c, part);
    if (type && !strcmp(type, "video_url"))
        return check_video(c, part);
    if (!c->req->text_last)
        return refuse(c, "Invalid value for 'messages[].content[].type'.");
    if (!check_members(c, "messages[].content[]", part, text, NULL))
        return false;
    add_prompt(c->req, json_string_value(json_object_get(part, "text")));
    return true;
}

static bool check_content(struct check *c, const json_t *content, bool user)
{
    size_t i;
    json_t *part;
    if (json_is_string(content)) {
        if (user)
            add_prompt(c->req, json_string_value(content));
        return true;
    }
    if (!user || !json_is_array(content) || !json_array_size(content))
        return refuse(c, "Invalid type for 'messages[].content'.");
    json_array_foreach((json_t *)content, i, part) if (!check_part(c, part)) return false;
    return true;
}

static bool check_messages(struct check *c, const json_t *messages)
{
    static const struct member members[] = {
        { "role", 'S', 0, 0, "|system|developer|user|assistant|" },
        { "content", '*', 0, 0, NULL },
        { "name", 's', 0, 0, NULL },
        { NULL, 0, 0, 0, NULL },
    };
    size_t i;
    json_t *m;
    if (!json_array_size(messages))
        return refuse(c, "Invalid 'messages': empty array.");
    json_array_foreach((json_t *)messages, i, m)
    {
        if (!check_members(c, "messages[]", m, members, NULL))
            return false;
        const char *role = json_string_value(json_object_get(m, "role"));
        const json_t *content = json_object_get(m, "content");
        if (!check_content(c, content, !strcmp(role, "user")))
            return false;
        if (!strcmp(role, "system"))
            c->req->system = json_string_value(content);
    }
    return true;
}

/* Strict mode: every object closed, every property required. */
static bool check_strict(struct check *c, const json_t *schema)
{
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_array(schema)) {
        json_array_foreach((json_t *)schema, i, v) if (!check_strict(c, v)) return false;
        return true;
    }
    const json_t *props = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    if (props && !json_is_false(json_object_get(schema, "additionalProperties")))
        return refuse(c, "Invalid schema for response_format: 'additionalProperties' is required "
                         "to be supplied and to be false.");
    json_object_foreach((json_t *)props, key, v)
    {
        bool found = false;
        for (i = 0; i < json_array_size(required); i++)
            found |= !strcmp(json_string_value(json_array_get(required, i)), key);
        if (!found)
            return refuse(c,
                          "Invalid schema for response_format: 'required' is required to "
                          "include every key in properties. Missing '%s'.",
                          key);
    }
    json_object_foreach((json_t *)schema, key, v) if ((json_is_object(v) || json_is_array(v)) &&
                                                      !check_strict(c, v)) return false;
    return true;
}

static bool check_format(struct check *c, const json_t *format)
{
    static const struct member members[] = {
        { "type", 'S', 0, 0, "|text|json_object|json_schema|" },
        { "json_schema", 'o', 0, 0, NULL },
        { NULL, 0, 0, 0, NULL },
    };
    static const struct member schema[] = {
        { "name", 'S', 0, 0, NULL },   { "description", 's', 0, 0, NULL },
        { "schema", 'o', 0, 0, NULL }, { "strict", 'b', 0, 0, NULL },
        { NULL, 0, 0, 0, NULL },
    };
    if (!format)
        return true;
    const json_t *js = json_object_get(format, "json_schema");
    if (!check_members(c, "response_format", format, members, NULL) ||
        (js && !check_members(c, "response_format.json_schema", js, schema, NULL)))
        return false;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
                                  "-";
    const char *name = json_string_value(json_object_get(js, "name"));
    size_t len = name ? strlen(name) : 0;
    if (js && (len < 1 || len > 64 || strspn(name, allowed) != len))
        return refuse(c, "Invalid 'response_format.json_schema.name'.");
    c->req->schema = name;
    return !json_is_true(json_object_get(js, "strict")) ||
           check_strict(c, json_object_get(js, "schema"));
}

static bool check_request(struct check *c, const json_t *root)
{
    static const struct member members[] = {
        { "model", 'S', 0, 0, NULL },
        { "messages", 'A', 0, 0, NULL },
        { "frequency_penalty", 'n', -2, 2, NULL },
        { "presence_penalty", 'n', -2, 2, NULL },
        { "logprobs", 'b', 0, 0, NULL },
        { "top_logprobs", 'i', 0, 20, NULL },
        { "max_completion_tokens", 'i', 1, 1e9, NULL },
        { "max_tokens", 'i', 1, 1e9, NULL },
        { "metadata", 'o', 0, 0, NULL },
        { "n", 'i', 1, 128, NULL },
        { "reasoning_effort", 's', 0, 0, "|none|minimal|low|medium|high|xhigh|max|" },
        { "response_format", 'o', 0, 0, NULL },
        { "seed", 'i', 0, 0, NULL },
        { "service_tier", 's', 0, 0, "|auto|default|flex|priority|" },
        { "stop", '*', 0, 0, NULL },
        { "store", 'b', 0, 0, NULL },
        { "temperature", 'n', 0, 2, NULL },
        { "top_p", 'n', 0, 1, NULL },
        { "user", 's', 0, 0, NULL },
        { "verbosity", 's', 0, 0, "|low|medium|high|" },
        { NULL, 0, 0, 0, NULL },
    };
    static const struct member vllm[] = {
        { "mm_processor_kwargs", 'o', 0, 0, NULL },
        { "media_io_kwargs", 'o', 0, 0, NULL },
        { "top_k", 'i', 0, 0, NULL },
        { "min_p", 'n', 0, 1, NULL },
        { "repetition_penalty", 'n', 0, 0, NULL },
        { "chat_template_kwargs", 'o', 0, 0, NULL },
        { NULL, 0, 0, 0, NULL },
    };
    if (!check_members(c, "", root, members, c->vllm ? vllm : NULL))
        return false;
    if (json_object_get(root, "max_tokens") && json_object_get(root, "max_completion_tokens"))
        return refuse(c, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not "
                         "supported.");
    c->req->model = json_string_value(json_object_get(root, "model"));
    return check_messages(c, json_object_get(root, "messages")) &&
           check_format(c, json_object_get(root, "response_format"));
}

#endif
