/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTP packets (RFC 3550, section 5), their header extensions (RFC 8285) and
 * retransmissions (RFC 4588). No state, no I/O; every length is checked, so
 * any bytes may be given to the reading functions. Their errors are
 * DVB_FAULT_INPUT, -EPROTO, and say what is wrong with the packet.
 */
#ifndef DVB_NETWORK_RTP_H
#define DVB_NETWORK_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_RTP_HEADER 12   /* bytes of the fixed header */
#define DVB_RTP_CLOCK 90000 /* timestamp ticks per second of video */
#define DVB_RTP_MAX 65507   /* bytes that one UDP datagram carries */

struct dvb_rtp {
    uint8_t payload_type; /* 0..127 */
    bool marker;
    uint16_t seq;
    uint32_t timestamp, ssrc;
    uint8_t n_csrc; /* 0..15 */
    uint32_t csrc[15];
    bool extended;            /* the X bit; then these three */
    uint16_t profile;         /* "defined by profile": 0xbede, 0x100x (RFC 8285), ... */
    const uint8_t *extension; /* borrowed */
    size_t extension_size;    /* bytes, a multiple of 4, at most 4 * 65535 */
    /* The payload is prefix and body; a packet that was read has no prefix. */
    uint8_t prefix[4];
    size_t prefix_size;
    const uint8_t *payload; /* borrowed */
    size_t payload_size;
    uint8_t padding; /* bytes after the payload; 0: none */
};

/* Read a packet; pointers lead into data. */
int dvb_rtp_parse(const void *data, size_t size, struct dvb_rtp *rtp, struct dvb_err *err);

/* Write it. -EMSGSIZE where cap is too small, -EINVAL where a field is out of
   range; *size is the packet's. */
int dvb_rtp_write(const struct dvb_rtp *rtp, void *out, size_t cap, size_t *size,
                  struct dvb_err *err);

/* Whether the datagram is RTCP, where both share a port (RFC 5761, section 4). */
bool dvb_rtp_is_rtcp(const void *data, size_t size);

/* The header extension element with that id (1..255), in the one-byte or two-byte
   form of RFC 8285: true, and *value of *size bytes, when it is there. */
bool dvb_rtp_find(const struct dvb_rtp *rtp, int id, const uint8_t **value, size_t *size);

/* Elements in the one-byte form. */
struct dvb_rtp_element {
    int id; /* 1..14 */
    const uint8_t *value;
    size_t size; /* 1..16 */
};
/* Let rtp's extension be these n: written into buf, which must have room for 17 bytes
   each and 3 more, and live as long as rtp. */
void dvb_rtp_extend(struct dvb_rtp *rtp, const struct dvb_rtp_element *elements, size_t n,
                    uint8_t *buf);

/* The retransmission of a packet: as it was, with the RTX stream's own payload
   type, SSRC and number, and the original number before the payload. Padding is left out. */
void dvb_rtx_wrap(const struct dvb_rtp *lost, uint8_t payload_type, uint32_t ssrc, uint16_t seq,
                  struct dvb_rtp *rtx);
/* The packet that rtx repeats, with the original's payload type and SSRC, which
   the session knows. An empty payload is an error: senders probe with such. */
int dvb_rtx_unwrap(const struct dvb_rtp *rtx, uint8_t payload_type, uint32_t ssrc,
                   struct dvb_rtp *lost, struct dvb_err *err);

/* How far b is after a, on the circle of 16 bits: -32768..32767. */
static inline int dvb_seq_diff(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(b - a);
}

/* Numbers without wrapping: the one nearest to the last that was given. */
struct dvb_seq_unwrap {
    int64_t last;
    bool begun;
};
int64_t dvb_seq_unwrap(struct dvb_seq_unwrap *u, uint16_t seq);

#endif
