/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/client.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/lane.h"
#include "model/loop.h"

#define POLL_S 0.25   /* how often idle transfers are looked for */
#define FEW 2         /* retries where each may cost money */
#define UNREACHABLE 3 /* questions in a row that could not be delivered */
#define UPLOAD_S 1800 /* until a file that was sent must be ready for use */

struct dvb_client {
    struct dvb_client_settings settings;
    struct dvb_loop *loop;
    struct dvb_rng rng;
    struct dvb_lane **lanes;
    size_t n_lanes, cap_lanes;
    long open;        /* submitted and not yet answered */
    double looked_at; /* when idle transfers were looked for */
    bool running;
};

void dvb_client_settings_default(struct dvb_client_settings *s)
{
    *s = (struct dvb_client_settings){ .max_retries = 5,
                                       .backoff_s = 0.5,
                                       .max_backoff_s = 60,
                                       .max_hint_s = 600,
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
    dvb_rng_init(&c->rng, settings->seed, "client");
    int ret = dvb_loop_open(&c->loop, err);
    if (ret)
        dvb_client_close(&c);
    *client = c;
    return ret;
}

static void free_job(struct dvb_client *c, struct dvb_job *job)
{
    if (job->attempt.http.easy)
        dvb_loop_remove(c->loop, job->attempt.http.easy);
    dvb_attempt_release(&job->attempt);
    dvb_reply_release(&job->reply);
    free(job);
    c->open--;
}

static void end_attempt(struct dvb_client *c, struct dvb_job *job)
{
    dvb_loop_remove(c->loop, job->attempt.http.easy);
    dvb_attempt_release(&job->attempt);
}

static void drop_all(struct dvb_client *c)
{
    for (size_t i = 0; i < c->n_lanes; i++) {
        struct dvb_lane *l = c->lanes[i];
        for (struct dvb_job *job; (job = dvb_lane_take_any(l));)
            free_job(c, job);
        l->limits.held = l->limits.flying = 0;
        for (struct dvb_lane_file *f = l->files; f; f = f->next)
            if (f->state == DVB_FILE_UNDER_WAY)
                f->state = DVB_FILE_ABSENT;
    }
}

void dvb_client_close(struct dvb_client **client)
{
    struct dvb_client *c = *client;
    if (!c)
        return;
    drop_all(c);
    for (size_t i = 0; i < c->n_lanes; i++)
        dvb_lane_free(c->lanes[i]);
    free(c->lanes);
    dvb_loop_close(&c->loop);
    curl_global_cleanup();
    free(c);
    *client = NULL;
}

static struct dvb_lane *lane_of(struct dvb_client *c, const struct dvb_profile *p)
{
    for (size_t i = 0; i < c->n_lanes; i++)
        if (dvb_lane_is_for(c->lanes[i], p))
            return c->lanes[i];
    c->lanes = dvb_grow(c->lanes, c->n_lanes, &c->cap_lanes, sizeof(*c->lanes));
    return c->lanes[c->n_lanes++] = dvb_lane_new(p, dvb_now());
}

int dvb_client_submit(struct dvb_client *c, const struct dvb_ask *ask, dvb_on_reply *on_reply,
                      void *user, struct dvb_err *err)
{
    (void)err;
    struct dvb_job *job = dvb_calloc(1, sizeof(*job));
    job->ask = *ask;
    job->on_reply = on_reply;
    job->user = user;
    job->lane = lane_of(c, ask->profile);
    dvb_row_append(&job->lane->fresh, job);
    c->open++;
    return 0;
}

/* Hand over the reply; the job is in no row and holds no place any more. */
static int answer(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    job->reply.attempts = job->attempts;
    int ret = job->on_reply(job->user, &job->reply, err);
    free_job(c, job);
    return ret;
}

/* The upload that job carried has failed, and with it what waited for it. The
   next question that needs the file begins anew. */
static int answer_carrier(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    struct dvb_lane_file *f = job->file;
    char *text = dvb_asprintf("upload of %s: %s", f->path, job->reply.text);
    bool fatal = job->reply.fatal;
    f->state = DVB_FILE_ABSENT;
    free(job->reply.text);
    job->reply.text = dvb_strdup(text);
    int ret = answer(c, job, err);
    for (struct dvb_job *w; !ret && (w = dvb_row_pop(&f->waiting));) {
        w->reply.text = dvb_asprintf("not asked: %s", text);
        w->reply.status = DVB_REPLY_ERROR;
        w->reply.fatal = fatal;
        ret = answer(c, w, err);
    }
    free(text);
    return ret;
}

static int finish(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    return job->file ? answer_carrier(c, job, err) : answer(c, job, err);
}

/* For a job of a stopped lane. */
static int refuse(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    const struct dvb_lane *l = job->lane;
    if (job->holds)
        dvb_limits_drop(&job->lane->limits);
    free(job->reply.text);
    job->reply.text = dvb_asprintf("not asked%s: %s", job->attempts ? " again" : "", l->why);
    job->reply.status = DVB_REPLY_ERROR;
    job->reply.fatal = l->fatal;
    return finish(c, job, err);
}

/* A question whose video has to be at the service first gets the file's URI, or
   waits for it (1), or carries the upload itself. */
static int see_to_upload(struct dvb_job *job, struct dvb_err *err)
{
    if (!job->ask.profile->wire->uploader || !job->ask.video || job->ask.video_uri || job->file)
        return 0;
    struct dvb_lane_file *f = dvb_lane_file(job->lane, job->ask.video);
    if (!f)
        return dvb_fail_nomem(err);
    int large = f->state == DVB_FILE_ABSENT ? dvb_attempt_needs_upload(&job->ask, err) : 1;
    if (large <= 0)
        return large;
    if (f->state == DVB_FILE_THERE) {
        job->ask.video_uri = f->upload.uri;
    } else if (f->state == DVB_FILE_UNDER_WAY) {
        dvb_row_append(&f->waiting, job);
        return 1;
    } else {
        dvb_upload_release(&f->upload);
        f->upload.path = f->path;
        f->state = DVB_FILE_UNDER_WAY;
        f->begun = dvb_now();
        job->file = f;
    }
    return 0;
}

static int send_request(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    struct dvb_upload *upload = job->file ? &job->file->upload : NULL;
    int ret = dvb_attempt_open(&job->attempt, &job->ask, upload, job->lane->key, &c->settings, job,
                               err);
    if (!ret)
        ret = dvb_loop_add(c->loop, job->attempt.http.easy, err);
    if (ret)
        dvb_attempt_release(&job->attempt);
    return ret;
}

static int start(struct dvb_client *c, struct dvb_job *job, struct dvb_err *err)
{
    struct dvb_lane *l = job->lane;
    struct dvb_err why;
    int ret = see_to_upload(job, &why);
    if (ret > 0)
        return 0;
    if (!ret)
        ret = send_request(c, job, &why);
    if (ret) { /* a file that cannot be read, most likely */
        if (job->holds)
            dvb_limits_drop(&l->limits);
        dvb_reply_error(&job->reply, job->ask.profile, l->key, true, "not asked: %s", why.msg);
        return finish(c, job, err);
    }
    long tokens = job->file ? -1 : job->ask.tokens_predicted;
    job->ticket = dvb_limits_start(&l->limits, dvb_now(), tokens, job->holds);
    job->holds = true;
    job->attempts++;
    dvb_row_append(&l->flying, job);
    return 0;
}

static int start_ready(struct dvb_client *c, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < c->n_lanes; i++)
        for (struct dvb_job *job; !ret && (job = dvb_lane_next(c->lanes[i], dvb_now()));)
            ret = job->lane->stopped ? refuse(c, job, err) : start(c, job, err);
    return ret;
}

/* 0.5 s * 2^n, of which a random half; or what the service asks for, and a
   little more, so that not all come back at the same moment. */
static double wait_of(struct dvb_client *c, const struct dvb_job *job, double hint_s)
{
    const struct dvb_client_settings *s = &c->settings;
    double u = dvb_rng_unit(&c->rng);
    if (hint_s >= 0)
        return hint_s * (1 + 0.1 * u);
    double wait = ldexp(s->backoff_s, job->attempts < 32 ? job->attempts - 1 : 31);
    return fmin(wait * (0.5 + 0.5 * u), s->max_backoff_s);
}

static void retry_later(struct dvb_client *c, struct dvb_job *job, const struct dvb_judgement *j)
{
    struct dvb_lane *l = job->lane;
    double wait = wait_of(c, job, j->hint_s);
    job->not_before = dvb_now() + wait;
    if (j->slow_down && j->hint_s >= 0)
        dvb_limits_pause(&l->limits, job->not_before);
    dvb_debug("attempt %d of %d failed, again in %.2f s, %d at once: %s", job->attempts,
              c->settings.max_retries + 1, wait, (int)l->limits.window, job->reply.text);
    end_attempt(c, job);
    dvb_row_insert(&l->again, job);
}

/* The upload's next step, or the question itself and those that waited. */
static int go_on(struct dvb_client *c, struct dvb_job *job, const struct dvb_judgement *j,
                 struct dvb_err *err)
{
    struct dvb_lane_file *f = job->file;
    double now = dvb_now();
    end_attempt(c, job);
    if (!j->uploaded && now - f->begun > UPLOAD_S) {
        dvb_limits_drop(&job->lane->limits);
        dvb_reply_error(&job->reply, job->ask.profile, job->lane->key, false,
                        "the service did not make the file ready within %d s", UPLOAD_S);
        return finish(c, job, err);
    }
    job->attempts = 0;
    job->not_before = now + j->hint_s;
    dvb_row_insert(&job->lane->again, job);
    if (j->uploaded) {
        f->state = DVB_FILE_THERE;
        job->file = NULL;
        dvb_row_prepend_all(&job->lane->fresh, &f->waiting);
    }
    return 0;
}

static void note_delivery(struct dvb_client *c, struct dvb_lane *l, const struct dvb_judgement *j,
                          struct dvb_reply *reply)
{
    bool long_wait = j->slow_down && j->hint_s > c->settings.max_hint_s;
    if (long_wait) {
        char *text = dvb_asprintf("%s (asks to wait %.0f s)", reply->text, j->hint_s);
        free(reply->text);
        reply->text = text;
    }
    l->undelivered = j->unreachable ? l->undelivered + 1 : 0;
    if (j->next == DVB_NEXT_STOP || long_wait || l->undelivered >= UNREACHABLE)
        dvb_lane_stop(l, j->next == DVB_NEXT_STOP, reply->text);
}

static int retries_of(const struct dvb_client *c, const struct dvb_job *job,
                      const struct dvb_judgement *j)
{
    int max = c->settings.max_retries;
    if (job->lane->stopped || j->hint_s > c->settings.max_hint_s)
        return 0;
    return j->next == DVB_NEXT_RETRY       ? max
           : j->next != DVB_NEXT_RETRY_FEW ? 0
           : max < FEW                     ? max
                                           : FEW;
}

static int land(struct dvb_client *c, struct dvb_job *job, CURLcode rc, struct dvb_err *err)
{
    struct dvb_lane *l = job->lane;
    double now = dvb_now();
    dvb_row_unlink(&l->flying, job);
    struct dvb_judgement j = dvb_attempt_judge(&job->attempt, rc, &job->ask, l->key, &job->reply);
    bool go = j.next == DVB_NEXT_GO_ON, retry = !go && job->attempts <= retries_of(c, job, &j);
    bool clean = go || (j.next == DVB_NEXT_DONE && job->reply.status != DVB_REPLY_ERROR);
    dvb_limits_learn(&l->limits, now, &job->attempt.rates, c->settings.max_hint_s);
    dvb_limits_end(&l->limits, now, &job->ticket,
                   clean         ? DVB_OUTCOME_CLEAN
                   : j.slow_down ? DVB_OUTCOME_SETBACK
                                 : DVB_OUTCOME_FAULT,
                   job->reply.tokens_in + job->reply.tokens_out, go || retry);
    if (retry) {
        retry_later(c, job, &j);
        return 0;
    }
    note_delivery(c, l, &j, &job->reply);
    return go ? go_on(c, job, &j, err) : finish(c, job, err);
}

static int land_ended(struct dvb_client *c, struct dvb_err *err)
{
    CURLcode rc;
    int ret = 0;
    for (CURL *easy; !ret && (easy = dvb_loop_ended(c->loop, &rc));) {
        struct dvb_job *job = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
        ret = land(c, job, rc, err);
        if (!ret) /* at once, so that the limits see how full the window is kept */
            ret = start_ready(c, err);
    }
    return ret;
}

static int land_idle(struct dvb_client *c, struct dvb_err *err)
{
    double now = dvb_now();
    int ret = 0;
    if (now - c->looked_at < POLL_S)
        return 0;
    c->looked_at = now;
    for (size_t i = 0; !ret && i < c->n_lanes; i++)
        for (struct dvb_job *job = c->lanes[i]->flying.first, *next; !ret && job; job = next) {
            next = job->next;
            if (dvb_http_alive(&job->attempt.http, now, c->settings.idle_s))
                continue;
            snprintf(job->attempt.http.curl_says, sizeof(job->attempt.http.curl_says),
                     "connection idle for %g s", c->settings.idle_s);
            ret = land(c, job, CURLE_RECV_ERROR, err);
        }
    return ret;
}

/* Until something is due, or a transfer can go on. */
static int run_loop(struct dvb_client *c, struct dvb_err *err)
{
    double now = dvb_now(), due = now + POLL_S;
    for (size_t i = 0; i < c->n_lanes; i++)
        due = fmin(due, dvb_lane_due(c->lanes[i], now));
    return dvb_loop_run(c->loop, due - now, err);
}

static int step(struct dvb_client *c, struct dvb_err *err)
{
    int ret = start_ready(c, err);
    if (!ret && c->open)
        ret = run_loop(c, err);
    if (!ret)
        ret = land_ended(c, err);
    return ret ? ret : land_idle(c, err);
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

static int keep_reply(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    struct dvb_reply *kept = user;
    (void)err;
    *kept = *reply;
    kept->text = dvb_strdup(reply->text);
    kept->usage = dvb_strdup(reply->usage);
    kept->finish = dvb_strdup(reply->finish);
    kept->logprobs = dvb_strdup(reply->logprobs);
    return 0;
}

int dvb_client_ask(struct dvb_client *c, const struct dvb_ask *ask, struct dvb_reply *reply,
                   struct dvb_err *err)
{
    *reply = (struct dvb_reply){ 0 };
    int ret = dvb_client_submit(c, ask, keep_reply, reply, err);
    return ret ? ret : dvb_client_run(c, err);
}
