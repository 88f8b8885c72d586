/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of a question set: the question it holds, or what is wrong with it. */
#ifndef DVB_EVAL_DATASET_RECORD_H
#define DVB_EVAL_DATASET_RECORD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define DVB_CLIP_MS 5000 /* length of a DeViBench clip */

/* What can be wrong with a question set (audit.h says when each is found). */
enum dvb_finding_kind {
    DVB_FIND_UNREADABLE,
    DVB_FIND_ANSWER,
    DVB_FIND_OPTION_LETTERS,
    DVB_FIND_EQUAL_OPTIONS,
    DVB_FIND_PUNCTUATION,
    DVB_FIND_EMPTY_OPTION,
    DVB_FIND_DAMAGED,
    DVB_FIND_OUTPUT,
    DVB_FIND_DUPLICATE,
    DVB_FIND_NEAR_DUPLICATE,
    DVB_FIND_CONFLICT,
    DVB_FIND_OUTSIDE,
    DVB_FIND_LETTER_BIAS,
    DVB_FIND_NUMERIC_MIDDLE,
    DVB_FIND_KINDS
};
extern const char *const dvb_finding_names[DVB_FIND_KINDS]; /* "unreadable", ... */

struct dvb_remark {
    enum dvb_finding_kind kind;
    char *text; /* owned; NULL: nothing to remark */
};

struct dvb_record {
    long line; /* of the file, where the row or object starts; from 1 */
    long row;  /* of a table, as table programs number them: the header is row 1, and line
                  breaks inside cells do not count; elsewhere the same as line */
    struct dvb_question q;   /* owned; what could be read of it. source is never NULL */
    struct dvb_remark fault; /* why it cannot be a question */
    struct dvb_remark note;  /* what the reader had to make sense of */
};

/* An empty record: imported, no times. */
void dvb_record_init(struct dvb_record *r, long line, long row);
void dvb_record_release(struct dvb_record *r);

/* The first is kept. */
void dvb_record_fault(struct dvb_record *r, enum dvb_finding_kind kind, const char *fmt, ...)
    DVB_PRINTF(3, 4);
void dvb_record_note(struct dvb_record *r, enum dvb_finding_kind kind, const char *fmt, ...)
    DVB_PRINTF(3, 4);

/* A message of at most 599 bytes, without what is no UTF-8: "%.80s" may end inside a
   character. Heap. */
char *dvb_record_message(const char *fmt, va_list ap);

/* Take the answer from a cell: with options a letter ("B", "b", "(B)", "B.", "B) 36")
   or an option's text, else a fault; without options the cell itself. */
void dvb_record_answer(struct dvb_record *r, const char *cell);

/* Take n options with or without letters in front, and say in a note what had to
   be mended: an entry without a letter among those that have one continues the
   one before it, an entry that repeats an earlier letter and text is dropped.
   texts are borrowed. */
void dvb_record_options(struct dvb_record *r, const char *const *texts, size_t n);

/* A time in a video: "00:01:30", "1:30", "90", "90.5". In three or two parts,
   those after the first are below 60. False if not of that form. */
bool dvb_record_time(const char *text, int64_t *ms);

/* The clip that a question asked at a time is about: the minute before; when an
   output is due, from the question to four seconds after the output. At least
   one second. Sets q.start_ms and q.length_ms from asked_ms and due_ms. */
void dvb_record_clip(struct dvb_record *r);

/* An order of imported questions, over all that the store's key is made of: 0 where
   they say the same. */
int dvb_record_compare(const struct dvb_question *x, const struct dvb_question *y);

#endif
