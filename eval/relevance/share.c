/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Providers that are open, and how many use them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/relevance.h"

struct shared {
    struct shared *next;
    const struct dvb_provider *provider;
    void *state;
    char *settings;
    int users;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static struct shared *list;

static char *settings_text(const struct dvb_provider_settings *s)
{
    json_t *j = dvb_json_pack("[o, o, o, o, o, o, i, I]", dvb_json_str(s->models),
                              dvb_json_str(s->file), dvb_json_str(s->endpoint),
                              dvb_json_str(s->look_model), dvb_json_str(s->prompts),
                              dvb_json_str(s->models_file), s->patch, (json_int_t)s->seed);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static void *take(const struct dvb_provider *p, const char *settings)
{
    void *state = NULL;
    pthread_mutex_lock(&lock);
    for (struct shared *o = list; o && !state; o = o->next)
        if (o->provider == p && !strcmp(o->settings, settings)) {
            o->users++;
            state = o->state;
        }
    pthread_mutex_unlock(&lock);
    return state;
}

/* settings is taken over. */
static void put(const struct dvb_provider *p, void *state, char *settings)
{
    struct shared *o = dvb_calloc(1, sizeof(*o));
    pthread_mutex_lock(&lock);
    *o = (struct shared){ list, p, state, settings, 1 };
    list = o;
    pthread_mutex_unlock(&lock);
}

/* It is opened without the lock, as an opposite opens what it is the opposite of. */
int dvb_provider_open(const struct dvb_provider *p, const struct dvb_provider_settings *s,
                      void **state, struct dvb_err *err)
{
    char *settings = settings_text(s);
    *state = take(p, settings);
    if (*state) {
        free(settings);
        return 0;
    }
    int ret = p->open(s, state, err);
    if (ret)
        free(settings);
    else
        put(p, *state, settings);
    return ret;
}

void dvb_provider_close(const struct dvb_provider *p, void *state)
{
    struct shared **at = &list, *o;
    if (!state)
        return;
    pthread_mutex_lock(&lock);
    while ((*at)->provider != p || (*at)->state != state)
        at = &(*at)->next;
    o = *at;
    bool last = !--o->users;
    if (last)
        *at = o->next;
    pthread_mutex_unlock(&lock);
    if (!last)
        return;
    p->close(state);
    free(o->settings);
    free(o);
}
