/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One HTTP request to a model, from body to judgement. Between client.c,
   attempt.c and judge.c. */
#ifndef DVB_MODEL_ATTEMPT_H
#define DVB_MODEL_ATTEMPT_H

#include <stdbool.h>

#include "model/client.h"
#include "model/http.h"
#include "model/rate_headers.h"
#include "model/upload.h"

struct dvb_attempt {
    struct dvb_http http;
    double hint_s;      /* the service's retry hint, or < 0 */
    long long date;     /* the service's clock (Unix time), or 0 */
    long long retry_at; /* retry-after as a date, or 0 */
    struct dvb_rate_headers rates;
    struct dvb_upload *upload; /* whose request it is; NULL: the question's. Borrowed */
    const char *location_name; /* header that the upload's format wants of the response, or NULL */
    char *location;            /* its value, or NULL */
};

/* True (1) when the question's video is to be uploaded before it is asked: its
   format has an uploader and its body would be longer than that sends inline. */
int dvb_attempt_needs_upload(const struct dvb_ask *ask, struct dvb_err *err);

/* Build the question's request, or the next of *upload if there is one, and the
   handle; private is CURLOPT_PRIVATE. *a is zero before and must not move
   afterwards. Release it in either case. */
int dvb_attempt_open(struct dvb_attempt *a, const struct dvb_ask *ask, struct dvb_upload *upload,
                     const char *key, const struct dvb_client_settings *settings, void *private,
                     struct dvb_err *err);
void dvb_attempt_release(struct dvb_attempt *a);

enum dvb_next {
    DVB_NEXT_DONE,      /* the reply stands, be it an answer or an error */
    DVB_NEXT_RETRY,     /* ask again after wait_s */
    DVB_NEXT_RETRY_FEW, /* the same, but no more than twice: each may cost money */
    DVB_NEXT_STOP,      /* no question to this profile can be answered */
    DVB_NEXT_GO_ON,     /* an upload has moved on */
};

struct dvb_judgement {
    enum dvb_next next;
    double hint_s;    /* the service asks to wait so long, or < 0; for GO_ON >= 0 */
    bool slow_down;   /* 429, 503 or 529: meant for all requests to this profile */
    bool unreachable; /* no connection could be made */
    bool uploaded;    /* GO_ON: the upload's uri can be used */
};

/* What came of it: fills reply (status, text, usage, cost, latency, http_status;
   not attempts) and says what to do next; moves the upload on. The reply is the
   last attempt's: it is released first, and what that was billed for kept in
   reply->lost. */
struct dvb_judgement dvb_attempt_judge(struct dvb_attempt *a, CURLcode rc,
                                       const struct dvb_ask *ask, const char *key,
                                       struct dvb_reply *reply);

/* The same for an answer that came in a batch: HTTP status and body of one
   request; ask needs no more than its profile. */
struct dvb_judgement dvb_answer_judge(int status, const char *body, size_t len,
                                      const struct dvb_ask *ask, const char *key,
                                      struct dvb_reply *reply);

/* Fill reply with an error: "MODEL at URL: ..." */
void dvb_reply_error(struct dvb_reply *reply, const struct dvb_profile *p, const char *key,
                     bool fatal, const char *fmt, ...) DVB_PRINTF(5, 6);

/* Wait of a Retry-After value: seconds or an HTTP date (retry_at). < 0 if neither. */
double dvb_retry_after(const char *value, long long *retry_at);

#endif
