/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields to whole frames, one for one (libavfilter's bwdif). Only frames that
 * are flagged as interlaced are changed. The filter looks at the frames before
 * and after, so a frame comes out when the next one has been sent.
 */
#ifndef DVB_MEDIA_DEINTERLACE_H
#define DVB_MEDIA_DEINTERLACE_H

#include <libavutil/frame.h>
#include <stdbool.h>

struct dvb_deint;

/* For frames like this one; pts count in time_base. NULL: memory is short, or
   the filter cannot take the format. */
struct dvb_deint *dvb_deint_open(const AVFrame *like, AVRational time_base);
bool dvb_deint_takes(const struct dvb_deint *d, const AVFrame *frame);

/* NULL ends the stream. 0 or an AVERROR code. The frame is borrowed. */
int dvb_deint_send(struct dvb_deint *d, AVFrame *frame);
/* 1, 0 when it wants more frames or has ended, or an AVERROR code. */
int dvb_deint_receive(struct dvb_deint *d, AVFrame *frame);

void dvb_deint_close(struct dvb_deint **d);

#endif
