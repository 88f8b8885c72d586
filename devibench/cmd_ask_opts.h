/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say how models are asked, for every command that asks, and what it says when
   not all was answered. */
#ifndef DVB_CMD_ASK_OPTS_H
#define DVB_CMD_ASK_OPTS_H

#include "base/opt.h"
#include "workspace/ask.h"

struct dvb_ask_opts {
    const char *models_file; /* NULL: none but the user's own and the built-in ones */
    bool refresh, offline, batch, cancel_batches, dry_run;
    double poll, max_cost;
    int64_t requeue;
};

extern const struct dvb_opt dvb_ask_opts[]; /* a group */

/* DVB_FAULT_USAGE where two of them contradict each other. */
int dvb_ask_opts_check(const struct dvb_ask_opts *o, struct dvb_err *err);

/* As an asker takes them; its seed and dry are the caller's. */
struct dvb_asker_settings dvb_ask_opts_settings(const struct dvb_ask_opts *o);

/* The workspace to work in: a copy of its store for a dry run. */
int dvb_ask_opts_open(const struct dvb_ask_opts *o, const char *dir, struct dvb_workspace **ws,
                      struct dvb_err *err);

/* A result with gaps is printed, and is no success. Answers missing offline are DVB_FAULT_INPUT,
   failed calls DVB_FAULT_SERVICE; a limit on cost that was reached is said, and sets *negative. */
int dvb_ask_opts_verdict(const struct dvb_ask_opts *o, const struct dvb_ask_counts *calls,
                         const char *first_missing, const char *last_failure, bool *negative,
                         struct dvb_err *err);

#endif
