/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/h264.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eval/network/wire.h"

enum { STAP_A = 24, FU_A = 28, FU_HEAD = 2, FU_START = 0x80, FU_END = 0x40 };

static int bad(struct dvb_err *err, const char *what, size_t found, size_t expected)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "H.264: %s: found %zu bytes, expected %zu", what,
                    found, expected);
}

/* Where the next start code begins, or the end. */
static size_t find_start_code(const uint8_t *p, size_t at, size_t size)
{
    for (; size - at >= 3; at++)
        if (!p[at] && !p[at + 1] && p[at + 2] == 1)
            return at;
    return size;
}

static int next_annex_b(struct dvb_h264_walk *w, struct dvb_err *err)
{
    for (;;) {
        size_t left = w->size - w->at;
        if (!left)
            return 0;
        size_t start = find_start_code(w->data, w->at, w->size);
        if (start == w->size)
            return bad(err, "start code", left, left + 3);
        size_t begin = start + 3, end = find_start_code(w->data, begin, w->size);
        w->at = end;
        while (end > begin &&
               !w->data[end - 1]) /* trailing_zero_8bits, the next code's zero_byte */
            end--;
        w->nal = w->data + begin;
        w->nal_size = end - begin;
        if (w->nal_size)
            return 1;
    }
}

int dvb_h264_next(struct dvb_h264_walk *w, struct dvb_err *err)
{
    if (w->form == DVB_H264_ANNEX_B)
        return next_annex_b(w, err);
    for (;;) {
        size_t left = w->size - w->at;
        if (!left)
            return 0;
        if (left < 4)
            return bad(err, "NAL unit's length", left, 4);
        size_t size = dvb_get32(w->data + w->at);
        if (size > left - 4)
            return bad(err, "NAL unit", left - 4, size);
        w->nal = w->data + w->at + 4;
        w->nal_size = size;
        w->at += 4 + size;
        if (size)
            return 1;
    }
}

void dvb_h264_put_part(const struct dvb_net_part *part, const uint8_t *nal, struct dvb_rtp *rtp)
{
    rtp->prefix_size = 0;
    if (part->fu) {
        rtp->prefix[0] = (uint8_t)((nal[0] & 0xe0) | FU_A);
        rtp->prefix[1] = (uint8_t)((nal[0] & 0x1f) | (part->start ? FU_START : 0) |
                                   (part->end ? FU_END : 0));
        rtp->prefix_size = FU_HEAD;
    }
    rtp->payload = nal + part->offset;
    rtp->payload_size = part->len;
}

static bool leads(int kind)
{
    return kind == DVB_H264_SEI || kind == DVB_H264_AUD;
}

static struct dvb_h264_hint look_into_aggregate(const uint8_t *p, size_t size)
{
    struct dvb_h264_hint h = { .leads = size > 3 };
    for (size_t at = 1; at + 2 < size; at += 2 + (size_t)dvb_get16(p + at)) {
        int kind = p[at + 2] & 31;
        h.sets = h.sets || (h.leads && kind == DVB_H264_SPS);
        h.key = h.key || kind == DVB_H264_SPS || kind == DVB_H264_IDR;
        h.leads = h.leads && leads(kind);
    }
    return h;
}

struct dvb_h264_hint dvb_h264_look(const uint8_t *payload, size_t size)
{
    int kind = size ? payload[0] & 31 : 0;
    bool begins = true;
    if (kind == STAP_A)
        return look_into_aggregate(payload, size);
    if (kind == FU_A) {
        begins = size > 1 && payload[1] & FU_START;
        kind = size > 1 ? payload[1] & 31 : 0;
    }
    return (struct dvb_h264_hint){ .leads = begins && leads(kind),
                                   .sets = begins && kind == DVB_H264_SPS,
                                   .key = kind == DVB_H264_SPS || kind == DVB_H264_IDR };
}

/* One kind of parameter sets at p, of which there are n; moves *at behind them. */
static int copy_sets(const uint8_t *p, size_t size, size_t *at, int n, uint8_t *out, size_t *filled,
                     struct dvb_err *err)
{
    for (; n > 0; n--) {
        if (size - *at < 2)
            return bad(err, "avcC: length of a parameter set", size - *at, 2);
        size_t len = dvb_get16(p + *at);
        if (size - *at - 2 < len || !len)
            return bad(err, "avcC: parameter set", size - *at - 2, len ? len : 1);
        dvb_put32(out + *filled, (uint32_t)len);
        memcpy(out + *filled + 4, p + *at + 2, len);
        *filled += 4 + len;
        *at += 2 + len;
    }
    return 0;
}

int dvb_h264_parameter_sets(const uint8_t *avcc, size_t size, uint8_t **sets, size_t *sets_size,
                            struct dvb_err *err)
{
    *sets = NULL;
    *sets_size = 0;
    if (size < 7)
        return bad(err, "avcC", size, 7);
    if (avcc[0] != 1)
        return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "H.264: avcC: found version %d, expected 1",
                        avcc[0]);
    /* Each set grows by two bytes at most, and has two bytes of length itself. */
    uint8_t *out = malloc(size * 2);
    size_t at = 6, filled = 0;
    if (!out)
        return dvb_fail_nomem(err);
    int ret = copy_sets(avcc, size, &at, avcc[5] & 31, out, &filled, err);
    if (!ret && at == size)
        ret = bad(err, "avcC: number of picture parameter sets", 0, 1);
    if (!ret) {
        int n = avcc[at++];
        ret = copy_sets(avcc, size, &at, n, out, &filled, err);
    }
    if (ret) {
        free(out);
        return ret;
    }
    *sets = out;
    *sets_size = filled;
    return 0;
}
