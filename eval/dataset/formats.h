/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats of question sets as descriptors; for the files of this room. */
#ifndef DVB_EVAL_DATASET_FORMATS_H
#define DVB_EVAL_DATASET_FORMATS_H

#include <jansson.h>
#include <stdio.h>

#include "eval/dataset/dataset.h"

/* Where records go. */
struct dvb_sink {
    const char *name; /* of the file, for messages */
    dvb_on_record *on_record;
    void *user;
};

/* Gives the record to the sink and releases it. */
int dvb_sink_take(const struct dvb_sink *sink, struct dvb_record *r, struct dvb_err *err);

/* A table. Rows have as many cells as the header when they come here. */
#define DVB_TABLE_COLUMNS 16
struct dvb_table_format {
    const char *name;
    enum dvb_dataset_family family;
    const char *const *columns; /* NULL-terminated; at most DVB_TABLE_COLUMNS */
    size_t needed;              /* the first few of them must be there; 0: exactly all, in order */
    /* cell[i] is that of columns[i]; NULL: no such column in the file. */
    void (*read)(struct dvb_record *r, const char *const *cell);
};
extern const struct dvb_table_format dvb_format_v1, dvb_format_v2, dvb_format_streamingbench_csv;

/* streamingbench.c: the parsed file, from which every object's line is known. */
int dvb_streamingbench_read(const json_t *root, const char *text, size_t len,
                            const struct dvb_sink *sink, struct dvb_err *err);

/* jsonl.c: one line's object. */
void dvb_jsonl_read(struct dvb_record *r, const json_t *object);

/* pylist.c: a Python list literal of strings, ['a', "it's"]; adjacent strings join
   as in Python. *list and each text is heap; false where it is anything else. */
bool dvb_pylist_parse(const char *text, char ***list, size_t *n);
void dvb_pylist_free(char **list, size_t n);

/* Lines of a valid JSON text on which objects begin, in the order of the text:
   as Jansson's objects are met walking down from the root. Heap; *n of them. */
long *dvb_json_object_lines(const char *text, size_t len, size_t *n);

#endif
