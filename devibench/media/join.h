/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Left and right pictures beside each other, matched by time stamp: each left
 * picture stands beside the newest right one at or before its own time (the
 * first one where none is). Time stamps may differ by a millisecond, which is
 * what containers round to.
 */
#ifndef DVB_MEDIA_JOIN_H
#define DVB_MEDIA_JOIN_H

#include <libavutil/frame.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

#define DVB_JOIN_SLACK 1000 /* microseconds */

struct dvb_joiner;

struct dvb_joiner_settings {
    struct dvb_size half; /* both sides are scaled to it */
    void *ctx;
    /* frame->pts and use as given with the left picture; borrowed. */
    int (*joined)(void *ctx, const AVFrame *frame, int use, struct dvb_err *err);
};

int dvb_joiner_open(const struct dvb_joiner_settings *settings, struct dvb_joiner **joiner,
                    struct dvb_err *err);

/* Left pictures in the order of their times; each is scaled and held until the
   right side has come past it. out_pts: of the joined picture. */
int dvb_joiner_left(struct dvb_joiner *j, const AVFrame *frame, int64_t out_pts, int use,
                    struct dvb_err *err);
/* Right pictures in order, none before the left ones of earlier times. */
int dvb_joiner_right(struct dvb_joiner *j, const AVFrame *frame, struct dvb_err *err);
/* Whether a left picture of about that time is held: then the right one of that
   time will be needed. */
bool dvb_joiner_holds(const struct dvb_joiner *j, int64_t pts);

/* No more right pictures: what is held is joined with the last. */
int dvb_joiner_finish(struct dvb_joiner *j, struct dvb_err *err);

/* Forget all pictures. */
void dvb_joiner_reset(struct dvb_joiner *j);
void dvb_joiner_close(struct dvb_joiner **j);

#endif
