/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CoDel's state and its decision about the packet at the head of a queue (RFC 8289, 5.3 to 5.6).
 * The queue asks for each packet that it takes out.
 */
#ifndef DVB_EVAL_NETWORK_CODEL_H
#define DVB_EVAL_NETWORK_CODEL_H

#include <stdbool.h>
#include <stdint.h>

struct dvb_codel {
    int64_t target, interval; /* microseconds */
    int64_t first_above;      /* when sojourn will have been above for an interval; 0: it is not */
    int64_t drop_next;
    int64_t count, last_count;
    bool dropping;
    bool fresh; /* the packet before was dropped on entering the state: this one is sent anyhow */
    bool again; /* the packet before was dropped: drop_next moves on if this one may be too */
};

/* The packet taken out at now has waited sojourn; left: bytes still waiting, max_packet: the
   largest seen. True: drop it, take the next out and ask again. */
bool dvb_codel_drop(struct dvb_codel *c, int64_t now, int64_t sojourn, int64_t left,
                    int64_t max_packet);

/* The queue was found empty. */
void dvb_codel_empty(struct dvb_codel *c);

#endif
