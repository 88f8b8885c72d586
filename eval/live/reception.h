/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a receiver's reports say of one source: RFC 3550, 6.4.1 and appendices A.3, A.8. */
#ifndef DVB_EVAL_LIVE_RECEPTION_H
#define DVB_EVAL_LIVE_RECEPTION_H

#include "eval/network/rtcp.h"
#include "eval/network/rtp.h"

struct dvb_reception {
    struct dvb_seq_unwrap seq;
    int64_t first, highest, received;
    int64_t told_expected, told_received; /* by the last report */
    double jitter;                        /* timestamp ticks */
    int64_t transit;
    bool begun;
    uint32_t last_sr; /* the middle of its NTP time */
    int64_t sr_at;    /* when it came, microseconds */
    uint64_t sr_ntp;  /* with timestamp: which moment of the sender's date that was */
    uint32_t sr_timestamp;
    bool sr_known;
};

/* A packet as it came; at: microseconds on any clock. */
void dvb_reception_packet(struct dvb_reception *r, const struct dvb_rtp *rtp, int64_t at);
void dvb_reception_report(struct dvb_reception *r, const struct dvb_rtcp_sender *sr, int64_t at);
/* The block to send at that time; begins the next interval. */
struct dvb_rtcp_block dvb_reception_block(struct dvb_reception *r, uint32_t ssrc, int64_t at);
/* When the sender's clock showed the timestamp, in microseconds since 1900; -1: no
   report has come. */
int64_t dvb_reception_date(const struct dvb_reception *r, uint32_t timestamp);

#endif
