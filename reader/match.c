/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static int code_points(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

void dvb_sought_init(struct dvb_sought *s, const char *text)
{
    s->key = dvb_text_key(text);
    s->bare = dvb_text_bare(s->key);
    s->len = code_points(s->bare);
    s->words = 0;
    bool in = false;
    int digits = 0, letters = 0;
    for (const char *p = text; *p; p++) {
        s->words += *p != ' ' && !in;
        in = *p != ' ';
        digits += isdigit((unsigned char)*p) != 0;
        letters += isalpha((unsigned char)*p) || (unsigned char)*p >= 0xc0;
    }
    s->number = digits > 0 && digits >= letters;
}

void dvb_sought_release(struct dvb_sought *s)
{
    free(s->key);
    free(s->bare);
    *s = (struct dvb_sought){ 0 };
}

double dvb_match_likeness(const struct dvb_sought *s, int distance)
{
    double like = 1 - distance / (4.0 * (s->len ? s->len : 1));
    return like > 0 ? like : 0;
}

int dvb_match_fuzzy_cap(const struct dvb_sought *s)
{
    int edits = (3 * s->len + 9) / 10; /* 30 %, rounded up */
    return s->number || s->len < 3 ? 1 : 4 * edits;
}

static int distance_of(const struct dvb_sought *s, const char *key, int cap)
{
    if (!strcmp(key, s->key))
        return 0;
    int gap = code_points(key) - s->len;
    if (4 * (abs(gap) - 4) > cap) /* far longer or shorter, punctuation allowed for */
        return cap + 1;
    char *bare = dvb_text_bare(key);
    int edits = dvb_text_distance(bare, s->bare, cap / 4 + 1);
    free(bare);
    return edits ? 4 * edits : 1;
}

static struct dvb_found describe(const struct dvb_page *page, size_t first, size_t n, int distance)
{
    const struct dvb_word *w = &page->words[first];
    struct dvb_found f = { distance, first, n, 0, w->agree, w->run, w->box };
    double sum = 0, letters = 0;
    for (size_t i = 0; i < n; i++) {
        double len = (double)strlen(w[i].key);
        sum += len * (double)w[i].conf;
        letters += len;
        f.agree = w[i].agree < f.agree ? w[i].agree : f.agree;
        f.box = dvb_box_join(f.box, w[i].box);
    }
    f.conf = letters > 0 ? (float)(sum / letters) : 0;
    return f;
}

struct finds {
    struct dvb_found *v;
    size_t n, cap;
};

/* Keep of finds that share words the nearest, of equally near ones the surer. */
static void keep_nearest(struct finds *f, struct dvb_found found)
{
    for (size_t i = 0; i < f->n; i++) {
        struct dvb_found *o = &f->v[i];
        if (found.first >= o->first + o->n || o->first >= found.first + found.n)
            continue;
        bool nearer = found.distance < o->distance ||
                      (found.distance == o->distance && found.conf > o->conf);
        if (!nearer)
            return;
        *o = f->v[--f->n];
        i = (size_t)-1;
    }
    f->v = dvb_grow(f->v, f->n, &f->cap, sizeof(*f->v));
    f->v[f->n++] = found;
}

/* Windows that begin at word first and stay on its row. */
static void match_from(const struct dvb_page *page, const struct dvb_sought *s, int cap,
                       size_t first, struct finds *finds)
{
    const struct dvb_word *w = &page->words[first];
    size_t limit = (size_t)s->words + 2;
    char *key = dvb_strdup("");
    for (size_t n = 1; n <= limit && first + n <= page->n && w[n - 1].row == w->row; n++) {
        char *longer = dvb_asprintf("%s%s", key, w[n - 1].key);
        free(key);
        key = longer;
        int d = distance_of(s, key, cap);
        if (d <= cap)
            keep_nearest(finds, describe(page, first, n, d));
        if (4 * (code_points(key) - s->len - 4) > cap)
            break;
    }
    free(key);
}

struct dvb_found *dvb_match_page(const struct dvb_page *page, const struct dvb_sought *s, int cap,
                                 size_t *n)
{
    struct finds finds = { 0 };
    for (size_t i = 0; s->len && i < page->n; i++)
        match_from(page, s, cap, i, &finds);
    *n = finds.n;
    return finds.v;
}
