/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/wish.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define NEAR_LINES 3 /* a line is straight above or below within so many heights */

static const struct {
    const char *word;
    unsigned sides;
} directions[] = {
    { "above", DVB_SIDE_ABOVE }, { "below", DVB_SIDE_BELOW }, { "line", DVB_SIDE_ROW },
    { "next", DVB_SIDE_ROW },    { "beside", DVB_SIDE_ROW },
};

/* A gap ("___") parts a quoted line into pieces that can be found. */
static void add_pieces(struct dvb_wish *w, const char *quote)
{
    char *copy = dvb_strdup(quote), *rest = copy, *piece;
    while ((piece = strtok_r(rest, "_", &rest))) {
        piece = dvb_text_trim(piece);
        if (!*piece)
            continue;
        w->sought = dvb_realloc(w->sought, w->n + 1, sizeof(*w->sought));
        dvb_sought_init(&w->sought[w->n], piece);
        if (w->sought[w->n].len)
            w->n++;
        else
            dvb_sought_release(&w->sought[w->n]);
    }
    free(copy);
}

/* What stands outside the quotation marks. Heap. */
static char *plain_words(const struct dvb_choice *c)
{
    char *text = dvb_strdup(c->question);
    for (size_t i = 0; i < c->n_quotes; i++) {
        char *at = strstr(text, c->quotes[i]);
        if (at)
            memset(at, ' ', strlen(c->quotes[i]));
    }
    return text;
}

bool dvb_wish_init(struct dvb_wish *w, const char *prompt)
{
    struct dvb_choice c;
    *w = (struct dvb_wish){ 0 };
    dvb_words_parse(prompt, &c);
    char *words = plain_words(&c);
    for (size_t i = 0; i < c.n_quotes; i++)
        add_pieces(w, c.quotes[i]);
    for (size_t i = 0; i < sizeof(directions) / sizeof(*directions); i++)
        if (dvb_text_word(words, directions[i].word))
            w->sides |= directions[i].sides;
    if (!w->sides)
        w->sides = DVB_SIDE_ROW | DVB_SIDE_ABOVE | DVB_SIDE_BELOW;
    w->has_place = dvb_place_in_text(words, &w->place);
    w->time = dvb_text_word(words, "time") != NULL;
    free(words);
    dvb_choice_release(&c);
    return w->n || w->has_place || w->time;
}

void dvb_wish_release(struct dvb_wish *w)
{
    for (size_t i = 0; i < w->n; i++)
        dvb_sought_release(&w->sought[i]);
    free(w->sought);
    *w = (struct dvb_wish){ 0 };
}

size_t dvb_wish_anchors(const struct dvb_wish *w, const struct dvb_page *page,
                        struct dvb_box **anchors)
{
    size_t n = 0, cap = 0;
    *anchors = NULL;
    for (size_t i = 0; i < w->n; i++) {
        size_t found;
        struct dvb_found *f = dvb_match_page(page, &w->sought[i],
                                             dvb_match_fuzzy_cap(&w->sought[i]), &found);
        int nearest = INT_MAX;
        for (size_t k = 0; k < found; k++)
            nearest = f[k].distance < nearest ? f[k].distance : nearest;
        for (size_t k = 0; k < found; k++) {
            if (f[k].distance > nearest)
                continue;
            *anchors = dvb_grow(*anchors, n, &cap, sizeof(**anchors));
            (*anchors)[n++] = f[k].box;
        }
        free(f);
    }
    return n;
}

static bool on_side(struct dvb_box anchor, struct dvb_box box, unsigned sides)
{
    int h = dvb_box_h(anchor) > dvb_box_h(box) ? dvb_box_h(anchor) : dvb_box_h(box);
    if (dvb_box_overlap_y(anchor, box) > 0)
        return sides & DVB_SIDE_ROW || dvb_box_overlap_x(anchor, box) > 0;
    if (dvb_box_overlap_x(anchor, box) <= 0)
        return false;
    return box.y1 <= anchor.y0 ? sides & DVB_SIDE_ABOVE && anchor.y0 - box.y1 < NEAR_LINES * h
                               : sides & DVB_SIDE_BELOW && box.y0 - anchor.y1 < NEAR_LINES * h;
}

/* "18:38", "7.05". */
static bool looks_like_time(const struct dvb_page *page, struct dvb_part part)
{
    for (size_t i = part.first; i < part.first + part.n; i++)
        for (const char *p = page->words[i].text; *p; p++)
            if (isdigit((unsigned char)p[0]) && strchr(":.", p[1]) && p[1] &&
                isdigit((unsigned char)p[2]) && isdigit((unsigned char)p[3]))
                return true;
    return false;
}

bool dvb_wish_wants(const struct dvb_wish *w, const struct dvb_page *page, struct dvb_part part,
                    const struct dvb_box *anchors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (on_side(anchors[i], part.box, w->sides))
            return true;
    if (w->n) /* a place only says where the quoted text stands */
        return false;
    if (w->time)
        return looks_like_time(page, part);
    return w->has_place && dvb_place_holds(w->place, part.box, page->w, page->h);
}
