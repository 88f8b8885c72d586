/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/live.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

enum { TAIL_US = 1000000, TAIL_FRAMES = 2, LINGER_US = 300000, WARM_UP_US = 50000 };

struct live {
    const struct dvb_live_settings *s;
    struct dvb_relay *relay;
    struct dvb_receive *receive;
    struct dvb_send *send;
    _Atomic int64_t rtt;
    atomic_bool relay_stop, receive_stop, receive_over;
    int64_t begin, until;
    struct dvb_receive_result received;
    struct dvb_send_result sent;
    pthread_t relay_thread, receive_thread;
    bool relay_runs, receive_runs;
    int relay_ret, receive_ret;
    struct dvb_err relay_err, receive_err;
};

static int check(const struct dvb_live_settings *s, struct dvb_err *err)
{
    const struct dvb_sim_settings *c = &s->call;
    if (c->adapt || c->recap)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "a frame rate or a rate cap that adapts: found one, expected none in a "
                        "live call");
    if (!(c->fps > 0 && c->fps <= 1000))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "fps: found %g, expected above 0 to 1000",
                        c->fps);
    if (c->duration < 1 || c->duration > 3600 * DVB_NET_SECOND)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "duration: found %g s, expected above 0 to 3600 s",
                        (double)c->duration / 1e6);
    return 0;
}

static int open_relay(struct live *l, struct dvb_err *err)
{
    const struct dvb_sim_settings *c = &l->s->call;
    struct dvb_relay_route route = { .way = DVB_RELAY_DOWN };
    struct dvb_relay_settings rs = { .routes = &route, .n_routes = 1 };
    int ret = dvb_udp_parse("0", "relay", &route.listen, err);
    route.target = route.listen;
    rs.link[DVB_RELAY_DOWN] = c->link;
    rs.link[DVB_RELAY_DOWN].seed = c->seed;
    rs.link[DVB_RELAY_DOWN].label = "forward";
    rs.link[DVB_RELAY_UP] = (struct dvb_link_settings){
        .delay = c->link.delay, .loss = c->back_loss, .seed = c->seed, .label = "back"
    };
    return ret ? ret : dvb_relay_open(&rs, &l->relay, err);
}

static int open_parts(struct live *l, struct dvb_err *err)
{
    const struct dvb_live_settings *s = l->s;
    const struct dvb_sim_settings *c = &s->call;
    struct dvb_session session = { .video_type = DVB_SESSION_VIDEO,
                                   .rtx_type = DVB_SESSION_RTX,
                                   .tseq_id = DVB_SESSION_TSEQ,
                                   .flags_id = DVB_SESSION_FLAGS,
                                   .mux = true };
    int ret = open_relay(l, err);
    if (!ret)
        ret = dvb_udp_parse("0", "session", &session.local, err);
    if (ret)
        return ret;
    const struct dvb_receive_settings receive = { .session = session,
                                                  .core = c->receiver,
                                                  .linger = LINGER_US + 4 * c->link.delay,
                                                  .save = s->save_received,
                                                  .seed = c->seed,
                                                  .rtt = &l->rtt };
    ret = dvb_receive_open(&receive, &l->receive, err);
    if (ret)
        return ret;
    dvb_relay_aim(l->relay, 0, &dvb_receive_sockets(l->receive)->rtp_at);
    session.peer = *dvb_relay_address(l->relay, 0);
    double frames = (double)(c->duration + TAIL_US) / 1e6 * c->fps;
    const struct dvb_send_settings send = {
        .session = session,
        .core = c->sender,
        .camera = { .path = s->video,
                    .size = s->size,
                    .fps = c->fps,
                    .frames = (int64_t)ceil(frames) + TAIL_FRAMES,
                    .model = c->model,
                    .preset = s->preset,
                    .seed = c->seed },
        .duration = c->duration,
        .linger = LINGER_US + 4 * c->link.delay,
        .save = s->save_sent,
        .seed = c->seed,
        .rtt = &l->rtt,
    };
    return dvb_send_open(&send, &l->send, err);
}

static void *run_relay(void *arg)
{
    struct live *l = arg;
    l->relay_ret = dvb_relay_run(l->relay, l->until, &l->relay_stop, &l->relay_err);
    return NULL;
}

static void *run_receive(void *arg)
{
    struct live *l = arg;
    l->receive_ret = dvb_receive_run(l->receive, l->until, &l->receive_stop, &l->received,
                                     &l->receive_err);
    atomic_store(&l->receive_over, true);
    return NULL;
}

static int start(struct live *l, struct dvb_err *err)
{
    int ret = pthread_create(&l->relay_thread, NULL, run_relay, l);
    l->relay_runs = !ret;
    if (!ret) {
        ret = pthread_create(&l->receive_thread, NULL, run_receive, l);
        l->receive_runs = !ret;
    }
    return ret ? dvb_fail(err, DVB_FAULT_INTERNAL, ret, "a thread for the call") : 0;
}

/* The receiver ends by the sender's BYE, or, where that is lost, a while after it. */
static int finish(struct live *l, int ret, struct dvb_err *err)
{
    int64_t wait = 2 * (LINGER_US + 4 * l->s->call.link.delay);
    if (ret || atomic_load(l->s->stop))
        wait = 0;
    int64_t until = dvb_live_now() + wait;
    while (l->receive_runs && !atomic_load(&l->receive_over) && dvb_live_now() < until) {
        dvb_live_wait(NULL, 0, until);
        if (atomic_load(l->s->stop))
            break;
    }
    atomic_store(&l->receive_stop, true);
    if (l->receive_runs)
        pthread_join(l->receive_thread, NULL);
    atomic_store(&l->relay_stop, true);
    if (l->relay_runs)
        pthread_join(l->relay_thread, NULL);
    struct dvb_err *why = l->receive_ret ? &l->receive_err : &l->relay_err;
    int other = l->receive_ret ? l->receive_ret : l->relay_ret;
    if (!ret && other && err)
        *err = *why;
    return ret ? ret : other;
}

static int by_timestamp(const void *a, const void *b)
{
    uint32_t x = (*(const struct dvb_live_frame *const *)a)->timestamp;
    uint32_t y = (*(const struct dvb_live_frame *const *)b)->timestamp;
    return x < y ? -1 : x > y;
}

void dvb_live_join(const struct dvb_live_frames *sent, const struct dvb_live_frames *received,
                   int64_t begin, int64_t duration, struct dvb_sim_result *result)
{
    const struct dvb_live_frame **there = dvb_calloc(received->n + 1, sizeof(const void *));
    for (size_t i = 0; i < received->n; i++)
        there[i] = &received->v[i];
    qsort(there, received->n, sizeof(*there), by_timestamp);
    result->frames = dvb_calloc(sent->n + 1, sizeof(*result->frames));
    for (size_t i = 0; i < sent->n; i++) {
        const struct dvb_live_frame *s = &sent->v[i], **found;
        found = received->n ? bsearch(&s, there, received->n, sizeof(*there), by_timestamp) : NULL;
        const struct dvb_live_frame *r = found ? *found : NULL;
        if (s->sent - begin >= duration)
            break;
        result->frames[result->n++] = (struct dvb_sim_frame){
            .captured = s->sent - begin,
            .complete = r && r->complete >= 0 ? r->complete - begin : DVB_NET_NEVER,
            .decodable = r && r->decodable >= 0 ? r->decodable - begin : DVB_NET_NEVER,
            .rate = s->rate,
            .bytes = s->bytes,
            .key = s->key,
        };
    }
    free(there);
}

static void report_on(struct live *l, struct dvb_sim_result *result, struct dvb_live_report *report)
{
    dvb_live_join(&l->sent.frames, &l->received.frames, l->begin, l->s->call.duration, result);
    result->ended = dvb_live_now() - l->begin;
    result->slack = DVB_LIVE_SLACK;
    result->sent_bytes = l->sent.sent_bytes;
    result->sender = l->sent.core;
    result->receiver = l->received.core;
    for (int i = 0; i < DVB_RELAY_WAYS; i++)
        dvb_relay_get_stats(l->relay, i, &report->relay[i]);
    result->link = report->relay[DVB_RELAY_DOWN].link;
    report->unsent = l->sent.unsent;
    report->unreadable = l->sent.unreadable + l->received.unreadable;
    report->retransmitted = l->received.retransmitted;
    report->spoilt = l->received.spoilt;
    report->rtt = l->sent.rtt;
    report->stopped = atomic_load(l->s->stop);
}

int dvb_live_run(const struct dvb_live_settings *settings, struct dvb_sim_result *result,
                 struct dvb_live_report *report, struct dvb_err *err)
{
    *result = (struct dvb_sim_result){ 0 };
    *report = (struct dvb_live_report){ 0 };
    int ret = check(settings, err);
    if (ret)
        return ret;
    struct live *l = dvb_calloc(1, sizeof(*l));
    l->s = settings;
    ret = open_parts(l, err);
    l->begin = dvb_live_now() + WARM_UP_US;
    l->until = INT64_MAX;
    if (!ret) {
        ret = start(l, err);
        if (!ret)
            ret = dvb_send_run(l->send, l->begin, settings->stop, &l->sent, err);
        ret = finish(l, ret, err);
    }
    if (!ret)
        report_on(l, result, report);
    dvb_live_frames_release(&l->sent.frames);
    dvb_live_frames_release(&l->received.frames);
    dvb_send_close(&l->send);
    dvb_receive_close(&l->receive);
    dvb_relay_close(&l->relay);
    free(l);
    return ret;
}
