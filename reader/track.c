/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/track.h"

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

static int find_track(const struct dvb_tracks *t, const struct dvb_word *w)
{
    for (size_t i = t->n; i-- > 0;)
        if (!strcmp(t->v[i].word->key, w->key) && same_place(t->v[i].word->box, w->box))
            return (int)i;
    return -1;
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

static void add_word(struct dvb_tracks *t, size_t *cap, const struct dvb_reading *r, size_t page,
                     size_t word)
{
    const struct dvb_word *w = &r->pages[page].words[word];
    int at = find_track(t, w);
    if (at < 0) {
        t->v = dvb_grow(t->v, t->n, cap, sizeof(*t->v));
        at = (int)t->n++;
        t->v[at] = (struct dvb_track){ .word = w,
                                       .first_frame = dvb_reading_first_frame(r, page) };
    }
    struct dvb_track *track = &t->v[at];
    int from = dvb_reading_first_frame(r, page), to = dvb_reading_last_frame(r, page);
    track->last_frame = to;
    track->frames += to - from + 1;
    if (is_new(r, page, w))
        track->votes += w->agree;
    if (w->conf > track->word->conf)
        track->word = w;
    t->of[page][word] = at;
}

static bool share_frames(const struct dvb_track *a, const struct dvb_track *b)
{
    return a->first_frame <= b->last_frame + 1 && b->first_frame <= a->last_frame + 1;
}

static void count_against(struct dvb_tracks *t)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < t->n; j++) {
            struct dvb_track *a = &t->v[i];
            const struct dvb_track *b = &t->v[j];
            if (i != j && same_place(a->word->box, b->word->box) && share_frames(a, b) &&
                strcmp(a->word->key, b->word->key) && similar(a->word->key, b->word->key))
                a->against += b->votes;
        }
}

void dvb_tracks_init(struct dvb_tracks *t, const struct dvb_reading *reading)
{
    *t = (struct dvb_tracks){ .n_pages = reading->n_pages };
    t->of = dvb_calloc(reading->n_pages, sizeof(*t->of));
    size_t cap = 0;
    for (size_t p = 0; p < reading->n_pages; p++) {
        t->of[p] = dvb_calloc(reading->pages[p].n, sizeof(**t->of));
        for (size_t i = 0; i < reading->pages[p].n; i++)
            add_word(t, &cap, reading, p, i);
    }
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
