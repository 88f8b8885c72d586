/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the options of strategies that look have in common. */
#ifndef DVB_EVAL_STRATEGY_OPTIONS_H
#define DVB_EVAL_STRATEGY_OPTIONS_H

#include "base/err.h"

/* args is PROVIDER[:NUMBER[:OPTION...]], or NULL: two options that set the same thing, such as
   plain and box or fps=1 and fps=2, are DVB_FAULT_USAGE. `strategy` is for the message. */
int dvb_options_once(const char *args, const char *strategy, struct dvb_err *err);

#endif
