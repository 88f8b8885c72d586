/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conversion of any picture to yuv420p, under image.h and clip.h. Every
 * conversion is bit-exact: the same bytes come out on every machine.
 */
#ifndef DVB_MEDIA_SCALE_H
#define DVB_MEDIA_SCALE_H

#include <libavutil/buffer.h>
#include <libavutil/frame.h>
#include <stdbool.h>

/* What a conversion depends on, besides the pixels. */
struct dvb_picture_shape {
    int w, h, format; /* format: enum AVPixelFormat */
    bool full_range;
};

struct dvb_picture_shape dvb_shape_of(const AVFrame *frame);
bool dvb_shape_same(const struct dvb_picture_shape *a, const struct dvb_picture_shape *b);

struct dvb_scaler;

/* From any software pixel format to limited-range yuv420p of dw x dh (even).
   Alpha is blended over black. Luma and chroma keep the source's matrix;
   RGB becomes BT.709 when bt709 is set, else BT.601. NULL: memory is short,
   or libswscale cannot read the format. */
struct dvb_scaler *dvb_scaler_open_shape(const struct dvb_picture_shape *from, int dw, int dh,
                                         bool bt709);

/* Whether a picture is BT.709: by its tag, else (no tag, or RGB that will get a
   matrix) when its shorter side is 720 or more, as broadcasters split it. */
bool dvb_guess_bt709(const AVFrame *frame);

/* yuv420p frames of one size whose buffers are used again: a fresh buffer of
   this size costs as much in page faults as a fast scaler takes. */
struct dvb_frame_pool {
    AVBufferPool *pool;
    int w, h;
};

int dvb_frame_pool_init(struct dvb_frame_pool *p, int w, int h); /* 0 or -ENOMEM */
AVFrame *dvb_frame_pool_get(struct dvb_frame_pool *p);           /* NULL: no memory */
void dvb_frame_pool_release(struct dvb_frame_pool *p);           /* frames out there stay valid */

#endif
