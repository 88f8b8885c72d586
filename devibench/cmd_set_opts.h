/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say which questions of a workspace are asked. */
#ifndef DVB_CMD_SET_OPTS_H
#define DVB_CMD_SET_OPTS_H

#include "base/opt.h"
#include "store/store.h"

struct dvb_set_opts {
    int questions; /* for dvb_set_opts_stage */
    int64_t set;   /* run; 0: the newest build or import */
    int64_t limit; /* 0: all */
};

extern const struct dvb_opt dvb_set_opts[]; /* a group */

enum dvb_stage dvb_set_opts_stage(const struct dvb_set_opts *o);

#endif
