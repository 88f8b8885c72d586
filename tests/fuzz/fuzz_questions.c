/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/questions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a model writes, the questions that come out are whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *reply = dvb_calloc(size + 1, 1);
    memcpy(reply, data, size);
    struct dvb_question_list list;
    dvb_questions_parse(reply, 10, 1, &list);
    for (size_t i = 0; i < list.n; i++) {
        const struct dvb_question *q = &list.v[i];
        if (!q->text || q->n_options != 4 || q->answer < 0 || q->answer > 3 || !q->task_type)
            abort();
    }
    if (list.n > 10)
        abort();
    dvb_question_list_free(&list);
    free(reply);
    return 0;
}
