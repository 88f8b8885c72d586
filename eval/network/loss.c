/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/loss.h"

void dvb_loss_init(struct dvb_loss_window *w, int64_t window)
{
    *w = (struct dvb_loss_window){ .span = window / DVB_LOSS_BUCKETS };
}

void dvb_loss_add(struct dvb_loss_window *w, int64_t now, int64_t lost, int64_t told)
{
    int64_t number = now / w->span;
    int i = (int)(number % DVB_LOSS_BUCKETS);
    if (number + DVB_LOSS_BUCKETS <= w->newest)
        return;
    if (w->bucket[i].number != number) {
        w->bucket[i].number = number;
        w->bucket[i].lost = w->bucket[i].told = 0;
    }
    w->bucket[i].lost += lost;
    w->bucket[i].told += told;
    if (number > w->newest)
        w->newest = number;
}

int64_t dvb_loss_get(const struct dvb_loss_window *w, double *share)
{
    int64_t lost = 0, told = 0;
    for (int i = 0; i < DVB_LOSS_BUCKETS; i++)
        if (w->bucket[i].number + DVB_LOSS_BUCKETS > w->newest) {
            lost += w->bucket[i].lost;
            told += w->bucket[i].told;
        }
    *share = told ? (double)lost / (double)told : 0;
    return told;
}
