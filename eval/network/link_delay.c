/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "eval/network/link_delay.h"

struct arriving {
    int64_t at;
    uint64_t order;
    struct dvb_net_packet packet;
};

void dvb_link_delay_init(struct dvb_link_delay *d, int64_t delay, int64_t jitter, bool reorder)
{
    *d = (struct dvb_link_delay){ .delay = delay,
                                  .jitter = jitter,
                                  .reorder = reorder,
                                  .line = { .size = sizeof(struct arriving) } };
}

/* Box and Muller's; u of 0 would be infinite. */
static double normal(struct dvb_rng *rng)
{
    double u = 1 - dvb_rng_unit(rng), v = dvb_rng_unit(rng);
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

static bool before(const struct arriving *a, const struct arriving *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_push(struct dvb_link_delay *d, const struct arriving *a)
{
    struct arriving *v = d->heap = dvb_grow(d->heap, d->n, &d->cap, sizeof(*a));
    size_t i = d->n++;
    for (; i && before(a, &v[(i - 1) / 2]); i = (i - 1) / 2)
        v[i] = v[(i - 1) / 2];
    v[i] = *a;
}

static void heap_pop(struct dvb_link_delay *d)
{
    struct arriving *v = d->heap, *last = &v[--d->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < d->n; i = child) {
        if (child + 1 < d->n && before(&v[child + 1], &v[child]))
            child++;
        if (!before(&v[child], last))
            break;
        v[i] = v[child];
    }
    v[i] = *last;
}

void dvb_link_delay_push(struct dvb_link_delay *d, int64_t now, const struct dvb_net_packet *packet)
{
    int64_t extra = d->delay;
    if (d->jitter)
        extra += (int64_t)llround((double)d->jitter * normal(&d->rng));
    struct arriving a = { now + (extra > 0 ? extra : 0), d->count++, *packet };
    if (d->reorder) {
        heap_push(d, &a);
        return;
    }
    if (a.at < d->latest)
        a.at = d->latest;
    d->latest = a.at;
    *(struct arriving *)dvb_ring_push(&d->line) = a;
}

static const struct arriving *first(const struct dvb_link_delay *d)
{
    return d->n ? d->heap : dvb_ring_front(&d->line);
}

bool dvb_link_delay_pop(struct dvb_link_delay *d, int64_t now, struct dvb_net_packet *packet,
                        int64_t *at)
{
    const struct arriving *a = first(d);
    if (!a || a->at > now)
        return false;
    *packet = a->packet;
    *at = a->at;
    if (d->reorder)
        heap_pop(d);
    else
        dvb_ring_pop(&d->line);
    return true;
}

int64_t dvb_link_delay_next(const struct dvb_link_delay *d)
{
    const struct arriving *a = first(d);
    return a ? a->at : DVB_NET_NEVER;
}

size_t dvb_link_delay_count(const struct dvb_link_delay *d)
{
    return d->n + d->line.n;
}

void dvb_link_delay_release(struct dvb_link_delay *d)
{
    dvb_ring_release(&d->line);
    free(d->heap);
    d->heap = NULL;
    d->n = d->cap = 0;
}
