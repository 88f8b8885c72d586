/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks behind audit.h; for the files of this room. */
#ifndef DVB_EVAL_DATASET_AUDIT_CHECKS_H
#define DVB_EVAL_DATASET_AUDIT_CHECKS_H

#include "eval/dataset/audit.h"

/* A check looks at one row or at all of them. */
struct dvb_audit_check {
    void (*row)(struct dvb_audit *a, const struct dvb_audit_row *row);
    void (*set)(struct dvb_audit *a);
};
extern const struct dvb_audit_check dvb_check_remarks, dvb_check_options, dvb_check_damage,
    dvb_check_output, dvb_check_outside, dvb_check_duplicates, dvb_check_near, dvb_check_letters,
    dvb_check_numbers;

/* row NULL: of the whole set. */
void dvb_audit_find(struct dvb_audit *a, const struct dvb_audit_row *row,
                    enum dvb_finding_kind kind, const char *fmt, ...) DVB_PRINTF(4, 5);

/* The right answer's text. Borrowed. */
const char *dvb_audit_answer(const struct dvb_record *r);

/* Of two rows with the same video and clip. */
int dvb_audit_compare_clip(const struct dvb_record *a, const struct dvb_record *b);

/* How to name a row in a message about another: "line 12", "row 65 (line 107)",
   "question 0123..." */
struct dvb_audit_name {
    char s[64];
};
struct dvb_audit_name dvb_audit_name(const struct dvb_record *r);

#endif
