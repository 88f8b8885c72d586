/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A board: all that a report says, as plain data. Pages, figures,
 * leaderboard.json and the CSV are written from it and from nothing else, so
 * they cannot differ.
 *
 * Sources are workspaces and leaderboard.json files of other groups. Cells that
 * can be compared with one another are in one set: the same questions with the
 * same right answers, answered in the same way (choice, or free with the same
 * judge). Nothing is compared across sets.
 *
 * Indices are into the arrays of the board or, where it says so, of the set; -1
 * is none. All strings are owned by the board, none is trusted: they come from
 * models, data sets and files and are escaped by whoever writes them (html.h).
 * What is not known is NAN, NULL or -1, never 0.
 */
#ifndef DVB_REPORTS_BOARD_H
#define DVB_REPORTS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "eval/score/stats.h"

struct dvb_workspace;

/* Where data came from. */
struct dvb_board_source {
    char *label; /* short, once in the board: the folder's name, or what the file calls itself */
    char *path;  /* as the user gave it; NULL in an anonymous board */
    struct dvb_workspace *ws; /* open for reading, owned; NULL: a leaderboard.json */
};

/* A run that something on the board rests on: an evaluation, or the build or
   import of its questions. */
struct dvb_board_run {
    int source;
    int64_t id;               /* in its workspace */
    char *command, *line;     /* "eval"; the whole command line */
    char *versions;           /* JSON {program: version} */
    char *settings;           /* JSON: what its results depend on */
    char *started, *finished; /* UTC, ISO 8601; finished NULL: it was stopped, or still runs */
    int64_t seed;
};

struct dvb_board_prompt {
    char hash[DVB_HASH_LEN + 1];
    char *name; /* "answer" */
    char *text; /* with its slots unfilled, where it is known; else NULL */
};

/* Roles in making questions, as a mask. */
enum { DVB_BOARD_GENERATOR = 1, DVB_BOARD_FILTER = 2, DVB_BOARD_VERIFIER = 4 };

struct dvb_board_model {
    char *name;    /* as its run names it: "qwen3-vl", "openai:NAME@URL" */
    char *label;   /* shown; once in the board */
    char *profile; /* JSON without secrets */
    int source;    /* that names it, where another source has the same name with other numbers;
                      else -1 */
    bool ocr;      /* the OCR baseline, which is no multimodal model */
};

/* What a model is shown. Index of the set's views. */
struct dvb_board_view {
    char *label;     /* "200k uniform", "original", "blind" */
    int64_t bitrate; /* bits per second asked for; 0: the original, or a baseline */
    char *strategy;  /* "uniform", also for the original; a baseline's name */
    bool baseline;
    char *sampling;       /* JSON {fps, frames, max_pixels} */
    double measured_kbps; /* mean of its clips; NAN: none encoded, or not known */
    long clips, missed;   /* clips that were encoded, and those that missed the rate */
    int original;         /* the view that has lost nothing, of the same sampling; -1: none, or
                             itself */
};

enum dvb_board_status {
    DVB_BOARD_MISSING,  /* no answer: a failed call, or not asked yet; no part of any number */
    DVB_BOARD_OK,       /* answered */
    DVB_BOARD_REFUSED,  /* not right */
    DVB_BOARD_UNPARSED, /* not right */
    DVB_BOARD_EXCLUDED, /* the model had a part in making the question and is not counted on it */
    DVB_BOARD_STATUSES
};
extern const char *const dvb_board_status_names[]; /* NULL-terminated */

struct dvb_board_answer {
    double score;         /* 0..1; right from DVB_STATS_RIGHT on */
    int64_t call, judge;  /* in the workspace of the cell's source; 0: none */
    int64_t rendition;    /* that was shown, in the same; 0: none, or not known */
    unsigned char status; /* enum dvb_board_status */
    signed char option;   /* chosen, or -1 */
};

/* What a cell comes to over one task type, or all. */
struct dvb_board_stat {
    int task;               /* of the set; -1: all */
    struct dvb_share share; /* right */
    size_t refused, unparsed, missing, excluded;
    bool has_loss;
    struct dvb_share
        loss; /* right on the original and wrong here (sensitivity); share.count lost */
};

/* A model (or none) with a view. */
struct dvb_board_cell {
    char *name;                       /* once in the set: "qwen3-vl 200k uniform" */
    int model;                        /* of the board; -1: none is asked */
    int view;                         /* of the set */
    int run, source;                  /* of the board: the run that measured it */
    bool whole;                       /* its run is finished */
    struct dvb_board_answer *answers; /* [question of the set]; NULL: only the numbers are known */
    struct dvb_board_stat *stats;     /* all first, then the task types that it has */
    size_t n_stats;
    double cost_usd;      /* of its calls, also those kept from earlier runs; NAN: not known */
    double latency_s;     /* median over its answers; NAN: not known */
    double latency_p95_s; /* 95th percentile */
    int64_t tokens_in, tokens_out; /* of its calls; -1: not known */
    /* Place among the models that saw the same (see dvb_board_rank). */
    int rank; /* from 1; several share one: they tie. 0: not ranked (a baseline, no answers) */
    int ties; /* others of that rank */
};

/* Two cells of a set over the questions that both have. Compared are all models
   that saw the same, and what one model was shown at one bitrate or at none. */
struct dvb_board_pair {
    int a, b;                /* cells of the set */
    struct dvb_pair_stats s; /* bootstrap_p is 1 and bootstrap_ci the whole range: not computed */
    double holm_p;           /* of s.t_p, over the pairs of the family */
    int family;              /* view that both saw; -1: what one model was shown */
};

/* A model that had a part in making a question. */
struct dvb_board_built {
    int model; /* of the board */
    unsigned roles;
};

struct dvb_board_question {
    char key[17];
    int source;     /* whose workspace has it; -1: only known by key */
    int64_t id;     /* in that workspace */
    char *text;     /* NULL: only known by key */
    char **options; /* without letters */
    int n_options;
    int answer;      /* index into options; -1: free, or not known */
    char *reference; /* the right answer in words, or NULL */
    int task;        /* of the set */
    bool multi_frame;
    char *video;     /* name */
    int64_t cluster; /* number of its video in the set, from 0 */
    int64_t segment; /* in that workspace; 0: none */
    int64_t start_ms, length_ms;
    struct dvb_board_built *built; /* by model */
    size_t n_built;
    int64_t original; /* renditions in that workspace that the build's filter, or else */
    int64_t degraded; /* the newest of that kind, shows; 0: none */
};

/* How far the questions of a build came; counts of all its questions. */
struct dvb_board_funnel {
    bool known; /* it was built here, not imported or merged */
    int run;    /* of the board */
    size_t clips, generated, accepted, verified, undecided;
    int64_t bitrate; /* bits per second of its degraded clips; 0: not known */
};

/* Questions with all that was measured on them. */
struct dvb_board_set {
    char hash[DVB_HASH_LEN + 1]; /* of the questions and their right answers: see
                                    dvb_board_hash */
    char *label;                 /* shown; once in the board */
    char *stage;                 /* "verified", "accepted", "generated", "imported" */
    char *answers;               /* "choice", "free" */
    char *judge;                 /* name of the model that judges free answers; NULL: none */
    char *manner; /* JSON of what the numbers depend on beside model and view: answers, judge,
                     prompts, protocol, recipe. Other manners make other sets */
    int run;      /* of the board: the build or import they come from; -1: not known */
    struct dvb_board_funnel funnel;
    char **tasks; /* names of task types, sorted; "" where a set has none */
    size_t n_tasks;
    struct dvb_board_question *questions; /* by video, time, key */
    size_t n_questions, n_videos;
    struct dvb_board_view *views; /* the original, then by strategy and rising bitrate; baselines
                                     last */
    size_t n_views;
    struct dvb_board_cell *cells; /* by model, then view */
    size_t n_cells;
    struct dvb_board_pair *pairs;
    size_t n_pairs;
    /* [view * n_questions + question]: what was shown, in the question's workspace; 0: nothing.
       Where a strategy looks anew for each model, what one of them was shown: answers have what
       each was */
    int64_t *renditions;
    size_t *built; /* [model * 3 + bit]: questions in whose making it had that part */
};

struct dvb_board {
    char *title;
    char *made;                      /* UTC, ISO 8601 */
    char *version;                   /* of devibench, with its revision */
    bool anonymous;                  /* what says who made it was left out */
    struct dvb_stats_settings stats; /* confidence, power */
    char *prices;                    /* when prices of its models were looked up: "2026-11", or the
                                        first and last "2026-09 to 2026-11"; NULL: not known */
    struct dvb_board_source *sources;
    size_t n_sources;
    struct dvb_board_run *runs;
    size_t n_runs;
    struct dvb_board_prompt *prompts;
    size_t n_prompts;
    struct dvb_board_model *models; /* by label */
    size_t n_models;
    struct dvb_board_set *sets; /* the one with the most cells first */
    size_t n_sets;
};

/* A board without anything in it. */
void dvb_board_init(struct dvb_board *b);
void dvb_board_release(struct dvb_board *b);

/* SHA-256 over lines "KEY TAB TASK TAB RIGHT LF" in the order of keys, RIGHT being the
   number of the right option from 0 or, where there are none, the reference in words. */
void dvb_board_hash(const struct dvb_board_set *s, char hex[DVB_HASH_LEN + 1]);

/* The questions in the order of their keys, equal ones as they stand. Heap; n_questions of them. */
const struct dvb_board_question **dvb_board_keys(const struct dvb_board_set *s);

void dvb_board_drop_set(struct dvb_board *b, size_t set);
void dvb_board_drop_cell(struct dvb_board_set *s, size_t cell);

/* Statistics of all cells and pairs, from their answers; cells without answers
   keep what they have. Then ranks. */
int dvb_board_score(struct dvb_board *b, struct dvb_err *err);

/* The outcomes of a cell that has answers, of one task type or (task -1) of all; v is the caller's
   to free. */
struct dvb_cell dvb_board_outcomes(const struct dvb_board_set *s, const struct dvb_board_cell *c,
                                   int task);

/* The cell of that model (-1: none asked) and view; NULL: there is none. Where sources
   differ, the first. */
const struct dvb_board_cell *dvb_board_find(const struct dvb_board_set *s, int model, int view);

/* The cell's numbers over that task type (-1: all); NULL: there are none. */
const struct dvb_board_stat *dvb_board_stat_of(const struct dvb_board_cell *c, int task);

#endif
