/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define HOUR 3600e6

#define LINK(member) offsetof(struct dvb_cmd_link, member)

const struct dvb_opt dvb_cmd_link_opts[] = {
    { "link-rate", 0, DVB_OPT_RATE, LINK(rate), "RATE", "10M", 1e3, 1e11,
      .help = "Rate of the link" },
    { "trace", 0, DVB_OPT_STR, LINK(trace), "FILE",
      .help = "In place of --link-rate: Mahimahi, \"seconds Mbps\" lines, or CSV" },
    { "delay", 0, DVB_OPT_STR, LINK(delay), "TIME", "30ms", .help = "Propagation delay, one way" },
    { "jitter", 0, DVB_OPT_STR, LINK(jitter), "TIME", "0ms",
      .help = "Standard deviation of the delay" },
    { "reorder", 0, DVB_OPT_FLAG, LINK(reorder), .help = "Jitter may change the order of packets" },
    { "queue", 0, DVB_OPT_STR, LINK(queue), "KIND", "infinite",
      .help = "infinite, packets:N, bytes:N, codel or codel:N" },
    { "burst", 0, DVB_OPT_NUM, LINK(burst), "PACKETS", "0", 0, 1e6,
      .help = "Mean length of a run of losses; 0: each packet for itself" },
    { "overhead", 0, DVB_OPT_INT, LINK(overhead), "BYTES", "28", 0, 1000,
      .help = "What the link adds to each RTP packet; 28: UDP over IPv4" },
    { NULL },
};

#define CALL(member) offsetof(struct dvb_cmd_call, member)

const struct dvb_opt dvb_cmd_call_opts[] = {
    { "seed", 0, DVB_OPT_INT, CALL(seed), "N", "1", 0, 9e15, .help = "Of everything random" },
    { "link", 0, DVB_OPT_GROUP, CALL(link), .group = dvb_cmd_link_opts },
    { "back-loss", 0, DVB_OPT_NUM, CALL(back_loss), "P", "0", 0, 1,
      .help = "Share of the receiver's messages lost" },
    { "cc", 0, DVB_OPT_CHOICE, CALL(cc), "NAME", "fixed", .choices = dvb_cc_names,
      .help = "Congestion controller, which the encoder follows" },
    { "min-rate", 0, DVB_OPT_RATE, CALL(min_rate), "RATE", "50k", 1e3, 1e11,
      .help = "The least that gcc may say" },
    { "max-rate", 0, DVB_OPT_RATE, CALL(max_rate), "RATE", "30M", 1e3, 1e11,
      .help = "The most that gcc may say" },
    { "model-fps", 0, DVB_OPT_NUM, CALL(model_fps), "FPS", "2", 0.001, 1000,
      .help = "Frames a second that the model samples (R_M)" },
    { "copies", 0, DVB_OPT_INT, CALL(copies), "N", "2", 1, 100,
      .help = "How often repeat sends each packet" },
    { "retries", 0, DVB_OPT_INT, CALL(retries), "N", "10", 1, 1e5,
      .help = "How often one packet is asked for; newer WebRTC: 100" },
    { "rtt", 0, DVB_OPT_STR, CALL(rtt), "TIME", "100ms",
      .help = "Round trip time that the receiver begins with" },
    { "feedback", 0, DVB_OPT_STR, CALL(feedback), "TIME", "50ms",
      .help = "Between messages of arrival times, 50ms to 250ms" },
    { "pace", 0, DVB_OPT_NUM, CALL(pace), "FACTOR", "2.5", 0.1, 1000,
      .help = "Rate of the pacer, times the controller's" },
    { NULL },
};

static const struct {
    const char *suffix;
    double us;
} units[] = { { "us", 1 }, { "ms", 1e3 }, { "s", 1e6 } };

int dvb_cmd_parse_time(const char *option, const char *text, int64_t *us, struct dvb_err *err)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        size_t n = strlen(units[i].suffix);
        if (len <= n || strcmp(text + len - n, units[i].suffix))
            continue;
        char number[40] = "";
        double v;
        if (len - n < sizeof(number))
            memcpy(number, text, len - n);
        if (dvb_parse_num(number, &v) && v >= 0 && v * units[i].us <= HOUR) {
            *us = (int64_t)llround(v * units[i].us);
            return 0;
        }
        break;
    }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--%s: found '%s', expected a time such as 30ms or 1.5s, at most an hour",
                    option, text);
}

static const struct {
    const char *name;
    enum dvb_link_queue kind;
    bool needs_limit, takes_limit;
} queues[] = {
    { "infinite", DVB_QUEUE_INFINITE, false, false },
    { "packets", DVB_QUEUE_PACKETS, true, true },
    { "bytes", DVB_QUEUE_BYTES, true, true },
    { "codel", DVB_QUEUE_CODEL, false, true },
};

static int parse_queue(const char *text, struct dvb_link_settings *s, struct dvb_err *err)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++) {
        if (strlen(queues[i].name) != len || strncmp(text, queues[i].name, len))
            continue;
        s->queue = queues[i].kind;
        s->limit = 0;
        if (!text[len] && !queues[i].needs_limit)
            return 0;
        if (text[len] && queues[i].takes_limit && dvb_parse_int(text + len + 1, &s->limit) &&
            s->limit >= 1 && s->limit <= INT64_C(1000000000000))
            return 0;
        break;
    }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--queue: found '%s', expected infinite, packets:N, bytes:N, codel or codel:N",
                    text);
}

int dvb_cmd_link_settings(const struct dvb_cmd_link *o, struct dvb_trace *trace,
                          struct dvb_link_settings *s, struct dvb_err *err)
{
    *trace = (struct dvb_trace){ 0 };
    int ret = dvb_cmd_parse_time("delay", o->delay, &s->delay, err);
    if (!ret)
        ret = dvb_cmd_parse_time("jitter", o->jitter, &s->jitter, err);
    if (!ret)
        ret = parse_queue(o->queue, s, err);
    if (!ret && o->trace)
        ret = dvb_trace_read(o->trace, trace, err);
    if (ret)
        return ret;
    s->rate = o->rate;
    s->trace = o->trace ? trace : NULL;
    s->reorder = o->reorder;
    s->burst = o->burst;
    s->overhead = (uint32_t)o->overhead;
    if (o->trace)
        dvb_info("%s: a %s trace of %.4g s, %.4g Mbps on average", o->trace,
                 dvb_trace_kind_names[trace->kind], (double)trace->length / 1e6,
                 dvb_trace_mean(trace) / 1e6);
    return 0;
}

int dvb_cmd_call_settings(const struct dvb_cmd_call *o, struct dvb_trace *trace,
                          struct dvb_grid_settings *g, struct dvb_err *err)
{
    struct dvb_sim_settings *sim = &g->sim;
    g->model_fps = o->model_fps;
    g->copies = (int)o->copies;
    sim->seed = (uint64_t)o->seed;
    sim->back_loss = o->back_loss;
    sim->sender.cc = dvb_ccs[o->cc];
    sim->sender.pace = o->pace;
    if (dvb_ccs[o->cc] != &dvb_cc_fixed)
        sim->sender.rates = (struct dvb_cc_settings){ .min = o->min_rate, .max = o->max_rate };
    sim->receiver.retries = (int)o->retries;
    int ret = dvb_cmd_parse_time("feedback", o->feedback, &sim->receiver.feedback, err);
    if (!ret)
        ret = dvb_cmd_parse_time("rtt", o->rtt, &sim->receiver.rtt, err);
    return ret ? ret : dvb_cmd_link_settings(&o->link, trace, &sim->link, err);
}

static int parse_bitrates(const struct dvb_strlist *list, int64_t **rates, struct dvb_err *err)
{
    *rates = dvb_calloc(list->n, sizeof(**rates));
    for (size_t i = 0; i < list->n; i++)
        if (!dvb_parse_rate(list->v[i], &(*rates)[i]) || (*rates)[i] > DVB_TRACE_MAX_BPS) {
            free(*rates);
            *rates = NULL;
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--bitrates: found '%s', expected a rate such as 200k or 1.5M",
                            list->v[i]);
        }
    return 0;
}

int dvb_cmd_axes_read(const struct dvb_cmd_lists *lists, double min_fps, double max_fps,
                      struct dvb_cmd_axes *axes, struct dvb_grid_settings *g, struct dvb_err *err)
{
    *axes = (struct dvb_cmd_axes){ 0 };
    int ret = parse_bitrates(&lists->bitrates, &axes->bitrates, err);
    if (!ret)
        ret = dvb_cmd_parse_nums("loss", &lists->losses, 0, 1, &axes->losses, err);
    if (!ret)
        ret = dvb_cmd_parse_nums("fps", &lists->fps, min_fps, max_fps, &axes->fps, err);
    g->bitrates = axes->bitrates;
    g->n_bitrates = lists->bitrates.n;
    g->losses = axes->losses;
    g->n_losses = lists->losses.n;
    g->fps = axes->fps;
    g->n_fps = lists->fps.n;
    return ret;
}

void dvb_cmd_axes_release(struct dvb_cmd_axes *axes)
{
    free(axes->bitrates);
    free(axes->losses);
    free(axes->fps);
    *axes = (struct dvb_cmd_axes){ 0 };
}

int dvb_cmd_parse_nums(const char *option, const struct dvb_strlist *list, double min, double max,
                       double **nums, struct dvb_err *err)
{
    *nums = dvb_calloc(list->n, sizeof(**nums));
    for (size_t i = 0; i < list->n; i++)
        if (!dvb_parse_num(list->v[i], &(*nums)[i]) || (*nums)[i] < min || (*nums)[i] > max) {
            free(*nums);
            *nums = NULL;
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--%s: found '%s', expected a number from %g to %g", option, list->v[i],
                            min, max);
        }
    return 0;
}
