/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/strategy.h"

#include <errno.h>
#include <string.h>

#include "workspace/rendition.h"

const struct dvb_strategy *const dvb_strategies[] = { &dvb_strategy_uniform, NULL };

static void list_names(char *buf, size_t size)
{
    buf[0] = '\0';
    for (const struct dvb_strategy *const *s = dvb_strategies; *s; s++) {
        if (*buf)
            strncat(buf, ", ", size - strlen(buf) - 1);
        strncat(buf, (*s)->name, size - strlen(buf) - 1);
    }
}

int dvb_strategy_find(const char *name, const struct dvb_strategy **out, struct dvb_err *err)
{
    char names[256];
    for (const struct dvb_strategy *const *s = dvb_strategies; *s; s++)
        if (!strcmp((*s)->name, name)) {
            *out = *s;
            return 0;
        }
    *out = NULL;
    list_names(names, sizeof(names));
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--strategies: found '%s', expected some of %s",
                    name, names);
}

int dvb_stream_render(const struct dvb_stream_job *job, enum dvb_kind kind, int64_t *rendition,
                      struct dvb_err *err)
{
    int64_t ids[DVB_KINDS] = { 0 };
    int ret = job->ws->dry
                  ? dvb_workspace_foresee(job->ws, job->segment, job->recipe, 1u << kind, ids, err)
                  : dvb_workspace_render(job->ws, job->segment, job->recipe, 1u << kind,
                                         job->max_bytes, ids, NULL, err);
    *rendition = ids[kind];
    return ret;
}
