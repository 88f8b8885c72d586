/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MACROBLOCK 16

static struct dvb_moment *add(struct dvb_timeline *t, double at)
{
    t->v = dvb_grow(t->v, t->n, &t->cap, sizeof(*t->v));
    t->v[t->n] = (struct dvb_moment){ .at = at };
    t->size = (struct dvb_size){ 0, 0 };
    return &t->v[t->n++];
}

void dvb_timeline_add_map(struct dvb_timeline *t, double at, struct dvb_map *map)
{
    struct dvb_moment *m = add(t, at);
    m->map = *map;
    *map = (struct dvb_map){ 0 };
    if (t->form == DVB_FORM_STRETCHED)
        dvb_map_stretch(&m->map);
    if (t->n == 1)
        t->least_qp = 51;
    for (int i = 0; i < m->map.rows * m->map.cols; i++)
        t->least_qp = fmin(t->least_qp, dvb_qp_of((double)m->map.rho[i], t->gamma));
}

void dvb_timeline_add_boxes(struct dvb_timeline *t, double at, const struct dvb_region *boxes,
                            int n)
{
    struct dvb_moment *m = add(t, at);
    m->n = n;
    if (n)
        memcpy(m->boxes, boxes, (size_t)n * sizeof(*boxes));
}

static void drop_blocks(struct dvb_timeline *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->v[i].rho);
        free(t->v[i].offsets);
        t->v[i].rho = t->v[i].offsets = NULL;
    }
}

void dvb_timeline_release(struct dvb_timeline *t)
{
    drop_blocks(t);
    for (size_t i = 0; i < t->n; i++)
        dvb_map_release(&t->v[i].map);
    free(t->v);
    *t = (struct dvb_timeline){ 0 };
}

static int blocks(const struct dvb_timeline *t)
{
    return ((t->size.w + MACROBLOCK - 1) / MACROBLOCK) *
           ((t->size.h + MACROBLOCK - 1) / MACROBLOCK);
}

/* The rho at which the box form's offset is DVB_BOX_NONE. */
static float rho_of_none(const struct dvb_timeline *t)
{
    double qp = 26 + (double)DVB_BOX_NONE;
    return (float)(2 * pow(1 - qp / 51, 1 / t->gamma) - 1);
}

static void spread(const struct dvb_timeline *t, const struct dvb_region *boxes, int n, float *rho)
{
    if (n)
        dvb_regions_grid(boxes, n, t->size.w, t->size.h, MACROBLOCK, rho);
    for (int i = 0; !n && i < blocks(t); i++)
        rho[i] = rho_of_none(t);
}

static void to_offsets(const struct dvb_timeline *t, const float *rho, float *out)
{
    for (int i = 0; i < blocks(t); i++)
        out[i] = dvb_qp_offset((double)rho[i], t->form, t->gamma, t->least_qp);
}

/* The moments' macroblocks at another size. */
static void fill_blocks(struct dvb_timeline *t, struct dvb_size size)
{
    drop_blocks(t);
    t->size = size;
    size_t n = (size_t)blocks(t);
    for (size_t i = 0; i < t->n; i++) {
        struct dvb_moment *m = &t->v[i], *before = i ? m - 1 : NULL;
        m->rho = dvb_calloc(n, sizeof(*m->rho));
        m->offsets = dvb_calloc(n, sizeof(*m->offsets));
        if (m->map.rho)
            dvb_map_blocks(&m->map, size.w, size.h, m->rho);
        else
            spread(t, m->boxes, m->n, m->rho);
        float taken = before && t->smooth > 0 ? (float)(1 - exp(-(m->at - before->at) / t->smooth))
                                              : 1;
        for (size_t k = 0; before && taken < 1 && k < n; k++)
            m->rho[k] = before->rho[k] + taken * (m->rho[k] - before->rho[k]);
        to_offsets(t, m->rho, m->offsets);
    }
}

static bool same_boxes(const struct dvb_moment *a, const struct dvb_moment *b)
{
    return !memcmp(a->boxes, b->boxes, (size_t)a->n * sizeof(*a->boxes));
}

/* Relevance, or the offsets that follow from it. */
enum sort { RHO, OFFSETS };

static const float *of(const struct dvb_moment *m, enum sort sort)
{
    return sort == RHO ? m->rho : m->offsets;
}

static void glide_boxes(const struct dvb_timeline *t, const struct dvb_moment *a,
                        const struct dvb_moment *b, double part, enum sort sort, float *out)
{
    struct dvb_region boxes[DVB_REGIONS_MAX];
    for (int i = 0; i < a->n; i++)
        boxes[i] = (struct dvb_region){
            .x0 = a->boxes[i].x0 + part * (b->boxes[i].x0 - a->boxes[i].x0),
            .y0 = a->boxes[i].y0 + part * (b->boxes[i].y0 - a->boxes[i].y0),
            .x1 = a->boxes[i].x1 + part * (b->boxes[i].x1 - a->boxes[i].x1),
            .y1 = a->boxes[i].y1 + part * (b->boxes[i].y1 - a->boxes[i].y1),
        };
    spread(t, boxes, a->n, out);
    if (sort == OFFSETS)
        to_offsets(t, out, out);
}

static void between(const struct dvb_timeline *t, const struct dvb_moment *a,
                    const struct dvb_moment *b, double at, enum sort sort, float *out)
{
    int n = blocks(t);
    double part = (at - a->at) / (b->at - a->at);
    if (a->n && a->n == b->n && !(t->smooth > 0) && !same_boxes(a, b)) {
        glide_boxes(t, a, b, part, sort, out);
        return;
    }
    const float *from = of(a, sort), *to = of(b, sort);
    for (int i = 0; i < n; i++)
        out[i] = from[i] + (float)part * (to[i] - from[i]);
}

static void blocks_at(struct dvb_timeline *t, double at, struct dvb_size size, enum sort sort,
                      float *out)
{
    size_t i = 0;
    if (size.w != t->size.w || size.h != t->size.h)
        fill_blocks(t, size);
    while (i < t->n && t->v[i].at <= at)
        i++;
    if (!i) { /* nothing is known yet */
        spread(t, NULL, 0, out);
        if (sort == OFFSETS)
            to_offsets(t, out, out);
    } else if (t->glide && i < t->n)
        between(t, &t->v[i - 1], &t->v[i], at, sort, out);
    else
        memcpy(out, of(&t->v[i - 1], sort), (size_t)blocks(t) * sizeof(*out));
}

int dvb_timeline_offsets(void *timeline, const AVFrame *frame, int mb_w, int mb_h, float *out,
                         struct dvb_err *err)
{
    const struct dvb_size size = { frame->width, frame->height };
    (void)mb_w;
    (void)mb_h;
    (void)err;
    blocks_at(timeline, (double)frame->pts / 1e6, size, OFFSETS, out);
    return 0;
}

void dvb_timeline_rho(struct dvb_timeline *t, double at, struct dvb_size size, float *out)
{
    blocks_at(t, at, size, RHO, out);
}

void dvb_timeline_hash(const struct dvb_timeline *t, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    const double how[] = { t->gamma, t->smooth, t->glide };
    dvb_hash_init(&h);
    dvb_hash_str(&h, dvb_form_names[t->form]);
    dvb_hash_bytes(&h, how, sizeof(how));
    for (size_t i = 0; i < t->n; i++) {
        const struct dvb_moment *m = &t->v[i];
        const double head[] = { m->at, m->map.rows, m->map.cols, m->n };
        dvb_hash_bytes(&h, head, sizeof(head));
        dvb_hash_bytes(&h, m->boxes, (size_t)m->n * sizeof(*m->boxes));
        if (m->map.rho)
            dvb_hash_bytes(&h, m->map.rho,
                           (size_t)(m->map.rows * m->map.cols) * sizeof(*m->map.rho));
    }
    dvb_hash_final(&h, hex);
}
