/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of a live call: 'devibench stream live --role send' and '--role receive'. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd_stream_live.h"
#include "eval/live/live.h"

enum { LINGER_US = 1500000 };

static int fill_session(const struct dvb_cmd_live *s, struct dvb_session *session,
                        struct dvb_err *err)
{
    *session = (struct dvb_session){ .video_type = DVB_SESSION_VIDEO,
                                     .rtx_type = DVB_SESSION_RTX,
                                     .tseq_id = DVB_SESSION_TSEQ,
                                     .flags_id = DVB_SESSION_FLAGS,
                                     .mux = s->rtcp == 0 };
    int ret = dvb_udp_parse(s->listen, "--listen", &session->local, err);
    if (!ret && s->to)
        ret = dvb_udp_parse(s->to, "--to", &session->peer, err);
    if (!ret && s->to && session->peer.at.ss_family != session->local.at.ss_family)
        ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                       "--to: found '%s', expected the same kind of address as --listen '%s'",
                       s->to, s->listen);
    return ret;
}

static void tell_port(const struct dvb_session_sockets *sockets)
{
    char rtp[DVB_UDP_TEXT], rtcp[DVB_UDP_TEXT];
    dvb_udp_format(&sockets->rtp_at, rtp);
    dvb_udp_format(&sockets->rtcp_at, rtcp);
    dvb_info("RTP on %s, RTCP on %s", rtp, rtcp);
}

static void print_sent(const struct dvb_invocation *inv, const struct dvb_send_result *r)
{
    const struct dvb_sender_stats *c = &r->core;
    if (inv->common->json)
        dvb_cmd_print_json(
            inv->command,
            dvb_json_pack("{s:s s:I s:I s:I s:I s:I s:I s:I s:o s:o}", "role", "send", "frames",
                          (json_int_t)r->frames.n, "packets", (json_int_t)c->packets[DVB_NET_VIDEO],
                          "retransmissions", (json_int_t)c->packets[DVB_NET_RTX], "nacked",
                          (json_int_t)c->nacked, "unsent", (json_int_t)r->unsent, "unreadable",
                          (json_int_t)r->unreadable, "rate_kbps", (json_int_t)(r->rate / 1000),
                          "rtt_ms", r->rtt < 0 ? json_null() : json_real((double)r->rtt / 1e3),
                          "lost", r->lost < 0 ? json_null() : json_integer(r->lost)));
    else
        printf("%zu frames, %lld packets, %lld of %lld asked for sent again\n", r->frames.n,
               (long long)c->packets[DVB_NET_VIDEO], (long long)c->packets[DVB_NET_RTX],
               (long long)c->nacked);
}

static int run_send(const struct dvb_invocation *inv, const struct dvb_cmd_live *s,
                    const struct dvb_grid_settings *g, const atomic_bool *stop, struct dvb_err *err)
{
    const struct dvb_sim_settings *sim = &g->sim;
    struct dvb_send_settings set = { .core = sim->sender, .linger = LINGER_US, .seed = sim->seed };
    struct dvb_send_result result = { 0 };
    struct dvb_send *send = NULL;
    if (!s->to)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--role send needs --to ADDRESS");
    int ret = fill_session(s, &set.session, err);
    if (!ret)
        ret = dvb_cmd_live_open(s->save_sent, &set.save, err);
    set.core.retransmit = !s->scheme;
    set.core.copies = s->scheme == 2 ? (int)s->call.copies : 1;
    set.core.rates.start = g->bitrates[0];
    if (!set.core.rates.min || set.core.rates.min > g->bitrates[0])
        set.core.rates.min = g->bitrates[0];
    if (set.core.rates.max < g->bitrates[0])
        set.core.rates.max = g->bitrates[0];
    set.camera = (struct dvb_camera_settings){ .path = s->video,
                                               .size = s->size,
                                               .fps = g->fps[0],
                                               .frames = (int64_t)ceil(s->duration * g->fps[0]),
                                               .model = sim->model,
                                               .preset = s->preset,
                                               .seed = sim->seed };
    if (!ret)
        ret = dvb_send_open(&set, &send, err);
    if (!ret) {
        tell_port(dvb_send_sockets(send));
        ret = dvb_send_run(send, dvb_live_now(), stop, &result, err);
    }
    ret = dvb_cmd_live_close(s->save_sent, &set.save, ret, err);
    if (!ret)
        print_sent(inv, &result);
    dvb_live_frames_release(&result.frames);
    dvb_send_close(&send);
    return ret;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Latencies of the frames whose sending time is known, in ms, sorted; their number. */
static size_t latencies(const struct dvb_live_frames *f, double *ms)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->v[i].sent >= 0 && f->v[i].complete >= 0)
            ms[n++] = (double)(f->v[i].complete - f->v[i].sent) / 1e3;
    qsort(ms, n, sizeof(*ms), by_value);
    return n;
}

static json_t *received_json(const struct dvb_receive_result *r, const double *ms, size_t n)
{
    double sum = 0;
    size_t complete = 0, decodable = 0, recovered = 0;
    for (size_t i = 0; i < n; i++)
        sum += ms[i];
    for (size_t i = 0; i < r->frames.n; i++) {
        complete += r->frames.v[i].complete >= 0;
        decodable += r->frames.v[i].decodable >= 0;
        recovered += r->frames.v[i].recovered;
    }
#define MS(value) (n ? json_real(value) : json_null())
    return dvb_json_pack(
        "{s:s s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:b s:o s:o s:o s:o}", "role", "receive",
        "frames", (json_int_t)r->frames.n, "complete", (json_int_t)complete, "decodable",
        (json_int_t)decodable, "frames_recovered", (json_int_t)recovered, "packets",
        (json_int_t)r->core.packets, "missing", (json_int_t)r->core.gaps, "nacks",
        (json_int_t)r->core.nacks, "retransmitted", (json_int_t)r->retransmitted, "unreadable",
        (json_int_t)r->unreadable, "spoilt", (json_int_t)r->spoilt, "bye", r->bye, "mean_ms",
        MS(sum / (double)n), "p50_ms", MS(dvb_metrics_quantile(ms, n, 0.5)), "p95_ms",
        MS(dvb_metrics_quantile(ms, n, 0.95)), "p99_ms", MS(dvb_metrics_quantile(ms, n, 0.99)));
#undef MS
}

static int print_received(const struct dvb_invocation *inv, const struct dvb_receive_result *r,
                          struct dvb_err *err)
{
    double *ms = calloc(r->frames.n + 1, sizeof(*ms));
    if (!ms)
        return dvb_fail_nomem(err);
    size_t n = latencies(&r->frames, ms);
    json_t *j = received_json(r, ms, n);
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command, j);
    } else {
        printf(
            "%zu frames, %lld complete, %lld decodable; %lld packets missing, %lld retransmitted\n",
            r->frames.n, (long long)dvb_json_get_num(j, "complete", 0),
            (long long)dvb_json_get_num(j, "decodable", 0), (long long)r->core.gaps,
            (long long)r->retransmitted);
        json_decref(j);
    }
    free(ms);
    return 0;
}

static int run_receive(const struct dvb_invocation *inv, const struct dvb_cmd_live *s,
                       const struct dvb_grid_settings *g, const atomic_bool *stop,
                       struct dvb_err *err)
{
    struct dvb_receive_settings set = { .core = g->sim.receiver,
                                        .linger = LINGER_US,
                                        .seed = g->sim.seed };
    struct dvb_receive_result result = { 0 };
    struct dvb_receive *receive = NULL;
    int ret = fill_session(s, &set.session, err);
    if (!ret)
        ret = dvb_cmd_live_open(s->save_received, &set.save, err);
    set.core.nack = !s->scheme;
    if (!ret)
        ret = dvb_receive_open(&set, &receive, err);
    if (!ret) {
        int64_t until = dvb_live_now() + (int64_t)(s->duration * 1e6);
        tell_port(dvb_receive_sockets(receive));
        ret = dvb_receive_run(receive, until, stop, &result, err);
    }
    ret = dvb_cmd_live_close(s->save_received, &set.save, ret, err);
    if (!ret)
        ret = print_received(inv, &result, err);
    dvb_live_frames_release(&result.frames);
    dvb_receive_close(&receive);
    return ret;
}

int dvb_cmd_live_end(const struct dvb_invocation *inv, const struct dvb_cmd_live *s,
                     const struct dvb_grid_settings *g, const atomic_bool *stop,
                     struct dvb_err *err)
{
    static const char *const names[] = { "", "send", "receive" };
    if (g->n_bitrates != 1 || g->n_fps != 1)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--role %s: found %zu bitrates and %zu frame rates, expected one of each",
                        names[s->role], g->n_bitrates, g->n_fps);
    return s->role == 1 ? run_send(inv, s, g, stop, err) : run_receive(inv, s, g, stop, err);
}
