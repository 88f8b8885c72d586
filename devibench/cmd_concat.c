/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cmd_rate.h"
#include "media/encode.h"
#include "media/render.h"

struct settings {
    int64_t max_pixels, bframes, keyint;
    double fps, crf;
    const char *preset, *tune;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "max-pixels", 0, DVB_OPT_INT, AT(max_pixels), "N", "0", 0, 1e8,
      .help = "Most pixels of the whole picture; 0: both halves at LEFT's size" },
    { "crf", 0, DVB_OPT_NUM, AT(crf), "Q", "23", 1, 51, .help = "Constant quality (x264's CRF)" },
    { "fps", 0, DVB_OPT_NUM, AT(fps), "FPS", "0", 0, 240,
      .help = "Constant frame rate; 0: LEFT's own frames" },
    { "preset", 0, DVB_OPT_STR, AT(preset), "NAME", "veryfast", .help = "x264 preset" },
    { "tune", 0, DVB_OPT_STR, AT(tune), "NAME", "none", .help = "x264 tune; none: no tune" },
    { "bframes", 0, DVB_OPT_INT, AT(bframes), "N", "0", 0, 16,
      .help = "B-frames between two others" },
    { "keyint", 0, DVB_OPT_INT, AT(keyint), "N", "250", 0, 1e6,
      .help = "Frames from one intra frame to the next; 0: one, at the start" },
    { NULL },
};

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_encode_recipe recipe = {
        .crf = s->crf, .fps = s->fps, .bframes = (int)s->bframes, .keyint = (int)s->keyint
    };
    struct dvb_rate_result r;
    int ret = dvb_encode_set_preset(&recipe, s->preset, s->tune, err);
    if (!ret)
        ret = dvb_concat(inv->args[0], inv->args[1], inv->args[2], &recipe, s->max_pixels, &r, err);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_cmd_rate_json(&r, recipe.preset));
    else
        printf("%s: %dx%d, %d frames at %.4g fps, %.1f kbps\n", inv->args[2], r.width, r.height,
               r.frames, r.fps, r.bitrate_kbps);
    return 0;
}

static const char *const examples[] = {
    "devibench concat talk.mp4 talk-200k.mp4 pair.mp4 --max-pixels 602112",
    NULL,
};

const struct dvb_command dvb_cmd_concat = {
    .name = "concat",
    .args = "LEFT RIGHT OUT",
    .min_args = 3,
    .max_args = 3,
    .summary = "Put two clips side by side, matched by time stamp",
    .details = "RIGHT is scaled to LEFT's size. LEFT's frames set the times; each stands beside "
               "the newest frame of RIGHT that is not later. The shorter clip ends the picture.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
