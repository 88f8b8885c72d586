/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264 in RTP (RFC 6184), non-interleaved mode: a NAL unit that fits is a
 * packet of its own; a larger one goes as FU-A fragments of equal size (they
 * differ by at most a byte). Aggregates (STAP-A) are read, not written.
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

/* Payload of one packet: head, then body. */
struct dvb_h264_payload {
    uint8_t head[2]; /* FU indicator and header */
    size_t head_size;
    const uint8_t *body; /* borrowed from the access unit */
    size_t body_size;    /* at least 1 */
    bool last;           /* of the access unit: the marker */
};

/* Packets of an access unit, in order; those of one NAL unit at a time. */
struct dvb_h264_packer {
    struct dvb_h264_walk walk;
    size_t max;              /* bytes of a payload, 3 up */
    size_t fragments, given; /* of the current NAL unit */
    bool begun, more;
};
/* The access unit is borrowed while packets are taken. */
int dvb_h264_pack(struct dvb_h264_packer *p, const void *unit, size_t size, enum dvb_h264_form form,
                  size_t max_payload, struct dvb_err *err);
/* 1: *payload is filled; 0: no more. */
int dvb_h264_pack_next(struct dvb_h264_packer *p, struct dvb_h264_payload *payload,
                       struct dvb_err *err);
/* How many packets there will be, as dvb_h264_pack_next gives them; or a negative errno. */
long dvb_h264_count(const void *unit, size_t size, enum dvb_h264_form form, size_t max_payload,
                    struct dvb_err *err);

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

/* Whether a payload begins a NAL unit that can begin an access unit's picture: for
   receivers that must find a frame's first packet. */
bool dvb_h264_starts_unit(const uint8_t *payload, size_t size);

/* Parameter sets of an avcC record (ISO/IEC 14496-15, 5.3.3.1), each after its
   length in 4 bytes, to be sent before a key frame. Heap; -EPROTO for what is no
   such record. */
int dvb_h264_parameter_sets(const uint8_t *avcc, size_t size, uint8_t **sets, size_t *sets_size,
                            struct dvb_err *err);

#endif
