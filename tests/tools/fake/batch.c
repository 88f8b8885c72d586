/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/batch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/tools/fake/check.h"
#include "tests/tools/fake/script.h"

#define MOST 4096

static struct fake_batch *batches[MOST];
static size_t n_batches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct fake_format *format_of(const char *path)
{
    for (const struct fake_format *const *f = fake_formats; *f; f++)
        for (const struct fake_route *r = (*f)->routes; r->method; r++)
            if (!r->serve && !strcmp(r->path, path))
                return *f;
    return NULL;
}

/* One question, answered in c and taken from it. */
static void ask(struct fake_call *c, const json_t *request, struct fake_result *r)
{
    fake_ask(c, json_object_get(request, "body"));
    r->id = dvb_strdup(dvb_json_get_str(request, "id"));
    r->status = (int)c->status;
    r->body = json_loads(c->text ? c->text : "", 0, NULL);
    if (!r->body)
        r->body = dvb_json_pack("{s:s}", "raw", c->text ? c->text : "");
    free(c->text);
    c->text = NULL;
    json_object_clear(c->headers);
}

static void shuffle(struct fake_batch *b)
{
    struct dvb_rng rng;
    dvb_rng_init(&rng, n_batches, "batch");
    for (size_t i = b->n; i > 1; i--) {
        size_t k = (size_t)dvb_rng_below(&rng, (uint32_t)i);
        struct fake_result r = b->results[i - 1];
        b->results[i - 1] = b->results[k];
        b->results[k] = r;
    }
}

static void ask_all(struct fake_call *c, const struct fake_format *format, const json_t *requests,
                    struct fake_batch *b)
{
    const struct fake_format *own = c->format;
    bool none = !strcmp(b->how, "fail") || !strcmp(b->how, "full");
    b->n = none ? 0 : json_array_size(requests);
    b->results = dvb_calloc(b->n + 1, sizeof(*b->results));
    c->format = format;
    for (size_t i = 0; i < b->n; i++) {
        const json_t *request = json_array_get(requests, i);
        if (strcmp(b->how, "expire") || i % 2 == 0) {
            ask(c, request, &b->results[i]);
        } else {
            b->results[i].id = dvb_strdup(dvb_json_get_str(request, "id"));
        }
    }
    c->format = own;
    c->status = 200;
    c->type = NULL;
}

struct fake_batch *fake_batch_make(struct fake_call *c, const char *path, const json_t *requests,
                                   const char *label, const char *input)
{
    struct fake_request which = { .model = (char *)"@batch" };
    const json_t *reply = fake_script_pick(fake_scene.script, &which);
    const json_t *error = json_object_get(reply, "error");
    const char *how = dvb_json_get_str(reply, "text");
    if (error) { /* not even made */
        unsigned status = (unsigned)dvb_json_get_num(reply, "status", 400);
        fake_reply_json(c, status,
                        c->format->error(status, "", dvb_json_get_str(error, "message"), error));
        return NULL;
    }
    pthread_mutex_lock(&lock);
    struct fake_batch *b = n_batches < MOST ? dvb_calloc(1, sizeof(*b)) : NULL;
    if (b) {
        snprintf(b->id, sizeof(b->id), "b%zu", n_batches);
        b->how = dvb_strdup(how ? how : "ok");
        b->label = dvb_strdup(label);
        b->input = dvb_strdup(input);
        b->created = (long)time(NULL);
        ask_all(c, format_of(path), requests, b);
        shuffle(b);
        batches[n_batches++] = b;
        c->faults = reply;
    }
    pthread_mutex_unlock(&lock);
    if (!b)
        fake_reply_error(c, 429, "invalid_value", "Too many batches.");
    return b;
}

struct fake_batch *fake_batch_get(const char *id, bool looked)
{
    size_t i = id[0] == 'b' ? strtoul(id + 1, NULL, 10) : MOST;
    pthread_mutex_lock(&lock);
    struct fake_batch *b = i < n_batches && !strcmp(batches[i]->id, id) ? batches[i] : NULL;
    if (b)
        b->looks += looked;
    pthread_mutex_unlock(&lock);
    return b;
}

struct fake_batch *fake_batch_at(size_t i)
{
    pthread_mutex_lock(&lock);
    struct fake_batch *b = i < n_batches ? batches[n_batches - 1 - i] : NULL;
    pthread_mutex_unlock(&lock);
    return b;
}

bool fake_batch_is(const struct fake_batch *b, const char *how)
{
    return !strcmp(b->how, how);
}

bool fake_batch_ended(const struct fake_batch *b)
{
    return b->cancelled || b->looks > (fake_batch_is(b, "slow") ? 5 : 1);
}

void fake_batch_count(const struct fake_batch *b, int *done, int *failed, int *undone)
{
    *done = *failed = *undone = 0;
    for (size_t i = 0; i < b->n; i++) {
        int status = b->results[i].status;
        ++*(!status ? undone : status < 300 ? done : failed);
    }
}

static void put_line(char **text, const struct fake_batch *b, size_t i,
                     json_t *(*write)(const struct fake_result *r))
{
    json_t *row = write(&b->results[i]);
    char *line = row ? dvb_json_canon(row) : NULL;
    json_decref(row);
    if (!line || (i % 3 == 0 && fake_batch_is(b, "missing"))) {
        free(line);
        return;
    }
    if (i % 3 == 0 && fake_batch_is(b, "damage"))
        line[strlen(line) / 2] = '\0';
    for (int times = fake_batch_is(b, "doubled") ? 2 : 1; times > 0; times--) {
        fake_append(text, line);
        fake_append(text, "\n");
    }
    free(line);
}

char *fake_batch_file(const struct fake_batch *b, json_t *(*write)(const struct fake_result *r))
{
    char *text = dvb_strdup("");
    for (size_t i = 0; i < b->n; i++)
        put_line(&text, b, i, write);
    return text;
}

json_t *fake_batch_lines(const char *text, size_t *bad)
{
    json_t *list = json_array();
    for (*bad = 1; *text; ++*bad) {
        size_t n = strcspn(text, "\n");
        json_t *line = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(line)) {
            json_decref(line);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, line);
        text += n + (text[n] == '\n');
    }
    return list;
}

const char *fake_batch_when(long t)
{
    static _Thread_local char text[40];
    time_t when = (time_t)t;
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}
