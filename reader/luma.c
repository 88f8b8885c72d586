/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/luma.h"

#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

static struct dvb_luma *new_luma(int w, int h)
{
    struct dvb_luma *l = malloc(sizeof(*l));
    uint8_t *px = malloc((size_t)w * (size_t)h + 64); /* swscale may read past the end */
    if (!l || !px) {
        free(l);
        free(px);
        return NULL;
    }
    l->w = w;
    l->h = h;
    l->px = px;
    return l;
}

void dvb_luma_free(struct dvb_luma **luma)
{
    if (*luma)
        free((*luma)->px);
    free(*luma);
    *luma = NULL;
}

static struct dvb_luma *copy(const uint8_t *src, ptrdiff_t stride, int w, int h)
{
    struct dvb_luma *l = new_luma(w, h);
    for (int y = 0; l && y < h; y++)
        memcpy(l->px + (size_t)y * (size_t)w, src + y * stride, (size_t)w);
    return l;
}

struct dvb_luma *dvb_luma_from_frame(const AVFrame *frame)
{
    return copy(frame->data[0], frame->linesize[0], frame->width, frame->height);
}

struct dvb_luma *dvb_luma_crop(const struct dvb_luma *src, struct dvb_box box)
{
    return copy(src->px + (size_t)box.y0 * (size_t)src->w + box.x0, src->w, dvb_box_w(box),
                dvb_box_h(box));
}

struct dvb_luma *dvb_luma_scale(const struct dvb_luma *src, struct dvb_box box, int w, int h)
{
    int sw = dvb_box_w(box), sh = dvb_box_h(box);
    struct SwsContext *sws = sws_getContext(sw, sh, AV_PIX_FMT_GRAY8, w, h, AV_PIX_FMT_GRAY8,
                                            SWS_LANCZOS | SWS_ACCURATE_RND | SWS_BITEXACT, NULL,
                                            NULL, NULL);
    struct dvb_luma *part = dvb_luma_crop(src, box), *out = new_luma(w, h);
    if (sws && part && out) {
        const uint8_t *from[4] = { part->px };
        uint8_t *to[4] = { out->px };
        sws_scale(sws, from, (int[4]){ sw }, 0, sh, to, (int[4]){ w });
    } else {
        dvb_luma_free(&out);
    }
    dvb_luma_free(&part);
    sws_freeContext(sws);
    return out;
}

static int overlap(int a0, int a1, int b0, int b1)
{
    int lo = a0 > b0 ? a0 : b0, hi = a1 < b1 ? a1 : b1;
    return hi > lo ? hi - lo : 0;
}

int dvb_box_overlap_x(struct dvb_box a, struct dvb_box b)
{
    return overlap(a.x0, a.x1, b.x0, b.x1);
}

int dvb_box_overlap_y(struct dvb_box a, struct dvb_box b)
{
    return overlap(a.y0, a.y1, b.y0, b.y1);
}

struct dvb_box dvb_box_join(struct dvb_box a, struct dvb_box b)
{
    return (struct dvb_box){ a.x0 < b.x0 ? a.x0 : b.x0, a.y0 < b.y0 ? a.y0 : b.y0,
                             a.x1 > b.x1 ? a.x1 : b.x1, a.y1 > b.y1 ? a.y1 : b.y1 };
}

struct dvb_box dvb_box_grow(struct dvb_box b, int pad, int w, int h)
{
    return (struct dvb_box){ b.x0 > pad ? b.x0 - pad : 0, b.y0 > pad ? b.y0 - pad : 0,
                             b.x1 + pad < w ? b.x1 + pad : w, b.y1 + pad < h ? b.y1 + pad : h };
}
