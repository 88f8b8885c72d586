/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

json_t *dvb_json_lenient(const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
    if (root)
        return root;
    /* A model cut off within a character leaves a broken one behind. */
    char *copy = malloc(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *clean = dvb_utf8_clean(copy);
    root = json_loads(clean, JSON_ALLOW_NUL, NULL);
    free(clean);
    free(copy);
    return root;
}

char *dvb_json_text(const json_t *string)
{
    const char *s = json_string_value(string);
    size_t len = json_string_length(string), n = 0;
    char *copy = dvb_calloc(len + 1, 1);
    for (size_t i = 0; i < len; i++)
        if (s[i])
            copy[n++] = s[i];
    return copy;
}

void dvb_words_add(struct dvb_words *w, const json_t *string)
{
    const char *s = json_string_value(string);
    size_t len = s ? json_string_length(string) : 0;
    if (!s)
        return;
    if (w->len + len + 1 > w->cap) {
        w->cap = (w->len + len + 1) * 2;
        w->text = dvb_realloc(w->text, w->cap, 1);
    }
    for (size_t i = 0; i < len; i++)
        if (s[i])
            w->text[w->len++] = s[i];
    w->text[w->len] = '\0';
}

char *dvb_words_take(struct dvb_words *w)
{
    char *text = w->text ? w->text : dvb_strdup("");
    *w = (struct dvb_words){ 0 };
    return text;
}

long dvb_json_count(const json_t *obj, const char *name)
{
    const json_t *v = json_object_get(obj, name);
    double n = json_is_number(v) ? json_number_value(v) : 0;
    return n > 0 && n < 1e15 ? (long)n : 0;
}

void dvb_clean_line(char *dst, size_t cap, const char *text, size_t len)
{
    /* Twice the room: what is squeezed away leaves space for what follows. */
    size_t take = len < cap * 2 ? len : cap * 2, n = 0;
    char *part = dvb_calloc(take + 1, 1);
    for (size_t i = 0; i < take; i++) {
        unsigned char c = (unsigned char)text[i];
        bool c1 = c == 0xc2 && i + 1 < take && ((unsigned char)text[i + 1] & 0xe0) == 0x80;
        bool space = c <= ' ' || c == 0x7f || c1;
        i += c1;
        if (!space)
            part[n++] = (char)c;
        else if (n && part[n - 1] != ' ')
            part[n++] = ' ';
    }
    while (n && part[n - 1] == ' ')
        n--;
    part[n] = '\0';
    char *clean = dvb_utf8_clean(part);
    n = strlen(clean);
    bool cut = n >= cap || take < len;
    size_t keep = n < cap ? n : cap - 1;
    if (cut) {
        keep = keep > cap - 4 ? cap - 4 : keep;
        while (keep && ((unsigned char)clean[keep] & 0xc0) == 0x80)
            keep--;
    }
    memcpy(dst, clean, keep);
    memcpy(dst + keep, cut ? "..." : "", cut ? 4 : 1);
    free(clean);
    free(part);
}
