/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any datagrams to the receiving end of a live call, which saves what it can: each is two
   bytes of length, then its bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/live/receive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static struct dvb_receive *open_end(FILE *save)
{
    struct dvb_receive_settings s = { .session = { .video_type = DVB_SESSION_VIDEO,
                                                   .rtx_type = DVB_SESSION_RTX,
                                                   .tseq_id = DVB_SESSION_TSEQ,
                                                   .flags_id = DVB_SESSION_FLAGS,
                                                   .mux = true },
                                      .core = { .nack = true, .feedback = 50000, .pli = true },
                                      .save = save };
    struct dvb_receive *d;
    CHECK(!dvb_udp_parse("0", "fuzz", &s.session.local, NULL));
    /* Answers go nowhere: to the end's own port, which nobody reads. */
    s.session.peer = s.session.local;
    CHECK(!dvb_receive_open(&s, &d, NULL));
    return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "wb");
    struct dvb_receive *d = open_end(nowhere);
    for (size_t at = 0; size - at >= 2;) {
        size_t n = (size_t)(data[at] << 8 | data[at + 1]);
        at += 2;
        n = n < size - at ? n : size - at;
        CHECK(!dvb_receive_datagram(d, data + at, n, NULL));
        at += n;
    }
    atomic_bool stop = true;
    struct dvb_receive_result result;
    CHECK(!dvb_receive_run(d, 0, &stop, &result, NULL));
    CHECK(result.unreadable >= 0 && result.retransmitted >= 0);
    dvb_live_frames_release(&result.frames);
    dvb_receive_close(&d);
    return 0;
}
