/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/receive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/live/reception.h"
#include "eval/live/save.h"
#include "eval/network/h264.h"

enum {
    REPORT_US = 1000000,
    COMPOUND = 1200,  /* bytes of an RTCP datagram */
    TOLD = 4096,      /* packets of one feedback */
    HELD = 8,         /* packets before the stream's first SPS */
    QUIET_US = 50000, /* nothing is missing and nothing came for so long: the stream is through */
};

/* Numbers from the wire are made positive by starting this high: a stream may begin
   with a packet that came out of order. */
#define ORIGIN (INT64_C(1) << 33)

struct packet {
    size_t size; /* of the payload */
    uint8_t payload[];
};

struct dvb_receive {
    struct dvb_receive_settings s;
    struct dvb_session_sockets sockets;
    struct dvb_udp_address rtcp_peer; /* or whoever sent last */
    struct dvb_receiver *core;
    struct dvb_save *save;
    struct dvb_reception reception;
    struct dvb_live_frames frames;
    struct dvb_seq_unwrap seq, tseq;
    int64_t frame; /* timestamp, not wrapped, of the newest */
    uint32_t ssrc, media;
    bool known; /* media: which source it is */
    bool tells; /* packets have transport-wide numbers */
    struct dvb_net_packet held[HELD];
    int n_held;
    bool started; /* no more is held */
    int64_t came; /* the datagram that is being read, since begun */
    int64_t begun, heard_us, report_due, bye_us;
    int64_t unreadable, retransmitted;
    uint8_t feedback;
    struct dvb_twcc_packet told[TOLD];
    uint8_t buf[DVB_UDP_MAX];
};

static void release_packet(void *user, void *payload)
{
    (void)user;
    free(payload);
}

int dvb_receive_open(const struct dvb_receive_settings *s, struct dvb_receive **out,
                     struct dvb_err *err)
{
    *out = NULL;
    struct dvb_receive *d = dvb_calloc(1, sizeof(*d));
    struct dvb_rng rng;
    d->s = *s;
    d->s.core.release = release_packet;
    d->sockets = (struct dvb_session_sockets){ .rtp = -1, .rtcp = -1 };
    d->rtcp_peer = dvb_session_rtcp_peer(&s->session);
    d->frame = ORIGIN;
    d->bye_us = -1;
    dvb_rng_init(&rng, s->seed, "receiver");
    d->ssrc = (uint32_t)dvb_rng_next(&rng);
    int ret = dvb_session_open(&s->session, &d->sockets, err);
    if (!ret)
        ret = dvb_receiver_open(&d->s.core, &d->core, err);
    if (!ret && s->save)
        d->save = dvb_save_open(s->save);
    if (ret)
        dvb_receive_close(&d);
    *out = d;
    return ret;
}

const struct dvb_session_sockets *dvb_receive_sockets(const struct dvb_receive *d)
{
    return &d->sockets;
}

static int64_t now_of(const struct dvb_receive *d)
{
    return dvb_live_now() - d->begun;
}

/* The frame's number: its timestamp without wrapping. */
static int64_t frame_of(struct dvb_receive *d, uint32_t timestamp)
{
    int64_t frame = d->frame + (int32_t)(timestamp - (uint32_t)d->frame);
    d->frame = frame > d->frame ? frame : d->frame;
    return frame;
}

/* The media packet that came, itself or in a retransmission; false: neither. */
static bool identify(struct dvb_receive *d, const struct dvb_rtp *rtp, struct dvb_rtp *media)
{
    if (rtp->payload_type == d->s.session.video_type) {
        if (d->known && rtp->ssrc != d->media)
            return false;
        d->known = true;
        d->media = rtp->ssrc;
        *media = *rtp;
        dvb_reception_packet(&d->reception, rtp, d->came);
        return true;
    }
    if (rtp->payload_type != d->s.session.rtx_type || !d->known ||
        dvb_rtx_unwrap(rtp, d->s.session.video_type, d->media, media, NULL))
        return false;
    d->retransmitted++;
    return true;
}

static int64_t tseq_of(struct dvb_receive *d, const struct dvb_rtp *rtp)
{
    const uint8_t *value;
    size_t size;
    if (!dvb_rtp_find(rtp, d->s.session.tseq_id, &value, &size) || size != 2)
        return -1;
    d->tells = true;
    return dvb_seq_unwrap(&d->tseq, (uint16_t)(value[0] << 8 | value[1]));
}

/* Our own flags, or 0 where the peer does not send them. */
static int flags_of(const struct dvb_receive *d, const struct dvb_rtp *rtp, bool *known)
{
    const uint8_t *value;
    size_t size;
    *known = dvb_rtp_find(rtp, d->s.session.flags_id, &value, &size) && size == 1;
    return *known ? *value : 0;
}

/* An original's number is what later ones are nearest to; a retransmission's is old. */
static int64_t seq_of(struct dvb_receive *d, const struct dvb_rtp *media, bool rtx)
{
    struct dvb_seq_unwrap old = d->seq;
    return ORIGIN + dvb_seq_unwrap(rtx ? &old : &d->seq, media->seq);
}

static void release_held(struct dvb_receive *d)
{
    for (int i = 0; i < d->n_held; i++)
        dvb_receiver_packet(d->core, d->came, &d->held[i]);
    d->n_held = 0;
    d->started = true;
}

/* A peer's stream without our flags begins with an SPS, perhaps with a delimiter or SEI
   before it: only when the SPS is there is it known that nothing is missing before. All
   later frames begin where the one before ends. */
static void start_stream(struct dvb_receive *d, struct dvb_h264_hint hint, struct dvb_net_packet *p)
{
    const struct dvb_net_packet *last = d->n_held ? &d->held[d->n_held - 1] : NULL;
    bool follows = !last || (p->seq == last->seq + 1 && p->frame == last->frame);
    if (follows && hint.leads && d->n_held < HELD) {
        d->held[d->n_held++] = *p;
        return;
    }
    if (follows && hint.sets)
        (d->n_held ? &d->held[0] : p)->first = true;
    release_held(d);
    dvb_receiver_packet(d->core, d->came, p);
}

static int take_rtp(struct dvb_receive *d, size_t size, struct dvb_err *err)
{
    struct dvb_rtp rtp, media;
    if (dvb_rtp_parse(d->buf, size, &rtp, NULL) || !identify(d, &rtp, &media)) {
        d->unreadable++;
        return 0;
    }
    struct packet *keep = malloc(sizeof(*keep) + media.payload_size);
    if (!keep)
        return dvb_fail_nomem(err);
    keep->size = media.payload_size;
    memcpy(keep->payload, media.payload, media.payload_size);
    struct dvb_h264_hint hint = dvb_h264_look(media.payload, media.payload_size);
    bool rtx = rtp.payload_type != media.payload_type;
    bool known;
    int flags = flags_of(d, &rtp, &known);
    struct dvb_net_packet packet = { .seq = seq_of(d, &media, rtx),
                                     .tseq = tseq_of(d, &rtp),
                                     .frame = frame_of(d, media.timestamp),
                                     .ssrc = rtp.ssrc,
                                     .size = (uint32_t)size,
                                     .kind = rtx ? DVB_NET_RTX : DVB_NET_VIDEO,
                                     .first = flags & DVB_SESSION_FIRST,
                                     .marker = media.marker,
                                     .key = hint.key || flags & DVB_SESSION_KEY,
                                     .payload = keep };
    if (d->started || known)
        dvb_receiver_packet(d->core, d->came, &packet);
    else
        start_stream(d, hint, &packet);
    return 0;
}

static void take_rtcp(struct dvb_receive *d, size_t size)
{
    struct dvb_rtcp_walk w = { .data = d->buf, .size = size };
    struct dvb_rtcp p;
    int ret;
    while ((ret = dvb_rtcp_next(&w, &p, NULL)) == 1) {
        if (p.kind == DVB_RTCP_SR && (!d->known || p.ssrc == d->media))
            dvb_reception_report(&d->reception, &p.sr, d->came);
        else if (p.kind == DVB_RTCP_BYE && d->bye_us < 0)
            d->bye_us = dvb_live_now();
    }
    if (ret)
        d->unreadable++;
}

static int read_socket(struct dvb_receive *d, int fd, struct dvb_err *err)
{
    struct dvb_udp_address from;
    int ret = 0;
    long n;
    for (int most = 256;
         !ret && most && (n = dvb_udp_receive(fd, d->buf, sizeof(d->buf), &from, &d->came)) >= 0;
         most--) {
        bool rtcp = dvb_rtp_is_rtcp(d->buf, (size_t)n);
        d->heard_us = dvb_live_now();
        d->came -= d->begun;
        if (rtcp)
            take_rtcp(d, (size_t)n);
        else
            ret = take_rtp(d, (size_t)n, err);
        if (!d->s.session.peer.len && (rtcp || d->s.session.mux))
            d->rtcp_peer = from;
    }
    return ret;
}

/* The record of the frame, from the newest back. */
static struct dvb_live_frame *find_frame(struct dvb_receive *d, uint32_t timestamp)
{
    for (size_t i = d->frames.n; i-- > 0;)
        if (d->frames.v[i].timestamp == timestamp)
            return &d->frames.v[i];
    return dvb_live_frames_add(&d->frames, timestamp);
}

static int save_frame(struct dvb_receive *d, const struct dvb_frame_event *e, struct dvb_err *err)
{
    int ret = 0;
    for (int64_t seq = e->first_seq; !ret && seq <= e->last_seq; seq++) {
        const struct packet *p = dvb_receiver_payload(d->core, seq);
        const struct dvb_rtp rtp = { .seq = (uint16_t)seq,
                                     .marker = seq == e->last_seq,
                                     .payload = p ? p->payload : NULL,
                                     .payload_size = p ? p->size : 0 };
        ret = dvb_save_packet(d->save, &rtp, err);
    }
    return ret ? ret : dvb_save_frame(d->save, e->first_seq, e->last_seq, err);
}

static int take_frames(struct dvb_receive *d, struct dvb_err *err)
{
    struct dvb_frame_event e;
    int ret = 0;
    while (!ret && dvb_receiver_frame(d->core, &e)) {
        struct dvb_live_frame *f = find_frame(d, (uint32_t)e.frame);
        f->bytes = e.bytes;
        f->key = e.key;
        f->recovered = e.recovered;
        *(e.state == DVB_FRAME_COMPLETE ? &f->complete : &f->decodable) = e.at + d->begun;
        if (e.state == DVB_FRAME_DECODABLE && d->save)
            ret = save_frame(d, &e, err);
    }
    return ret;
}

/* A compound packet begins with a report and the name (RFC 3550, 6.1). */
static struct dvb_rtcp_writer begin_compound(struct dvb_receive *d)
{
    struct dvb_rtcp_writer w = { .data = d->buf, .cap = COMPOUND };
    struct dvb_rtcp_block block = dvb_reception_block(&d->reception, d->media, now_of(d));
    dvb_rtcp_put_rr(&w, d->ssrc, &block, d->known);
    dvb_rtcp_put_cname(&w, d->ssrc, "devibench");
    return w;
}

static void send_compound(struct dvb_receive *d, const struct dvb_rtcp_writer *w)
{
    if (d->rtcp_peer.len)
        (void)dvb_udp_send(d->sockets.rtcp, w->data, w->size, &d->rtcp_peer);
}

static void send_nack(struct dvb_receive *d, const struct dvb_net_control *m)
{
    uint16_t wire[1024];
    for (size_t at = 0; at < m->n;) {
        size_t n = 0, went;
        while (at + n < m->n && n < 1024) {
            wire[n] = (uint16_t)(m->seqs[at + n] - ORIGIN);
            n++;
        }
        struct dvb_rtcp_writer w = begin_compound(d);
        went = dvb_rtcp_put_nack(&w, d->ssrc, d->media, wire, n);
        send_compound(d, &w);
        at += went ? went : n;
    }
}

/* From arrival at on: those packets, and the lost ones between them. Returns how many
   arrivals went in; told_n is with the lost ones. */
static size_t list_told(struct dvb_receive *d, const struct dvb_net_control *m, size_t at,
                        size_t *told_n)
{
    size_t n = 0, i = at;
    for (; i < m->n; i++) {
        const struct dvb_net_arrival *a = &m->arrivals[i];
        int64_t gap = i > at ? a->tseq - m->arrivals[i - 1].tseq - 1 : 0;
        if (gap < 0 || gap >= (int64_t)(TOLD - n))
            break;
        for (; gap; gap--)
            d->told[n++] = (struct dvb_twcc_packet){ .seq = (uint16_t)(a->tseq - gap) };
        d->told[n++] = (struct dvb_twcc_packet){ (uint16_t)a->tseq, true, a->at };
    }
    *told_n = n;
    return i - at;
}

static void send_feedback(struct dvb_receive *d, const struct dvb_net_control *m)
{
    for (size_t at = 0; d->tells && at < m->n;) {
        size_t n, arrivals = list_told(d, m, at, &n);
        struct dvb_rtcp_writer w = begin_compound(d);
        size_t went = dvb_rtcp_put_twcc(&w, d->ssrc, d->media, d->feedback++, d->told, n);
        send_compound(d, &w);
        if (went < n) { /* so many arrivals are among those that went */
            arrivals = 0;
            for (size_t i = 0; i < went; i++)
                arrivals += d->told[i].received;
        }
        at += arrivals ? arrivals : 1;
    }
}

static void send_control(struct dvb_receive *d)
{
    struct dvb_net_control m;
    while (dvb_receiver_poll(d->core, now_of(d), &m)) {
        if (m.kind == DVB_NET_NACK) {
            send_nack(d, &m);
        } else if (m.kind == DVB_NET_FEEDBACK) {
            send_feedback(d, &m);
        } else {
            struct dvb_rtcp_writer w = begin_compound(d);
            dvb_rtcp_put_pli(&w, d->ssrc, d->media);
            send_compound(d, &w);
        }
    }
    if (dvb_live_now() >= d->report_due) {
        struct dvb_rtcp_writer w = begin_compound(d);
        send_compound(d, &w);
        d->report_due = dvb_live_now() + REPORT_US;
    }
}

static int serve(struct dvb_receive *d, struct dvb_err *err)
{
    int64_t rtt = d->s.rtt ? atomic_load(d->s.rtt) : 0;
    if (rtt > 0)
        dvb_receiver_set_rtt(d->core, rtt);
    int ret = read_socket(d, d->sockets.rtp, err);
    if (!ret && d->sockets.rtcp != d->sockets.rtp)
        ret = read_socket(d, d->sockets.rtcp, err);
    if (!ret)
        ret = take_frames(d, err);
    if (!ret)
        send_control(d);
    return ret;
}

int dvb_receive_datagram(struct dvb_receive *d, const void *data, size_t size, struct dvb_err *err)
{
    int ret = 0;
    size = size < sizeof(d->buf) ? size : sizeof(d->buf);
    if (size)
        memcpy(d->buf, data, size);
    d->heard_us = dvb_live_now();
    d->came = now_of(d);
    if (dvb_rtp_is_rtcp(d->buf, size))
        take_rtcp(d, size);
    else
        ret = take_rtp(d, size, err);
    return ret ? ret : serve(d, err);
}

/* After a BYE: when nothing is missing any more, or the time for it is over. */
static bool is_over(const struct dvb_receive *d)
{
    const struct dvb_receiver_stats *st = dvb_receiver_get_stats(d->core);
    int64_t now = dvb_live_now();
    bool missing = st->gaps > st->recovered + st->given_up;
    if (d->bye_us < 0)
        return false;
    return now >= d->bye_us + d->s.linger ||
           (!missing && now >= d->bye_us + QUIET_US && now >= d->heard_us + QUIET_US);
}

/* When each frame was sent, by the sender's reports and this machine's date. */
static void date_frames(struct dvb_receive *d)
{
    int64_t offset = dvb_live_date() - dvb_live_now();
    for (size_t i = 0; d->reception.sr_known && i < d->frames.n; i++)
        d->frames.v[i].sent = dvb_reception_date(&d->reception, d->frames.v[i].timestamp) - offset;
}

int dvb_receive_run(struct dvb_receive *d, int64_t until, const atomic_bool *stop,
                    struct dvb_receive_result *result, struct dvb_err *err)
{
    const int fds[] = { d->sockets.rtp, d->sockets.rtcp };
    size_t n = d->sockets.rtp == d->sockets.rtcp ? 1 : 2;
    int ret = 0;
    d->begun = d->heard_us = dvb_live_now();
    d->report_due = d->begun + REPORT_US;
    dvb_live_hurry();
    while (!ret && !atomic_load(stop) && dvb_live_now() < until && !is_over(d)) {
        int64_t next = dvb_receiver_next(d->core), wake = d->report_due;
        if (next < wake - d->begun)
            wake = next + d->begun;
        if (d->bye_us >= 0 && wake > dvb_live_now() + QUIET_US / 2)
            wake = dvb_live_now() + QUIET_US / 2;
        dvb_live_wait(fds, n, wake < until ? wake : until);
        ret = serve(d, err);
    }
    dvb_live_calm();
    if (!ret && d->save)
        ret = dvb_save_finish(d->save, err);
    date_frames(d);
    *result = (struct dvb_receive_result){ .frames = d->frames,
                                           .core = *dvb_receiver_get_stats(d->core),
                                           .unreadable = d->unreadable,
                                           .retransmitted = d->retransmitted,
                                           .spoilt = d->save ? dvb_save_spoilt(d->save) : 0,
                                           .bye = d->bye_us >= 0 };
    d->frames = (struct dvb_live_frames){ 0 };
    return ret;
}

void dvb_receive_close(struct dvb_receive **receive)
{
    struct dvb_receive *d = *receive;
    if (!d)
        return;
    for (int i = 0; i < d->n_held; i++)
        free(d->held[i].payload);
    dvb_receiver_close(&d->core);
    dvb_save_close(&d->save);
    dvb_session_close(&d->sockets);
    dvb_live_frames_release(&d->frames);
    free(d);
    *receive = NULL;
}
