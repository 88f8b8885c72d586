/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Confidences for ReCapABR (network/recap.h), asked from a model: for each question of a set, at
 * each of six bitrates, the model sees what the strategy uniform shows at that rate (the same
 * renditions, so an evaluation shares them) and says which option is right and how sure it is,
 * from 0 to 1, that what it sees is enough to tell. A question counts where all six are there.
 */
#ifndef DVB_EVAL_CONFIDENCE_H
#define DVB_EVAL_CONFIDENCE_H

#include "eval/eval.h"
#include "eval/network/recap.h"

struct dvb_confidence_settings {
    const char *model;
    int64_t tiers[DVB_RECAP_TIERS]; /* bits per second, rising */
    double tau;                     /* confidence that is enough, 0..1 */
    int64_t set;                    /* these as in struct dvb_eval_settings */
    enum dvb_stage stage;
    struct dvb_sampling sampling;
    struct dvb_recipe recipe;
    const char *models_file, *prompts;
    int64_t limit;
    int jobs;
    struct dvb_asker_settings ask;
    const char *command_line;
};

/* A tier over the questions that have all six. NAN: over none. */
struct dvb_confidence_tier {
    double mean;   /* confidence */
    double enough; /* share at tau or above */
    double right;  /* share of answers that are; one that cannot be read is not */
    size_t n_sure; /* at tau or above */
    double sure;   /* share right of these */
    double unsure; /* share right of the others */
    double kbps;   /* realised, mean over the clips shown; 0: none */
    size_t missed; /* of these, how many missed the rate */
};

struct dvb_confidence_run {
    struct dvb_eval *e; /* its cells are the tiers; an answer's status says whether there is a
                           confidence: ok, refused, unparsed, error */
    double tau;
    double *at;     /* [tier * e->n_questions + question]; NAN: none */
    char **replies; /* the same: what could not be read, cut short; owned, NULL: none */
    bool *whole;    /* [question] */
    size_t n_whole;
    size_t n_unparsed, n_refused, n_errors; /* replies and calls, not questions */
    struct dvb_confidence_tier tiers[DVB_RECAP_TIERS];
};

/* Failed calls, missing answers, a limit on cost that was reached and replies without a confidence
   are no error here. In a dry workspace there are plans (run->e->plans) and no numbers. *run is
   NULL on failure. */
int dvb_confidence_ask(struct dvb_workspace *ws, const struct dvb_confidence_settings *settings,
                       struct dvb_confidence_run **run, struct dvb_err *err);
void dvb_confidence_close(struct dvb_confidence_run **run);

/*
 * The confidence that a reply states, 0 to 1: the JSON member of that name, a number or a text such
 * as "85%"; else what prose says with the word ("confidence: 0.85", "85% sure"), or a letter and a
 * number alone ("B 0.85"). All that is stated must agree. False where nothing is, where it is out
 * of range, a span ("0.7 to 0.9"), a bound ("over 90% sure") or otherwise in doubt: nothing is
 * guessed, and a number alone that one of the options has is that option. options may be NULL.
 */
bool dvb_confidence_parse(const char *reply, const char *const *options, int n_options,
                          double *confidence);

/* The reply's JSON schema: answer, confidence. New reference. */
json_t *dvb_confidence_schema(void);

/* The tiers, every question that has all six, and what the others lack. New reference. */
json_t *dvb_confidence_json(const struct dvb_confidence_run *run);

/* The questions that have all six, in the form of network/recap.h, with further columns: which
   question, and whether the answer was right. Through a temporary name; at least one is there. */
int dvb_confidence_write_csv(const struct dvb_confidence_run *run, const char *path,
                             struct dvb_err *err);

#endif
