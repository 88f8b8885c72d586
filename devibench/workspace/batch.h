/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions that go to a service in batches, at a lower price, and are waited
 * for: written to files that meet the service's limits, handed over, looked at
 * now and then, answered from the results in whatever order these come. What
 * failed or expired goes into another batch, a few times.
 *
 * Nothing is paid for twice, whenever the process is killed. The store knows
 * of a batch, and of the questions in it, before the request that starts it is
 * sent ("sending"), and of the service's id as soon as it comes ("running").
 * Files that were uploaded without a batch cost nothing and expire. A batch
 * that is still "sending" is looked for among the service's: by our token,
 * which OpenAI keeps as metadata and Gemini in the display name; Anthropic
 * keeps none, but its results carry our ids, so that a batch of the right size
 * and time is waited for and looked into. Only when it does not show up until
 * two looks after it was sent are its questions sent again. Results are stored
 * as calls before the batch counts as done; reading them again changes nothing.
 *
 * One thread.
 */
#ifndef DVB_WORKSPACE_BATCH_H
#define DVB_WORKSPACE_BATCH_H

#include "model/client.h"
#include "store/batch.h"
#include "workspace/workspace.h"

struct dvb_batcher;

struct dvb_batcher_settings {
    double poll_s;   /* from one look at a batch to the next */
    int max_requeue; /* further batches for a question that failed in one */
    bool cancel;     /* send nothing; cancel what is under way and take what is done */
};

/* All borrowed until on_reply. */
struct dvb_batch_question {
    const struct dvb_ask *ask; /* of a profile that dvb_batcher_takes */
    int64_t model, prompt;     /* their rows */
    const char *request_hash, *step;
    dvb_on_reply *on_reply; /* as for dvb_client_submit; attempts counts the batches */
    void *user;
};

/* An answer in a batch of an earlier run, to a question that nobody asked in
   this one: it is paid for and worth keeping. */
typedef int dvb_on_stray(void *user, const struct dvb_batch_item *item, int64_t model,
                         const struct dvb_reply *reply, struct dvb_err *err);

int dvb_batcher_open(struct dvb_workspace *ws, const struct dvb_batcher_settings *settings,
                     dvb_on_stray *on_stray, void *user, struct dvb_batcher **batcher,
                     struct dvb_err *err);
/* Batches under way stay so at the service. */
void dvb_batcher_close(struct dvb_batcher **batcher);

/* Whether the profile's questions can go in batches. */
bool dvb_batcher_takes(const struct dvb_profile *p);

/* Add a question: to the open batch that holds it already, or to the next one. */
int dvb_batcher_submit(struct dvb_batcher *b, const struct dvb_batch_question *q,
                       struct dvb_err *err);

/* Until every question has had its reply. A service that fails fails its own
   questions only. */
int dvb_batcher_run(struct dvb_batcher *b, struct dvb_err *err);

#endif
