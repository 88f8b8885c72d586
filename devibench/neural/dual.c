/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/dual.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "neural/onnx.h"
#include "neural/tokenizer.h"

#define BATCH 8 /* pictures fed at once, where the graph leaves it open */

/* One of the two: its graph (both may have the same) and its ports. */
struct encoder {
    const struct dvb_onnx *graph;
    const char *output;
    int64_t batch; /* -1: any */
};

struct dvb_dual {
    char *folder;
    struct dvb_onnx *graphs[2];
    struct encoder vision, text;
    struct dvb_tokenizer *tokenizer;
    struct dvb_preprocess prep;
    size_t dims, context;
    char hash[DVB_HASH_LEN + 1];
};

/* A folder's file of several names; NULL when none is there. */
static char *find_file(const char *folder, const char *const *names)
{
    for (; *names; names++) {
        char *path = dvb_path_join(folder, *names);
        if (dvb_is_file(path))
            return path;
        free(path);
    }
    return NULL;
}

/* Full precision first; the other is what transformers.js calls its 8-bit exports. */
#define NAMES(stem)                                                                                \
    {                                                                                              \
        "onnx/" stem ".onnx", stem ".onnx", "onnx/" stem "_quantized.onnx",                        \
            stem "_quantized.onnx", NULL                                                           \
    }
static const char *const vision_names[] = NAMES("vision_model");
static const char *const text_names[] = NAMES("text_model");
static const char *const both_names[] = NAMES("model");

static int open_graphs(struct dvb_dual *d, struct dvb_err *err)
{
    char *vision = find_file(d->folder, vision_names), *text = find_file(d->folder, text_names);
    char *both = vision && text ? NULL : find_file(d->folder, both_names);
    int ret = 0;
    if (both)
        ret = dvb_onnx_open(both, 1, &d->graphs[0], err);
    else if (!vision || !text)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                       "%s: no %s graph: expected onnx/%s_model.onnx, %s_model.onnx, or one for "
                       "both, onnx/model.onnx or model.onnx; all also as _quantized.onnx",
                       d->folder, vision ? "text" : "vision", vision ? "text" : "vision",
                       vision ? "text" : "vision");
    else if (!(ret = dvb_onnx_open(vision, 1, &d->graphs[0], err)))
        ret = dvb_onnx_open(text, 1, &d->graphs[1], err);
    d->vision.graph = d->graphs[0];
    d->text.graph = d->graphs[1] ? d->graphs[1] : d->graphs[0];
    free(vision);
    free(text);
    free(both);
    return ret;
}

/* The first of the names that the graph has, two-dimensional. */
static int find_output(struct encoder *e, const char *wanted, struct dvb_err *err)
{
    const char *const names[] = { wanted, "pooler_output" };
    size_t n;
    const struct dvb_onnx_port *ports = dvb_onnx_outputs(e->graph, &n);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct dvb_onnx_port *p = dvb_onnx_find(ports, n, names[i]);
        if (p) {
            e->output = p->name;
            return 0;
        }
    }
    return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: has no output '%s' or 'pooler_output'",
                    dvb_onnx_path(e->graph), wanted);
}

/* An input that the encoder cannot do without. */
static int find_input(const struct encoder *e, const char *name, int n_dims,
                      const struct dvb_onnx_port **port, struct dvb_err *err)
{
    size_t n;
    const struct dvb_onnx_port *ports = dvb_onnx_inputs(e->graph, &n);
    *port = dvb_onnx_find(ports, n, name);
    if (!*port)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: has no input '%s'",
                        dvb_onnx_path(e->graph), name);
    if ((*port)->n_dims != n_dims)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: input '%s' has %d dimensions, expected %d", dvb_onnx_path(e->graph),
                        name, (*port)->n_dims, n_dims);
    return 0;
}

static int find_ports(struct dvb_dual *d, struct dvb_err *err)
{
    const struct dvb_onnx_port *pixels, *ids;
    int ret = find_output(&d->vision, "image_embeds", err);
    if (!ret)
        ret = find_output(&d->text, "text_embeds", err);
    if (!ret)
        ret = find_input(&d->vision, "pixel_values", 4, &pixels, err);
    if (!ret)
        ret = find_input(&d->text, "input_ids", 2, &ids, err);
    if (ret)
        return ret;
    d->vision.batch = pixels->dims[0];
    d->text.batch = ids->dims[0];
    d->context = dvb_tokenizer_length(d->tokenizer);
    if (ids->dims[1] >= 2 && ids->dims[1] <= DVB_TOKENIZER_MAX)
        d->context = (size_t)ids->dims[1];
    return 0;
}

/* What a run feeds: pictures, words, or for a graph with both, one of them blank. */
struct feed {
    const float *pixels; /* of batch pictures, preprocessed */
    const int64_t *ids, *mask;
    int64_t pictures, texts;
};

/* The tensor for an input of the graph. */
static int fill_input(const struct dvb_dual *d, const struct encoder *e,
                      const struct dvb_onnx_port *port, const struct feed *f, struct dvb_tensor *t,
                      struct dvb_err *err)
{
    bool ids = !strcmp(port->name, "input_ids"), mask = !strcmp(port->name, "attention_mask");
    *t = (struct dvb_tensor){ .name = port->name };
    if (!strcmp(port->name, "pixel_values")) {
        t->type = DVB_ONNX_FLOAT;
        t->n_dims = 4;
        const int64_t dims[] = { f->pictures, 3, d->prep.h, d->prep.w };
        memcpy(t->dims, dims, sizeof(dims));
        t->f = f->pixels;
    } else if (ids || mask) {
        t->type = port->type == DVB_ONNX_INT32 ? DVB_ONNX_INT32 : DVB_ONNX_INT64;
        t->n_dims = 2;
        t->dims[0] = f->texts;
        t->dims[1] = (int64_t)d->context;
        t->i = ids ? f->ids : f->mask;
    } else {
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: input '%s' is none of pixel_values, input_ids and attention_mask",
                        dvb_onnx_path(e->graph), port->name);
    }
    return 0;
}

/* A vector of length 1; one of zeros stays so, and is like nothing. */
static void unit(float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    for (size_t i = 0; i < n && sum > 0; i++)
        v[i] = (float)((double)v[i] / sqrt(sum));
}

/* Vectors, one behind the other; v is heap memory. */
struct vectors {
    float *v;
    size_t dims;
};

/* Run an encoder, for one vector of each of rows inputs. */
static int run(const struct dvb_dual *d, const struct encoder *e, const struct feed *f,
               int64_t rows, struct vectors *out, struct dvb_err *err)
{
    struct dvb_tensor in[DVB_ONNX_MAX_PORTS], result;
    size_t n;
    const struct dvb_onnx_port *ports = dvb_onnx_inputs(e->graph, &n);
    int ret = n <= DVB_ONNX_MAX_PORTS
                  ? 0
                  : dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: has %zu inputs, expected at most 3",
                             dvb_onnx_path(e->graph), n);
    for (size_t i = 0; !ret && i < n; i++)
        ret = fill_input(d, e, &ports[i], f, &in[i], err);
    if (!ret)
        ret = dvb_onnx_run(e->graph, in, n, e->output, &result, err);
    if (ret)
        return ret;
    if (result.n_dims != 2 || result.dims[0] != rows || result.dims[1] < 1) {
        dvb_tensor_release(&result);
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: output '%s' is no table of one row for each of %lld inputs",
                        dvb_onnx_path(e->graph), e->output, (long long)rows);
    }
    size_t dims = (size_t)result.dims[1];
    if (d->dims && dims != d->dims) {
        dvb_tensor_release(&result);
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: output '%s' has %zu numbers, but pictures are embedded in %zu: the "
                        "graphs do not belong together, or lack their projection",
                        dvb_onnx_path(e->graph), e->output, dims, d->dims);
    }
    *out = (struct vectors){ (float *)result.f, dims };
    for (int64_t i = 0; i < rows; i++)
        unit(out->v + (size_t)i * dims, dims);
    return 0;
}

static int64_t rows_of(const struct encoder *e, int64_t wanted)
{
    return e->batch > 0 ? e->batch : wanted;
}

/* words for each row. */
static void fill_text(const struct dvb_dual *d, const char *words, int64_t rows, int64_t *ids,
                      int64_t *mask)
{
    for (int64_t r = 0; r < rows; r++) {
        size_t at = (size_t)r * d->context;
        size_t n = dvb_tokenizer_encode(d->tokenizer, words, ids + at, d->context);
        for (size_t i = 0; i < d->context; i++)
            mask[at + i] = i < n;
    }
}

static size_t plane(const struct dvb_dual *d)
{
    return 3 * (size_t)d->prep.w * (size_t)d->prep.h;
}

static int embed_words(const struct dvb_dual *d, const char *words, struct vectors *out,
                       struct dvb_err *err)
{
    int64_t rows = rows_of(&d->text, 1), pictures = d->graphs[1] ? 0 : rows_of(&d->vision, 1);
    size_t n = (size_t)rows * d->context;
    int64_t *ids = dvb_calloc(n, sizeof(*ids)), *mask = dvb_calloc(n, sizeof(*mask));
    float *grey = calloc((size_t)(pictures ? pictures : 1) * plane(d), sizeof(*grey));
    const struct feed f = { grey, ids, mask, pictures, rows };
    fill_text(d, words, rows, ids, mask);
    int ret = grey ? run(d, &d->text, &f, rows, out, err) : dvb_fail_nomem(err);
    free(ids);
    free(mask);
    free(grey);
    return ret;
}

/* pixels: of rows pictures, preprocessed. */
static int embed_pictures(const struct dvb_dual *d, const float *pixels, int64_t rows,
                          struct vectors *out, struct dvb_err *err)
{
    int64_t texts = rows_of(&d->text, 1);
    size_t n = (size_t)texts * d->context;
    int64_t *ids = dvb_calloc(n, sizeof(*ids)), *mask = dvb_calloc(n, sizeof(*mask));
    const struct feed f = { pixels, ids, mask, rows, texts };
    fill_text(d, "", texts, ids, mask);
    int ret = run(d, &d->vision, &f, rows, out, err);
    free(ids);
    free(mask);
    return ret;
}

static int hash_graph(struct dvb_hash *h, const struct dvb_onnx *graph, struct dvb_err *err)
{
    static const char *const beside[] = { "", "_data", ".data" }; /* weights outside the graph */
    int ret = 0;
    for (size_t i = 0; graph && !ret && i < sizeof(beside) / sizeof(*beside); i++) {
        char hex[DVB_HASH_LEN + 1] = "";
        char *path = dvb_asprintf("%s%s", dvb_onnx_path(graph), beside[i]);
        if (dvb_is_file(path))
            ret = dvb_hash_of_file(path, hex, err);
        dvb_hash_str(h, hex);
        free(path);
    }
    return ret;
}

static int identify(struct dvb_dual *d, struct dvb_err *err)
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, dvb_tokenizer_hash(d->tokenizer));
    const struct dvb_preprocess *p = &d->prep;
    char *prep = dvb_asprintf("%d %d %d %d %.9g %.9g %.9g %.9g %.9g %.9g %.9g", p->short_edge, p->w,
                              p->h, (int)p->filter, (double)p->scale, (double)p->mean[0],
                              (double)p->mean[1], (double)p->mean[2], (double)p->std[0],
                              (double)p->std[1], (double)p->std[2]);
    dvb_hash_str(&h, prep);
    free(prep);
    int ret = hash_graph(&h, d->graphs[0], err);
    if (!ret)
        ret = hash_graph(&h, d->graphs[1], err);
    dvb_hash_final(&h, d->hash);
    return ret;
}

/* A blank picture and no words: do both vectors come out, and of the same length? */
static int try_once(struct dvb_dual *d, struct dvb_err *err)
{
    struct vectors v = { 0 };
    float *grey = calloc((size_t)rows_of(&d->vision, 1) * plane(d), sizeof(*grey));
    int ret = grey ? embed_pictures(d, grey, rows_of(&d->vision, 1), &v, err) : dvb_fail_nomem(err);
    d->dims = v.dims;
    free(grey);
    free(v.v);
    v.v = NULL;
    if (!ret)
        ret = embed_words(d, "", &v, err);
    free(v.v);
    return ret;
}

static int open_folder(struct dvb_dual *d, struct dvb_err *err)
{
    if (!dvb_is_dir(d->folder))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no such folder of a model", d->folder);
    int ret = open_graphs(d, err);
    if (!ret)
        ret = dvb_tokenizer_open(d->folder, &d->tokenizer, err);
    char *prep = dvb_path_join(d->folder, "preprocessor_config.json");
    if (!ret)
        ret = dvb_preprocess_load(prep, &d->prep, err);
    free(prep);
    if (!ret)
        ret = find_ports(d, err);
    if (!ret)
        ret = try_once(d, err);
    return ret ? ret : identify(d, err);
}

int dvb_dual_open(const char *folder, struct dvb_dual **dual, struct dvb_err *err)
{
    struct dvb_dual *d = dvb_calloc(1, sizeof(*d));
    d->folder = dvb_strdup(folder);
    int ret = open_folder(d, err);
    if (ret)
        dvb_dual_close(&d);
    *dual = d;
    return ret;
}

void dvb_dual_close(struct dvb_dual **dual)
{
    struct dvb_dual *d = *dual;
    if (!d)
        return;
    dvb_onnx_close(&d->graphs[0]);
    dvb_onnx_close(&d->graphs[1]);
    dvb_tokenizer_close(&d->tokenizer);
    free(d->folder);
    free(d);
    *dual = NULL;
}

size_t dvb_dual_dims(const struct dvb_dual *d)
{
    return d->dims;
}

const char *dvb_dual_hash(const struct dvb_dual *d)
{
    return d->hash;
}

int dvb_dual_pictures(const struct dvb_dual *d, const struct dvb_rgb *pictures, size_t n,
                      float *out, struct dvb_err *err)
{
    size_t batch = d->vision.batch > 0 ? (size_t)d->vision.batch : BATCH;
    float *pixels = calloc(batch * plane(d), sizeof(*pixels));
    int ret = pixels ? 0 : dvb_fail_nomem(err);
    for (size_t at = 0; !ret && at < n; at += batch) {
        size_t k = n - at < batch ? n - at : batch;
        struct vectors v = { 0 };
        for (size_t i = 0; !ret && i < k; i++)
            ret = dvb_preprocess_run(&d->prep, &pictures[at + i], pixels + i * plane(d), err);
        int64_t rows = d->vision.batch > 0 ? d->vision.batch : (int64_t)k;
        if (!ret)
            ret = embed_pictures(d, pixels, rows, &v, err);
        if (!ret)
            memcpy(out + at * d->dims, v.v, k * d->dims * sizeof(*out));
        free(v.v);
    }
    free(pixels);
    return ret;
}

int dvb_dual_words(const struct dvb_dual *d, const char *words, float *out, struct dvb_err *err)
{
    struct vectors v = { 0 };
    int ret = embed_words(d, words, &v, err);
    if (!ret)
        memcpy(out, v.v, d->dims * sizeof(*out));
    free(v.v);
    return ret;
}
