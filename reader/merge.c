/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two readings of the same picture made one. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reader/page.h"

/* Words of both readings, in groups that cover the same place. */
struct groups {
    const struct dvb_page *side[2];
    size_t n[2];
    size_t *group; /* of word i of side 0, then of side 1 */
};

static const struct dvb_word *word_at(const struct groups *g, size_t i)
{
    return i < g->n[0] ? &g->side[0]->words[i] : &g->side[1]->words[i - g->n[0]];
}

static bool same_place(struct dvb_box a, struct dvb_box b)
{
    int64_t both = (int64_t)dvb_box_overlap_x(a, b) * dvb_box_overlap_y(a, b);
    int64_t smaller = dvb_box_area(a) < dvb_box_area(b) ? dvb_box_area(a) : dvb_box_area(b);
    return both > 0 && 2 * both >= smaller;
}

static void join_groups(size_t *group, size_t n, size_t from, size_t to)
{
    for (size_t i = 0; i < n; i++)
        if (group[i] == from)
            group[i] = to;
}

static void find_groups(struct groups *g)
{
    size_t n = g->n[0] + g->n[1];
    g->group = dvb_calloc(n, sizeof(*g->group));
    for (size_t i = 0; i < n; i++)
        g->group[i] = i;
    for (size_t i = 0; i < g->n[0]; i++)
        for (size_t j = g->n[0]; j < n; j++)
            if (g->group[i] != g->group[j] && same_place(word_at(g, i)->box, word_at(g, j)->box))
                join_groups(g->group, n, g->group[j], g->group[i]);
}

/* What one side read in one group. */
struct half {
    struct dvb_page words; /* copies, from left to right */
    char *key;             /* without punctuation at its ends */
    int agree;             /* the least of its words */
    double worth;
};

static struct half take_half(const struct groups *g, size_t group, int side)
{
    struct half half = { .words = { .w = g->side[side]->w, .h = g->side[side]->h } };
    size_t from = side ? g->n[0] : 0, chars = 0;
    double conf = 0;
    struct dvb_box box = { 0 };
    for (size_t i = from; i < from + g->n[side]; i++) {
        if (g->group[i] != group)
            continue;
        const struct dvb_word *w = word_at(g, i);
        box = half.words.n ? dvb_box_join(box, w->box) : w->box;
        conf += (double)w->conf * (double)strlen(w->key);
        half.agree = half.words.n && half.agree < w->agree ? half.agree : w->agree;
        chars += strlen(w->key);
        dvb_page_add_word(&half.words, w);
    }
    dvb_page_arrange(&half.words);
    char *text = dvb_page_text(&half.words, 0, half.words.n), *key = dvb_text_key(text);
    half.key = dvb_text_bare(key);
    free(text);
    free(key);
    half.worth = chars ? half.agree * dvb_box_w(box) * conf / (double)chars : -1;
    return half;
}

/* Equal readings confirm each other. Of two that differ, the surer and wider one
   is kept (a pass that lost a word's end is often sure of the rest), and one
   that several passes agree on before one of a single pass. */
static void merge_group(const struct groups *g, size_t group, struct dvb_page *out)
{
    struct half half[2] = { take_half(g, group, 0), take_half(g, group, 1) };
    bool equal = half[0].words.n && half[1].words.n && !strcmp(half[0].key, half[1].key);
    const struct half *best = &half[half[1].worth > half[0].worth];
    for (size_t i = 0; i < best->words.n; i++) {
        struct dvb_word *w = &best->words.words[i];
        w->agree = equal ? half[0].agree + half[1].agree : w->agree;
        dvb_page_add_word(out, w);
    }
    for (int i = 0; i < 2; i++) {
        free(half[i].key);
        dvb_page_release(&half[i].words);
    }
}

void dvb_page_merge(struct dvb_page *page, const struct dvb_page *more)
{
    struct dvb_page out = { .w = page->w, .h = page->h };
    struct groups g = { { page, more }, { page->n, more->n }, NULL };
    find_groups(&g);
    for (size_t i = 0; i < page->n + more->n; i++)
        if (g.group[i] == i)
            merge_group(&g, i, &out);
    free(g.group);
    dvb_page_release(page);
    *page = out;
}
