/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Received frames to a file, in the order of their packets. They become decodable
 * in another order where a key frame is there before what came before it.
 */
#ifndef DVB_EVAL_LIVE_SAVE_H
#define DVB_EVAL_LIVE_SAVE_H

#include <stdio.h>

#include "eval/network/h264.h"
#include "eval/network/receiver.h"

struct dvb_save;

/* Annex B; the file is borrowed. */
struct dvb_save *dvb_save_open(FILE *file);

/* The packets of one frame, in order. */
int dvb_save_packet(struct dvb_save *save, const struct dvb_rtp *rtp, struct dvb_err *err);
/* They were packets first to last (not wrapped): written as soon as nothing can come
   before them any more. */
int dvb_save_frame(struct dvb_save *save, int64_t first, int64_t last, struct dvb_err *err);
/* Nothing more will come. */
int dvb_save_finish(struct dvb_save *save, struct dvb_err *err);

/* Frames that could not be put together. */
int64_t dvb_save_spoilt(const struct dvb_save *save);

void dvb_save_close(struct dvb_save **save);

#endif
