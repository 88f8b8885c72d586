/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DVB_CMD_EVAL_TABLE_H
#define DVB_CMD_EVAL_TABLE_H

#include "eval/eval.h"

/* Print an evaluation for people, on stdout. */
void dvb_cmd_print_eval(const struct dvb_eval *e);

#endif
