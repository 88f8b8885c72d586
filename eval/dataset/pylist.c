/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "eval/dataset/formats.h"

/* A text that grows; NUL-terminated when taken. */
struct text {
    char *s;
    size_t len, cap;
};

static void put(struct text *t, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        t->s = dvb_grow(t->s, t->len, &t->cap, 1);
        t->s[t->len++] = bytes[i];
    }
}

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t\r\n\f");
}

/* Exactly digits hex digits at p, or -1. */
static long hex(const char *p, size_t digits)
{
    char text[9] = { 0 };
    if (strspn(p, "0123456789abcdefABCDEF") < digits)
        return -1;
    memcpy(text, p, digits);
    return strtol(text, NULL, 16);
}

/* After the backslash at p; the end of the escape, or NULL where Python would
   refuse it. Unknown escapes keep their backslash. */
static const char *escape(const char *p, struct text *out)
{
    static const char names[] = "nrtabfv0", values[] = "\n\r\t\a\b\f\v";
    static const struct {
        char name;
        size_t digits;
    } numbered[] = { { 'x', 2 }, { 'u', 4 }, { 'U', 8 } };
    if (!*p)
        return NULL;
    for (size_t i = 0; i < 3; i++)
        if (*p == numbered[i].name) {
            long cp = hex(p + 1, numbered[i].digits);
            utf8proc_uint8_t bytes[4];
            if (cp <= 0 || !utf8proc_codepoint_valid((utf8proc_int32_t)cp))
                return NULL;
            put(out, (char *)bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, bytes));
            return p + 1 + numbered[i].digits;
        }
    const char *known = strchr(names, *p);
    if (*p == '\n') /* a line that goes on */
        return p + 1;
    if (known && *known == '0')
        return NULL; /* a NUL cannot be in a text */
    if (known)
        put(out, &values[known - names], 1);
    else if (strchr("\\'\"", *p))
        put(out, p, 1);
    else
        put(out, p - 1, 2);
    return p + 1;
}

/* From the opening quote at p to behind the closing one; NULL if it is not closed. */
static const char *read_string(const char *p, struct text *out)
{
    char quote = *p++;
    while (p && *p && *p != quote) {
        if (*p == '\\')
            p = escape(p + 1, out);
        else
            put(out, p++, 1);
    }
    return p && *p ? p + 1 : NULL;
}

/* One element: strings side by side. */
static const char *read_element(const char *p, char **out)
{
    struct text t = { 0 };
    while (p && (*p == '\'' || *p == '"')) {
        p = read_string(p, &t);
        p = p ? skip_space(p) : NULL;
    }
    if (p)
        put(&t, "", 1);
    else
        free(t.s);
    *out = p ? t.s : NULL;
    return p;
}

void dvb_pylist_free(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

bool dvb_pylist_parse(const char *text, char ***list, size_t *n)
{
    char **v = NULL;
    size_t count = 0, cap = 0;
    const char *p = skip_space(text);
    bool open = *p == '[';
    if (open)
        p = skip_space(p + 1);
    while (open && p && (*p == '\'' || *p == '"')) {
        char *element;
        p = read_element(p, &element);
        if (!p)
            break;
        v = dvb_grow(v, count, &cap, sizeof(*v));
        v[count++] = element;
        if (*p != ',')
            break;
        p = skip_space(p + 1);
    }
    bool ok = open && p && *p == ']' && !*skip_space(p + 1);
    if (!ok)
        dvb_pylist_free(v, count);
    *list = ok ? v : NULL;
    *n = ok ? count : 0;
    return ok;
}
