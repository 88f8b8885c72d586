/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was spent, and what would be, as tables and JSON; for the commands that ask models. */
#ifndef DVB_CMD_COST_H
#define DVB_CMD_COST_H

#include <jansson.h>

#include "store/store.h"
#include "workspace/plan.h"

/* [{step, model, calls, failed, tokens_in, tokens_cached, tokens_out, cost_usd}] */
json_t *dvb_cost_spending_json(const struct dvb_spending *list, size_t n);
/* Nothing where no service has counted tokens or cost yet. */
void dvb_cost_print_spending(const struct dvb_spending *list, size_t n);

/* The same whatever was counted, also where it is nothing. */
void dvb_cost_print_table(const struct dvb_spending *list, size_t n);

/* [{step, model, stored, calls, tokens_in, tokens_out, cost_usd, most_calls,
   most_usd, priced}]; tokens and cost are null where they cannot be foreseen. */
json_t *dvb_cost_plans_json(const struct dvb_plans *plans);
/* {stored, calls, tokens_in, tokens_out, cost_usd, most_calls, most_usd} */
json_t *dvb_cost_total_json(const struct dvb_plans *plans);
void dvb_cost_print_plans(const struct dvb_plans *plans);

#endif
