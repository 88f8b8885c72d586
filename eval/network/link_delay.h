/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The propagation part of a link: packets that are through wait here until they arrive. */
#ifndef DVB_EVAL_NETWORK_LINK_DELAY_H
#define DVB_EVAL_NETWORK_LINK_DELAY_H

#include "base/rng.h"
#include "eval/network/net.h"
#include "eval/network/ring.h"

struct dvb_link_delay {
    int64_t delay, jitter; /* microseconds; mean and standard deviation */
    bool reorder;
    struct dvb_rng rng;
    int64_t latest;       /* arrival so far */
    uint64_t count;       /* equal arrivals keep their order */
    struct dvb_ring line; /* in order */
    void *heap;           /* with reorder */
    size_t n, cap;
};

void dvb_link_delay_init(struct dvb_link_delay *d, int64_t delay, int64_t jitter, bool reorder);
void dvb_link_delay_push(struct dvb_link_delay *d, int64_t now,
                         const struct dvb_net_packet *packet);
bool dvb_link_delay_pop(struct dvb_link_delay *d, int64_t now, struct dvb_net_packet *packet,
                        int64_t *at);
int64_t dvb_link_delay_next(const struct dvb_link_delay *d); /* DVB_NET_NEVER: empty */
size_t dvb_link_delay_count(const struct dvb_link_delay *d);
void dvb_link_delay_release(struct dvb_link_delay *d);

#endif
