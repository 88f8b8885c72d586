/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The receiving end: RTP from a socket -> core (network/receiver.h) -> frames,
 * and RTCP back to the sender: receiver reports, NACK, PLI, transport-wide
 * feedback. Any peer that speaks these can be at the other end.
 */
#ifndef DVB_EVAL_LIVE_RECEIVE_H
#define DVB_EVAL_LIVE_RECEIVE_H

#include <stdatomic.h>
#include <stdio.h>

#include "eval/live/session.h"
#include "eval/network/receiver.h"

struct dvb_receive_settings {
    struct dvb_session session;
    struct dvb_receiver_settings core; /* user and release are set here */
    int64_t linger;                    /* microseconds to wait for what is missing after a BYE */
    FILE *save;                        /* frames that can be decoded, Annex B; NULL: not */
    uint64_t seed;                     /* of the SSRC */
    const _Atomic int64_t *rtt; /* the sender's round trip time; 0: not known yet; NULL: never */
};

struct dvb_receive_result {
    struct dvb_live_frames frames; /* owned; all of which something arrived */
    struct dvb_receiver_stats core;
    int64_t unreadable;    /* datagrams that are neither RTP of the session nor RTCP */
    int64_t retransmitted; /* packets that came as RTX */
    int64_t spoilt;        /* frames whose payload could not be put together */
    bool bye;              /* the sender said that it was through */
};

struct dvb_receive;

int dvb_receive_open(const struct dvb_receive_settings *settings, struct dvb_receive **receive,
                     struct dvb_err *err);
const struct dvb_session_sockets *dvb_receive_sockets(const struct dvb_receive *receive);

/* Receive until the sender says BYE (and linger), until the time is until
   (dvb_live_now's clock) or *stop is set. result is filled in either case. */
int dvb_receive_run(struct dvb_receive *receive, int64_t until, const atomic_bool *stop,
                    struct dvb_receive_result *result, struct dvb_err *err);

/* One datagram as if it had just come by a socket, and what follows from it: for tests.
   Any bytes are survived. */
int dvb_receive_datagram(struct dvb_receive *receive, const void *data, size_t size,
                         struct dvb_err *err);

void dvb_receive_close(struct dvb_receive **receive);

#endif
