/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/client.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/attempt.h"

#define POLL_S 0.25   /* how often idle transfers are looked for */
#define FEW 2         /* retries where each may cost money */
#define UNREACHABLE 3 /* questions in a row that could not be delivered */

struct job {
    const struct dvb_ask *ask;
    dvb_on_reply *on_reply;
    void *user;
    struct lane *lane;
    struct job *next;
    int attempts;
    double not_before; /* of the next attempt */
    struct dvb_attempt attempt;
    struct dvb_reply reply; /* of the last attempt */
};

/* Jobs in a row. */
struct row {
    struct job *first, *last;
};

/* All questions to one profile. */
struct lane {
    char *name;
    char *key;
    int limit;
    int taken; /* of limit: in flight, or waiting for another try. A service in trouble is not
                  asked one fresh question after the other meanwhile */
    struct row fresh, again, flying;
    double paused_until; /* the service asked all of us to wait */
    bool stopped, fatal;
    char *why; /* of stopped */
    int undelivered;
};

struct dvb_client {
    struct dvb_client_settings settings;
    CURLM *multi;
    struct dvb_rng rng;
    struct lane **lanes;
    size_t n_lanes, cap_lanes;
    long open; /* submitted and not yet answered */
    bool running;
};

void dvb_client_settings_default(struct dvb_client_settings *s)
{
    *s = (struct dvb_client_settings){ .max_retries = 5,
                                       .backoff_s = 0.5,
                                       .max_backoff_s = 60,
                                       .connect_timeout_s = 20,
                                       .idle_s = 60,
                                       .max_reply_bytes = (size_t)16 << 20,
                                       .seed = 1 };
}

int dvb_client_open(const struct dvb_client_settings *settings, struct dvb_client **client,
                    struct dvb_err *err)
{
    *client = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "libcurl cannot be started");
    struct dvb_client *c = dvb_calloc(1, sizeof(*c));
    c->settings = *settings;
    c->multi = curl_multi_init();
    dvb_rng_init(&c->rng, settings->seed, "client");
    if (!c->multi) {
        dvb_client_close(&c);
        return dvb_fail_nomem(err);
    }
    *client = c;
    return 0;
}

static void append(struct row *row, struct job *job)
{
    job->next = NULL;
    if (row->last)
        row->last->next = job;
    else
        row->first = job;
    row->last = job;
}

/* By time, so that the first is due first. */
static void insert(struct row *row, struct job *job)
{
    struct job **at = &row->first;
    while (*at && (*at)->not_before <= job->not_before)
        at = &(*at)->next;
    job->next = *at;
    *at = job;
    if (!job->next)
        row->last = job;
}

static void unlink_job(struct row *row, struct job *job)
{
    struct job **at = &row->first, *before = NULL;
    while (*at != job) {
        before = *at;
        at = &(*at)->next;
    }
    *at = job->next;
    if (row->last == job)
        row->last = before;
}

static struct job *pop(struct row *row)
{
    struct job *job = row->first;
    if (job)
        unlink_job(row, job);
    return job;
}

static void free_job(struct dvb_client *c, struct job *job)
{
    if (job->attempt.http.easy)
        curl_multi_remove_handle(c->multi, job->attempt.http.easy);
    dvb_attempt_release(&job->attempt);
    dvb_reply_release(&job->reply);
    free(job);
    c->open--;
}

static void drop_all(struct dvb_client *c)
{
    for (size_t i = 0; i < c->n_lanes; i++) {
        struct lane *l = c->lanes[i];
        struct row *rows[] = { &l->fresh, &l->again, &l->flying };
        for (size_t r = 0; r < 3; r++)
            for (struct job *job; (job = pop(rows[r]));)
                free_job(c, job);
        l->taken = 0;
    }
}

void dvb_client_close(struct dvb_client **client)
{
    struct dvb_client *c = *client;
    if (!c)
        return;
    drop_all(c);
    for (size_t i = 0; i < c->n_lanes; i++) {
        free(c->lanes[i]->name);
        free(c->lanes[i]->key);
        free(c->lanes[i]->why);
        free(c->lanes[i]);
    }
    free(c->lanes);
    curl_multi_cleanup(c->multi);
    curl_global_cleanup();
    free(c);
    *client = NULL;
}

static void stop_lane(struct lane *l, bool fatal, const char *why)
{
    if (l->stopped)
        return;
    l->stopped = true;
    l->fatal = fatal;
    l->why = dvb_strdup(why);
    dvb_warn("no more questions are sent to this model: %s", why);
}

static struct lane *lane_of(struct dvb_client *c, const struct dvb_profile *p)
{
    char *name = dvb_asprintf("%s\n%s\n%s\n%s", p->name, p->wire->name, p->base_url, p->model);
    for (size_t i = 0; i < c->n_lanes; i++)
        if (!strcmp(c->lanes[i]->name, name)) {
            free(name);
            return c->lanes[i];
        }
    struct lane *l = dvb_calloc(1, sizeof(*l));
    struct dvb_err err;
    l->name = name;
    l->limit = p->concurrency > 0 ? p->concurrency : 1;
    c->lanes = dvb_grow(c->lanes, c->n_lanes, &c->cap_lanes, sizeof(*c->lanes));
    c->lanes[c->n_lanes++] = l;
    if (dvb_profile_key(p, &l->key, &err))
        stop_lane(l, true, err.msg);
    return l;
}

int dvb_client_submit(struct dvb_client *c, const struct dvb_ask *ask, dvb_on_reply *on_reply,
                      void *user, struct dvb_err *err)
{
    (void)err;
    struct job *job = dvb_calloc(1, sizeof(*job));
    job->ask = ask;
    job->on_reply = on_reply;
    job->user = user;
    job->lane = lane_of(c, ask->profile);
    append(&job->lane->fresh, job);
    c->open++;
    return 0;
}

/* Hand over the reply; the job is in no row any more. */
static int finish(struct dvb_client *c, struct job *job, struct dvb_err *err)
{
    job->lane->taken -= job->attempts > 0;
    job->reply.attempts = job->attempts;
    int ret = job->on_reply(job->user, &job->reply, err);
    free_job(c, job);
    return ret;
}

static int refuse(struct dvb_client *c, struct job *job, struct dvb_err *err)
{
    const struct lane *l = job->lane;
    free(job->reply.text);
    job->reply.text = dvb_asprintf("not asked%s: %s", job->attempts ? " again" : "", l->why);
    job->reply.status = DVB_REPLY_ERROR;
    job->reply.fatal = l->fatal;
    return finish(c, job, err);
}

static int start(struct dvb_client *c, struct job *job, struct dvb_err *err)
{
    struct lane *l = job->lane;
    struct dvb_err why;
    int ret = dvb_attempt_open(&job->attempt, job->ask, l->key, &c->settings, job, &why);
    if (!ret && curl_multi_add_handle(c->multi, job->attempt.http.easy))
        ret = dvb_fail(&why, DVB_FAULT_INTERNAL, EIO, "libcurl takes no more requests");
    if (ret) { /* a file that cannot be read, most likely */
        dvb_attempt_release(&job->attempt);
        dvb_reply_error(&job->reply, job->ask->profile, l->key, true, "not asked: %s", why.msg);
        return finish(c, job, err);
    }
    l->taken += !job->attempts++;
    append(&l->flying, job);
    return 0;
}

/* The next job of a lane that may start now, or NULL. */
static struct job *next_ready(struct lane *l, double now)
{
    if (l->stopped)
        return l->again.first ? pop(&l->again) : pop(&l->fresh);
    if (now < l->paused_until)
        return NULL;
    if (l->again.first && l->again.first->not_before <= now)
        return pop(&l->again);
    return l->taken < l->limit ? pop(&l->fresh) : NULL;
}

static int start_ready(struct dvb_client *c, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < c->n_lanes; i++)
        for (struct job *job; !ret && (job = next_ready(c->lanes[i], dvb_now()));)
            ret = job->lane->stopped ? refuse(c, job, err) : start(c, job, err);
    return ret;
}

/* 0.5 s * 2^n, of which a random half; or what the service asks for, and a
   little more, so that not all come back at the same moment. */
static double wait_of(struct dvb_client *c, const struct job *job, double hint_s)
{
    const struct dvb_client_settings *s = &c->settings;
    double wait = hint_s, u = dvb_rng_unit(&c->rng);
    if (hint_s >= 0)
        wait *= 1 + 0.1 * u;
    else
        wait = ldexp(s->backoff_s, job->attempts < 32 ? job->attempts - 1 : 31) * (0.5 + 0.5 * u);
    return wait < s->max_backoff_s ? wait : s->max_backoff_s;
}

static void retry_later(struct dvb_client *c, struct job *job, const struct dvb_judgement *j)
{
    struct lane *l = job->lane;
    double wait = wait_of(c, job, j->hint_s);
    job->not_before = dvb_now() + wait;
    if (j->slow_down && j->hint_s >= 0 && job->not_before > l->paused_until)
        l->paused_until = job->not_before;
    dvb_debug("attempt %d of %d failed, again in %.2f s: %s", job->attempts,
              c->settings.max_retries + 1, wait, job->reply.text);
    curl_multi_remove_handle(c->multi, job->attempt.http.easy);
    dvb_attempt_release(&job->attempt);
    insert(&l->again, job);
}

static void note_delivery(struct lane *l, const struct dvb_judgement *j,
                          const struct dvb_reply *reply)
{
    l->undelivered = j->unreachable ? l->undelivered + 1 : 0;
    if (j->next == DVB_NEXT_STOP)
        stop_lane(l, true, reply->text);
    else if (l->undelivered >= UNREACHABLE)
        stop_lane(l, false, reply->text);
}

static int land(struct dvb_client *c, struct job *job, CURLcode rc, struct dvb_err *err)
{
    struct lane *l = job->lane;
    unlink_job(&l->flying, job);
    struct dvb_judgement j = dvb_attempt_judge(&job->attempt, rc, job->ask, l->key, &job->reply);
    int retries = j.next == DVB_NEXT_RETRY       ? c->settings.max_retries
                  : j.next == DVB_NEXT_RETRY_FEW ? FEW
                                                 : 0;
    if (retries > c->settings.max_retries)
        retries = c->settings.max_retries;
    if (job->attempts <= retries && !l->stopped) {
        retry_later(c, job, &j);
        return 0;
    }
    note_delivery(l, &j, &job->reply);
    return finish(c, job, err);
}

static int land_finished(struct dvb_client *c, struct dvb_err *err)
{
    int left, ret = 0;
    for (CURLMsg *m; !ret && (m = curl_multi_info_read(c->multi, &left));) {
        struct job *job = NULL;
        CURLcode rc = m->data.result;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &job);
        ret = land(c, job, rc, err);
    }
    return ret;
}

static int land_idle(struct dvb_client *c, struct dvb_err *err)
{
    double now = dvb_now();
    int ret = 0;
    for (size_t i = 0; !ret && i < c->n_lanes; i++)
        for (struct job *job = c->lanes[i]->flying.first, *next; !ret && job; job = next) {
            next = job->next;
            if (dvb_http_alive(&job->attempt.http, now, c->settings.idle_s))
                continue;
            snprintf(job->attempt.http.curl_says, sizeof(job->attempt.http.curl_says),
                     "connection idle for %g s", c->settings.idle_s);
            ret = land(c, job, CURLE_RECV_ERROR, err);
        }
    return ret;
}

/* Until something is due; transfers wake curl_multi_poll by themselves. */
static int wait_for_more(struct dvb_client *c, struct dvb_err *err)
{
    double now = dvb_now(), wait = POLL_S;
    for (size_t i = 0; i < c->n_lanes; i++) {
        const struct lane *l = c->lanes[i];
        double due = l->again.first ? l->again.first->not_before : now + wait;
        if (l->fresh.first && l->taken < l->limit)
            due = now;
        due = due > l->paused_until ? due : l->paused_until;
        double until = due > now ? due - now : 0;
        wait = until < wait ? until : wait;
    }
    CURLMcode mc = curl_multi_poll(c->multi, NULL, 0, (int)ceil(wait * 1000), NULL);
    if (mc)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "libcurl: %s", curl_multi_strerror(mc));
    return 0;
}

static int step(struct dvb_client *c, struct dvb_err *err)
{
    int active;
    int ret = start_ready(c, err);
    if (ret || !c->open)
        return ret;
    CURLMcode mc = curl_multi_perform(c->multi, &active);
    if (mc)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "libcurl: %s", curl_multi_strerror(mc));
    ret = land_finished(c, err);
    if (!ret)
        ret = land_idle(c, err);
    if (!ret && c->open)
        ret = wait_for_more(c, err);
    return ret;
}

int dvb_client_run(struct dvb_client *c, struct dvb_err *err)
{
    if (c->running)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EBUSY, "dvb_client_run within itself");
    c->running = true;
    int ret = 0;
    while (!ret && c->open > 0)
        ret = step(c, err);
    c->running = false;
    if (ret)
        drop_all(c);
    return ret;
}
