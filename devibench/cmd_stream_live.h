/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of 'devibench stream live', for its two files. */
#ifndef DVB_CMD_STREAM_LIVE_H
#define DVB_CMD_STREAM_LIVE_H

#include <stdatomic.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_stream.h"
#include "eval/network/grid.h"

struct dvb_cmd_live {
    struct dvb_cmd_link link;
    struct dvb_strlist bitrates, losses, fps;
    double duration, model_fps, pace, key_ratio, cv, back_loss;
    int64_t seed, copies, retries, keyint, min_rate, max_rate;
    const char *feedback, *rtt, *csv;
    const char *video, *preset, *listen, *to, *save_sent, *save_received;
    struct dvb_size size;
    int cc, scheme, role, rtcp;
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
