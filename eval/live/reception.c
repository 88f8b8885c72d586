/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/reception.h"

#include <math.h>

#define US 1000000

void dvb_reception_packet(struct dvb_reception *r, const struct dvb_rtp *rtp, int64_t at)
{
    int64_t seq = dvb_seq_unwrap(&r->seq, rtp->seq);
    int64_t ticks = (int64_t)((double)at * DVB_RTP_CLOCK / US);
    int64_t transit = (int32_t)((uint32_t)ticks - rtp->timestamp);
    if (!r->begun) {
        r->first = r->highest = seq;
        r->transit = transit;
    }
    r->begun = true;
    r->received++;
    r->highest = seq > r->highest ? seq : r->highest;
    double d = fabs((double)(int32_t)(uint32_t)(transit - r->transit));
    r->transit = transit;
    r->jitter += (d - r->jitter) / 16;
}

void dvb_reception_report(struct dvb_reception *r, const struct dvb_rtcp_sender *sr, int64_t at)
{
    r->last_sr = dvb_ntp_middle(sr->ntp);
    r->sr_at = at;
    r->sr_ntp = sr->ntp;
    r->sr_timestamp = sr->timestamp;
    r->sr_known = true;
}

static int32_t clamp24(int64_t v)
{
    return v > 0x7fffff ? 0x7fffff : v < -0x800000 ? -0x800000 : (int32_t)v;
}

struct dvb_rtcp_block dvb_reception_block(struct dvb_reception *r, uint32_t ssrc, int64_t at)
{
    int64_t expected = r->begun ? r->highest - r->first + 1 : 0;
    int64_t since = expected - r->told_expected;
    int64_t lost = since - (r->received - r->told_received);
    int64_t share = since > 0 && lost > 0 ? lost * 256 / since : 0;
    share = share > 255 ? 255 : share; /* all of them */
    struct dvb_rtcp_block b = { .ssrc = ssrc,
                                .lost_share = (uint8_t)share,
                                .lost = clamp24(expected - r->received),
                                .highest_seq = (uint32_t)r->highest,
                                .jitter = (uint32_t)r->jitter };
    r->told_expected = expected;
    r->told_received = r->received;
    if (r->sr_known) {
        b.last_sr = r->last_sr;
        b.sr_delay = (uint32_t)((double)(at - r->sr_at) * 65536 / US);
    }
    return b;
}

int64_t dvb_reception_date(const struct dvb_reception *r, uint32_t timestamp)
{
    if (!r->sr_known)
        return -1;
    int64_t after = (int32_t)(timestamp - r->sr_timestamp);
    int64_t then = (int64_t)(r->sr_ntp >> 32) * US +
                   (int64_t)(((r->sr_ntp & 0xffffffff) * US) >> 32);
    return then + after * US / DVB_RTP_CLOCK;
}
