/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as arrays of JSON objects with equal keys, and their files. */
#ifndef DVB_EVAL_NETWORK_ROWS_H
#define DVB_EVAL_NETWORK_ROWS_H

#include <jansson.h>

#include "base/err.h"

/* A CSV file, by rename: the first row's keys are the headings; null is an empty cell. */
int dvb_rows_write_csv(const json_t *rows, const char *path, struct dvb_err *err);

/* DIR/NAME.csv and DIR/NAME.json: {schema_version, name, rows}. */
int dvb_rows_write(const json_t *rows, const char *dir, const char *name, struct dvb_err *err);

#endif
