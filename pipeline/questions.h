/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A generator's reply as questions: each is checked alone, and dropped alone. */
#ifndef DVB_PIPELINE_QUESTIONS_H
#define DVB_PIPELINE_QUESTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define DVB_QUESTION_OPTIONS 4 /* as published: A to D */

/* Why a generated question was dropped. */
enum dvb_drop {
    DVB_DROP_NONE,
    DVB_DROP_NOT_OBJECT, /* no JSON object, or members of the wrong type */
    DVB_DROP_NO_TEXT,    /* empty or over 600 bytes */
    DVB_DROP_FEW_OPTIONS,
    DVB_DROP_MANY_OPTIONS,
    DVB_DROP_BAD_OPTION,      /* empty, over 300 bytes, or refers to other options */
    DVB_DROP_SAME_OPTIONS,    /* equal after folding */
    DVB_DROP_ANSWER,          /* not among the options */
    DVB_DROP_TASK_TYPE,       /* none of the six */
    DVB_DROP_MENTIONS_HALVES, /* speaks of halves, a comparison or picture quality */
    DVB_DROP_REPEATED,        /* the same question twice in a reply */
    DVB_DROP_OVER_LIMIT,      /* after the most that were asked for */
    DVB_DROPS
};
extern const char *const dvb_drop_names[DVB_DROPS];

/* The six task types of the published set; NULL-terminated. */
extern const char *const dvb_task_types[];

/* The JSON schema that the reply is asked to meet. New reference. */
json_t *dvb_questions_schema(int max_questions);

struct dvb_question_list {
    struct dvb_question *v; /* text, options, answer, task_type, multi_frame, index are set */
    size_t n;
    long dropped[DVB_DROPS];
};

/* Read a reply: {"questions": [...]} or a bare array, clean or wrapped in
   prose or a code fence. Options may be an array, with or without letters in
   front, or an object keyed by letter; the answer a letter or an option's
   text. Options are put into an order drawn from the seed and the reply, so that
   it does not depend on where a model is served; each block of four questions
   has every letter once.
   False when the reply holds no question list at all. */
bool dvb_questions_parse(const char *reply, int max_questions, uint64_t seed,
                         struct dvb_question_list *list);
void dvb_question_list_free(struct dvb_question_list *list);

#endif
