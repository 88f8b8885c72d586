/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The state of going through a clip. */
struct walk {
    struct dvb_ocr *ocr;
    const atomic_bool *cancel;
    struct dvb_reading *r;
    struct dvb_luma *seen;        /* every pixel as it was when last read */
    const struct dvb_box *places; /* read nothing else; NULL: everything */
    size_t n_places;
};

void dvb_reading_free(struct dvb_reading **reading)
{
    struct dvb_reading *r = *reading;
    if (r) {
        for (size_t i = 0; i < r->n_pages; i++)
            dvb_page_release(&r->pages[i]);
        free(r->pages);
        free(r->page_of);
    }
    free(r);
    *reading = NULL;
}

int dvb_reading_first_frame(const struct dvb_reading *r, size_t page)
{
    int f = 0;
    while (f + 1 < r->n_frames && r->page_of[f] != (int)page)
        f++;
    return f;
}

int dvb_reading_last_frame(const struct dvb_reading *r, size_t page)
{
    int f = r->n_frames - 1;
    while (f > 0 && r->page_of[f] != (int)page)
        f--;
    return f;
}

static bool touch(struct dvb_box a, struct dvb_box b)
{
    return dvb_box_overlap_x(a, b) > 0 && dvb_box_overlap_y(a, b) > 0;
}

static bool inside(struct dvb_box a, struct dvb_box b)
{
    return a.x0 >= b.x0 && a.y0 >= b.y0 && a.x1 <= b.x1 && a.y1 <= b.y1;
}

/* A change is read together with the whole lines that it touches, and some
   ground around them: Tesseract reads a line better than its half. */
static struct dvb_box with_lines(struct dvb_box box, const struct dvb_page *page)
{
    const int pad = 12;
    box = dvb_box_grow(box, pad, page->w, page->h);
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < page->n;) {
            struct dvb_part part = dvb_page_part(page, i);
            if (touch(part.box, box) && !inside(part.box, box)) {
                box = dvb_box_join(box, dvb_box_grow(part.box, pad, page->w, page->h));
                grew = true;
            }
            i += part.n;
        }
    }
    return box;
}

size_t dvb_boxes_join(struct dvb_box *boxes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (touch(boxes[i], boxes[j])) {
                boxes[i] = dvb_box_join(boxes[i], boxes[j]);
                boxes[j] = boxes[--n];
                i = (size_t)-1; /* from the beginning: the joined box may touch others */
                break;
            }
    return n;
}

static struct dvb_page *new_page(struct walk *w, const struct dvb_luma *frame)
{
    struct dvb_reading *r = w->r;
    r->pages = dvb_realloc(r->pages, r->n_pages + 1, sizeof(*r->pages));
    r->pages[r->n_pages] = (struct dvb_page){ .w = frame->w, .h = frame->h };
    return &r->pages[r->n_pages++];
}

static int read_box(struct walk *w, const struct dvb_luma *frame, struct dvb_box box,
                    struct dvb_page *page, struct dvb_err *err)
{
    size_t had = page->n;
    int ret = dvb_ocr_read(w->ocr, frame, box, w->cancel, page, err);
    for (size_t i = had; i < page->n; i++)
        page->words[i].run = w->r->runs;
    w->r->runs++;
    for (int y = box.y0; y < box.y1; y++) {
        size_t at = (size_t)y * (size_t)frame->w + (size_t)box.x0;
        memcpy(w->seen->px + at, frame->px + at, (size_t)dvb_box_w(box));
    }
    return ret;
}

/* The places are of the first frame's size; others are read whole. */
static bool by_places(const struct walk *w, const struct dvb_luma *frame)
{
    const struct dvb_reading *r = w->r;
    return w->places && (!r->n_pages || (r->pages[0].w == frame->w && r->pages[0].h == frame->h));
}

static int read_whole(struct walk *w, const struct dvb_luma *frame, struct dvb_err *err)
{
    struct dvb_box all = { 0, 0, frame->w, frame->h };
    dvb_luma_free(&w->seen);
    w->seen = dvb_luma_crop(frame, all);
    if (!w->seen)
        return dvb_fail_nomem(err);
    bool placed = by_places(w, frame);
    struct dvb_page *page = new_page(w, frame);
    int ret = 0;
    for (size_t i = 0; !ret && placed && i < w->n_places; i++)
        ret = read_box(w, frame, w->places[i], page, err);
    if (!placed)
        ret = read_box(w, frame, all, page, err);
    dvb_page_arrange(page);
    return ret;
}

static bool in_any(struct dvb_box b, const struct dvb_box *boxes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (touch(b, boxes[i]))
            return true;
    return false;
}

/* The last page with the words inside boxes read anew. */
static int read_parts(struct walk *w, const struct dvb_luma *frame, const struct dvb_box *boxes,
                      size_t n, struct dvb_err *err)
{
    struct dvb_page *page = new_page(w, frame);
    const struct dvb_page *last = page - 1;
    int ret = 0;
    for (size_t i = 0; i < last->n; i++)
        if (!in_any(last->words[i].box, boxes, n))
            dvb_page_add_word(page, &last->words[i]);
    for (size_t i = 0; !ret && i < n; i++)
        ret = read_box(w, frame, boxes[i], page, err);
    dvb_page_arrange(page);
    return ret;
}

/* Beyond this share of the picture one reading of the whole is cheaper. */
static bool mostly(const struct dvb_box *boxes, size_t n, const struct dvb_luma *frame)
{
    int64_t area = 0;
    for (size_t i = 0; i < n; i++)
        area += dvb_box_area(boxes[i]);
    return 10 * area > 6 * (int64_t)frame->w * frame->h;
}

/* What changed, each change with the lines that it touches. */
static struct dvb_box *changed_lines(const struct walk *w, const struct dvb_luma *frame, size_t *n)
{
    const struct dvb_page *last = &w->r->pages[w->r->n_pages - 1];
    struct dvb_box *boxes = dvb_luma_changes(w->seen, frame, n);
    for (size_t i = 0; i < *n; i++)
        boxes[i] = with_lines(boxes[i], last);
    for (size_t before = *n + 1; *n < before;) { /* joined boxes may touch further lines */
        before = *n;
        *n = dvb_boxes_join(boxes, *n);
        for (size_t i = 0; *n < before && i < *n; i++)
            boxes[i] = with_lines(boxes[i], last);
    }
    return boxes;
}

/* The places in which something changed. */
static struct dvb_box *changed_places(const struct walk *w, const struct dvb_luma *frame, size_t *n)
{
    struct dvb_box *places = dvb_calloc(w->n_places, sizeof(*places));
    size_t n_boxes;
    struct dvb_box *boxes = dvb_luma_changes(w->seen, frame, &n_boxes);
    *n = 0;
    for (size_t i = 0; i < w->n_places; i++)
        if (in_any(w->places[i], boxes, n_boxes))
            places[(*n)++] = w->places[i];
    free(boxes);
    return places;
}

static int read_frame(struct walk *w, const struct dvb_luma *frame, struct dvb_err *err)
{
    if (!w->seen || w->seen->w != frame->w || w->seen->h != frame->h)
        return read_whole(w, frame, err);
    size_t n;
    bool placed = by_places(w, frame);
    struct dvb_box *boxes = placed ? changed_places(w, frame, &n) : changed_lines(w, frame, &n);
    int ret = 0;
    if (n && !placed && mostly(boxes, n, frame))
        ret = read_whole(w, frame, err);
    else if (n)
        ret = read_parts(w, frame, boxes, n, err);
    free(boxes);
    return ret;
}

static int walk_through(struct walk *w, struct dvb_luma *const *frames, int n,
                        struct dvb_reading **out, struct dvb_err *err)
{
    int ret = 0;
    w->r->page_of = dvb_calloc((size_t)n, sizeof(*w->r->page_of));
    for (; !ret && w->r->n_frames < n; w->r->n_frames++) {
        ret = read_frame(w, frames[w->r->n_frames], err);
        w->r->page_of[w->r->n_frames] = (int)w->r->n_pages - 1;
    }
    dvb_luma_free(&w->seen);
    if (ret)
        dvb_reading_free(&w->r);
    *out = w->r;
    return ret;
}

int dvb_reading_make(struct dvb_ocr *ocr, struct dvb_luma *const *frames, int n,
                     const atomic_bool *cancel, struct dvb_reading **out, struct dvb_err *err)
{
    struct walk w = { .ocr = ocr, .cancel = cancel, .r = dvb_calloc(1, sizeof(*w.r)) };
    return walk_through(&w, frames, n, out, err);
}

int dvb_reading_make_at(struct dvb_ocr *ocr, struct dvb_luma *const *frames, int n,
                        const struct dvb_box *places, size_t n_places, const atomic_bool *cancel,
                        struct dvb_reading **out, struct dvb_err *err)
{
    struct walk w = { .ocr = ocr,
                      .cancel = cancel,
                      .r = dvb_calloc(1, sizeof(*w.r)),
                      .places = places,
                      .n_places = n_places };
    return walk_through(&w, frames, n, out, err);
}
