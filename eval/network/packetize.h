/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RFC 6184, packetization-mode 1, without aggregation: a NAL unit that fits goes alone (5.6), a
 * larger one as FU-A (5.8) in n = ceil(size / room) parts whose sizes differ by at most one byte,
 * size being without the NAL header and room without the two bytes of FU indicator and header.
 */
#ifndef DVB_EVAL_NETWORK_PACKETIZE_H
#define DVB_EVAL_NETWORK_PACKETIZE_H

#include "eval/network/net.h"

#define DVB_NET_PAYLOAD_MIN 16     /* bytes: the least max_payload */
#define DVB_NET_NAL_MAX (1u << 26) /* bytes */

/* Packets that a NAL unit of size bytes takes; 0 for size 0. */
uint32_t dvb_packetize_count(uint32_t size, uint32_t max_payload);

/* Part i, 0 <= i < count, of NAL unit nal. */
struct dvb_net_part dvb_packetize_part(uint32_t nal, uint32_t size, uint32_t max_payload,
                                       uint32_t i);

/* Bytes of the RTP payload that carries the part. */
uint32_t dvb_packetize_bytes(const struct dvb_net_part *part);

#endif
