/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evaluating: every question of a set to every cell of a matrix, and how sure
 * one can be of what comes out. What was asked before is answered from the
 * store, so the same command finishes what was killed and asks again only what
 * failed. Results do not depend on the number of jobs.
 */
#ifndef DVB_EVAL_EVAL_H
#define DVB_EVAL_EVAL_H

#include "base/opt.h"
#include "eval/freshness.h"
#include "eval/matrix.h"
#include "eval/protocol/protocol.h"
#include "eval/score/score.h"
#include "eval/score/stats.h"

enum dvb_answers { DVB_ANSWERS_CHOICE, DVB_ANSWERS_FREE };
extern const char *const dvb_answers_names[]; /* NULL-terminated */

struct dvb_eval_settings {
    int64_t set;          /* run whose questions are asked; 0: the newest build or import */
    enum dvb_stage stage; /* of a build's questions; of an import all are asked */
    const struct dvb_strlist *models, *strategies, *baselines; /* names */
    const int64_t *bitrates;                                   /* 0: the original */
    size_t n_bitrates;
    const struct dvb_sampling *samplings;
    size_t n_samplings;
    struct dvb_recipe recipe; /* bitrate and sampling are set by view */
    enum dvb_answers answers;
    const struct dvb_protocol *protocol; /* NULL: our own */
    struct dvb_protocol_settings protocol_settings;
    struct dvb_strategy_settings strategy; /* look_model and prompts are set here */
    const char *look_model; /* asked by strategies where to look; NULL: the one evaluated */
    const char *judge;      /* model, for free answers */
    const char *models_file, *prompts; /* may be NULL */
    bool exclude_builders;
    bool only_met; /* leave out what is asked about a clip that missed its rate */
    int64_t limit; /* first so many questions; 0: all */
    int jobs;      /* clips at once; 0: cores */
    enum dvb_pairs pairs;
    struct dvb_stats_settings stats; /* its seed is the run's */
    struct dvb_asker_settings ask;   /* its seed and dry are set here */
    const char *command;             /* of the run's row; NULL: "eval", which reports are made of */
    const char *command_line;
};

/* What came of a question in a cell. */
enum dvb_outcome_status {
    DVB_OUTCOME_ERROR,    /* no answer: no part of anything */
    DVB_OUTCOME_OK,       /* answered */
    DVB_OUTCOME_REFUSED,  /* not right */
    DVB_OUTCOME_UNPARSED, /* not right */
    DVB_OUTCOME_EXCLUDED, /* the model had a part in making the question, or by only_met */
};
extern const char *const dvb_outcome_names[];

struct dvb_eval_answer {
    enum dvb_outcome_status status;
    int option;    /* chosen, or -1 */
    double score;  /* 0 or 1 */
    int64_t call;  /* 0: no model was asked */
    int64_t judge; /* call that judged a free answer; 0: none */
    char *why;     /* of an error; owned */
};

/* Roles in making a question, as a mask. */
enum { DVB_BUILT_GENERATOR = 1, DVB_BUILT_FILTER = 2, DVB_BUILT_VERIFIER = 4 };
extern const char *const dvb_built_names[]; /* by bit; NULL-terminated */

/* Pictures of a clip, on average over a cell's questions; n 0: none were shown, or video was. */
struct dvb_pictures_shown {
    size_t n;             /* clips */
    double sampled, sent; /* sent: what the model's limits left of them, evenly spread */
};

struct dvb_eval {
    struct dvb_workspace *ws;
    struct dvb_eval_settings own;             /* with what was left to us filled in */
    const struct dvb_eval_settings *settings; /* the same */
    struct dvb_asker *asker;
    const struct dvb_used_model **models;
    size_t n_models;
    const struct dvb_used_model *judge;
    struct dvb_used_strategy *strategies;
    size_t n_strategies;
    char *prompt, *blind_prompt, *judge_prompt; /* with slots */
    int64_t run;
    struct dvb_run set; /* whose questions these are */
    struct dvb_run_question *questions;
    size_t n_questions;
    bool imported;     /* the set is one that was imported */
    size_t no_options; /* questions left out: not multiple choice */
    size_t no_video;   /* questions left out: their video was not found */
    size_t no_time;    /* questions left out: the protocol asks at time stamps */
    unsigned *built;   /* [question * n_models + model]: roles of that model */
    struct dvb_matrix matrix;
    int64_t *cell_ids;   /* rows of the store */
    int64_t *renditions; /* [view * n_questions + question]; 0: nothing is shown, or failed */
    char **problems;     /* [view * n_questions + question]: why nothing can be shown; owned */
    double *measured;    /* [view]: mean bitrate of what is asked about, kbps; 0: none encoded */
    size_t *n_measured;  /* [view]: how many those are */
    struct dvb_pictures_shown *pictures; /* [cell] */
    struct dvb_freshness *freshness;     /* [view] */
    size_t *missed;                      /* [view]: renditions whose rate was not met */
    bool *off_rate; /* [view * n_questions + question]: shown with another rate than asked for */
    struct dvb_eval_answer *answers; /* [cell * n_questions + question] */
    const struct dvb_protocol *protocol;
    void *protocol_state;           /* the protocol's own */
    struct dvb_published published; /* what it counts beside the score */
    bool *idle;                     /* [question]: neither shown nor asked now; NULL: none */
    const char **tasks;             /* names of the score's task types; borrowed names */
    struct dvb_score score;
    struct dvb_ask_counts calls;
    char last_failure[1024], first_missing[1024];
    struct dvb_spending *spending; /* of all runs of the workspace */
    size_t n_spending;
    struct dvb_plans plans; /* of a dry run: what would be sent */
};

/* Failed calls, missing answers and a limit on cost that was reached are no error here:
   see (*eval)->calls. In a dry workspace nothing is made and nothing sent, there are plans and no
   score. *eval is NULL on failure. */
int dvb_eval_run(struct dvb_workspace *ws, const struct dvb_eval_settings *settings,
                 struct dvb_eval **eval, struct dvb_err *err);
void dvb_eval_close(struct dvb_eval **eval);

static inline const struct dvb_view *dvb_eval_view(const struct dvb_eval *e, size_t cell)
{
    return &e->matrix.views[e->matrix.cells[cell].view];
}

static inline struct dvb_eval_answer *dvb_eval_at(const struct dvb_eval *e, size_t cell,
                                                  size_t question)
{
    return &e->answers[cell * e->n_questions + question];
}

/* "verified", "accepted", "generated", or "imported". */
const char *dvb_eval_stage(const struct dvb_eval *e);

/* Roles of the cell's model in making the question, a mask. */
unsigned dvb_eval_built(const struct dvb_eval *e, size_t cell, size_t question);

/* Blind cells that answer the question right. */
size_t dvb_eval_solved_blind(const struct dvb_eval *e, size_t question);

#endif
