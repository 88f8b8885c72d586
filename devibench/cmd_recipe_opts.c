/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_recipe_opts.h"

#include <errno.h>

#include "media/encode.h"

const char *const dvb_recipe_modes[] = { "search", "abr", NULL };

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
