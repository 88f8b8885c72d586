/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Congestion controllers: what arrived when goes in, a rate for the sender comes out.
 *
 * gcc: WebRTC's send-side controller after draft-ietf-rmcat-gcc-02 and its later trendline filter.
 *   delay: groups of packets sent within 5 ms; slope of the smoothed (0.9) accumulated delay over
 * 20 groups, times min(groups, 60) and 4, against a threshold that starts at 12.5 ms and adapts
 *   (0.0087 up, 0.039 down per ms, not when it is more than 15 above) within 6..600; overuse after
 *   10 ms and more than one group with the slope not falling. Then 0.85 of the acknowledged rate
 * and hold; else 8% per second, near a known capacity one packet per RTT + 100 ms; never above 1.5
 * x acknowledged + 10 kbps. loss: up to 2% grow 8% a second, to 10% hold, above x (1 - loss / 2).
 *   The smaller of the two, within min..max. Without WebRTC's probing.
 * fixed: the start rate, whatever happens.
 */
#ifndef DVB_EVAL_NETWORK_GCC_H
#define DVB_EVAL_NETWORK_GCC_H

#include "eval/network/net.h"

struct dvb_cc_settings {
    int64_t start, min, max; /* bits per second; 0 < min <= start <= max */
};

/* One packet that feedback spoke of. */
struct dvb_cc_packet {
    int64_t sent;    /* sender's clock */
    int64_t arrived; /* receiver's clock; DVB_NET_NEVER: lost */
    uint32_t size;   /* bytes */
};

struct dvb_cc;

/* A kind of controller; its state is opaque memory of state_size bytes, set by init. */
struct dvb_cc {
    const char *name;
    size_t state_size;
    void (*init)(void *state, const struct dvb_cc_settings *settings);
    /* Packets in the order sent, as one feedback message told them. rtt: microseconds. */
    void (*feedback)(void *state, int64_t now, const struct dvb_cc_packet *packets, size_t n,
                     int64_t rtt);
    int64_t (*rate)(const void *state); /* bits per second */
};

extern const struct dvb_cc dvb_cc_gcc, dvb_cc_fixed;
extern const struct dvb_cc *const dvb_ccs[]; /* ends with NULL */
extern const char *const dvb_cc_names[];     /* the same order; ends with NULL */

#endif
