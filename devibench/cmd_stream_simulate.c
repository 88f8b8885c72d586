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
    struct dvb_cmd_call call;
    struct dvb_cmd_lists lists;
    struct dvb_strlist schemes;
    double duration, hold_fps, epsilon, key_ratio, cv, tau;
    int64_t keyint, jobs;
    const char *sizes, *video, *confidence, *csv;
    int hold, abr;
};

static const char *const holds[] = { "bitrate", "frame", NULL };
static const char *const abrs[] = { "none", "recap", NULL };

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "bitrates", 'b', DVB_OPT_LIST, AT(lists.bitrates), "RATE,...", "1M",
      .help = "Bitrates of the video; with --cc gcc those that it starts from" },
    { "loss", 'l', DVB_OPT_LIST, AT(lists.losses), "P,...", "0,0.01",
      .help = "Shares of packets lost, 0 to 1" },
    { "fps", 0, DVB_OPT_LIST, AT(lists.fps), "FPS,...",
      .help = "Frame rates for schemes without their own; if not given, 30, and equation 5's for "
              "substitute and adapt" },
    { "schemes", 0, DVB_OPT_LIST, AT(schemes), "NAME[:FPS],...", "wait",
      .help = "wait, substitute, repeat, adapt" },
    { "duration", 0, DVB_OPT_NUM, AT(duration), "SECONDS", "60", 0.001, 1e7,
      .help = "Video in each cell" },
    { "call", 0, DVB_OPT_GROUP, AT(call), .group = dvb_cmd_call_opts },
    { "abr", 0, DVB_OPT_CHOICE, AT(abr), "NAME", "none", .choices = abrs,
      .help = "recap: cap the rate where the model's confidence saturates" },
    { "confidence", 0, DVB_OPT_STR, AT(confidence), "FILE",
      .help = "CSV of confidences at six bitrates, for --abr recap" },
    { "tau", 0, DVB_OPT_NUM, AT(tau), "C", "0.8", 0.001, 1, .help = "Confidence that is enough" },
    { "hold", 0, DVB_OPT_CHOICE, AT(hold), "WHAT", "bitrate", .choices = holds,
      .help = "What stays equal when the frame rate changes: the bitrate, or the size of a frame" },
    { "hold-fps", 0, DVB_OPT_NUM, AT(hold_fps), "FPS", "30", 0.001, 1000,
      .help = "With --hold frame: the frame rate at which --bitrates are meant" },
    { "epsilon", 0, DVB_OPT_NUM, AT(epsilon), "P", "0.001", 0, 1,
      .help = "Share of samples that equation 5 may leave unserved" },
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
    struct dvb_cmd_axes axes;
    struct dvb_grid_scheme *schemes;
};

static void input_release(struct input *in)
{
    dvb_trace_release(&in->trace);
    dvb_confidences_release(&in->confidences);
    dvb_frame_shape_release(&in->shape);
    dvb_cmd_axes_release(&in->axes);
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

static int read_schemes(const struct settings *s, struct input *in, struct dvb_grid_settings *g,
                        struct dvb_err *err)
{
    int ret = 0;
    in->schemes = dvb_calloc(s->schemes.n, sizeof(*in->schemes));
    for (size_t i = 0; !ret && i < s->schemes.n; i++)
        ret = parse_scheme(s->schemes.v[i], s->lists.fps.n > 0, &in->schemes[i], err);
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

static int fill(const struct settings *s, struct input *in, struct dvb_grid_settings *g,
                struct dvb_err *err)
{
    dvb_grid_init(g);
    struct dvb_sim_settings *sim = &g->sim;
    g->hold = s->hold ? DVB_HOLD_FRAME : DVB_HOLD_BITRATE;
    g->hold_fps = s->hold_fps;
    g->epsilon = s->epsilon;
    sim->duration = (int64_t)llround(s->duration * 1e6);
    sim->tau = s->tau;
    sim->model.keyint = s->keyint;
    sim->model.key_ratio = s->key_ratio;
    sim->model.cv = s->cv;
    int ret = dvb_cmd_axes_read(&s->lists, 0.001, 1000, &in->axes, g, err);
    if (!ret)
        ret = read_schemes(s, in, g, err);
    if (!ret)
        ret = dvb_cmd_call_settings(&s->call, &in->trace, g, err);
    return ret ? ret : read_files(s, in, sim, err);
}

static int tell(const struct dvb_invocation *inv, const struct settings *s,
                const struct dvb_grid *grid, struct dvb_err *err)
{
    json_t *cells = dvb_grid_json(grid);
    int ret = s->csv ? dvb_rows_write_csv(cells, s->csv, err) : 0;
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:I, s:O}", "seed",
                                                       (json_int_t)s->call.seed, "cells", cells));
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
