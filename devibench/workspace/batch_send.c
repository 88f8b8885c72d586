/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a queue of questions to a batch at the service. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "workspace/batch_internal.h"

/* A batch in the making. */
struct parcel {
    struct dvb_batcher *b;
    struct dvb_batch_lane *lane;
    char token[17];
    char *path;
    FILE *out;
    uint64_t bytes; /* with the tail to come */
    struct dvb_batch_waiting **list;
    size_t n, cap;
};

/* Unlike any other batch's, of whatever workspace at the same account. */
static void make_token(const struct dvb_batcher *b, const struct dvb_batch_lane *lane,
                       char token[17])
{
    struct timespec now;
    struct dvb_hash h;
    char hex[DVB_HASH_LEN + 1];
    clock_gettime(CLOCK_REALTIME, &now);
    char *when = dvb_asprintf("%lld.%09ld %ld", (long long)now.tv_sec, now.tv_nsec, (long)getpid());
    dvb_hash_init(&h);
    dvb_hash_str(&h, when);
    dvb_hash_str(&h, b->ws->dir);
    dvb_hash_str(&h, lane->first->q.request_hash);
    dvb_hash_final(&h, hex);
    snprintf(token, 17, "%.16s", hex);
    free(when);
}

static int write_text(struct parcel *p, const char *text, struct dvb_err *err)
{
    size_t n = strlen(text);
    if (fwrite(text, 1, n, p->out) == n)
        return 0;
    return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write %s", p->path);
}

static int write_body(struct parcel *p, const struct dvb_body *body, struct dvb_err *err)
{
    char buf[65536];
    size_t n = 1;
    struct dvb_body_reader r;
    int ret = 0;
    dvb_body_reader_init(&r, body);
    while (!ret && n) {
        ret = dvb_body_read(&r, buf, sizeof(buf), &n, err);
        if (!ret && fwrite(buf, 1, n, p->out) != n)
            ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write %s", p->path);
    }
    dvb_body_reader_release(&r);
    return ret;
}

static int refuse(struct parcel *p, const char *why, struct dvb_err *err)
{
    struct dvb_reply reply = { 0 };
    dvb_reply_error(&reply, &p->lane->profile, p->lane->key, true, "not asked: %s", why);
    int ret = dvb_batch_finish(p->b, dvb_batch_dequeue(p->lane), &reply, err);
    dvb_reply_release(&reply);
    return ret;
}

/* The first of the queue goes in: 1; it does not fit any more: 0. One that
   never fits, or whose files cannot be read, is answered with an error: 1. */
static int add_first(struct parcel *p, struct dvb_err *err)
{
    const struct dvb_batch_wire *wire = p->lane->profile.wire->batch;
    struct dvb_batch_waiting *w = p->lane->first;
    struct dvb_ask ask = *w->q.ask;
    struct dvb_body body = { 0 };
    struct dvb_err why;
    uint64_t len;
    char id[40];
    snprintf(id, sizeof(id), "%s-%zu", p->token, p->n);
    ask.profile = &p->lane->profile;
    char *head = wire->open(ask.profile, id);
    int ret = ask.profile->wire->body(&ask, &body, &why);
    if (!ret)
        ret = dvb_body_measure(&body, &len, &why);
    if (ret) {
        ret = refuse(p, why.msg, err);
        ret = ret ? ret : 1;
        goto done;
    }
    len += strlen(head) + strlen(wire->close) + (p->n ? strlen(wire->between) : 0);
    if (p->bytes + len > dvb_batch_max_bytes(ask.profile)) {
        ret = p->n ? 0 : refuse(p, "it is larger than a batch may be", err);
        ret = ret || p->n ? ret : 1;
        goto done;
    }
    ret = p->n ? write_text(p, wire->between, err) : 0;
    if (!ret)
        ret = write_text(p, head, err);
    if (!ret)
        ret = write_body(p, &body, err);
    if (!ret)
        ret = write_text(p, wire->close, err);
    if (ret)
        goto done;
    p->bytes += len;
    p->list = dvb_grow(p->list, p->n, &p->cap, sizeof(struct dvb_batch_waiting *));
    p->list[p->n++] = dvb_batch_dequeue(p->lane);
    ret = 1;
done:
    free(head);
    dvb_body_release(&body);
    return ret;
}

static int write_parcel(struct parcel *p, struct dvb_err *err)
{
    const struct dvb_batch_wire *wire = p->lane->profile.wire->batch;
    int ret = dvb_mkdirs(p->b->dir, err);
    if (ret)
        return ret;
    p->out = fopen(p->path, "wbe");
    if (!p->out)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write %s", p->path);
    p->bytes = strlen(wire->head) + strlen(wire->tail);
    ret = write_text(p, wire->head, err);
    int more = 1;
    while (!ret && more > 0 && p->lane->first && (long)p->n < p->lane->max_requests)
        more = add_first(p, err);
    ret = ret ? ret : more < 0 ? more : write_text(p, wire->tail, err);
    if (fclose(p->out) && !ret)
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write %s", p->path);
    return ret;
}

/* Back to the head of the queue, in order. */
static void unpack(struct parcel *p)
{
    struct dvb_batch_lane *lane = p->lane;
    for (size_t i = p->n; i-- > 0;) {
        p->list[i]->job = NULL;
        p->list[i]->behind = lane->first;
        lane->first = p->list[i];
        if (!lane->last)
            lane->last = p->list[i];
    }
    p->n = 0;
}

/* Known to the store before the service may know of it. */
static int store_job(struct parcel *p, struct dvb_batch_job **out, struct dvb_err *err)
{
    struct dvb_store *store = p->b->ws->store;
    struct dvb_batch row = { .token = p->token,
                             .model = p->list[0]->q.model,
                             .status = DVB_BATCH_SENDING,
                             .sent = (int64_t)time(NULL),
                             .total = (long)p->n };
    *out = NULL;
    int ret = dvb_store_begin(store, err);
    if (ret)
        return ret;
    ret = dvb_store_add_batch(store, &row, &row.id, err);
    for (size_t i = 0; !ret && i < p->n; i++) {
        const struct dvb_batch_question *q = &p->list[i]->q;
        const struct dvb_batch_item item = { row.id, (int64_t)i, (char *)q->request_hash,
                                             (char *)q->step, q->prompt };
        ret = dvb_store_add_batch_item(store, &item, err);
    }
    int end = dvb_store_end(store, !ret, ret ? NULL : err);
    if (ret || end)
        return ret ? ret : end;
    struct dvb_batch_job *job = dvb_calloc(1, sizeof(*job));
    job->row = row;
    job->row.token = dvb_strdup(p->token);
    job->lane = p->lane;
    job->due = dvb_now() + p->b->settings.poll_s;
    job->next = p->b->jobs;
    p->b->jobs = job;
    for (size_t i = 0; i < p->n; i++)
        p->list[i]->job = job;
    *out = job;
    return 0;
}

/* The service did not take it, and surely has none of it. */
static void refused(struct parcel *p, const struct dvb_exchange *x, const struct dvb_err *why)
{
    bool none = x->status == 404 || x->status == 405;
    long n = (long)p->n;
    unpack(p);
    if (x->status == 429 || x->status == 413)
        dvb_batch_lane_full(p->b, p->lane, n, why->msg);
    else
        dvb_batch_lane_stop(
            p->lane, !x->again, "%s%s", why->msg,
            none ? " (if this service has no batches, give its profile \"batch\": false)" : "");
}

static int created(struct parcel *p, struct dvb_batch_job *job, const struct dvb_batch_state *st,
                   struct dvb_err *err)
{
    struct dvb_batcher *b = p->b;
    job->row.remote = dvb_strdup(st->id);
    p->lane->refusals = 0;
    if (p->lane->max_requests < dvb_batch_max_requests(&p->lane->profile) / 2)
        p->lane->max_requests *= 2;
    else
        p->lane->max_requests = dvb_batch_max_requests(&p->lane->profile);
    dvb_info("%s: batch %s holds %zu question%s", p->lane->profile.name, st->id, p->n,
             p->n == 1 ? "" : "s");
    dvb_batcher_tell(b);
    return dvb_batch_job_set(b, job, DVB_BATCH_SENT, NULL, err);
}

static int create(struct parcel *p, const struct dvb_batch_file *file, const char *input,
                  struct dvb_err *err)
{
    struct dvb_batch_job *job;
    struct dvb_batch_state st;
    struct dvb_exchange x;
    struct dvb_err why;
    int ret = store_job(p, &job, err);
    if (ret)
        return ret;
    int failed = dvb_batch_create(&p->lane->service, file, input, &st, &x, &why);
    if (!failed) {
        ret = created(p, job, &st, err);
    } else if (x.maybe) {
        dvb_warn("it is not clear whether the service has the batch, which is now looked for: %s",
                 why.msg);
        ret = dvb_batch_job_set(p->b, job, DVB_BATCH_SENDING, why.msg, err);
    } else {
        ret = dvb_batch_job_set(p->b, job, DVB_BATCH_LOST, why.msg, err);
        refused(p, &x, &why);
    }
    dvb_batch_state_release(&st);
    dvb_exchange_release(&x);
    return ret;
}

/* A service that does not take it is no error here: the lane is told. */
static int send_parcel(struct parcel *p, struct dvb_err *err)
{
    const struct dvb_batch_wire *wire = p->lane->profile.wire->batch;
    const struct dvb_batch_file file = { .path = p->path,
                                         .token = p->token,
                                         .requests = (long)p->n };
    struct dvb_exchange x = { 0 };
    struct dvb_err why;
    char *input = NULL;
    int failed = wire->upload ? wire->upload(&p->lane->service, &file, &input, &x, &why) : 0;
    int ret = 0;
    if (!failed) {
        ret = create(p, &file, input, err);
    } else if (why.fault == DVB_FAULT_SERVICE) {
        refused(p, &x, &why);
    } else {
        *err = why;
        ret = failed;
    }
    free(input);
    dvb_exchange_release(&x);
    return ret;
}

int dvb_batch_lane_send(struct dvb_batcher *b, struct dvb_batch_lane *lane, struct dvb_err *err)
{
    struct parcel p = { .b = b, .lane = lane };
    make_token(b, lane, p.token);
    p.path = dvb_asprintf("%s/%s.jsonl", b->dir, p.token);
    int ret = write_parcel(&p, err);
    if (!ret && p.n)
        ret = send_parcel(&p, err);
    else
        unpack(&p);
    remove(p.path);
    free(p.path);
    free(p.list);
    return ret;
}
