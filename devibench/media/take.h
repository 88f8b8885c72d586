/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encode kept in memory: its packets and its reconstructed pictures. */
#ifndef DVB_MEDIA_TAKE_H
#define DVB_MEDIA_TAKE_H

#include "media/encode.h"

struct dvb_take {
    uint8_t *data;
    size_t size, cap;
    struct dvb_packet *packets; /* without data: they follow one another in data */
    size_t n_packets, cap_packets;
    AVFrame **recon;
    size_t n_recon, cap_recon;
};

/* Empty; the memory is used again. */
void dvb_take_clear(struct dvb_take *take);
void dvb_take_release(struct dvb_take *take);

int dvb_take_packet(struct dvb_take *take, const struct dvb_packet *packet, struct dvb_err *err);
int dvb_take_recon(struct dvb_take *take, const AVFrame *frame, struct dvb_err *err);

/* Give it all again: the packets, then the pictures. */
int dvb_take_replay(const struct dvb_take *take, const struct dvb_encode_sink *sink,
                    struct dvb_err *err);

#endif
