/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/relevance.h"

#include <errno.h>
#include <string.h>

const struct dvb_provider *const dvb_providers[] = { NULL };

static void list_names(char *buf, size_t size)
{
    buf[0] = '\0';
    for (const struct dvb_provider *const *p = dvb_providers; *p; p++) {
        if (*buf)
            strncat(buf, ", ", size - strlen(buf) - 1);
        strncat(buf, (*p)->name, size - strlen(buf) - 1);
    }
}

int dvb_provider_find(const char *name, const struct dvb_provider **out, struct dvb_err *err)
{
    char names[256];
    for (const struct dvb_provider *const *p = dvb_providers; *p; p++)
        if (!strcmp((*p)->name, name)) {
            *out = *p;
            return 0;
        }
    *out = NULL;
    list_names(names, sizeof(names));
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "provider: found '%s', expected one of %s", name,
                    names);
}
