/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the steps of an evaluation share; private to eval/. */
#ifndef DVB_EVAL_STEPS_H
#define DVB_EVAL_STEPS_H

#include "eval/eval.h"

/* questions.c: the set, what of it can be asked, and who made it. */
int dvb_eval_load(struct dvb_eval *e, struct dvb_err *err);

/* render.c: what is shown, many clips at once. */
int dvb_eval_render(struct dvb_eval *e, struct dvb_err *err);

/* shown.c: how many pictures the models were sent. */
int dvb_eval_count_pictures(struct dvb_eval *e, struct dvb_err *err);

/* ask.c: every question to every cell. */
int dvb_eval_ask(struct dvb_eval *e, struct dvb_err *err);

/* What a call came to: the option that was read of it (negative: none), and that reading's status.
   It has no reason and no judgement yet. */
struct dvb_eval_answer dvb_eval_answer_of(const struct dvb_question *q, const struct dvb_call *call,
                                          int option, enum dvb_call_status status);

/* judge.c: whether the free answers are right. */
extern const char *const dvb_judge_slots[];
int dvb_eval_judge(struct dvb_eval *e, struct dvb_err *err);

/* verdict.c: 1 correct, 0 incorrect, -1 neither is said: the last of a judge's reply counts. */
int dvb_judge_verdict(const char *reply);

/* There is no answer. A reason that is there already stays. */
void dvb_eval_fail(struct dvb_eval *e, size_t cell, size_t question, const char *why);

/* Write the answer's row. */
int dvb_eval_keep(struct dvb_eval *e, size_t cell, size_t question, struct dvb_err *err);

#endif
