/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

char *dvb_text_key(const char *text)
{
    char *key = dvb_text_fold(text), *out = key;
    for (const char *p = key; *p; p++)
        if (*p != ' ')
            *out++ = *p;
    *out = '\0';
    return key;
}

char *dvb_text_bare(const char *key)
{
    const char *from = key, *to = key + strlen(key);
    while (from < to && ispunct((unsigned char)*from))
        from++;
    while (to > from && ispunct((unsigned char)to[-1]))
        to--;
    return from < to ? dvb_asprintf("%.*s", (int)(to - from), from) : dvb_strdup(key);
}

static struct dvb_word *new_word(struct dvb_page *page)
{
    page->words = dvb_grow(page->words, page->n, &page->cap, sizeof(*page->words));
    return &page->words[page->n++];
}

struct dvb_word *dvb_page_add(struct dvb_page *page, const char *text, float conf,
                              struct dvb_box box)
{
    struct dvb_word *w = new_word(page);
    *w = (struct dvb_word){
        .text = dvb_strdup(text), .key = dvb_text_key(text), .conf = conf, .agree = 1, .box = box
    };
    return w;
}

void dvb_page_add_word(struct dvb_page *page, const struct dvb_word *word)
{
    struct dvb_word *w = new_word(page);
    *w = *word;
    w->text = dvb_strdup(word->text);
    w->key = dvb_strdup(word->key);
}

void dvb_page_release(struct dvb_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        free(page->words[i].text);
        free(page->words[i].key);
    }
    free(page->words);
    page->words = NULL;
    page->n = page->cap = 0;
}

static int by_middle(const void *a, const void *b)
{
    const struct dvb_word *x = a, *y = b;
    int mx = x->box.y0 + x->box.y1, my = y->box.y0 + y->box.y1;
    return mx != my ? mx - my : x->box.x0 - y->box.x0;
}

static int by_place(const void *a, const void *b)
{
    const struct dvb_word *x = a, *y = b;
    return x->row != y->row ? x->row - y->row : x->box.x0 - y->box.x0;
}

/* Two words stand on one row when they overlap by more than half of the lower
   one's height, unless one towers over the other: a picture mistaken for a
   letter would join two rows. */
static bool same_row(const struct dvb_word *a, const struct dvb_word *b)
{
    int low = dvb_box_h(a->box), high = dvb_box_h(b->box);
    if (low > high)
        low = dvb_box_h(b->box), high = dvb_box_h(a->box);
    return 2 * dvb_box_overlap_y(a->box, b->box) > low && 2 * high <= 5 * low;
}

static int gap_x(struct dvb_box a, struct dvb_box b)
{
    return a.x0 > b.x1 ? a.x0 - b.x1 : b.x0 > a.x1 ? b.x0 - a.x1 : 0;
}

static void number_rows(struct dvb_page *page)
{
    int rows = 0;
    for (size_t i = 0; i < page->n; i++) {
        struct dvb_word *w = &page->words[i], *best = NULL;
        for (size_t j = 0; j < i; j++) {
            struct dvb_word *o = &page->words[j];
            if (same_row(w, o) && (!best || gap_x(w->box, o->box) < gap_x(w->box, best->box)))
                best = o;
        }
        w->row = best ? best->row : rows++;
    }
}

static void number_parts(struct dvb_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        struct dvb_word *w = &page->words[i], *left = i ? w - 1 : NULL;
        if (!left || left->row != w->row) {
            w->part = 0;
            continue;
        }
        int h = dvb_box_h(w->box) > dvb_box_h(left->box) ? dvb_box_h(w->box) : dvb_box_h(left->box);
        w->part = left->part + (gap_x(w->box, left->box) > h + h / 2);
    }
}

void dvb_page_arrange(struct dvb_page *page)
{
    if (!page->n)
        return;
    qsort(page->words, page->n, sizeof(*page->words), by_middle);
    number_rows(page);
    qsort(page->words, page->n, sizeof(*page->words), by_place);
    number_parts(page);
}

struct dvb_part dvb_page_part(const struct dvb_page *page, size_t first)
{
    const struct dvb_word *w = &page->words[first];
    struct dvb_part part = { first, 1, w->box };
    while (first + part.n < page->n && w[part.n].row == w->row && w[part.n].part == w->part) {
        part.box = dvb_box_join(part.box, w[part.n].box);
        part.n++;
    }
    return part;
}

char *dvb_page_text(const struct dvb_page *page, size_t first, size_t n)
{
    size_t len = 1;
    for (size_t i = 0; i < n; i++)
        len += strlen(page->words[first + i].text) + 1;
    char *text = dvb_calloc(len, 1), *at = text;
    for (size_t i = 0; i < n; i++) {
        const char *word = page->words[first + i].text;
        if (i)
            *at++ = ' ';
        memcpy(at, word, strlen(word));
        at += strlen(word);
    }
    return text;
}
