/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Published question sets, read row by row. The formats (formats.h):
 *
 *   devibench-v1       CSV: sample_folder, start_time, question, options,
 *                      standard_answer, task_type; multiple choice
 *   devibench-v2       CSV: sample_id, start_time, question, std_answer, Frame,
 *                      task_type; answers in free words
 *   streamingbench     JSON: entries with questions at time stamps; a list of
 *                      lists of entries is a list of series
 *   streamingbench-csv CSV as on Hugging Face: question_id, time_stamp, ...
 *                      options a Python list
 *   jsonl              one object a line, as `devibench export` writes it
 *
 * Which one a file is shows from its content: the first character and, in CSV,
 * the names of the columns.
 *
 * A file is refused whole (DVB_FAULT_INPUT, "FILE:LINE:COLUMN: ...") where its
 * syntax is broken: an unclosed quote, a NUL byte, JSON that does not parse or
 * is nested more than 2048 deep, columns of no known format. A row that makes
 * no question is given with its fault, and reading goes on.
 *
 * Limits: 1 MiB a cell and 16 MiB a row of CSV, 4 MiB a line of jsonl, 64 MiB a
 * file of JSON.
 */
#ifndef DVB_EVAL_DATASET_DATASET_H
#define DVB_EVAL_DATASET_DATASET_H

#include "eval/dataset/record.h"

/* What --format takes: each stands for one or two of the formats above. NULL-terminated. */
extern const char *const dvb_dataset_families[];
enum dvb_dataset_family {
    DVB_FAMILY_ANY = -1,
    DVB_FAMILY_DEVIBENCH,
    DVB_FAMILY_STREAMINGBENCH,
    DVB_FAMILY_JSONL,
};

/* Called for each row in the order of the file. r may be taken over: what is left
   in it is released. A negative return (with err set) ends the reading with that error. */
typedef int dvb_on_record(void *user, struct dvb_record *r, struct dvb_err *err);

/* Read a file, or what can be read from path once (a pipe). *format (may be
   NULL) becomes the format's name, static, as soon as it is known; NULL before.
   A file that is of another family than asked for is refused. */
int dvb_dataset_read(const char *path, enum dvb_dataset_family family, dvb_on_record *on_record,
                     void *user, const char **format, struct dvb_err *err);

/* The same for bytes in memory; name is used in messages. */
int dvb_dataset_parse(const char *data, size_t len, const char *name,
                      enum dvb_dataset_family family, dvb_on_record *on_record, void *user,
                      const char **format, struct dvb_err *err);

#endif
