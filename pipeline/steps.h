/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the five steps share; private to pipeline/. One file per step. */
#ifndef DVB_PIPELINE_STEPS_H
#define DVB_PIPELINE_STEPS_H

#include "pipeline/build.h"

/* A segment on its way through the steps. */
struct dvb_work {
    struct dvb_segment segment;
    char *name;                    /* "talks/a at 10 s", for messages; owned */
    int64_t renditions[DVB_KINDS]; /* 0: not made */
    char *refusal;                 /* why it was left out; owned */
    bool answered;                 /* the generator's reply is in */
};

struct dvb_build {
    const struct dvb_build_settings *settings;
    struct dvb_build_result *result;
    struct dvb_workspace *ws;
    struct dvb_asker *asker;
    int64_t run;
    const struct dvb_used_model *generator, *filter, *verifier;
    char *generate_prompt, *answer_prompt; /* with slots; owned */
    struct dvb_work *work;
    size_t n_work, cap_work;
    const struct dvb_work **by_segment; /* the same, sorted by segment id; after collect */
};

/* The work of a segment; NULL if this run has none. Usable after collect. */
const struct dvb_work *dvb_build_find(const struct dvb_build *b, int64_t segment);

/* Record that something was left out; name and reason are copied. */
void dvb_build_refuse(struct dvb_build *b, const char *name, const char *reason);

/* Tokens of one generated question with its options: expected where the store has no answers of
   that model and step to go by. */
#define DVB_QUESTION_TOKENS 100

/* After a dry run's steps (plan.c): add to the asker's plans what would follow from answers that
   are not there yet. */
int dvb_plan_rest(struct dvb_build *b, struct dvb_err *err);

int dvb_step_collect(struct dvb_build *b, struct dvb_err *err);
int dvb_step_preprocess(struct dvb_build *b, struct dvb_err *err);
int dvb_step_generate(struct dvb_build *b, struct dvb_err *err);
int dvb_step_filter(struct dvb_build *b, struct dvb_err *err);
int dvb_step_verify(struct dvb_build *b, struct dvb_err *err);

#endif
