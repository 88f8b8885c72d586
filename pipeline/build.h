/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Building a quality-sensitive question set in five steps ("Chat with AI",
 * HotNets 2025, section 4): collect -> preprocess -> generate -> filter ->
 * verify. Every step works from the store and can be repeated: what is there
 * is not done again, so a build that was killed is finished by running it again.
 */
#ifndef DVB_PIPELINE_BUILD_H
#define DVB_PIPELINE_BUILD_H

#include <jansson.h>
#include <stdint.h>

#include "base/opt.h"
#include "media/recipe.h"
#include "workspace/ask.h"
#include "workspace/workspace.h"

enum dvb_step {
    DVB_STEP_COLLECT,
    DVB_STEP_PREPROCESS,
    DVB_STEP_GENERATE,
    DVB_STEP_FILTER,
    DVB_STEP_VERIFY,
    DVB_STEPS
};
extern const char *const dvb_step_names[DVB_STEPS + 1]; /* NULL-terminated */

struct dvb_build_settings {
    const struct dvb_strlist *videos;          /* folders, files, manifests */
    const char *generator, *filter, *verifier; /* model names; filter NULL: the generator */
    const char *models_file, *prompts;         /* may be NULL */
    bool allow_same_model;
    struct dvb_recipe recipe;
    double segment, every, first; /* seconds */
    int64_t limit;                /* segments in all; 0: no limit */
    int64_t max_questions;        /* per clip */
    int jobs;                     /* clips at once; 0: cores */
    int64_t seed;
    enum dvb_ask_mode ask;
    bool batch; /* ask in batches; batches says how */
    struct dvb_batcher_settings batches;
    double max_cost_usd; /* of this run; 0: no limit */
    enum dvb_step until;
    const char *command_line;
};

/* What a dry run goes by where the store has no answers. */
struct dvb_assumptions {
    double per_clip; /* questions: of the run's own clips, or the most that are asked for */
    double accepted; /* of the generated: the run's own rate, or the published one */
    bool per_clip_observed, accepted_observed;
};

/* A video or segment that could not be used. */
struct dvb_refusal {
    char *name, *reason; /* owned */
};

struct dvb_build_result {
    int64_t run;
    long videos; /* that clips were cut from */
    long segments, renditions_made;
    long rates_missed; /* degraded renditions that did not meet the rate */
    struct dvb_refusal *refused;
    size_t n_refused;
    json_t *dropped; /* generated questions that were dropped: {"reason": count} */
    json_t *
        answers; /* replies that were no choice: {"original": {"refused": n, "unparsed": n}, ...} */
    long clips_unparsed; /* generator replies that held no question list */
    long generated, accepted, verified;
    /* Questions on which a step that was taken has not decided, since calls
       failed. They are no part of the rates. */
    struct {
        long filter, verify;
    } undecided;
    long letters[4]; /* right answers of the verified questions: A, B, C, D */
    struct dvb_ask_counts calls;
    struct dvb_spending *spending; /* of all runs of the workspace, owned */
    size_t n_spending;
    struct dvb_plans plans; /* of a dry run: what would be sent */
    struct dvb_assumptions assumed;
    char last_failure[1024];  /* of the calls that failed, or "" */
    char first_missing[1024]; /* offline: of the answers that are not in the store, or "" */
};

/* Run the steps up to settings->until. Failed calls, missing answers and a limit on
   cost that was reached are no error here: see result->calls. In a dry workspace
   nothing is made and nothing sent: result->plans says what would be. Release the result in either
   case. */
int dvb_build(struct dvb_workspace *ws, const struct dvb_build_settings *settings,
              struct dvb_build_result *result, struct dvb_err *err);
void dvb_build_result_release(struct dvb_build_result *result);

#endif
