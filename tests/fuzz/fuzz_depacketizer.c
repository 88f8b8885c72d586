/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any packets into the depacketizer: each is two bytes of length, two of number and
   timestamp, marker, then its payload. Units that are whole can be walked through. */
#include <stdint.h>
#include <stdlib.h>

#include "eval/network/h264.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static int check_unit(void *ctx, const struct dvb_h264_unit *unit, struct dvb_err *err)
{
    struct dvb_h264_walk w = { .data = unit->data, .size = unit->size, .form = DVB_H264_LENGTHS };
    int ret, units = 0;
    bool key = false;
    (void)ctx;
    while ((ret = dvb_h264_next(&w, err)) == 1) {
        units++;
        key = key || (w.nal[0] & 31) == DVB_H264_IDR;
    }
    CHECK(!ret && unit->size <= DVB_H264_UNIT_MAX && unit->packets > 0);
    CHECK(key == unit->key && (!unit->whole || units));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_depacketizer *d = dvb_depacketizer_open(DVB_H264_LENGTHS, check_unit, NULL);
    uint8_t *sets;
    size_t n;
    if (!dvb_h264_parameter_sets(data, size, &sets, &n, NULL))
        free(sets);
    for (size_t at = 0; size - at >= 4;) {
        struct dvb_rtp rtp = { .payload_size = (size_t)(data[at] << 8 | data[at + 1]) % 2048,
                               .seq = data[at + 2],
                               .timestamp = data[at + 3] & 0x7f,
                               .marker = data[at + 3] & 0x80 };
        at += 4;
        if (rtp.payload_size > size - at)
            rtp.payload_size = size - at;
        rtp.payload = data + at;
        at += rtp.payload_size;
        CHECK(!dvb_depacketizer_put(d, &rtp, NULL, NULL));
    }
    CHECK(!dvb_depacketizer_finish(d, NULL));
    dvb_depacketizer_close(&d);
    return 0;
}
