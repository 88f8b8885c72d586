/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/answer_text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/answer_words.h"

#define LONGEST 300 /* code points that are looked at as one sentence */

struct dvb_cps dvb_cps_make(const char *utf8)
{
    struct dvb_cps t = { 0 };
    utf8proc_uint8_t *norm = NULL;
    char *clean = dvb_utf8_clean(utf8);
    utf8proc_map((const utf8proc_uint8_t *)clean, 0, &norm,
                 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
    const utf8proc_uint8_t *p = norm ? norm : (const utf8proc_uint8_t *)clean;
    size_t room = strlen((const char *)p) + 4;
    t.cp = dvb_calloc(room, sizeof(*t.cp));
    t.low = dvb_calloc(room, sizeof(*t.low));
    while (*p) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate(p, -1, &cp);
        if (n <= 0)
            break;
        p += n;
        if (cp == 0x2019 || cp == 0x2018) /* typographic apostrophes */
            cp = '\'';
        if (cp == '\r')
            cp = '\n';
        if (dvb_cp_space(cp)) {
            if (t.n && t.cp[t.n - 1] == ' ')
                continue;
            cp = ' ';
        }
        t.cp[t.n] = cp;
        t.low[t.n++] = utf8proc_tolower(cp);
    }
    free(norm);
    free(clean);
    return t;
}

void dvb_cps_free(struct dvb_cps *t)
{
    free(t->cp);
    free(t->low);
    *t = (struct dvb_cps){ 0 };
}

bool dvb_cp_space(int32_t cp)
{
    return cp == ' ' || cp == '\t' || utf8proc_category(cp) == UTF8PROC_CATEGORY_ZS;
}

bool dvb_cp_cjk(int32_t cp)
{
    return (cp >= 0x3040 && cp <= 0x30ff) || (cp >= 0x3400 && cp <= 0x9fff) ||
           (cp >= 0xac00 && cp <= 0xd7af) || (cp >= 0xf900 && cp <= 0xfaff) ||
           (cp >= 0x20000 && cp <= 0x3ffff);
}

bool dvb_cp_wordy(int32_t cp)
{
    if (cp < 0x80)
        return (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
    utf8proc_category_t c = utf8proc_category(cp);
    return !dvb_cp_cjk(cp) && c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO;
}

bool dvb_cps_gap(const struct dvb_cps *t, size_t i)
{
    return i == 0 || i >= t->n || !dvb_cp_wordy(t->cp[i - 1]) || !dvb_cp_wordy(t->cp[i]);
}

size_t dvb_cps_match(const struct dvb_cps *t, size_t i, const char *phrase)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)phrase;
    if (!dvb_cps_gap(t, i))
        return 0;
    size_t at = i;
    while (*p) {
        utf8proc_int32_t cp;
        p += utf8proc_iterate(p, -1, &cp);
        if (at >= t->n || t->low[at] != cp)
            return 0;
        at++;
    }
    return dvb_cps_gap(t, at) ? at - i : 0;
}

size_t dvb_cps_match_any(const struct dvb_cps *t, size_t i, const char *const *phrases)
{
    size_t longest = 0;
    for (; *phrases; phrases++) {
        size_t n = dvb_cps_match(t, i, *phrases);
        longest = n > longest ? n : longest;
    }
    return longest;
}

unsigned *dvb_cps_count(const struct dvb_cps *t, const char *const *phrases)
{
    unsigned *counts = dvb_calloc(t->n + 1, sizeof(*counts));
    for (size_t i = 0; i < t->n; i++)
        counts[i + 1] = counts[i] + (dvb_cps_match_any(t, i, phrases) > 0);
    return counts;
}

static bool digit(int32_t cp)
{
    return cp >= '0' && cp <= '9';
}

/* A number goes on across ". , : /" that has digits on both sides. */
static bool within_number(const struct dvb_cps *t, size_t i)
{
    return i > 0 && i + 1 < t->n && digit(t->cp[i - 1]) && digit(t->cp[i + 1]) &&
           (t->cp[i] == '.' || t->cp[i] == ',' || t->cp[i] == ':' || t->cp[i] == '/');
}

size_t dvb_cps_match_text(const struct dvb_cps *t, size_t i, const struct dvb_cps *other,
                          bool exact)
{
    const int32_t *a = exact ? t->cp : t->low, *b = exact ? other->cp : other->low;
    if (!other->n || i + other->n > t->n || memcmp(a + i, b, other->n * sizeof(*a)))
        return 0;
    size_t end = i + other->n;
    if (!dvb_cps_gap(t, i) || !dvb_cps_gap(t, end))
        return 0;
    if (within_number(t, end) || (i > 0 && within_number(t, i - 1)))
        return 0;
    return other->n;
}

size_t dvb_cps_line_start(const struct dvb_cps *t, size_t i)
{
    while (i > 0 && t->cp[i - 1] != '\n')
        i--;
    return i;
}

size_t dvb_cps_line_end(const struct dvb_cps *t, size_t i)
{
    while (i < t->n && t->cp[i] != '\n')
        i++;
    return i;
}

/* Whether a sentence ends with position i. */
static bool ends_sentence(const struct dvb_cps *t, size_t i)
{
    int32_t cp = t->cp[i];
    if (cp == '\n' || cp == '!' || cp == '?' || cp == ';' || cp == 0x3002)
        return true;
    return cp == '.' && (i + 1 >= t->n || !dvb_cp_wordy(t->cp[i + 1]));
}

size_t dvb_cps_sentence_start(const struct dvb_cps *t, size_t i)
{
    for (int n = 0; i > 0 && n < LONGEST && !ends_sentence(t, i - 1); n++)
        i--;
    return i;
}

size_t dvb_cps_sentence_end(const struct dvb_cps *t, size_t i)
{
    for (int n = 0; i < t->n && n < LONGEST && !ends_sentence(t, i); n++)
        i++;
    return i;
}

size_t dvb_cps_clause_start(const struct dvb_cps *t, size_t i)
{
    for (size_t at = i; at > 0 && i - at < LONGEST; at--) {
        int32_t before = t->cp[at - 1];
        if (before == ',' || before == ':' || before == 0x2014 || before == 0x3001 ||
            ends_sentence(t, at - 1))
            return at;
        if (at < i && dvb_cps_match_any(t, at - 1, dvb_words_break))
            return at - 1;
    }
    return i > LONGEST ? i - LONGEST : 0;
}
