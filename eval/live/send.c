/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/send.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/network/h264.h"
#include "eval/network/rtcp.h"

enum {
    REPORT_US = 1000000,
    FIRST_REPORT_US = 100000,
    BYES = 5,
    BYE_US = 10000,
    EXTENSION = 12, /* bytes of the header extension */
    SENT_LOG = 1 << 16,
    NUMBERS = 4096, /* of one NACK */
};

struct dvb_send {
    struct dvb_send_settings s;
    struct dvb_session_sockets sockets;
    struct dvb_udp_address rtcp_peer;
    struct dvb_sender *core;
    struct dvb_camera *camera;
    struct dvb_live_frames frames;
    uint16_t seq, rtx_seq; /* where the numbers on the wire begin */
    uint32_t timestamp, ssrc, rtx_ssrc;
    int64_t begun;    /* the camera's first frame */
    int64_t heard_us; /* the last packet that left, or feedback or NACK that came */
    int64_t report_due;
    int64_t *sent; /* by the low 16 bits of the transport-wide number */
    int64_t next_tseq, next_seq;
    int64_t arrival_us; /* of feedback, not wrapped: the latest */
    int64_t rtt;        /* by receiver reports; -1: none yet */
    uint32_t packets, octets;
    int64_t sent_bytes, unsent, unreadable, lost;
    bool bye;
    struct dvb_net_arrival *arrivals; /* of one feedback */
    size_t n_arrivals, cap_arrivals;
    uint8_t buf[DVB_UDP_MAX];
};

static void release_frame(void *user, void *payload)
{
    (void)user;
    dvb_camera_frame_free(payload);
}

static void draw_numbers(struct dvb_send *d)
{
    struct dvb_rng rng;
    dvb_rng_init(&rng, d->s.seed, "rtp");
    d->seq = (uint16_t)dvb_rng_next(&rng);
    d->rtx_seq = (uint16_t)dvb_rng_next(&rng);
    d->timestamp = (uint32_t)dvb_rng_next(&rng);
    d->ssrc = (uint32_t)dvb_rng_next(&rng) | 1;
    d->rtx_ssrc = d->ssrc ^ 0x80000000U;
}

int dvb_send_open(const struct dvb_send_settings *s, struct dvb_send **out, struct dvb_err *err)
{
    *out = NULL;
    struct dvb_send *d = dvb_calloc(1, sizeof(*d));
    d->s = *s;
    d->sockets = (struct dvb_session_sockets){ .rtp = -1, .rtcp = -1 };
    d->rtt = d->lost = -1;
    draw_numbers(d);
    d->sent = dvb_calloc(SENT_LOG, sizeof(*d->sent));
    d->rtcp_peer = dvb_session_rtcp_peer(&s->session);
    d->s.core.header = DVB_RTP_HEADER + EXTENSION;
    d->s.core.ssrc[DVB_NET_VIDEO] = d->ssrc;
    d->s.core.ssrc[DVB_NET_RTX] = d->rtx_ssrc;
    d->s.core.release = release_frame;
    d->s.camera.rate = s->core.rates.start;
    int ret = dvb_session_open(&s->session, &d->sockets, err);
    if (!ret)
        ret = dvb_sender_open(&d->s.core, &d->core, err);
    if (!ret)
        ret = dvb_camera_open(&d->s.camera, &d->camera, err);
    if (ret)
        dvb_send_close(&d);
    *out = d;
    return ret;
}

const struct dvb_session_sockets *dvb_send_sockets(const struct dvb_send *d)
{
    return &d->sockets;
}

void dvb_send_set_peer(struct dvb_send *d, const struct dvb_udp_address *peer)
{
    d->s.session.peer = *peer;
    d->rtcp_peer = dvb_session_rtcp_peer(&d->s.session);
}

static int64_t now_of(const struct dvb_send *d)
{
    int64_t t = dvb_live_now() - d->begun;
    return t < 0 ? 0 : t;
}

static int save_frame(const struct dvb_send *d, const struct dvb_camera_frame *f,
                      struct dvb_err *err)
{
    for (size_t i = 0; d->s.save && i < f->n_nals; i++)
        if (fwrite("\0\0\0\1", 1, 4, d->s.save) != 4 ||
            fwrite(f->data + f->at[i], 1, f->nals[i], d->s.save) != f->nals[i])
            return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "saving the stream that is sent");
    return 0;
}

/* A frame's id is its time on RTP's clock, from 0. */
static int put_frame(struct dvb_send *d, struct dvb_camera_frame *f, struct dvb_err *err)
{
    int64_t id = (int64_t)llround((double)f->index * DVB_RTP_CLOCK / d->s.camera.fps);
    const struct dvb_net_frame frame = {
        .id = id, .key = f->key, .nals = f->nals, .n_nals = f->n_nals, .payload = f
    };
    int ret = save_frame(d, f, err);
    if (ret) {
        dvb_camera_frame_free(f);
        return ret;
    }
    struct dvb_live_frame *kept = dvb_live_frames_add(&d->frames, d->timestamp + (uint32_t)id);
    kept->sent = f->ready;
    kept->bytes = (uint32_t)f->size;
    kept->key = f->key;
    kept->rate = f->rate;
    ret = dvb_sender_frame(d->core, now_of(d), &frame, err);
    if (ret)
        dvb_camera_frame_free(f);
    return ret == -ENOBUFS ? 0 : ret; /* a queue that is full loses a frame, as it does in a call */
}

static void send_packet(struct dvb_send *d, const struct dvb_net_packet *p)
{
    const struct dvb_camera_frame *f = p->payload;
    uint8_t extension[40];
    const uint8_t tseq[] = { (uint8_t)(p->tseq >> 8), (uint8_t)p->tseq };
    const uint8_t flags = (p->first ? DVB_SESSION_FIRST : 0) | (p->key ? DVB_SESSION_KEY : 0);
    const struct dvb_rtp_element elements[] = { { d->s.session.tseq_id, tseq, 2 },
                                                { d->s.session.flags_id, &flags, 1 } };
    size_t size;
    struct dvb_rtp rtp = { .payload_type = d->s.session.video_type,
                           .marker = p->marker,
                           .seq = (uint16_t)(d->seq + p->seq),
                           .timestamp = d->timestamp + (uint32_t)p->frame,
                           .ssrc = d->ssrc };
    dvb_h264_put_part(&p->part, f->data + f->at[p->part.nal], &rtp);
    if (p->kind == DVB_NET_RTX) {
        struct dvb_rtp lost = rtp;
        dvb_rtx_wrap(&lost, d->s.session.rtx_type, d->rtx_ssrc, (uint16_t)(d->rtx_seq + p->wire),
                     &rtp);
    } else if (p->seq >= d->next_seq) {
        d->next_seq = p->seq + 1;
    }
    dvb_rtp_extend(&rtp, elements, 2, extension);
    d->sent[p->tseq % SENT_LOG] = p->sent;
    d->next_tseq = p->tseq + 1;
    if (dvb_rtp_write(&rtp, d->buf, sizeof(d->buf), &size, NULL) ||
        !dvb_udp_send(d->sockets.rtp, d->buf, size, &d->s.session.peer))
        d->unsent++;
    if (now_of(d) < d->s.duration)
        d->sent_bytes += (int64_t)size;
    d->packets++;
    d->octets += (uint32_t)(rtp.payload_size + rtp.prefix_size);
    d->heard_us = dvb_live_now();
}

static void send_report(struct dvb_send *d, bool bye)
{
    struct dvb_rtcp_writer w = { .data = d->buf, .cap = sizeof(d->buf) };
    double on_clock = (double)(dvb_live_now() - d->begun) * DVB_RTP_CLOCK / 1e6;
    const struct dvb_rtcp_sender sr = { .ntp = dvb_ntp_of_us(dvb_live_date()),
                                        .timestamp = d->timestamp + (uint32_t)(int64_t)on_clock,
                                        .packets = d->packets,
                                        .octets = d->octets };
    dvb_rtcp_put_sr(&w, d->ssrc, &sr, NULL, 0);
    dvb_rtcp_put_cname(&w, d->ssrc, "devibench");
    if (bye)
        dvb_rtcp_put_bye(&w, d->ssrc);
    if (!dvb_udp_send(d->sockets.rtcp, w.data, w.size, &d->rtcp_peer))
        d->unsent++;
}

/* The number on the wire that is nearest to what was sent last. */
static int64_t unwrap(int64_t last, uint16_t wire)
{
    return last + dvb_seq_diff((uint16_t)last, wire);
}

static void take_nack(struct dvb_send *d, const struct dvb_rtcp *p)
{
    static _Thread_local uint16_t wire[NUMBERS];
    static _Thread_local int64_t seqs[NUMBERS];
    size_t n = dvb_rtcp_nack_numbers(p, wire, NUMBERS);
    n = n < NUMBERS ? n : NUMBERS;
    for (size_t i = 0; i < n; i++)
        seqs[i] = unwrap(d->next_seq, (uint16_t)(wire[i] - d->seq));
    const struct dvb_net_control m = { .kind = DVB_NET_NACK, .n = n, .seqs = seqs };
    if (p->media == d->ssrc)
        dvb_sender_control(d->core, now_of(d), &m);
}

/* Times come modulo 2^24 * 64 ms: the one nearest to the latest. */
static int64_t unwrap_arrival(int64_t latest, int64_t wrapped)
{
    const int64_t period = (INT64_C(1) << 24) * 64000;
    int64_t diff = (wrapped - latest) % period;
    if (diff > period / 2)
        diff -= period;
    else if (diff < -period / 2)
        diff += period;
    return latest + diff;
}

static int keep_arrival(void *ctx, const struct dvb_twcc_packet *p)
{
    struct dvb_send *d = ctx;
    if (!p->received)
        return 0;
    int64_t at = unwrap_arrival(d->arrival_us, p->arrival_us);
    if (at < 0)
        return 0;
    d->arrivals = dvb_grow(d->arrivals, d->n_arrivals, &d->cap_arrivals, sizeof(*d->arrivals));
    d->arrivals[d->n_arrivals++] = (struct dvb_net_arrival){ .tseq = unwrap(d->next_tseq, p->seq),
                                                             .at = at };
    d->arrival_us = at > d->arrival_us ? at : d->arrival_us;
    return 0;
}

/* How long the receiver held the feedback is not on the wire; the round trip time of
   its reports is, and the rest of the time is what it held. */
static int64_t held(const struct dvb_send *d)
{
    int64_t last = d->arrivals[d->n_arrivals - 1].tseq;
    if (d->rtt < 0 || last < 0 || last >= d->next_tseq || d->next_tseq - last > SENT_LOG)
        return -1;
    int64_t took = now_of(d) - d->sent[last % SENT_LOG];
    return took > d->rtt ? took - d->rtt : 0;
}

static void take_feedback(struct dvb_send *d, const struct dvb_rtcp *p)
{
    d->n_arrivals = 0;
    if (dvb_twcc_read(p, NULL, keep_arrival, d, NULL)) {
        d->unreadable++;
        return;
    }
    if (!d->n_arrivals)
        return;
    const struct dvb_net_control m = {
        .kind = DVB_NET_FEEDBACK, .n = d->n_arrivals, .arrivals = d->arrivals, .held = held(d)
    };
    dvb_sender_control(d->core, now_of(d), &m);
    if (d->s.rtt)
        atomic_store(d->s.rtt, dvb_sender_rtt(d->core));
}

static void take_blocks(struct dvb_send *d, const struct dvb_rtcp *p)
{
    for (int i = 0; i < p->n_blocks; i++) {
        if (p->blocks[i].ssrc != d->ssrc)
            continue;
        int64_t rtt = dvb_rtcp_rtt_us(&p->blocks[i], dvb_ntp_of_us(dvb_live_date()));
        d->rtt = rtt >= 0 ? rtt : d->rtt;
        d->lost = p->blocks[i].lost;
    }
}

static void take_rtcp(struct dvb_send *d, size_t size)
{
    struct dvb_rtcp_walk w = { .data = d->buf, .size = size };
    const struct dvb_net_control pli = { .kind = DVB_NET_PLI };
    struct dvb_rtcp p;
    int ret;
    while ((ret = dvb_rtcp_next(&w, &p, NULL)) == 1) {
        take_blocks(d, &p);
        if (p.kind == DVB_RTCP_NACK || p.kind == DVB_RTCP_TWCC)
            d->heard_us = dvb_live_now();
        if (p.kind == DVB_RTCP_NACK)
            take_nack(d, &p);
        else if (p.kind == DVB_RTCP_TWCC)
            take_feedback(d, &p);
        else if (p.kind == DVB_RTCP_PLI)
            dvb_sender_control(d->core, now_of(d), &pli);
        else if (p.kind == DVB_RTCP_BYE)
            d->bye = true;
    }
    if (ret)
        d->unreadable++;
}

static void read_socket(struct dvb_send *d, int fd)
{
    long n;
    for (int most = 256; most && (n = dvb_udp_receive(fd, d->buf, sizeof(d->buf), NULL, NULL)) >= 0;
         most--)
        if (dvb_rtp_is_rtcp(d->buf, (size_t)n))
            take_rtcp(d, (size_t)n);
        else
            d->unreadable++;
}

static int serve(struct dvb_send *d, struct dvb_err *err)
{
    struct dvb_net_packet packet;
    int ret = 0;
    for (struct dvb_camera_frame *f; !ret && (f = dvb_camera_take(d->camera));)
        ret = put_frame(d, f, err);
    read_socket(d, d->sockets.rtcp);
    if (d->sockets.rtp != d->sockets.rtcp)
        read_socket(d, d->sockets.rtp);
    while (!ret && dvb_sender_poll(d->core, now_of(d), &packet))
        send_packet(d, &packet);
    dvb_camera_set_rate(d->camera, dvb_sender_rate(d->core));
    if (dvb_sender_key_wanted(d->core))
        dvb_camera_want_key(d->camera);
    if (dvb_live_now() >= d->report_due) {
        send_report(d, false);
        d->report_due = dvb_live_now() + REPORT_US;
    }
    return ret;
}

/* 1: all has been sent and the time for answers is over; 0: not yet. */
static int is_over(struct dvb_send *d, struct dvb_err *err)
{
    int done = dvb_camera_done(d->camera, err);
    if (done != 1)
        return done;
    return dvb_sender_next(d->core) == DVB_NET_NEVER &&
           (d->bye || dvb_live_now() >= d->heard_us + d->s.linger);
}

static void fill_result(struct dvb_send *d, struct dvb_send_result *r)
{
    *r = (struct dvb_send_result){ .frames = d->frames,
                                   .core = *dvb_sender_get_stats(d->core),
                                   .sent_bytes = d->sent_bytes,
                                   .unsent = d->unsent,
                                   .unreadable = d->unreadable,
                                   .rate = dvb_sender_rate(d->core),
                                   .rtt = d->rtt,
                                   .lost = d->lost };
    d->frames = (struct dvb_live_frames){ 0 };
}

int dvb_send_run(struct dvb_send *d, int64_t begin, const atomic_bool *stop,
                 struct dvb_send_result *result, struct dvb_err *err)
{
    int over = 0, n = d->sockets.rtp == d->sockets.rtcp ? 2 : 3;
    const int fds[] = { dvb_camera_fd(d->camera), d->sockets.rtp, d->sockets.rtcp };
    d->begun = d->heard_us = begin;
    d->report_due = begin + FIRST_REPORT_US;
    int ret = dvb_camera_start(d->camera, begin, err);
    dvb_live_hurry(); /* the camera must not: an encoder would keep the others waiting */
    while (!ret && !over && !atomic_load(stop)) {
        int64_t next = dvb_sender_next(d->core), until = d->report_due;
        if (next < until - d->begun)
            until = next + d->begun;
        dvb_live_wait(fds, (size_t)n, until);
        ret = serve(d, err);
        over = ret ? 0 : is_over(d, err);
        if (over < 0)
            ret = over;
    }
    dvb_live_calm();
    for (int i = 0; i < BYES; i++) { /* one may be lost, and nobody would ask for it */
        send_report(d, true);
        dvb_live_wait(NULL, 0, dvb_live_now() + BYE_US);
    }
    fill_result(d, result);
    return ret;
}

void dvb_send_close(struct dvb_send **send)
{
    struct dvb_send *d = *send;
    if (!d)
        return;
    dvb_camera_close(&d->camera);
    dvb_sender_close(&d->core);
    dvb_session_close(&d->sockets);
    dvb_live_frames_release(&d->frames);
    free(d->sent);
    free(d->arrivals);
    free(d);
    *send = NULL;
}
