/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "base/mem.h"

char *dvb_utf8_clean(const char *s)
{
    size_t len = strlen(s), at = 0, out = 0;
    char *copy = dvb_calloc(len * 3 + 1, 1);
    while (at < len) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s + at,
                                              (utf8proc_ssize_t)(len - at), &cp);
        if (n > 0) {
            memcpy(copy + out, s + at, (size_t)n);
            out += (size_t)n;
            at += (size_t)n;
        } else {
            memcpy(copy + out, "\xef\xbf\xbd", 3);
            out += 3;
            at++;
        }
    }
    return copy;
}

bool dvb_utf8_valid(const char *s)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t n = 1;
    for (const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s; *p && n > 0; p += n > 0 ? n : 0)
        n = *p < 0x80 ? 1 : utf8proc_iterate(p, -1, &cp);
    return n > 0;
}

size_t dvb_utf8_cut(const char *s, size_t max)
{
    size_t len = strnlen(s, max);
    if (len < max || !s[len])
        return len;
    while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
        len--;
    return len;
}

/* White space of any script to single ASCII spaces, ends trimmed; in place. */
static void squeeze(char *s)
{
    char *out = s;
    bool gap = false;
    for (const char *p = s; *p;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &cp);
        if (n <= 0)
            break;
        utf8proc_category_t cat = utf8proc_category(cp);
        if (cat == UTF8PROC_CATEGORY_ZS || cat == UTF8PROC_CATEGORY_CC ||
            cat == UTF8PROC_CATEGORY_ZL || cat == UTF8PROC_CATEGORY_ZP) {
            gap = out > s;
        } else {
            if (gap)
                *out++ = ' ';
            gap = false;
            memmove(out, p, (size_t)n);
            out += n;
        }
        p += n;
    }
    *out = '\0';
}

/* Most texts are plain ASCII, of which folding makes the same much faster. */
static char *fold_ascii(const char *s)
{
    char *out = dvb_calloc(strlen(s) + 1, 1), *to = out;
    bool gap = false;
    for (; *s; s++) {
        if (*s <= ' ' || *s == 0x7f) {
            gap = to > out;
            continue;
        }
        if (gap)
            *to++ = ' ';
        gap = false;
        *to++ = *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s;
    }
    return out;
}

static bool is_ascii(const char *s)
{
    while (*s && !(*s & 0x80))
        s++;
    return !*s;
}

char *dvb_text_fold(const char *s)
{
    if (is_ascii(s))
        return fold_ascii(s);
    char *clean = dvb_utf8_clean(s);
    utf8proc_uint8_t *folded = NULL;
    utf8proc_map((const utf8proc_uint8_t *)clean, 0, &folded,
                 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    char *out = dvb_strdup(folded ? (char *)folded : clean);
    free(folded);
    free(clean);
    squeeze(out);
    return out;
}

bool dvb_text_same(const char *a, const char *b)
{
    char *fa = dvb_text_fold(a), *fb = dvb_text_fold(b);
    bool same = !strcmp(fa, fb);
    free(fa);
    free(fb);
    return same;
}

char *dvb_text_trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t len = strlen(s);
    while (len && isspace((unsigned char)s[len - 1]))
        s[--len] = '\0';
    return s;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

const char *dvb_text_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = text; len && *p; p++)
        if (!strncasecmp(p, word, len) && (p == text || !word_char(p[-1])) && !word_char(p[len]))
            return p;
    return NULL;
}

static utf8proc_int32_t *code_points(const char *s, size_t *n)
{
    char *clean = dvb_utf8_clean(s);
    utf8proc_int32_t *cps = dvb_calloc(strlen(clean) + 1, sizeof(*cps));
    *n = 0;
    for (const char *p = clean; *p; (*n)++)
        p += utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &cps[*n]);
    free(clean);
    return cps;
}

/* One more row of the Levenshtein table, in place: row i for code point c of
   the first text. Returns the row's least value. */
static int next_row(int *row, int i, utf8proc_int32_t c, const utf8proc_int32_t *cb, size_t nb)
{
    int diag = row[0], least = i;
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
        int best = diag + (c != cb[j - 1]);
        diag = row[j];
        if (row[j] + 1 < best)
            best = row[j] + 1;
        if (row[j - 1] + 1 < best)
            best = row[j - 1] + 1;
        row[j] = best;
        if (best < least)
            least = best;
    }
    return least;
}

int dvb_text_distance(const char *a, const char *b, int cap)
{
    size_t na, nb;
    utf8proc_int32_t *ca = code_points(a, &na), *cb = code_points(b, &nb);
    size_t gap = na > nb ? na - nb : nb - na;
    int result = cap;
    if (cap > 0 && gap < (size_t)cap) {
        int *row = dvb_calloc(nb + 1, sizeof(*row));
        for (size_t j = 0; j <= nb; j++)
            row[j] = (int)j;
        int least = 0; /* no later row falls below it, so long texts end early */
        for (size_t i = 1; i <= na && least < cap; i++)
            least = next_row(row, (int)i, ca[i - 1], cb, nb);
        result = least < cap && row[nb] < cap ? row[nb] : cap;
        free(row);
    }
    free(ca);
    free(cb);
    return result;
}

bool dvb_parse_int(const char *s, int64_t *v)
{
    char *end;
    errno = 0;
    long long x = strtoll(s, &end, 10);
    if (end == s || *end || errno || isspace((unsigned char)*s))
        return false;
    *v = x;
    return true;
}

bool dvb_parse_num(const char *s, double *v)
{
    char *end;
    errno = 0;
    double x = strtod(s, &end);
    bool plain = !s[strspn(s, "+-.0123456789eE")]; /* strtod also takes hex, inf and spaces */
    if (end == s || *end || errno || !plain || !isfinite(x))
        return false;
    *v = x;
    return true;
}

bool dvb_parse_rate(const char *s, int64_t *bps)
{
    size_t digits = strspn(s, "0123456789.");
    char *end;
    double x = strtod(s, &end);
    if (!isdigit((unsigned char)*s) || end != s + digits)
        return false;
    if (*end == 'k' || *end == 'K')
        x *= 1e3, end++;
    else if (*end == 'm' || *end == 'M')
        x *= 1e6, end++;
    if (*end || !(x >= 1 && x <= 1e12))
        return false;
    *bps = (int64_t)llround(x);
    return true;
}

bool dvb_parse_size(const char *s, struct dvb_size *size)
{
    const char *x = strpbrk(s, "xX");
    if (!x || x - s > 6)
        return false;
    char left[8] = "";
    memcpy(left, s, (size_t)(x - s));
    int64_t w, h;
    if (!dvb_parse_int(left, &w) || !dvb_parse_int(x + 1, &h) || w < 1 || h < 1 || w > 65535 ||
        h > 65535)
        return false;
    *size = (struct dvb_size){ (int)w, (int)h };
    return true;
}
