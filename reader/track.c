/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/track.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define SURE_CONF 78.0f
#define SURE_VOTES 2

static bool same_place(struct dvb_box a, struct dvb_box b)
{
    int64_t both = (int64_t)dvb_box_overlap_x(a, b) * dvb_box_overlap_y(a, b);
    return 3 * both >= dvb_box_area(a) + dvb_box_area(b) - both;
}

static bool similar(const char *a, const char *b)
{
    int len = (int)strlen(a), cap = len / 3 + 1;
    return dvb_text_distance(a, b, cap + 1) <= cap;
}

/* Tracks under construction: those of equal keys are chained. */
struct building {
    struct dvb_tracks *t;
    size_t cap;
    int *next; /* track -> the track before it in its chain, or -1 */
    size_t next_cap;
    int *chain; /* hash of the key -> last track, or -1 */
    size_t n_chains;
};

static size_t chain_of(const struct building *b, const char *key)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 16777619u;
    return h % b->n_chains;
}

static int find_track(const struct building *b, const struct dvb_word *w)
{
    for (int i = b->chain[chain_of(b, w->key)]; b->next && i >= 0; i = b->next[i])
        if (!strcmp(b->t->v[i].word->key, w->key) && same_place(b->t->v[i].word->box, w->box))
            return i;
    return -1;
}

static int new_track(struct building *b, const struct dvb_word *w, int first_frame)
{
    struct dvb_tracks *t = b->t;
    size_t chain = chain_of(b, w->key);
    t->v = dvb_grow(t->v, t->n, &b->cap, sizeof(*t->v));
    b->next = dvb_grow(b->next, t->n, &b->next_cap, sizeof(*b->next));
    t->v[t->n] = (struct dvb_track){ .word = w, .first_frame = first_frame };
    b->next[t->n] = b->chain[chain];
    b->chain[chain] = (int)t->n;
    return (int)t->n++;
}

/* A word carried over from the page before is no new vote. */
static bool is_new(const struct dvb_reading *r, size_t page, const struct dvb_word *w)
{
    if (!page)
        return true;
    const struct dvb_page *last = &r->pages[page - 1];
    for (size_t i = 0; i < last->n; i++)
        if (last->words[i].run == w->run)
            return false;
    return true;
}

static void add_word(struct building *b, const struct dvb_reading *r, size_t page, size_t word)
{
    const struct dvb_word *w = &r->pages[page].words[word];
    int from = dvb_reading_first_frame(r, page), to = dvb_reading_last_frame(r, page);
    int at = find_track(b, w);
    if (at < 0)
        at = new_track(b, w, from);
    struct dvb_track *track = &b->t->v[at];
    track->last_frame = to;
    track->frames += to - from + 1;
    if (is_new(r, page, w))
        track->votes += w->agree;
    if (w->conf > track->word->conf)
        track->word = w;
    b->t->of[page][word] = at;
}

static bool share_frames(const struct dvb_track *a, const struct dvb_track *b)
{
    return a->first_frame <= b->last_frame + 1 && b->first_frame <= a->last_frame + 1;
}

static int by_top(const void *a, const void *b)
{
    const struct dvb_track *const *x = a, *const *y = b;
    return (*x)->word->box.y0 - (*y)->word->box.y0;
}

static bool contradict(const struct dvb_track *a, const struct dvb_track *b)
{
    return same_place(a->word->box, b->word->box) && share_frames(a, b) &&
           strcmp(a->word->key, b->word->key) && similar(a->word->key, b->word->key);
}

/* From top to bottom, so that only tracks at the same height are compared. */
static void count_against(struct dvb_tracks *t)
{
    struct dvb_track **sorted = dvb_calloc(t->n, sizeof(*sorted));
    for (size_t i = 0; i < t->n; i++)
        sorted[i] = &t->v[i];
    qsort(sorted, t->n, sizeof(*sorted), by_top);
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = i + 1; j < t->n && sorted[j]->word->box.y0 < sorted[i]->word->box.y1; j++)
            if (contradict(sorted[i], sorted[j])) {
                sorted[i]->against += sorted[j]->votes;
                sorted[j]->against += sorted[i]->votes;
            }
    free(sorted);
}

void dvb_tracks_init(struct dvb_tracks *t, const struct dvb_reading *reading)
{
    *t = (struct dvb_tracks){ .n_pages = reading->n_pages };
    t->of = dvb_calloc(reading->n_pages, sizeof(*t->of));
    struct building b = { .t = t, .n_chains = 4096 };
    b.chain = dvb_calloc(b.n_chains, sizeof(*b.chain));
    memset(b.chain, 0xff, b.n_chains * sizeof(*b.chain)); /* all -1 */
    for (size_t p = 0; p < reading->n_pages; p++) {
        t->of[p] = dvb_calloc(reading->pages[p].n, sizeof(**t->of));
        for (size_t i = 0; i < reading->pages[p].n; i++)
            add_word(&b, reading, p, i);
    }
    free(b.chain);
    free(b.next);
    count_against(t);
    for (size_t i = 0; i < t->n; i++) {
        struct dvb_track *track = &t->v[i];
        track->sure = track->word->conf >= SURE_CONF && track->votes >= SURE_VOTES &&
                      track->votes >= 3 * track->against;
    }
}

void dvb_tracks_release(struct dvb_tracks *t)
{
    for (size_t i = 0; i < t->n_pages; i++)
        free(t->of[i]);
    free(t->of);
    free(t->v);
    *t = (struct dvb_tracks){ 0 };
}
