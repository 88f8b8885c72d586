/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Chat with AI" (HotNets 2025), equation 1: rho of a patch is the cosine similarity of
 * its vector and the words', by a dual encoder's picture and text graphs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"
#include "eval/relevance/rgb.h"
#include "neural/dual.h"

/* 4 x 7 patches of a 16:9 picture: in 8 bits a small picture encoder does these in half a
   second on one core, so maps keep up at 2 a second. */
#define SHORT_CELLS 4
#define MAX_PATCHES 16384
#define KEPT 16 /* texts whose vectors are remembered */

struct text {
    char *words;
    float *vector;
};

struct clip {
    struct dvb_dual *dual;
    int patch;
    pthread_mutex_t lock; /* of texts */
    struct text texts[KEPT];
    size_t next; /* the oldest text */
};

static void close_clip(void *state)
{
    struct clip *c = state;
    if (!c)
        return;
    for (size_t i = 0; i < KEPT; i++) {
        free(c->texts[i].words);
        free(c->texts[i].vector);
    }
    dvb_dual_close(&c->dual);
    pthread_mutex_destroy(&c->lock);
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
    pthread_mutex_init(&c->lock, NULL);
    c->patch = s->patch;
    int ret = dvb_dual_open(s->models, &c->dual, err);
    if (ret)
        close_clip(c);
    else
        *state = c;
    return ret;
}

/* A copy of the remembered vector; false: there is none. */
static bool recall(struct clip *c, const char *words, float *out)
{
    bool found = false;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; !found && i < KEPT; i++) {
        found = c->texts[i].words && !strcmp(c->texts[i].words, words);
        if (found)
            memcpy(out, c->texts[i].vector, dvb_dual_dims(c->dual) * sizeof(*out));
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void remember(struct clip *c, const char *words, const float *vector)
{
    size_t n = dvb_dual_dims(c->dual);
    pthread_mutex_lock(&c->lock);
    struct text *t = &c->texts[c->next++ % KEPT];
    free(t->words);
    free(t->vector);
    t->words = dvb_strdup(words);
    t->vector = dvb_calloc(n, sizeof(*t->vector));
    memcpy(t->vector, vector, n * sizeof(*vector));
    pthread_mutex_unlock(&c->lock);
}

static int embed_words(struct clip *c, const char *words, float *out, struct dvb_err *err)
{
    if (recall(c, words, out))
        return 0;
    int ret = dvb_dual_words(c->dual, words, out, err);
    if (!ret)
        remember(c, words, out);
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

static int compare(struct clip *c, const struct dvb_rgb *picture, const struct dvb_grid *g,
                   const float *words, struct dvb_map *out, struct dvb_err *err)
{
    size_t n = (size_t)g->rows * (size_t)g->cols, dims = dvb_dual_dims(c->dual);
    struct dvb_rgb *patches = cut(picture, g);
    float *vectors = malloc(n * dims * sizeof(*vectors));
    int ret = vectors ? dvb_dual_pictures(c->dual, patches, n, vectors, err) : dvb_fail_nomem(err);
    if (!ret)
        dvb_map_init(out, g->rows, g->cols);
    for (size_t i = 0; !ret && i < n; i++)
        out->rho[i] = cosine(vectors + i * dims, words, dims);
    free(vectors);
    free(patches);
    return ret;
}

static int map_clip(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                    struct dvb_err *err)
{
    struct clip *c = state;
    struct dvb_rgb picture = { 0 };
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
    float *words = dvb_calloc(dvb_dual_dims(c->dual), sizeof(*words));
    int ret = embed_words(c, q->words, words, err);
    if (!ret)
        ret = dvb_rgb_of_frame(q->frame, &picture, err);
    if (!ret)
        ret = compare(c, &picture, &g, words, out, err);
    free((void *)picture.px);
    free(words);
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
