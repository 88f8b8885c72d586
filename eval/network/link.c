/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/network/codel.h"
#include "eval/network/link.h"
#include "eval/network/link_delay.h"
#include "eval/network/link_rate.h"
#include "eval/network/ring.h"

#define MAX_UNDER_WAY ((size_t)1 << 22)
#define HOUR (3600 * DVB_NET_SECOND)

struct waiting {
    struct dvb_net_packet packet;
    int64_t since, bytes;
};

struct dvb_link {
    struct dvb_link_settings s;
    struct dvb_link_stats stats;
    int64_t now;
    struct dvb_ring queue; /* of struct waiting */
    int64_t queue_bytes, max_packet;
    struct waiting service; /* on the wire, if busy */
    bool busy;
    int64_t through; /* rates: when the one in service is; Mahimahi: unused */
    int64_t left;    /* Mahimahi: bytes of the one in service */
    struct dvb_link_clock rate;
    struct dvb_codel codel;
    bool bursting;
    struct dvb_rng loss_rng;
    struct dvb_link_delay delay;
};

static bool is_mahimahi(const struct dvb_link *l)
{
    return l->s.trace && l->s.trace->kind == DVB_TRACE_MAHIMAHI;
}

static int check(const struct dvb_link_settings *s, struct dvb_err *err)
{
    if (!s->trace && (s->rate < 0 || s->rate > DVB_TRACE_MAX_BPS))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "link rate: found %lld, expected 0 to %lld bits per second",
                        (long long)s->rate, (long long)DVB_TRACE_MAX_BPS);
    if (s->delay < 0 || s->delay > HOUR || s->jitter < 0 || s->jitter > HOUR)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "link delay %g s, jitter %g s: expected 0 to 3600 s",
                        (double)s->delay / 1e6, (double)s->jitter / 1e6);
    if (!(s->loss >= 0 && s->loss <= 1))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "loss: found %g, expected 0 to 1", s->loss);
    if (s->burst != 0 && !(s->burst >= 1 && s->burst <= 1e6))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "burst: found %g, expected 0 (single losses) or 1 to 1000000 packets",
                        s->burst);
    if (s->burst >= 1 && s->loss < 1 && s->loss > (1 - s->loss) * s->burst)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "no bursts of %g packets on average lose %g of all packets: expected a "
                        "burst of %g and more, or less loss",
                        s->burst, s->loss, s->loss / (1 - s->loss));
    if ((s->queue == DVB_QUEUE_PACKETS || s->queue == DVB_QUEUE_BYTES ? s->limit < 1
                                                                      : s->limit < 0) ||
        s->target < 0 || s->interval < 0)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "queue: found a limit of %lld, expected 1 and more", (long long)s->limit);
    return 0;
}

int dvb_link_open(const struct dvb_link_settings *settings, struct dvb_link **link,
                  struct dvb_err *err)
{
    *link = NULL;
    int ret = check(settings, err);
    if (ret)
        return ret;
    struct dvb_link *l = dvb_calloc(1, sizeof(*l));
    l->s = *settings;
    l->queue.size = sizeof(struct waiting);
    l->codel.target = settings->target ? settings->target : 5000;
    l->codel.interval = settings->interval ? settings->interval : 100000;
    dvb_link_clock_init(&l->rate, settings->trace, settings->rate);
    char *loss = dvb_asprintf("%s loss", settings->label ? settings->label : "link");
    char *jitter = dvb_asprintf("%s jitter", settings->label ? settings->label : "link");
    dvb_rng_init(&l->loss_rng, settings->seed, loss);
    dvb_link_delay_init(&l->delay, settings->delay, settings->jitter, settings->reorder);
    dvb_rng_init(&l->delay.rng, settings->seed, jitter);
    free(loss);
    free(jitter);
    l->s.label = NULL;
    *link = l;
    return 0;
}

static void drop(struct dvb_link *l, const struct dvb_net_packet *p, enum dvb_net_fate fate)
{
    if (fate == DVB_NET_LOST)
        l->stats.lost++;
    else if (fate == DVB_NET_DROPPED_CODEL)
        l->stats.dropped_codel++;
    else
        l->stats.dropped_queue++;
    if (l->s.dropped)
        l->s.dropped(l->s.user, p, fate);
}

/* WebRTC's two states: one number is drawn for each packet. */
static bool is_lost(struct dvb_link *l)
{
    if (l->s.loss <= 0)
        return false;
    double u = dvb_rng_unit(&l->loss_rng), p = l->s.loss;
    if (l->s.burst <= 0 || p >= 1)
        return u < p;
    double start = p / ((1 - p) * l->s.burst), stay = 1 - 1 / l->s.burst;
    l->bursting = u < (l->bursting ? stay : start);
    return l->bursting;
}

static void leave(struct dvb_link *l, int64_t at)
{
    l->busy = false;
    if (is_lost(l))
        drop(l, &l->service.packet, DVB_NET_LOST);
    else
        dvb_link_delay_push(&l->delay, at, &l->service.packet);
}

/* The next packet of the queue into service. False: there is none. */
static bool begin_service(struct dvb_link *l, int64_t at)
{
    for (;;) {
        const struct waiting *w = dvb_ring_pop(&l->queue);
        if (!w) {
            dvb_codel_empty(&l->codel);
            return false;
        }
        l->queue_bytes -= w->bytes;
        if (l->s.queue != DVB_QUEUE_CODEL ||
            !dvb_codel_drop(&l->codel, at, at - w->since, l->queue_bytes, l->max_packet)) {
            l->service = *w;
            l->busy = true;
            return true;
        }
        struct dvb_net_packet packet = w->packet;
        drop(l, &packet, DVB_NET_DROPPED_CODEL);
    }
}

static void advance_rate(struct dvb_link *l, int64_t now)
{
    for (;;) {
        if (l->busy) {
            if (l->through > now)
                return;
            leave(l, l->through);
        }
        const struct waiting *w = dvb_ring_front(&l->queue);
        if (!w)
            return;
        int64_t start = w->since > l->through ? w->since : l->through;
        if (!begin_service(l, start))
            return;
        l->through = dvb_link_clock_send(&l->rate, start, l->service.since < l->through,
                                         l->service.bytes);
    }
}

/* One opportunity's bytes. */
static void deliver(struct dvb_link *l, int64_t at)
{
    for (int64_t bytes = DVB_TRACE_BYTES; bytes > 0;) {
        if (!l->busy) {
            if (!begin_service(l, at))
                return;
            l->left = l->service.bytes;
        }
        int64_t some = l->left < bytes ? l->left : bytes;
        l->left -= some;
        bytes -= some;
        if (!l->left)
            leave(l, at);
    }
}

static void advance_mahimahi(struct dvb_link *l, int64_t now)
{
    while (l->busy || l->queue.n) {
        int64_t at = dvb_link_clock_peek(&l->rate);
        if (at > now)
            return;
        dvb_link_clock_take(&l->rate);
        deliver(l, at);
    }
    dvb_link_clock_skip(&l->rate, now);
}

static int64_t advance(struct dvb_link *l, int64_t now)
{
    now = dvb_net_clock(&l->now, now);
    if (is_mahimahi(l))
        advance_mahimahi(l, now);
    else
        advance_rate(l, now);
    return now;
}

/* Mahimahi does not count the packet that it has begun to deliver, WebRTC does. */
static bool has_room(const struct dvb_link *l, int64_t bytes)
{
    int64_t packets = (int64_t)l->queue.n + 1, total = l->queue_bytes + bytes;
    if (l->busy && !is_mahimahi(l)) {
        packets++;
        total += l->service.bytes;
    }
    if (l->s.queue == DVB_QUEUE_BYTES)
        return total <= l->s.limit;
    return l->s.queue == DVB_QUEUE_INFINITE || !l->s.limit || packets <= l->s.limit;
}

int dvb_link_put(struct dvb_link *l, int64_t now, const struct dvb_net_packet *packet,
                 struct dvb_err *err)
{
    if (l->queue.n + dvb_link_delay_count(&l->delay) >= MAX_UNDER_WAY)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOBUFS,
                        "link: more than %zu packets under way; a queue with a limit, a shorter "
                        "run or less above the link's rate would do",
                        MAX_UNDER_WAY);
    now = advance(l, now);
    struct waiting w = { *packet, now, (int64_t)packet->size + l->s.overhead };
    l->stats.packets++;
    l->stats.bytes += w.bytes;
    if (!has_room(l, w.bytes)) {
        drop(l, packet, DVB_NET_DROPPED_QUEUE);
        return 0;
    }
    if (w.bytes > l->max_packet)
        l->max_packet = w.bytes;
    *(struct waiting *)dvb_ring_push(&l->queue) = w;
    l->queue_bytes += w.bytes;
    if ((int64_t)l->queue.n > l->stats.max_queue)
        l->stats.max_queue = (int64_t)l->queue.n;
    if (!is_mahimahi(l))
        advance_rate(l, now);
    return 0;
}

bool dvb_link_take(struct dvb_link *l, int64_t now, struct dvb_net_packet *packet, int64_t *at)
{
    now = advance(l, now);
    if (!dvb_link_delay_pop(&l->delay, now, packet, at))
        return false;
    l->stats.delivered++;
    return true;
}

int64_t dvb_link_next(struct dvb_link *l)
{
    int64_t first = dvb_link_delay_next(&l->delay), through = DVB_NET_NEVER;
    if (first != DVB_NET_NEVER && !l->s.reorder)
        return first; /* what leaves the link later arrives later */
    if (is_mahimahi(l) ? l->busy || l->queue.n : l->busy)
        through = is_mahimahi(l) ? dvb_link_clock_peek(&l->rate) : l->through;
    if (through != DVB_NET_NEVER && !l->s.jitter)
        through += l->s.delay;
    return through < first ? through : first;
}

const struct dvb_link_stats *dvb_link_get_stats(const struct dvb_link *l)
{
    return &l->stats;
}

void dvb_link_close(struct dvb_link **link)
{
    struct dvb_link *l = *link;
    if (!l)
        return;
    if (l->busy)
        drop(l, &l->service.packet, DVB_NET_LOST);
    for (struct waiting *w; (w = dvb_ring_pop(&l->queue));)
        drop(l, &w->packet, DVB_NET_LOST);
    int64_t at;
    for (struct dvb_net_packet p; dvb_link_delay_pop(&l->delay, DVB_NET_NEVER, &p, &at);)
        drop(l, &p, DVB_NET_LOST);
    dvb_ring_release(&l->queue);
    dvb_link_delay_release(&l->delay);
    free(l);
    *link = NULL;
}
