/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/link_rate.h"

#define ROUND_MAX (INT64_MAX / 2) /* more bits than any packet has, in millionths */

static int64_t step_end(const struct dvb_trace *t, size_t i)
{
    return i + 1 < t->n ? t->steps[i + 1].at : t->length;
}

void dvb_link_clock_init(struct dvb_link_clock *c, const struct dvb_trace *trace, int64_t rate)
{
    *c = (struct dvb_link_clock){ .trace = trace, .rate = rate };
    if (!trace || trace->kind == DVB_TRACE_MAHIMAHI)
        return;
    double round = 0;
    for (size_t i = 0; i < trace->n; i++) {
        int64_t span = step_end(trace, i) - trace->steps[i].at;
        round += (double)trace->steps[i].bps * (double)span;
        if (round >= (double)ROUND_MAX) {
            c->round = ROUND_MAX;
            return;
        }
        c->round += trace->steps[i].bps * span;
    }
}

/* Microseconds that need takes at rate > 0. */
static int64_t span_of(int64_t need, int64_t rate)
{
    return need / rate + (need % rate != 0);
}

/* Bring the trace to t: whole rounds by division, then step by step. */
static void seek(struct dvb_link_clock *c, int64_t t)
{
    const struct dvb_trace *tr = c->trace;
    if (t - c->base >= tr->length) {
        c->base += (t - c->base) / tr->length * tr->length;
        c->i = 0;
    }
    while (c->base + step_end(tr, c->i) <= t)
        c->i++;
}

static int64_t send_trace(struct dvb_link_clock *c, int64_t t, int64_t need)
{
    const struct dvb_trace *tr = c->trace;
    if (need > c->round) { /* a round carries the same wherever it begins */
        int64_t rounds = (need - 1) / c->round;
        if (rounds > (DVB_NET_LATEST - t) / tr->length)
            return DVB_NET_LATEST;
        t += rounds * tr->length;
        need -= rounds * c->round;
    }
    for (;;) {
        seek(c, t);
        int64_t rate = tr->steps[c->i].bps, span = c->base + step_end(tr, c->i) - t;
        if (rate && span_of(need, rate) <= span) {
            span = span_of(need, rate);
            c->credit = rate * span - need;
            return t + span;
        }
        need -= rate * span; /* less than need, so no overflow */
        t += span;
    }
}

int64_t dvb_link_clock_send(struct dvb_link_clock *c, int64_t start, bool waited, int64_t bytes)
{
    int64_t need = bytes * 8 * 1000000 - (waited ? c->credit : 0);
    c->credit = 0;
    if (!c->trace && !c->rate)
        return start;
    if (need <= 0) {
        c->credit = -need;
        return start;
    }
    if (c->trace)
        return send_trace(c, start, need);
    int64_t span = span_of(need, c->rate);
    c->credit = c->rate * span - need;
    return start + span;
}

int64_t dvb_link_clock_peek(const struct dvb_link_clock *c)
{
    return c->base + c->trace->at[c->i];
}

void dvb_link_clock_take(struct dvb_link_clock *c)
{
    if (++c->i == c->trace->n) {
        c->i = 0;
        c->base += c->trace->length;
    }
}

void dvb_link_clock_skip(struct dvb_link_clock *c, int64_t now)
{
    int64_t length = c->trace->length;
    if (now - c->base > 2 * length) {
        c->base += ((now - c->base) / length - 1) * length;
        c->i = 0;
    }
    while (dvb_link_clock_peek(c) <= now)
        dvb_link_clock_take(c);
}
