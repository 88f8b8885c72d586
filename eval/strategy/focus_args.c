/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PROVIDER[:SHARE[:OPTION...]] of strategies that keep one region. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/strategy/focus.h"
#include "eval/strategy/options.h"

#define LEAST_SHARE 0.01
#define MOST_SHARE 0.95
#define USUAL_FPS 1.0 /* of providers that are not asked */

/* What context takes and a region does not, and why. */
static const struct {
    const char *name;
    bool prefix;
    const char *why;
} meaningless[] = {
    { "plain", false, "a region has no map of quantisers" },
    { "stretched", false, "a region has no map of quantisers" },
    { "box", false, "a region has no map of quantisers" },
    { "gamma=", true, "a region has no map of quantisers" },
    { "smooth=", true, "the region stands still, there is nothing to smooth" },
    { "rounds=", true, "what is received does not follow from where the region is" },
};

static int refuse(const char *text, const struct dvb_focus *f, struct dvb_err *err)
{
    for (size_t i = 0; i < sizeof(meaningless) / sizeof(*meaningless); i++) {
        size_t len = strlen(meaningless[i].name) + !meaningless[i].prefix;
        if (!strncmp(text, meaningless[i].name, len))
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--strategies: %s: '%s' has no meaning here: %s", f->strategy, text,
                            meaningless[i].why);
    }
    return 0;
}

static int parse_option(const char *text, struct dvb_focus *f, struct dvb_err *err)
{
    int ret = refuse(text, f, err);
    if (ret)
        return ret;
    if (!strncmp(text, "size=", 5))
        return dvb_sized_parse(text + 5, f->strategy, &f->sized, err);
    ret = dvb_looking_parse(text, f->strategy, &f->looking, err);
    if (ret)
        return ret < 0 ? ret : 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: %s: found '%s', expected %sfps=FRAMES, lead=hold|flat or "
                    "size=ladder|source|WxH",
                    f->strategy, text, f->blind ? "original, " : "original, received, ");
}

static int parse_share(const char *text, struct dvb_focus *f, struct dvb_err *err)
{
    if (dvb_parse_num(text, &f->share) && f->share >= LEAST_SHARE && f->share <= MOST_SHARE)
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: %s: found '%s', expected a share of the picture from %g to %g "
                    "after the provider",
                    f->strategy, text, LEAST_SHARE, MOST_SHARE);
}

static int parse_provider(const char *text, struct dvb_focus *f, struct dvb_err *err)
{
    if (!strcmp(text, DVB_LOOK_PROVIDER))
        return 0;
    int ret = dvb_provider_find(text, &f->provider, err);
    return ret ? dvb_err_prefix(err, "--strategies: %s", f->strategy) : 0;
}

static int settle(struct dvb_focus *f, struct dvb_err *err)
{
    if (!f->looking.fps_given)
        f->looking.fps = f->provider ? USUAL_FPS : DVB_LOOK_FPS;
    if (f->provider)
        return dvb_looking_refuse(&f->looking, f->strategy, err);
    if (f->blind && f->looking.look == DVB_LOOK_RECEIVED)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--strategies: %s: 'received' has no meaning here: only the region "
                        "arrives, and a look at that would find nothing else",
                        f->strategy);
    return 0;
}

int dvb_focus_parse(const char *args, struct dvb_focus *f, struct dvb_err *err)
{
    static int (*const parts[])(const char *text, struct dvb_focus *f,
                                struct dvb_err *err) = { parse_provider, parse_share };
    char *copy = dvb_strdup(args ? args : "detail"), *at = copy;
    int ret = dvb_options_once(args, f->strategy, err);
    for (int place = 0; at && !ret; place++) {
        char *end = strchr(at, ':');
        if (end)
            *end++ = '\0';
        ret = place < 2 ? parts[place](at, f, err) : parse_option(at, f, err);
        at = end;
    }
    free(copy);
    return ret ? ret : settle(f, err);
}
