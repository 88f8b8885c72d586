/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cost.h"

#include <math.h>

double dvb_cost_usd(const struct dvb_profile *p, const struct dvb_token_counts *t, bool batch)
{
    double cached = p->price_cached > 0 ? p->price_cached : p->price_in;
    double full = ((double)(t->in - t->cached) * p->price_in + (double)t->cached * cached +
                   (double)t->out * p->price_out) /
                  1e6;
    return batch ? full * p->price_batch : full;
}

void dvb_cost_estimate(const struct dvb_profile *p, bool known, long tokens_in, double tokens_out,
                       bool batch, struct dvb_estimate *e)
{
    const struct dvb_token_counts most = { .in = (long)ceil((double)tokens_in * DVB_INPUT_MARGIN),
                                           .out = p->max_tokens };
    *e = (struct dvb_estimate){
        .known = known,
        .tokens = { .in = tokens_in, .out = lround(fmin(fmax(tokens_out, 0), p->max_tokens)) },
    };
    e->cost_usd = dvb_cost_usd(p, &e->tokens, batch);
    e->most_usd = dvb_cost_usd(p, &most, batch);
}

bool dvb_cost_priced(const struct dvb_profile *p)
{
    return p->price_in > 0 || p->price_out > 0;
}
