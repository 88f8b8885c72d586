/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the batch files of this room: batch.c (questions and lanes),
   batch_send.c (into batches), batch_take.c (out of them). */
#ifndef DVB_WORKSPACE_BATCH_INTERNAL_H
#define DVB_WORKSPACE_BATCH_INTERNAL_H

#include "model/batch.h"
#include "workspace/batch.h"

#define DVB_BATCH_BUCKETS 4096 /* by the first three digits of the request hash */

/* Times in a row that a service may refuse the smallest batch; that it may lose one. */
enum { DVB_BATCH_REFUSALS = 20, DVB_BATCH_LOSSES = 5 };

struct dvb_batch_lane;

/* A batch under way. */
struct dvb_batch_job {
    struct dvb_batch row;
    struct dvb_batch_lane *lane; /* NULL: of a model that is not in use */
    double due;                  /* of the next look */
    int misses;                  /* looks in a row that told nothing */
    bool cancelled;
    struct dvb_batch_job *next;
};

struct dvb_batch_waiting {
    struct dvb_batch_question q;
    struct dvb_batch_lane *lane;
    struct dvb_batch_job *job;        /* NULL: in the lane's queue */
    int tries;                        /* batches that it has been in */
    struct dvb_token_counts lost;     /* billed in these, without an answer */
    struct dvb_batch_waiting *next;   /* of the bucket */
    struct dvb_batch_waiting *behind; /* in the queue */
};

/* All that goes to one model. */
struct dvb_batch_lane {
    struct dvb_profile profile; /* not streamed; strings are the asker's */
    const struct dvb_profile *whose;
    struct dvb_service service;
    char *key;
    struct dvb_batch_waiting *first, *last; /* the queue */
    long max_requests;                      /* less than the profile's after a refusal */
    bool held;    /* the service has enough of us: until one of our batches has ended */
    int refusals; /* in a row, of a batch that was alone */
    double not_before;
    bool stopped, fatal;
    char *why; /* of stopped */
    struct dvb_batch_lane *next;
};

struct dvb_batcher {
    struct dvb_workspace *ws;
    struct dvb_batcher_settings settings;
    dvb_on_stray *on_stray;
    void *user;
    char *dir; /* for files under way */
    struct dvb_batch_lane *lanes;
    struct dvb_batch_job *jobs;
    struct dvb_batch_waiting *table[DVB_BATCH_BUCKETS];
    long waiting;
    bool told; /* that it may take long */
};

/* batch.c */
void dvb_batch_enqueue(struct dvb_batch_waiting *w);
struct dvb_batch_waiting *dvb_batch_dequeue(struct dvb_batch_lane *lane);
/* Who waits for this request in that job; NULL: nobody. */
struct dvb_batch_waiting *dvb_batch_waiting_for(struct dvb_batcher *b, const char *request_hash,
                                                const struct dvb_batch_job *job);
/* Hand over the reply; w is gone then. */
int dvb_batch_finish(struct dvb_batcher *b, struct dvb_batch_waiting *w,
                     const struct dvb_reply *reply, struct dvb_err *err);
/* No more batches to this model; the questions are failed by the run loop. */
void dvb_batch_lane_stop(struct dvb_batch_lane *lane, bool fatal, const char *fmt, ...)
    DVB_PRINTF(3, 4);
/* The service does not take a batch of n now. */
void dvb_batch_lane_full(struct dvb_batcher *b, struct dvb_batch_lane *lane, long n,
                         const char *why);
/* It refused, or did not get, a batch that it should have taken; most: so often in a row. */
void dvb_batch_lane_refused(struct dvb_batch_lane *lane, int most, const char *why);
/* Say once that it may take long. */
void dvb_batcher_tell(struct dvb_batcher *b);
/* Whether a batch of the lane is under way. */
bool dvb_batch_lane_busy(const struct dvb_batcher *b, const struct dvb_batch_lane *lane);
/* Put all that the job's questions wait for back into the queue, or, where they
   have been in enough batches, fail them with why. counts: this one counts. */
int dvb_batch_job_requeue(struct dvb_batcher *b, struct dvb_batch_job *job, bool counts,
                          const char *why, struct dvb_err *err);
/* Store the row and, when it is no longer open, forget the job. */
int dvb_batch_job_set(struct dvb_batcher *b, struct dvb_batch_job *job,
                      enum dvb_batch_status status, const char *message, struct dvb_err *err);

/* batch_send.c: one batch out of the head of the queue. */
int dvb_batch_lane_send(struct dvb_batcher *b, struct dvb_batch_lane *lane, struct dvb_err *err);

/* batch_take.c: a look at a batch, and what follows from it. */
int dvb_batch_job_visit(struct dvb_batcher *b, struct dvb_batch_job *job, struct dvb_err *err);

#endif
