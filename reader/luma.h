/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grey pictures, as the recognisers take them. */
#ifndef DVB_READER_LUMA_H
#define DVB_READER_LUMA_H

#include <libavutil/frame.h>
#include <stdint.h>

/* Pixels x0 <= x < x1, y0 <= y < y1. */
struct dvb_box {
    int x0, y0, x1, y1;
};

struct dvb_luma {
    int w, h;
    uint8_t *px; /* h rows of w bytes */
};

/* The luma plane of a yuv420p frame. NULL when memory is short. */
struct dvb_luma *dvb_luma_from_frame(const AVFrame *frame);

/* Copy of a part; box lies inside the picture. NULL when memory is short. */
struct dvb_luma *dvb_luma_crop(const struct dvb_luma *src, struct dvb_box box);

/* The part scaled to w x h (Lanczos, bit-exact on every machine). NULL when
   memory is short. */
struct dvb_luma *dvb_luma_scale(const struct dvb_luma *src, struct dvb_box box, int w, int h);

void dvb_luma_free(struct dvb_luma **luma);

static inline int dvb_box_w(struct dvb_box b)
{
    return b.x1 - b.x0;
}

static inline int dvb_box_h(struct dvb_box b)
{
    return b.y1 - b.y0;
}

static inline int64_t dvb_box_area(struct dvb_box b)
{
    return (int64_t)dvb_box_w(b) * dvb_box_h(b);
}

/* Length of the overlap along each axis; 0 when there is none. */
int dvb_box_overlap_x(struct dvb_box a, struct dvb_box b);
int dvb_box_overlap_y(struct dvb_box a, struct dvb_box b);

/* The smallest box around both. */
struct dvb_box dvb_box_join(struct dvb_box a, struct dvb_box b);

/* b grown by pad on every side, kept inside w x h. */
struct dvb_box dvb_box_grow(struct dvb_box b, int pad, int w, int h);

#endif
