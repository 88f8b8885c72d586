/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A board of one workspace, or of one leaderboard.json. */
#ifndef DVB_REPORTS_LOAD_H
#define DVB_REPORTS_LOAD_H

#include "reports/board.h"

/*
 * All evaluations of the workspace, or the runs given, joined: of a cell that several
 * measured the newest whole one counts. A set whose questions and cells are all part of
 * another's (a first try with --limit) is left out. A workspace without evaluations gives
 * its newest build's or import's questions without cells; one without those is
 * DVB_FAULT_INPUT. *b is initialised and empty, and stays so on failure; it has no
 * statistics yet (dvb_board_score).
 */
int dvb_board_load(const char *dir, const int64_t *runs, size_t n_runs, struct dvb_board *b,
                   struct dvb_err *err);

/* What load.c and load_cells.c share. */

struct dvb_store;
struct dvb_run;
struct dvb_loader {
    struct dvb_board *b;
    struct dvb_store *store;
    struct dvb_id_place *ids; /* questions of the set that is being filled, by id */
    size_t n_ids;
};

struct dvb_id_place {
    int64_t id;
    size_t place;
};

/* Place of the question with that id in the set; -1: it is none of them. */
long dvb_loader_place(const struct dvb_loader *l, int64_t question);

/* The cells of an evaluation and what came of them, into the set. */
int dvb_load_cells(struct dvb_loader *l, size_t set, size_t board_run, const struct dvb_run *run,
                   struct dvb_err *err);

/* What the clips of each view really came to, from their renditions. */
int dvb_measure_views(struct dvb_loader *l, struct dvb_board_set *s, struct dvb_err *err);

/* Models by label, views and cells in their order, labels once each. */
void dvb_board_arrange(struct dvb_board *b);

/* The parts of a model's profile that its answers depend on, as canonical JSON. Heap. */
char *dvb_model_fingerprint(const char *profile);

#endif
