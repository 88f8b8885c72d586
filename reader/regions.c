/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/regions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reader/wish.h"

#define READABLE 60.0f /* confidence below which a lone word is more likely a pattern than text */

static bool readable(const struct dvb_page *page, struct dvb_part part)
{
    float best = 0;
    for (size_t i = part.first; i < part.first + part.n; i++)
        best = page->words[i].conf > best ? page->words[i].conf : best;
    return best >= READABLE;
}

static json_t *thousandths(struct dvb_box b, int w, int h)
{
    return dvb_json_pack("[i,i,i,i]", b.x0 * 1000 / w, b.y0 * 1000 / h, (b.x1 * 1000 + w - 1) / w,
                         (b.y1 * 1000 + h - 1) / h);
}

static void add_region(json_t *list, const struct dvb_page *page, struct dvb_part part, int frame)
{
    char *text = dvb_page_text(page, part.first, part.n);
    json_array_append_new(list,
                          dvb_json_pack("{s:o, s:o, s:i}", "text", dvb_json_str(text), "box",
                                        thousandths(part.box, page->w, page->h), "frame", frame));
    free(text);
}

static void add_regions(json_t *list, const struct dvb_page *page, const struct dvb_wish *wish,
                        int frame)
{
    struct dvb_box *anchors = NULL;
    size_t n = wish ? dvb_wish_anchors(wish, page, &anchors) : 0;
    for (size_t i = 0; i < page->n;) {
        struct dvb_part part = dvb_page_part(page, i);
        i += part.n;
        if (wish ? dvb_wish_wants(wish, page, part, anchors, n) : readable(page, part))
            add_region(list, page, part, frame);
    }
    free(anchors);
}

static json_t *all_regions(const struct dvb_reading *reading, const struct dvb_wish *wish)
{
    json_t *list = json_array();
    for (int f = 0; f < reading->n_frames; f++)
        add_regions(list, &reading->pages[reading->page_of[f]], wish, f);
    return list;
}

json_t *dvb_regions_json(const struct dvb_reading *reading, const char *prompt)
{
    struct dvb_wish wish;
    json_t *list = NULL;
    if (prompt && dvb_wish_init(&wish, prompt)) {
        list = all_regions(reading, &wish);
        dvb_wish_release(&wish);
    }
    if (!json_array_size(list)) {
        json_decref(list);
        list = all_regions(reading, NULL);
    }
    return dvb_json_pack("{s:o}", "regions", list);
}

/* Lines seen so far. */
struct lines {
    char **keys;
    size_t n, cap;
    char *text;
    size_t len;
};

static bool seen(const struct lines *l, const char *key)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->keys[i], key))
            return true;
    return false;
}

static void add_line(struct lines *l, char *text)
{
    char *key = dvb_text_key(text);
    if (seen(l, key)) {
        free(key);
    } else {
        l->keys = dvb_grow(l->keys, l->n, &l->cap, sizeof(*l->keys));
        l->keys[l->n++] = key;
        size_t n = strlen(text);
        l->text = dvb_realloc(l->text, l->len + n + 2, 1);
        if (l->len)
            l->text[l->len++] = '\n';
        memcpy(l->text + l->len, text, n + 1);
        l->len += n;
    }
    free(text);
}

char *dvb_transcript(const struct dvb_reading *reading)
{
    struct lines l = { 0 };
    for (size_t p = 0; p < reading->n_pages; p++) {
        const struct dvb_page *page = &reading->pages[p];
        for (size_t i = 0; i < page->n;) {
            struct dvb_part part = dvb_page_part(page, i);
            if (readable(page, part))
                add_line(&l, dvb_page_text(page, part.first, part.n));
            i += part.n;
        }
    }
    while (l.n)
        free(l.keys[--l.n]);
    free(l.keys);
    return l.text;
}
