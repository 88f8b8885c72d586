/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a protocol counts, as JSON. All give new references. */
#ifndef DVB_EVAL_PROTOCOL_PRESENT_H
#define DVB_EVAL_PROTOCOL_PRESENT_H

#include <jansson.h>

#include "eval/eval.h"

/* {"name"}; of a protocol at time stamps also "context_s" (null: all) and "history". */
json_t *dvb_protocol_settings_json(const struct dvb_eval *e);

/* The settings with "categories" (by our own score, each with "published") and "proactive". */
json_t *dvb_protocol_json(const struct dvb_eval *e);

/* {"n", "correct", "accuracy", "se", "ci", ...}; null where nothing was counted so. */
json_t *dvb_published_json(const struct dvb_score *s, size_t cell, int task);

/* Proactive questions of a cell by when it spoke. */
struct dvb_proactive_counts {
    size_t n;                           /* answered, silence included */
    size_t early, on_time, late, never; /* against two seconds before and after */
    size_t right;                       /* on time, and said what was asked for */
};
struct dvb_proactive_counts dvb_proactive_count(const struct dvb_eval *e, size_t cell);

#endif
