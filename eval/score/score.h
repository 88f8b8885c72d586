/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statistics of a whole matrix: cells, losses, differences. Knows neither
   models nor the store: cells are names with outcomes. */
#ifndef DVB_EVAL_SCORE_SCORE_H
#define DVB_EVAL_SCORE_SCORE_H

#include "eval/score/saving.h"
#include "eval/score/stats.h"

/* Which cells are compared: those that differ in one thing only (the model, or
   what it was shown), all, or none. */
enum dvb_pairs { DVB_PAIRS_RELATED, DVB_PAIRS_ALL, DVB_PAIRS_NONE };
extern const char *const dvb_pairs_names[]; /* NULL-terminated */

/* What is known of a cell before its statistics. */
struct dvb_score_cell {
    const char *name;     /* once in the matrix */
    int model, view;      /* numbers; cells that share one are related */
    int original;         /* cell that has lost what this one has not; -1: none, or itself */
    int curve;            /* cells of one strategy at several rates share this number; -1: none */
    int group;            /* curves of one group are compared: the same model, shown alike */
    const char *strategy; /* the curve's name within its group */
    double rate;          /* measured bitrate, any unit; 0: none */
};

/* One question in one cell. */
struct dvb_score_item {
    double value;           /* 0..1 */
    bool counts;            /* part of the statistics: answered, refused or unparsed */
    bool refused, unparsed; /* counts, and is not right */
    bool error;             /* no answer */
};

struct dvb_score_input {
    const struct dvb_score_cell *cells;
    size_t n_cells;
    const struct dvb_score_item *items; /* [cell * n_questions + question] */
    const int64_t *clusters;            /* [question]: its video */
    const int *tasks;                   /* [question]: number of its task type, 0.. */
    size_t n_questions;
    int n_tasks;
    enum dvb_pairs pairs;
    struct dvb_stats_settings stats;
};

struct dvb_scored_cell {
    int cell, task; /* task -1: all */
    struct dvb_share share;
    size_t refused, unparsed, errors;
};

/* Right on the original, wrong here. */
struct dvb_scored_loss {
    int cell, task; /* task -1: all */
    struct dvb_share share;
};

struct dvb_scored_pair {
    int a, b;
    struct dvb_pair_stats s;
    double holm_p; /* of bootstrap_p over all pairs */
};

/* Two strategies' curves over the rates. */
struct dvb_scored_saving {
    int a, b; /* first cells of the curves: model and strategy are theirs */
    struct dvb_saving s;
};

struct dvb_score {
    struct dvb_scored_cell *cells; /* by cell: all, then the task types that it has */
    size_t n_cells;
    struct dvb_scored_loss *losses;
    size_t n_losses;
    struct dvb_scored_pair *pairs;
    size_t n_pairs;
    struct dvb_scored_saving *savings; /* of each later curve of a group over each earlier one */
    size_t n_savings;
};

int dvb_score_make(const struct dvb_score_input *in, struct dvb_score *out, struct dvb_err *err);
void dvb_score_release(struct dvb_score *s);

#endif
