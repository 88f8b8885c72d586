/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/rtcp.h"

#include <errno.h>
#include <string.h>

#include "eval/network/wire.h"

enum { SR = 200, RR, SDES, BYE, APP, RTPFB, PSFB };
enum { FMT_NACK = 1, FMT_TWCC = 15, FMT_PLI = 1, FMT_AFB = 15 };
enum { HEADER = 4, BLOCK = 24, SENDER = 20, CNAME = 1 };

static int bad(struct dvb_err *err, const char *what, size_t found, size_t expected)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "RTCP: %s: found %zu bytes, expected %zu", what,
                    found, expected);
}

static int32_t signed24(uint32_t v)
{
    return v & 0x800000 ? (int32_t)v - 0x1000000 : (int32_t)v;
}

static void read_block(const uint8_t *p, struct dvb_rtcp_block *b)
{
    *b = (struct dvb_rtcp_block){ .ssrc = dvb_get32(p),
                                  .lost_share = p[4],
                                  .lost = signed24(dvb_get24(p + 5)),
                                  .highest_seq = dvb_get32(p + 8),
                                  .jitter = dvb_get32(p + 12),
                                  .last_sr = dvb_get32(p + 16),
                                  .sr_delay = dvb_get32(p + 20) };
}

static int read_report(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err)
{
    size_t at = out->kind == DVB_RTCP_SR ? 4 + SENDER : 4;
    size_t need = at + (size_t)out->count * BLOCK;
    if (size < need)
        return bad(err, "report", size, need);
    if (out->kind == DVB_RTCP_SR)
        out->sr = (struct dvb_rtcp_sender){ .ntp = (uint64_t)dvb_get32(p + 4) << 32 |
                                                   dvb_get32(p + 8),
                                            .timestamp = dvb_get32(p + 12),
                                            .packets = dvb_get32(p + 16),
                                            .octets = dvb_get32(p + 20) };
    out->ssrc = dvb_get32(p);
    out->n_blocks = out->count;
    for (int i = 0; i < out->n_blocks; i++)
        read_block(p + at + (size_t)i * BLOCK, &out->blocks[i]);
    return 0;
}

/* The first CNAME of all chunks. */
static int read_sdes(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err)
{
    size_t at = 0;
    for (int chunk = 0; chunk < out->count; chunk++) {
        if (size - at < 4)
            return bad(err, "SDES chunk", size - at, 4);
        if (!chunk)
            out->ssrc = dvb_get32(p);
        for (at += 4; at < size && p[at];) {
            size_t len = size - at < 2 ? 255 : p[at + 1];
            if (size - at < 2 + len)
                return bad(err, "SDES item", size - at, 2 + len);
            if (p[at] == CNAME && !*out->cname)
                memcpy(out->cname, p + at + 2, len);
            at += 2 + len;
        }
        at = (at + 4) & ~(size_t)3; /* the end is one zero up */
        if (at > size)
            return bad(err, "SDES chunk's end", size, at);
    }
    return 0;
}

static int read_remb(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err)
{
    if (size < 16 || size < 16 + (size_t)p[12] * 4)
        return bad(err, "REMB", size, size < 16 ? 16 : 16 + (size_t)p[12] * 4);
    int exp = p[13] >> 2;
    int64_t mantissa = dvb_get24(p + 13) & 0x3ffff;
    out->remb_bps = exp > 44 ? INT64_MAX : mantissa << exp;
    return 0;
}

static int read_feedback(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err)
{
    if (size < 8)
        return bad(err, "feedback", size, 8);
    out->ssrc = dvb_get32(p);
    out->media = dvb_get32(p + 4);
    out->fci = p + 8;
    out->fci_size = size - 8;
    if (out->type == RTPFB && out->count == FMT_NACK)
        out->kind = DVB_RTCP_NACK;
    else if (out->type == RTPFB && out->count == FMT_TWCC)
        out->kind = DVB_RTCP_TWCC;
    else if (out->type == PSFB && out->count == FMT_PLI)
        out->kind = DVB_RTCP_PLI;
    else if (out->type == PSFB && out->count == FMT_AFB && size >= 12 &&
             !memcmp(p + 8, "REMB", 4)) {
        out->kind = DVB_RTCP_REMB;
        return read_remb(p, size, out, err);
    }
    return 0;
}

static int read_ssrc(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err)
{
    size_t need = out->kind == DVB_RTCP_BYE ? (size_t)out->count * 4 : 4;
    if (size < need)
        return bad(err, "source", size, need);
    out->ssrc = need ? dvb_get32(p) : 0;
    return 0;
}

static const struct {
    enum dvb_rtcp_kind kind;
    int (*read)(const uint8_t *p, size_t size, struct dvb_rtcp *out, struct dvb_err *err);
} readers[] = { [SR - SR] = { DVB_RTCP_SR, read_report },
                [RR - SR] = { DVB_RTCP_RR, read_report },
                [SDES - SR] = { DVB_RTCP_SDES, read_sdes },
                [BYE - SR] = { DVB_RTCP_BYE, read_ssrc },
                [APP - SR] = { DVB_RTCP_OTHER, read_ssrc },
                [RTPFB - SR] = { DVB_RTCP_OTHER, read_feedback },
                [PSFB - SR] = { DVB_RTCP_OTHER, read_feedback } };

int dvb_rtcp_next(struct dvb_rtcp_walk *w, struct dvb_rtcp *out, struct dvb_err *err)
{
    const uint8_t *p = w->data + w->at;
    size_t left = w->size - w->at;
    *out = (struct dvb_rtcp){ 0 };
    if (!left)
        return 0;
    if (left < HEADER)
        return bad(err, "header", left, HEADER);
    if (p[0] >> 6 != 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "RTCP: version: found %d, expected 2",
                        p[0] >> 6);
    size_t size = HEADER + (size_t)dvb_get16(p + 2) * 4;
    if (size > left)
        return bad(err, "packet", left, size);
    w->at += size;
    out->count = p[0] & 31;
    out->type = p[1];
    size_t padding = p[0] & 0x20 ? p[size - 1] : 0;
    /* A multiple of 4 by the RFC; libwebrtc's feedback has 1 to 3 bytes. */
    if (padding > size - HEADER || (p[0] & 0x20 && !padding))
        return bad(err, "padding", size - HEADER, padding);
    size -= padding;
    if (out->type < SR || out->type > PSFB)
        return 1;
    out->kind = readers[out->type - SR].kind;
    int ret = readers[out->type - SR].read(p + HEADER, size - HEADER, out, err);
    return ret ? ret : 1;
}

size_t dvb_rtcp_nack_numbers(const struct dvb_rtcp *packet, uint16_t *seq, size_t cap)
{
    size_t n = 0;
    if (packet->kind != DVB_RTCP_NACK)
        return 0;
    for (size_t at = 0; at + 4 <= packet->fci_size; at += 4) {
        uint16_t first = dvb_get16(packet->fci + at), more = dvb_get16(packet->fci + at + 2);
        for (int i = 0; i <= 16; i++) {
            if (i && !(more >> (i - 1) & 1))
                continue;
            if (n < cap)
                seq[n] = (uint16_t)(first + i);
            n++;
        }
    }
    return n;
}

/* Room for a packet of size bytes with its header written, or NULL. */
static uint8_t *begin(struct dvb_rtcp_writer *w, int type, int count, size_t size)
{
    if (w->cap - w->size < size || size / 4 - 1 > 65535) {
        w->full = true;
        return NULL;
    }
    uint8_t *p = w->data + w->size;
    memset(p, 0, size);
    p[0] = (uint8_t)(0x80 | count);
    p[1] = (uint8_t)type;
    dvb_put16(p + 2, (uint32_t)(size / 4 - 1));
    w->size += size;
    return p;
}

static void put_blocks(uint8_t *p, const struct dvb_rtcp_block *b, int n)
{
    for (; n > 0; n--, b++, p += BLOCK) {
        dvb_put32(p, b->ssrc);
        p[4] = b->lost_share;
        dvb_put24(p + 5, (uint32_t)b->lost & 0xffffff);
        dvb_put32(p + 8, b->highest_seq);
        dvb_put32(p + 12, b->jitter);
        dvb_put32(p + 16, b->last_sr);
        dvb_put32(p + 20, b->sr_delay);
    }
}

void dvb_rtcp_put_sr(struct dvb_rtcp_writer *w, uint32_t ssrc, const struct dvb_rtcp_sender *sr,
                     const struct dvb_rtcp_block *blocks, int n)
{
    n = n > 31 ? 31 : n;
    uint8_t *p = begin(w, SR, n, HEADER + 4 + SENDER + (size_t)n * BLOCK);
    if (!p)
        return;
    dvb_put32(p + 4, ssrc);
    dvb_put32(p + 8, (uint32_t)(sr->ntp >> 32));
    dvb_put32(p + 12, (uint32_t)sr->ntp);
    dvb_put32(p + 16, sr->timestamp);
    dvb_put32(p + 20, sr->packets);
    dvb_put32(p + 24, sr->octets);
    put_blocks(p + 28, blocks, n);
}

void dvb_rtcp_put_rr(struct dvb_rtcp_writer *w, uint32_t ssrc, const struct dvb_rtcp_block *blocks,
                     int n)
{
    n = n > 31 ? 31 : n;
    uint8_t *p = begin(w, RR, n, HEADER + 4 + (size_t)n * BLOCK);
    if (!p)
        return;
    dvb_put32(p + 4, ssrc);
    put_blocks(p + 8, blocks, n);
}

void dvb_rtcp_put_cname(struct dvb_rtcp_writer *w, uint32_t ssrc, const char *cname)
{
    size_t len = strlen(cname);
    len = len > 255 ? 255 : len;
    /* A chunk ends with at least one zero, at a multiple of 4. */
    uint8_t *p = begin(w, SDES, 1, HEADER + ((4 + 2 + len + 4) & ~(size_t)3));
    if (!p)
        return;
    dvb_put32(p + 4, ssrc);
    p[8] = CNAME;
    p[9] = (uint8_t)len;
    memcpy(p + 10, cname, len);
}

void dvb_rtcp_put_bye(struct dvb_rtcp_writer *w, uint32_t ssrc)
{
    uint8_t *p = begin(w, BYE, 1, HEADER + 4);
    if (p)
        dvb_put32(p + 4, ssrc);
}

/* How many of seq[0..n) go into one word: the first, and those up to 16 after it. */
static size_t nack_word(const uint16_t *seq, size_t n, uint32_t *word)
{
    size_t i = 1;
    uint32_t mask = 0, last = 0;
    for (; i < n; i++) {
        uint16_t after = (uint16_t)(seq[i] - seq[0]);
        if (after <= last || after > 16)
            break;
        mask |= 1U << (after - 1);
        last = after;
    }
    *word = (uint32_t)seq[0] << 16 | mask;
    return i;
}

size_t dvb_rtcp_put_nack(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media,
                         const uint16_t *seq, size_t n)
{
    size_t words = 0, room = w->cap - w->size, went = 0;
    uint32_t word;
    room = room < HEADER + 8 ? 0 : (room - HEADER - 8) / 4;
    for (size_t i = 0; i < n && words < room; words++)
        i += nack_word(seq + i, n - i, &word);
    uint8_t *p = words ? begin(w, RTPFB, FMT_NACK, HEADER + 8 + words * 4) : NULL;
    if (!p) {
        w->full = w->full || n;
        return 0;
    }
    dvb_put32(p + 4, ssrc);
    dvb_put32(p + 8, media);
    for (size_t i = 0; i < words; i++) {
        went += nack_word(seq + went, n - went, &word);
        dvb_put32(p + 12 + i * 4, word);
    }
    w->full = w->full || went < n;
    return went;
}

void dvb_rtcp_put_pli(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media)
{
    uint8_t *p = begin(w, PSFB, FMT_PLI, HEADER + 8);
    if (!p)
        return;
    dvb_put32(p + 4, ssrc);
    dvb_put32(p + 8, media);
}

void dvb_rtcp_put_remb(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media, int64_t bps)
{
    uint8_t *p = begin(w, PSFB, FMT_AFB, HEADER + 20);
    uint64_t mantissa = bps < 0 ? 0 : (uint64_t)bps;
    uint32_t exp = 0;
    if (!p)
        return;
    for (; mantissa >= 1 << 18; exp++)
        mantissa >>= 1;
    dvb_put32(p + 4, ssrc);
    memcpy(p + 12, "REMB", 4);
    p[16] = 1;
    dvb_put24(p + 17, exp << 18 | (uint32_t)mantissa);
    dvb_put32(p + 20, media);
}

uint64_t dvb_ntp_of_us(int64_t us)
{
    uint64_t u = (uint64_t)us, s = u / 1000000, rest = u % 1000000;
    return s << 32 | (rest << 32) / 1000000;
}

int64_t dvb_rtcp_rtt_us(const struct dvb_rtcp_block *b, uint64_t now_ntp)
{
    if (!b->last_sr)
        return -1;
    uint32_t rtt = dvb_ntp_middle(now_ntp) - b->last_sr - b->sr_delay;
    return rtt > INT32_MAX ? 0 : (int64_t)rtt * 1000000 / 65536;
}
