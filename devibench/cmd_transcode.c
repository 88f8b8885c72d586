/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cmd_rate.h"
#include "cmd_recipe_opts.h"
#include "media/render.h"

struct settings {
    int64_t bitrate;
    struct dvb_recipe_opts encode;
    double start, length, crf;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "bitrate", 'b', DVB_OPT_RATE, AT(bitrate), "RATE", NULL, 1e3, 1e9,
      .help = "Bitrate to meet; without it the quality is constant" },
    { "crf", 0, DVB_OPT_NUM, AT(crf), "Q", "23", 1, 51,
      .help = "Constant quality (x264's CRF), for use without --bitrate" },
    { "start", 0, DVB_OPT_NUM, AT(start), "SECONDS", "0", 0, 1e7,
      .help = "Begin there, from the first frame on" },
    { "length", 0, DVB_OPT_NUM, AT(length), "SECONDS", "0", 0, 1e7,
      .help = "Take so much; 0: to the end" },
    { "encode", 0, DVB_OPT_GROUP, AT(encode), .group = dvb_recipe_opts },
    { NULL },
};

static int set_recipe(struct dvb_encode_recipe *r, const struct settings *s, struct dvb_err *err)
{
    *r = (struct dvb_encode_recipe){ .bitrate = s->bitrate, .crf = s->crf };
    return dvb_recipe_opts_set(&s->encode, r, err);
}

static void print_text(const struct dvb_rate_result *r, const char *out)
{
    printf("%s: %.1f kbps", out, r->bitrate_kbps);
    if (r->target_kbps > 0)
        printf(" of %g wanted", r->target_kbps);
    printf(", %dx%d, %d frames at %.4g fps, mean QP %.1f, %d encode%s\n", r->width, r->height,
           r->frames, r->fps, r->mean_qp, r->encodes, r->encodes == 1 ? "" : "s");
    if (!r->met)
        printf("not met: %s\n", r->reason);
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_encode_recipe recipe;
    struct dvb_rate_result r;
    int ret = set_recipe(&recipe, s, err);
    if (!ret)
        ret = dvb_transcode(inv->args[0], inv->args[1], s->start, s->length, &recipe, &r, err);
    if (ret)
        return ret;
    *inv->negative = !r.met;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_cmd_rate_json(&r, recipe.preset));
    else
        print_text(&r, inv->args[1]);
    return 0;
}

static const char *const examples[] = {
    "devibench transcode talk.mp4 talk-200k.mp4 --bitrate 200k",
    "devibench transcode talk.mp4 low.mp4 --bitrate 400k --size 640x360 --start 10 --length 5",
    NULL,
};

const struct dvb_command dvb_cmd_transcode = {
    .name = "transcode",
    .args = "IN OUT",
    .min_args = 2,
    .max_args = 2,
    .summary = "Encode one clip at a bitrate, as build degrades its clips",
    .details = "Writes OUT, an MP4 file, with H.264 by libx264. A bitrate is met by searching for "
               "the base CRF, one thread, so the same input gives the same bytes. Where the "
               "content does not fit into the rate, the size goes down the ladder (unless --size "
               "is given). A rate that cannot be met is said, with the reason; the nearest encode "
               "is written and the exit status is 1.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
