/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/orient.h"

#include <stdlib.h>

/* The matrix maps stored to shown: x' = m[0] x + m[3] y, y' = m[1] x + m[4] y. */
struct dvb_orient dvb_orient_from(const int32_t *m)
{
    struct dvb_orient o = { 0 };
    if (!m)
        return o;
    int64_t straight = llabs(m[0]) + llabs(m[4]), crossed = llabs(m[1]) + llabs(m[3]);
    o.transpose = crossed > straight;
    o.flip_x = (o.transpose ? m[3] : m[0]) < 0;
    o.flip_y = (o.transpose ? m[1] : m[4]) < 0;
    return o;
}

bool dvb_orient_none(struct dvb_orient o)
{
    return !o.transpose && !o.flip_x && !o.flip_y;
}

int dvb_orient_degrees(struct dvb_orient o)
{
    if (o.transpose)
        return o.flip_x ? 90 : 270;
    return o.flip_y ? 180 : 0;
}

/* A quarter turn is a transposition with one flip. */
bool dvb_orient_mirrored(struct dvb_orient o)
{
    return (o.flip_x != o.flip_y) != o.transpose;
}

struct plane {
    uint8_t *data;
    ptrdiff_t row; /* bytes */
    int w, h;
};

static struct plane plane_of(const AVFrame *f, int p)
{
    int sub = p > 0;
    return (struct plane){ f->data[p], f->linesize[p], f->width >> sub, f->height >> sub };
}

/* dst is written in order; src is walked from a corner in steps of one pixel
   along dst's row (dx) and one along its column (dy). */
static void turn_plane(struct dvb_orient o, struct plane dst, struct plane src)
{
    ptrdiff_t along_x = o.transpose ? src.row : 1, along_y = o.transpose ? 1 : src.row;
    const uint8_t *corner = src.data;
    if (o.flip_x)
        corner += (dst.w - 1) * along_x;
    if (o.flip_y)
        corner += (dst.h - 1) * along_y;
    ptrdiff_t dx = o.flip_x ? -along_x : along_x, dy = o.flip_y ? -along_y : along_y;
    /* In tiles: with a transposition each source line serves 64 columns while
       it is in the cache. */
    for (int y0 = 0; y0 < dst.h; y0 += 64)
        for (int x0 = 0; x0 < dst.w; x0 += 64)
            for (int y = y0; y < FFMIN(y0 + 64, dst.h); y++) {
                uint8_t *to = dst.data + y * dst.row;
                const uint8_t *from = corner + y * dy;
                for (int x = x0; x < FFMIN(x0 + 64, dst.w); x++)
                    to[x] = from[x * dx];
            }
}

AVFrame *dvb_orient_run(struct dvb_orient o, struct dvb_frame_pool *pool, const AVFrame *src)
{
    AVFrame *dst = dvb_frame_pool_get(pool);
    if (!dst || av_frame_copy_props(dst, src) < 0) {
        av_frame_free(&dst);
        return NULL;
    }
    for (int p = 0; p < 3; p++)
        turn_plane(o, plane_of(dst, p), plane_of(src, p));
    return dst;
}
