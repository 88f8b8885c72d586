/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/relevance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/relevance/providers.h"

const struct dvb_provider *const dvb_providers[] = {
    &dvb_provider_clip,   &dvb_provider_model,
    &dvb_provider_text,   &dvb_provider_file,
    &dvb_provider_embed,  &dvb_provider_detail,
    &dvb_provider_past,   &dvb_provider_centre,
    &dvb_provider_random, NULL,
};

static const struct dvb_provider *find_in(const struct dvb_provider *const *list, const char *name)
{
    for (; *list; list++)
        if (!strcmp((*list)->name, name))
            return *list;
    return NULL;
}

static void list_names(char *buf, size_t size)
{
    size_t len = 0;
    for (const struct dvb_provider *const *p = dvb_providers; *p && len < size; p++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", (*p)->name);
}

static int find(const char *name, bool asking, const struct dvb_provider **out, struct dvb_err *err)
{
    char names[400] = "";
    *out = find_in(dvb_providers, name);
    if (!*out)
        *out = find_in(dvb_providers_inverse, name);
    bool known = *out;
    if (known && (asking || !(*out)->asks))
        return 0;
    *out = NULL;
    list_names(names, sizeof(names));
    return dvb_fail(
        err, DVB_FAULT_USAGE, EINVAL, "%s '%s'%s: expected one of %s, or inverse- before %s",
        known ? "the provider" : "unknown provider", name, known ? " is not for this strategy" : "",
        names, asking ? "one of them" : "any but model");
}

int dvb_provider_find_any(const char *name, const struct dvb_provider **out, struct dvb_err *err)
{
    return find(name, true, out, err);
}

int dvb_provider_find(const char *name, const struct dvb_provider **out, struct dvb_err *err)
{
    return find(name, false, out, err);
}

char *dvb_provider_told(const struct dvb_provider *p, const struct dvb_provider_settings *settings)
{
    const struct dvb_provider *own = p->of ? p->of : p;
    char *by = own->made_by ? own->made_by(settings) : NULL, patch[32] = "";
    if (own->patches && settings->patch)
        snprintf(patch, sizeof(patch), ", patch %d", settings->patch);
    char *told = dvb_asprintf("%s%s%s", by ? " of " : "", by ? by : "", patch);
    free(by);
    return told;
}
