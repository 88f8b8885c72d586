/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/check.h"

#include <ctype.h>
#include <libavutil/base64.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool fake_refuse(struct fake_check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->says, sizeof(c->says), fmt, ap);
    va_end(ap);
    return false;
}

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

static bool fits(const struct fake_member *m, const json_t *v)
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

static const struct fake_member *find_member(const struct fake_member *m, const char *name)
{
    for (; m && m->name; m++)
        if (!strcmp(m->name, name))
            return m;
    return NULL;
}

static bool refuse_field(struct fake_check *c, const char *const words[2], const char *where,
                         const char *name)
{
    return fake_refuse(c, "%s%s%s%s%s", words[0], where, *where ? "." : "", name, words[1]);
}

bool fake_check_members(struct fake_check *c, const char *where, const json_t *obj,
                        const struct fake_member *members, const struct fake_member *more)
{
    const struct fake_words *words = c->format->words;
    const char *key;
    json_t *v;
    if (!json_is_object(obj))
        return fake_refuse(c, "%s%s%s", words->mistyped[0], *where ? where : "body",
                           words->mistyped[1]);
    json_object_foreach((json_t *)obj, key, v)
    {
        const struct fake_member *m = find_member(members, key);
        m = m ? m : find_member(more, key);
        if (!m)
            return refuse_field(c, words->unknown, where, key);
        if (!has_kind(v, m->kind))
            return refuse_field(c, words->mistyped, where, key);
        if (!fits(m, v))
            return refuse_field(c, words->invalid, where, key);
    }
    for (; members->name; members++)
        if (isupper((unsigned char)members->kind) && !json_object_get(obj, members->name))
            return refuse_field(c, words->missing, where, members->name);
    return true;
}

const char *fake_data_uri(const char *uri, const char *type)
{
    char head[64];
    int n = snprintf(head, sizeof(head), "data:%s;base64,", type);
    return uri && !strncmp(uri, head, (size_t)n) ? uri + n : NULL;
}

/* Heap bytes, or NULL for what is no base64. */
static unsigned char *decode(const char *coded, int *got)
{
    size_t len = coded ? strlen(coded) : 0;
    if (!len || len % 4)
        return NULL;
    int room = (int)AV_BASE64_DECODE_SIZE(len) + 1;
    unsigned char *bytes = malloc((size_t)room);
    *got = bytes ? av_base64_decode(bytes, coded, room) : -1;
    if (*got > 0)
        return bytes;
    free(bytes);
    return NULL;
}

size_t fake_base64_jpeg(const char *coded)
{
    int n;
    unsigned char *b = decode(coded, &n);
    bool ok = b && n > 4 && !memcmp(b, "\xff\xd8\xff", 3) && b[n - 2] == 0xff && b[n - 1] == 0xd9;
    free(b);
    return ok ? (size_t)n : 0;
}

size_t fake_base64_mp4(const char *coded)
{
    int n;
    unsigned char *b = decode(coded, &n);
    bool ok = b && n >= 8 && !memcmp(b + 4, "ftyp", 4);
    free(b);
    return ok ? (size_t)n : 0;
}

static bool check_required(struct fake_check *c, const char *where, const json_t *schema)
{
    const json_t *props = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)props, key, v)
    {
        bool found = false;
        for (size_t i = 0; i < json_array_size(required); i++)
            found |= !strcmp(json_string_value(json_array_get(required, i)), key);
        if (!found)
            return fake_refuse(c,
                               "Invalid schema for %s: 'required' is required to include every "
                               "key in properties. Missing '%s'.",
                               where, key);
    }
    return true;
}

bool fake_check_strict(struct fake_check *c, const char *where, const json_t *schema,
                       bool all_required)
{
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_array(schema)) {
        json_array_foreach((json_t *)schema, i, v)
        {
            if (!fake_check_strict(c, where, v, all_required))
                return false;
        }
        return true;
    }
    const char *type = json_string_value(json_object_get(schema, "type"));
    bool object = json_object_get(schema, "properties") || (type && !strcmp(type, "object"));
    if (object && !json_is_false(json_object_get(schema, "additionalProperties")))
        return fake_refuse(c,
                           "Invalid schema for %s: 'additionalProperties' is required to be "
                           "supplied and to be false.",
                           where);
    if (all_required && !check_required(c, where, schema))
        return false;
    json_object_foreach((json_t *)schema, key, v)
    {
        if ((json_is_object(v) || json_is_array(v)) &&
            !fake_check_strict(c, where, v, all_required))
            return false;
    }
    return true;
}

bool fake_is_schema_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
                                  "-";
    size_t len = name ? strlen(name) : 0;
    return len >= 1 && len <= 64 && strspn(name, allowed) == len;
}

void fake_append(char **text, const char *s)
{
    char *longer = dvb_asprintf("%s%s", *text ? *text : "", s ? s : "");
    free(*text);
    *text = longer;
}

void fake_request_release(struct fake_request *r)
{
    free(r->model);
    free(r->system);
    free(r->prompt);
    free(r->schema);
    free(r->detail);
    json_decref(r->data);
    *r = (struct fake_request){ 0 };
}
