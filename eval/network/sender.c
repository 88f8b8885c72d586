/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eval/network/loss.h"
#include "eval/network/packetize.h"
#include "eval/network/ring.h"
#include "eval/network/sender.h"

#define MAX_HISTORY ((size_t)1 << 15) /* half of what 16-bit sequence numbers can tell apart */
#define MAX_LOG ((size_t)1 << 16)
#define MAX_NALS 65536
#define OSN_BYTES 2
#define CATCH_UP 10000 /* microseconds that a late call of poll may make up for */
#define FIRST_RTT 100000
#define LONGEST_RTT (60 * DVB_NET_SECOND)
#define LOSS_WINDOW (10 * DVB_NET_SECOND)

/* One packet of the video, from the packetizer until it leaves the history. */
struct kept {
    struct dvb_net_packet packet;
    int64_t resent; /* last retransmission; -1: none */
    int unsent;     /* copies */
    bool waits;     /* in the queue of retransmissions */
};

/* What feedback will speak of. */
struct logged {
    int64_t sent;
    uint32_t size;
};

struct dvb_sender {
    struct dvb_sender_settings s;
    struct dvb_sender_stats stats;
    uint32_t max_payload;
    int64_t now, free_at; /* when the pacer lets the next one go */
    int64_t rtt, last_id;
    bool rtt_known, key_wanted;
    void *cc;
    struct dvb_ring kept; /* struct kept; the first is number oldest */
    int64_t oldest, next_seq;
    struct dvb_ring
        queue[DVB_NET_KINDS]; /* VIDEO, RTX: sequence numbers; else struct dvb_net_packet */
    int64_t next_wire[DVB_NET_KINDS];
    struct dvb_ring log; /* struct logged; the first is transport number logged_from */
    int64_t logged_from, next_tseq;
    struct dvb_cc_packet *told;
    size_t told_cap;
    struct dvb_loss_window loss;
};

static int check(const struct dvb_sender_settings *s, struct dvb_err *err)
{
    if (s->rates.min < 1 || s->rates.start < s->rates.min || s->rates.max < s->rates.start)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "sender: rates of %lld, %lld and %lld bits per second, expected 0 < least "
                        "<= first <= most",
                        (long long)s->rates.min, (long long)s->rates.start,
                        (long long)s->rates.max);
    if (!(s->pace > 0 && s->pace <= 1000))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "pacer: found %g times the rate, expected above 0 to 1000", s->pace);
    if (s->max_packet > 65000 || s->header > 1000 ||
        s->max_packet < s->header + OSN_BYTES + DVB_NET_PAYLOAD_MIN)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "packets of %u bytes with %u of header: expected room for %d and at most "
                        "65000 bytes",
                        s->max_packet, s->header, DVB_NET_PAYLOAD_MIN);
    if (s->copies < 1 || s->copies > 100)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "copies: found %d, expected 1 to 100",
                        s->copies);
    return 0;
}

int dvb_sender_open(const struct dvb_sender_settings *settings, struct dvb_sender **sender,
                    struct dvb_err *err)
{
    *sender = NULL;
    struct dvb_sender_settings s = *settings;
    s.cc = s.cc ? s.cc : &dvb_cc_fixed;
    s.pace = s.pace != 0 ? s.pace : 2.5;
    s.max_packet = s.max_packet ? s.max_packet : 1200;
    s.header = s.header ? s.header : 12;
    s.copies = s.copies ? s.copies : 1;
    s.max_queue = s.max_queue ? s.max_queue : 1 << 20;
    int ret = check(&s, err);
    if (ret)
        return ret;
    struct dvb_sender *d = dvb_calloc(1, sizeof(*d));
    d->s = s;
    d->max_payload = s.max_packet - s.header - (s.retransmit ? OSN_BYTES : 0);
    d->rtt = FIRST_RTT;
    d->last_id = -1;
    d->kept.size = sizeof(struct kept);
    d->log.size = sizeof(struct logged);
    for (int k = 0; k < DVB_NET_KINDS; k++)
        d->queue[k].size = k == DVB_NET_VIDEO || k == DVB_NET_RTX ? sizeof(int64_t)
                                                                  : sizeof(struct dvb_net_packet);
    d->cc = dvb_calloc(1, s.cc->state_size);
    s.cc->init(d->cc, &s.rates);
    dvb_loss_init(&d->loss, LOSS_WINDOW);
    *sender = d;
    return 0;
}

static bool is_idle(const struct dvb_sender *d)
{
    for (int k = 0; k < DVB_NET_KINDS; k++)
        if (d->queue[k].n)
            return false;
    return true;
}

/* Something is about to be queued: time in which there was nothing to send is not made up for. */
static void wake(struct dvb_sender *d)
{
    if (is_idle(d) && d->free_at < d->now)
        d->free_at = d->now;
}

static struct kept *find(const struct dvb_sender *d, int64_t seq)
{
    return seq >= d->oldest && seq < d->next_seq ? dvb_ring_at(&d->kept, (size_t)(seq - d->oldest))
                                                 : NULL;
}

static void release(const struct dvb_sender *d, const struct kept *k)
{
    if (k->packet.marker && d->s.release)
        d->s.release(d->s.user, k->packet.payload);
}

static void forget_old(struct dvb_sender *d)
{
    int64_t age = 3 * d->rtt > DVB_NET_SECOND ? 3 * d->rtt : DVB_NET_SECOND;
    for (const struct kept *k; (k = dvb_ring_front(&d->kept)) && !k->unsent;) {
        if (d->now - k->packet.sent <= age &&
            d->kept.n - d->queue[DVB_NET_VIDEO].n / (size_t)d->s.copies <= MAX_HISTORY)
            return;
        release(d, k);
        dvb_ring_pop(&d->kept);
        d->oldest++;
    }
}

static int count_packets(const struct dvb_sender *d, const struct dvb_net_frame *f, size_t *n,
                         struct dvb_err *err)
{
    *n = 0;
    if (f->id <= d->last_id || f->id > DVB_NET_LATEST)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "frame %lld after %lld: expected numbers that rise", (long long)f->id,
                        (long long)d->last_id);
    if (f->n_nals < 1 || f->n_nals > MAX_NALS)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "frame %lld: found %zu NAL units, expected 1 to %d", (long long)f->id,
                        f->n_nals, MAX_NALS);
    for (size_t i = 0; i < f->n_nals; i++) {
        if (f->nals[i] < 1 || f->nals[i] > DVB_NET_NAL_MAX)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "frame %lld: found a NAL unit of %u bytes, expected 1 to %u",
                            (long long)f->id, f->nals[i], DVB_NET_NAL_MAX);
        *n += dvb_packetize_count(f->nals[i], d->max_payload);
    }
    if ((double)d->queue[DVB_NET_VIDEO].n + (double)*n * d->s.copies > (double)d->s.max_queue)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOBUFS,
                        "frame %lld: more than %lld packets wait for the pacer", (long long)f->id,
                        (long long)d->s.max_queue);
    return 0;
}

static void keep_packets(struct dvb_sender *d, const struct dvb_net_frame *f)
{
    int64_t first = d->next_seq;
    for (size_t i = 0; i < f->n_nals; i++) {
        uint32_t n = dvb_packetize_count(f->nals[i], d->max_payload);
        for (uint32_t j = 0; j < n; j++) {
            struct kept *k = dvb_ring_push(&d->kept);
            *k = (struct kept){ .resent = -1, .unsent = d->s.copies };
            struct dvb_net_packet *p = &k->packet;
            p->seq = p->wire = d->next_seq++;
            p->frame = f->id;
            p->ssrc = d->s.ssrc[DVB_NET_VIDEO];
            p->kind = DVB_NET_VIDEO;
            p->part = dvb_packetize_part((uint32_t)i, f->nals[i], d->max_payload, j);
            p->size = d->s.header + dvb_packetize_bytes(&p->part);
            p->first = p->seq == first;
            p->marker = i == f->n_nals - 1 && j == n - 1;
            p->key = f->key;
            p->payload = f->payload;
        }
    }
}

int dvb_sender_frame(struct dvb_sender *d, int64_t now, const struct dvb_net_frame *frame,
                     struct dvb_err *err)
{
    size_t n;
    dvb_net_clock(&d->now, now);
    int ret = count_packets(d, frame, &n, err);
    if (ret)
        return ret;
    forget_old(d);
    wake(d);
    int64_t first = d->next_seq;
    keep_packets(d, frame);
    for (int copy = 0; copy < d->s.copies; copy++)
        for (int64_t seq = first; seq < d->next_seq; seq++)
            *(int64_t *)dvb_ring_push(&d->queue[DVB_NET_VIDEO]) = seq;
    d->last_id = frame->id;
    return 0;
}

int dvb_sender_extra(struct dvb_sender *d, int64_t now, enum dvb_net_kind kind, uint32_t size,
                     struct dvb_err *err)
{
    if ((kind != DVB_NET_AUDIO && kind != DVB_NET_PADDING) || size < d->s.header || size > 65000)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "packet of kind %d with %u bytes: expected audio or padding of %u to 65000",
                        (int)kind, size, d->s.header);
    if (d->queue[kind].n >= MAX_LOG)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOBUFS, "more than %zu packets wait", MAX_LOG);
    dvb_net_clock(&d->now, now);
    wake(d);
    int64_t seq = d->next_wire[kind]++;
    *(struct dvb_net_packet *)dvb_ring_push(&d->queue[kind]) = (struct dvb_net_packet){
        .seq = seq, .wire = seq, .ssrc = d->s.ssrc[kind], .size = size, .kind = (uint8_t)kind
    };
    return 0;
}

/* A packet that is still to be sent in full is no business of a NACK. */
static void resend(struct dvb_sender *d, int64_t seq)
{
    struct kept *k = find(d, seq);
    d->stats.nacked++;
    if (!k || k->unsent) {
        d->stats.unknown++;
        return;
    }
    if (k->waits || (k->resent >= 0 && d->now - k->resent < d->rtt))
        return;
    wake(d);
    k->waits = true;
    *(int64_t *)dvb_ring_push(&d->queue[DVB_NET_RTX]) = seq;
}

static void tell(struct dvb_sender *d, size_t *n, int64_t arrived)
{
    const struct logged *l = dvb_ring_pop(&d->log);
    d->told = dvb_grow(d->told, *n, &d->told_cap, sizeof(*d->told));
    d->told[(*n)++] = (struct dvb_cc_packet){ l->sent, arrived, l->size };
    d->logged_from++;
}

static void update_rtt(struct dvb_sender *d, int64_t sent, int64_t held)
{
    int64_t rtt = d->now - sent - held;
    if (held < 0 || rtt < 0 || rtt > LONGEST_RTT)
        return;
    d->rtt = d->rtt_known ? (7 * d->rtt + 3 * rtt) / 10 : rtt;
    d->rtt_known = true;
}

/* Every packet up to the last that has arrived: arrived or lost. */
static void take_feedback(struct dvb_sender *d, const struct dvb_net_control *m)
{
    size_t n = 0;
    int64_t lost = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct dvb_net_arrival *a = &m->arrivals[i];
        if (a->tseq < d->logged_from || a->tseq >= d->next_tseq || a->at < 0 ||
            a->at > DVB_NET_LATEST)
            continue;
        for (; d->logged_from < a->tseq; lost++)
            tell(d, &n, DVB_NET_NEVER);
        tell(d, &n, a->at);
    }
    if (!n)
        return;
    update_rtt(d, d->told[n - 1].sent, m->held);
    dvb_loss_add(&d->loss, d->now, lost, (int64_t)n);
    d->s.cc->feedback(d->cc, d->now, d->told, n, d->rtt);
}

void dvb_sender_control(struct dvb_sender *d, int64_t now, const struct dvb_net_control *message)
{
    dvb_net_clock(&d->now, now);
    if (message->kind == DVB_NET_FEEDBACK)
        take_feedback(d, message);
    else if (message->kind == DVB_NET_PLI)
        d->key_wanted = true;
    else if (d->s.retransmit)
        for (size_t i = 0; i < message->n; i++)
            resend(d, message->seqs[i]);
}

/* The next packet of that kind; false where what waited is gone from the history. */
static bool take(struct dvb_sender *d, enum dvb_net_kind kind, struct dvb_net_packet *p)
{
    const void *front = dvb_ring_pop(&d->queue[kind]);
    if (kind != DVB_NET_VIDEO && kind != DVB_NET_RTX) {
        *p = *(const struct dvb_net_packet *)front;
        return true;
    }
    struct kept *k = find(d, *(const int64_t *)front);
    if (!k)
        return false;
    if (kind == DVB_NET_VIDEO) {
        k->unsent--;
        k->packet.sent = d->now;
        *p = k->packet;
        return true;
    }
    k->waits = false;
    k->resent = d->now;
    *p = k->packet;
    p->kind = DVB_NET_RTX;
    p->wire = d->next_wire[DVB_NET_RTX]++;
    p->ssrc = d->s.ssrc[DVB_NET_RTX];
    p->size += OSN_BYTES;
    return true;
}

static void leave(struct dvb_sender *d, struct dvb_net_packet *p)
{
    p->sent = d->now;
    p->tseq = d->next_tseq++;
    if (d->log.n == MAX_LOG) {
        dvb_ring_pop(&d->log);
        d->logged_from++;
    }
    *(struct logged *)dvb_ring_push(&d->log) = (struct logged){ d->now, p->size };
    d->stats.packets[p->kind]++;
    d->stats.bytes[p->kind] += p->size;
    double rate = d->s.pace * d->s.copies * (double)dvb_sender_rate(d);
    int64_t span = (int64_t)(p->size * 8e6 / rate + 0.5);
    if (d->free_at < d->now - CATCH_UP)
        d->free_at = d->now - CATCH_UP;
    d->free_at += span;
}

bool dvb_sender_poll(struct dvb_sender *d, int64_t now, struct dvb_net_packet *packet)
{
    dvb_net_clock(&d->now, now);
    forget_old(d);
    if (d->free_at > d->now)
        return false;
    for (int k = 0; k < DVB_NET_KINDS; k++)
        while (d->queue[k].n)
            if (take(d, (enum dvb_net_kind)k, packet)) {
                leave(d, packet);
                return true;
            }
    return false;
}

int64_t dvb_sender_next(const struct dvb_sender *d)
{
    return is_idle(d) ? DVB_NET_NEVER : d->free_at;
}

int64_t dvb_sender_rate(const struct dvb_sender *d)
{
    return d->s.cc->rate(d->cc);
}

int64_t dvb_sender_rtt(const struct dvb_sender *d)
{
    return d->rtt;
}

bool dvb_sender_key_wanted(struct dvb_sender *d)
{
    bool wanted = d->key_wanted;
    d->key_wanted = false;
    return wanted;
}

int64_t dvb_sender_loss(const struct dvb_sender *d, double *loss)
{
    return dvb_loss_get(&d->loss, loss);
}

const struct dvb_sender_stats *dvb_sender_get_stats(const struct dvb_sender *d)
{
    return &d->stats;
}

void dvb_sender_close(struct dvb_sender **sender)
{
    struct dvb_sender *d = *sender;
    if (!d)
        return;
    for (const struct kept *k; (k = dvb_ring_pop(&d->kept));)
        release(d, k);
    dvb_ring_release(&d->kept);
    dvb_ring_release(&d->log);
    for (int k = 0; k < DVB_NET_KINDS; k++)
        dvb_ring_release(&d->queue[k]);
    free(d->told);
    free(d->cc);
    free(d);
    *sender = NULL;
}
