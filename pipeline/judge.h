/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking a model the run's questions and storing its verdicts; shared by the
   filter and verify steps. Private to pipeline/. */
#ifndef DVB_PIPELINE_JUDGE_H
#define DVB_PIPELINE_JUDGE_H

#include "pipeline/steps.h"

/* One way to put a question: which rendition the model sees. */
struct dvb_viewing {
    const char *step; /* of the verdict and the call: "original", "degraded", "verify" */
    enum dvb_kind kind;
};

/* Ask the model every question of the run that reached at least `stage`, once
   for each viewing. Refused and unreadable replies are stored as such, as a
   verdict with no answer. */
int dvb_judge(struct dvb_build *b, const struct dvb_used_model *model, enum dvb_stage stage,
              const struct dvb_viewing *viewings, size_t n_viewings, const char *what,
              struct dvb_err *err);

#endif
