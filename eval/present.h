/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An evaluation as JSON and as CSV. */
#ifndef DVB_EVAL_PRESENT_H
#define DVB_EVAL_PRESENT_H

#include <stdio.h>

#include "eval/eval.h"

/* Everything, as the JSON shape of `eval` has it; what cannot be told is null. New reference. */
json_t *dvb_eval_json(const struct dvb_eval *e);

/* What stands at the head of a cell wherever one is spoken of. New reference. */
json_t *dvb_eval_condition_json(const struct dvb_eval *e, size_t cell);
/* Its figures, the share under the name `value`. */
void dvb_eval_put_share(json_t *j, const struct dvb_share *s, const char *value);

/* Who a cell asks: the model as the user named it, "always B" for the constant letter. Heap. */
char *dvb_eval_who(const struct dvb_eval *e, size_t cell);

/* Questions of a cell in whose making its model had that part (a bit of DVB_BUILT_x),
   or any (all bits). */
size_t dvb_eval_count_built(const struct dvb_eval *e, size_t cell, unsigned roles);

/* One row for each cell and question, through a temporary name. */
int dvb_eval_write_csv(const struct dvb_eval *e, const char *path, struct dvb_err *err);

/* Tokens of what is shown, by the model's formula (model/tokens.h), mean over the questions;
   NAN where there is none. */
double dvb_eval_media_tokens(const struct dvb_eval *e, size_t cell);

#endif
