/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a receiver knows of the frames in its window of packets: where they begin and end, which
   are complete, which can be decoded (receiver.h has the rules). */
#ifndef DVB_EVAL_NETWORK_FRAMES_H
#define DVB_EVAL_NETWORK_FRAMES_H

#include "eval/network/receiver.h"
#include "eval/network/ring.h"

struct dvb_frames {
    struct dvb_frame_slot *slots; /* DVB_RECEIVER_WINDOW, by seq; opened by dvb_frames_open */
    int64_t newest;               /* sequence number; -1: none yet */
    struct dvb_ring frames;       /* by frame number */
    struct dvb_ring events;       /* struct dvb_frame_event */
    int64_t broken_at;            /* first_seq of the last frame that came complete and could not be
                                     decoded; -1: none. The reader resets it */
    void *user;
    void (*release)(void *user, void *payload);
};

int dvb_frames_open(struct dvb_frames *f, struct dvb_err *err);
void dvb_frames_close(struct dvb_frames *f);

enum dvb_frames_verdict { DVB_FRAMES_TAKEN, DVB_FRAMES_TWICE, DVB_FRAMES_LATE, DVB_FRAMES_REFUSED };

/* A packet of the video, as original or retransmission. */
enum dvb_frames_verdict dvb_frames_packet(struct dvb_frames *f, int64_t now,
                                          const struct dvb_net_packet *p);

void *dvb_frames_payload(const struct dvb_frames *f, int64_t seq);

#endif
