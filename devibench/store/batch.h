/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches under way at a service, and which requests are in them; a file of
   queries of the store (store.h). */
#ifndef DVB_STORE_BATCH_H
#define DVB_STORE_BATCH_H

#include "store/store.h"

/* sending: the service may have it, or not; running: it has; done: all that
   came of it is stored; failed: nothing comes of it. The first two are open. */
enum dvb_batch_status {
    DVB_BATCH_SENDING,
    DVB_BATCH_SENT,
    DVB_BATCH_DONE,
    DVB_BATCH_LOST,
};

struct dvb_batch {
    int64_t id;
    char *token; /* key; 16 hex digits */
    int64_t model;
    char *remote; /* the service's id, or NULL */
    enum dvb_batch_status status;
    int64_t sent;             /* Unix time */
    long total, done, failed; /* requests */
    char *message;            /* or NULL */
};
void dvb_batch_release(struct dvb_batch *b);

struct dvb_batch_item {
    int64_t batch;
    int64_t idx;
    char *request_hash;
    char *step;
    int64_t prompt;
};
void dvb_batch_item_release(struct dvb_batch_item *item);

/* A new one; its items follow in the same transaction. */
int dvb_store_add_batch(struct dvb_store *s, const struct dvb_batch *b, int64_t *id,
                        struct dvb_err *err);
int dvb_store_add_batch_item(struct dvb_store *s, const struct dvb_batch_item *item,
                             struct dvb_err *err);
/* remote, status, counts and message of the row with b->id. */
int dvb_store_set_batch(struct dvb_store *s, const struct dvb_batch *b, struct dvb_err *err);
/* Close those of which every request has its answer: a process that was killed
   may have left them open. */
int dvb_store_close_batches(struct dvb_store *s, struct dvb_err *err);
/* Those that are open, oldest first. Heap array; caller releases each and frees. */
int dvb_store_list_batches(struct dvb_store *s, struct dvb_batch **list, size_t *n,
                           struct dvb_err *err);
/* 1 when a batch has that id at the service, else 0. */
int dvb_store_has_batch(struct dvb_store *s, const char *remote, struct dvb_err *err);
/* The newest open batch that holds the request: 1 found, 0 none. */
int dvb_store_find_batch_item(struct dvb_store *s, const char *request_hash,
                              struct dvb_batch_item *item, struct dvb_err *err);
/* 1 found, 0 not there. */
int dvb_store_get_batch_item(struct dvb_store *s, int64_t batch, int64_t idx,
                             struct dvb_batch_item *item, struct dvb_err *err);

#endif
