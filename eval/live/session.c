/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/session.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

enum { TRIES = 100 };

/* RTP's port any, RTCP's the next one: several tries, since the next may be taken. */
static int open_pair(const struct dvb_session *s, struct dvb_session_sockets *k,
                     struct dvb_err *err)
{
    int tries = dvb_udp_port(&s->local) ? 1 : TRIES, ret;
    do {
        ret = dvb_udp_open(&s->local, &k->rtp, &k->rtp_at, err);
        if (ret)
            return ret;
        struct dvb_udp_address next = k->rtp_at;
        int port = dvb_udp_port(&k->rtp_at);
        if (port == 65535)
            ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                           "RTP's port is 65535: RTCP has none after it");
        dvb_udp_set_port(&next, port + 1);
        if (!ret)
            ret = dvb_udp_open(&next, &k->rtcp, &k->rtcp_at, err);
        if (ret)
            dvb_udp_close(&k->rtp);
    } while (ret && --tries);
    return ret;
}

int dvb_session_open(const struct dvb_session *s, struct dvb_session_sockets *k,
                     struct dvb_err *err)
{
    *k = (struct dvb_session_sockets){ .rtp = -1, .rtcp = -1 };
    if (!s->mux)
        return open_pair(s, k, err);
    int ret = dvb_udp_open(&s->local, &k->rtp, &k->rtp_at, err);
    k->rtcp = k->rtp;
    k->rtcp_at = k->rtp_at;
    return ret;
}

void dvb_session_close(struct dvb_session_sockets *k)
{
    if (k->rtcp != k->rtp)
        dvb_udp_close(&k->rtcp);
    dvb_udp_close(&k->rtp);
    k->rtcp = -1;
}

struct dvb_udp_address dvb_session_rtcp_peer(const struct dvb_session *s)
{
    struct dvb_udp_address a = s->peer;
    if (a.len && !s->mux)
        dvb_udp_set_port(&a, dvb_udp_port(&a) + 1);
    return a;
}

struct dvb_live_frame *dvb_live_frames_add(struct dvb_live_frames *list, uint32_t timestamp)
{
    list->v = dvb_grow(list->v, list->n, &list->cap, sizeof(*list->v));
    list->v[list->n] = (struct dvb_live_frame){
        .timestamp = timestamp, .sent = -1, .complete = -1, .decodable = -1
    };
    return &list->v[list->n++];
}

void dvb_live_frames_release(struct dvb_live_frames *list)
{
    free(list->v);
    *list = (struct dvb_live_frames){ 0 };
}
