/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asking models on behalf of a workspace: an identical question is asked once
 * and answered from the store ever after, every reply is stored before it is
 * used, and only so many questions are held in memory at once. Answers that
 * come in batches (batch.h) go the same way.
 *
 * One thread. The request hash covers wire format, endpoint, model, every
 * parameter of the profile that an answer depends on (dvb_profile_identity),
 * prompt, schema, and the content and number of the pictures, or the content
 * of the video, that is sent. It does not cover prices, limits and timeouts.
 */
#ifndef DVB_WORKSPACE_ASK_H
#define DVB_WORKSPACE_ASK_H

#include "model/client.h"
#include "model/profile.h"
#include "workspace/batch.h"
#include "workspace/plan.h"
#include "workspace/workspace.h"

struct dvb_asker;

/* A model in use: its profile and its row in the store. Owned by the asker. */
struct dvb_used_model {
    struct dvb_profile *profile;
    int64_t id;
};

/* Where answers may come from. */
enum dvb_ask_mode {
    DVB_ASK_ONCE,    /* from the store; what it does not have is asked */
    DVB_ASK_REFRESH, /* asked anew, each distinct question once per asker. An older answer keeps
                        its row, and with it the verdicts and questions that rest on it; the new
                        one takes its place only when it is in (dvb_store_supersede_call) */
    DVB_ASK_OFFLINE, /* from the store only: nothing is sent, no key is needed */
};

struct dvb_asker_settings {
    uint64_t seed; /* of the client's jitter */
    enum dvb_ask_mode mode;
    bool batch; /* in batches, where the service has them and the profile does not say no */
    struct dvb_batcher_settings batches;
    double max_cost_usd; /* of all that this asker sends; 0: no limit. budget.h says what holds */
    bool dry; /* nothing is sent: what would be is counted (dvb_asker_plans) and not answered */
};

struct dvb_ask_counts {
    long made;       /* answers that came over the wire in this run */
    long cached;     /* answers that were there already, or came for an identical question */
    long failed;     /* no answer; asked again next time */
    long missing;    /* offline: not in the store, and not asked */
    long unasked;    /* not sent, since the limit on cost does not allow for it */
    double next_usd; /* the most that the first of those could have cost */
    double cost_usd; /* of this run */
};

/* One question to one model about one rendition. */
struct dvb_asking {
    const struct dvb_used_model *model;
    const char *step;        /* of the call's row; static */
    const char *prompt_name; /* static */
    char *prompt;            /* filled text; taken over */
    int64_t rendition;       /* whose frames or video are sent; 0: words only */
    const json_t *schema;    /* borrowed until the answer; may be NULL */
    const char *schema_name; /* static */
    int64_t tag;             /* handed back with the answer */
    long
        expect_out; /* tokens that an answer has where the store has none to go by; 0: max_tokens */
    const char *about; /* for messages: the question in words, or NULL; borrowed as schema */
};

/* Where questions come from and where answers go. Both are called within a
   transaction of the store. A negative return with err set stops; the asker
   can then only be closed. */
struct dvb_ask_source {
    /* Fill *a with the next question: 1; none left: 0. */
    int (*next)(void *user, struct dvb_asking *a, struct dvb_err *err);
    /* call->status is ok, refused or unparsed; failures and misses are only counted. The
       answer is in the store already. May set the status (dvb_store_set_call_status). */
    int (*answer)(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err);
    /* There is no answer, since the call failed, or was not made: offline, or for its cost. In
       a dry run nothing is told. May be NULL. */
    void (*failed)(void *user, const struct dvb_asking *a, const char *why);
    void *user;
    const char *what; /* for progress */
    long total;       /* expected number of questions */
};

int dvb_asker_open(struct dvb_workspace *ws, const struct dvb_asker_settings *settings,
                   struct dvb_asker **asker, struct dvb_err *err);
void dvb_asker_close(struct dvb_asker **asker);

/* Find a profile and put the model into the store; the same name twice gives the
   same. Offline, a name that no profile has is looked up in the store: the newest
   model of that name, such as imported calls bring along. */
int dvb_asker_model(struct dvb_asker *asker, const char *name, const char *models_file,
                    const struct dvb_used_model **model, struct dvb_err *err);

/* Ask everything the source gives. A limit on cost that is reached is no error: nothing new is
   sent, now and in later runs of this asker; what is on its way is waited for and stored; what
   the store has is still handed over. */
int dvb_asker_run(struct dvb_asker *asker, const struct dvb_ask_source *source,
                  struct dvb_err *err);

struct dvb_ask_counts dvb_asker_counts(const struct dvb_asker *asker);
/* Of a dry asker; the caller may add to them. */
struct dvb_plans *dvb_asker_plans(struct dvb_asker *asker);
/* What a question would be. Nothing is taken over. */
int dvb_asker_quote(struct dvb_asker *asker, const struct dvb_asking *asking,
                    struct dvb_estimate *estimate, struct dvb_err *err);
/* The message of the last failure, or "" . */
const char *dvb_asker_last_failure(const struct dvb_asker *asker);
/* Which answer was missing first, and why it may be: step, model, clip, question; or "". */
const char *dvb_asker_first_missing(const struct dvb_asker *asker);

#endif
