/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bits where the question looks: a QP map from relevance, at the same rate and
 * with the same search as any other strategy.
 *
 *     context[:PROVIDER[:GAMMA[:OPTION...]]]
 *
 * PROVIDER: one of relevance.h's, which see the sender's newest frame at fps and whose
 * map holds from then on; or "model" (the default): a model is asked for boxes (look.h).
 *
 * OPTIONS: plain, stretched, box (qp.h; box for model, else plain); smooth=SECONDS;
 * fps=LOOKS; size=ladder|source|WxH; for model: original, received, rounds=N,
 * lead=hold|flat.
 *
 * The lead has the clip's only intra frame, which takes most of a still clip's bits.
 * `hold` is the default with original; with `flat` all of the lead has one offset. With
 * received only flat: what arrives first would depend on what arrives after it.
 *
 * With received, what rounds do not settle is the base QP, which is searched for the whole
 * clip at the end of each round: the pictures looked at have the rate of the final ones
 * but not their base QP to the last digit, and none of them is shown to anybody but the
 * look.
 */
#ifndef DVB_EVAL_STRATEGY_CONTEXT_H
#define DVB_EVAL_STRATEGY_CONTEXT_H

#include "eval/strategy/look.h"
#include "eval/strategy/sized.h"

struct dvb_context {
    const struct dvb_provider *provider; /* NULL: model */
    void *provider_state;
    double gamma, smooth;
    enum dvb_form form;
    struct dvb_looking looking; /* fps for every provider */
    struct dvb_sized sized;
};

/* context_args.c: text may be NULL. Wrong ones are DVB_FAULT_USAGE. Nothing is opened. */
int dvb_context_parse(const char *text, struct dvb_context *c, struct dvb_err *err);

#endif
