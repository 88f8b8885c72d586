/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say how clips are encoded, for every command that encodes. */
#ifndef DVB_CMD_RECIPE_OPTS_H
#define DVB_CMD_RECIPE_OPTS_H

#include "base/opt.h"
#include "media/recipe.h"

struct dvb_recipe_opts {
    struct dvb_size size;
    double fps;
    const char *preset, *tune;
    int64_t bframes, keyint;
    int mode;
    double tolerance, steer;
};

extern const struct dvb_opt dvb_recipe_opts[]; /* a group */

/* What was asked for into the recipe; its bitrate and CRF stay. A size with an odd side and
   names that x264 does not know are DVB_FAULT_USAGE. */
int dvb_recipe_opts_set(const struct dvb_recipe_opts *o, struct dvb_encode_recipe *r,
                        struct dvb_err *err);

#endif
