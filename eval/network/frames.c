/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "eval/network/frames.h"

#define FURTHEST (INT64_C(1) << 31) /* packets ahead of the newest that are believed */

struct dvb_frame_slot {
    int64_t seq; /* -1: none */
    int64_t frame;
    void *payload;
};

struct frame {
    int64_t id, first, last; /* -1: not known yet */
    int64_t low, high;       /* sequence numbers that have arrived */
    int64_t count;
    uint32_t bytes;
    bool key, recovered, complete, decodable;
};

int dvb_frames_open(struct dvb_frames *f, struct dvb_err *err)
{
    *f = (struct dvb_frames){ .newest = -1,
                              .broken_at = -1,
                              .frames = { .size = sizeof(struct frame) },
                              .events = { .size = sizeof(struct dvb_frame_event) } };
    f->slots = malloc(DVB_RECEIVER_WINDOW * sizeof(*f->slots));
    if (!f->slots)
        return dvb_fail_nomem(err);
    for (int i = 0; i < DVB_RECEIVER_WINDOW; i++)
        f->slots[i] = (struct dvb_frame_slot){ .seq = -1 };
    return 0;
}

static void forget(struct dvb_frames *f, struct dvb_frame_slot *slot)
{
    if (slot->seq >= 0 && f->release)
        f->release(f->user, slot->payload);
    slot->seq = -1;
}

void dvb_frames_close(struct dvb_frames *f)
{
    for (int i = 0; f->slots && i < DVB_RECEIVER_WINDOW; i++)
        forget(f, &f->slots[i]);
    free(f->slots);
    f->slots = NULL;
    dvb_ring_release(&f->frames);
    dvb_ring_release(&f->events);
}

static struct dvb_frame_slot *slot_of(const struct dvb_frames *f, int64_t seq)
{
    return &f->slots[seq & (DVB_RECEIVER_WINDOW - 1)];
}

/* NULL: that packet has not arrived, or is forgotten. */
static const struct dvb_frame_slot *arrived(const struct dvb_frames *f, int64_t seq)
{
    const struct dvb_frame_slot *slot = slot_of(f, seq);
    return seq >= 0 && slot->seq == seq ? slot : NULL;
}

void *dvb_frames_payload(const struct dvb_frames *f, int64_t seq)
{
    const struct dvb_frame_slot *slot = arrived(f, seq);
    return slot ? slot->payload : NULL;
}

/* Index of the first frame whose number is not below id. */
static size_t position(const struct dvb_frames *f, int64_t id)
{
    size_t low = 0, high = f->frames.n;
    if (high) { /* nearly always the newest */
        const struct frame *last = dvb_ring_at(&f->frames, high - 1);
        low = last->id < id ? high : low;
        high = last->id == id ? high - 1 : high;
        low = last->id == id ? high : low;
    }
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct frame *at = dvb_ring_at(&f->frames, mid);
        if (at->id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct frame *find(const struct dvb_frames *f, int64_t id)
{
    size_t i = position(f, id);
    struct frame *at = i < f->frames.n ? dvb_ring_at(&f->frames, i) : NULL;
    return at && at->id == id ? at : NULL;
}

static struct frame *find_or_add(struct dvb_frames *f, int64_t id, int64_t seq)
{
    size_t i = position(f, id);
    struct frame *at = i < f->frames.n ? dvb_ring_at(&f->frames, i) : NULL;
    if (at && at->id == id)
        return at;
    dvb_ring_push(&f->frames);
    for (size_t j = f->frames.n - 1; j > i; j--)
        memcpy(dvb_ring_at(&f->frames, j), dvb_ring_at(&f->frames, j - 1), sizeof(*at));
    at = dvb_ring_at(&f->frames, i);
    *at = (struct frame){ .id = id, .first = -1, .last = -1, .low = seq, .high = seq };
    return at;
}

static void forget_frames(struct dvb_frames *f)
{
    for (const struct frame *at; (at = dvb_ring_front(&f->frames));) {
        if (at->high > f->newest - DVB_RECEIVER_WINDOW)
            return;
        dvb_ring_pop(&f->frames);
    }
}

static void tell(struct dvb_frames *f, const struct frame *at, enum dvb_frame_state state,
                 int64_t now)
{
    *(struct dvb_frame_event *)dvb_ring_push(
        &f->events) = (struct dvb_frame_event){ .state = state,
                                                .frame = at->id,
                                                .at = now,
                                                .first_seq = at->first,
                                                .last_seq = at->last,
                                                .bytes = at->bytes,
                                                .key = at->key,
                                                .recovered = at->recovered };
}

/* The frame that ends right before seq can be decoded. */
static bool follows_decodable(const struct dvb_frames *f, int64_t seq)
{
    const struct dvb_frame_slot *slot = arrived(f, seq - 1);
    const struct frame *at = slot ? find(f, slot->frame) : NULL;
    return at && at->decodable && at->last == seq - 1;
}

static void check_decodable(struct dvb_frames *f, struct frame *at, int64_t now)
{
    while (at && at->complete && !at->decodable) {
        if (!at->key && !follows_decodable(f, at->first)) {
            f->broken_at = at->first;
            return;
        }
        at->decodable = true;
        tell(f, at, DVB_FRAME_DECODABLE, now);
        const struct dvb_frame_slot *slot = arrived(f, at->last + 1);
        int64_t next = at->last + 1;
        at = slot ? find(f, slot->frame) : NULL;
        if (at && at->first != next)
            return;
    }
}

static void check_complete(struct dvb_frames *f, struct frame *at, int64_t now)
{
    if (at->complete || at->first < 0 || at->last < 0 || at->count != at->last - at->first + 1)
        return;
    at->complete = true;
    tell(f, at, DVB_FRAME_COMPLETE, now);
    check_decodable(f, at, now);
}

/* The packet beside it is of another frame: both borders are known. */
static void meet(struct dvb_frames *f, int64_t before, int64_t after, int64_t seq, int64_t now)
{
    struct frame *a = find(f, before), *b = find(f, after);
    if (a && a->last < 0 && a->high < seq)
        a->last = seq - 1;
    if (b && b->first < 0 && b->low >= seq)
        b->first = seq;
    if (a)
        check_complete(f, a, now);
    if (b)
        check_complete(f, b, now);
}

static bool is_plausible(const struct dvb_frames *f, const struct dvb_net_packet *p)
{
    if (p->seq < 0 || p->frame < 0 || p->frame > DVB_NET_LATEST ||
        (f->newest >= 0 ? p->seq > f->newest + FURTHEST : p->seq > DVB_NET_LATEST))
        return false;
    const struct dvb_frame_slot *before = arrived(f, p->seq - 1), *after = arrived(f, p->seq + 1);
    if ((before && before->frame > p->frame) || (after && after->frame < p->frame))
        return false;
    const struct frame *at = find(f, p->frame);
    if (!at)
        return true;
    return (at->first < 0 || p->seq >= at->first) && (at->last < 0 || p->seq <= at->last) &&
           (!p->first || at->low >= p->seq) && (!p->marker || at->high <= p->seq);
}

enum dvb_frames_verdict dvb_frames_packet(struct dvb_frames *f, int64_t now,
                                          const struct dvb_net_packet *p)
{
    if (!is_plausible(f, p))
        return DVB_FRAMES_REFUSED;
    if (arrived(f, p->seq))
        return DVB_FRAMES_TWICE;
    if (f->newest >= 0 && p->seq <= f->newest - DVB_RECEIVER_WINDOW)
        return DVB_FRAMES_LATE;
    struct dvb_frame_slot *slot = slot_of(f, p->seq);
    forget(f, slot);
    *slot = (struct dvb_frame_slot){ p->seq, p->frame, p->payload };
    f->newest = p->seq > f->newest ? p->seq : f->newest;
    struct frame *at = find_or_add(f, p->frame, p->seq);
    at->count++;
    at->bytes += p->size;
    at->low = p->seq < at->low ? p->seq : at->low;
    at->high = p->seq > at->high ? p->seq : at->high;
    at->key = at->key || p->key;
    at->recovered = at->recovered || p->kind == DVB_NET_RTX;
    if (p->first)
        at->first = p->seq;
    if (p->marker)
        at->last = p->seq;
    check_complete(f, at, now);
    const struct dvb_frame_slot *before = arrived(f, p->seq - 1), *after = arrived(f, p->seq + 1);
    if (before && before->frame != p->frame)
        meet(f, before->frame, p->frame, p->seq, now);
    if (after && after->frame != p->frame)
        meet(f, p->frame, after->frame, p->seq + 1, now);
    forget_frames(f);
    return DVB_FRAMES_TAKEN;
}
