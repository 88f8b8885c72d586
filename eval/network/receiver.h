/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The receiving half: gaps -> NACK, frames that are complete, frames that are decodable, arrival
 * times for congestion control.
 *
 * A gap in the video's sequence numbers is asked for at once and then every RTT (looked at every
 * 20 ms) until it has been filled, has been asked for `retries` times or is 10,000 packets old. At
 * most 1,000 numbers are missing at a time: a larger gap is given up and a key frame asked for.
 *
 * A frame is complete when all its packets have arrived: from the packet that is marked first, or
 * that follows one of another frame, to the marker or the last before another frame. It is
 * decodable when it is complete and is a key frame or follows, without a gap in the sequence
 * numbers, a frame that is decodable. The two are told apart, each once.
 */
#ifndef DVB_EVAL_NETWORK_RECEIVER_H
#define DVB_EVAL_NETWORK_RECEIVER_H

#include "base/err.h"
#include "eval/network/net.h"

struct dvb_receiver;

#define DVB_RECEIVER_WINDOW 16384 /* packets behind the newest that are still known */

struct dvb_receiver_settings {
    bool nack;
    int retries;      /* of a NACK for one packet; 0: 10 (older WebRTC; newer: 100) */
    int64_t rtt;      /* to begin with, microseconds; 0: 100 ms */
    int64_t feedback; /* microseconds between feedback messages, 50 to 250 ms; 0: none */
    bool pli;         /* ask for a key frame when decoding cannot go on, at most once per RTT */
    /* Called for the payload of every packet that is refused (late, twice) or forgotten (no longer
       in the window, or on close); NULL: nobody. */
    void *user;
    void (*release)(void *user, void *payload);
};

enum dvb_frame_state { DVB_FRAME_COMPLETE, DVB_FRAME_DECODABLE };

struct dvb_frame_event {
    enum dvb_frame_state state;
    int64_t frame; /* the packets' */
    int64_t at;    /* when; DECODABLE comes with or after COMPLETE */
    int64_t first_seq, last_seq;
    uint32_t bytes; /* of its packets, with headers */
    bool key;
    bool recovered; /* at least one of its packets came as a retransmission */
};

int dvb_receiver_open(const struct dvb_receiver_settings *settings, struct dvb_receiver **receiver,
                      struct dvb_err *err);

/* A packet has arrived. Any content is survived: what makes no sense (negative or far-off numbers,
   a frame number that contradicts what is known) is counted as refused. */
void dvb_receiver_packet(struct dvb_receiver *receiver, int64_t now,
                         const struct dvb_net_packet *packet);

/* Next message to send; its arrays are borrowed until the next call. */
bool dvb_receiver_poll(struct dvb_receiver *receiver, int64_t now, struct dvb_net_control *message);
int64_t dvb_receiver_next(const struct dvb_receiver *receiver);

/* Next thing that happened to a frame. */
bool dvb_receiver_frame(struct dvb_receiver *receiver, struct dvb_frame_event *event);

/* Payload of a packet in the window that has arrived, else NULL: for DVB_FRAME_COMPLETE, seq
   first_seq to last_seq, before the next packet is put in. */
void *dvb_receiver_payload(const struct dvb_receiver *receiver, int64_t seq);

/* The round trip time as the driver knows it (sender reports, RFC 3611); clamped to 1 ms..10 s. */
void dvb_receiver_set_rtt(struct dvb_receiver *receiver, int64_t rtt);

struct dvb_receiver_stats {
    int64_t packets, bytes;            /* taken, of all kinds */
    int64_t duplicates, late, refused; /* not taken */
    int64_t gaps;                      /* sequence numbers that were missing when first seen so */
    int64_t recovered;                 /* of those, arrived later */
    int64_t given_up;
    int64_t nacks; /* sequence numbers asked for, repetitions too */
    int64_t plis;
};
const struct dvb_receiver_stats *dvb_receiver_get_stats(const struct dvb_receiver *receiver);

void dvb_receiver_close(struct dvb_receiver **receiver);

#endif
