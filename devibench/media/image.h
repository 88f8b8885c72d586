/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single pictures: scaling, JPEG, PNG. Frames are yuv420p as dvb_clip gives them. Thread-safe. */
#ifndef DVB_MEDIA_IMAGE_H
#define DVB_MEDIA_IMAGE_H

#include <libavutil/frame.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* The largest even size of the same shape with at most max_pixels pixels
   (never larger than w x h). max_pixels 0: no limit. */
struct dvb_size dvb_size_within(int w, int h, int64_t max_pixels);

/* New frame of size w x h (bicubic, bit-exact on every machine); pts copied.
   NULL when memory is short. Same size: a new reference. */
AVFrame *dvb_frame_scale(const AVFrame *src, int w, int h);

/* New frame with left and right beside each other; both must have the same size. */
AVFrame *dvb_frame_beside(const AVFrame *left, const AVFrame *right);

/* JPEG (quality 1..100 as libjpeg counts; baseline, full range) or PNG file,
   through a temporary name. */
int dvb_image_write_jpeg(const AVFrame *frame, int quality, const char *path, struct dvb_err *err);
int dvb_image_write_png(const AVFrame *frame, const char *path, struct dvb_err *err);

/* A JPEG, PNG or WebP picture in memory, as a yuv420p limited-range frame with
   even sides. At most max_pixels pixels. */
int dvb_image_decode(const void *data, size_t len, int64_t max_pixels, AVFrame **frame,
                     struct dvb_err *err);

#endif
