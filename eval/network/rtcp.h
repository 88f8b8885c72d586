/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTCP: reports (RFC 3550, section 6), generic NACK and picture loss (RFC 4585),
 * REMB (draft-alvestrand-rmcat-remb-03) and transport-wide feedback
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). No state, no I/O; every
 * length is checked, so any bytes may be read. Their errors are
 * DVB_FAULT_INPUT, -EPROTO.
 */
#ifndef DVB_NETWORK_RTCP_H
#define DVB_NETWORK_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum dvb_rtcp_kind {
    DVB_RTCP_OTHER, /* a packet that this list does not have; skipped over */
    DVB_RTCP_SR,
    DVB_RTCP_RR,
    DVB_RTCP_SDES,
    DVB_RTCP_BYE,
    DVB_RTCP_NACK,
    DVB_RTCP_TWCC,
    DVB_RTCP_PLI,
    DVB_RTCP_REMB,
};

struct dvb_rtcp_block { /* a report on one source */
    uint32_t ssrc;
    uint8_t lost_share; /* of 256, since the last report */
    int32_t lost;       /* in all; negative where duplicates came */
    uint32_t highest_seq;
    uint32_t jitter;   /* timestamp ticks */
    uint32_t last_sr;  /* the middle of the last SR's NTP time; 0: none came */
    uint32_t sr_delay; /* since then, in 1/65536 s */
};

struct dvb_rtcp_sender {
    uint64_t ntp; /* seconds since 1900, 32.32 fixed point */
    uint32_t timestamp, packets, octets;
};

struct dvb_rtcp {
    enum dvb_rtcp_kind kind;
    uint8_t type;   /* as on the wire, for OTHER */
    uint8_t count;  /* as on the wire: blocks, chunks or format */
    uint32_t ssrc;  /* who says it */
    uint32_t media; /* NACK, PLI, TWCC: of whom */
    struct dvb_rtcp_sender sr;
    int n_blocks; /* SR, RR */
    struct dvb_rtcp_block blocks[31];
    char cname[256];    /* SDES: the first one; "" where there is none */
    int64_t remb_bps;   /* REMB */
    const uint8_t *fci; /* NACK, TWCC: borrowed; for the functions below */
    size_t fci_size;
};

/* The packets of a compound one, one at a time; zero-initialise, set data and size. */
struct dvb_rtcp_walk {
    const uint8_t *data; /* borrowed */
    size_t size, at;
};
/* 1: *packet is the next; 0: the end; negative: the rest cannot be read. */
int dvb_rtcp_next(struct dvb_rtcp_walk *w, struct dvb_rtcp *packet, struct dvb_err *err);

/* The numbers that a NACK asks for, as many as fit; returns how many there are:
   17 at most for each 4 bytes. A number may come twice. */
size_t dvb_rtcp_nack_numbers(const struct dvb_rtcp *packet, uint16_t *seq, size_t cap);

/* What a transport-wide feedback says of one packet. */
struct dvb_twcc_packet {
    uint16_t seq;
    bool received;
    int64_t arrival_us; /* on the receiver's clock, modulo 2^24 * 64 ms; multiples of 250 */
};
/* Calls each for every number in turn; what each returns, if not 0, is returned.
   feedback is the feedback's own number, 0..255. May be NULL, as may each. */
int dvb_twcc_read(const struct dvb_rtcp *packet, uint8_t *feedback,
                  int (*each)(void *ctx, const struct dvb_twcc_packet *p), void *ctx,
                  struct dvb_err *err);

/* A compound packet being written into a buffer of the caller's. A packet that does
   not fit is left out whole and sets full; the ones before it stay good. */
struct dvb_rtcp_writer {
    uint8_t *data;
    size_t cap, size;
    bool full;
};

void dvb_rtcp_put_sr(struct dvb_rtcp_writer *w, uint32_t ssrc, const struct dvb_rtcp_sender *sr,
                     const struct dvb_rtcp_block *blocks, int n);
void dvb_rtcp_put_rr(struct dvb_rtcp_writer *w, uint32_t ssrc, const struct dvb_rtcp_block *blocks,
                     int n);
void dvb_rtcp_put_cname(struct dvb_rtcp_writer *w, uint32_t ssrc, const char *cname);
void dvb_rtcp_put_bye(struct dvb_rtcp_writer *w, uint32_t ssrc);
/* Numbers in rising order; neighbours share a word. Returns how many went in: the
   rest does not fit. */
size_t dvb_rtcp_put_nack(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media,
                         const uint16_t *seq, size_t n);
void dvb_rtcp_put_pli(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media);
void dvb_rtcp_put_remb(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media, int64_t bps);
/* Packets of consecutive numbers, n in 1..65535, the first of them received; arrivals
   in any order, each at most 8.19 s from the one before. Returns how many went in,
   from the first: what a delta cannot hold, or the buffer, begins the next feedback. */
size_t dvb_rtcp_put_twcc(struct dvb_rtcp_writer *w, uint32_t ssrc, uint32_t media, uint8_t feedback,
                         const struct dvb_twcc_packet *packets, size_t n);

/* NTP's short form of a time in microseconds: its middle 32 bits. */
uint64_t dvb_ntp_of_us(int64_t us);
static inline uint32_t dvb_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}
/* Round trip from a report's block that came at now (RFC 3550, section 6.4.1), in
   microseconds; -1 where it tells none. */
int64_t dvb_rtcp_rtt_us(const struct dvb_rtcp_block *b, uint64_t now_ntp);

#endif
