/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "eval/network/missing.h"

/* Those too far behind are not waited for any more. */
static void give_up_old(struct dvb_missing *m, int64_t newest)
{
    size_t old = 0;
    while (old < m->n && m->list[old].seq < newest - DVB_MISSING_AGE)
        old++;
    if (!old)
        return;
    m->n -= old;
    memmove(m->list, m->list + old, m->n * sizeof(*m->list));
    m->fresh = m->fresh < m->n ? m->fresh : m->n;
    m->given_up += (int64_t)old;
}

bool dvb_missing_add(struct dvb_missing *m, int64_t from, int64_t to, int64_t now)
{
    give_up_old(m, to);
    if (to - from > (int64_t)(DVB_MISSING_MAX - m->n)) {
        m->given_up += (int64_t)m->n + (to - from);
        m->n = m->fresh = 0;
        return false;
    }
    if (!m->n)
        m->tick = now + DVB_MISSING_TICK;
    m->fresh += (size_t)(to - from);
    for (; from < to; from++)
        m->list[m->n++] = (struct dvb_missing_packet){ .seq = from };
    return true;
}

bool dvb_missing_found(struct dvb_missing *m, int64_t seq)
{
    size_t low = 0, high = m->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (m->list[mid].seq < seq)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == m->n || m->list[low].seq != seq)
        return false;
    if (low >= m->n - m->fresh)
        m->fresh--;
    m->n--;
    memmove(m->list + low, m->list + low + 1, (m->n - low) * sizeof(*m->list));
    return true;
}

size_t dvb_missing_ask(struct dvb_missing *m, int64_t now, int64_t rtt)
{
    bool tick = m->n && now >= m->tick;
    size_t n = 0, left = tick ? 0 : m->n - m->fresh;
    for (size_t i = left; i < m->n; i++) {
        struct dvb_missing_packet *p = &m->list[i];
        if (!p->retries || now - p->asked >= rtt) {
            m->seqs[n++] = p->seq;
            p->asked = now;
            p->retries++;
        }
        if (p->retries < m->max_retries)
            m->list[left++] = *p;
        else
            m->given_up++;
    }
    m->n = left;
    m->fresh = 0;
    if (tick)
        m->tick = now + DVB_MISSING_TICK;
    return n;
}

int64_t dvb_missing_next(const struct dvb_missing *m, int64_t now)
{
    return !m->n ? INT64_MAX : m->fresh ? now : m->tick;
}
