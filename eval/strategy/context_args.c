/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PROVIDER[:GAMMA[:OPTION...]] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/strategy/context.h"
#include "eval/strategy/options.h"

static int bad(const char *found, const char *expected, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--strategies: context: found '%s', expected %s",
                    found, expected);
}

static int parse_gamma(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    if (dvb_parse_num(text, &c->gamma) && c->gamma >= DVB_GAMMA_LEAST && c->gamma <= DVB_GAMMA_MOST)
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: context: found '%s', expected a gamma from %g to %g after the "
                    "provider",
                    text, DVB_GAMMA_LEAST, DVB_GAMMA_MOST);
}

static int find_word(const char *const *names, const char *word)
{
    int i = 0;
    while (names[i] && strcmp(names[i], word))
        i++;
    return names[i] ? i : -1;
}

static int set_smooth(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    if (dvb_parse_num(text, &c->smooth) && c->smooth >= 0 && c->smooth <= 60)
        return 0;
    return bad(text, "smooth=SECONDS from 0 to 60", err);
}

static int set_size(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    return dvb_sized_parse(text, "context", &c->sized, err);
}

static const struct {
    const char *name;
    int (*set)(const char *text, struct dvb_context *c, struct dvb_err *err);
} options[] = {
    { "smooth=", set_smooth },
    { "size=", set_size },
};

static int parse_option(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    int form = find_word(dvb_form_names, text);
    if (form >= 0)
        c->form = (enum dvb_form)form;
    int taken = form >= 0 ? 1 : dvb_looking_parse(text, "context", &c->looking, err);
    if (taken)
        return taken < 0 ? taken : 0;
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        size_t len = strlen(options[i].name);
        if (!strncmp(text, options[i].name, len))
            return options[i].set(text + len, c, err);
    }
    return bad(text,
               "plain, stretched, box, original, received, smooth=SECONDS, fps=LOOKS, rounds=N, "
               "lead=hold|flat or size=ladder|source|WxH",
               err);
}

static int parse_part(int place, const char *text, struct dvb_context *c, struct dvb_err *err)
{
    if (place == 0) {
        if (!strcmp(text, DVB_LOOK_PROVIDER))
            return 0;
        c->form = DVB_FORM_PLAIN;
        int ret = dvb_provider_find(text, &c->provider, err);
        return ret ? dvb_err_prefix(err, "--strategies: context") : 0;
    }
    return place == 1 ? parse_gamma(text, c, err) : parse_option(text, c, err);
}

/* What options mean together. */
static int settle(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    struct dvb_looking *l = &c->looking;
    bool received = l->look == DVB_LOOK_RECEIVED;
    if (c->provider)
        return dvb_looking_refuse(l, "context", err);
    if (l->rounds && !received)
        return bad(text, "'rounds' with 'received' only", err);
    if (received && l->lead_given && l->lead == DVB_LEAD_HOLD)
        return bad(text, "'lead=hold' with 'original' only", err);
    if (received)
        l->lead = DVB_LEAD_FLAT;
    return 0;
}

int dvb_context_parse(const char *text, struct dvb_context *c, struct dvb_err *err)
{
    *c = (struct dvb_context){ .gamma = DVB_GAMMA,
                               .looking.fps = DVB_LOOK_FPS,
                               .form = DVB_FORM_BOX };
    char *copy = dvb_strdup(text ? text : DVB_LOOK_PROVIDER), *at = copy;
    int ret = dvb_options_once(text, "context", err);
    for (int place = 0; at && !ret; place++) {
        char *end = strchr(at, ':');
        if (end)
            *end++ = '\0';
        ret = parse_part(place, at, c, err);
        at = end;
    }
    free(copy);
    if (ret)
        return ret;
    return settle(text, c, err);
}
