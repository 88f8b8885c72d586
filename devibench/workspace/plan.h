/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would be asked, by step and model: for dry runs. */
#ifndef DVB_WORKSPACE_PLAN_H
#define DVB_WORKSPACE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/cost.h"

/* Expected, so not in whole numbers. */
struct dvb_plan {
    char *step, *model;                     /* owned */
    double stored;                          /* questions that the store answers */
    double calls;                           /* those that would be sent */
    double tokens_in, tokens_out, cost_usd; /* of them */
    double most_calls, most_usd;            /* upper bounds */
    bool known;                             /* the input of all of them could be foreseen */
    bool priced;                            /* the profile has prices */
};

struct dvb_plans {
    struct dvb_plan *v;
    size_t n, cap;
};

/* So many questions of that kind would be sent: `times` expected, `most` at most. */
void dvb_plan_calls(struct dvb_plans *plans, const char *step, const struct dvb_profile *p,
                    const struct dvb_estimate *e, double times, double most);
/* One that the store answers. */
void dvb_plan_stored(struct dvb_plans *plans, const char *step, const struct dvb_profile *p);
void dvb_plans_release(struct dvb_plans *plans);

#endif
