/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turning pictures upright: the display matrix that phones and cameras write. */
#ifndef DVB_MEDIA_ORIENT_H
#define DVB_MEDIA_ORIENT_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/scale.h"

/* First transpose (rows become columns), then flip. */
struct dvb_orient {
    bool transpose, flip_x, flip_y;
};

/* From nine numbers as libavutil/display.h has them, to the nearest quarter
   turn; NULL gives no change. */
struct dvb_orient dvb_orient_from(const int32_t *matrix);

bool dvb_orient_none(struct dvb_orient o);
int dvb_orient_degrees(struct dvb_orient o); /* clockwise: 0, 90, 180, 270; mirroring aside */
bool dvb_orient_mirrored(struct dvb_orient o);

/* A yuv420p frame turned, with buffers from pool (of the turned size). NULL:
   memory is short. */
AVFrame *dvb_orient_run(struct dvb_orient o, struct dvb_frame_pool *pool, const AVFrame *src);

#endif
