/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd.h"
#include "cmd_stream.h"
#include "cmd_stream_table.h"
#include "eval/network/grid_present.h"
#include "eval/network/rows.h"

#define USUAL_FPS 30
#define SHAPE_CRF 28 /* of --video */

struct settings {
    struct dvb_cmd_link link;
    struct dvb_strlist bitrates, losses, fps, schemes;
    double duration, hold_fps, model_fps, epsilon, pace, key_ratio, cv, tau, back_loss;
    int64_t seed, copies, retries, keyint, jobs, min_rate, max_rate;
    const char *feedback, *rtt, *sizes, *video, *confidence, *csv;
    int cc, hold, abr;
};

static const char *const holds[] = { "bitrate", "frame", NULL };
static const char *const abrs[] = { "none", "recap", NULL };

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "bitrates", 'b', DVB_OPT_LIST, AT(bitrates), "RATE,...", "1M",
      .help = "Bitrates of the video; with --cc gcc those that it starts from" },
    { "loss", 'l', DVB_OPT_LIST, AT(losses), "P,...", "0,0.01",
      .help = "Shares of packets lost, 0 to 1" },
    { "fps", 0, DVB_OPT_LIST, AT(fps), "FPS,...",
      .help = "Frame rates for schemes without their own; if not given, 30, and equation 5's for "
              "substitute and adapt" },
    { "schemes", 0, DVB_OPT_LIST, AT(schemes), "NAME[:FPS],...", "wait",
      .help = "wait, substitute, repeat, adapt" },
    { "duration", 0, DVB_OPT_NUM, AT(duration), "SECONDS", "60", 0.001, 1e7,
      .help = "Video in each cell" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of everything random" },
    DVB_CMD_LINK_OPTS(struct settings),
    { "back-loss", 0, DVB_OPT_NUM, AT(back_loss), "P", "0", 0, 1,
      .help = "Share of the receiver's messages lost" },
    { "cc", 0, DVB_OPT_CHOICE, AT(cc), "NAME", "fixed", .choices = dvb_cc_names,
      .help = "Congestion controller, which the encoder follows" },
    { "min-rate", 0, DVB_OPT_RATE, AT(min_rate), "RATE", "50k", 1e3, 1e11,
      .help = "The least that gcc may say" },
    { "max-rate", 0, DVB_OPT_RATE, AT(max_rate), "RATE", "30M", 1e3, 1e11,
      .help = "The most that gcc may say" },
    { "abr", 0, DVB_OPT_CHOICE, AT(abr), "NAME", "none", .choices = abrs,
      .help = "recap: cap the rate where the model's confidence saturates" },
    { "confidence", 0, DVB_OPT_STR, AT(confidence), "FILE",
      .help = "CSV of confidences at six bitrates, for --abr recap" },
    { "tau", 0, DVB_OPT_NUM, AT(tau), "C", "0.8", 0.001, 1, .help = "Confidence that is enough" },
    { "hold", 0, DVB_OPT_CHOICE, AT(hold), "WHAT", "bitrate", .choices = holds,
      .help = "What stays equal when the frame rate changes: the bitrate, or the size of a frame" },
    { "hold-fps", 0, DVB_OPT_NUM, AT(hold_fps), "FPS", "30", 0.001, 1000,
      .help = "With --hold frame: the frame rate at which --bitrates are meant" },
    { "model-fps", 0, DVB_OPT_NUM, AT(model_fps), "FPS", "2", 0.001, 1000,
      .help = "Frames a second that the model samples (R_M)" },
    { "epsilon", 0, DVB_OPT_NUM, AT(epsilon), "P", "0.001", 0, 1,
      .help = "Share of samples that equation 5 may leave unserved" },
    { "copies", 0, DVB_OPT_INT, AT(copies), "N", "2", 1, 100,
      .help = "How often repeat sends each packet" },
    { "retries", 0, DVB_OPT_INT, AT(retries), "N", "10", 1, 1e5,
      .help = "How often one packet is asked for; newer WebRTC: 100" },
    { "rtt", 0, DVB_OPT_STR, AT(rtt), "TIME", "100ms",
      .help = "Round trip time that the receiver begins with" },
    { "feedback", 0, DVB_OPT_STR, AT(feedback), "TIME", "50ms",
      .help = "Between messages of arrival times, 50ms to 250ms" },
    { "pace", 0, DVB_OPT_NUM, AT(pace), "FACTOR", "2.5", 0.1, 1000,
      .help = "Rate of the pacer, times the controller's" },
    { "keyint", 0, DVB_OPT_INT, AT(keyint), "N", "0", 0, 1e6,
      .help = "Frames from one intra frame to the next; 0: one, and those asked for" },
    { "key-ratio", 0, DVB_OPT_NUM, AT(key_ratio), "R", "1", 0.01, 1000,
      .help = "Size of an intra frame, times that of another" },
    { "cv", 0, DVB_OPT_NUM, AT(cv), "CV", "0", 0, 10,
      .help = "Coefficient of variation of frame sizes (log-normal)" },
    { "sizes", 0, DVB_OPT_STR, AT(sizes), "FILE",
      .help = "CSV of a real encode's frames (bytes,key), scaled to the rate, in place of these" },
    { "video", 0, DVB_OPT_STR, AT(video), "FILE", .help = "Or encode a clip at 30 fps for them" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Cells at once; 0: all cores. The result is the same" },
    { "csv", 0, DVB_OPT_STR, AT(csv), "FILE", .help = "Write all columns to a file as well" },
    { NULL },
};

/* What the words of the options stand for. */
struct input {
    struct dvb_trace trace;
    struct dvb_confidences confidences;
    struct dvb_frame_shape shape;
    int64_t *bitrates;
    double *losses, *fps;
    struct dvb_grid_scheme *schemes;
};

static void input_release(struct input *in)
{
    dvb_trace_release(&in->trace);
    dvb_confidences_release(&in->confidences);
    dvb_frame_shape_release(&in->shape);
    free(in->bitrates);
    free(in->losses);
    free(in->fps);
    free(in->schemes);
}

static int parse_scheme(const char *text, bool any_fps, struct dvb_grid_scheme *s,
                        struct dvb_err *err)
{
    size_t len = strcspn(text, ":");
    for (int i = 0; dvb_schemes[i].name; i++) {
        if (strlen(dvb_schemes[i].name) != len || strncmp(text, dvb_schemes[i].name, len))
            continue;
        *s = (struct dvb_grid_scheme){ (enum dvb_scheme)i, 0 };
        if (!text[len]) {
            s->fps = any_fps || dvb_schemes[i].solves ? 0 : USUAL_FPS;
            return 0;
        }
        if (dvb_parse_num(text + len + 1, &s->fps) && s->fps > 0 && s->fps <= 1000)
            return 0;
        break;
    }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--schemes: found '%s', expected wait, substitute, repeat or adapt, with a "
                    "frame rate after a colon or without",
                    text);
}

static int read_lists(const struct settings *s, struct input *in, struct dvb_grid_settings *g,
                      struct dvb_err *err)
{
    int ret = dvb_cmd_parse_rates("bitrates", &s->bitrates, &in->bitrates, err);
    if (!ret)
        ret = dvb_cmd_parse_nums("loss", &s->losses, 0, 1, &in->losses, err);
    if (!ret)
        ret = dvb_cmd_parse_nums("fps", &s->fps, 0.001, 1000, &in->fps, err);
    in->schemes = dvb_calloc(s->schemes.n, sizeof(*in->schemes));
    for (size_t i = 0; !ret && i < s->schemes.n; i++)
        ret = parse_scheme(s->schemes.v[i], s->fps.n > 0, &in->schemes[i], err);
    g->bitrates = in->bitrates;
    g->n_bitrates = s->bitrates.n;
    g->losses = in->losses;
    g->n_losses = s->losses.n;
    g->fps = in->fps;
    g->n_fps = s->fps.n;
    g->schemes = in->schemes;
    g->n_schemes = s->schemes.n;
    return ret;
}

static int read_files(const struct settings *s, struct input *in, struct dvb_sim_settings *sim,
                      struct dvb_err *err)
{
    int ret = 0;
    if (s->abr && !s->confidence)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--abr recap needs --confidence FILE");
    if (s->sizes && s->video)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "expected --sizes or --video, not both");
    if (s->abr)
        ret = dvb_confidences_read(s->confidence, &in->confidences, err);
    if (!ret && s->sizes)
        ret = dvb_frame_shape_read(s->sizes, &in->shape, err);
    else if (!ret && s->video)
        ret = dvb_frame_shape_encode(s->video, USUAL_FPS, SHAPE_CRF, &in->shape, err);
    sim->recap = s->abr ? &in->confidences : NULL;
    sim->model.shape = s->sizes || s->video ? &in->shape : NULL;
    return ret;
}

static int read_times(const struct settings *s, struct dvb_sim_settings *sim, struct dvb_err *err)
{
    int ret = dvb_cmd_parse_time("feedback", s->feedback, &sim->receiver.feedback, err);
    return ret ? ret : dvb_cmd_parse_time("rtt", s->rtt, &sim->receiver.rtt, err);
}

static int fill(const struct settings *s, struct input *in, struct dvb_grid_settings *g,
                struct dvb_err *err)
{
    dvb_grid_init(g);
    struct dvb_sim_settings *sim = &g->sim;
    g->hold = s->hold ? DVB_HOLD_FRAME : DVB_HOLD_BITRATE;
    g->hold_fps = s->hold_fps;
    g->model_fps = s->model_fps;
    g->epsilon = s->epsilon;
    g->copies = (int)s->copies;
    sim->seed = (uint64_t)s->seed;
    sim->duration = (int64_t)llround(s->duration * 1e6);
    sim->back_loss = s->back_loss;
    sim->tau = s->tau;
    sim->sender.cc = dvb_ccs[s->cc];
    sim->sender.pace = s->pace;
    if (dvb_ccs[s->cc] != &dvb_cc_fixed)
        sim->sender.rates = (struct dvb_cc_settings){ .min = s->min_rate, .max = s->max_rate };
    sim->receiver.retries = (int)s->retries;
    sim->model.keyint = s->keyint;
    sim->model.key_ratio = s->key_ratio;
    sim->model.cv = s->cv;
    int ret = read_lists(s, in, g, err);
    if (!ret)
        ret = read_times(s, sim, err);
    if (!ret)
        ret = dvb_cmd_link_settings(&s->link, &in->trace, &sim->link, err);
    return ret ? ret : read_files(s, in, sim, err);
}

static int tell(const struct dvb_invocation *inv, const struct settings *s,
                const struct dvb_grid *grid, struct dvb_err *err)
{
    json_t *cells = dvb_grid_json(grid);
    int ret = s->csv ? dvb_rows_write_csv(cells, s->csv, err) : 0;
    if (!ret && inv->common->json)
        dvb_cmd_print_json(
            inv->command, dvb_json_pack("{s:I, s:O}", "seed", (json_int_t)s->seed, "cells", cells));
    else if (!ret)
        dvb_cmd_grid_print(grid);
    json_decref(cells);
    return ret;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_grid_settings g;
    struct dvb_grid grid = { 0 };
    struct input in = { 0 };
    int ret = fill(s, &in, &g, err);
    if (!ret)
        ret = dvb_grid_run(&g, (int)s->jobs, &grid, err);
    if (!ret)
        ret = tell(inv, s, &grid, err);
    dvb_grid_release(&grid);
    input_release(&in);
    return ret;
}

static const char *const examples[] = {
    "devibench stream simulate --bitrates 1M,4M,8M --loss 0,0.01,0.05",
    "devibench stream simulate --schemes wait:30,wait:2,substitute --hold frame --loss 0.05",
    "devibench stream simulate --trace uplink.up --cc gcc --abr recap --confidence c.csv",
    NULL,
};

const struct dvb_command dvb_cmd_stream_simulate = {
    .name = "stream simulate",
    .args = "",
    .summary = "Simulate a video call over a lossy link",
    .details =
        "Every combination of bitrate, loss, frame rate and scheme is one call in virtual time: "
        "H.264 packets, a pacer, a link with queue, loss and delay, retransmission, congestion "
        "control. The same seed gives the same numbers whatever the number of threads.\n"
        "\n"
        "Schemes: wait sends lost packets again and waits for each frame; substitute never waits "
        "but shows the newest frame of a sample's time that arrived, at the frame rate of equation "
        "5 unless one is given; repeat sends every packet several times and substitutes as well; "
        "adapt is substitute with the frame rate following the loss that feedback tells.\n"
        "\n"
        "Latency runs from a frame's hand-over to the pacer until all its packets have arrived. "
        "The model samples --model-fps frames a second. A sample's deadline is when its newest "
        "frame would have arrived without loss (the same call is simulated so as well); served is "
        "the share of samples shown by then, stall the mean time by which they were later, age the "
        "mean time since the capture of what was shown. Complete frames and decodable frames (the "
        "frame referred to is there as well) are told apart: columns named decodable in --json and "
        "--csv.\n"
        "\n"
        "Mean frame sizes follow the bitrate; --keyint, --key-ratio and --cv shape them, or "
        "--sizes or "
        "--video: how large a real encode's frames are beside each other.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
