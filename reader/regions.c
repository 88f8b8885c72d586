/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/regions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

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

static void add_regions(json_t *list, const struct dvb_page *page, int frame)
{
    for (size_t i = 0; i < page->n;) {
        struct dvb_part part = dvb_page_part(page, i);
        i += part.n;
        if (!readable(page, part))
            continue;
        char *text = dvb_page_text(page, part.first, part.n);
        json_array_append_new(list, dvb_json_pack("{s:o, s:o, s:i}", "text", dvb_json_str(text),
                                                  "box", thousandths(part.box, page->w, page->h),
                                                  "frame", frame));
        free(text);
    }
}

json_t *dvb_regions_json(const struct dvb_reading *reading)
{
    json_t *list = json_array();
    for (int f = 0; f < reading->n_frames; f++)
        add_regions(list, &reading->pages[reading->page_of[f]], f);
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
