/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a batch at the service to replies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/json_text.h"
#include "workspace/batch_internal.h"

#define MISSES 10 /* looks in a row without an answer: the service is given up for this run */
#define SETTLE 2  /* looks after which a batch that was sent must show up */

/* Reading one batch's results. */
struct taking {
    struct dvb_batcher *b;
    struct dvb_batch_job *job;
    long strangers; /* results that are none of this batch's */
};

/* "TOKEN-12" -> 12, or -1. */
static long index_of(const struct dvb_batch_job *job, const char *id)
{
    size_t n = strlen(job->row.token);
    char *end;
    if (strncmp(id, job->row.token, n) || id[n] != '-' || id[n + 1] < '0' || id[n + 1] > '9')
        return -1;
    errno = 0;
    long idx = strtol(id + n + 1, &end, 10);
    return *end || errno ? -1 : idx;
}

static int give(struct taking *t, const struct dvb_batch_item *item,
                const struct dvb_batch_line *line, struct dvb_err *err)
{
    struct dvb_batcher *b = t->b;
    struct dvb_batch_lane *lane = t->job->lane;
    struct dvb_batch_waiting *w = dvb_batch_waiting_for(b, item->request_hash, t->job);
    struct dvb_reply reply = { .lost = w ? w->lost : (struct dvb_token_counts){ 0 } };
    int ret = 0;
    struct dvb_judgement j = dvb_batch_judge(&lane->profile, lane->key, line, &reply);
    bool again = j.next == DVB_NEXT_RETRY || j.next == DVB_NEXT_RETRY_FEW;
    reply.attempts = 1 + (w ? w->tries : 0);
    if (!w) {
        if (reply.status != DVB_REPLY_ERROR)
            ret = b->on_stray(b->user, item, t->job->row.model, &reply, err);
    } else if (again && w->tries < b->settings.max_requeue && !b->settings.cancel) {
        dvb_debug("goes into another batch: %s", reply.text);
        w->tries++;
        w->lost = (struct dvb_token_counts){ reply.lost.in + reply.tokens_in,
                                             reply.lost.cached + reply.tokens_cached,
                                             reply.lost.out + reply.tokens_out };
        dvb_batch_enqueue(w);
    } else {
        ret = dvb_batch_finish(b, w, &reply, err);
    }
    dvb_reply_release(&reply);
    return ret;
}

static int on_line(void *user, const struct dvb_batch_line *line, struct dvb_err *err)
{
    struct taking *t = user;
    struct dvb_batch_item item = { 0 };
    long idx = index_of(t->job, line->id);
    int ret = idx < 0 ? 0
                      : dvb_store_get_batch_item(t->b->ws->store, t->job->row.id, idx, &item, err);
    if (ret == 0)
        t->strangers++;
    else if (ret > 0)
        ret = give(t, &item, line, err);
    dvb_batch_item_release(&item);
    return ret;
}

/* A look that told nothing; some faults last. */
static void missed(struct dvb_batcher *b, struct dvb_batch_job *job, bool again,
                   const struct dvb_err *why)
{
    job->due = dvb_now() + b->settings.poll_s;
    if (!again || ++job->misses >= MISSES)
        dvb_batch_lane_stop(job->lane, !again, "%s", why->msg);
    else
        dvb_warn("asked for again in %g s: %s", b->settings.poll_s, why->msg);
}

/* One file of results: 1 it was read, 0 it could not be had now. What the service
   has no more (404) counts as read. */
static int take_file(struct taking *t, const struct dvb_batch_state *st, int i, struct dvb_err *err)
{
    struct dvb_batcher *b = t->b;
    struct dvb_exchange x;
    struct dvb_err why;
    long damaged = 0;
    char *path = dvb_asprintf("%s/%s.results", b->dir, t->job->row.token);
    int ret = dvb_mkdirs(b->dir, err);
    int failed = ret ? 0 : dvb_batch_fetch(&t->job->lane->service, st, i, path, &x, &why);
    if (!ret && !failed) {
        ret = dvb_batch_read(t->job->lane->profile.wire->batch, path, on_line, t, &damaged, err);
        if (damaged)
            dvb_warn("batch %s: %ld line%s of its results cannot be read", st->id, damaged,
                     damaged == 1 ? "" : "s");
    }
    remove(path);
    free(path);
    if (ret)
        return ret;
    bool gone = failed && x.status == 404, ours = failed && why.fault == DVB_FAULT_INTERNAL;
    bool again = x.again;
    dvb_exchange_release(&x);
    if (ours) {
        *err = why;
        return failed;
    }
    if (gone)
        dvb_warn("batch %s: the service has its results no more: %s", st->id, why.msg);
    else if (failed)
        missed(b, t->job, again, &why);
    return !failed || gone;
}

static int take_results(struct dvb_batcher *b, struct dvb_batch_job *job,
                        const struct dvb_batch_state *st, struct dvb_err *err)
{
    struct taking t = { .b = b, .job = job };
    char status[80];
    for (int i = 0; i < 2; i++) {
        int ret = st->results[i] ? take_file(&t, st, i, err) : 1;
        if (ret <= 0)
            return ret; /* the batch stays open: what was read is stored */
    }
    if (t.strangers)
        dvb_warn("batch %s: %ld results are not to any of its questions", st->id, t.strangers);
    dvb_clean_line(status, sizeof(status), st->status, strlen(st->status));
    char *why = dvb_asprintf("no result in batch %s (%s)", st->id, status);
    int ret = dvb_batch_job_requeue(b, job, true, why, err);
    free(why);
    return ret ? ret : dvb_batch_job_set(b, job, DVB_BATCH_DONE, status, err);
}

/* Why a batch failed as a whole. */
static int take_failure(struct dvb_batcher *b, struct dvb_batch_job *job,
                        const struct dvb_batch_state *st, struct dvb_err *err)
{
    struct dvb_batch_lane *lane = job->lane;
    char said[400];
    const char *message = st->message ? st->message : st->status;
    long n = job->row.total;
    dvb_clean_line(said, sizeof(said), message, strlen(message));
    char *why = dvb_asprintf("%s: batch %s failed: %s", lane->profile.name, st->id, said);
    int ret = dvb_batch_job_requeue(b, job, !st->full, why, err);
    if (!ret)
        ret = dvb_batch_job_set(b, job, DVB_BATCH_LOST, said, err);
    if (!ret && st->full)
        dvb_batch_lane_full(b, lane, n, why);
    else if (!ret && !st->again)
        dvb_batch_lane_stop(lane, true, "%s", why);
    free(why);
    return ret;
}

/* Tell of what has changed, and keep it. */
static int note_progress(struct dvb_batcher *b, struct dvb_batch_job *job,
                         const struct dvb_batch_state *st, struct dvb_err *err)
{
    char status[80];
    long done = st->done > 0 ? st->done : 0, failed = st->failed > 0 ? st->failed : 0;
    dvb_clean_line(status, sizeof(status), st->status, strlen(st->status));
    if (job->row.message && !strcmp(job->row.message, status) && done == job->row.done &&
        failed == job->row.failed)
        return 0;
    job->row.done = done;
    job->row.failed = failed;
    dvb_info("%s: batch %s: %s, %ld of %ld done%s", job->lane->profile.name, st->id, status, done,
             job->row.total, failed ? ", some failed" : "");
    return dvb_batch_job_set(b, job, DVB_BATCH_SENT, status, err);
}

static int look(struct dvb_batcher *b, struct dvb_batch_job *job, struct dvb_err *err)
{
    struct dvb_batch_state st;
    struct dvb_exchange x;
    struct dvb_err why;
    int ret = 0;
    int failed = dvb_batch_check(&job->lane->service, job->row.remote, &st, &x, &why);
    if (failed && x.status == 404) {
        dvb_warn("the service has a batch no more: %s", why.msg);
        ret = dvb_batch_job_requeue(b, job, true, why.msg, err);
        ret = ret ? ret : dvb_batch_job_set(b, job, DVB_BATCH_LOST, why.msg, err);
    } else if (failed) {
        missed(b, job, x.again, &why);
    } else {
        job->misses = 0;
        dvb_batcher_tell(b);
        job->due = dvb_now() + b->settings.poll_s;
        ret = note_progress(b, job, &st, err);
        if (!ret && st.phase == DVB_BATCH_ENDED)
            ret = take_results(b, job, &st, err);
        else if (!ret && st.phase == DVB_BATCH_FAILED)
            ret = take_failure(b, job, &st, err);
    }
    dvb_exchange_release(&x);
    dvb_batch_state_release(&st);
    return ret;
}

static int is_known(void *user, const char *id, struct dvb_err *err)
{
    return dvb_store_has_batch(user, id, err);
}

static int not_found(struct dvb_batcher *b, struct dvb_batch_job *job, struct dvb_err *err)
{
    if ((double)time(NULL) - (double)job->row.sent < SETTLE * b->settings.poll_s)
        return 0;
    dvb_info("%s: a batch of %ld questions did not reach the service; they are sent again",
             job->lane->profile.name, job->row.total);
    const char *why = job->row.message ? job->row.message : "its batch did not reach the service";
    dvb_batch_lane_refused(job->lane, DVB_BATCH_LOSSES, why);
    int ret = dvb_batch_job_requeue(b, job, false, why, err);
    return ret ? ret : dvb_batch_job_set(b, job, DVB_BATCH_LOST, NULL, err);
}

/* A batch that was sent, but whose id did not come back. */
static int search(struct dvb_batcher *b, struct dvb_batch_job *job, struct dvb_err *err)
{
    struct dvb_batch_state st;
    struct dvb_err why;
    char *path = dvb_asprintf("%s/%s.search", b->dir, job->row.token);
    const struct dvb_batch_file file = { .path = path,
                                         .token = job->row.token,
                                         .requests = job->row.total };
    const struct dvb_batch_search what = {
        .file = &file, .since = job->row.sent, .is_known = is_known, .user = b->ws->store
    };
    int ret = dvb_mkdirs(b->dir, err);
    int found = ret ? 0 : dvb_batch_find(&job->lane->service, &what, &st, &why);
    free(path);
    if (ret)
        return ret;
    job->due = dvb_now() + b->settings.poll_s;
    if (found < 0)
        missed(b, job, true, &why);
    else if (found == 0)
        ret = not_found(b, job, err);
    else if (found == 1) {
        job->row.remote = dvb_strdup(st.id);
        job->due = dvb_now();
        dvb_info("%s: batch %s was found again", job->lane->profile.name, st.id);
        ret = dvb_batch_job_set(b, job, DVB_BATCH_SENT, NULL, err);
    }
    dvb_batch_state_release(&st);
    return ret;
}

static int cancel(struct dvb_batcher *b, struct dvb_batch_job *job)
{
    struct dvb_err why;
    if (!b->settings.cancel || job->cancelled || !job->row.remote)
        return 0;
    job->cancelled = true;
    if (dvb_batch_cancel(&job->lane->service, job->row.remote, &why))
        dvb_warn("%s", why.msg);
    else
        dvb_info("%s: batch %s is being cancelled", job->lane->profile.name, job->row.remote);
    return 0;
}

int dvb_batch_job_visit(struct dvb_batcher *b, struct dvb_batch_job *job, struct dvb_err *err)
{
    if (!job->row.remote)
        return search(b, job, err);
    cancel(b, job);
    return look(b, job, err);
}
