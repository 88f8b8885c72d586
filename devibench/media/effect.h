/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a QP map did to the macroblocks: the arithmetic of struct dvb_map_effect. */
#ifndef DVB_MEDIA_EFFECT_H
#define DVB_MEDIA_EFFECT_H

#include "media/encode.h"

struct dvb_effect_frame;

struct dvb_effect {
    struct dvb_effect_frame *waiting; /* inside the encoder, in the order of input */
    size_t n, cap;
    int frames; /* that came out */
    struct dvb_map_effect sum;
};

/* A frame goes in with rows x cols offsets within -DVB_QP_OFFSET_MAX..DVB_QP_OFFSET_MAX; all
   frames are of one size. */
void dvb_effect_put(struct dvb_effect *e, int64_t tick, const float *offsets, int rows, int cols);
/* It came out with that QP of its own, before offsets, and that mean over its macroblocks: *mean is
   now over all that came. */
void dvb_effect_take(struct dvb_effect *e, int64_t tick, double qp, double mean_qp,
                     struct dvb_map_effect *mean);
void dvb_effect_release(struct dvb_effect *e);

#endif
