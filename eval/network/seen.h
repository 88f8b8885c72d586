/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a model sees of a call: for each of its samples, the frame that stands there, and when.
 *
 * A sample at time t (of capture) wants the newest frame captured by then. Its deadline is when
 * that frame could have been decoded without loss (the twin: the same call with a loss of 0). Only
 * decodable frames are shown: those that are complete, and whose reference is.
 *
 *   substitution   the sample is taken at its deadline and shows the newest frame that could be
 *                  decoded by then, however old; none: black
 *   waiting        the sample is taken when the frame wanted can be decoded. If it never can, the
 *                  next one that can; if none comes, at the call's end what was shown last, or
 * black
 *
 * Age runs from the capture of the frame shown to the moment when the sample is taken, stall from
 * the deadline to that moment. These are the rules of metrics.h, but for the sample's times, which
 * are the clip's (media/render.h), and for an older sample's frame, which may be shown again.
 */
#ifndef DVB_EVAL_NETWORK_SEEN_H
#define DVB_EVAL_NETWORK_SEEN_H

#include <stddef.h>

#include "eval/network/sim.h"

#define DVB_SEEN_BLACK (-1)

struct dvb_seen {
    int wanted;      /* frame */
    int frame;       /* shown; DVB_SEEN_BLACK: none */
    int64_t at;      /* when the sample is taken, microseconds */
    double age_ms;   /* NAN: black */
    double stall_ms; /* 0: in time */
};

/* times: of the n samples, seconds from the first frame's capture, rising; out[n]. The result has
   1 to INT_MAX frames; the twin as many. delay, microseconds, stands for a frame's time on the way
   where even the twin lost it (to its queue). */
void dvb_seen_pick(const struct dvb_sim_result *result, const struct dvb_sim_result *twin,
                   const double *times, size_t n, bool substitutes, int64_t delay,
                   struct dvb_seen *out);

#endif
