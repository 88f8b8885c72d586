/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sizes of encoded frames, where no encoder runs. The mean follows the rate that is asked for at
 * each frame: rate / fps / 8 bytes, with intra frames and variation around it:
 *
 *   key      every keyint-th frame is key_ratio times an inter frame; both are scaled so that the
 *            mean over a period is kept (keyint 0: the first frame, and those asked for by the
 *            receiver, come on top)
 *   cv       above 0, sizes are multiplied by a log-normal factor of mean 1 and that coefficient of
 *            variation: exp(s z - s^2 / 2), s^2 = ln(1 + cv^2), z ~ N(0, 1)
 *   shape    sizes of a real encode, used in turn and divided by their mean
 */
#ifndef DVB_EVAL_NETWORK_FRAME_MODEL_H
#define DVB_EVAL_NETWORK_FRAME_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

struct dvb_frame_shape { /* constant once read; may be shared */
    uint32_t *sizes;     /* bytes, > 0 */
    bool *keys;
    size_t n;
    double mean;
};

struct dvb_frame_model {
    int64_t keyint;
    double key_ratio; /* 0: 1 */
    double cv;
    const struct dvb_frame_shape
        *shape; /* NULL: none; else keyint, key_ratio and cv are not used */
    struct dvb_rng rng;
    int64_t since_key;
    size_t next;
    bool begun;
};

/* Bytes of the next frame and whether it is a key frame; key: one is asked for. At least 1. */
uint32_t dvb_frame_model_next(struct dvb_frame_model *m, double rate, double fps, bool *key);

/* "bytes" or "bytes,key" a line (key 0 or 1; without it the first is one), with or without a line
   of headings: what an encoder's frames were. Release what was filled. */
int dvb_frame_shape_read(const char *path, struct dvb_frame_shape *shape, struct dvb_err *err);
/* The frames of a clip as libx264 makes them at that CRF and frame rate (preset veryfast, tune
   zerolatency, one intra frame). */
int dvb_frame_shape_encode(const char *path, double fps, double crf, struct dvb_frame_shape *shape,
                           struct dvb_err *err);
/* -EFBIG: too many. */
int dvb_frame_shape_add(struct dvb_frame_shape *shape, size_t *cap, uint32_t size, bool key);
void dvb_frame_shape_release(struct dvb_frame_shape *shape);

#endif
