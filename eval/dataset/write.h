/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Question sets written: the published tables and JSON lines.
 *
 * Import and export again gives a published table back byte for byte, if it is
 * written as the published ones are: UTF-8 with a byte order mark, CRLF rows,
 * quotes only where needed. What a cell says beyond our fields (white space
 * between options, "010" for 10) is kept in the question's verbatim member, which
 * counts only while it says the same as the other members. Rows that made no
 * question are not there.
 */
#ifndef DVB_EVAL_DATASET_WRITE_H
#define DVB_EVAL_DATASET_WRITE_H

#include <jansson.h>
#include <stdio.h>

#include "store/store.h"

#define DVB_WRITER_COLUMNS 6

/* A format writes what comes before the questions, then one at a time. Errors of
   the stream are left in it; a question that the format cannot hold is
   DVB_FAULT_INPUT. */
struct dvb_table_format; /* formats.h */
struct dvb_writer {
    const char *name;
    const char *const *columns; /* of a table: DVB_WRITER_COLUMNS; else NULL */
    void (*begin)(const struct dvb_writer *w, FILE *f);
    int (*write)(const struct dvb_writer *w, FILE *f, const struct dvb_run_question *q,
                 struct dvb_err *err);
    /* The cells of a table's row; heap. NULL where the question does not fit, with err set. */
    int (*cells)(const struct dvb_run_question *q, char *cell[DVB_WRITER_COLUMNS],
                 struct dvb_err *err);
    const struct dvb_table_format *format; /* that reads such a table */
};
extern const struct dvb_writer dvb_writer_v1, dvb_writer_v2, dvb_writer_jsonl;

/* All, in the order of the names; both NULL-terminated. */
extern const struct dvb_writer *const dvb_writers[];
extern const char *const dvb_writer_names[];

/* Note in q->verbatim the cells of the row it was read from that the writer would
   make otherwise. */
void dvb_table_keep(const struct dvb_writer *w, struct dvb_question *q, const char *const *cell);

/* The object of a JSON line: everything about a question but its verdicts. New reference. */
json_t *dvb_question_json(const struct dvb_run_question *q);

#endif
