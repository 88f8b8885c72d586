/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/text_recogniser.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "neural/onnx.h"

#define HEIGHT 48     /* of the input */
#define MIN_WIDTH 320 /* narrower lines are padded, as in training */
#define MAX_WIDTH 3200
#define MAX_KEYS ((size_t)4 << 20)
/* A step that gives a space this much ends a word, even where something else is likelier:
   the network, trained on Chinese, joins most English words otherwise. On a page of 351
   words, 344 are read as Tesseract reads them at 0.01 to 0.1; 299 without this. */
#define SPACE_LEAST 0.05f
#define MAX_CROP 8192

struct dvb_text_recogniser {
    struct dvb_onnx *graph;
    const char *input, *output;
    char *text;        /* the list's file, cut into lines */
    const char **keys; /* class -> character; "" for blank */
    size_t n_keys;
};

static const struct {
    const char *graph, *keys;
} file_names[] = { { "rec.onnx", "keys.txt" },
                   { "ch_PP-OCRv4_rec_infer.onnx", "ppocr_keys_v1.txt" } };

/* Class 0 is blank, the last one a space. */
static int load_keys(struct dvb_text_recogniser *r, const char *path, struct dvb_err *err)
{
    size_t cap = 0;
    int ret = dvb_read_file(path, MAX_KEYS, &r->text, NULL, err);
    if (ret)
        return ret;
    if (!dvb_utf8_valid(r->text))
        return dvb_fail(err, DVB_FAULT_INPUT, EILSEQ, "%s: is not UTF-8", path);
    r->keys = dvb_grow(r->keys, r->n_keys, &cap, sizeof(*r->keys));
    r->keys[r->n_keys++] = "";
    for (char *line = r->text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        r->keys = dvb_grow(r->keys, r->n_keys, &cap, sizeof(*r->keys));
        r->keys[r->n_keys++] = line;
    }
    r->keys = dvb_grow(r->keys, r->n_keys, &cap, sizeof(*r->keys));
    r->keys[r->n_keys++] = " ";
    return 0;
}

static int check_ports(struct dvb_text_recogniser *r, const char *keys, struct dvb_err *err)
{
    size_t n_in, n_out;
    const struct dvb_onnx_port *in = dvb_onnx_inputs(r->graph, &n_in);
    const struct dvb_onnx_port *out = dvb_onnx_outputs(r->graph, &n_out);
    const char *path = dvb_onnx_path(r->graph);
    if (n_in != 1 || n_out != 1 || in->n_dims != 4 || out->n_dims != 3)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: is no text recogniser: expected one picture in, classes by step out",
                        path);
    if (out->dims[2] >= 0 && (size_t)out->dims[2] != r->n_keys)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: has %zu characters, but %s has %lld classes, expected %zu", keys,
                        r->n_keys - 2, path, (long long)out->dims[2], r->n_keys);
    r->input = in->name;
    r->output = out->name;
    return 0;
}

int dvb_text_recogniser_open(const char *folder, struct dvb_text_recogniser **recogniser,
                             struct dvb_err *err)
{
    struct dvb_text_recogniser *r = dvb_calloc(1, sizeof(*r));
    int ret = -ENOENT;
    bool found = false;
    for (size_t i = 0; !found && i < sizeof(file_names) / sizeof(*file_names); i++) {
        char *graph = dvb_path_join(folder, file_names[i].graph);
        char *keys = dvb_path_join(folder, file_names[i].keys);
        found = dvb_is_file(graph);
        if (found)
            ret = dvb_onnx_open(graph, 1, &r->graph, err);
        if (found && !ret)
            ret = load_keys(r, keys, err);
        if (found && !ret)
            ret = check_ports(r, keys, err);
        free(graph);
        free(keys);
    }
    if (!found)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                       "%s: no text recogniser: expected %s or %s ('make ocr-models')", folder,
                       file_names[0].graph, file_names[1].graph);
    if (ret)
        dvb_text_recogniser_close(&r);
    *recogniser = r;
    return ret;
}

void dvb_text_recogniser_close(struct dvb_text_recogniser **recogniser)
{
    struct dvb_text_recogniser *r = *recogniser;
    if (r) {
        dvb_onnx_close(&r->graph);
        free(r->text);
        free(r->keys);
    }
    free(r);
    *recogniser = NULL;
}

void dvb_text_words_release(struct dvb_text_words *words)
{
    for (size_t i = 0; i < words->n; i++)
        free(words->v[i].text);
    free(words->v);
    *words = (struct dvb_text_words){ 0 };
}

static int clamp(int v, int most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

/* Pixel at a place between pixels, bilinear; outside the edge goes on. */
static void look(const struct dvb_rgb *p, double x, double y, float *out)
{
    int x0 = (int)floor(x), y0 = (int)floor(y);
    float fx = (float)(x - x0), fy = (float)(y - y0);
    const float *rows[2] = { p->px + (size_t)clamp(y0, p->h - 1) * p->stride,
                             p->px + (size_t)clamp(y0 + 1, p->h - 1) * p->stride };
    int left = 3 * clamp(x0, p->w - 1), right = 3 * clamp(x0 + 1, p->w - 1);
    for (int c = 0; c < 3; c++) {
        float top = rows[0][left + c] * (1 - fx) + rows[0][right + c] * fx;
        float low = rows[1][left + c] * (1 - fx) + rows[1][right + c] * fx;
        out[c] = top * (1 - fy) + low * fy;
    }
}

/* The line turned level at the picture's own scale; px is heap memory. */
static int level(const struct dvb_rgb *picture, const struct dvb_text_line *line,
                 struct dvb_rgb *out, struct dvb_err *err)
{
    int w = clamp((int)lround(line->length), MAX_CROP),
        h = clamp((int)lround(line->height), MAX_CROP);
    w = w ? w : 1, h = h ? h : 1;
    float *px = malloc((size_t)w * (size_t)h * 3 * sizeof(*px));
    if (!px)
        return dvb_fail_nomem(err);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double a = (x + 0.5) * line->length / w, b = (y + 0.5) * line->height / h;
            look(picture, line->x + a * line->ux + b * line->vx - 0.5,
                 line->y + a * line->uy + b * line->vy - 0.5,
                 px + 3 * ((size_t)y * (size_t)w + (size_t)x));
        }
    *out = (struct dvb_rgb){ px, w, h, 3 * (size_t)w };
    return 0;
}

/* Planes of blue, green and red in -1..1, 0 past the line's end. */
static int prepare(const struct dvb_rgb *line, int w, int padded, float *input, struct dvb_err *err)
{
    float *px = malloc((size_t)w * HEIGHT * 3 * sizeof(*px));
    int ret = px ? dvb_rgb_resize(line, w, HEIGHT, DVB_FILTER_BILINEAR, px, err)
                 : dvb_fail_nomem(err);
    for (size_t c = 0; !ret && c < 3; c++)
        for (size_t y = 0; y < HEIGHT; y++)
            for (size_t x = 0; x < (size_t)w; x++)
                input[(c * HEIGHT + y) * (size_t)padded + x] =
                    px[3 * (y * (size_t)w + x) + 2 - c] / 127.5f - 1;
    free(px);
    return ret;
}

/* A word in the making. */
struct spelling {
    struct dvb_text_words *words;
    bool open;
    int letters;
};

static void end_word(struct spelling *s)
{
    if (s->open)
        s->words->v[s->words->n - 1].conf /= (float)s->letters;
    s->open = false;
}

static void add_letter(struct spelling *s, const char *letter, float conf, float from, float to)
{
    if (!s->open) {
        s->words->v = dvb_grow(s->words->v, s->words->n, &s->words->cap, sizeof(*s->words->v));
        s->words->v[s->words->n++] = (struct dvb_text_word){ dvb_strdup(""), 0, from, to };
        s->open = true;
        s->letters = 0;
    }
    struct dvb_text_word *w = &s->words->v[s->words->n - 1];
    char *longer = dvb_asprintf("%s%s", w->text, letter);
    free(w->text);
    w->text = longer;
    w->conf += conf;
    w->to = to;
    s->letters++;
}

/* used: how many of the steps the line covers; the rest is padding. */
static void decode(const struct dvb_text_recogniser *r, const float *p, size_t steps, double used,
                   struct dvb_text_words *words)
{
    struct spelling s = { .words = words };
    size_t before = 0;
    float gap = 0; /* the most a step since the last letter gave to a space */
    for (size_t t = 0; t < steps; t++, p += r->n_keys) {
        size_t best = 0;
        for (size_t k = 1; k < r->n_keys; k++)
            if (p[k] > p[best])
                best = k;
        const char *key = r->keys[best];
        gap = p[r->n_keys - 1] > gap ? p[r->n_keys - 1] : gap;
        if (best && best != before) {
            if (gap >= SPACE_LEAST)
                end_word(&s);
            gap = 0;
        }
        if (best && best != before && (!strcmp(key, " ") || !strcmp(key, "\xe3\x80\x80")))
            end_word(&s);
        else if (best && best != before)
            add_letter(&s, key, p[best], (float)fmin(1, (double)t / used),
                       (float)fmin(1, (double)(t + 1) / used));
        before = best;
    }
    end_word(&s);
}

int dvb_text_recogniser_read(const struct dvb_text_recogniser *r, const struct dvb_rgb *picture,
                             const struct dvb_text_line *line, struct dvb_text_words *words,
                             struct dvb_err *err)
{
    int w = clamp((int)ceil(HEIGHT * line->length / fmax(line->height, 1)), MAX_WIDTH);
    w = w ? w : 1;
    int padded = w < MIN_WIDTH ? MIN_WIDTH : w;
    struct dvb_rgb flat = { 0 };
    struct dvb_tensor out = { 0 };
    float *input = calloc((size_t)padded * HEIGHT * 3, sizeof(*input));
    int ret = input ? level(picture, line, &flat, err) : dvb_fail_nomem(err);
    if (!ret)
        ret = prepare(&flat, w, padded, input, err);
    const struct dvb_tensor in = { .name = r->input,
                                   .type = DVB_ONNX_FLOAT,
                                   .n_dims = 4,
                                   .dims = { 1, 3, HEIGHT, padded },
                                   .f = input };
    if (!ret)
        ret = dvb_onnx_run(r->graph, &in, 1, r->output, &out, err);
    if (!ret && (out.n_dims != 3 || out.dims[0] != 1 || out.dims[2] != (int64_t)r->n_keys))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                       "%s: output '%s' is not %zu classes for each step", dvb_onnx_path(r->graph),
                       r->output, r->n_keys);
    if (!ret)
        decode(r, out.f, (size_t)out.dims[1], (double)out.dims[1] * w / padded, words);
    dvb_tensor_release(&out);
    free((void *)flat.px);
    free(input);
    return ret;
}
