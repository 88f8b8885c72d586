/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV as RFC 4180 has it and as Python's csv module writes it: comma, double
 * quote doubled inside quotes, rows that end in CRLF or LF, line breaks of
 * either kind inside quotes kept as they are, an UTF-8 byte order mark at the
 * start skipped. Fields are bytes; only NUL is refused.
 *
 * Read strictly: a quote inside an unquoted field, text after a closing quote,
 * a bare CR outside quotes and an unclosed quote are DVB_FAULT_INPUT, with
 * "NAME:LINE:COLUMN" (both from 1; the column counts code points, the line
 * line breaks, also those inside quotes). Empty lines are skipped: Python
 * writes a row of one empty field as "".
 *
 * Memory is bounded by the longest row, and that by the limits.
 */
#ifndef DVB_BASE_CSV_H
#define DVB_BASE_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct dvb_csv_limits {
    size_t max_field;  /* bytes; 0: 1 MiB */
    size_t max_fields; /* in a row; 0: 1024 */
    size_t max_row;    /* bytes of its fields, one more for each; 0: 16 MiB */
};

struct dvb_csv_row {
    char **field; /* NUL-terminated; borrowed, gone after the callback */
    size_t n;
    long line; /* of the file, where the row starts */
};

/* Called for each row. A negative return (with err set) stops the reading with that error. */
typedef int dvb_csv_on_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err);

/* Feed a reader piece by piece: open, push any number of times, finish (the
   last row may lack its line break), close. name is borrowed. limits may be NULL. */
struct dvb_csv;
int dvb_csv_open(const char *name, const struct dvb_csv_limits *limits, dvb_csv_on_row *on_row,
                 void *user, struct dvb_csv **csv, struct dvb_err *err);
int dvb_csv_push(struct dvb_csv *csv, const char *data, size_t len, struct dvb_err *err);
int dvb_csv_finish(struct dvb_csv *csv, struct dvb_err *err);
void dvb_csv_close(struct dvb_csv **csv);

/* A whole file. */
int dvb_csv_read(const char *path, const struct dvb_csv_limits *limits, dvb_csv_on_row *on_row,
                 void *user, struct dvb_err *err);

/* Writing. A field is quoted where it must be (Python's QUOTE_MINIMAL); rows
   end in CRLF. Errors show in ferror(out). */
void dvb_csv_write_bom(FILE *out);
void dvb_csv_write_row(FILE *out, const char *const *fields, size_t n);

#endif
