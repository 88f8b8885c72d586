/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct dvb_cache_entry {
    char *key;
    struct dvb_reading *reading; /* NULL while it is being made */
    bool failed;
    struct dvb_err failure;
    int held;    /* by users, or waited for */
    size_t size; /* bytes, about */
    unsigned long used;
    struct dvb_cache_entry *next;
};

struct dvb_cache {
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct dvb_cache_entry *entries;
    size_t size, max;
    unsigned long clock;
};

struct dvb_cache *dvb_cache_open(size_t max_bytes)
{
    struct dvb_cache *c = dvb_calloc(1, sizeof(*c));
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->done, NULL);
    c->max = max_bytes;
    return c;
}

static void free_entry(struct dvb_cache_entry *e)
{
    dvb_reading_free(&e->reading);
    free(e->key);
    free(e);
}

void dvb_cache_close(struct dvb_cache **cache)
{
    struct dvb_cache *c = *cache;
    if (!c)
        return;
    for (struct dvb_cache_entry *e = c->entries, *next; e; e = next) {
        next = e->next;
        free_entry(e);
    }
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *cache = NULL;
}

static size_t size_of(const struct dvb_reading *r)
{
    size_t size = sizeof(struct dvb_cache_entry) + sizeof(*r) + (size_t)r->n_frames * sizeof(int);
    for (size_t p = 0; p < r->n_pages; p++) {
        size += sizeof(r->pages[p]) + r->pages[p].cap * sizeof(struct dvb_word);
        for (size_t i = 0; i < r->pages[p].n; i++)
            size += 64; /* two short strings with malloc's overhead */
    }
    return size;
}

/* A failed entry lives on only for those who wait for it. */
static struct dvb_cache_entry *find(struct dvb_cache *c, const char *key)
{
    struct dvb_cache_entry *e = c->entries;
    while (e && (e->failed || strcmp(e->key, key)))
        e = e->next;
    return e;
}

static void unlink_entry(struct dvb_cache *c, struct dvb_cache_entry *e)
{
    struct dvb_cache_entry **at = &c->entries;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    c->size -= e->size;
    free_entry(e);
}

static void make_room(struct dvb_cache *c)
{
    while (c->size > c->max) {
        struct dvb_cache_entry *oldest = NULL;
        for (struct dvb_cache_entry *e = c->entries; e; e = e->next)
            if (!e->held && (!oldest || e->used < oldest->used))
                oldest = e;
        if (!oldest)
            return;
        unlink_entry(c, oldest);
    }
}

enum dvb_cache_state dvb_cache_get(struct dvb_cache *c, const char *key,
                                   struct dvb_cache_entry **entry)
{
    enum dvb_cache_state state = DVB_CACHE_MINE;
    pthread_mutex_lock(&c->lock);
    struct dvb_cache_entry *e = find(c, key);
    if (e) {
        state = e->reading ? DVB_CACHE_READY : DVB_CACHE_BUSY;
    } else {
        e = dvb_calloc(1, sizeof(*e));
        e->key = dvb_strdup(key);
        e->next = c->entries;
        c->entries = e;
    }
    e->held++;
    e->used = ++c->clock;
    pthread_mutex_unlock(&c->lock);
    *entry = e;
    return state;
}

int dvb_cache_wait(struct dvb_cache *c, struct dvb_cache_entry *entry,
                   const struct dvb_reading **reading, struct dvb_err *err)
{
    pthread_mutex_lock(&c->lock);
    while (!entry->reading && !entry->failed)
        pthread_cond_wait(&c->done, &c->lock);
    *reading = entry->reading;
    if (entry->failed && err)
        *err = entry->failure;
    int ret = entry->failed ? -entry->failure.code : 0;
    pthread_mutex_unlock(&c->lock);
    return ret;
}

void dvb_cache_put(struct dvb_cache *c, struct dvb_cache_entry *entry, struct dvb_reading *reading,
                   const struct dvb_err *failure)
{
    pthread_mutex_lock(&c->lock);
    if (reading) {
        entry->reading = reading;
        entry->size = size_of(reading);
        c->size += entry->size;
        make_room(c);
    } else {
        entry->failed = true;
        entry->failure = *failure;
    }
    pthread_cond_broadcast(&c->done);
    pthread_mutex_unlock(&c->lock);
}

void dvb_cache_release(struct dvb_cache *c, struct dvb_cache_entry **entry)
{
    if (!*entry)
        return;
    pthread_mutex_lock(&c->lock);
    if (!--(*entry)->held && (*entry)->failed)
        unlink_entry(c, *entry);
    make_room(c);
    pthread_mutex_unlock(&c->lock);
    *entry = NULL;
}
