/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sending half of a video call: packetizer, pacer, history, retransmission, congestion control.
 *
 * The pacer lets packets go one by one so that the rate is pace times the controller's; audio
 * before retransmissions before video before padding. What was sent is kept for max(1 s, 3 RTT) (at
 * most 2^15 packets) and sent again when a NACK names it, but not within one RTT of its last
 * retransmission, and not while that still waits.
 */
#ifndef DVB_EVAL_NETWORK_SENDER_H
#define DVB_EVAL_NETWORK_SENDER_H

#include "base/err.h"
#include "eval/network/gcc.h"
#include "eval/network/net.h"

struct dvb_sender;

struct dvb_sender_settings {
    const struct dvb_cc *cc; /* NULL: fixed */
    struct dvb_cc_settings rates;
    double pace;         /* times the rate; 0: 2.5 */
    uint32_t max_packet; /* bytes of the largest RTP packet; 0: 1200 */
    uint32_t header;     /* bytes before the payload: RTP header with extensions; 0: 12 */
    bool retransmit;     /* answer NACKs; 2 bytes (OSN) of each packet's room are left for it */
    int copies;          /* each video packet is sent so often, the frame's packets in turn; 0: 1 */
    uint32_t ssrc[DVB_NET_KINDS];
    int64_t max_queue; /* packets of video that may wait for the pacer; 0: 2^20 */
    /* Called once for every frame's payload when nothing in the sender refers to it any more; NULL:
       nobody. */
    void *user;
    void (*release)(void *user, void *payload);
};

/* One encoded frame. */
struct dvb_net_frame {
    int64_t id; /* rising, >= 0: dvb_net_packet.frame */
    bool key;
    const uint32_t
        *nals;     /* sizes of its NAL units without start codes or lengths, 1 to DVB_NET_NAL_MAX */
    size_t n_nals; /* 1 to 65536 */
    void *payload; /* taken over unless the call fails */
};

int dvb_sender_open(const struct dvb_sender_settings *settings, struct dvb_sender **sender,
                    struct dvb_err *err);

/* -EINVAL (DVB_FAULT_USAGE) for sizes out of range or an id that does not rise, -ENOBUFS when the
   queue is full: nothing of the frame was taken then. */
int dvb_sender_frame(struct dvb_sender *sender, int64_t now, const struct dvb_net_frame *frame,
                     struct dvb_err *err);

/* A packet of audio or padding (kind DVB_NET_AUDIO or DVB_NET_PADDING) of size bytes with header.
 */
int dvb_sender_extra(struct dvb_sender *sender, int64_t now, enum dvb_net_kind kind, uint32_t size,
                     struct dvb_err *err);

/* What the receiver said, in any order, repeated or made up: what does not fit is ignored. */
void dvb_sender_control(struct dvb_sender *sender, int64_t now,
                        const struct dvb_net_control *message);

/* The next packet that may leave now; false: none, see dvb_sender_next. Its payload is borrowed
   until the next call of dvb_sender_poll or dvb_sender_frame. */
bool dvb_sender_poll(struct dvb_sender *sender, int64_t now, struct dvb_net_packet *packet);
int64_t dvb_sender_next(const struct dvb_sender *sender);

/* Bits per second that the encoder should make: the controller's rate. */
int64_t dvb_sender_rate(const struct dvb_sender *sender);
/* Smoothed round trip time in microseconds; 100 ms before the first feedback. */
int64_t dvb_sender_rtt(const struct dvb_sender *sender);
/* True once for each time that the receiver has asked for a key frame. */
bool dvb_sender_key_wanted(struct dvb_sender *sender);
/* Share of the packets that feedback of the last 10 s spoke of that were lost, and how many those
   were (0: none yet, *loss is 0); see loss.h. */
int64_t dvb_sender_loss(const struct dvb_sender *sender, double *loss);

struct dvb_sender_stats {
    int64_t packets[DVB_NET_KINDS], bytes[DVB_NET_KINDS]; /* sent; copies count as video */
    int64_t nacked;                                       /* sequence numbers in NACKs */
    int64_t unknown;                                      /* of those, not in the history */
};
const struct dvb_sender_stats *dvb_sender_get_stats(const struct dvb_sender *sender);

void dvb_sender_close(struct dvb_sender **sender);

#endif
