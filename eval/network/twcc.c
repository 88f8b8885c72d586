/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1: base number, status
   count, reference time (64 ms) and feedback number; then chunks of 2 bytes that say how
   each packet's arrival is written; then the arrivals' deltas (250 us). */
#include <errno.h>
#include <string.h>

#include "eval/network/rtcp.h"
#include "eval/network/wire.h"

enum { RTPFB = 205, FMT_TWCC = 15, HEADER = 12, FCI = 8, TICK_US = 250, REFERENCE_US = 64000 };
enum status { LOST, SMALL, LARGE, RESERVED };

static int bad(struct dvb_err *err, const char *what, size_t found, size_t expected)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EPROTO,
                    "transport-wide feedback: %s: found %zu bytes, expected %zu", what, found,
                    expected);
}

/* How many packets a chunk speaks of. */
static unsigned chunk_size(unsigned chunk)
{
    return !(chunk & 0x8000) ? chunk & 0x1fff : chunk & 0x4000 ? 7 : 14;
}

static enum status chunk_status(unsigned chunk, unsigned i)
{
    if (!(chunk & 0x8000))
        return chunk >> 13 & 3;
    return chunk & 0x4000 ? chunk >> (12 - 2 * i) & 3 : chunk >> (13 - i) & 1;
}

/* Where the deltas begin; checks that all chunks are there. */
static int find_deltas(const uint8_t *p, size_t size, unsigned count, size_t *deltas,
                       struct dvb_err *err)
{
    size_t at = FCI;
    for (unsigned seen = 0; seen < count; at += 2) {
        if (size - at < 2)
            return bad(err, "packet chunk", size - at, 2);
        unsigned n = chunk_size(dvb_get16(p + at));
        if (!n)
            return dvb_fail(err, DVB_FAULT_INPUT, EPROTO,
                            "transport-wide feedback: a chunk of no packets");
        seen += n;
    }
    *deltas = at;
    return 0;
}

struct reading {
    const uint8_t *p;
    size_t size, delta; /* where the next delta is */
    int64_t time_us;
};

static int read_packet(struct reading *r, enum status status, struct dvb_twcc_packet *out,
                       struct dvb_err *err)
{
    size_t need = status == SMALL ? 1 : status == LARGE ? 2 : 0;
    if (status == RESERVED)
        return dvb_fail(err, DVB_FAULT_INPUT, EPROTO,
                        "transport-wide feedback: the reserved status");
    if (r->size - r->delta < need)
        return bad(err, "delta", r->size - r->delta, need);
    const uint8_t *p = r->p + r->delta;
    r->time_us += need == 1 ? p[0] * TICK_US : need == 2 ? (int16_t)dvb_get16(p) * TICK_US : 0;
    r->delta += need;
    out->received = need > 0;
    out->arrival_us = need ? r->time_us : 0;
    return 0;
}

int dvb_twcc_read(const struct dvb_rtcp *packet, uint8_t *feedback,
                  int (*each)(void *ctx, const struct dvb_twcc_packet *p), void *ctx,
                  struct dvb_err *err)
{
    struct reading r = { .p = packet->fci, .size = packet->fci_size };
    if (packet->kind != DVB_RTCP_TWCC || r.size < FCI)
        return bad(err, "packet", packet->kind == DVB_RTCP_TWCC ? r.size : 0, FCI);
    unsigned count = dvb_get16(r.p + 2), done = 0;
    struct dvb_twcc_packet out = { .seq = dvb_get16(r.p) };
    r.time_us = (int64_t)dvb_get24(r.p + 4) * REFERENCE_US;
    if (feedback)
        *feedback = r.p[7];
    int ret = find_deltas(r.p, r.size, count, &r.delta, err);
    for (size_t at = FCI; !ret && done < count; at += 2) {
        unsigned chunk = dvb_get16(r.p + at), n = chunk_size(chunk);
        for (unsigned i = 0; !ret && i < n && done < count; i++, done++, out.seq++) {
            ret = read_packet(&r, chunk_status(chunk, i), &out, err);
            if (!ret && each)
                ret = each(ctx, &out);
        }
    }
    return ret;
}

/* Ticks on the circle of the reference time: 24 bits of 64 ms. */
static int64_t ticks_of(const struct dvb_twcc_packet *p)
{
    return p->arrival_us / TICK_US;
}

static enum status status_of(const struct dvb_twcc_packet *p, int64_t *last, int64_t *delta)
{
    if (!p->received)
        return LOST;
    *delta = ticks_of(p) - *last;
    if (*delta < INT16_MIN || *delta > INT16_MAX)
        return RESERVED;
    *last += *delta;
    return *delta >= 0 && *delta <= 255 ? SMALL : LARGE;
}

/* The longest run of one status, at most 8191. */
static size_t run_length(const uint8_t *status, size_t n)
{
    size_t i = 1;
    while (i < n && i < 0x1fff && status[i] == status[0])
        i++;
    return i;
}

/* One chunk for the beginning of status[0..n): a run where it is as long as a vector,
   else a vector. Missing ones of a vector are lost, and the count says that they are none. */
static size_t make_chunk(const uint8_t *status, size_t n, unsigned *chunk)
{
    size_t run = run_length(status, n), one = 0;
    while (one < n && one < 14 && status[one] != LARGE)
        one++;
    bool narrow = one == 14 || one == n;
    if (run >= (narrow ? 14U : 7U) || run == n) {
        *chunk = (unsigned)status[0] << 13 | (unsigned)run;
        return run;
    }
    *chunk = narrow ? 0x8000 : 0xc000;
    size_t fits = narrow ? 14 : 7;
    size_t took = n < fits ? n : fits;
    for (size_t i = 0; i < took; i++)
        *chunk |= (unsigned)status[i] << (narrow ? 13 - i : 12 - 2 * i);
    return took;
}

enum { MOST = 4096 }; /* packets in one feedback that is written */

/* Statuses of the packets that one feedback can hold; returns how many, and how many
   bytes of chunks and deltas they take. */
static size_t measure(const struct dvb_twcc_packet *packets, size_t n, size_t room, uint8_t *status,
                      size_t *bytes)
{
    int64_t last = ticks_of(packets) / (REFERENCE_US / TICK_US) * (REFERENCE_US / TICK_US), delta;
    size_t deltas = 0, good = 0;
    *bytes = 0;
    for (size_t i = 0; i < n && i < MOST; i++) {
        status[i] = (uint8_t)status_of(&packets[i], &last, &delta);
        if (status[i] == RESERVED)
            break;
        deltas += status[i];
        /* Two bytes for each 7 packets and one more chunk is the most that chunks take. */
        size_t most = (i / 7 + 2) * 2 + deltas;
        if (most > room)
            break;
        *bytes = most;
        good = i + 1;
    }
    return good;
}

static uint8_t *put_chunks(uint8_t *p, const uint8_t *status, size_t n)
{
    for (size_t at = 0; at < n; p += 2) {
        unsigned chunk;
        at += make_chunk(status + at, n - at, &chunk);
        dvb_put16(p, chunk);
    }
    return p;
}

static uint8_t *put_deltas(uint8_t *p, const struct dvb_twcc_packet *packets, const uint8_t *status,
                           size_t n, int64_t last)
{
    for (size_t i = 0; i < n; i++) {
        int64_t delta;
        if (status_of(&packets[i], &last, &delta) == LOST)
            continue;
        if (status[i] == LARGE)
            dvb_put16(p, (uint32_t)delta & 0xffff);
        else
            *p = (uint8_t)delta;
        p += status[i];
    }
    return p;
}

size_t dvb_rtcp_put_twcc(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media, uint8_t feedback,
                         const struct dvb_twcc_packet *packets, size_t n)
{
    uint8_t status[MOST];
    size_t room = w->cap - w->size, bytes = 0;
    if (!n || !packets[0].received || packets[0].arrival_us < 0)
        return 0;
    n = room < HEADER + FCI + 8 ? 0 : measure(packets, n, room - HEADER - FCI - 3, status, &bytes);
    if (!n) {
        w->full = true;
        return 0;
    }
    uint8_t *p = w->data + w->size, *at = p + HEADER + FCI;
    int64_t reference = packets[0].arrival_us / REFERENCE_US;
    p[0] = 0x80 | FMT_TWCC;
    p[1] = RTPFB;
    dvb_put32(p + 4, ssrc);
    dvb_put32(p + 8, media);
    dvb_put16(p + 12, packets[0].seq);
    dvb_put16(p + 14, (uint32_t)n);
    dvb_put24(p + 16, (uint32_t)reference & 0xffffff);
    p[19] = feedback;
    at = put_chunks(at, status, n);
    at = put_deltas(at, packets, status, n, reference * (REFERENCE_US / TICK_US));
    while ((at - p) % 4)
        *at++ = 0;
    dvb_put16(p + 2, (uint32_t)((at - p) / 4 - 1));
    w->size += (size_t)(at - p);
    return n;
}
