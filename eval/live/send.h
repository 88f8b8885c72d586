/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sending end: camera -> core (network/sender.h) -> RTP on a socket, and
 * RTCP back from it: sender reports and BYE go out; NACK, PLI, transport-wide
 * feedback and receiver reports come in.
 */
#ifndef DVB_EVAL_LIVE_SEND_H
#define DVB_EVAL_LIVE_SEND_H

#include <stdatomic.h>
#include <stdio.h>

#include "eval/live/camera.h"
#include "eval/live/session.h"
#include "eval/network/sender.h"

struct dvb_send_settings {
    struct dvb_session session;      /* peer must be known before dvb_send_run */
    struct dvb_sender_settings core; /* header, ssrc, user and release are set here */
    struct dvb_camera_settings camera;
    int64_t duration; /* microseconds for which sent_bytes counts; 0: none */
    int64_t linger;   /* microseconds to go on answering after the last packet has left and the
                         last feedback came */
    FILE *save;       /* the stream as it is sent, Annex B; NULL: not */
    uint64_t seed;    /* of SSRCs and first numbers */
    /* Told of each new round trip time; NULL: nobody. Any thread's. */
    _Atomic int64_t *rtt;
};

struct dvb_send_result {
    struct dvb_live_frames frames; /* owned; complete and decodable are not set */
    struct dvb_sender_stats core;
    int64_t sent_bytes; /* of packets that left before duration was over */
    int64_t unsent;     /* packets that the system did not take */
    int64_t unreadable; /* RTCP packets */
    int64_t rate, rtt;  /* at the end */
    int64_t lost;       /* by the last receiver report; -1: none came */
};

struct dvb_send;

int dvb_send_open(const struct dvb_send_settings *settings, struct dvb_send **send,
                  struct dvb_err *err);
const struct dvb_session_sockets *dvb_send_sockets(const struct dvb_send *send);
void dvb_send_set_peer(struct dvb_send *send, const struct dvb_udp_address *peer);

/* Send all frames, the first at begin (dvb_live_now's clock), and linger. Ends early
   when *stop is set. result is filled in either case; release it. */
int dvb_send_run(struct dvb_send *send, int64_t begin, const atomic_bool *stop,
                 struct dvb_send_result *result, struct dvb_err *err);

void dvb_send_close(struct dvb_send **send);

#endif
