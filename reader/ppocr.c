/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PP-OCR: one network finds lines, another reads each. Every picture is read at two sizes
 * and the readings are merged word by word, as Tesseract's passes are: what both read
 * alike is hardly ever wrong.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "neural/text_recogniser.h"
#include "reader/distractor.h"
#include "reader/ocr.h"

/* The longer side that the detector sees of a whole picture. */
static const int passes[] = { 1600, 960 };

#define MAX_ENLARGE 2.0
#define MARGIN 0.2    /* of a line's height, above and below its letters */
#define MIN_CONF 0.3f /* below this letters are guesses at texture */
#define LEAST 16      /* pixels of a part's longer side, below which nothing is read */

struct ppocr {
    struct dvb_ocr ocr;
    struct dvb_text_detector *detector;
    struct dvb_text_recogniser *recogniser;
};

static struct ppocr *of(const struct dvb_ocr *ocr)
{
    return (struct ppocr *)ocr; /* its first member */
}

static void close_ppocr(struct dvb_ocr *ocr)
{
    dvb_text_detector_close(&of(ocr)->detector);
    dvb_text_recogniser_close(&of(ocr)->recogniser);
    free(of(ocr));
}

static int open_folder(const char *folder, struct dvb_ocr **ocr, struct dvb_err *err)
{
    struct ppocr *p = dvb_calloc(1, sizeof(*p));
    p->ocr.kind = &dvb_ocr_ppocr;
    int ret = dvb_text_detector_open(folder, &p->detector, err);
    if (!ret)
        ret = dvb_text_recogniser_open(folder, &p->recogniser, err);
    *ocr = ret ? NULL : &p->ocr;
    if (ret)
        close_ppocr(&p->ocr);
    return ret;
}

/* There is no dictionary; the common words of screens and signs must do. */
static bool knows(struct dvb_ocr *ocr, const char *word)
{
    (void)ocr;
    size_t low = 0, high = dvb_vocabulary_size;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(word, dvb_vocabulary[mid]);
        if (!order)
            return true;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

/* Grey as red, green and blue; px is heap memory. */
static int to_rgb(const struct dvb_luma *picture, struct dvb_box box, struct dvb_rgb *rgb,
                  struct dvb_err *err)
{
    int w = dvb_box_w(box), h = dvb_box_h(box);
    float *px = malloc((size_t)w * (size_t)h * 3 * sizeof(*px)), *out = px;
    if (!px)
        return dvb_fail_nomem(err);
    for (int y = box.y0; y < box.y1; y++) {
        const uint8_t *row = picture->px + (size_t)y * (size_t)picture->w;
        for (int x = box.x0; x < box.x1; x++, out += 3)
            out[0] = out[1] = out[2] = (float)(row[x] <= 16    ? 0
                                               : row[x] >= 235 ? 255
                                                               : (row[x] - 16) * 255.0 / 219);
    }
    *rgb = (struct dvb_rgb){ px, w, h, 3 * (size_t)w };
    return 0;
}

/* The upright box around a stretch of a line, in the whole picture. */
static struct dvb_box box_of(const struct dvb_text_line *l, double from, double to,
                             struct dvb_box area)
{
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (int corner = 0; corner < 4; corner++) {
        double along = (corner & 1 ? to : from) * l->length;
        double down = (corner & 2 ? 1 - MARGIN : MARGIN) * l->height;
        double x = l->x + along * l->ux + down * l->vx, y = l->y + along * l->uy + down * l->vy;
        x0 = fmin(x0, x), x1 = fmax(x1, x), y0 = fmin(y0, y), y1 = fmax(y1, y);
    }
    struct dvb_box b = { area.x0 + (int)floor(fmax(x0, 0)), area.y0 + (int)floor(fmax(y0, 0)),
                         area.x0 + (int)ceil(x1), area.y0 + (int)ceil(y1) };
    b.x1 = b.x1 > area.x1 ? area.x1 : b.x1;
    b.y1 = b.y1 > area.y1 ? area.y1 : b.y1;
    return b;
}

static int read_line(const struct ppocr *p, const struct dvb_rgb *rgb,
                     const struct dvb_text_line *line, struct dvb_box area, struct dvb_page *page,
                     struct dvb_err *err)
{
    struct dvb_text_words words = { 0 };
    int ret = dvb_text_recogniser_read(p->recogniser, rgb, line, &words, err);
    for (size_t i = 0; i < words.n; i++) {
        const struct dvb_text_word *w = &words.v[i];
        struct dvb_box box = box_of(line, (double)w->from, (double)w->to, area);
        if (w->conf >= MIN_CONF && dvb_ocr_has_letter(w->text) && dvb_box_w(box) > 0 &&
            dvb_box_h(box) > 0)
            dvb_page_add(page, w->text, 100 * w->conf, box);
    }
    dvb_text_words_release(&words);
    return ret;
}

/* The scale depends on the whole picture, not on the part that is read. */
static int run_pass(const struct ppocr *p, int long_side, const struct dvb_luma *picture,
                    const struct dvb_rgb *rgb, struct dvb_box area, const atomic_bool *cancel,
                    struct dvb_page *page, struct dvb_err *err)
{
    double scale = (double)long_side / (picture->w > picture->h ? picture->w : picture->h);
    int longer = rgb->w > rgb->h ? rgb->w : rgb->h;
    struct dvb_text_map map = { 0 };
    size_t n = 0;
    scale = fmin(scale, MAX_ENLARGE);
    int ret = dvb_text_detector_run(p->detector, rgb, (int)ceil(longer * scale), &map, err);
    struct dvb_text_line *lines = ret ? NULL : dvb_text_lines(&map, &n);
    for (size_t i = 0; !ret && i < n; i++) {
        ret = dvb_ocr_cancelled(cancel, err);
        if (!ret)
            ret = read_line(p, rgb, &lines[i], area, page, err);
    }
    free(lines);
    dvb_text_map_release(&map);
    return ret;
}

static int read_picture(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                        const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err)
{
    struct dvb_page merged = { 0 };
    struct dvb_rgb rgb = { 0 };
    if (dvb_box_w(box) < LEAST && dvb_box_h(box) < LEAST)
        return 0;
    int ret = to_rgb(picture, box, &rgb, err);
    for (size_t i = 0; !ret && i < sizeof(passes) / sizeof(*passes); i++) {
        struct dvb_page read = { 0 };
        ret = run_pass(of(ocr), passes[i], picture, &rgb, box, cancel, &read, err);
        if (!ret)
            dvb_page_merge(&merged, &read);
        dvb_page_release(&read);
    }
    for (size_t i = 0; !ret && i < merged.n; i++)
        dvb_page_add_word(page, &merged.words[i]);
    dvb_page_release(&merged);
    free((void *)rgb.px);
    return ret;
}

const struct dvb_ocr_kind dvb_ocr_ppocr = {
    .open = open_folder,
    .read = read_picture,
    .knows = knows,
    .close = close_ppocr,
};
