/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single pictures: scaling, JPEG, PNG. Frames are yuv420p as dvb_clip gives them. Thread-safe. */
#ifndef DVB_MEDIA_IMAGE_H
#define DVB_MEDIA_IMAGE_H

#include <libavutil/frame.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* The largest even size of the same shape with at most max_pixels pixels
   (never larger than w x h, never below 2x2). max_pixels 0: no limit. */
struct dvb_size dvb_size_within(int w, int h, int64_t max_pixels);

/* A scaler from sw x sh to dw x dh (even), for clips: set up once, run per
   frame. Bicubic, bit-exact on every machine. For one thread at a time. NULL
   when memory is short. */
struct dvb_scaler;
struct dvb_scaler *dvb_scaler_open(int sw, int sh, int dw, int dh);

/* New frame (buffers from the scaler's pool; it may outlive the scaler) with
   src's properties. Same size: a new reference to src. src must be sw x sh.
   NULL when memory is short. */
AVFrame *dvb_scaler_run(struct dvb_scaler *scaler, const AVFrame *src);

void dvb_scaler_close(struct dvb_scaler **scaler);

/* New frame of size w x h through a scaler that the thread keeps for the last
   few sizes; pts copied. NULL when memory is short. Same size: a new reference. */
AVFrame *dvb_frame_scale(const AVFrame *src, int w, int h);

/* New frame with left and right beside each other; both must have the same
   size. Properties of left. NULL when memory is short or the sizes differ. */
AVFrame *dvb_frame_beside(const AVFrame *left, const AVFrame *right);

/* JPEG (quality 1..100, libjpeg's scale; baseline 4:2:0, full range) or PNG
   file, through a temporary name. JPEG means BT.601 (JFIF), so BT.709 frames
   are converted; a frame without a matrix tag counts as BT.709 from 720 lines
   on. */
int dvb_image_write_jpeg(const AVFrame *frame, int quality, const char *path, struct dvb_err *err);
int dvb_image_write_png(const AVFrame *frame, const char *path, struct dvb_err *err);

/* New RGB24 frame of the same size. NULL when memory is short. */
AVFrame *dvb_frame_rgb(const AVFrame *src);

/* The JPEG's bytes in memory; heap. */
int dvb_image_jpeg(const AVFrame *frame, int quality, unsigned char **data, size_t *len,
                   struct dvb_err *err);

/* A JPEG, PNG or WebP picture in memory, as a yuv420p limited-range frame with
   even sides (scaled to the next even size below). At most max_pixels pixels,
   checked before anything is decoded. */
int dvb_image_decode(const void *data, size_t len, int64_t max_pixels, AVFrame **frame,
                     struct dvb_err *err);

/* What the header of such a picture says of its size, without decoding; len may
   be less than the whole. 0x0: it is none, or its size lies further on. */
struct dvb_size dvb_image_size(const void *data, size_t len);

#endif
