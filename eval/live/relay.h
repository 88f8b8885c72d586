/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The link emulator in user space: datagrams come in on sockets of its own, take
 * the way through a simulated link (network/link.h, the simulator's own) on the
 * wall clock, and leave for their targets.
 *
 * All routes share two links, one for each direction, as all traffic of a real
 * one does. What a target answers to a route goes back through the other link
 * to whoever sent to the route last.
 */
#ifndef DVB_EVAL_LIVE_RELAY_H
#define DVB_EVAL_LIVE_RELAY_H

#include <stdatomic.h>

#include "eval/live/udp.h"
#include "eval/network/link.h"

enum dvb_relay_way { DVB_RELAY_DOWN, DVB_RELAY_UP, DVB_RELAY_WAYS };

#define DVB_RELAY_ROUTES 8

struct dvb_relay_route {
    enum dvb_relay_way way;        /* of what comes to listen; answers take the other */
    struct dvb_udp_address listen; /* port 0: any */
    struct dvb_udp_address target;
};

struct dvb_relay_settings {
    struct dvb_link_settings link[DVB_RELAY_WAYS]; /* user and dropped are the relay's */
    const struct dvb_relay_route *routes;
    size_t n_routes; /* 1..DVB_RELAY_ROUTES */
};

struct dvb_relay;

int dvb_relay_open(const struct dvb_relay_settings *settings, struct dvb_relay **relay,
                   struct dvb_err *err);

/* Where route i listens. */
const struct dvb_udp_address *dvb_relay_address(const struct dvb_relay *relay, size_t i);
/* Another target, before dvb_relay_run. */
void dvb_relay_aim(struct dvb_relay *relay, size_t i, const struct dvb_udp_address *target);

/* Forward until the time is until (dvb_live_now's clock) or *stop is set. */
int dvb_relay_run(struct dvb_relay *relay, int64_t until, const atomic_bool *stop,
                  struct dvb_err *err);

struct dvb_relay_stats {
    struct dvb_link_stats link;
    int64_t overflow; /* not put into the link: more than 256 MiB were under way */
    int64_t nowhere;  /* answers that came before anybody had sent */
    int64_t failed;   /* the system did not take it */
    double late_ms;   /* mean time by which datagrams left after the link let them go */
};
/* After dvb_relay_run. */
void dvb_relay_get_stats(const struct dvb_relay *relay, enum dvb_relay_way way,
                         struct dvb_relay_stats *stats);

void dvb_relay_close(struct dvb_relay **relay);

#endif
