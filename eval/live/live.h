/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One call on the wall clock: sender and receiver on sockets of 127.0.0.1, the
 * link emulator between them, each on a thread of its own. It takes what the
 * simulator takes (network/sim.h) and gives what it gives, so that the two can
 * be compared. The core is the same; what differs is the clock, the sockets,
 * and that frames may be of real video.
 */
#ifndef DVB_EVAL_LIVE_LIVE_H
#define DVB_EVAL_LIVE_LIVE_H

#include <stdatomic.h>
#include <stdio.h>

#include "eval/live/receive.h"
#include "eval/live/relay.h"
#include "eval/live/send.h"
#include "eval/network/sim.h"

/* Bytes before the payload of a packet on the wire: what sender.header must be in
   a simulation that is to be compared. */
#define DVB_LIVE_HEADER 24

/* Microseconds that a sample's deadline is put off by, since two calls never take quite
   the same time: several wake-ups of a loaded machine. */
#define DVB_LIVE_SLACK 10000

struct dvb_live_settings {
    struct dvb_sim_settings call; /* adapt and recap must be NULL */
    const char *video;    /* file to encode; NULL: noise of the sizes that call.model says */
    struct dvb_size size; /* of the video; 0x0: its own */
    const char *preset;   /* x264's; NULL: veryfast */
    FILE *save_sent, *save_received; /* Annex B; NULL: not */
    const atomic_bool *stop;         /* set: end as soon as possible, with what there is */
};

/* What only happens on a wall clock. */
struct dvb_live_report {
    struct dvb_relay_stats relay[DVB_RELAY_WAYS];
    int64_t unsent, unreadable, retransmitted, spoilt;
    int64_t rtt; /* by receiver reports, microseconds; -1: none */
    bool stopped;
};

/* Takes the duration, a second more and the link's delays. Release the result with
   dvb_sim_release; times in it are microseconds from the first frame's. */
int dvb_live_run(const struct dvb_live_settings *settings, struct dvb_sim_result *result,
                 struct dvb_live_report *report, struct dvb_err *err);

/* Frames of a sender and of a receiver joined by their timestamps; begin is the
   time 0 of the result. Frames sent at or after begin + duration do not count. */
void dvb_live_join(const struct dvb_live_frames *sent, const struct dvb_live_frames *received,
                   int64_t begin, int64_t duration, struct dvb_sim_result *result);

#endif
