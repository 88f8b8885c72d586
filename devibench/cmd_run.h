/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands that show a run's questions share. */
#ifndef DVB_CMD_RUN_H
#define DVB_CMD_RUN_H

#include "cmd.h"
#include "workspace/workspace.h"

/* Which of a workspace's questions. */
struct dvb_cmd_run_opts {
    int64_t run; /* 0: the newest build or import */
    int stage;
};
extern const struct dvb_opt dvb_cmd_run_opts[]; /* a group */

/* An imported set has gone through no steps: all of it is there. */
bool dvb_cmd_run_imported(const struct dvb_run *run);
enum dvb_stage dvb_cmd_run_stage(const struct dvb_cmd_run_opts *o, const struct dvb_run *run);

/* Open the workspace for reading and take a run of it; id 0: the newest build
   or import.
   On failure *ws is NULL and *run empty. */
int dvb_cmd_open_run(const struct dvb_command *cmd, const char *dir, int64_t id,
                     struct dvb_workspace **ws, struct dvb_run *run, struct dvb_err *err);

/* One line fit for a terminal: white space runs become one space, control
   characters U+FFFD, and what exceeds max code points (0: no limit) "...". Heap. */
char *dvb_cmd_plain(const char *s, size_t max);

#endif
