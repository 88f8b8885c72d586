/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/protocol/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workspace/choice.h"

const char *const dvb_history_names[] = {
    [DVB_HISTORY_ANSWERS] = "answers",
    [DVB_HISTORY_OWN] = "own",
    [DVB_HISTORY_NONE] = "none",
    NULL,
};

const struct dvb_protocol dvb_protocol_devibench = {
    .name = "devibench",
    .description = "every question once, about its own clip",
    .answer = "answer",
    .blind = "blind",
    .slots = dvb_choice_slots,
};

const struct dvb_protocol *const dvb_protocols[] = { &dvb_protocol_devibench,
                                                     &dvb_protocol_streamingbench, NULL };

static void list_names(char *buf, size_t size)
{
    buf[0] = '\0';
    for (const struct dvb_protocol *const *p = dvb_protocols; *p; p++) {
        if (*buf)
            strncat(buf, " or ", size - strlen(buf) - 1);
        strncat(buf, (*p)->name, size - strlen(buf) - 1);
    }
}

int dvb_protocol_find(const char *name, const struct dvb_protocol **out, struct dvb_err *err)
{
    char names[256];
    for (const struct dvb_protocol *const *p = dvb_protocols; *p; p++)
        if (!strcmp((*p)->name, name)) {
            *out = *p;
            return 0;
        }
    *out = NULL;
    list_names(names, sizeof(names));
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--protocol: found '%s', expected %s", name,
                    names);
}

const struct dvb_scored_cell *dvb_published_find(const struct dvb_score *s, size_t cell, int task)
{
    for (size_t i = 0; i < s->n_cells; i++)
        if (s->cells[i].cell == (int)cell && s->cells[i].task == task)
            return &s->cells[i];
    return NULL;
}

void dvb_published_release(struct dvb_published *p)
{
    free(p->scores);
    free(p->said);
    free(p->group_of);
    dvb_score_release(&p->by_task);
    dvb_score_release(&p->by_group);
    dvb_score_release(&p->published_by_group);
    *p = (struct dvb_published){ 0 };
}
