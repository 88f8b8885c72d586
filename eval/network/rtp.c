/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/rtp.h"

#include <errno.h>
#include <string.h>

#include "eval/network/wire.h"

enum { VERSION = 2, ONE_BYTE = 0xbede, TWO_BYTE = 0x1000 };

static int bad(struct dvb_err *err, const char *what, size_t found, size_t expected)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "RTP: %s: found %zu bytes, expected %zu", what,
                    found, expected);
}

static int parse_extension(const uint8_t *p, size_t left, struct dvb_rtp *rtp, struct dvb_err *err)
{
    if (left < 4)
        return bad(err, "header extension", left, 4);
    rtp->extended = true;
    rtp->profile = dvb_get16(p);
    rtp->extension_size = (size_t)dvb_get16(p + 2) * 4;
    rtp->extension = p + 4;
    if (rtp->extension_size > left - 4)
        return bad(err, "header extension", left - 4, rtp->extension_size);
    return 0;
}

static int parse_padding(const uint8_t *p, size_t left, struct dvb_rtp *rtp, struct dvb_err *err)
{
    rtp->padding = left ? p[left - 1] : 0;
    if (!rtp->padding || rtp->padding > left)
        return bad(err, "padding", left, rtp->padding ? rtp->padding : 1);
    return 0;
}

int dvb_rtp_parse(const void *data, size_t size, struct dvb_rtp *rtp, struct dvb_err *err)
{
    const uint8_t *p = data;
    *rtp = (struct dvb_rtp){ 0 };
    if (size < DVB_RTP_HEADER)
        return bad(err, "header", size, DVB_RTP_HEADER);
    if (p[0] >> 6 != VERSION)
        return dvb_fail(err, DVB_FAULT_INPUT, EPROTO, "RTP: version: found %d, expected 2",
                        p[0] >> 6);
    rtp->n_csrc = p[0] & 15;
    rtp->marker = p[1] >> 7;
    rtp->payload_type = p[1] & 127;
    rtp->seq = dvb_get16(p + 2);
    rtp->timestamp = dvb_get32(p + 4);
    rtp->ssrc = dvb_get32(p + 8);
    size_t at = DVB_RTP_HEADER + (size_t)rtp->n_csrc * 4;
    if (size < at)
        return bad(err, "contributing sources", size, at);
    for (int i = 0; i < rtp->n_csrc; i++)
        rtp->csrc[i] = dvb_get32(p + DVB_RTP_HEADER + (size_t)i * 4);
    if (p[0] & 0x10) {
        int ret = parse_extension(p + at, size - at, rtp, err);
        if (ret)
            return ret;
        at += 4 + rtp->extension_size;
    }
    if (p[0] & 0x20) {
        int ret = parse_padding(p + at, size - at, rtp, err);
        if (ret)
            return ret;
    }
    rtp->payload = p + at;
    rtp->payload_size = size - at - rtp->padding;
    return 0;
}

static int check(const struct dvb_rtp *r, struct dvb_err *err)
{
    if (r->payload_type > 127 || r->n_csrc > 15 || r->prefix_size > sizeof(r->prefix))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "RTP: payload type %d, %d sources, prefix of %zu: out of range",
                        r->payload_type, r->n_csrc, r->prefix_size);
    if (r->extended && (r->extension_size % 4 || r->extension_size > 4 * 65535))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "RTP: header extension: found %zu bytes, expected a multiple of 4",
                        r->extension_size);
    return 0;
}

static uint8_t *put_header(const struct dvb_rtp *r, uint8_t *p)
{
    p[0] = (uint8_t)(VERSION << 6 | (r->padding ? 0x20 : 0) | (r->extended ? 0x10 : 0) | r->n_csrc);
    p[1] = (uint8_t)((r->marker ? 0x80 : 0) | r->payload_type);
    dvb_put16(p + 2, r->seq);
    dvb_put32(p + 4, r->timestamp);
    dvb_put32(p + 8, r->ssrc);
    p += DVB_RTP_HEADER;
    for (int i = 0; i < r->n_csrc; i++, p += 4)
        dvb_put32(p, r->csrc[i]);
    if (!r->extended)
        return p;
    dvb_put16(p, r->profile);
    dvb_put16(p + 2, (uint32_t)(r->extension_size / 4));
    if (r->extension_size)
        memcpy(p + 4, r->extension, r->extension_size);
    return p + 4 + r->extension_size;
}

int dvb_rtp_write(const struct dvb_rtp *r, void *out, size_t cap, size_t *size, struct dvb_err *err)
{
    *size = 0;
    int ret = check(r, err);
    if (ret)
        return ret;
    size_t need = DVB_RTP_HEADER + (size_t)r->n_csrc * 4 +
                  (r->extended ? 4 + r->extension_size : 0) + r->prefix_size + r->padding;
    if (cap < need || cap - need < r->payload_size)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EMSGSIZE, "RTP: %zu bytes do not fit into %zu",
                        need + r->payload_size, cap);
    uint8_t *p = put_header(r, out);
    memcpy(p, r->prefix, r->prefix_size);
    p += r->prefix_size;
    if (r->payload_size)
        memcpy(p, r->payload, r->payload_size);
    p += r->payload_size;
    if (r->padding) {
        memset(p, 0, r->padding);
        p[r->padding - 1] = r->padding;
    }
    *size = need + r->payload_size;
    return 0;
}

bool dvb_rtp_is_rtcp(const void *data, size_t size)
{
    const uint8_t *p = data;
    return size >= 2 && p[1] >= 192 && p[1] <= 223;
}

/* One element at p: its id and value; the bytes that it takes, 0 at the end. */
static size_t element(const uint8_t *p, size_t left, bool two_byte, int *id, const uint8_t **value,
                      size_t *size)
{
    size_t head = two_byte ? 2 : 1;
    if (!*p) { /* padding */
        *id = 0;
        return 1;
    }
    if (left < head)
        return 0;
    *id = two_byte ? p[0] : p[0] >> 4;
    *size = two_byte ? p[1] : (p[0] & 15U) + 1U;
    *value = p + head;
    if (!two_byte && *id == 15) /* reserved: stop (RFC 8285, section 4.2) */
        return 0;
    return *size > left - head ? 0 : head + *size;
}

bool dvb_rtp_find(const struct dvb_rtp *rtp, int id, const uint8_t **value, size_t *size)
{
    bool two_byte = (rtp->profile & 0xfff0) == TWO_BYTE;
    if (!rtp->extended || (rtp->profile != ONE_BYTE && !two_byte))
        return false;
    for (size_t at = 0, took; at < rtp->extension_size; at += took) {
        int found;
        took = element(rtp->extension + at, rtp->extension_size - at, two_byte, &found, value,
                       size);
        if (!took)
            return false;
        if (found && found == id)
            return true;
    }
    return false;
}

void dvb_rtp_extend(struct dvb_rtp *rtp, const struct dvb_rtp_element *elements, size_t n,
                    uint8_t *buf)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        buf[at++] = (uint8_t)(elements[i].id << 4 | (int)(elements[i].size - 1));
        memcpy(buf + at, elements[i].value, elements[i].size);
        at += elements[i].size;
    }
    while (at % 4)
        buf[at++] = 0;
    rtp->extended = true;
    rtp->profile = ONE_BYTE;
    rtp->extension = buf;
    rtp->extension_size = at;
}

void dvb_rtx_wrap(const struct dvb_rtp *lost, uint8_t payload_type, uint32_t ssrc, uint16_t seq,
                  struct dvb_rtp *rtx)
{
    *rtx = *lost;
    rtx->payload_type = payload_type;
    rtx->ssrc = ssrc;
    rtx->seq = seq;
    rtx->padding = 0;
    dvb_put16(rtx->prefix, lost->seq);
    memcpy(rtx->prefix + 2, lost->prefix, 2);
    rtx->prefix_size = 2 + lost->prefix_size;
}

int dvb_rtx_unwrap(const struct dvb_rtp *rtx, uint8_t payload_type, uint32_t ssrc,
                   struct dvb_rtp *lost, struct dvb_err *err)
{
    *lost = *rtx;
    if (rtx->payload_size < 2)
        return bad(err, "original sequence number", rtx->payload_size, 2);
    lost->payload_type = payload_type;
    lost->ssrc = ssrc;
    lost->seq = dvb_get16(rtx->payload);
    lost->payload += 2;
    lost->payload_size -= 2;
    return 0;
}

int64_t dvb_seq_unwrap(struct dvb_seq_unwrap *u, uint16_t seq)
{
    u->last = u->begun ? u->last + dvb_seq_diff((uint16_t)u->last, seq) : seq;
    u->begun = true;
    return u->last;
}
