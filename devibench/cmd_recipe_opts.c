/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_recipe_opts.h"

#include <errno.h>

#include "media/encode.h"

#define AT(member) offsetof(struct dvb_recipe_opts, member)

static const char *const modes[] = { "search", "abr", NULL };

const struct dvb_opt dvb_recipe_opts[] = {
    { "size", 's', DVB_OPT_SIZE, AT(size), "WxH",
      .help = "Size of the encoded clip; if not given, the ladder's for the bitrate, never above "
              "the source's" },
    { "fps", 0, DVB_OPT_NUM, AT(fps), "FPS", "0", 0, 240,
      .help = "Constant frame rate; 0: the source's own frames" },
    { "preset", 0, DVB_OPT_STR, AT(preset), "NAME", "veryfast", .help = "x264 preset" },
    { "tune", 0, DVB_OPT_STR, AT(tune), "NAME", "zerolatency", .help = "x264 tune; none: no tune" },
    { "bframes", 0, DVB_OPT_INT, AT(bframes), "N", "0", 0, 16,
      .help = "B-frames between two others" },
    { "keyint", 0, DVB_OPT_INT, AT(keyint), "N", "0", 0, 1e6,
      .help = "Frames from one intra frame to the next; 0: one, at the start" },
    { "mode", 0, DVB_OPT_CHOICE, AT(mode), "MODE", "search", .choices = modes,
      .help = "How the rate is met: search for the base QP, or one pass of average bitrate" },
    { "tolerance", 0, DVB_OPT_NUM, AT(tolerance), "SHARE", "0.02", 0.001, 0.5,
      .help = "Relative miss of the bitrate that is accepted" },
    { "steer", 0, DVB_OPT_NUM, AT(steer), "CRF", "2", 0, 6,
      .help = "How far the search may move the base CRF within a clip; 0: constant" },
    { NULL },
};

int dvb_recipe_opts_set(const struct dvb_recipe_opts *o, struct dvb_encode_recipe *r,
                        struct dvb_err *err)
{
    if (o->size.w % 2 || o->size.h % 2)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--size: found '%dx%d', expected even sides",
                        o->size.w, o->size.h);
    r->size = o->size;
    r->fps = o->fps;
    r->bframes = (int)o->bframes;
    r->keyint = (int)o->keyint;
    r->mode = o->mode ? DVB_RATE_ABR : DVB_RATE_SEARCH;
    r->tolerance = o->tolerance;
    r->steer = o->steer;
    return dvb_encode_set_preset(r, o->preset, o->tune, err);
}
