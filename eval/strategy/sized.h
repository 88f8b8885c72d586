/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The size that a strategy encodes at: the option size=ladder|source|WxH. */
#ifndef DVB_EVAL_STRATEGY_SIZED_H
#define DVB_EVAL_STRATEGY_SIZED_H

#include "eval/strategy/strategy.h"

struct dvb_sized {
    bool source;          /* the source's own */
    struct dvb_size size; /* or this; 0x0: the recipe's, which is the ladder's for the rate */
};

/* text is what follows "size="; `strategy` is for the message. Wrong: DVB_FAULT_USAGE. */
int dvb_sized_parse(const char *text, const char *strategy, struct dvb_sized *out,
                    struct dvb_err *err);

/* What a picture of that size is encoded at: never enlarged; 0x0 is the ladder's. */
struct dvb_size dvb_sized_of(const struct dvb_sized *sized, struct dvb_size picture);

/* The job's recipe at that size. A WxH is within what the source has: never enlarged. */
int dvb_sized_apply(const struct dvb_sized *sized, const struct dvb_stream_job *job,
                    struct dvb_recipe *out, struct dvb_err *err);

/* dvb_strategy.open and close of one whose only option is the size; state is a struct dvb_sized. */
int dvb_sized_open(struct dvb_used_strategy *s, const char *args,
                   const struct dvb_strategy_settings *settings, struct dvb_err *err);
void dvb_sized_close(void *state);

#endif
