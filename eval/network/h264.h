/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264 in RTP (RFC 6184), non-interleaved mode: single NAL units and FU-A
 * fragments as packetize.h cuts them; aggregates (STAP-A) are read, not written.
 *
 * An access unit is its NAL units, either each after its length in 4 bytes (as
 * media/encode gives it and MP4 has it) or after start codes (Annex B). No I/O.
 */
#ifndef DVB_NETWORK_H264_H
#define DVB_NETWORK_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/network/net.h"
#include "eval/network/rtp.h"

enum dvb_h264_form { DVB_H264_LENGTHS, DVB_H264_ANNEX_B };

enum { DVB_H264_IDR = 5, DVB_H264_SEI = 6, DVB_H264_SPS = 7, DVB_H264_PPS = 8, DVB_H264_AUD = 9 };

/* The NAL units of an access unit, one at a time; zero-initialise, set data, size
   and form. */
struct dvb_h264_walk {
    const uint8_t *data; /* borrowed */
    size_t size, at;
    enum dvb_h264_form form;
    const uint8_t *nal; /* out: without length or start code, at least 1 byte */
    size_t nal_size;
};
/* 1: a NAL unit; 0: the end; -EPROTO: a length beyond the data, or no start code. */
int dvb_h264_next(struct dvb_h264_walk *w, struct dvb_err *err);

/* The payload of a packet that the packetizer cut (packetize.h): rtp's prefix and
   payload, which is borrowed from nal, the part's NAL unit. */
void dvb_h264_put_part(const struct dvb_net_part *part, const uint8_t *nal, struct dvb_rtp *rtp);

/* What a payload tells of its access unit. */
struct dvb_h264_hint {
    bool leads; /* delimiter and SEI only, which may come before all else */
    bool sets;  /* begins with an SPS, after at most those */
    bool key;   /* of a key frame: an SPS or a piece of an IDR slice */
};
struct dvb_h264_hint dvb_h264_look(const uint8_t *payload, size_t size);

/* An access unit out of packets. */
struct dvb_h264_unit {
    const uint8_t *data; /* in the form asked for; borrowed until the sink returns */
    size_t size;         /* 0: nothing of it could be read */
    uint32_t timestamp;
    uint16_t first_seq, last_seq;
    int packets;
    bool whole; /* nothing is missing within it, nor directly before it */
    bool key;   /* holds an IDR slice */
};

struct dvb_depacketizer;

/* A unit of more than this is not kept: it comes out as not whole. */
#define DVB_H264_UNIT_MAX (16U << 20)

typedef int (*dvb_h264_sink)(void *ctx, const struct dvb_h264_unit *unit, struct dvb_err *err);

/* What the sink returns, if not 0, ends the call. */
struct dvb_depacketizer *dvb_depacketizer_open(enum dvb_h264_form form, dvb_h264_sink sink,
                                               void *ctx);
/* One packet, in the order of numbers (a jitter buffer's work): a later number
   than the next means that the ones between are lost. Numbers that went by are
   dropped. A unit ends with its marker or where the timestamp changes. A payload
   that cannot be read spoils its unit; *bad (may be NULL) is set for it. */
int dvb_depacketizer_put(struct dvb_depacketizer *d, const struct dvb_rtp *rtp, bool *bad,
                         struct dvb_err *err);
/* The unit whose marker never came, if there is one. */
int dvb_depacketizer_finish(struct dvb_depacketizer *d, struct dvb_err *err);
void dvb_depacketizer_close(struct dvb_depacketizer **d);

/* Parameter sets of an avcC record (ISO/IEC 14496-15, 5.3.3.1), each after its
   length in 4 bytes, to be sent before a key frame. Heap; -EPROTO for what is no
   such record. */
int dvb_h264_parameter_sets(const uint8_t *avcc, size_t size, uint8_t **sets, size_t *sets_size,
                            struct dvb_err *err);

#endif
