/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiple-choice questions about text that one reading of a clip holds and
   another does not. */
#ifndef DVB_READER_QUIZ_H
#define DVB_READER_QUIZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "reader/reading.h"

#define DVB_QUIZ_MAX 10
#define DVB_QUIZ_OPTIONS 4

struct dvb_question {
    char *text;
    char *options[DVB_QUIZ_OPTIONS];
    int answer;            /* index of the right option */
    const char *task_type; /* as the published set names them */
    bool multi;            /* needs more than one frame */
};

struct dvb_quiz {
    struct dvb_question v[DVB_QUIZ_MAX];
    int n;
};

/* Where sharp shows text that a question could be about: boxes that do not
   touch, heap, *n of them. Nothing else of dull needs to be read. */
struct dvb_box *dvb_quiz_places(const struct dvb_reading *sharp, size_t *n);

/* sharp and dull: the same frames read twice. ocr's dictionary tells which near
   misses are words; seed decides among equals. */
void dvb_quiz_make(const struct dvb_reading *sharp, const struct dvb_reading *dull,
                   struct dvb_ocr *ocr, uint64_t seed, struct dvb_quiz *quiz);
void dvb_quiz_release(struct dvb_quiz *quiz);

/* {"questions":[{"question","options":[4],"answer","task_type","frames"}]}. */
json_t *dvb_quiz_json(const struct dvb_quiz *quiz);

#endif
