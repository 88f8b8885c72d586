/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any packets in any order into the receiver, and what it says into a sender. 8 bytes are a packet:
   steps of number, frame, transport number and clock, flags. */
#include <stdint.h>
#include <stdlib.h>

#include "eval/network/receiver.h"
#include "eval/network/sender.h"

#define STEP 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t move(int64_t at, uint8_t step)
{
    static const int64_t far[] = { -1, INT64_MIN, INT64_MAX, INT64_C(1) << 40, 70000, -70000 };
    return step >= 250 ? far[step - 250] : at + step - 100;
}

static void take(int *given, void *payload)
{
    if (payload != given)
        abort();
    --*given;
}

static void release(void *user, void *payload)
{
    take(user, payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_receiver *r;
    struct dvb_sender *d;
    struct dvb_err err;
    int given = 0;
    const struct dvb_receiver_settings rs = {
        .nack = true, .pli = true, .feedback = 50000, .user = &given, .release = release
    };
    const struct dvb_sender_settings ss = { .cc = &dvb_cc_gcc,
                                            .rates = { 1000000, 50000, 10000000 },
                                            .retransmit = true };
    if (dvb_receiver_open(&rs, &r, &err) || dvb_sender_open(&ss, &d, &err))
        abort();
    int64_t seq = 0, frame = 0, tseq = 0, now = 0, id = 0;
    for (; size >= STEP; data += STEP, size -= STEP) {
        seq = move(seq, data[0]);
        frame = move(frame, data[1]);
        tseq = move(tseq, data[2]);
        int64_t at = move(now, data[3]);
        if (at > 0 && at < DVB_NET_LATEST) /* else the clock is off for this one packet */
            at = now = at + data[4] * INT64_C(1000);
        const struct dvb_net_packet p = { .seq = seq,
                                          .frame = frame,
                                          .tseq = tseq,
                                          .size = data[5],
                                          .kind = data[6] & 7,
                                          .first = data[6] & 8,
                                          .marker = data[6] & 16,
                                          .key = data[6] & 32,
                                          .payload = &given };
        given++;
        dvb_receiver_packet(r, at, &p);
        const uint32_t nal = data[7] + 1u;
        const struct dvb_net_frame f = { .id = id, .nals = &nal, .n_nals = 1 };
        id++;
        if (dvb_sender_frame(d, at, &f, &err))
            abort();
        struct dvb_net_packet sent;
        while (dvb_sender_poll(d, at, &sent))
            ;
        struct dvb_net_control c;
        while (dvb_receiver_poll(r, at, &c))
            dvb_sender_control(d, at, &c);
        struct dvb_frame_event e;
        while (dvb_receiver_frame(r, &e))
            if (e.first_seq < 0 || e.last_seq < e.first_seq || e.frame < 0)
                abort();
        if (dvb_sender_rate(d) < 50000 || dvb_sender_rate(d) > 10000000)
            abort();
        /* Far-off numbers are tried, not stayed at: they would overflow here, not there. */
        seq = llabs(seq % 1000000);
        frame = llabs(frame % 1000000);
        tseq = llabs(tseq % 1000000);
    }
    dvb_receiver_close(&r);
    dvb_sender_close(&d);
    if (given)
        abort();
    return 0;
}
