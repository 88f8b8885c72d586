/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/options.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "eval/relevance/qp.h"
#include "eval/strategy/look.h"

#define FIRST_OPTION 2 /* after the provider and its number */

static bool is_one_of(const char *const *names, const char *s, size_t len)
{
    for (; *names; names++)
        if (strlen(*names) == len && !strncmp(*names, s, len))
            return true;
    return false;
}

/* Of the part that begins at s. */
static size_t length(const char *s)
{
    return strcspn(s, ":");
}

static bool set_the_same(const char *a, const char *b)
{
    size_t n = length(a), m = length(b), key = strcspn(a, "=:");
    if (key < n)
        return !strncmp(a, b, key + 1);
    return (is_one_of(dvb_form_names, a, n) && is_one_of(dvb_form_names, b, m)) ||
           (is_one_of(dvb_look_names, a, n) && is_one_of(dvb_look_names, b, m));
}

static const char *next(const char *s)
{
    s += length(s);
    return *s ? s + 1 : NULL;
}

int dvb_options_once(const char *args, const char *strategy, struct dvb_err *err)
{
    for (int i = 0; args && i < FIRST_OPTION; i++)
        args = next(args);
    for (const char *a = args; a; a = next(a))
        for (const char *b = next(a); b; b = next(b))
            if (set_the_same(a, b))
                return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                                "--strategies: %s: found '%.*s' and '%.*s', expected one of them",
                                strategy, (int)length(a), a, (int)length(b), b);
    return 0;
}
