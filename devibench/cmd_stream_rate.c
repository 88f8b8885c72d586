/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd.h"
#include "cmd_stream_table.h"
#include "eval/network/grid_present.h"

struct settings {
    double loss, model_fps, epsilon, max_fps, simulate;
    int64_t packets, frame_bytes, bitrate, seed;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "loss", 'l', DVB_OPT_NUM, AT(loss), "P", "0.01", 0, 1, .help = "Share of packets lost" },
    { "packets-per-frame", 0, DVB_OPT_INT, AT(packets), "N", NULL, 1, 1e6,
      .help = "Packets in a frame (kappa)" },
    { "frame-bytes", 0, DVB_OPT_INT, AT(frame_bytes), "BYTES", NULL, 1, 67108864,
      .help = "In place of that: the fixed size of a frame" },
    { "bitrate", 'b', DVB_OPT_RATE, AT(bitrate), "RATE", NULL, 1e3, 1e11,
      .help = "In place of that: a fixed bitrate, so that more frames are smaller ones" },
    { "model-fps", 0, DVB_OPT_NUM, AT(model_fps), "FPS", "2", 0.001, 1000,
      .help = "Frames a second that the model samples (R_M)" },
    { "epsilon", 0, DVB_OPT_NUM, AT(epsilon), "P", "0.001", 0, 1,
      .help = "Share of samples that may be left unserved" },
    { "max-fps", 0, DVB_OPT_NUM, AT(max_fps), "FPS", "1000", 0.001, 1000,
      .help = "The most that the camera and the encoder can do" },
    { "simulate", 0, DVB_OPT_NUM, AT(simulate), "SECONDS", "0", 0, 1e6,
      .help = "Also simulate so much video of it, and of what it competes with" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of the simulation" },
    { NULL },
};

/* Equation 5, and waiting and repeating beside it, with frames of equal size. */
static int simulate(const struct settings *s, const struct dvb_framerate *r, struct dvb_grid *grid,
                    struct dvb_err *err)
{
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    double bytes = s->frame_bytes ? (double)s->frame_bytes
                   : s->bitrate   ? (double)s->bitrate / (8 * r->fps)
                                  : (double)r->packets * DVB_FRAMERATE_PAYLOAD;
    int64_t bitrate = (int64_t)(bytes * 8 * 30);
    const struct dvb_grid_scheme schemes[] = {
        { DVB_SCHEME_SUBSTITUTE, r->fps },
        { DVB_SCHEME_WAIT, 30 },
        { DVB_SCHEME_WAIT, s->model_fps },
        { DVB_SCHEME_REPEAT, s->model_fps },
    };
    g.schemes = schemes;
    g.n_schemes = sizeof(schemes) / sizeof(*schemes);
    g.bitrates = &bitrate;
    g.losses = &s->loss;
    g.n_bitrates = g.n_losses = 1;
    g.hold = DVB_HOLD_FRAME;
    g.model_fps = s->model_fps;
    g.epsilon = s->epsilon;
    g.sim.seed = (uint64_t)s->seed;
    g.sim.duration = (int64_t)(s->simulate * 1e6);
    g.sim.link.rate = 100000000; /* loss is looked at, not load */
    return dvb_grid_run(&g, 0, grid, err);
}

static void print_json(const struct dvb_command *cmd, const struct dvb_framerate *r,
                       const struct dvb_grid *grid)
{
    json_t *j = dvb_json_pack("{s:f, s:I, s:I, s:f, s:f}", "fps", r->fps, "k", (json_int_t)r->k,
                              "packets_per_frame", (json_int_t)r->packets, "success", r->success,
                              "frame_success", r->frame_success);
    if (grid->n)
        json_object_set_new(j, "cells", dvb_grid_json(grid));
    dvb_cmd_print_json(cmd, j);
}

static void print_text(const struct settings *s, const struct dvb_framerate *r,
                       const struct dvb_grid *grid)
{
    printf("%g fps: %lld frame%s of %lld packet%s for each sample at %g fps\n", r->fps,
           (long long)r->k, r->k == 1 ? "" : "s", (long long)r->packets, r->packets == 1 ? "" : "s",
           s->model_fps);
    printf("a frame arrives whole with probability %.6g, a sample is served with %.6g\n",
           r->frame_success, r->success);
    if (grid->n) {
        putchar('\n');
        dvb_cmd_grid_print(grid);
    }
}

/* There is none: a verdict, not an error. */
static void tell_none(const struct dvb_invocation *inv, const char *why)
{
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:n, s:s}", "fps", "why", why));
    else
        puts(why);
    *inv->negative = true;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if ((s->packets > 0) + (s->frame_bytes > 0) + (s->bitrate > 0) != 1)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "expected one of --packets-per-frame, --frame-bytes and --bitrate");
    struct dvb_framerate_settings f = { .loss = s->loss,
                                        .epsilon = s->epsilon,
                                        .model_fps = s->model_fps,
                                        .max_fps = s->max_fps,
                                        .packets_per_frame = s->packets,
                                        .frame_bytes = s->frame_bytes,
                                        .bitrate = s->bitrate };
    struct dvb_framerate r;
    struct dvb_grid grid = { 0 };
    int ret = dvb_framerate_solve(&f, &r, err);
    if (ret == -ERANGE) {
        tell_none(inv, err->msg);
        return 0;
    }
    if (!ret && s->simulate > 0)
        ret = simulate(s, &r, &grid, err);
    if (ret)
        return ret;
    if (inv->common->json)
        print_json(inv->command, &r, &grid);
    else
        print_text(s, &r, &grid);
    dvb_grid_release(&grid);
    return 0;
}

static const char *const examples[] = {
    "devibench stream rate --loss 0.05 --packets-per-frame 2",
    "devibench stream rate --loss 0.05 --bitrate 400k --simulate 1000",
    NULL,
};

const struct dvb_command dvb_cmd_stream_rate = {
    .name = "stream rate",
    .args = "",
    .summary = "The frame rate that makes up for loss",
    .details =
        "A model looks at --model-fps frames a second. If the sender makes K frames for each of "
        "them, one that arrives whole is enough, and no packet need be sent again. This is the "
        "least such rate that leaves at most epsilon of the samples unserved (equation 5 of Chat "
        "with AI): fps = R_M * ceil(ln epsilon / ln(1 - (1 - p)^kappa)).\n"
        "\n"
        "The packets of a frame, kappa, are given, or follow from its size: fixed (--frame-bytes), "
        "or what a fixed bitrate leaves to each frame (--bitrate), which is solved as a fixed "
        "point. Where no rate is high enough, that is said, and the exit status is 1.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
