/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "reports/plot_internal.h"

/* Text is cut to its place anyway; what is longer than this is not even looked at. */
#define MAX_BYTES 2000
#define MAX_MARKS 2
#define ELLIPSIS "\xe2\x80\xa6"

enum kind { TEXT, SPACE, MARK, NOTHING };

static enum kind kind_of(utf8proc_int32_t cp)
{
    if (cp == 0x200c || cp == 0x200d) /* joiners: emoji and several scripts need them */
        return MARK;
    if ((cp & 0xfffe) == 0xfffe) /* XML forbids U+FFFE and U+FFFF, and their like are no text */
        return NOTHING;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return SPACE;
    case UTF8PROC_CATEGORY_CC:
        return cp == '\n' || cp == '\r' || cp == '\t' ? SPACE : NOTHING;
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
        return NOTHING;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
        return MARK;
    default:
        return TEXT;
    }
}

char *dvb_plot_clean(const char *s)
{
    char *part = dvb_calloc(MAX_BYTES + 1, 1);
    memcpy(part, s ? s : "", s ? dvb_utf8_cut(s, MAX_BYTES) : 0);
    char *valid = dvb_utf8_clean(part);
    char *out = dvb_calloc(strlen(valid) + 1, 1);
    size_t n = 0;
    int marks = 0;
    bool gap = false;
    utf8proc_ssize_t len;
    for (const char *p = valid; *p; p += len) {
        utf8proc_int32_t cp;
        len = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &cp);
        if (len <= 0)
            break;
        enum kind kind = kind_of(cp);
        if (kind == SPACE)
            gap = n > 0;
        marks = kind == MARK ? marks + 1 : 0;
        if (kind == SPACE || kind == NOTHING || marks > MAX_MARKS)
            continue;
        if (gap)
            out[n++] = ' ';
        gap = false;
        memcpy(out + n, p, (size_t)len);
        n += (size_t)len;
    }
    free(valid);
    free(part);
    return out;
}

/* Length in bytes of what of s has at most so many columns. */
static size_t bytes_of(const char *s, int columns)
{
    const char *p = s;
    utf8proc_int32_t cp;
    for (utf8proc_ssize_t len; *p; p += len) {
        len = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &cp);
        if (len <= 0)
            break;
        columns -= utf8proc_charwidth(cp);
        if (columns < 0)
            break;
    }
    return (size_t)(p - s);
}

int dvb_plot_columns(const char *s)
{
    int columns = 0;
    utf8proc_int32_t cp;
    for (utf8proc_ssize_t len; *s; s += len) {
        len = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp);
        if (len <= 0)
            break;
        columns += utf8proc_charwidth(cp);
    }
    return columns;
}

static char *cut_clean(const char *s, int columns)
{
    if (dvb_plot_columns(s) <= columns)
        return dvb_strdup(s);
    size_t len = bytes_of(s, columns - 1);
    while (len && s[len - 1] == ' ')
        len--;
    return dvb_asprintf("%.*s" ELLIPSIS, (int)len, s);
}

char *dvb_plot_cut(const char *s, int columns)
{
    char *clean = dvb_plot_clean(s);
    char *cut = cut_clean(clean, columns);
    free(clean);
    return cut;
}

char *dvb_plot_cut_middle(const char *s, int columns)
{
    char *clean = dvb_plot_clean(s);
    int all = dvb_plot_columns(clean), tail = columns * 2 / 5;
    if (all <= columns || tail < 3) {
        char *cut = cut_clean(clean, columns);
        free(clean);
        return cut;
    }
    const char *end = clean + bytes_of(clean, all - tail);
    char *cut = dvb_asprintf("%.*s" ELLIPSIS "%s", (int)bytes_of(clean, columns - 1 - tail), clean,
                             end);
    free(clean);
    return cut;
}

int dvb_plot_wrap(const char *s, int columns, int max, char *lines[DVB_PLOT_MAX_LINES])
{
    char *clean = dvb_plot_clean(s);
    const char *at = clean;
    int n = 0;
    while (*at && n < max) {
        if (n == max - 1 || dvb_plot_columns(at) <= columns) {
            lines[n++] = cut_clean(at, columns);
            break;
        }
        size_t len = bytes_of(at, columns), whole = len;
        while (len && at[len] != ' ')
            len--;
        if (!len) /* a word wider than the line is broken; a letter is always taken */
            len = whole ? whole : bytes_of(at, 2);
        if (!len)
            break;
        lines[n++] = dvb_asprintf("%.*s", (int)len, at);
        at += len;
        while (*at == ' ')
            at++;
    }
    free(clean);
    return n;
}

/* Of a column, in sizes of type: usual for sans-serif text, with some capitals. */
#define COLUMN 0.58

int dvb_plot_fit(double px, int size)
{
    int n = (int)(px / (COLUMN * size));
    return n > 1 ? n : 1;
}

double dvb_plot_px(const char *s, int size)
{
    return dvb_plot_columns(s) * COLUMN * size;
}

void dvb_plot_quote(FILE *f, const char *s)
{
    fputc('\'', f);
    for (; *s; s++) {
        if (*s == '\'')
            fputc('\'', f);
        fputc(*s, f);
    }
    fputc('\'', f);
}
