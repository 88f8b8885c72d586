/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Question sets into a workspace. One import is one run; its set is the run's
 * questions in the order of the files. All is kept or, on an error, nothing.
 *
 * A question whose video is not found is kept without a segment: it can be
 * exported and audited, and shows and evaluates once the same files are
 * imported again with the video there. The same content is the same question
 * row however often it is imported.
 */
#ifndef DVB_EVAL_DATASET_IMPORT_H
#define DVB_EVAL_DATASET_IMPORT_H

#include "base/opt.h"
#include "eval/dataset/dataset.h"
#include "workspace/workspace.h"

struct dvb_import_settings {
    const struct dvb_strlist *files;
    enum dvb_dataset_family family;
    const struct dvb_strlist *videos; /* folders, files, manifests (source.h); may be empty */
    const char *command_line;
    int jobs; /* videos probed and hashed at once */
};

struct dvb_import_skip {
    const char *file; /* borrowed from the settings */
    long line, row;   /* as in struct dvb_record */
    char *reason;
};

struct dvb_import_result {
    int64_t run;
    long rows, questions;
    long videos; /* found, of those that the questions name */
    char **missing;
    size_t n_missing;
    struct dvb_import_skip *skipped;
    size_t n_skipped;
    const char **formats; /* of each file; static names */
};

struct dvb_import;

/* Read the files and look for the videos: no workspace is needed for that, nor made for files that
   cannot be read. No question in any of them is DVB_FAULT_INPUT, with the first reason. s is
   borrowed until close; *im is NULL on failure. */
int dvb_import_open(const struct dvb_import_settings *s, struct dvb_import **im,
                    struct dvb_err *err);
/* Put what was read into a workspace, once. *result lives until close. */
int dvb_import_put(struct dvb_import *im, struct dvb_workspace *ws,
                   const struct dvb_import_result **result, struct dvb_err *err);
void dvb_import_close(struct dvb_import **im);

#endif
