/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: what parses drives a link, which must neither hang nor deliver into the past. */
#include <stdint.h>
#include <stdlib.h>

#include "eval/network/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_trace(const struct dvb_trace *t)
{
    if (!t->n || t->length <= 0 || !(dvb_trace_mean(t) > 0))
        abort();
    for (size_t i = 1; i < t->n; i++)
        if (t->at ? t->at[i] < t->at[i - 1] : t->steps[i].at <= t->steps[i - 1].at)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_trace t;
    struct dvb_err err;
    if (dvb_trace_parse((const char *)data, size, "fuzz", &t, &err)) {
        if (t.n || t.at || t.steps)
            abort();
        return 0;
    }
    check_trace(&t);
    struct dvb_link *l;
    const struct dvb_link_settings s = { .trace = &t, .delay = 1000, .queue = DVB_QUEUE_CODEL };
    if (dvb_link_open(&s, &l, &err))
        abort();
    int64_t now = 0, at, next;
    for (int i = 0; i < 50; i++) {
        struct dvb_net_packet p = { .size = 1200, .sent = now };
        if (dvb_link_put(l, now, &p, &err))
            abort();
        now += i * t.length / 7;
        while (dvb_link_take(l, now, &p, &at))
            if (at < p.sent + 1000 || at > now)
                abort();
    }
    for (int i = 0; i < 1000 && (next = dvb_link_next(l)) != DVB_NET_NEVER; i++) {
        struct dvb_net_packet p;
        while (dvb_link_take(l, next, &p, &at))
            ;
    }
    dvb_link_close(&l);
    dvb_trace_release(&t);
    return 0;
}
