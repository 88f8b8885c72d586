/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a request, and whether to ask again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "model/attempt.h"
#include "model/cost.h"
#include "model/json_text.h"
#include "model/secret.h"
#include "model/service_error.h"

/* HTTP status codes worth another try; every 5xx is too. The rest of 3xx and
   4xx will not change by asking again. */
static const struct {
    long status;
    bool slow_down;
} transient[] = {
    { 408, false }, /* Request Timeout */
    { 409, false }, /* Conflict: services answer so while a model is being loaded */
    { 429, true },  /* Too Many Requests */
    { 503, true },  /* Service Unavailable */
    { 529, true },  /* overloaded */
};

/* What keeps a whole profile from being answered. */
static const struct {
    long status;
    const char *what;
} barred[] = {
    { 401, "the key was not accepted" },
    { 402, "the account cannot pay" },
    { 403, "the key may not be used for this" },
};

/* Faults of the connection. What is not listed (a certificate that does not
   verify, a malformed URL) stays as it is. */
static const struct {
    CURLcode code;
    bool unreachable;
} faults[] = {
    { CURLE_COULDNT_RESOLVE_PROXY, true }, { CURLE_COULDNT_RESOLVE_HOST, true },
    { CURLE_COULDNT_CONNECT, true },       { CURLE_OPERATION_TIMEDOUT, false },
    { CURLE_GOT_NOTHING, false },          { CURLE_SEND_ERROR, false },
    { CURLE_RECV_ERROR, false },           { CURLE_PARTIAL_FILE, false },
    { CURLE_WEIRD_SERVER_REPLY, false },   { CURLE_HTTP2, false },
    { CURLE_HTTP2_STREAM, false },         { CURLE_SSL_CONNECT_ERROR, false },
    { CURLE_UNSUPPORTED_PROTOCOL, false }, /* a garbled status line reads as HTTP/0.9 */
};

void dvb_reply_error(struct dvb_reply *reply, const struct dvb_profile *p, const char *key,
                     bool fatal, const char *fmt, ...)
{
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    char *path = p->wire->path(p);
    char *text = dvb_asprintf("%s at %s%s: %s", p->model, p->base_url, path, what);
    free(path);
    char line[1000];
    dvb_clean_line(line, sizeof(line), text, strlen(text));
    free(text);
    dvb_secret_scrub(line, key);
    free(reply->text);
    reply->text = dvb_strdup(line);
    reply->status = DVB_REPLY_ERROR;
    reply->fatal = fatal;
}

static bool connected(const struct dvb_attempt *a)
{
    double s = 0;
    curl_easy_getinfo(a->http.easy, CURLINFO_CONNECT_TIME, &s);
    return s > 0;
}

static struct dvb_judgement judge_fault(const struct dvb_attempt *a, CURLcode rc,
                                        const struct dvb_ask *ask, const char *key,
                                        struct dvb_reply *reply)
{
    struct dvb_judgement j = { .next = DVB_NEXT_DONE, .hint_s = -1 };
    if (a->http.too_big) {
        dvb_reply_error(reply, ask->profile, key, true, "the reply is larger than %zu bytes",
                        a->http.max);
        return j;
    }
    if (a->http.body_failed) {
        dvb_reply_error(reply, ask->profile, key, true, "%s", a->http.body_err.msg);
        return j;
    }
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        if (faults[i].code == rc) {
            j.next = DVB_NEXT_RETRY;
            j.unreachable = faults[i].unreachable;
        }
    bool fatal = j.next == DVB_NEXT_DONE, timeout = rc == CURLE_OPERATION_TIMEDOUT;
    j.unreachable |= timeout && !connected(a);
    if (timeout && connected(a))
        dvb_reply_error(reply, ask->profile, key, fatal, "no whole reply within %g s",
                        ask->profile->timeout_s);
    else
        dvb_reply_error(reply, ask->profile, key, fatal, "%s",
                        *a->http.curl_says ? a->http.curl_says : curl_easy_strerror(rc));
    return j;
}

/* Unix time by the service's own clock, where it tells it. */
static long long service_time(const struct dvb_attempt *a)
{
    return a->date > 0 ? a->date : (long long)time(NULL);
}

static struct dvb_judgement judge_status(const struct dvb_attempt *a, long status)
{
    struct dvb_judgement j = { .next = DVB_NEXT_DONE, .hint_s = a->hint_s };
    if (a->retry_at) {
        long long now = service_time(a);
        j.hint_s = a->retry_at > now ? (double)(a->retry_at - now) : 0;
    }
    if (status == 429 && j.hint_s < 0) /* no hint, but a limit that is used up */
        j.hint_s = dvb_rate_headers_wait(&a->rates);
    if (status >= 500)
        j.next = DVB_NEXT_RETRY;
    for (size_t i = 0; i < sizeof(transient) / sizeof(*transient); i++)
        if (transient[i].status == status) {
            j.next = DVB_NEXT_RETRY;
            j.slow_down = transient[i].slow_down;
        }
    return j;
}

/* A failing status, or an error object where an answer should be. */
static struct dvb_judgement judge_error(const struct dvb_attempt *a, long status,
                                        const struct dvb_ask *ask, const char *key,
                                        struct dvb_reply *reply)
{
    struct dvb_service_error e;
    char raw[200];
    if (!dvb_service_error_read(a->http.data ? a->http.data : "", a->http.len, &e)) {
        dvb_clean_line(raw, sizeof(raw), a->http.data ? a->http.data : "", a->http.len);
        snprintf(e.message, sizeof(e.message), "%s",
                 *raw                            ? raw
                 : status >= 300 && status < 400 ? "a redirect, which is not followed"
                                                 : "no explanation");
    }
    /* Some services answer 200 and put the true status into the error. */
    long meant = status == 200 ? dvb_service_error_status(&e) : status;
    struct dvb_judgement j = judge_status(a, meant);
    if (status == 200 && meant < 300)
        j.next = DVB_NEXT_RETRY_FEW;
    if (a->hint_s < 0 && !a->retry_at && e.retry_s >= 0)
        j.hint_s = e.retry_s;
    const char *what = NULL;
    for (size_t i = 0; i < sizeof(barred) / sizeof(*barred); i++)
        if (barred[i].status == meant)
            what = barred[i].what;
    if (e.bad_key)
        what = barred[0].what;
    if (dvb_service_error_is_quota(&e))
        what = "the account's quota is spent";
    if (what)
        j.next = DVB_NEXT_STOP;
    bool fatal = j.next == DVB_NEXT_DONE || j.next == DVB_NEXT_STOP;
    dvb_reply_error(reply, ask->profile, key, fatal, "HTTP %ld: %s%s%s", status, what ? what : "",
                    what ? ": " : "", e.message);
    if (dvb_service_error_is_refusal(&e)) {
        j.next = DVB_NEXT_DONE;
        reply->status = DVB_REPLY_REFUSED;
        reply->fatal = false;
    }
    return j;
}

/* For another attempt. What the last one was billed for is not forgotten. */
static void clear_reply(struct dvb_reply *r)
{
    const struct dvb_token_counts lost = { r->lost.in + r->tokens_in,
                                           r->lost.cached + r->tokens_cached,
                                           r->lost.out + r->tokens_out };
    dvb_reply_release(r);
    r->lost = lost;
}

static void set_cost(const struct dvb_profile *p, bool batch, struct dvb_reply *r)
{
    const struct dvb_token_counts all = { r->lost.in + r->tokens_in,
                                          r->lost.cached + r->tokens_cached,
                                          r->lost.out + r->tokens_out };
    r->cost_usd = dvb_cost_usd(p, &all, batch);
}

static struct dvb_judgement judge_answer(const struct dvb_attempt *a, const struct dvb_ask *ask,
                                         const char *key, struct dvb_reply *reply)
{
    struct dvb_err err;
    struct dvb_judgement j = { .next = DVB_NEXT_DONE, .hint_s = -1 };
    const struct dvb_wire *wire = ask->profile->wire;
    int (*parse)(const char *, size_t, struct dvb_reply *,
                 struct dvb_err *) = ask->profile->stream ? wire->parse_events : wire->parse;
    if (!parse(a->http.data ? a->http.data : "", a->http.len, reply, &err)) {
        dvb_secret_scrub_words(reply->text, key);
        dvb_secret_scrub_words(reply->finish, key);
        dvb_secret_scrub_words(reply->usage, key);
        dvb_secret_scrub_words(reply->logprobs, key);
        return j;
    }
    struct dvb_service_error e;
    double latency = reply->latency_s;
    clear_reply(reply);
    reply->http_status = 200;
    reply->latency_s = latency;
    if (dvb_service_error_read(a->http.data ? a->http.data : "", a->http.len, &e))
        return judge_error(a, 200, ask, key, reply);
    char raw[160];
    dvb_clean_line(raw, sizeof(raw), a->http.data ? a->http.data : "", a->http.len);
    dvb_reply_error(reply, ask->profile, key, false, "%s (%zu bytes: %s)", err.msg, a->http.len,
                    raw);
    j.next = DVB_NEXT_RETRY_FEW;
    return j;
}

/* The upload takes the response, or says what is wrong with it. */
static struct dvb_judgement judge_upload(struct dvb_attempt *a, const struct dvb_ask *ask,
                                         const char *key, struct dvb_reply *reply)
{
    struct dvb_judgement j = { .next = DVB_NEXT_GO_ON, .hint_s = 0 };
    struct dvb_upload *u = a->upload;
    const struct dvb_upload_response res = { .data = a->http.data ? a->http.data : "",
                                             .len = a->http.len,
                                             .location = a->location };
    struct dvb_err err;
    u->wait_s = 0;
    if (ask->profile->wire->uploader->response(ask->profile, u, &res, &j.uploaded, &err)) {
        dvb_reply_error(reply, ask->profile, key, false, "%s", err.msg);
        j.next = DVB_NEXT_RETRY_FEW;
        return j;
    }
    j.hint_s = !j.uploaded && u->wait_s > 0 ? u->wait_s : 0;
    return j;
}

static struct dvb_judgement judge(struct dvb_attempt *a, CURLcode rc, const struct dvb_ask *ask,
                                  const char *key, struct dvb_reply *reply)
{
    long status = 0;
    curl_easy_getinfo(a->http.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(a->http.easy, CURLINFO_TOTAL_TIME, &reply->latency_s);
    reply->http_status = (int)status;
    dvb_rate_headers_finish(&a->rates, (double)service_time(a));
    if (rc)
        return judge_fault(a, rc, ask, key, reply);
    if (status < 200 || status >= 300)
        return judge_error(a, status, ask, key, reply);
    if (a->upload)
        return judge_upload(a, ask, key, reply);
    return judge_answer(a, ask, key, reply);
}

struct dvb_judgement dvb_attempt_judge(struct dvb_attempt *a, CURLcode rc,
                                       const struct dvb_ask *ask, const char *key,
                                       struct dvb_reply *reply)
{
    clear_reply(reply);
    struct dvb_judgement j = judge(a, rc, ask, key, reply);
    set_cost(ask->profile, false, reply);
    return j;
}

struct dvb_judgement dvb_answer_judge(int status, const char *body, size_t len,
                                      const struct dvb_ask *ask, const char *key,
                                      struct dvb_reply *reply)
{
    const struct dvb_attempt a = { .http = { .data = (char *)body, .len = len }, .hint_s = -1 };
    clear_reply(reply);
    reply->http_status = status;
    struct dvb_judgement j = status >= 200 && status < 300
                                 ? judge_answer(&a, ask, key, reply)
                                 : judge_error(&a, status, ask, key, reply);
    set_cost(ask->profile, true, reply);
    return j;
}
