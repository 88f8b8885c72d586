/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Byte pairs as CLIP cuts them: text in NFC and lower case is split into words, runs of
 * letters, single digits and runs of anything else; each word's bytes are written as
 * printable characters, the last one marked "</w>", and neighbours are joined in the
 * order in which the merges were learnt.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json.h"
#include "base/mem.h"
#include "neural/token_model.h"

#define WORD_END "</w>"

static int add_merge(struct dvb_token_model *m, const char *pair, const char *where, size_t i,
                     struct dvb_err *err)
{
    const char *space = strchr(pair, ' ');
    if (!space || space == pair || !space[1] || strchr(space + 1, ' '))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: merge %zu is '%s', expected two tokens with a space between", where,
                        i + 1, pair);
    if (!json_object_get(m->ranks, pair))
        json_object_set_new(m->ranks, pair, json_integer((json_int_t)i));
    return 0;
}

/* Each merge "left right", or ["left","right"] in newer files. */
static int load_merges(struct dvb_token_model *m, const json_t *merges, const char *where,
                       struct dvb_err *err)
{
    size_t i;
    json_t *pair;
    int ret = 0;
    if (!json_is_array(merges))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: model.merges is no array", where);
    m->ranks = json_object();
    json_array_foreach((json_t *)merges, i, pair)
    {
        const char *left = json_string_value(json_array_get(pair, 0));
        const char *right = json_string_value(json_array_get(pair, 1));
        const char *both = json_string_value(pair);
        char *text = both            ? dvb_strdup(both)
                     : left && right ? dvb_asprintf("%s %s", left, right)
                                     : dvb_strdup("");
        ret = add_merge(m, text, where, i, err);
        free(text);
        if (ret)
            break;
    }
    return ret;
}

int dvb_bpe_load(struct dvb_token_model *m, const json_t *model, const char *where,
                 struct dvb_err *err)
{
    const char *suffix = dvb_json_get_str(model, "end_of_word_suffix");
    const char *unk = dvb_json_get_str(model, "unk_token");
    m->kind = &dvb_token_bpe;
    m->vocab = json_incref(json_object_get(model, "vocab"));
    m->unk = unk && json_is_object(m->vocab) ? dvb_token_id(m, unk) : -1;
    if (!suffix || strcmp(suffix, WORD_END))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: model.end_of_word_suffix is '%s', expected '" WORD_END
                        "': only CLIP's byte pairs are read",
                        where, suffix ? suffix : "");
    return load_merges(m, json_object_get(model, "merges"), where, err);
}

int dvb_bpe_load_merges(struct dvb_token_model *m, const char *text, const char *where,
                        struct dvb_err *err)
{
    size_t n = 0;
    m->ranks = json_object();
    for (bool first = true; *text; first = false) {
        size_t len = strcspn(text, "\n");
        char *line = dvb_asprintf("%.*s", (int)(len < 4096 ? len : 4096), text);
        line[strcspn(line, "\r")] = '\0';
        text += len + (text[len] == '\n');
        int ret = 0;
        if (*line && !(first && strstr(line, "#version")))
            ret = add_merge(m, line, where, n++, err);
        free(line);
        if (ret)
            return ret;
    }
    return 0;
}

/* The printable character that stands for a byte: itself where it is one in Latin-1,
   else the next from U+0100 on. */
static utf8proc_int32_t byte_char(int byte)
{
    utf8proc_int32_t next = 0x100;
    for (int b = 0; b < 256; b++) {
        bool itself = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
        if (b == byte)
            return itself ? b : next;
        next += !itself;
    }
    return next;
}

/* A word's symbols and the rank of each one's merge with the next. */
struct word {
    char **symbols; /* heap strings */
    long *rank;     /* of symbol i and i + 1; -1: they do not merge */
    size_t n;
};

static long rank_of(const struct dvb_token_model *m, const char *left, const char *right)
{
    char *pair = dvb_asprintf("%s %s", left, right);
    const json_t *rank = json_object_get(m->ranks, pair);
    free(pair);
    return rank ? (long)json_integer_value(rank) : -1;
}

static void rank_at(const struct dvb_token_model *m, struct word *w, size_t i)
{
    w->rank[i] = i + 1 < w->n ? rank_of(m, w->symbols[i], w->symbols[i + 1]) : -1;
}

static void init_word(const struct dvb_token_model *m, struct word *w, const char *bytes, size_t n)
{
    w->symbols = dvb_calloc(n, sizeof(*w->symbols));
    w->rank = dvb_calloc(n, sizeof(*w->rank));
    w->n = n;
    for (size_t i = 0; i < n; i++) {
        utf8proc_uint8_t c[5] = { 0 };
        utf8proc_encode_char(byte_char((unsigned char)bytes[i]), c);
        w->symbols[i] = dvb_asprintf("%s%s", (const char *)c, i + 1 == n ? WORD_END : "");
    }
    for (size_t i = 0; i < n; i++)
        rank_at(m, w, i);
}

static void merge_at(const struct dvb_token_model *m, struct word *w, size_t i)
{
    char *both = dvb_asprintf("%s%s", w->symbols[i], w->symbols[i + 1]);
    free(w->symbols[i]);
    free(w->symbols[i + 1]);
    w->symbols[i] = both;
    w->n--;
    memmove(w->symbols + i + 1, w->symbols + i + 2, (w->n - i - 1) * sizeof(*w->symbols));
    memmove(w->rank + i + 1, w->rank + i + 2, (w->n - i - 1) * sizeof(*w->rank));
    rank_at(m, w, i);
    if (i)
        rank_at(m, w, i - 1);
}

/* Join the pair that was learnt first, from the left, until none is left. */
static void encode_word(const struct dvb_token_model *m, const char *bytes, size_t n,
                        struct dvb_ids *ids)
{
    struct word w;
    init_word(m, &w, bytes, n);
    for (;;) {
        size_t best = w.n;
        for (size_t i = 0; i + 1 < w.n; i++)
            if (w.rank[i] >= 0 && (best == w.n || w.rank[i] < w.rank[best]))
                best = i;
        if (best == w.n)
            break;
        merge_at(m, &w, best);
    }
    for (size_t i = 0; i < w.n; i++) {
        int64_t id = dvb_token_id(m, w.symbols[i]);
        dvb_ids_add(ids, id < 0 ? m->unk : id);
        free(w.symbols[i]);
    }
    free(w.symbols);
    free(w.rank);
}

enum sort { SPACE, LETTER, DIGIT, OTHER };

static enum sort sort_of(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return DIGIT;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return SPACE;
    default:
        return (c >= 9 && c <= 13) || c == 0x85 ? SPACE : OTHER;
    }
}

static size_t contraction(const char *s)
{
    static const char *const endings[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (!strncmp(s, endings[i], strlen(endings[i])))
            return strlen(endings[i]);
    return 0;
}

/* Bytes of the character at s, which is valid UTF-8; its sort. */
static size_t look(const char *s, enum sort *sort)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &c);
    *sort = n > 0 && c > 0 ? sort_of(c) : SPACE;
    return n > 0 ? (size_t)n : 1;
}

/* The word that begins at s, in bytes; 0: a space. */
static size_t word_at(const char *s)
{
    enum sort first, next;
    size_t n = contraction(s), more;
    if (n)
        return n;
    n = look(s, &first);
    if (first == SPACE || first == DIGIT)
        return first == SPACE ? 0 : n;
    while (s[n] && (more = look(s + n, &next), next == first))
        n += more;
    return n;
}

static char *normal(const char *text)
{
    utf8proc_uint8_t *nfc = utf8proc_NFC((const utf8proc_uint8_t *)text);
    char *out = dvb_calloc(1, 1);
    size_t n = 0, cap = 1;
    utf8proc_int32_t c;
    for (const utf8proc_uint8_t *s = nfc; s && *s;) {
        utf8proc_uint8_t low[4];
        s += utf8proc_iterate(s, -1, &c);
        size_t len = (size_t)utf8proc_encode_char(utf8proc_tolower(c), low);
        if (n + len + 1 > cap)
            out = dvb_realloc(out, cap = 2 * (n + len + 1), 1);
        memcpy(out + n, low, len);
        out[n += len] = '\0';
    }
    free(nfc);
    return out;
}

static void encode(const struct dvb_token_model *m, const char *text, struct dvb_ids *ids)
{
    char *clean = normal(text);
    for (const char *s = clean; *s && ids->n < ids->max;) {
        enum sort sort;
        size_t n = word_at(s);
        if (n)
            encode_word(m, s, n, ids);
        s += n ? n : look(s, &sort);
    }
    free(clean);
}

const struct dvb_token_kind dvb_token_bpe = {
    .name = "BPE",
    .length = 77,
    .begin = "<|startoftext|>",
    .end = "<|endoftext|>",
    .pad = "<|endoftext|>",
    .encode = encode,
};
