/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stored question as a prompt, and a reply to it as a choice: the same for
   those who build a set and those who evaluate with it. */
#ifndef DVB_WORKSPACE_CHOICE_H
#define DVB_WORKSPACE_CHOICE_H

#include "store/store.h"

/* Tokens of an answer that is nothing but a choice: expected where the store has no
   answers of that model and step to go by. */
#define DVB_CHOICE_TOKENS 16

/* The slots of an answer prompt, {{question}} and {{options}}; NULL-terminated. */
extern const char *const dvb_choice_slots[];

/* The text with the question's words and options in its slots. Heap. */
char *dvb_choice_prompt(const char *text, const struct dvb_question *q);

/* The option that an answered call chose, or DVB_ANSWER_REFUSED, DVB_ANSWER_UNPARSED
   (model/answer.h). *status is what the call's status becomes by that. */
int dvb_choice_read(const struct dvb_question *q, const struct dvb_call *call,
                    enum dvb_call_status *status);

#endif
