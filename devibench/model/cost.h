/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What questions cost, at the prices of a profile: after and before they are asked. */
#ifndef DVB_MODEL_COST_H
#define DVB_MODEL_COST_H

#include <stdbool.h>

#include "model/profile.h"
#include "model/tokens.h"

/* USD; batch: sent through a batch interface. */
double dvb_cost_usd(const struct dvb_profile *p, const struct dvb_token_counts *tokens, bool batch);

/* A service may count this many times the predicted input before the most that
   a question was said to cost is passed. */
#define DVB_INPUT_MARGIN 1.25

/* A question before it is asked. */
struct dvb_estimate {
    bool known; /* false: the input is not known; only the words are counted */
    struct dvb_token_counts tokens;
    double cost_usd;
    double most_usd; /* with DVB_INPUT_MARGIN on the input, and max_tokens of output */
};

/* tokens_in: predicted, of a question of which `known` says whether all of it is
   counted; tokens_out: expected, bounded here by the profile's max_tokens. */
void dvb_cost_estimate(const struct dvb_profile *p, bool known, long tokens_in, double tokens_out,
                       bool batch, struct dvb_estimate *e);

/* False where nothing can be counted against a limit: a profile without prices. */
bool dvb_cost_priced(const struct dvb_profile *p);

#endif
