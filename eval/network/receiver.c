/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eval/network/frames.h"
#include "eval/network/missing.h"
#include "eval/network/receiver.h"

#define MAX_ARRIVALS ((size_t)4096) /* in one feedback message */
#define FIRST_RTT 100000
#define LEAST_RTT 1000
#define MOST_RTT (10 * DVB_NET_SECOND)

struct dvb_receiver {
    struct dvb_receiver_settings s;
    struct dvb_receiver_stats stats;
    int64_t now, rtt;
    struct dvb_frames frames;
    struct dvb_missing missing;
    struct dvb_net_arrival *arrivals; /* by tseq, not told yet */
    size_t n_arrivals, cap_arrivals;
    int64_t told_to; /* tseq below this are not told any more */
    int64_t feedback_due;
    bool pli_wanted;
    int64_t pli_sent;
};

int dvb_receiver_open(const struct dvb_receiver_settings *settings, struct dvb_receiver **receiver,
                      struct dvb_err *err)
{
    *receiver = NULL;
    if (settings->retries < 0 || settings->retries > 100000)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "retries: found %d, expected 1 to 100000",
                        settings->retries);
    if (settings->feedback && (settings->feedback < 50000 || settings->feedback > 250000))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "feedback: found every %g ms, expected 50 to 250, or 0 for none",
                        (double)settings->feedback / 1e3);
    struct dvb_receiver *r = dvb_calloc(1, sizeof(*r));
    r->s = *settings;
    r->missing.max_retries = settings->retries ? settings->retries : 10;
    r->pli_sent = -MOST_RTT;
    dvb_receiver_set_rtt(r, settings->rtt ? settings->rtt : FIRST_RTT);
    int ret = dvb_frames_open(&r->frames, err);
    if (ret) {
        free(r);
        return ret;
    }
    r->frames.user = settings->user;
    r->frames.release = settings->release;
    *receiver = r;
    return 0;
}

void dvb_receiver_set_rtt(struct dvb_receiver *r, int64_t rtt)
{
    r->rtt = rtt < LEAST_RTT ? LEAST_RTT : rtt > MOST_RTT ? MOST_RTT : rtt;
}

/* Kept by number, since feedback names them so; nearly all come in order. */
static void log_arrival(struct dvb_receiver *r, int64_t tseq)
{
    if (!r->s.feedback || tseq < r->told_to || tseq > DVB_NET_LATEST ||
        r->n_arrivals >= MAX_ARRIVALS)
        return;
    size_t i = r->n_arrivals;
    while (i && r->arrivals[i - 1].tseq > tseq)
        i--;
    if (i && r->arrivals[i - 1].tseq == tseq)
        return;
    if (!r->n_arrivals)
        r->feedback_due = (r->now / r->s.feedback + 1) * r->s.feedback;
    r->arrivals = dvb_grow(r->arrivals, r->n_arrivals, &r->cap_arrivals, sizeof(*r->arrivals));
    memmove(r->arrivals + i + 1, r->arrivals + i, (r->n_arrivals - i) * sizeof(*r->arrivals));
    r->arrivals[i] = (struct dvb_net_arrival){ tseq, r->now };
    if (++r->n_arrivals == MAX_ARRIVALS)
        r->feedback_due = r->now;
}

static void find_gap(struct dvb_receiver *r, int64_t newest, int64_t seq)
{
    if (seq < newest) {
        r->stats.recovered++;
        dvb_missing_found(&r->missing, seq);
        return;
    }
    int64_t gap = newest < 0 ? 0 : seq - newest - 1;
    r->stats.gaps += gap;
    if (gap && r->s.nack && !dvb_missing_add(&r->missing, newest + 1, seq, r->now))
        r->pli_wanted = true;
    r->stats.given_up = r->missing.given_up;
}

/* Decoding stands still, and nothing that is still awaited would help. */
static void find_break(struct dvb_receiver *r)
{
    int64_t at = r->frames.broken_at;
    r->frames.broken_at = -1;
    if (at >= 0 && (!r->missing.n || r->missing.list[0].seq > at))
        r->pli_wanted = true;
}

static void take_video(struct dvb_receiver *r, const struct dvb_net_packet *p)
{
    int64_t newest = r->frames.newest;
    enum dvb_frames_verdict verdict = dvb_frames_packet(&r->frames, r->now, p);
    if (verdict == DVB_FRAMES_TAKEN) {
        r->stats.packets++;
        r->stats.bytes += p->size;
        find_gap(r, newest, p->seq);
        find_break(r);
        return;
    }
    int64_t *counts[] = { [DVB_FRAMES_TWICE] = &r->stats.duplicates,
                          [DVB_FRAMES_LATE] = &r->stats.late,
                          [DVB_FRAMES_REFUSED] = &r->stats.refused };
    ++*counts[verdict];
    if (r->s.release)
        r->s.release(r->s.user, p->payload);
}

void dvb_receiver_packet(struct dvb_receiver *r, int64_t now, const struct dvb_net_packet *packet)
{
    dvb_net_clock(&r->now, now);
    log_arrival(r, packet->tseq);
    if (packet->kind == DVB_NET_VIDEO || packet->kind == DVB_NET_RTX) {
        take_video(r, packet);
        return;
    }
    if (packet->kind < DVB_NET_KINDS) {
        r->stats.packets++;
        r->stats.bytes += packet->size;
    } else {
        r->stats.refused++;
    }
    if (r->s.release)
        r->s.release(r->s.user, packet->payload);
}

static bool poll_nack(struct dvb_receiver *r, struct dvb_net_control *m)
{
    if (dvb_missing_next(&r->missing, r->now) > r->now)
        return false;
    size_t n = dvb_missing_ask(&r->missing, r->now, r->rtt);
    r->stats.nacks += (int64_t)n;
    r->stats.given_up = r->missing.given_up;
    *m = (struct dvb_net_control){ .kind = DVB_NET_NACK, .n = n, .seqs = r->missing.seqs };
    return n > 0;
}

static bool poll_feedback(struct dvb_receiver *r, struct dvb_net_control *m)
{
    if (!r->n_arrivals || r->now < r->feedback_due)
        return false;
    *m = (struct dvb_net_control){ .kind = DVB_NET_FEEDBACK,
                                   .n = r->n_arrivals,
                                   .arrivals = r->arrivals,
                                   .held = r->now - r->arrivals[r->n_arrivals - 1].at };
    r->told_to = r->arrivals[r->n_arrivals - 1].tseq + 1;
    r->n_arrivals = 0;
    return true;
}

static bool poll_pli(struct dvb_receiver *r, struct dvb_net_control *m)
{
    if (!r->s.pli || !r->pli_wanted || r->now - r->pli_sent < r->rtt)
        return false;
    r->pli_wanted = false;
    r->pli_sent = r->now;
    r->stats.plis++;
    *m = (struct dvb_net_control){ .kind = DVB_NET_PLI };
    return true;
}

bool dvb_receiver_poll(struct dvb_receiver *r, int64_t now, struct dvb_net_control *message)
{
    dvb_net_clock(&r->now, now);
    return poll_nack(r, message) || poll_pli(r, message) || poll_feedback(r, message);
}

int64_t dvb_receiver_next(const struct dvb_receiver *r)
{
    int64_t next = dvb_missing_next(&r->missing, r->now);
    if (r->n_arrivals && r->feedback_due < next)
        next = r->feedback_due;
    if (r->s.pli && r->pli_wanted && r->pli_sent + r->rtt < next)
        next = r->pli_sent + r->rtt;
    return next;
}

bool dvb_receiver_frame(struct dvb_receiver *r, struct dvb_frame_event *event)
{
    const struct dvb_frame_event *front = dvb_ring_pop(&r->frames.events);
    if (front)
        *event = *front;
    return front;
}

void *dvb_receiver_payload(const struct dvb_receiver *r, int64_t seq)
{
    return dvb_frames_payload(&r->frames, seq);
}

const struct dvb_receiver_stats *dvb_receiver_get_stats(const struct dvb_receiver *r)
{
    return &r->stats;
}

void dvb_receiver_close(struct dvb_receiver **receiver)
{
    struct dvb_receiver *r = *receiver;
    if (!r)
        return;
    dvb_frames_close(&r->frames);
    free(r->arrivals);
    free(r);
    *receiver = NULL;
}
