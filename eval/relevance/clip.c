/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Chat with AI" (HotNets 2025), equation 1: rho of a patch is the cosine similarity of
 * its vector and the words', by a dual encoder's picture and text graphs.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/vectors.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"
#include "eval/relevance/rgb.h"
#include "neural/dual.h"

/* 4 x 7 patches of a 16:9 picture: in 8 bits a small picture encoder does these in half a
   second on one core, so maps keep up at 2 a second. */
#define SHORT_CELLS 4
#define MAX_PATCHES 16384
#define REMEMBERED ((size_t)256 << 20) /* bytes of vectors */

struct clip {
    struct dvb_dual *dual;
    int patch;
    /* Of words, and of frames: all patches of one together, as what a quantised network gives
       for a patch can depend on its neighbours in the batch. Questions about a clip, and the
       rates it is shown at, so share the work. */
    struct dvb_vectors *known;
};

static void close_clip(void *state)
{
    struct clip *c = state;
    if (!c)
        return;
    dvb_vectors_close(&c->known);
    dvb_dual_close(&c->dual);
    free(c);
}

static int open_clip(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    *state = NULL;
    if (!s->models)
        return dvb_fail(
            err, DVB_FAULT_USAGE, EINVAL,
            "the provider 'clip' needs the folder of an ONNX export of CLIP, MobileCLIP "
            "or SigLIP");
    struct clip *c = dvb_calloc(1, sizeof(*c));
    c->known = dvb_vectors_open(REMEMBERED);
    c->patch = s->patch;
    int ret = dvb_dual_open(s->models, &c->dual, err);
    if (ret)
        close_clip(c);
    else
        *state = c;
    return ret;
}

/* *vector is heap. */
static int embed_words(const struct clip *c, const char *words, float **vector, struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    size_t n;
    dvb_hash_of_str(words, hash);
    *vector = dvb_vectors_get(c->known, hash, &n);
    if (*vector)
        return 0;
    *vector = dvb_calloc(dvb_dual_dims(c->dual), sizeof(**vector));
    int ret = dvb_dual_words(c->dual, words, *vector, err);
    if (!ret)
        dvb_vectors_put(c->known, hash, *vector, dvb_dual_dims(c->dual));
    return ret;
}

/* The picture's patches, row by row, as views. */
static struct dvb_rgb *cut(const struct dvb_rgb *picture, const struct dvb_grid *g)
{
    struct dvb_rgb *patches = dvb_calloc((size_t)g->rows * (size_t)g->cols, sizeof(*patches));
    for (int i = 0; i < g->rows * g->cols; i++) {
        struct dvb_rect r = dvb_grid_rect(g, picture->w, picture->h, i / g->cols, i % g->cols);
        const float *first = picture->px + (size_t)r.y * picture->stride + 3 * (size_t)r.x;
        patches[i] = (struct dvb_rgb){ first, r.w, r.h, picture->stride };
    }
    return patches;
}

/* Both have length 1; rounding must not leave [-1, 1]. */
static float cosine(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return (float)(sum < -1 ? -1 : sum > 1 ? 1 : sum);
}

static int embed_picture(const struct clip *c, const AVFrame *frame, const struct dvb_grid *g,
                         float *vectors, struct dvb_err *err)
{
    struct dvb_rgb picture;
    int ret = dvb_rgb_of_frame(frame, &picture, err);
    if (ret)
        return ret;
    struct dvb_rgb *patches = cut(&picture, g);
    ret = dvb_dual_pictures(c->dual, patches, (size_t)g->rows * (size_t)g->cols, vectors, err);
    free(patches);
    free((void *)picture.px);
    return ret;
}

/* *vectors: of its patches, row by row; heap. */
static int embed_patches(const struct clip *c, const AVFrame *frame, const struct dvb_grid *g,
                         float **vectors, struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    size_t n = (size_t)g->rows * (size_t)g->cols * dvb_dual_dims(c->dual), known;
    dvb_rgb_hash(frame, hash);
    *vectors = dvb_vectors_get(c->known, hash, &known);
    if (*vectors)
        return 0;
    *vectors = malloc(n * sizeof(**vectors));
    int ret = *vectors ? embed_picture(c, frame, g, *vectors, err) : dvb_fail_nomem(err);
    if (!ret)
        dvb_vectors_put(c->known, hash, *vectors, n);
    return ret;
}

static int map_clip(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                    struct dvb_err *err)
{
    const struct clip *c = state;
    const struct dvb_grid g = dvb_grid_of(q->frame->width, q->frame->height, c->patch, SHORT_CELLS);
    *out = (struct dvb_map){ 0 };
    if (g.rows * g.cols > MAX_PATCHES)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "patches of %d pixels cut a %dx%d picture into %d; at most %d are embedded",
                        c->patch, q->frame->width, q->frame->height, g.rows * g.cols, MAX_PATCHES);
    if (!q->words || !*q->words) { /* nothing was said: nothing stands out */
        dvb_map_init(out, g.rows, g.cols);
        return 0;
    }
    float *words = NULL, *patches = NULL;
    size_t dims = dvb_dual_dims(c->dual);
    int ret = embed_words(c, q->words, &words, err);
    if (!ret)
        ret = embed_patches(c, q->frame, &g, &patches, err);
    if (!ret)
        dvb_map_init(out, g.rows, g.cols);
    for (int i = 0; !ret && i < g.rows * g.cols; i++)
        out->rho[i] = cosine(patches + (size_t)i * dims, words, dims);
    free(words);
    free(patches);
    return ret;
}

static json_t *clip_identity(const void *state)
{
    const struct clip *c = state;
    return dvb_json_pack("{s:s, s:s, s:i}", "provider", "clip", "model", dvb_dual_hash(c->dual),
                         "patch", c->patch);
}

static char *clip_made_by(const struct dvb_provider_settings *s)
{
    return s->models ? dvb_path_base(s->models) : NULL;
}

const struct dvb_provider dvb_provider_clip = {
    .name = "clip",
    .description = "cosine of words and patches by a dual encoder's ONNX export (folder)",
    .patches = true,
    .made_by = clip_made_by,
    .open = open_clip,
    .map = map_clip,
    .identity = clip_identity,
    .close = close_clip,
};
