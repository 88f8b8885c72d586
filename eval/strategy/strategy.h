/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A strategy: how a clip is streamed at a bitrate. One descriptor per strategy,
 * listed in strategy.c; adding one is a new file and a line there.
 */
#ifndef DVB_EVAL_STRATEGY_H
#define DVB_EVAL_STRATEGY_H

#include "media/recipe.h"
#include "workspace/workspace.h"

struct dvb_stream_job {
    struct dvb_workspace *ws;
    const struct dvb_segment *segment;
    const struct dvb_recipe *recipe; /* recipe->degraded has the bitrate that must be met */
    size_t max_bytes;                /* memory for held frames */
};

struct dvb_strategy {
    const char *name;        /* "uniform" */
    const char *description; /* one line, for people */
    /* What the model sees of the segment, made or found. Thread-safe for
       different segments. */
    int (*render)(const struct dvb_stream_job *job, int64_t *rendition, struct dvb_err *err);
};

extern const struct dvb_strategy *const dvb_strategies[]; /* NULL-terminated */
extern const struct dvb_strategy dvb_strategy_uniform;

/* By name; an unknown one is DVB_FAULT_USAGE and lists those there are. */
int dvb_strategy_find(const char *name, const struct dvb_strategy **out, struct dvb_err *err);

/* The segment's rendition of that kind by the job's recipe; the original, which no
   strategy touches, is one. In a dry workspace it is only foreseen. */
int dvb_stream_render(const struct dvb_stream_job *job, enum dvb_kind kind, int64_t *rendition,
                      struct dvb_err *err);

#endif
