/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_stream_live.h"

#include <errno.h>
#include <math.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd_stop.h"
#include "cmd_stream_table.h"
#include "eval/live/live.h"
#include "eval/network/grid_present.h"
#include "eval/network/rows.h"

static const char *const schemes[] = { "wait", "substitute", "repeat", NULL };
static const char *const roles[] = { "both", "send", "receive", NULL };
static const char *const rtcps[] = { "mux", "next", NULL };

#define AT(member) offsetof(struct dvb_cmd_live, member)

static const struct dvb_opt opts[] = {
    { "bitrates", 'b', DVB_OPT_LIST, AT(lists.bitrates), "RATE,...", "1M",
      .help = "Bitrates of the video; with --cc gcc those that it starts from" },
    { "loss", 'l', DVB_OPT_LIST, AT(lists.losses), "P,...", "0",
      .help = "Shares of packets lost, 0 to 1" },
    { "fps", 0, DVB_OPT_LIST, AT(lists.fps), "FPS,...", "30", .help = "Frame rates" },
    { "scheme", 0, DVB_OPT_CHOICE, AT(scheme), "NAME", "wait", .choices = schemes,
      .help = "As in stream simulate" },
    { "duration", 0, DVB_OPT_NUM, AT(duration), "SECONDS", "10", 0.1, 3600,
      .help = "Video in each call; --role receive: end after so long at the latest" },
    { "video", 0, DVB_OPT_STR, AT(video), "FILE",
      .help = "Encode this video, over and over; if not given, frames of noise are sent" },
    { "size", 0, DVB_OPT_SIZE, AT(size), "WxH",
      .help = "Size to encode the video at; if not given, its own" },
    { "preset", 0, DVB_OPT_STR, AT(preset), "NAME", "veryfast", .help = "x264 preset" },
    { "call", 0, DVB_OPT_GROUP, AT(call), .group = dvb_cmd_call_opts },
    { "keyint", 0, DVB_OPT_INT, AT(keyint), "N", "0", 0, 1e6,
      .help = "Noise: frames from one intra frame to the next; 0: one, and those asked for" },
    { "key-ratio", 0, DVB_OPT_NUM, AT(key_ratio), "R", "1", 0.01, 1000,
      .help = "Noise: size of an intra frame, times that of another" },
    { "cv", 0, DVB_OPT_NUM, AT(cv), "CV", "0", 0, 10,
      .help = "Noise: coefficient of variation of frame sizes (log-normal)" },
    { "role", 0, DVB_OPT_CHOICE, AT(role), "ROLE", "both", .choices = roles,
      .help = "Both ends and the link between them, or one end that a peer talks to" },
    { "listen", 0, DVB_OPT_STR, AT(listen), "ADDRESS", "0",
      .help = "One end: its own RTP port, as PORT or ADDRESS:PORT; 0: any" },
    { "to", 0, DVB_OPT_STR, AT(to), "ADDRESS",
      .help = "One end: the peer's RTP port; --role receive may leave it out" },
    { "rtcp", 0, DVB_OPT_CHOICE, AT(rtcp), "WHERE", "mux", .choices = rtcps,
      .help = "One end: RTCP on RTP's port, or on the next one" },
    { "save-sent", 0, DVB_OPT_STR, AT(save_sent), "FILE",
      .help = "Write the H.264 stream as it is sent" },
    { "save-received", 0, DVB_OPT_STR, AT(save_received), "FILE",
      .help = "Write the frames received that can be decoded" },
    { "csv", 0, DVB_OPT_STR, AT(csv), "FILE", .help = "Write all columns to a file as well" },
    { NULL },
};

/* What the words of the options stand for, and what the calls need and leave. */
struct live {
    const struct dvb_cmd_live *s;
    const atomic_bool *stop;
    FILE *sent, *received;
    struct dvb_trace trace;
    struct dvb_cmd_axes axes;
    json_t *reports;
};

int dvb_cmd_live_open(const char *path, FILE **file, struct dvb_err *err)
{
    *file = path ? fopen(path, "wb") : NULL;
    return path && !*file ? dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path) : 0;
}

int dvb_cmd_live_close(const char *path, FILE **file, int ret, struct dvb_err *err)
{
    if (!*file)
        return ret;
    int bad = ferror(*file);
    if ((fclose(*file) || bad) && !ret)
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "%s", path);
    *file = NULL;
    return ret;
}

static json_t *report_json(const struct dvb_sim_settings *call, const struct dvb_live_report *r)
{
    return dvb_json_pack("{s:I s:f s:f s:f s:f s:o s:I s:I s:I s:I}", "bitrate_kbps",
                         (json_int_t)(call->sender.rates.start / 1000), "loss", call->link.loss,
                         "fps", call->fps, "relay_late_ms", r->relay[DVB_RELAY_DOWN].late_ms,
                         "relay_back_late_ms", r->relay[DVB_RELAY_UP].late_ms, "rtt_ms",
                         r->rtt < 0 ? json_null() : json_real((double)r->rtt / 1e3),
                         "retransmitted", (json_int_t)r->retransmitted, "unsent",
                         (json_int_t)r->unsent, "unreadable", (json_int_t)r->unreadable, "spoilt",
                         (json_int_t)r->spoilt);
}

/* The grid's calls, live. */
static int call_live(void *ctx, const struct dvb_sim_settings *call, struct dvb_sim_result *result,
                     struct dvb_err *err)
{
    struct live *l = ctx;
    struct dvb_live_report report;
    const struct dvb_live_settings ls = { .call = *call,
                                          .video = l->s->video,
                                          .size = l->s->size,
                                          .preset = l->s->preset,
                                          .save_sent = l->sent,
                                          .save_received = l->received,
                                          .stop = l->stop };
    int ret = dvb_live_run(&ls, result, &report, err);
    if (ret)
        return ret;
    if (report.stopped) {
        dvb_sim_release(result);
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINTR, "ended by a signal");
    }
    json_array_append_new(l->reports, report_json(call, &report));
    return 0;
}

static int fill(struct live *l, struct dvb_grid_settings *g, struct dvb_err *err)
{
    static const struct dvb_grid_scheme kinds[] = { { DVB_SCHEME_WAIT, 0 },
                                                    { DVB_SCHEME_SUBSTITUTE, 0 },
                                                    { DVB_SCHEME_REPEAT, 0 } };
    const struct dvb_cmd_live *s = l->s;
    dvb_grid_init(g);
    struct dvb_sim_settings *sim = &g->sim;
    g->schemes = &kinds[s->scheme];
    g->n_schemes = 1;
    g->call = call_live;
    g->ctx = l;
    sim->duration = (int64_t)llround(s->duration * 1e6);
    sim->sender.header = DVB_LIVE_HEADER;
    sim->model.keyint = s->keyint;
    sim->model.key_ratio = s->key_ratio;
    sim->model.cv = s->cv;
    int ret = dvb_cmd_axes_read(&s->lists, 0.1, 240, &l->axes, g, err);
    return ret ? ret : dvb_cmd_call_settings(&s->call, &l->trace, g, err);
}

static int run_grid(const struct dvb_invocation *inv, struct live *l,
                    const struct dvb_grid_settings *g, struct dvb_err *err)
{
    const struct dvb_cmd_live *s = l->s;
    struct dvb_grid grid = { 0 };
    int ret = dvb_cmd_live_open(s->save_sent, &l->sent, err);
    if (!ret)
        ret = dvb_cmd_live_open(s->save_received, &l->received, err);
    if (!ret)
        ret = dvb_grid_run(g, 1, &grid, err); /* calls side by side would be late */
    ret = dvb_cmd_live_close(s->save_sent, &l->sent, ret, err);
    ret = dvb_cmd_live_close(s->save_received, &l->received, ret, err);
    json_t *cells = ret ? NULL : dvb_grid_json(&grid);
    if (!ret && s->csv)
        ret = dvb_rows_write_csv(cells, s->csv, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:I s:O s:O}", "seed", (json_int_t)s->call.seed, "cells",
                                         cells, "calls", l->reports));
    else if (!ret)
        dvb_cmd_grid_print(&grid);
    json_decref(cells);
    dvb_grid_release(&grid);
    return ret;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    struct live l = { .s = settings, .stop = dvb_cmd_stop_on_signals(), .reports = json_array() };
    struct dvb_grid_settings g;
    int ret = fill(&l, &g, err);
    if (!ret)
        ret = l.s->role ? dvb_cmd_live_end(inv, l.s, &g, l.stop, err) : run_grid(inv, &l, &g, err);
    json_decref(l.reports);
    dvb_trace_release(&l.trace);
    dvb_cmd_axes_release(&l.axes);
    return ret;
}

static const char *const examples[] = {
    "devibench stream live --bitrates 1M,4M --loss 0,0.01 --duration 10",
    "devibench stream live --video talk.mp4 --size 640x360 --cc gcc --trace lte.txt",
    "devibench stream live --role send --video talk.mp4 --listen 5000 --to 127.0.0.1:5004",
    "devibench stream live --role receive --listen 5004 --save-received talk.h264 --duration 60",
    NULL,
};

const struct dvb_command dvb_cmd_stream_live = {
    .name = "stream live",
    .args = "",
    .summary = "Make a video call over UDP sockets and an emulated link",
    .details =
        "The calls of stream simulate on the wall clock: the same sender, receiver and link, over "
        "UDP sockets of this machine, with video encoded as it is sent (H.264 by libx264, "
        "zerolatency; the bitrate follows the congestion controller). What is printed is what "
        "stream simulate prints; in --json, calls holds what only a wall clock can tell. Cells run "
        "one after another. Where there is loss, the same call is made without it as well, which "
        "gives the deadlines of the model's samples.\n"
        "\n"
        "--role send and --role receive are one end for a peer that speaks RTP (RFC 3550, 6184), "
        "NACK (RFC 4585) and retransmission (RFC 4588), such as GStreamer: payload type 96, "
        "retransmissions in a stream of their own with type 97, transport-wide numbers as header "
        "extension 1. They take one bitrate and one frame rate and look at no option of the link. "
        "A receiver's latency is counted from the time that the sender's reports give to the "
        "frame's RTP timestamp, so both machines' dates must agree.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct dvb_cmd_live),
    .run = run,
};
