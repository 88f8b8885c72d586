/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/batch.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/cost.h"
#include "workspace/batch_internal.h"

static void add_job(struct dvb_batcher *b, const struct dvb_batch *row)
{
    struct dvb_batch_job *job = dvb_calloc(1, sizeof(*job));
    job->row = *row;
    job->next = b->jobs;
    b->jobs = job;
}

static int load_jobs(struct dvb_batcher *b, struct dvb_err *err)
{
    struct dvb_batch *rows;
    size_t n;
    int ret = dvb_store_list_batches(b->ws->store, &rows, &n, err);
    for (size_t i = 0; i < n; i++)
        add_job(b, &rows[i]);
    free(rows);
    return ret;
}

int dvb_batcher_open(struct dvb_workspace *ws, const struct dvb_batcher_settings *settings,
                     dvb_on_stray *on_stray, void *user, struct dvb_batcher **batcher,
                     struct dvb_err *err)
{
    *batcher = NULL;
    struct dvb_batcher *b = dvb_calloc(1, sizeof(*b));
    b->ws = ws;
    b->settings = *settings;
    b->on_stray = on_stray;
    b->user = user;
    b->dir = dvb_path_join(ws->dir, "batches");
    int ret = dvb_remove_tree(b->dir, err); /* of a process that was killed */
    if (!ret)
        ret = load_jobs(b, err);
    if (ret)
        dvb_batcher_close(&b);
    *batcher = b;
    return ret;
}

static void free_jobs(struct dvb_batcher *b)
{
    for (struct dvb_batch_job *next; b->jobs; b->jobs = next) {
        next = b->jobs->next;
        dvb_batch_release(&b->jobs->row);
        free(b->jobs);
    }
}

static void free_lanes(struct dvb_batcher *b)
{
    for (struct dvb_batch_lane *next; b->lanes; b->lanes = next) {
        next = b->lanes->next;
        free(b->lanes->key);
        free(b->lanes->why);
        free(b->lanes);
    }
}

void dvb_batcher_close(struct dvb_batcher **batcher)
{
    struct dvb_batcher *b = *batcher;
    if (!b)
        return;
    for (size_t i = 0; i < DVB_BATCH_BUCKETS; i++)
        for (struct dvb_batch_waiting *next; b->table[i]; b->table[i] = next) {
            next = b->table[i]->next;
            free(b->table[i]);
        }
    free_jobs(b);
    free_lanes(b);
    dvb_remove_tree(b->dir, NULL);
    free(b->dir);
    free(b);
    *batcher = NULL;
}

void dvb_batch_lane_stop(struct dvb_batch_lane *lane, bool fatal, const char *fmt, ...)
{
    char why[1024];
    va_list ap;
    if (lane->stopped)
        return;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    lane->stopped = true;
    lane->fatal = fatal;
    lane->why = dvb_strdup(why);
    dvb_warn("no more batches are sent to this model: %s", why);
}

bool dvb_batch_lane_busy(const struct dvb_batcher *b, const struct dvb_batch_lane *lane)
{
    for (const struct dvb_batch_job *job = b->jobs; job; job = job->next)
        if (job->lane == lane)
            return true;
    return false;
}

void dvb_batch_lane_full(struct dvb_batcher *b, struct dvb_batch_lane *lane, long n,
                         const char *why)
{
    lane->not_before = dvb_now() + b->settings.poll_s;
    if (dvb_batch_lane_busy(b, lane)) {
        lane->held = true;
        dvb_debug("held until a batch has ended: %s", why);
    } else if (n > 1) {
        lane->max_requests = n / 2;
        dvb_info("%s takes no batch of %ld now; %ld are tried: %s", lane->profile.name, n, n / 2,
                 why);
    } else {
        dvb_batch_lane_refused(lane, DVB_BATCH_REFUSALS, why);
    }
}

void dvb_batch_lane_refused(struct dvb_batch_lane *lane, int most, const char *why)
{
    if (++lane->refusals >= most)
        dvb_batch_lane_stop(lane, false, "%s", why);
}

void dvb_batcher_tell(struct dvb_batcher *b)
{
    if (!b->told)
        dvb_info("batches may take a day and are looked at every %g s; Ctrl-C leaves them at the "
                 "service, and the same command goes on with them",
                 b->settings.poll_s);
    b->told = true;
}

/* The batch was asked with a profile that reaches the same model at the same place. */
static bool same_place(struct dvb_batcher *b, int64_t model, const struct dvb_profile *p)
{
    char *name, *text;
    if (dvb_store_get_model(b->ws->store, model, &name, &text, NULL))
        return false;
    json_t *j = json_loads(text, 0, NULL);
    const char *wire = dvb_json_get_str(j, "wire"), *url = dvb_json_get_str(j, "base_url");
    const char *id = dvb_json_get_str(j, "model");
    bool same = wire && url && id && !strcmp(wire, p->wire->name) && !strcmp(url, p->base_url) &&
                !strcmp(id, p->model);
    json_decref(j);
    free(name);
    free(text);
    return same;
}

static struct dvb_batch_lane *lane_of(struct dvb_batcher *b, const struct dvb_profile *p)
{
    for (struct dvb_batch_lane *l = b->lanes; l; l = l->next)
        if (l->whose == p)
            return l;
    struct dvb_batch_lane *l = dvb_calloc(1, sizeof(*l));
    struct dvb_err err;
    l->whose = p;
    l->profile = *p;
    l->profile.stream = false; /* batches know no events */
    l->max_requests = dvb_batch_max_requests(p);
    l->next = b->lanes;
    b->lanes = l;
    if (dvb_profile_key(p, &l->key, &err))
        dvb_batch_lane_stop(l, true, "%s", err.msg);
    l->service = (struct dvb_service){ .profile = &l->profile, .key = l->key };
    for (struct dvb_batch_job *job = b->jobs; job; job = job->next)
        if (!job->lane && same_place(b, job->row.model, p))
            job->lane = l;
    return l;
}

void dvb_batch_enqueue(struct dvb_batch_waiting *w)
{
    w->job = NULL;
    w->behind = NULL;
    if (w->lane->last)
        w->lane->last->behind = w;
    else
        w->lane->first = w;
    w->lane->last = w;
}

struct dvb_batch_waiting *dvb_batch_dequeue(struct dvb_batch_lane *lane)
{
    struct dvb_batch_waiting *w = lane->first;
    if (!w)
        return NULL;
    lane->first = w->behind;
    if (!lane->first)
        lane->last = NULL;
    return w;
}

static struct dvb_batch_waiting **bucket(struct dvb_batcher *b, const char *hash)
{
    char head[4] = { hash[0], hash[1], hash[2], '\0' };
    return &b->table[strtoul(head, NULL, 16) % DVB_BATCH_BUCKETS];
}

struct dvb_batch_waiting *dvb_batch_waiting_for(struct dvb_batcher *b, const char *request_hash,
                                                const struct dvb_batch_job *job)
{
    struct dvb_batch_waiting *w = *bucket(b, request_hash);
    while (w && (w->job != job || strcmp(w->q.request_hash, request_hash)))
        w = w->next;
    return w;
}

static void link_waiting(struct dvb_batcher *b, struct dvb_batch_waiting *w)
{
    struct dvb_batch_waiting **at = bucket(b, w->q.request_hash);
    w->next = *at;
    *at = w;
}

/* All who wait for the job, out of the table and in a row by behind. */
static struct dvb_batch_waiting *gather(struct dvb_batcher *b, const struct dvb_batch_job *job)
{
    struct dvb_batch_waiting *row = NULL;
    for (size_t i = 0; i < DVB_BATCH_BUCKETS; i++)
        for (struct dvb_batch_waiting **at = &b->table[i], *w; (w = *at);) {
            if (w->job != job) {
                at = &w->next;
                continue;
            }
            *at = w->next;
            w->behind = row;
            row = w;
        }
    return row;
}

bool dvb_batcher_takes(const struct dvb_profile *p)
{
    return dvb_batch_of(p) != NULL;
}

int dvb_batcher_submit(struct dvb_batcher *b, const struct dvb_batch_question *q,
                       struct dvb_err *err)
{
    struct dvb_batch_item item;
    struct dvb_batch_lane *lane = lane_of(b, q->ask->profile);
    int found = dvb_store_find_batch_item(b->ws->store, q->request_hash, &item, err);
    if (found < 0)
        return found;
    struct dvb_batch_job *job = found ? b->jobs : NULL;
    while (job && job->row.id != item.batch)
        job = job->next;
    dvb_batch_item_release(&item);
    struct dvb_batch_waiting *w = dvb_calloc(1, sizeof(*w));
    w->q = *q;
    w->lane = job && job->lane ? job->lane : lane; /* a model may have two names */
    link_waiting(b, w);
    b->waiting++;
    if (job && job->lane)
        w->job = job;
    else
        dvb_batch_enqueue(w);
    return 0;
}

/* w is out of the table. */
static int answer(struct dvb_batcher *b, struct dvb_batch_waiting *w, const struct dvb_reply *reply,
                  struct dvb_err *err)
{
    b->waiting--;
    int ret = w->q.on_reply(w->q.user, reply, err);
    free(w);
    return ret;
}

int dvb_batch_finish(struct dvb_batcher *b, struct dvb_batch_waiting *w,
                     const struct dvb_reply *reply, struct dvb_err *err)
{
    struct dvb_batch_waiting **at = bucket(b, w->q.request_hash);
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    return answer(b, w, reply, err);
}

int dvb_batch_job_set(struct dvb_batcher *b, struct dvb_batch_job *job,
                      enum dvb_batch_status status, const char *message, struct dvb_err *err)
{
    job->row.status = status;
    if (message) {
        free(job->row.message);
        job->row.message = dvb_strdup(message);
    }
    int ret = dvb_store_set_batch(b->ws->store, &job->row, err);
    if (ret || status == DVB_BATCH_SENDING || status == DVB_BATCH_SENT)
        return ret;
    struct dvb_batch_job **at = &b->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (job->lane)
        job->lane->held = false;
    dvb_batch_release(&job->row);
    free(job);
    return 0;
}

static int requeue_one(struct dvb_batcher *b, struct dvb_batch_waiting *w, bool counts,
                       const char *why, struct dvb_err *err)
{
    struct dvb_reply reply = { .attempts = w->tries + counts,
                               .lost = w->lost,
                               .cost_usd = dvb_cost_usd(&w->lane->profile, &w->lost, true) };
    w->tries += counts;
    if (w->tries <= b->settings.max_requeue && !b->settings.cancel) {
        link_waiting(b, w);
        dvb_batch_enqueue(w);
        return 0;
    }
    dvb_reply_error(&reply, &w->lane->profile, w->lane->key, false, "%s", why);
    int ret = answer(b, w, &reply, err);
    dvb_reply_release(&reply);
    return ret;
}

/* An answer may bring new questions, of which some may be in this job, too. */
int dvb_batch_job_requeue(struct dvb_batcher *b, struct dvb_batch_job *job, bool counts,
                          const char *why, struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_batch_waiting *row; !ret && (row = gather(b, job));)
        for (struct dvb_batch_waiting *w = row, *next; w; w = next) {
            next = w->behind;
            if (ret)
                link_waiting(b, w);
            else
                ret = requeue_one(b, w, counts, why, err);
        }
    return ret;
}

/* They were not asked. */
static int fail_queue(struct dvb_batcher *b, struct dvb_batch_lane *lane, const char *why,
                      struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_batch_waiting *w; !ret && (w = dvb_batch_dequeue(lane));) {
        struct dvb_reply reply = { .status = DVB_REPLY_ERROR, .fatal = lane->fatal };
        reply.text = dvb_asprintf("not asked%s: %s", w->tries ? " again" : "", why);
        reply.attempts = w->tries;
        reply.lost = w->lost;
        reply.cost_usd = dvb_cost_usd(&lane->profile, &w->lost, true);
        ret = dvb_batch_finish(b, w, &reply, err);
        dvb_reply_release(&reply);
    }
    return ret;
}

static int fail_job(struct dvb_batcher *b, const struct dvb_batch_job *job, struct dvb_err *err)
{
    const struct dvb_batch_lane *lane = job->lane;
    char *why = dvb_asprintf("its batch %s goes on at the service: %s",
                             job->row.remote ? job->row.remote : "", lane->why);
    int ret = 0;
    for (struct dvb_batch_waiting *row; !ret && (row = gather(b, job));)
        for (struct dvb_batch_waiting *w = row, *next; w; w = next) {
            struct dvb_reply reply = { .status = DVB_REPLY_ERROR,
                                       .fatal = lane->fatal,
                                       .text = why };
            next = w->behind;
            if (ret)
                link_waiting(b, w);
            else
                ret = answer(b, w, &reply, err);
        }
    free(why);
    return ret;
}

/* They are in batches still, for the next run. */
static int fail_jobs(struct dvb_batcher *b, const struct dvb_batch_lane *lane, struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_batch_job *job = b->jobs; !ret && job; job = job->next)
        if (job->lane == lane)
            ret = fail_job(b, job, err);
    return ret;
}

static int tend_lane(struct dvb_batcher *b, struct dvb_batch_lane *l, struct dvb_err *err)
{
    int ret = 0;
    if (b->settings.cancel)
        return fail_queue(b, l, "batches are being cancelled", err);
    while (!ret && l->first && !l->stopped && !l->held && dvb_now() >= l->not_before)
        ret = dvb_batch_lane_send(b, l, err);
    return ret;
}

static int tend_lanes(struct dvb_batcher *b, struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_batch_lane *l = b->lanes; !ret && l; l = l->next) {
        ret = tend_lane(b, l, err);
        if (!ret && l->stopped)
            ret = fail_queue(b, l, l->why, err);
        if (!ret && l->stopped)
            ret = fail_jobs(b, l, err);
    }
    return ret;
}

/* A visit may end the job, and add others before it. */
static int visit_due(struct dvb_batcher *b, struct dvb_err *err)
{
    int ret = 0;
    for (struct dvb_batch_job *job = b->jobs, *next; !ret && job; job = next) {
        next = job->next;
        if (job->lane && !job->lane->stopped && dvb_now() >= job->due)
            ret = dvb_batch_job_visit(b, job, err);
    }
    return ret;
}

static void wait_until_due(const struct dvb_batcher *b)
{
    double due = dvb_now() + b->settings.poll_s;
    for (const struct dvb_batch_job *job = b->jobs; job; job = job->next)
        if (job->lane && job->due < due)
            due = job->due;
    for (const struct dvb_batch_lane *l = b->lanes; l; l = l->next)
        if (l->stopped || b->settings.cancel) /* to be failed */
            due = l->first || l->stopped ? 0 : due;
        else if (l->first && !l->held && l->not_before < due)
            due = l->not_before;
    double wait = due - dvb_now();
    if (wait <= 0)
        return;
    struct timespec ts = { (time_t)wait, (long)((wait - floor(wait)) * 1e9) };
    nanosleep(&ts, NULL);
}

int dvb_batcher_run(struct dvb_batcher *b, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && b->waiting) {
        ret = tend_lanes(b, err);
        if (!ret)
            ret = visit_due(b, err);
        if (!ret && b->waiting)
            wait_until_due(b);
    }
    return ret;
}
