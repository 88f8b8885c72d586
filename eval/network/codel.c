/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "eval/network/codel.h"

static int64_t control_law(const struct dvb_codel *c, int64_t t)
{
    return t + (int64_t)llround((double)c->interval / sqrt((double)c->count));
}

/* RFC 8289's dodequeue: whether the sojourn has been above the target for an interval. */
static bool ok_to_drop(struct dvb_codel *c, int64_t now, int64_t sojourn, int64_t left,
                       int64_t max_packet)
{
    if (sojourn < c->target || left <= max_packet) {
        c->first_above = 0;
        return false;
    }
    if (c->first_above)
        return now >= c->first_above;
    c->first_above = now + c->interval;
    return false;
}

static void enter(struct dvb_codel *c, int64_t now)
{
    int64_t delta = c->count - c->last_count;
    c->dropping = true;
    c->count = delta > 1 && now - c->drop_next < 16 * c->interval ? delta : 1;
    c->drop_next = control_law(c, now);
    c->last_count = c->count;
    c->fresh = true;
}

bool dvb_codel_drop(struct dvb_codel *c, int64_t now, int64_t sojourn, int64_t left,
                    int64_t max_packet)
{
    bool ok = ok_to_drop(c, now, sojourn, left, max_packet);
    if (c->fresh) {
        c->fresh = false;
        return false;
    }
    if (!c->dropping) {
        if (ok)
            enter(c, now);
        return ok;
    }
    bool again = c->again;
    c->again = false;
    if (!ok) {
        c->dropping = false;
        return false;
    }
    if (again)
        c->drop_next = control_law(c, c->drop_next);
    if (now < c->drop_next)
        return false;
    c->count++;
    c->again = true;
    return true;
}

void dvb_codel_empty(struct dvb_codel *c)
{
    c->first_above = 0;
    c->dropping = c->fresh = c->again = false;
}
