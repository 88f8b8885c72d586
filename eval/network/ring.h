/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first-in first-out queue of elements of one size that grows as needed. Zeroed with size set, it
   is empty. Pointers into it hold until the next push. */
#ifndef DVB_EVAL_NETWORK_RING_H
#define DVB_EVAL_NETWORK_RING_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct dvb_ring {
    char *v;
    size_t size; /* of an element */
    size_t cap;  /* a power of two, or 0 */
    size_t head, n;
};

static inline void *dvb_ring_at(const struct dvb_ring *r, size_t i)
{
    return r->v + ((r->head + i) & (r->cap - 1)) * r->size;
}

static inline void dvb_ring_widen(struct dvb_ring *r)
{
    size_t cap = r->cap ? 2 * r->cap : 16;
    char *v = dvb_realloc(NULL, cap, r->size);
    for (size_t i = 0; i < r->n; i++)
        memcpy(v + i * r->size, dvb_ring_at(r, i), r->size);
    free(r->v);
    r->v = v;
    r->cap = cap;
    r->head = 0;
}

/* Where the new last element goes; not set. */
static inline void *dvb_ring_push(struct dvb_ring *r)
{
    if (r->n == r->cap)
        dvb_ring_widen(r);
    return dvb_ring_at(r, r->n++);
}

static inline void *dvb_ring_front(const struct dvb_ring *r)
{
    return r->n ? dvb_ring_at(r, 0) : NULL;
}

/* The first, which stays where it is until the next push; NULL: empty. */
static inline void *dvb_ring_pop(struct dvb_ring *r)
{
    void *front = dvb_ring_front(r);
    if (front) {
        r->head = (r->head + 1) & (r->cap - 1);
        r->n--;
    }
    return front;
}

static inline void dvb_ring_release(struct dvb_ring *r)
{
    free(r->v);
    *r = (struct dvb_ring){ .size = r->size };
}

#endif
