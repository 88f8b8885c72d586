/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames as the neural room takes pictures. */
#ifndef DVB_EVAL_RELEVANCE_RGB_H
#define DVB_EVAL_RELEVANCE_RGB_H

#include <libavutil/frame.h>

#include "base/hash.h"
#include "neural/picture.h"

/* A yuv420p frame as red, green and blue in 0..255; rgb->px is heap memory. The matrix is
   the frame's, or guessed by its size (media/scale.h). 0 or -ENOMEM. */
int dvb_rgb_of_frame(const AVFrame *frame, struct dvb_rgb *rgb, struct dvb_err *err);

/* Over all that the picture follows from. */
void dvb_rgb_hash(const AVFrame *frame, char hex[DVB_HASH_LEN + 1]);

#endif
