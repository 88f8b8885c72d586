/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SentencePiece's unigram model as SigLIP uses it: lower case without ASCII punctuation;
 * "_" (U+2581) before each word; the cut whose pieces have the largest sum of scores.
 */
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json.h"
#include "base/mem.h"
#include "neural/token_model.h"

#define WORD_BEGIN "\xe2\x96\x81" /* U+2581 */
#define UNK_PENALTY 10            /* below the least score, as SentencePiece does */
#define MAX_PIECE 255             /* bytes */

static int add_piece(struct dvb_token_model *m, const json_t *pair, size_t i, const char *where,
                     struct dvb_err *err)
{
    const char *piece = json_string_value(json_array_get(pair, 0));
    const json_t *score = json_array_get(pair, 1);
    if (!piece || !json_is_number(score) || strlen(piece) > MAX_PIECE)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: model.vocab[%zu] is not [piece, score] with a piece of at most %d "
                        "bytes",
                        where, i, MAX_PIECE);
    double value = json_number_value(score);
    m->unk_score = fmin(m->unk_score, value - UNK_PENALTY);
    m->longest = strlen(piece) > m->longest ? strlen(piece) : m->longest;
    json_object_set_new(m->vocab, piece, json_integer((json_int_t)i));
    json_object_set_new(m->scores, piece, json_real(value));
    return 0;
}

int dvb_unigram_load(struct dvb_token_model *m, const json_t *model, const char *where,
                     struct dvb_err *err)
{
    const json_t *list = json_object_get(model, "vocab"), *unk = json_object_get(model, "unk_id");
    size_t i;
    json_t *pair;
    m->kind = &dvb_token_unigram;
    m->vocab = json_object();
    m->scores = json_object();
    if (!json_is_array(list))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: model.vocab is no array", where);
    json_array_foreach((json_t *)list, i, pair)
    {
        int ret = add_piece(m, pair, i, where, err);
        if (ret)
            return ret;
    }
    m->unk = json_is_integer(unk) ? (int64_t)json_integer_value(unk) : -1;
    if (m->unk < 0 || (size_t)m->unk >= i)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: model.unk_id is missing or past the vocabulary's %zu pieces", where,
                        i);
    if (json_object_get(m->vocab, "<s>"))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: its vocabulary has '<s>', so it is not SigLIP's; other unigram "
                        "models are not read",
                        where);
    return 0;
}

/* The best cut of the bytes before a place. */
struct step {
    double score;
    size_t from; /* where its last piece begins */
    int64_t id;
};

static void relax(struct step *to, double score, size_t from, int64_t id)
{
    if (score > to->score)
        *to = (struct step){ score, from, id };
}

/* Try every piece that begins at a place, and the character there as unknown. */
static void extend(const struct dvb_token_model *m, const char *word, size_t n, size_t at,
                   struct step *steps)
{
    char piece[MAX_PIECE + 1];
    utf8proc_int32_t c;
    utf8proc_ssize_t first = utf8proc_iterate((const utf8proc_uint8_t *)word + at, -1, &c);
    size_t least = first > 0 ? (size_t)first : 1;
    bool whole = false; /* the first character alone is a piece */
    for (size_t len = least; len <= m->longest && at + len <= n; len++) {
        if (((unsigned char)word[at + len] & 0xc0) == 0x80) /* inside a character */
            continue;
        memcpy(piece, word + at, len);
        piece[len] = '\0';
        const json_t *score = json_object_get(m->scores, piece);
        if (!score)
            continue;
        whole |= len == least;
        relax(&steps[at + len], steps[at].score + json_real_value(score), at,
              dvb_token_id(m, piece));
    }
    if (!whole)
        relax(&steps[at + least], steps[at].score + m->unk_score, at, m->unk);
}

/* Unknown characters in a row are one unknown token. */
static void encode_word(const struct dvb_token_model *m, const char *word, struct dvb_ids *ids)
{
    size_t n = strlen(word), k = 0;
    struct step *steps = dvb_calloc(n + 1, sizeof(*steps));
    int64_t *back = dvb_calloc(n, sizeof(*back));
    for (size_t i = 1; i <= n; i++)
        steps[i].score = -DBL_MAX;
    for (size_t at = 0; at < n; at++)
        if (steps[at].score > -DBL_MAX)
            extend(m, word, n, at, steps);
    for (size_t at = n; at > 0; at = steps[at].from)
        if (!k || steps[at].id != m->unk || back[k - 1] != m->unk)
            back[k++] = steps[at].id;
    while (k)
        dvb_ids_add(ids, back[--k]);
    free(steps);
    free(back);
}

/* NFKC, lower case, no ASCII punctuation; control characters count as spaces. */
static char *normal(const char *text)
{
    utf8proc_uint8_t *nfkc = utf8proc_NFKC((const utf8proc_uint8_t *)text);
    char *out = dvb_calloc(4 * (nfkc ? strlen((const char *)nfkc) : 0) + 1, 1);
    size_t n = 0;
    utf8proc_int32_t c;
    for (const utf8proc_uint8_t *s = nfkc; s && *s;) {
        s += utf8proc_iterate(s, -1, &c);
        if (c < 0x80 && ispunct(c))
            continue;
        bool space = c < ' ' || c == 0x7f || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
        n += (size_t)utf8proc_encode_char(space ? ' ' : utf8proc_tolower(c),
                                          (utf8proc_uint8_t *)out + n);
    }
    free(nfkc);
    return out;
}

static void encode(const struct dvb_token_model *m, const char *text, struct dvb_ids *ids)
{
    char *clean = normal(text), *rest = clean, *word;
    while ((word = strtok_r(rest, " ", &rest)) && ids->n < ids->max) {
        char *marked = dvb_asprintf(WORD_BEGIN "%s", word);
        encode_word(m, marked, ids);
        free(marked);
    }
    free(clean);
}

const struct dvb_token_kind dvb_token_unigram = {
    .name = "Unigram",
    .length = 64,
    .begin = NULL,
    .end = "</s>",
    .pad = "</s>",
    .encode = encode,
};
