/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiple-choice questions about visible text. */
#ifndef DVB_READER_CHOICE_H
#define DVB_READER_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "reader/reading.h"

#define DVB_CHOICE_MAX 26

struct dvb_choice {
    char *question;                /* the text before the options */
    char *options[DVB_CHOICE_MAX]; /* without their letters */
    int n;
    char **quotes; /* texts that the question puts in quotation marks */
    size_t n_quotes;
};

/* Finds option lines, "A) ...", "A. ..." or "(A) ...", from A on, the last such
   list of the prompt. False when there are fewer than two. */
bool dvb_choice_parse(const char *prompt, struct dvb_choice *choice);
/* Fill quotes from question. */
void dvb_choice_find_quotes(struct dvb_choice *choice);
/* Of words without options: question and quotes, n is 0. The words are the text's last
   paragraph, for instructions come before them. */
void dvb_words_parse(const char *text, struct dvb_choice *choice);
void dvb_choice_release(struct dvb_choice *choice);

/* What a reading says. */
struct dvb_choice_view {
    int option;  /* that it supports clearly better than all others, or -1 */
    double sure; /* 0..1: how well the best of what was read matches that option (likeness times
                    the recogniser's confidence); without one, by how much the best match of an
                    option leads the next. 0: nothing like any option was read */
};

/* reading may be NULL: nothing was seen. */
struct dvb_choice_view dvb_choice_look(const struct dvb_choice *choice,
                                       const struct dvb_reading *reading);

/* The option alone. */
int dvb_choice_answer(const struct dvb_choice *choice, const struct dvb_reading *reading);

#endif
