/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MOST_BYTES ((size_t)256 << 20)

enum { AT_ONCE = 256 }; /* datagrams read from a socket before others have their turn */

struct datagram {
    size_t size;
    size_t route;
    uint8_t data[];
};

struct port {
    struct dvb_relay_route route;
    int near, far; /* who listens for senders; who sends to the target */
    struct dvb_udp_address bound, sender;
};

struct way {
    struct dvb_relay *relay;
    struct dvb_link *link;
    int64_t overflow, nowhere, failed, late_us, left;
};

struct dvb_relay {
    struct way way[DVB_RELAY_WAYS];
    struct port port[DVB_RELAY_ROUTES];
    size_t n;
    size_t under_way; /* bytes */
    int64_t begun;
    uint8_t buf[DVB_UDP_MAX];
};

static void forget(struct dvb_relay *r, struct datagram *d)
{
    r->under_way -= d->size;
    free(d);
}

static void on_dropped(void *user, const struct dvb_net_packet *packet, enum dvb_net_fate fate)
{
    (void)fate;
    forget(user, packet->payload);
}

static int open_port(const struct dvb_relay_route *route, struct port *p, struct dvb_err *err)
{
    struct dvb_udp_address any = route->listen, bound;
    p->route = *route;
    int ret = dvb_udp_open(&route->listen, &p->near, &p->bound, err);
    dvb_udp_set_port(&any, 0);
    if (!ret)
        ret = dvb_udp_open(&any, &p->far, &bound, err);
    return ret;
}

int dvb_relay_open(const struct dvb_relay_settings *s, struct dvb_relay **out, struct dvb_err *err)
{
    *out = NULL;
    if (!s->n_routes || s->n_routes > DVB_RELAY_ROUTES)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "routes: found %zu, expected 1 to %d",
                        s->n_routes, DVB_RELAY_ROUTES);
    struct dvb_relay *r = dvb_calloc(1, sizeof(*r));
    int ret = 0;
    r->n = s->n_routes;
    r->begun = dvb_live_now();
    for (size_t i = 0; i < r->n; i++)
        r->port[i].near = r->port[i].far = -1;
    for (int i = 0; !ret && i < DVB_RELAY_WAYS; i++) {
        struct dvb_link_settings link = s->link[i];
        link.user = r;
        link.dropped = on_dropped;
        r->way[i].relay = r;
        ret = dvb_link_open(&link, &r->way[i].link, err);
    }
    for (size_t i = 0; !ret && i < r->n; i++)
        ret = open_port(&s->routes[i], &r->port[i], err);
    if (ret)
        dvb_relay_close(&r);
    *out = r;
    return ret;
}

const struct dvb_udp_address *dvb_relay_address(const struct dvb_relay *r, size_t i)
{
    return &r->port[i].bound;
}

void dvb_relay_aim(struct dvb_relay *r, size_t i, const struct dvb_udp_address *target)
{
    r->port[i].route.target = *target;
}

/* The relay's own clock, from 0. */
static int64_t now_of(const struct dvb_relay *r)
{
    return dvb_live_now() - r->begun;
}

static int put(struct dvb_relay *r, enum dvb_relay_way way, size_t route, size_t size, int64_t at,
               struct dvb_err *err)
{
    struct way *w = &r->way[way];
    struct datagram *d = size > MOST_BYTES - r->under_way ? NULL : malloc(sizeof(*d) + size);
    if (!d) {
        w->overflow++;
        return 0;
    }
    d->size = size;
    d->route = route;
    memcpy(d->data, r->buf, size);
    r->under_way += size;
    const struct dvb_net_packet packet = { .kind = DVB_NET_VIDEO,
                                           .size = (uint32_t)size,
                                           .payload = d };
    int ret = dvb_link_put(w->link, at - r->begun, &packet, err);
    if (ret)
        forget(r, d);
    return ret;
}

static int read_port(struct dvb_relay *r, size_t i, struct dvb_err *err)
{
    struct port *p = &r->port[i];
    enum dvb_relay_way there = p->route.way, back = !there;
    struct dvb_udp_address from;
    int ret = 0, most = AT_ONCE;
    int64_t at;
    long n;
    while (!ret && most-- &&
           (n = dvb_udp_receive(p->near, r->buf, sizeof(r->buf), &from, &at)) >= 0) {
        p->sender = from;
        ret = put(r, there, i, (size_t)n, at, err);
    }
    most = AT_ONCE;
    while (!ret && most-- &&
           (n = dvb_udp_receive(p->far, r->buf, sizeof(r->buf), NULL, &at)) >= 0) {
        if (p->sender.len)
            ret = put(r, back, i, (size_t)n, at, err);
        else
            r->way[back].nowhere++;
    }
    return ret;
}

static void deliver(struct dvb_relay *r, enum dvb_relay_way way)
{
    struct way *w = &r->way[way];
    struct dvb_net_packet packet;
    int64_t now = now_of(r), at;
    while (dvb_link_take(w->link, now, &packet, &at)) {
        struct datagram *d = packet.payload;
        struct port *p = &r->port[d->route];
        bool there = p->route.way == way;
        if (!dvb_udp_send(there ? p->far : p->near, d->data, d->size,
                          there ? &p->route.target : &p->sender))
            w->failed++;
        w->late_us += now - at;
        w->left++;
        forget(r, d);
    }
}

static int64_t next_time(struct dvb_relay *r, int64_t until)
{
    for (int i = 0; i < DVB_RELAY_WAYS; i++) {
        int64_t next = dvb_link_next(r->way[i].link);
        if (next < until - r->begun)
            until = next + r->begun;
    }
    return until;
}

int dvb_relay_run(struct dvb_relay *r, int64_t until, const atomic_bool *stop, struct dvb_err *err)
{
    int fds[2 * DVB_RELAY_ROUTES], ret = 0;
    for (size_t i = 0; i < r->n; i++) {
        fds[2 * i] = r->port[i].near;
        fds[2 * i + 1] = r->port[i].far;
    }
    dvb_live_hurry();
    while (!ret && !atomic_load(stop) && dvb_live_now() < until) {
        dvb_live_wait(fds, 2 * r->n, next_time(r, until));
        for (size_t i = 0; !ret && i < r->n; i++)
            ret = read_port(r, i, err);
        for (int i = 0; i < DVB_RELAY_WAYS; i++)
            deliver(r, i);
    }
    dvb_live_calm();
    return ret;
}

void dvb_relay_get_stats(const struct dvb_relay *r, enum dvb_relay_way way,
                         struct dvb_relay_stats *out)
{
    const struct way *w = &r->way[way];
    *out = (struct dvb_relay_stats){ .link = *dvb_link_get_stats(w->link),
                                     .overflow = w->overflow,
                                     .nowhere = w->nowhere,
                                     .failed = w->failed,
                                     .late_ms = w->left
                                                    ? (double)w->late_us / 1000 / (double)w->left
                                                    : 0 };
}

void dvb_relay_close(struct dvb_relay **relay)
{
    struct dvb_relay *r = *relay;
    if (!r)
        return;
    for (int i = 0; i < DVB_RELAY_WAYS; i++)
        if (r->way[i].link)
            dvb_link_close(&r->way[i].link);
    for (size_t i = 0; i < r->n; i++) {
        dvb_udp_close(&r->port[i].near);
        dvb_udp_close(&r->port[i].far);
    }
    free(r);
    *relay = NULL;
}
