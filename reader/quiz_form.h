/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the question writer: the forms that a question can take. */
#ifndef DVB_READER_QUIZ_FORM_H
#define DVB_READER_QUIZ_FORM_H

#include "base/rng.h"
#include "reader/quiz.h"
#include "reader/track.h"

struct dvb_quiz_form;

/* A question that could be asked. */
struct dvb_idea {
    const struct dvb_quiz_form *form;
    char *question, *answer;
    char *target;             /* the text that must be read: the answer, unless that is a place */
    char *context;            /* screen text that the question quotes, or NULL */
    const char *const *fixed; /* all four options, where the form dictates them */
    double worth;
};

/* The writer's state. */
struct dvb_quiz_writer {
    const struct dvb_reading *sharp, *dull;
    struct dvb_ocr *ocr;
    struct dvb_tracks tracks; /* of sharp */
    struct dvb_rng rng;
    struct dvb_idea *ideas;
    size_t n_ideas, cap_ideas;
};

struct dvb_quiz_form {
    const char *name;
    const char *task_type;
    bool multi;
    double weight; /* 0..1: how good such questions are */
    int limit;     /* per clip */
    /* Propose questions about one part of one page of sharp. */
    void (*propose)(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                    struct dvb_part part);
};

extern const struct dvb_quiz_form dvb_quiz_forms[]; /* ends with a NULL name */

/* Take an idea over (question, answer, target and context are heap strings).
   It is dropped if its target can be read, or nearly so, in dull, or the
   question gives the answer away. A NULL target means the answer. */
void dvb_quiz_propose(struct dvb_quiz_writer *q, struct dvb_idea idea);

/* The words' text without punctuation at the ends, or NULL unless every word
   is surely read and made of ordinary characters. Heap. */
char *dvb_quiz_span(const struct dvb_quiz_writer *q, size_t page, size_t first, size_t n);

/* One of n phrasings, by lot. */
const char *dvb_quiz_pick(struct dvb_quiz_writer *q, const char *const *phrasings, size_t n);

/* How often the text stands on the page. */
size_t dvb_quiz_count(const struct dvb_page *page, const char *text);

/* A text that makes a good option: long enough, not a mere function word. */
bool dvb_quiz_worthy(const char *text);

#endif
