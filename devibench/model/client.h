/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many questions to many models over one curl multi loop: concurrency and rates
 * per profile (limits.h), timeouts, bounded replies, retries with jittered
 * back-off, large videos uploaded ahead of the questions that need them.
 * One thread drives it; callbacks run on that thread and may submit more.
 */
#ifndef DVB_MODEL_CLIENT_H
#define DVB_MODEL_CLIENT_H

#include "model/wire.h"

struct dvb_client;

struct dvb_client_settings {
    int max_retries;          /* after the first attempt; 5 by default */
    double backoff_s;         /* first wait; doubles, with jitter; 0.5 by default */
    double max_backoff_s;     /* 60 by default */
    double max_hint_s;        /* a service that asks to wait longer is not asked again; 600 by
                                 default */
    double connect_timeout_s; /* 20 by default; a profile's timeout_s bounds the whole */
    double idle_s;            /* no byte moved in either direction, outside the model's thinking;
                                 60 by default */
    size_t max_reply_bytes;   /* 16 MiB by default */
    uint64_t seed;            /* of the jitter */
};
void dvb_client_settings_default(struct dvb_client_settings *s);

int dvb_client_open(const struct dvb_client_settings *settings, struct dvb_client **client,
                    struct dvb_err *err);

/* Called once per submitted question, also for errors. *reply is borrowed.
   A negative return (with err set) stops the loop with that error; questions
   not yet answered are then dropped without a call. */
typedef int dvb_on_reply(void *user, const struct dvb_reply *reply, struct dvb_err *err);

/* Queue a question. The ask and what it points to must live until on_reply.
   The body is built when the request is sent, not now. */
int dvb_client_submit(struct dvb_client *c, const struct dvb_ask *ask, dvb_on_reply *on_reply,
                      void *user, struct dvb_err *err);

/* Drive until nothing is queued or in flight. A model whose key is wrong,
   whose quota is spent, that asks to wait longer than max_hint_s or whose host
   three questions in a row could not reach fails its remaining questions at
   once, with one warning in the log; others go on. Profiles of the same name,
   wire format, URL and model id share one limit. A video is uploaded once for
   all questions to such a profile that need it. */
int dvb_client_run(struct dvb_client *c, struct dvb_err *err);

/* Submit one question and drive until its reply is in, which is a copy: release it in either case.
   A service that fails is a reply, as above. */
int dvb_client_ask(struct dvb_client *c, const struct dvb_ask *ask, struct dvb_reply *reply,
                   struct dvb_err *err);

void dvb_client_close(struct dvb_client **client);

#endif
