/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Yes-or-no questions about visible text: "When the board shows "OPEN", ... Answer yes or no." */
#ifndef DVB_READER_NOTICE_H
#define DVB_READER_NOTICE_H

#include "reader/choice.h"

/* What a yes-or-no question asks after: the first text that it puts in quotation marks. Heap;
   NULL when the prompt asks for no yes or no, or quotes nothing. */
char *dvb_notice_sought(const char *prompt);

/* Whether the newest picture shows the text. reading: of one picture or more. */
bool dvb_notice_seen(const char *sought, const struct dvb_reading *reading);

#endif
