/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say how models are asked, for every command that asks, and what it says when
   not all was answered. */
#ifndef DVB_CMD_ASK_OPTS_H
#define DVB_CMD_ASK_OPTS_H

#include "base/opt.h"
#include "workspace/ask.h"

struct dvb_ask_opts {
    bool refresh, offline, batch, cancel_batches, dry_run;
    double poll, max_cost;
    int64_t requeue;
};

/* Rows of an option table; s is the type of the command's settings, whose struct dvb_ask_opts is
   its member ask. */
#define DVB_ASK_AT(s, member) offsetof(s, ask) + offsetof(struct dvb_ask_opts, member)
#define DVB_ASK_OPTS(s)                                                                            \
    { "refresh", 0, DVB_OPT_FLAG, DVB_ASK_AT(s, refresh),                                          \
      .help = "Ask again what the store has an answer to; older answers are kept beside" },        \
        { "offline", 0, DVB_OPT_FLAG, DVB_ASK_AT(s, offline),                                      \
          .help = "Answer from the store only: nothing is sent, no key is needed" },               \
        { "batch", 0, DVB_OPT_FLAG, DVB_ASK_AT(s, batch),                                          \
          .help = "Ask in the services' batches: at about half the price, within a day" },         \
        { "poll",                                                                                  \
          0,                                                                                       \
          DVB_OPT_NUM,                                                                             \
          DVB_ASK_AT(s, poll),                                                                     \
          "SECONDS",                                                                               \
          "60",                                                                                    \
          0.1,                                                                                     \
          86400,                                                                                   \
          .help = "From one look at the batches under way to the next" },                          \
        { "batch-retries",                                                                         \
          0,                                                                                       \
          DVB_OPT_INT,                                                                             \
          DVB_ASK_AT(s, requeue),                                                                  \
          "N",                                                                                     \
          "2",                                                                                     \
          0,                                                                                       \
          100,                                                                                     \
          .help = "Further batches for a question that failed or expired in one" },                \
        { "cancel-batches", 0, DVB_OPT_FLAG, DVB_ASK_AT(s, cancel_batches),                        \
          .help = "Cancel the batches under way, keep what is done, and ask nothing" },            \
        { "dry-run", 0, DVB_OPT_FLAG, DVB_ASK_AT(s, dry_run),                                      \
          .help = "Say what would be asked and what it would cost; send and write nothing" },      \
    {                                                                                              \
        "max-cost", 0, DVB_OPT_NUM, DVB_ASK_AT(s, max_cost), "USD", "0", 0, 1e9,                   \
            .help = "Send nothing that could make this run cost more; 0: no limit"                 \
    }

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
