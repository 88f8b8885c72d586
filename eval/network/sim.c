/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eval/network/ring.h"
#include "eval/network/sim.h"

#define TAIL_FRAMES 2
#define TAIL DVB_NET_SECOND
#define LONGEST_DRAIN (3600 * DVB_NET_SECOND)
#define HEARD_OF 10 /* packets, before the frame rate follows their loss */

/* A control message on its way back. */
struct letter {
    int64_t at;
    struct dvb_net_control message;
    void *array; /* owned: the message's */
};

struct sim {
    const struct dvb_sim_settings *s;
    struct dvb_sim_result *r;
    struct dvb_sender *sender;
    struct dvb_receiver *receiver;
    struct dvb_link *link;
    struct dvb_frame_model model;
    struct dvb_rng back_rng;
    struct dvb_ring letters;
    int64_t now;
    int64_t next_frame; /* DVB_NET_NEVER: no more */
    double next_exact;
    double fps;
    size_t n_frames, cap_frames; /* with the tail */
    int64_t recap;               /* rate of the last frame */
    int64_t rtt_due, rtt;        /* the receiver will hear of the round trip time */
};

static int check(const struct dvb_sim_settings *s, struct dvb_err *err)
{
    if (!(s->fps > 0 && s->fps <= 1000))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "fps: found %g, expected above 0 to 1000",
                        s->fps);
    double most = (double)DVB_SIM_MAX_FRAMES / (s->adapt ? 1000 : s->fps);
    if (s->duration < 1 || (double)s->duration / 1e6 > most)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "duration: found %g s, expected above 0 to %.0f s (%zu frames)",
                        (double)s->duration / 1e6, most, DVB_SIM_MAX_FRAMES);
    if (!(s->back_loss >= 0 && s->back_loss <= 1))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "loss of control messages: found %g, expected 0 to 1", s->back_loss);
    if (s->recap && !s->recap->n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "no confidences for the rate cap");
    return 0;
}

static int open_parts(struct sim *m, struct dvb_err *err)
{
    const struct dvb_sim_settings *s = m->s;
    struct dvb_link_settings link = s->link;
    link.seed = s->seed;
    link.label = "forward";
    link.dropped = NULL;
    dvb_rng_init(&m->back_rng, s->seed, "back");
    dvb_rng_init(&m->model.rng, s->seed, "frames");
    int ret = dvb_link_open(&link, &m->link, err);
    if (!ret)
        ret = dvb_sender_open(&s->sender, &m->sender, err);
    return ret ? ret : dvb_receiver_open(&s->receiver, &m->receiver, err);
}

/* Frames at i / fps, without drift; a rate that changes counts on from the frame before. */
static void plan_next(struct sim *m, int64_t captured)
{
    const struct dvb_sim_settings *s = m->s;
    if (s->adapt && !s->steady) {
        struct dvb_framerate_settings f = *s->adapt;
        struct dvb_framerate r;
        double heard = (double)dvb_sender_loss(m->sender, &f.loss);
        /* The rule of succession: few packets without a loss are no proof that there is none. */
        f.loss = (f.loss * heard + 1) / (heard + 2);
        if (heard >= HEARD_OF && !dvb_framerate_solve(&f, &r, NULL))
            m->fps = r.fps;
        m->next_exact += 1e6 / m->fps;
        m->next_frame = (int64_t)llround(m->next_exact);
    } else {
        m->next_frame = (int64_t)llround((double)m->n_frames * 1e6 / s->fps);
    }
    if (captured >= s->duration + TAIL && m->n_frames >= m->r->n + TAIL_FRAMES)
        m->next_frame = DVB_NET_NEVER;
}

static int64_t encoder_rate(struct sim *m)
{
    int64_t rate = dvb_sender_rate(m->sender);
    if (!m->s->recap)
        return rate;
    const struct dvb_confidences *c = m->s->recap;
    double tau = m->s->tau > 0 ? m->s->tau : DVB_RECAP_TAU;
    if (!m->recap)
        m->recap = c->tiers[0];
    m->recap = dvb_recap_rate(c->tiers, &c->v[m->n_frames / DVB_RECAP_FRAMES % c->n], tau, m->recap,
                              rate);
    return m->recap;
}

static int send_frame(struct sim *m, struct dvb_err *err)
{
    int64_t rate = encoder_rate(m);
    bool key = dvb_sender_key_wanted(m->sender);
    if (m->s->adapt && m->s->adapt->frame_bytes)
        rate = (int64_t)llround((double)m->s->adapt->frame_bytes * 8 * m->fps);
    uint32_t size = dvb_frame_model_next(&m->model, (double)rate, m->fps, &key);
    struct dvb_net_frame frame = {
        .id = (int64_t)m->n_frames, .key = key, .nals = &size, .n_nals = 1
    };
    int ret = dvb_sender_frame(m->sender, m->now, &frame, err);
    if (ret)
        return ret;
    m->r->frames = dvb_grow(m->r->frames, m->n_frames, &m->cap_frames, sizeof(*m->r->frames));
    m->r->frames[m->n_frames++] = (struct dvb_sim_frame){ .captured = m->now,
                                                          .complete = DVB_NET_NEVER,
                                                          .decodable = DVB_NET_NEVER,
                                                          .rate = rate,
                                                          .bytes = size,
                                                          .key = key };
    if (m->now < m->s->duration)
        m->r->n = m->n_frames;
    plan_next(m, m->now);
    return 0;
}

static void take_arrivals(struct sim *m)
{
    struct dvb_net_packet p;
    struct dvb_frame_event e;
    for (int64_t at; dvb_link_take(m->link, m->now, &p, &at);)
        dvb_receiver_packet(m->receiver, at, &p);
    while (dvb_receiver_frame(m->receiver, &e)) {
        struct dvb_sim_frame *f = &m->r->frames[e.frame];
        *(e.state == DVB_FRAME_COMPLETE ? &f->complete : &f->decodable) = e.at;
    }
}

static void *copy(const void *v, size_t n, size_t size)
{
    return n ? memcpy(dvb_realloc(NULL, n, size), v, n * size) : NULL;
}

static void post_letters(struct sim *m)
{
    struct dvb_net_control c;
    while (dvb_receiver_poll(m->receiver, m->now, &c)) {
        if (m->s->back_loss > 0 && dvb_rng_unit(&m->back_rng) < m->s->back_loss)
            continue;
        void *array = c.kind == DVB_NET_NACK ? copy(c.seqs, c.n, sizeof(*c.seqs))
                                             : copy(c.arrivals, c.n, sizeof(*c.arrivals));
        c.seqs = c.kind == DVB_NET_NACK ? array : NULL;
        c.arrivals = c.kind == DVB_NET_FEEDBACK ? array : NULL;
        *(struct letter *)dvb_ring_push(&m->letters) = (struct letter){ m->now + m->s->link.delay,
                                                                        c, array };
    }
}

static void read_letter(struct sim *m)
{
    struct letter l = *(const struct letter *)dvb_ring_pop(&m->letters);
    dvb_sender_control(m->sender, m->now, &l.message);
    free(l.array);
    if (l.message.kind == DVB_NET_FEEDBACK && m->rtt_due == DVB_NET_NEVER) {
        m->rtt = dvb_sender_rtt(m->sender);
        m->rtt_due = m->now + m->s->link.delay;
    }
}

static int send_packets(struct sim *m, struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_net_packet p; !ret && dvb_sender_poll(m->sender, m->now, &p);) {
        ret = dvb_link_put(m->link, m->now, &p, err);
        if (m->now < m->s->duration)
            m->r->sent_bytes += p.size;
    }
    return ret;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t letter_due(const struct sim *m)
{
    const struct letter *l = dvb_ring_front(&m->letters);
    return l ? l->at : DVB_NET_NEVER;
}

static int64_t next_event(struct sim *m)
{
    int64_t t = earlier(m->next_frame, letter_due(m));
    t = earlier(t, dvb_link_next(m->link));
    t = earlier(t, dvb_receiver_next(m->receiver));
    return earlier(t, dvb_sender_next(m->sender));
}

/* A handful of sources, so the smallest is found faster than a heap could keep them in order. */
static int run(struct sim *m, struct dvb_err *err)
{
    int64_t last = m->s->duration + LONGEST_DRAIN, t;
    while ((t = next_event(m)) != DVB_NET_NEVER && t <= last) {
        m->now = t > m->now ? t : m->now;
        if (dvb_link_next(m->link) <= m->now)
            take_arrivals(m);
        while (letter_due(m) <= m->now)
            read_letter(m);
        if (m->rtt_due <= m->now) {
            dvb_receiver_set_rtt(m->receiver, m->rtt);
            m->rtt_due = DVB_NET_NEVER;
        }
        int ret = m->next_frame <= m->now ? send_frame(m, err) : 0;
        if (!ret && dvb_sender_next(m->sender) <= m->now)
            ret = send_packets(m, err);
        if (ret)
            return ret;
        if (dvb_receiver_next(m->receiver) <= m->now)
            post_letters(m);
    }
    m->r->ended = m->now;
    return 0;
}

static void close_parts(struct sim *m)
{
    if (m->sender)
        m->r->sender = *dvb_sender_get_stats(m->sender);
    if (m->receiver)
        m->r->receiver = *dvb_receiver_get_stats(m->receiver);
    if (m->link)
        m->r->link = *dvb_link_get_stats(m->link);
    for (const struct letter *l; (l = dvb_ring_pop(&m->letters));)
        free(l->array);
    dvb_ring_release(&m->letters);
    dvb_sender_close(&m->sender);
    dvb_receiver_close(&m->receiver);
    dvb_link_close(&m->link);
}

int dvb_sim_run(const struct dvb_sim_settings *settings, struct dvb_sim_result *result,
                struct dvb_err *err)
{
    *result = (struct dvb_sim_result){ 0 };
    int ret = check(settings, err);
    if (ret)
        return ret;
    struct sim m = { .s = settings,
                     .r = result,
                     .model = settings->model,
                     .fps = settings->fps,
                     .rtt_due = DVB_NET_NEVER,
                     .letters = { .size = sizeof(struct letter) } };
    ret = open_parts(&m, err);
    if (!ret)
        ret = run(&m, err);
    close_parts(&m);
    if (ret)
        dvb_sim_release(result);
    return ret;
}

void dvb_sim_release(struct dvb_sim_result *result)
{
    free(result->frames);
    *result = (struct dvb_sim_result){ 0 };
}
