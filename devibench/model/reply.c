/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_TEXT ((size_t)8 << 20)
#define MAX_DEPTH 64
/* Characters looked at over all starting points: text full of stray brackets
   must not cost the square of its length. */
#define MAX_WORK ((size_t)64 << 20)

/* A walk over JSON text: brackets and strings, nothing else. */
struct walk {
    char stack[MAX_DEPTH];
    int depth;
    bool in_string, escaped;
};

enum step { GO_ON, CLOSED, BROKEN };

static enum step walk(struct walk *w, char c)
{
    if (w->in_string) {
        if (w->escaped)
            w->escaped = false;
        else if (c == '\\')
            w->escaped = true;
        else if (c == '"')
            w->in_string = false;
        return GO_ON;
    }
    if (c == '"') {
        w->in_string = true;
    } else if (c == '{' || c == '[') {
        if (w->depth == MAX_DEPTH)
            return BROKEN;
        w->stack[w->depth++] = c;
    } else if (c == '}' || c == ']') {
        if (!w->depth || w->stack[w->depth - 1] != (c == '}' ? '{' : '['))
            return BROKEN;
        return --w->depth ? GO_ON : CLOSED;
    }
    return GO_ON;
}

/* Repairs that do not change what is meant: commas before closing brackets
   are dropped, control characters in strings escaped. */
static char *repair(const char *s, size_t len, size_t *out_len)
{
    char *out = malloc(len * 6 + 1);
    if (!out)
        return NULL;
    struct walk w = { 0 };
    size_t n = 0, comma = 0; /* where in out the last comma is, plus 1 */
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool space = !w.in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
        if (!w.in_string && (c == '}' || c == ']') && comma)
            out[comma - 1] = ' ';
        if (!space)
            comma = 0;
        if (w.in_string && c < ' ') {
            n += (size_t)snprintf(out + n, 7, "\\u%04x", c);
        } else {
            out[n++] = (char)c;
            if (!w.in_string && c == ',')
                comma = n;
        }
        walk(&w, (char)c);
    }
    *out_len = n;
    return out;
}

static json_t *parse(const char *s, size_t len)
{
    json_t *j = json_loadb(s, len, 0, NULL);
    if (j)
        return j;
    char *fixed = repair(s, len, &len);
    if (!fixed)
        return NULL;
    j = json_loadb(fixed, len, 0, NULL);
    free(fixed);
    return j;
}

/* Where a text that breaks off can be cut: after the last complete element of
   its outermost array, or after that array where it is complete itself. */
struct cut {
    int level;   /* depth of the outermost array that is open; 0: none */
    size_t in;   /* up to and with its last complete element; 0: none */
    size_t done; /* up to and with the last complete outermost array; 0: none */
};

static void note_cut(struct cut *cut, const struct walk *before, const struct walk *after, char c,
                     size_t at)
{
    if (before->in_string)
        return;
    if (!cut->level && c == '[')
        cut->level = after->depth;
    else if (cut->level && after->depth < cut->level)
        *cut = (struct cut){ .done = at + 1 };
    else if (cut->level && after->depth == cut->level && (c == '}' || c == ']'))
        cut->in = at + 1;
    else if (cut->level && before->depth == cut->level && c == ',')
        cut->in = at;
}

/* s up to the cut, with the brackets closed that are open there. */
static json_t *close_cut(const char *s, const struct cut *cut)
{
    size_t len = cut->in ? cut->in : cut->done;
    if (!len)
        return NULL;
    struct walk w = { 0 };
    char *whole = malloc(len + MAX_DEPTH);
    if (!whole)
        return NULL;
    memcpy(whole, s, len);
    for (size_t i = 0; i < len; i++)
        walk(&w, s[i]);
    for (int d = w.depth; d > 0; d--)
        whole[len++] = w.stack[d - 1] == '{' ? '}' : ']';
    json_t *j = parse(whole, len);
    free(whole);
    return j;
}

/* What starts at s: *used bytes of it. NULL when it cannot be read. */
static json_t *read_at(const char *s, size_t len, size_t *used, size_t *work)
{
    struct walk w = { 0 };
    struct cut cut = { 0 };
    for (size_t i = 0; i < len; i++) {
        struct walk before = { .in_string = w.in_string, .depth = w.depth };
        enum step step = walk(&w, s[i]);
        note_cut(&cut, &before, &w, s[i], i);
        ++*work;
        if (step == BROKEN)
            return NULL;
        if (step == CLOSED) {
            *used = i + 1;
            return parse(s, i + 1);
        }
    }
    *used = len;
    return close_cut(s, &cut);
}

/* The longest value that can be read from any bracket on. */
static json_t *search(const char *s, size_t len)
{
    json_t *best = NULL;
    size_t best_len = 0, work = 0, i = 0;
    while (i < len && work < MAX_WORK) {
        i += strcspn(s + i, "{[");
        if (i >= len)
            break;
        size_t used = 0;
        json_t *j = read_at(s + i, len - i, &used, &work);
        if (j && used > best_len) {
            json_decref(best);
            best = json_incref(j);
            best_len = used;
        }
        i += j ? used : 1;
        json_decref(j);
    }
    return best;
}

const char *dvb_reply_after_thinking(const char *text)
{
    static const char *const ends[] = { "</think>", "</thinking>", "</reasoning>" };
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        for (const char *p; (p = strstr(text, ends[i]));)
            text = p + strlen(ends[i]);
    return text;
}

int dvb_reply_json(const char *text, json_t **out, bool *salvaged, struct dvb_err *err)
{
    *out = NULL;
    *salvaged = false;
    size_t len = strlen(text);
    if (len > MAX_TEXT)
        return dvb_fail(err, DVB_FAULT_SERVICE, EBADMSG, "the reply is longer than %zu MiB",
                        MAX_TEXT >> 20);
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (*out)
        return 0;
    *salvaged = true;
    const char *rest = dvb_reply_after_thinking(text);
    *out = search(rest, strlen(rest));
    if (!*out && rest != text)
        *out = search(text, len);
    if (*out)
        return 0;
    *salvaged = false;
    return dvb_fail(err, DVB_FAULT_SERVICE, EBADMSG, "the reply holds no readable JSON");
}
