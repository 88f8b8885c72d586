/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/take.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void dvb_take_clear(struct dvb_take *t)
{
    for (size_t i = 0; i < t->n_recon; i++)
        av_frame_free(&t->recon[i]);
    t->n_recon = t->n_packets = t->size = 0;
}

void dvb_take_release(struct dvb_take *t)
{
    dvb_take_clear(t);
    free(t->data);
    free(t->packets);
    free(t->recon);
    *t = (struct dvb_take){ 0 };
}

int dvb_take_packet(struct dvb_take *t, const struct dvb_packet *p, struct dvb_err *err)
{
    if (t->size + p->size > t->cap) {
        size_t cap = (t->size + p->size) * 2;
        uint8_t *data = realloc(t->data, cap);
        if (!data)
            return dvb_fail_nomem(err);
        t->data = data;
        t->cap = cap;
    }
    memcpy(t->data + t->size, p->data, p->size);
    t->size += p->size;
    t->packets = dvb_grow(t->packets, t->n_packets, &t->cap_packets, sizeof(*t->packets));
    t->packets[t->n_packets] = *p;
    t->packets[t->n_packets++].data = NULL; /* data may move */
    return 0;
}

int dvb_take_recon(struct dvb_take *t, const AVFrame *frame, struct dvb_err *err)
{
    AVFrame *ref = av_frame_clone(frame);
    if (!ref)
        return dvb_fail_nomem(err);
    t->recon = dvb_grow(t->recon, t->n_recon, &t->cap_recon, sizeof(AVFrame *));
    t->recon[t->n_recon++] = ref;
    return 0;
}

int dvb_take_replay(const struct dvb_take *t, const struct dvb_encode_sink *sink,
                    struct dvb_err *err)
{
    int ret = 0;
    const uint8_t *data = t->data;
    for (size_t i = 0; sink->packet && !ret && i < t->n_packets; i++) {
        struct dvb_packet p = t->packets[i];
        p.data = data;
        data += p.size;
        ret = sink->packet(sink->ctx, &p, err);
    }
    for (size_t i = 0; sink->recon && !ret && i < t->n_recon; i++)
        ret = sink->recon(sink->ctx, t->recon[i], err);
    return ret;
}
