/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the StreamingBench protocol share; private to eval/protocol. */
#ifndef DVB_EVAL_PROTOCOL_STREAMING_H
#define DVB_EVAL_PROTOCOL_STREAMING_H

#include "eval/eval.h"
#include "model/answer.h"

#define DVB_PROACTIVE_WITHIN_MS 2000 /* of the due time is on time */

struct dvb_streaming {
    char *history, *turn, *notice, *output; /* prompts with slots */
    size_t *before; /* [question]: the one before it in its series; n_questions: none */
};

static inline struct dvb_streaming *dvb_streaming_of(const struct dvb_eval *e)
{
    return e->protocol_state;
}

static inline bool dvb_is_proactive(const struct dvb_question *q)
{
    return q->due_ms >= 0 && !q->n_options && q->reference;
}

/* [start, start + length) of what is shown when a question is asked at asked_ms: so much context
   before it, or all (0); one second at least. */
void dvb_stream_clip(int64_t asked_ms, int64_t context_ms, int64_t *start_ms, int64_t *length_ms);

/* series.c: the links of every series, and the words that stand before a question. */
size_t *dvb_series_links(const struct dvb_run_question *questions, size_t n);
char *dvb_series_history(const struct dvb_eval *e, size_t cell, size_t question);
/* Asks the questions that are not idle, those of a series one after another, so that each
   can stand on the answers before it. */
int dvb_series_ask(struct dvb_eval *e, struct dvb_err *err);

/* The published scorer: a reply's first character is the letter or not; -1: the reply is empty,
   and left out. */
int dvb_first_character(const char *reply, int answer);

/* tasks.c: StreamingBench's categories of task types. */
extern const char *const dvb_stream_groups[]; /* NULL-terminated; the last: task types it lacks */
int dvb_stream_group(const char *task_type);

/* proactive.c: ask every second whether the moment has come, until it is said. */
int dvb_proactive_ask(struct dvb_eval *e, struct dvb_err *err);
/* Whether a reply says yes: read as our answers are (1, 0, DVB_ANSWER_REFUSED or
   DVB_ANSWER_UNPARSED), or as published, by the letters "yes" anywhere. */
int dvb_notice_read(const char *reply);
bool dvb_notice_published(const char *reply);
/* Whether what was said holds what was asked for; letter case, spaces and marks at the ends aside.
 */
bool dvb_output_holds(const char *said, const char *wanted);

#endif
