/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Share of packets lost over the last seconds, from what feedback told. */
#ifndef DVB_EVAL_NETWORK_LOSS_H
#define DVB_EVAL_NETWORK_LOSS_H

#include <stdint.h>

#define DVB_LOSS_BUCKETS 32

struct dvb_loss_window {
    int64_t span; /* microseconds of a bucket */
    int64_t newest;
    struct {
        int64_t number, lost, told;
    } bucket[DVB_LOSS_BUCKETS];
};

/* window: microseconds, >= DVB_LOSS_BUCKETS; it moves by 1/32 of itself. */
void dvb_loss_init(struct dvb_loss_window *w, int64_t window);

/* told >= lost >= 0 packets were heard of at now >= 0; times may not fall behind the window. */
void dvb_loss_add(struct dvb_loss_window *w, int64_t now, int64_t lost, int64_t told);

/* Packets heard of in the window that ends at the latest time added, and *share of them lost (0
   where there are none). */
int64_t dvb_loss_get(const struct dvb_loss_window *w, double *share);

#endif
