/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where there is text: for questions about what is written, whatever their words.
 *
 * A cell's p is the largest of the detector's probabilities inside it and of the scores of
 * the lines that reach into it (the network marks the cores of lines only, the lines'
 * rectangles cover whole letters); rho = 2 p - 1.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"
#include "eval/relevance/rgb.h"
#include "neural/ocr_models.h"
#include "neural/text_detector.h"

#define SHORT_CELLS 34 /* of a picture of 1080 lines, 32 pixels each */
#define LONG_SIDE 960  /* that the detector sees of larger pictures, as PaddleOCR has it */

struct text {
    struct dvb_text_detector *detector;
    int patch;
    char hash[DVB_HASH_LEN + 1];
};

static void close_text(void *state)
{
    struct text *t = state;
    if (!t)
        return;
    dvb_text_detector_close(&t->detector);
    free(t);
}

static int open_text(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    char *folder = s->models ? dvb_strdup(s->models) : dvb_ocr_models_folder();
    *state = NULL;
    if (!folder)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the provider 'text' needs ONNX Runtime and the folder of PP-OCR's "
                        "detector; 'make onnxruntime ocr-models' fetches both");
    struct text *t = dvb_calloc(1, sizeof(*t));
    t->patch = s->patch;
    int ret = dvb_text_detector_open(folder, &t->detector, err);
    free(folder);
    if (!ret)
        ret = dvb_hash_of_file(dvb_text_detector_path(t->detector), t->hash, err);
    if (ret)
        close_text(t);
    else
        *state = t;
    return ret;
}

static void raise_cell(struct dvb_map *m, double x, double y, float rho)
{
    int col = (int)(x * m->cols), row = (int)(y * m->rows);
    float *cell = &m->rho[row * m->cols + col];
    *cell = rho > *cell ? rho : *cell;
}

/* The line's score for every place of the detector's map inside it. */
static void pool_line(const struct dvb_text_map *m, const struct dvb_text_line *l,
                      struct dvb_map *out)
{
    double wide = l->length * fabs(l->ux) + l->height * fabs(l->vx);
    double high = l->length * fabs(l->uy) + l->height * fabs(l->vy);
    double x = l->x + fmin(0, l->length * l->ux) + fmin(0, l->height * l->vx);
    double y = l->y + fmin(0, l->length * l->uy) + fmin(0, l->height * l->vy);
    double sx = (double)m->picture_w / m->w, sy = (double)m->picture_h / m->h;
    int x1 = (int)fmin(m->w, ceil((x + wide) / sx)), y1 = (int)fmin(m->h, ceil((y + high) / sy));
    for (int r = (int)fmax(0, y / sy); r < y1; r++)
        for (int c = (int)fmax(0, x / sx); c < x1; c++)
            if (dvb_text_line_holds(l, (c + 0.5) * sx, (r + 0.5) * sy))
                raise_cell(out, (c + 0.5) / m->w, (r + 0.5) / m->h,
                           (float)(2 * fmin(1, l->score) - 1));
}

static void pool(const struct dvb_text_map *m, const struct dvb_text_line *lines, size_t n,
                 struct dvb_map *out)
{
    for (int i = 0; i < out->rows * out->cols; i++)
        out->rho[i] = -1;
    for (int r = 0; r < m->h; r++)
        for (int c = 0; c < m->w; c++)
            raise_cell(out, (c + 0.5) / m->w, (r + 0.5) / m->h, 2 * m->p[r * m->w + c] - 1);
    for (size_t i = 0; i < n; i++)
        pool_line(m, &lines[i], out);
}

static int map_text(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                    struct dvb_err *err)
{
    const struct text *t = state;
    const AVFrame *f = q->frame;
    const struct dvb_grid g = dvb_grid_of(f->width, f->height, t->patch, SHORT_CELLS);
    int longer = f->width > f->height ? f->width : f->height;
    struct dvb_text_map found = { 0 };
    struct dvb_rgb picture = { 0 };
    *out = (struct dvb_map){ 0 };
    int ret = dvb_rgb_of_frame(f, &picture, err);
    if (!ret)
        ret = dvb_text_detector_run(t->detector, &picture, longer < LONG_SIDE ? longer : LONG_SIDE,
                                    &found, err);
    if (!ret) {
        size_t n;
        struct dvb_text_line *lines = dvb_text_lines(&found, &n);
        dvb_map_init(out, g.rows, g.cols);
        pool(&found, lines, n, out);
        free(lines);
    }
    dvb_text_map_release(&found);
    free((void *)picture.px);
    return ret;
}

static json_t *text_identity(const void *state)
{
    const struct text *t = state;
    return dvb_json_pack("{s:s, s:s, s:i}", "provider", "text", "model", t->hash, "patch",
                         t->patch);
}

static char *text_made_by(const struct dvb_provider_settings *s)
{
    return s->models ? dvb_path_base(s->models) : NULL;
}

const struct dvb_provider dvb_provider_text = {
    .name = "text",
    .description = "where there is text, by PP-OCR's detector (folder)",
    .wordless = true,
    .patches = true,
    .made_by = text_made_by,
    .open = open_text,
    .map = map_text,
    .identity = text_identity,
    .close = close_text,
};
