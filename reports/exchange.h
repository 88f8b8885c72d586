/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leaderboard.json: a board for programs, and for the boards of others.
 * `devibench report --help` has its schema. What is known of one question and cell is one
 * letter, so another group can compute every number anew and compare its own models with
 * these on the same questions; texts of questions and replies are not in it.
 */
#ifndef DVB_REPORTS_EXCHANGE_H
#define DVB_REPORTS_EXCHANGE_H

#include <jansson.h>

#include "reports/board.h"

#define DVB_BOARD_SCHEMA "devibench leaderboard"
#define DVB_BOARD_SCHEMA_VERSION 1

/* Digits of every number, also of those in pages. */
#define DVB_BOARD_DIGITS 10

/* New reference. */
json_t *dvb_board_json(const struct dvb_board *b);

int dvb_board_write_json(const struct dvb_board *b, const char *path, struct dvb_err *err);

/* cells.csv: a row for each cell and task type; pairs.csv: one for each pair. */
int dvb_board_write_cells(const struct dvb_board *b, const char *path, struct dvb_err *err);
int dvb_board_write_pairs(const struct dvb_board *b, const char *path, struct dvb_err *err);

/* A file of dvb_board_write_json, of this or a newer program of the same schema version.
   Everything in it is checked: DVB_FAULT_INPUT names the file, the member and what was
   expected. *b is initialised and empty, and stays so on failure. */
int dvb_board_read(const char *path, struct dvb_board *b, struct dvb_err *err);
/* The same of len bytes; name is for messages and the source's label. */
int dvb_board_parse(const char *name, const char *text, size_t len, struct dvb_board *b,
                    struct dvb_err *err);

/*
 * Move all that is in `from` into b; from is empty then. Sets of the same hash and manner
 * become one, their questions matched by key, and so do models of the same label, unless
 * both measured the same cell and what came of it differs: then both are kept, each with
 * its source in its label. Equal cells count once. Neither has been scored yet.
 */
int dvb_board_merge(struct dvb_board *b, struct dvb_board *from, struct dvb_err *err);

/* Leave out what says who made it: names of sources, paths, command lines, addresses of
   servers, names of environment variables, revisions, names of videos. Before dvb_board_score:
   it changes labels and with them the order. */
void dvb_board_anonymise(struct dvb_board *b);
/* A text without addresses of servers and paths: "openai:NAME@URL" becomes NAME. Heap. */
char *dvb_anonymous_text(const char *s);
/* The same of a strategy with its arguments and settings: "context:file of [file]". Heap. */
char *dvb_anonymous_strategy(const char *s);
extern const char dvb_board_anonymised[]; /* the same in words, for people */

#endif
