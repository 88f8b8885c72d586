/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/baseline/baseline.h"

#include <errno.h>
#include <string.h>

const struct dvb_baseline *const dvb_baselines[] = { &dvb_baseline_letter, &dvb_baseline_blind,
                                                     &dvb_baseline_frame,  &dvb_baseline_shuffled,
                                                     &dvb_baseline_black,  NULL };

static void list_names(char *buf, size_t size)
{
    buf[0] = '\0';
    for (const struct dvb_baseline *const *b = dvb_baselines; *b; b++) {
        if (*buf)
            strncat(buf, ", ", size - strlen(buf) - 1);
        strncat(buf, (*b)->name, size - strlen(buf) - 1);
    }
}

int dvb_baseline_find(const char *name, const struct dvb_baseline **out, struct dvb_err *err)
{
    char names[256];
    for (const struct dvb_baseline *const *b = dvb_baselines; *b; b++)
        if (!strcmp((*b)->name, name)) {
            *out = *b;
            return 0;
        }
    *out = NULL;
    list_names(names, sizeof(names));
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--baselines: found '%s', expected some of %s",
                    name, names);
}
