/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_set_opts.h"

#include <stddef.h>

static const char *const names[] = { "verified", "accepted", "all", NULL };
static const enum dvb_stage stages[] = { DVB_STAGE_VERIFIED, DVB_STAGE_ACCEPTED,
                                         DVB_STAGE_GENERATED };

#define AT(member) offsetof(struct dvb_set_opts, member)

const struct dvb_opt dvb_set_opts[] = {
    { "questions", 0, DVB_OPT_CHOICE, AT(questions), "WHICH", "verified", .choices = names,
      .help = "Questions of the build that came at least so far" },
    { "set", 0, DVB_OPT_INT, AT(set), "N", .min = 1, .max = 1e15,
      .help = "The run whose questions are asked; without it the newest build or import" },
    { "limit", 0, DVB_OPT_INT, AT(limit), "N", "0", 0, 1e9,
      .help = "Only the first so many questions; 0: all" },
    { NULL },
};

enum dvb_stage dvb_set_opts_stage(const struct dvb_set_opts *o)
{
    return stages[o->questions];
}
