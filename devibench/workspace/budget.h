/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What questions will cost, and whether that may still be spent.
 *
 * What holds under a limit: a question is sent only if what was spent, the most
 * that each question on its way can cost, and the most that this one can cost
 * (dvb_cost_estimate: the predicted input and a quarter more, max_tokens of
 * output) stay within it together. So the sum of what the services report,
 * at the profiles' prices, does not pass the limit as long as they keep to
 * max_tokens, and as no input is counted as more than 1.25 of the prediction.
 * What cannot hold: a request that failed without a usage report counts as
 * free, as does what a profile without prices is asked; of a question that is
 * asked again because its answer could not be read, all attempts are counted,
 * but only once they are in.
 */
#ifndef DVB_WORKSPACE_BUDGET_H
#define DVB_WORKSPACE_BUDGET_H

#include "model/cost.h"
#include "model/tokens.h"
#include "workspace/ask.h"

struct dvb_budget {
    struct dvb_store *store; /* borrowed */
    double limit_usd;        /* 0: none */
    bool batch;              /* at the price of batches, where the profile has them */
    double spent_usd, reserved_usd;
    bool stopped;          /* for good: nothing more is sent */
    double next_usd;       /* the most that the question cost at which it stopped */
    struct dvb_seen *seen; /* means by model and step: the store's, and what came since */
    size_t n_seen, cap_seen;
};

void dvb_budget_release(struct dvb_budget *b);

/* A limit is no use for a model that costs money by tokens that cannot be
   foreseen: DVB_FAULT_USAGE. One without prices is a warning. */
int dvb_budget_check(const struct dvb_budget *b, const struct dvb_profile *p, struct dvb_err *err);

/* Input by the profile's formula, or what such questions had on average in the
   store and in this run where that is more, or there is no formula; output what
   answers in this step had on average, or what the caller expects. */
int dvb_budget_quote(struct dvb_budget *b, const struct dvb_asking *a,
                     const struct dvb_media_shape *shape, struct dvb_estimate *e,
                     struct dvb_err *err);

enum dvb_budget_answer { DVB_BUDGET_GO, DVB_BUDGET_WAIT, DVB_BUDGET_STOP };

/* May the question be sent? GO reserves its most; WAIT: not before a question
   on its way is answered; STOP: no. */
enum dvb_budget_answer dvb_budget_take(struct dvb_budget *b, const struct dvb_estimate *e);

/* A question that was let go is answered, or failed. */
void dvb_budget_settle(struct dvb_budget *b, const struct dvb_estimate *e, double cost_usd);

/* What the service counted for a question and its answer; in 0: it does not tell. */
void dvb_budget_learn(struct dvb_budget *b, const struct dvb_asking *a,
                      const struct dvb_token_counts *tokens);

#endif
