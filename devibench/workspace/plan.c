/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct dvb_plan *row(struct dvb_plans *plans, const char *step, const struct dvb_profile *p)
{
    for (size_t i = 0; i < plans->n; i++)
        if (!strcmp(plans->v[i].step, step) && !strcmp(plans->v[i].model, p->name))
            return &plans->v[i];
    plans->v = dvb_grow(plans->v, plans->n, &plans->cap, sizeof(*plans->v));
    struct dvb_plan *r = &plans->v[plans->n++];
    *r = (struct dvb_plan){ .step = dvb_strdup(step),
                            .model = dvb_strdup(p->name),
                            .known = true,
                            .priced = dvb_cost_priced(p) };
    return r;
}

void dvb_plan_calls(struct dvb_plans *plans, const char *step, const struct dvb_profile *p,
                    const struct dvb_estimate *e, double times, double most)
{
    struct dvb_plan *r = row(plans, step, p);
    r->calls += times;
    r->tokens_in += times * (double)e->tokens.in;
    r->tokens_out += times * (double)e->tokens.out;
    r->cost_usd += times * e->cost_usd;
    r->most_calls += most;
    r->most_usd += most * e->most_usd;
    r->known &= e->known;
}

void dvb_plan_stored(struct dvb_plans *plans, const char *step, const struct dvb_profile *p)
{
    row(plans, step, p)->stored++;
}

void dvb_plans_release(struct dvb_plans *plans)
{
    for (size_t i = 0; i < plans->n; i++) {
        free(plans->v[i].step);
        free(plans->v[i].model);
    }
    free(plans->v);
    *plans = (struct dvb_plans){ 0 };
}
