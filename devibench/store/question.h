/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading question rows, for the files of this room that list them. */
#ifndef DVB_STORE_QUESTION_H
#define DVB_STORE_QUESTION_H

#include "store/internal.h"

/* The first columns of a query whose rows dvb_question_decode reads; the table is named q. */
#define DVB_QUESTION_COLUMNS                                                                       \
    "q.id, coalesce(q.call, 0), q.idx, q.key, coalesce(q.segment, 0), q.text, q.options, "         \
    "q.answer, "                                                                                   \
    "q.task_type, q.multi_frame, q.origin, q.reference, q.source, q.start_ms, q.length_ms, "       \
    "coalesce(q.asked_ms, -1), coalesce(q.due_ms, -1), q.ability, q.series, q.series_idx, "        \
    "q.verbatim"
#define DVB_QUESTION_N_COLUMNS 21

/* Nothing to release on failure. */
int dvb_question_decode(sqlite3_stmt *row, struct dvb_question *q, struct dvb_err *err);

#endif
