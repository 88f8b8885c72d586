/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/seen.h"

#include <math.h>

/* The newest frame captured by that time; the first, where none was. */
static int wanted_at(const struct dvb_sim_result *r, int from, double time)
{
    while ((size_t)from + 1 < r->n && r->frames[from + 1].captured <= llround(time * 1e6))
        from++;
    return from;
}

static int64_t deadline_of(const struct dvb_sim_result *twin, int wanted, int64_t delay)
{
    const struct dvb_sim_frame *f = &twin->frames[wanted];
    return f->decodable == DVB_NET_NEVER ? f->captured + delay : f->decodable;
}

/* The newest of the frames up to `wanted` that could be decoded by then. */
static int newest_by(const struct dvb_sim_result *r, int wanted, int64_t by)
{
    int i = wanted;
    while (i >= 0 && (r->frames[i].decodable == DVB_NET_NEVER || r->frames[i].decodable > by))
        i--;
    return i >= 0 ? i : DVB_SEEN_BLACK;
}

/* The first to come of the frames from `wanted` on, if that one never does. */
static int next_after(const struct dvb_sim_result *r, int wanted)
{
    int best = wanted;
    if (r->frames[wanted].decodable != DVB_NET_NEVER)
        return wanted;
    for (int i = wanted; (size_t)i < r->n; i++)
        if (r->frames[i].decodable < r->frames[best].decodable)
            best = i;
    return r->frames[best].decodable == DVB_NET_NEVER ? DVB_SEEN_BLACK : best;
}

static void wait_for(const struct dvb_sim_result *r, int64_t deadline, struct dvb_seen *s)
{
    s->frame = next_after(r, s->wanted);
    if (s->frame != DVB_SEEN_BLACK) {
        s->at = r->frames[s->frame].decodable;
        return;
    }
    s->at = r->ended > deadline ? r->ended : deadline;
    s->frame = newest_by(r, s->wanted, s->at);
}

void dvb_seen_pick(const struct dvb_sim_result *result, const struct dvb_sim_result *twin,
                   const double *times, size_t n, bool substitutes, int64_t delay,
                   struct dvb_seen *out)
{
    int wanted = 0;
    for (size_t i = 0; i < n; i++) {
        struct dvb_seen *s = &out[i];
        wanted = wanted_at(result, wanted, times[i]);
        int64_t deadline = deadline_of(twin, wanted, delay);
        *s = (struct dvb_seen){ .wanted = wanted, .at = deadline };
        if (substitutes)
            s->frame = newest_by(result, wanted, deadline);
        else
            wait_for(result, deadline, s);
        s->age_ms = s->frame == DVB_SEEN_BLACK
                        ? NAN
                        : (double)(s->at - result->frames[s->frame].captured) / 1e3;
        s->stall_ms = s->at > deadline ? (double)(s->at - deadline) / 1e3 : 0;
    }
}
