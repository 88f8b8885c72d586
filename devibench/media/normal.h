/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From frames as a decoder gives them to the plain form that clip.h promises. */
#ifndef DVB_MEDIA_NORMAL_H
#define DVB_MEDIA_NORMAL_H

#include "media/input.h"
#include "media/orient.h"
#include "media/scale.h"

struct dvb_normal {
    int w, h;       /* of the result */
    AVRational sar; /* of the stored pixels; 1:1 when not given */
    struct dvb_orient orient;
    int flat_w, flat_h;            /* size before turning: square pixels, even */
    bool bt709;                    /* what untagged pictures count as */
    struct dvb_picture_shape from; /* that scaler is for */
    struct dvb_scaler *scaler;
    struct dvb_frame_pool turned;
};

/* Sizes and turn from the file's first frame. DVB_FAULT_INPUT when the picture
   as shown is larger than DVB_MAX_SIDE. Release in either case. */
int dvb_normal_init(struct dvb_normal *n, const struct dvb_input *in, const AVFrame *first,
                    struct dvb_err *err);

/* New frame; only a reference to src where src has the plain form already. */
AVFrame *dvb_normal_run(struct dvb_normal *n, const AVFrame *src);

void dvb_normal_release(struct dvb_normal *n);

#endif
