/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

struct tally {
    char *model;
    long requests, in_flight, max_in_flight;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally all, *models;
static size_t n_models;
static long connections;

static void enter(struct tally *t)
{
    t->requests++;
    if (++t->in_flight > t->max_in_flight)
        t->max_in_flight = t->in_flight;
}

void fake_tally_enter(void)
{
    pthread_mutex_lock(&lock);
    enter(&all);
    pthread_mutex_unlock(&lock);
}

void fake_tally_leave(void)
{
    pthread_mutex_lock(&lock);
    all.in_flight--;
    pthread_mutex_unlock(&lock);
}

size_t fake_tally_enter_model(const char *model)
{
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < n_models && strcmp(models[i].model, model))
        i++;
    if (i == n_models) {
        models = dvb_realloc(models, ++n_models, sizeof(*models));
        models[i] = (struct tally){ .model = dvb_strdup(model) };
    }
    enter(&models[i]);
    pthread_mutex_unlock(&lock);
    return i + 1;
}

void fake_tally_leave_model(size_t tally)
{
    pthread_mutex_lock(&lock);
    models[tally - 1].in_flight--;
    pthread_mutex_unlock(&lock);
}

void fake_tally_connection(void)
{
    pthread_mutex_lock(&lock);
    connections++;
    pthread_mutex_unlock(&lock);
}

static json_t *to_json(const struct tally *t)
{
    return dvb_json_pack("{s:i, s:i}", "requests", (int)t->requests, "max_in_flight",
                         (int)t->max_in_flight);
}

json_t *fake_tally_json(void)
{
    pthread_mutex_lock(&lock);
    json_t *by_model = json_object(), *whole = to_json(&all);
    for (size_t i = 0; i < n_models; i++)
        json_object_set_new(by_model, models[i].model, to_json(&models[i]));
    json_object_set_new(whole, "connections", json_integer(connections));
    json_object_set_new(whole, "models", by_model);
    pthread_mutex_unlock(&lock);
    return whole;
}

void fake_tally_free(void)
{
    for (size_t i = 0; i < n_models; i++)
        free(models[i].model);
    free(models);
    models = NULL;
    n_models = 0;
}
