/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What passes between the parts of the network core, and the rules that they
 * share. The core reads no clock and does no I/O: packets and times go in,
 * packets and times to be called again come out. A simulator and real sockets
 * drive the same code.
 *
 * Times are int64_t microseconds on a clock of the driver's choice that starts
 * at 0 or above and below DVB_NET_LATEST; sender and receiver may have
 * different ones (only differences of one side's times are used). A part that
 * is called with a time before its latest one takes the latest, so a clock that
 * steps back does no harm.
 *
 * The way of a packet, as a driver sees it:
 *
 *   dvb_sender_frame   a frame's NAL sizes go in
 *   dvb_sender_poll    until false: packets that leave now      -> dvb_link_put, or a socket
 *   dvb_link_take      until false: packets that have arrived   -> dvb_receiver_packet
 *   dvb_receiver_poll  until false: control messages to send    -> dvb_sender_control
 *   dvb_receiver_frame until false: frames that became complete or decodable
 *
 * dvb_sender_next, dvb_link_next and dvb_receiver_next say when to poll at the
 * latest, if nothing comes in before; DVB_NET_NEVER: not until something does.
 */
#ifndef DVB_EVAL_NETWORK_NET_H
#define DVB_EVAL_NETWORK_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DVB_NET_NEVER INT64_MAX
#define DVB_NET_LATEST (INT64_C(1) << 60) /* later times are taken for this one */
#define DVB_NET_SECOND INT64_C(1000000)

/* In the pacer's order of priority (network simulators' and WebRTC's). */
enum dvb_net_kind {
    DVB_NET_AUDIO,
    DVB_NET_RTX,   /* RFC 4588: an earlier packet of the video once more */
    DVB_NET_VIDEO, /* the only kind with first, marker, part and history */
    DVB_NET_PADDING,
    DVB_NET_KINDS,
};

/* How a packet's payload is cut from its frame: RFC 6184, packetization-mode 1. */
struct dvb_net_part {
    uint32_t nal;    /* which NAL unit of the frame */
    uint32_t offset; /* of the first byte in the NAL unit; FU-A: 1 and more, its header byte is
                        carried in the FU indicator and FU header */
    uint32_t len;    /* bytes of the NAL unit */
    bool fu;         /* FU-A (2 bytes before the part), else the single whole NAL unit */
    bool start, end; /* the FU header's S and E bits */
};

struct dvb_net_packet {
    int64_t seq;   /* of the video, from 0, not wrapped: low 16 bits go on the wire. Of a
                      retransmission: the original's (RFC 4588's OSN). Other kinds: their own count */
    int64_t wire;  /* number within the packet's own SSRC: of a retransmission its own count, else
                      seq. The receiver does not look at it */
    int64_t tseq;  /* transport-wide number, from 0: one more for each packet that leaves */
    int64_t sent;  /* when the pacer let it go, on the sender's clock */
    int64_t frame; /* equal for packets of a frame and only for those; rising with the frames
                      (the RTP timestamp, not wrapped, is such a number); >= 0 */
    uint32_t ssrc; /* the settings' for its kind */
    uint32_t size; /* bytes with the RTP header, without UDP and IP */
    uint8_t kind;  /* enum dvb_net_kind */
    bool first;    /* first packet of its frame. A receiver that cannot know leaves it false: then
                      the packet before must arrive and be of another frame */
    bool marker;   /* last packet of its frame */
    bool key;      /* of a frame that refers to no other */
    struct dvb_net_part part;
    void *payload; /* sender: what the frame came with; receiver: whatever the driver wants back */
};

/* What the receiver tells the sender. */
enum dvb_net_control_kind {
    DVB_NET_NACK,     /* RFC 4585: seqs[n], ascending */
    DVB_NET_FEEDBACK, /* arrivals[n], tseq ascending; numbers between that are not there were lost
                       */
    DVB_NET_PLI,      /* RFC 4585: a key frame is wanted */
};

struct dvb_net_arrival {
    int64_t tseq;
    int64_t at; /* receiver's clock */
};

struct dvb_net_control {
    enum dvb_net_control_kind kind;
    size_t n;
    const int64_t *seqs;                    /* NACK */
    const struct dvb_net_arrival *arrivals; /* FEEDBACK */
    int64_t held; /* FEEDBACK: from the last arrival in it to now, receiver's clock: leaves RTT */
};

/* Later ones are added at the end only. */
enum dvb_net_fate {
    DVB_NET_QUEUED,
    DVB_NET_DROPPED_QUEUE, /* droptail: no room */
    DVB_NET_DROPPED_CODEL,
    DVB_NET_LOST, /* the loss model, after the link */
};

/* Controllers and parts share this: t, but within what times may be and never
   before *latest, which follows. */
static inline int64_t dvb_net_clock(int64_t *latest, int64_t t)
{
    if (t > DVB_NET_LATEST)
        t = DVB_NET_LATEST;
    if (t > *latest)
        *latest = t;
    return *latest;
}

#endif
