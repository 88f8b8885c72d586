/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 6184 from the receiver's side. What is read of a unit is kept even where it is
   damaged: whole NAL units only, since a decoder can do nothing with half of one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/network/h264.h"
#include "eval/network/wire.h"

enum { NAL_MAX = 23, STAP_A = 24, FU_A = 28, FU_START = 0x80, FU_END = 0x40, PREFIX = 4 };

struct dvb_depacketizer {
    enum dvb_h264_form form;
    dvb_h264_sink sink;
    void *ctx;
    uint8_t *data; /* of the unit; [0, unit.size) are whole NAL units */
    size_t cap, open_size;
    bool in_fragment; /* [unit.size, unit.size + open_size) is a NAL unit that is not whole */
    struct dvb_h264_unit unit;
    bool in_unit, begun;
    uint16_t next_seq;
};

struct dvb_depacketizer *dvb_depacketizer_open(enum dvb_h264_form form, dvb_h264_sink sink,
                                               void *ctx)
{
    struct dvb_depacketizer *d = dvb_calloc(1, sizeof(*d));
    d->form = form;
    d->sink = sink;
    d->ctx = ctx;
    return d;
}

void dvb_depacketizer_close(struct dvb_depacketizer **d)
{
    if (*d)
        free((*d)->data);
    free(*d);
    *d = NULL;
}

static int append(struct dvb_depacketizer *d, const void *data, size_t size, struct dvb_err *err)
{
    size_t used = d->unit.size + d->open_size;
    if (size > DVB_H264_UNIT_MAX - used)
        return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "H.264: access unit of more than %u bytes",
                        DVB_H264_UNIT_MAX);
    if (used + size > d->cap) {
        size_t cap = (used + size) * 2;
        uint8_t *more = realloc(d->data, cap);
        if (!more)
            return dvb_fail_nomem(err);
        d->data = more;
        d->cap = cap;
    }
    memcpy(d->data + used, data, size);
    d->open_size += size;
    return 0;
}

static int open_nal(struct dvb_depacketizer *d, struct dvb_err *err)
{
    static const uint8_t start_code[PREFIX] = { 0, 0, 0, 1 };
    d->open_size = 0;
    return append(d, start_code, PREFIX, err);
}

static void close_nal(struct dvb_depacketizer *d)
{
    uint8_t *p = d->data + d->unit.size;
    if ((p[PREFIX] & 31) == DVB_H264_IDR)
        d->unit.key = true;
    if (d->form == DVB_H264_LENGTHS)
        dvb_put32(p, (uint32_t)(d->open_size - PREFIX));
    d->unit.size += d->open_size;
    d->open_size = 0;
}

static int put_nal(struct dvb_depacketizer *d, const uint8_t *nal, size_t size, struct dvb_err *err)
{
    int ret = open_nal(d, err);
    if (!ret)
        ret = append(d, nal, size, err);
    if (!ret)
        close_nal(d);
    return ret;
}

static int unexpected(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "H.264 payload: %s", what);
}

static int put_aggregate(struct dvb_depacketizer *d, const uint8_t *p, size_t left,
                         struct dvb_err *err)
{
    if (!left)
        return unexpected(err, "an aggregate of nothing");
    while (left) {
        size_t size = left < 2 ? 0 : dvb_get16(p);
        if (!size || size > left - 2)
            return unexpected(err, "an aggregate with a length that does not fit");
        int kind = p[2] & 31;
        if (!kind || kind > NAL_MAX)
            return unexpected(err, "an aggregate within an aggregate");
        int ret = put_nal(d, p + 2, size, err);
        if (ret)
            return ret;
        p += 2 + size;
        left -= 2 + size;
    }
    return 0;
}

static int put_fragment(struct dvb_depacketizer *d, const uint8_t *p, size_t size,
                        struct dvb_err *err)
{
    if (size < 3)
        return unexpected(err, "a fragment of nothing");
    bool start = p[1] & FU_START, end = p[1] & FU_END;
    int kind = p[1] & 31, ret = 0;
    if (!kind || kind > NAL_MAX || (start && end))
        return unexpected(err, "a fragment of what cannot be fragmented");
    if (start == d->in_fragment)
        return unexpected(err, start ? "a fragment begins within another"
                                     : "a fragment without its beginning");
    if (start) {
        uint8_t nal = (uint8_t)((p[0] & 0xe0) | kind);
        ret = open_nal(d, err);
        if (!ret)
            ret = append(d, &nal, 1, err);
        d->in_fragment = true;
    } else if ((d->data[d->unit.size + PREFIX] & 31) != kind) {
        return unexpected(err, "fragments of two NAL units");
    }
    if (!ret)
        ret = append(d, p + 2, size - 2, err);
    if (!ret && end) {
        close_nal(d);
        d->in_fragment = false;
    }
    return ret;
}

static int put_payload(struct dvb_depacketizer *d, const uint8_t *p, size_t size,
                       struct dvb_err *err)
{
    int kind = size ? p[0] & 31 : 0;
    if (kind == FU_A)
        return put_fragment(d, p, size, err);
    if (d->in_fragment)
        return unexpected(err, "a fragment without its end");
    if (kind >= 1 && kind <= NAL_MAX)
        return put_nal(d, p, size, err);
    if (kind == STAP_A)
        return put_aggregate(d, p + 1, size - 1, err);
    return unexpected(err, size ? "a type that non-interleaved mode does not have" : "empty");
}

static int give(struct dvb_depacketizer *d, struct dvb_err *err)
{
    struct dvb_h264_unit unit = d->unit;
    unit.data = d->data;
    if (d->in_fragment || !unit.size)
        unit.whole = false;
    d->in_unit = d->in_fragment = false;
    d->open_size = 0;
    d->unit = (struct dvb_h264_unit){ 0 };
    return d->sink(d->ctx, &unit, err);
}

static void begin_unit(struct dvb_depacketizer *d, const struct dvb_rtp *rtp, bool gap)
{
    d->in_unit = true;
    d->unit =
        (struct dvb_h264_unit){ .timestamp = rtp->timestamp, .first_seq = rtp->seq, .whole = !gap };
}

/* What is missing is missing from the unit that is open, and from the one that begins
   behind the gap: who can tell where the one ended. */
static int follow(struct dvb_depacketizer *d, const struct dvb_rtp *rtp, struct dvb_err *err)
{
    bool gap = d->begun && rtp->seq != d->next_seq;
    if (gap) {
        d->unit.whole = false;
        d->in_fragment = false;
        d->open_size = 0;
    }
    if (d->in_unit && rtp->timestamp != d->unit.timestamp) {
        int ret = give(d, err);
        if (ret)
            return ret;
    }
    if (!d->in_unit)
        begin_unit(d, rtp, gap);
    d->begun = true;
    d->next_seq = (uint16_t)(rtp->seq + 1);
    d->unit.last_seq = rtp->seq;
    d->unit.packets++;
    return 0;
}

int dvb_depacketizer_put(struct dvb_depacketizer *d, const struct dvb_rtp *rtp, bool *bad,
                         struct dvb_err *err)
{
    if (bad)
        *bad = false;
    if (d->begun && dvb_seq_diff(d->next_seq, rtp->seq) < 0)
        return 0;
    int ret = follow(d, rtp, err);
    if (ret)
        return ret;
    struct dvb_err why;
    ret = put_payload(d, rtp->payload, rtp->payload_size, &why);
    if (ret == -ENOMEM)
        return dvb_fail_nomem(err);
    if (ret) {
        if (bad)
            *bad = true;
        d->unit.whole = d->in_fragment = false;
        d->open_size = 0;
    }
    return rtp->marker ? give(d, err) : 0;
}

int dvb_depacketizer_finish(struct dvb_depacketizer *d, struct dvb_err *err)
{
    return d->in_unit ? give(d, err) : 0;
}
