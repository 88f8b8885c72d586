/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One direction of a link: queue -> serialise -> loss -> delay.
 *
 * Rates (constant or a rate trace): as WebRTC's simulated network; a packet that waits and the one
 * being sent count against the queue's limit, a lost packet has used its share of the capacity,
 * bytes go out without rounding loss (only the moment at which a packet is through is rounded up to
 * a whole microsecond).
 *
 * Mahimahi traces: as its LinkQueue; an opportunity carries 1504 bytes counted byte by byte, so a
 * packet may span several and several may share one; bytes without a packet to carry are gone; an
 * opportunity at the moment a packet arrives is over already; the packet that is partly through is
 * no longer in the queue; the round repeats with its last time added.
 *
 * CoDel is RFC 8289 at the head of the queue: a packet's sojourn ends when its sending begins.
 * Delay is a line of its own after the loss: delay + jitter * N(0, 1), not below 0; the order is
 * kept (a later packet arrives no earlier than the one before) unless reorder is set.
 *
 * Packets are looked at only when put or take is called, and the outcome does not depend on when
 * that is, only on the times given with the packets.
 */
#ifndef DVB_EVAL_NETWORK_LINK_H
#define DVB_EVAL_NETWORK_LINK_H

#include "base/err.h"
#include "eval/network/net.h"
#include "eval/network/trace.h"

struct dvb_link;

enum dvb_link_queue { DVB_QUEUE_INFINITE, DVB_QUEUE_PACKETS, DVB_QUEUE_BYTES, DVB_QUEUE_CODEL };

struct dvb_link_settings {
    const struct dvb_trace *trace; /* borrowed until close; NULL: constant rate */
    int64_t rate;   /* bits per second, 0 to DVB_TRACE_MAX_BPS, without a trace; 0: no
                       limit (nothing is queued) */
    int64_t delay;  /* propagation, microseconds, 0 to an hour */
    int64_t jitter; /* standard deviation, microseconds, 0 to an hour */
    bool reorder;   /* jitter may change the order */
    enum dvb_link_queue queue;
    int64_t
        limit; /* packets or bytes (with the overhead) that may wait; CODEL: packets, 0: no limit */
    int64_t target;    /* CODEL: microseconds; 0: 5 ms */
    int64_t interval;  /* CODEL: microseconds; 0: 100 ms */
    double loss;       /* 0..1, of packets that went through */
    double burst;      /* mean length of a run of losses, packets (Gilbert-Elliott); 0: i.i.d. */
    uint32_t overhead; /* bytes added to each packet, such as 28 for UDP over IPv4 */
    uint64_t seed;     /* of loss and jitter */
    const char *label; /* of their random streams, so that links of one seed differ; copied */
    /* Told of every packet that will not arrive, before the call in which that became known
       returns; NULL: nobody. The payload is the callee's. */
    void *user;
    void (*dropped)(void *user, const struct dvb_net_packet *packet, enum dvb_net_fate fate);
};

/* DVB_FAULT_USAGE for settings out of range; among them a burst length that no Gilbert-Elliott
   model has at that loss (loss / ((1 - loss) burst) > 1). */
int dvb_link_open(const struct dvb_link_settings *settings, struct dvb_link **link,
                  struct dvb_err *err);

/* A packet arrives at the queue. Copied; the payload pointer travels along. -ENOBUFS
   (DVB_FAULT_INTERNAL) when more than 2^22 packets are under way. */
int dvb_link_put(struct dvb_link *link, int64_t now, const struct dvb_net_packet *packet,
                 struct dvb_err *err);

/* Next packet that has arrived by now: true, *packet and when (*at <= now). */
bool dvb_link_take(struct dvb_link *link, int64_t now, struct dvb_net_packet *packet, int64_t *at);

/* A time before which nothing arrives, unless something is put; DVB_NET_NEVER: nothing under way.
 */
int64_t dvb_link_next(struct dvb_link *link);

struct dvb_link_stats {
    int64_t packets, bytes; /* put; bytes with the overhead */
    int64_t delivered;      /* taken */
    int64_t dropped_queue, dropped_codel, lost;
    int64_t max_queue; /* packets that waited at once */
};
const struct dvb_link_stats *dvb_link_get_stats(const struct dvb_link *link);

/* Packets still under way are given to dropped as DVB_NET_LOST. */
void dvb_link_close(struct dvb_link **link);

#endif
