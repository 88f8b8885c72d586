/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an RTP packet: what can be read is written as the same bytes (padding's
   content apart), and comes out of a retransmission as it went in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/network/h264.h"
#include "eval/network/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* Nothing may lead out of the packet. */
static void check_bounds(const struct dvb_rtp *r, const uint8_t *data, size_t size)
{
    CHECK(r->payload >= data && r->payload + r->payload_size + r->padding == data + size);
    for (int id = 0; id < 256; id++) {
        const uint8_t *value;
        size_t n;
        if (dvb_rtp_find(r, id, &value, &n))
            CHECK(value >= r->extension && value + n <= r->extension + r->extension_size);
    }
    (void)dvb_h264_look(r->payload, r->payload_size);
}

static void check_rtx(const struct dvb_rtp *r, uint8_t *out, size_t cap)
{
    struct dvb_rtp rtx, read, back;
    size_t size;
    dvb_rtx_wrap(r, 97, 5, 6, &rtx);
    CHECK(!dvb_rtp_write(&rtx, out, cap, &size, NULL));
    CHECK(!dvb_rtp_parse(out, size, &read, NULL));
    CHECK(!dvb_rtx_unwrap(&read, r->payload_type, r->ssrc, &back, NULL));
    CHECK(back.seq == r->seq && back.marker == r->marker && back.timestamp == r->timestamp);
    CHECK(back.payload_size == r->payload_size);
    CHECK(!r->payload_size || !memcmp(back.payload, r->payload, r->payload_size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_rtp r, other;
    struct dvb_err err = { 0 };
    if (size > DVB_RTP_MAX)
        return 0;
    (void)dvb_rtp_is_rtcp(data, size);
    if (dvb_rtp_parse(data, size, &r, &err)) {
        CHECK(err.fault == DVB_FAULT_INPUT && *err.msg);
        return 0;
    }
    uint8_t *out = dvb_calloc(1, size + 8);
    size_t n;
    check_bounds(&r, data, size);
    CHECK(!dvb_rtp_write(&r, out, size, &n, NULL));
    CHECK(n == size && !memcmp(out, data, size - r.padding));
    check_rtx(&r, out, size + 8);
    (void)dvb_rtx_unwrap(&r, 96, 1, &other, &err);
    free(out);
    return 0;
}
