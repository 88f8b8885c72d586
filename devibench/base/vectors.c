/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vectors.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct link { /* as insque has it */
    struct link *next, *prev;
};

struct kept {
    struct link link; /* first */
    char hash[DVB_HASH_LEN + 1];
    size_t bytes;
    float numbers[];
};

struct dvb_vectors {
    pthread_mutex_t lock;
    struct link ring; /* next: the last used; prev: the longest unused */
    void *by_hash;    /* tsearch tree of them */
    size_t bytes, most;
};

static int compare(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return strcmp(x->hash, y->hash);
}

static struct kept *find(const struct dvb_vectors *v, const char *hash)
{
    struct kept want;
    memcpy(want.hash, hash, sizeof(want.hash));
    struct kept *const *found = tfind(&want, &v->by_hash, compare);
    return found ? *found : NULL;
}

static void forget(struct dvb_vectors *v, struct link *link)
{
    struct kept *k = (struct kept *)link;
    tdelete(k, &v->by_hash, compare);
    remque(link);
    v->bytes -= k->bytes;
    free(k);
}

struct dvb_vectors *dvb_vectors_open(size_t bytes)
{
    struct dvb_vectors *v = dvb_calloc(1, sizeof(*v));
    pthread_mutex_init(&v->lock, NULL);
    v->ring.next = v->ring.prev = &v->ring;
    v->most = bytes;
    return v;
}

void dvb_vectors_close(struct dvb_vectors **v)
{
    if (!*v)
        return;
    while ((*v)->ring.next != &(*v)->ring)
        forget(*v, (*v)->ring.next);
    pthread_mutex_destroy(&(*v)->lock);
    free(*v);
    *v = NULL;
}

float *dvb_vectors_get(struct dvb_vectors *v, const char hash[DVB_HASH_LEN + 1], size_t *n)
{
    float *copy = NULL;
    *n = 0;
    pthread_mutex_lock(&v->lock);
    struct kept *k = find(v, hash);
    if (k) {
        remque(&k->link);
        insque(&k->link, &v->ring);
        copy = malloc(k->bytes);
    }
    if (copy) {
        memcpy(copy, k->numbers, k->bytes);
        *n = k->bytes / sizeof(*copy);
    }
    pthread_mutex_unlock(&v->lock);
    return copy;
}

static void add(struct dvb_vectors *v, struct kept *k)
{
    struct kept *old = find(v, k->hash);
    if (old)
        forget(v, &old->link);
    while (v->bytes + k->bytes > v->most)
        forget(v, v->ring.prev);
    if (!tsearch(k, &v->by_hash, compare)) {
        free(k);
        return;
    }
    insque(&k->link, &v->ring);
    v->bytes += k->bytes;
}

void dvb_vectors_put(struct dvb_vectors *v, const char hash[DVB_HASH_LEN + 1], const float *numbers,
                     size_t n)
{
    size_t bytes = n * sizeof(*numbers);
    struct kept *k = bytes <= v->most ? malloc(sizeof(*k) + bytes) : NULL;
    if (!k)
        return;
    memcpy(k->hash, hash, sizeof(k->hash));
    memcpy(k->numbers, numbers, bytes);
    k->bytes = bytes;
    pthread_mutex_lock(&v->lock);
    add(v, k);
    pthread_mutex_unlock(&v->lock);
}
