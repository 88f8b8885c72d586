/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a link's bytes go out: at a constant rate, by a rate trace, or at a Mahimahi trace's
   opportunities. */
#ifndef DVB_EVAL_NETWORK_LINK_RATE_H
#define DVB_EVAL_NETWORK_LINK_RATE_H

#include "eval/network/net.h"
#include "eval/network/trace.h"

struct dvb_link_clock {
    const struct dvb_trace *trace; /* NULL: constant */
    int64_t rate;                  /* constant: bits per second; 0: no limit */
    int64_t base;                  /* when the trace's round began */
    size_t i;                      /* step that holds, or opportunity that is next */
    int64_t credit;                /* millionths of a bit that the last microsecond had left */
    int64_t round;                 /* RATE: millionths of a bit in a round, at most ROUND_MAX */
};

void dvb_link_clock_init(struct dvb_link_clock *c, const struct dvb_trace *trace, int64_t rate);

/* Rates: when bytes are through whose sending begins at start, which is not before the last one's
   end. waited: they were there before that end, so that they have what was left of it. */
int64_t dvb_link_clock_send(struct dvb_link_clock *c, int64_t start, bool waited, int64_t bytes);

/* Mahimahi: the next opportunity; use it up; and all of those up to now. */
int64_t dvb_link_clock_peek(const struct dvb_link_clock *c);
void dvb_link_clock_take(struct dvb_link_clock *c);
void dvb_link_clock_skip(struct dvb_link_clock *c, int64_t now);

#endif
