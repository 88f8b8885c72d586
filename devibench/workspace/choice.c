/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/choice.h"

#include <stdlib.h>

#include "model/answer.h"
#include "workspace/prompt.h"

const char *const dvb_choice_slots[] = { "question", "options", NULL };

char *dvb_choice_prompt(const char *text, const struct dvb_question *q)
{
    char *options = dvb_prompt_options((const char *const *)q->options, q->n_options);
    const struct dvb_slot slots[] = { { "question", q->text }, { "options", options } };
    char *prompt = dvb_prompt_fill(text, slots, 2);
    free(options);
    return prompt;
}

int dvb_choice_read(const struct dvb_question *q, const struct dvb_call *call,
                    enum dvb_call_status *status)
{
    *status = call->status;
    if (call->status == DVB_CALL_REFUSED)
        return DVB_ANSWER_REFUSED;
    int i = dvb_answer_choice(call->reply, (const char *const *)q->options, q->n_options);
    *status = i >= 0 ? DVB_CALL_OK : i == DVB_ANSWER_REFUSED ? DVB_CALL_REFUSED : DVB_CALL_UNPARSED;
    return i;
}
