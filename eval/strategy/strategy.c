/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/strategy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "workspace/rendition.h"

const struct dvb_strategy *const dvb_strategies[] = {
    &dvb_strategy_uniform, &dvb_strategy_flat,      &dvb_strategy_context, &dvb_strategy_crop,
    &dvb_strategy_layers,  &dvb_strategy_framerate, &dvb_strategy_wait,    NULL,
};

static void list_names(char *buf, size_t size)
{
    buf[0] = '\0';
    for (const struct dvb_strategy *const *s = dvb_strategies; *s; s++) {
        if (*buf)
            strncat(buf, ", ", size - strlen(buf) - 1);
        strncat(buf, (*s)->usage ? (*s)->usage : (*s)->name, size - strlen(buf) - 1);
    }
}

static const struct dvb_strategy *find(const char *name, size_t len)
{
    for (const struct dvb_strategy *const *s = dvb_strategies; *s; s++)
        if (strlen((*s)->name) == len && !strncmp((*s)->name, name, len))
            return *s;
    return NULL;
}

int dvb_strategy_open(const char *text, const struct dvb_strategy_settings *settings,
                      struct dvb_used_strategy *out, struct dvb_err *err)
{
    char names[1024];
    size_t len = strcspn(text, ":");
    const char *args = text[len] ? text + len + 1 : NULL;
    const struct dvb_strategy *kind = find(text, len);
    *out = (struct dvb_used_strategy){ 0 };
    list_names(names, sizeof(names));
    if (!kind)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--strategies: found '%s', expected some of %s", text, names);
    if (args && !kind->open)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--strategies: found '%s', but %s takes nothing after its name", text,
                        kind->name);
    *out = (struct dvb_used_strategy){ .kind = kind,
                                       .given = dvb_strdup(text),
                                       .name = dvb_strdup(text) };
    int ret = kind->open ? kind->open(out, args, settings, err) : 0;
    if (ret) {
        free(out->given);
        free(out->name);
        *out = (struct dvb_used_strategy){ 0 };
    }
    return ret;
}

void dvb_strategy_close(struct dvb_used_strategy *s)
{
    if (s->kind && s->kind->close)
        s->kind->close(s->state);
    free(s->given);
    free(s->name);
    *s = (struct dvb_used_strategy){ 0 };
}

void dvb_strategy_tell(struct dvb_used_strategy *s, const char *how, const char *what)
{
    char *name = dvb_asprintf("%s%s%s", s->name, how, what);
    free(s->name);
    s->name = name;
}

void dvb_strategy_tell_provider(struct dvb_used_strategy *s, const struct dvb_provider *provider,
                                const struct dvb_strategy_settings *settings)
{
    if (provider) {
        char *told = dvb_provider_told(provider, &settings->provider);
        dvb_strategy_tell(s, "", told);
        free(told);
    } else if (settings->look_model) {
        dvb_strategy_tell(s, " by ", dvb_profile_label(settings->look_model->profile));
    }
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
