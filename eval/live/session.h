/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two ends of a live session must agree on (an SDP would say it), and
 * how a frame fared at each.
 */
#ifndef DVB_EVAL_LIVE_SESSION_H
#define DVB_EVAL_LIVE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eval/live/udp.h"

struct dvb_session {
    uint8_t video_type, rtx_type; /* RTP payload types */
    int tseq_id;                  /* header extension of the transport-wide number, 1..14 */
    int flags_id;                 /* header extension with enum dvb_session_flags, 1..14 */
    bool mux;                     /* RTCP on RTP's port (RFC 5761), else on the next one */
    struct dvb_udp_address local; /* RTP's; port 0: any */
    struct dvb_udp_address peer;  /* where RTP goes to, or RTCP's RTP port comes from; len 0:
                                     whoever sent last */
};

enum { DVB_SESSION_VIDEO = 96, DVB_SESSION_RTX = 97, DVB_SESSION_TSEQ = 1, DVB_SESSION_FLAGS = 2 };

/* One byte, of our own. RTP says where a frame ends; where it begins can be told from
   the packet before it only, which may be lost. A peer that does not know it, or does
   not send it, is understood without. */
enum dvb_session_flags { DVB_SESSION_FIRST = 0x80, DVB_SESSION_KEY = 0x40 };

/* RTP's socket and RTCP's; the same one where they share a port. */
struct dvb_session_sockets {
    int rtp, rtcp;
    struct dvb_udp_address rtp_at, rtcp_at;
};
int dvb_session_open(const struct dvb_session *session, struct dvb_session_sockets *sockets,
                     struct dvb_err *err);
void dvb_session_close(struct dvb_session_sockets *sockets);

/* Where the peer takes RTCP. */
struct dvb_udp_address dvb_session_rtcp_peer(const struct dvb_session *session);

/* Times on dvb_live_now's clock, of all frames in their order. */
struct dvb_live_frame {
    uint32_t timestamp; /* RTP's: names the frame at both ends */
    uint32_t bytes;     /* sender: of the access unit; receiver: of its packets */
    int64_t sent;       /* given to the pacer; receiver: by the sender's reports; -1: unknown */
    int64_t complete;   /* all packets there; -1: never */
    int64_t decodable;  /* and those of all that it refers to; -1: never */
    int64_t rate;       /* sender: bits per second that the encoder was to make */
    bool key, recovered;
};

struct dvb_live_frames {
    struct dvb_live_frame *v; /* owned */
    size_t n, cap;
};
struct dvb_live_frame *dvb_live_frames_add(struct dvb_live_frames *list, uint32_t timestamp);
void dvb_live_frames_release(struct dvb_live_frames *list);

#endif
