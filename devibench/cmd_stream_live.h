/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of 'devibench stream live', for its two files. */
#ifndef DVB_CMD_STREAM_LIVE_H
#define DVB_CMD_STREAM_LIVE_H

#include <stdatomic.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_stream.h"

struct dvb_cmd_live {
    struct dvb_cmd_call call;
    struct dvb_cmd_lists lists;
    double duration, key_ratio, cv;
    int64_t keyint;
    const char *csv, *video, *preset, *listen, *to, *save_sent, *save_received;
    struct dvb_size size;
    int scheme, role, rtcp;
};

/* One end of a call (--role send, --role receive) with what g->sim says of it. */
int dvb_cmd_live_end(const struct dvb_invocation *inv, const struct dvb_cmd_live *s,
                     const struct dvb_grid_settings *g, const atomic_bool *stop,
                     struct dvb_err *err);

/* NULL path: no file. */
int dvb_cmd_live_open(const char *path, FILE **file, struct dvb_err *err);
/* Writing errors since it was opened come out here. */
int dvb_cmd_live_close(const char *path, FILE **file, int ret, struct dvb_err *err);

#endif
