/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/embed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"
#include "media/image.h"

/* Each patch is paid for: 6 x 11 of a picture of 16:9. */
#define SHORT_CELLS 6
#define JPEG_QUALITY 90
#define MAX_PATCHES 4096

struct endpoint {
    struct dvb_embedder *embedder;
    int patch;
};

static void close_endpoint(void *state)
{
    struct endpoint *e = state;
    if (!e)
        return;
    dvb_embed_close(&e->embedder);
    free(e);
}

static int open_endpoint(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    *state = NULL;
    if (!s->endpoint)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the provider 'embed' needs an endpoint: FORMAT:MODEL@BASE_URL or "
                        "FORMAT:PROFILE, FORMAT one of vllm, jina, voyage");
    struct endpoint *e = dvb_calloc(1, sizeof(*e));
    e->patch = s->patch;
    int ret = dvb_embed_open(s->endpoint, s->models_file, &e->embedder, err);
    if (ret)
        close_endpoint(e);
    else
        *state = e;
    return ret;
}

/* A view into the frame: no pixel is copied. */
static AVFrame *cut(const AVFrame *f, const struct dvb_rect *r)
{
    AVFrame *part = av_frame_clone(f);
    if (!part)
        return NULL;
    part->width = r->w;
    part->height = r->h;
    for (int p = 0; p < 3; p++) {
        int half = p > 0;
        part->data[p] += (r->y >> half) * (ptrdiff_t)f->linesize[p] + (r->x >> half);
    }
    return part;
}

static int make_patch(const AVFrame *f, const struct dvb_rect *r, struct dvb_embed_input *in,
                      struct dvb_err *err)
{
    unsigned char *data;
    AVFrame *part = cut(f, r);
    if (!part)
        return dvb_fail_nomem(err);
    int ret = dvb_image_jpeg(part, JPEG_QUALITY, &data, &in->jpeg_len, err);
    in->jpeg = data;
    av_frame_free(&part);
    return ret;
}

static int embed_patches(struct endpoint *e, const AVFrame *f, const struct dvb_grid *g,
                         float **vectors, size_t *dims, struct dvb_err *err)
{
    size_t n = (size_t)g->rows * (size_t)g->cols;
    struct dvb_embed_input *in = dvb_calloc(n, sizeof(*in));
    int ret = 0;
    for (size_t i = 0; i < n && !ret; i++) {
        struct dvb_rect r = dvb_grid_rect(g, f->width, f->height, (int)i / g->cols,
                                          (int)i % g->cols);
        ret = make_patch(f, &r, &in[i], err);
    }
    if (!ret)
        ret = dvb_embed_run(e->embedder, in, n, vectors, dims, err);
    for (size_t i = 0; i < n; i++)
        free((void *)in[i].jpeg);
    free(in);
    return ret;
}

/* Of vectors of length 1. */
static float cosine(const float *a, const float *b, size_t dims)
{
    double sum = 0;
    for (size_t i = 0; i < dims; i++)
        sum += (double)a[i] * (double)b[i];
    return (float)fmax(-1, fmin(1, sum));
}

static int map_endpoint(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                        struct dvb_err *err)
{
    struct endpoint *e = state;
    const struct dvb_embed_input words = { .text = q->words };
    struct dvb_grid g = dvb_grid_of(q->frame->width, q->frame->height, e->patch, SHORT_CELLS);
    float *word = NULL, *patches = NULL;
    size_t dims = 0;
    *out = (struct dvb_map){ 0 };
    if (g.rows * g.cols > MAX_PATCHES)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "patches of %d pixels cut a %dx%d picture into %d; at most %d are sent to "
                        "an endpoint",
                        e->patch, q->frame->width, q->frame->height, g.rows * g.cols, MAX_PATCHES);
    if (!q->words || !*q->words) { /* nothing was said: nothing stands out */
        dvb_map_init(out, g.rows, g.cols);
        return 0;
    }
    int ret = dvb_embed_run(e->embedder, &words, 1, &word, &dims, err);
    if (!ret)
        ret = embed_patches(e, q->frame, &g, &patches, &dims, err);
    if (!ret) {
        dvb_map_init(out, g.rows, g.cols);
        for (int i = 0; i < g.rows * g.cols; i++)
            out->rho[i] = cosine(word, patches + (size_t)i * dims, dims);
    }
    free(word);
    free(patches);
    return ret;
}

static json_t *endpoint_identity(const void *state)
{
    const struct endpoint *e = state;
    return dvb_json_pack("{s:s, s:o, s:i}", "provider", "embed", "endpoint",
                         dvb_embed_identity(e->embedder), "patch", e->patch);
}

/* FORMAT:MODEL@BASE_URL or FORMAT:PROFILE */
static char *embed_made_by(const struct dvb_provider_settings *s)
{
    const char *colon = s->endpoint ? strchr(s->endpoint, ':') : NULL;
    const char *at = colon ? strstr(colon, "@http") : NULL;
    if (!colon)
        return NULL;
    return at ? dvb_asprintf("%.*s", (int)(at - colon - 1), colon + 1) : dvb_strdup(colon + 1);
}

const struct dvb_provider dvb_provider_embed = {
    .name = "embed",
    .description = "a multimodal embedding endpoint over HTTP",
    .patches = true,
    .made_by = embed_made_by,
    .open = open_endpoint,
    .map = map_endpoint,
    .identity = endpoint_identity,
    .close = close_endpoint,
};
