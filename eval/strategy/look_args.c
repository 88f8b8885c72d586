/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that say how looks are taken, and what they need. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eval/relevance/regions.h"
#include "eval/strategy/look.h"

const char *const dvb_look_names[] = {
    [DVB_LOOK_ORIGINAL] = "original",
    [DVB_LOOK_RECEIVED] = "received",
    NULL,
};

const char *const dvb_lead_names[] = {
    [DVB_LEAD_HOLD] = "hold",
    [DVB_LEAD_FLAT] = "flat",
    NULL,
};

static bool find_word(const char *const *names, const char *word, int *at)
{
    *at = 0;
    while (names[*at] && strcmp(names[*at], word))
        ++*at;
    return names[*at] != NULL;
}

static bool set_lead(const char *text, struct dvb_looking *l)
{
    int lead;
    if (!find_word(dvb_lead_names, text, &lead))
        return false;
    l->lead = (enum dvb_lead)lead;
    l->lead_given = true;
    return true;
}

static bool set_rounds(const char *text, struct dvb_looking *l)
{
    int64_t n;
    if (!dvb_parse_int(text, &n) || n < 1 || n > 100)
        return false;
    l->rounds = (int)n;
    return true;
}

static bool set_fps(const char *text, struct dvb_looking *l)
{
    l->fps_given = true;
    return dvb_parse_num(text, &l->fps) && l->fps >= 0.1 && l->fps <= 60;
}

static const struct {
    const char *name, *expected;
    bool (*set)(const char *text, struct dvb_looking *l);
} options[] = {
    { "lead=", "lead=hold or lead=flat", set_lead },
    { "rounds=", "rounds=N from 1 to 100", set_rounds },
    { "fps=", "fps=LOOKS a second from 0.1 to 60", set_fps },
};

int dvb_looking_parse(const char *text, const char *strategy, struct dvb_looking *l,
                      struct dvb_err *err)
{
    int look;
    if (find_word(dvb_look_names, text, &look)) {
        l->look = (enum dvb_look)look;
        l->look_given = true;
        return 1;
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        size_t len = strlen(options[i].name);
        if (strncmp(text, options[i].name, len))
            continue;
        if (options[i].set(text + len, l))
            return 1;
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--strategies: %s: found '%s', expected %s",
                        strategy, text + len, options[i].expected);
    }
    return 0;
}

int dvb_looking_refuse(const struct dvb_looking *l, const char *strategy, struct dvb_err *err)
{
    const char *given = l->look_given   ? dvb_look_names[l->look]
                        : l->rounds     ? "rounds"
                        : l->lead_given ? "lead"
                                        : NULL;
    if (!given)
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: %s: found '%s', which has a meaning with the provider model "
                    "only: no other is asked",
                    strategy, given);
}

int dvb_looking_open(struct dvb_looking *l, const struct dvb_strategy_settings *settings,
                     struct dvb_err *err)
{
    l->model = settings->look_model;
    return dvb_regions_prompt_load(settings->prompts, &l->prompt, err);
}

void dvb_looking_release(struct dvb_looking *l)
{
    free(l->prompt);
    *l = (struct dvb_looking){ 0 };
}
