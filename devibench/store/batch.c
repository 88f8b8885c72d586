/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/internal.h"

static const char *const names[] = {
    [DVB_BATCH_SENDING] = "sending",
    [DVB_BATCH_SENT] = "running",
    [DVB_BATCH_DONE] = "done",
    [DVB_BATCH_LOST] = "failed",
};

void dvb_batch_release(struct dvb_batch *b)
{
    free(b->token);
    free(b->remote);
    free(b->message);
    *b = (struct dvb_batch){ 0 };
}

void dvb_batch_item_release(struct dvb_batch_item *item)
{
    free(item->request_hash);
    free(item->step);
    *item = (struct dvb_batch_item){ 0 };
}

int dvb_store_add_batch(struct dvb_store *s, const struct dvb_batch *b, int64_t *id,
                        struct dvb_err *err)
{
    return dvb_sql_put(s,
                       "INSERT INTO batch (token, model, remote, status, sent, total, done,"
                       " failed, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                       " RETURNING id",
                       "SELECT id FROM batch WHERE token = ?1",
                       DVB_ARGS(dvb_text(b->token), dvb_int(b->model), dvb_text(b->remote),
                                dvb_text(names[b->status]), dvb_int(b->sent), dvb_int(b->total),
                                dvb_int(b->done), dvb_int(b->failed), dvb_text(b->message)),
                       id, err);
}

int dvb_store_add_batch_item(struct dvb_store *s, const struct dvb_batch_item *item,
                             struct dvb_err *err)
{
    return dvb_sql_exec(s,
                        "INSERT INTO batch_item (batch, idx, request_hash, step, prompt)"
                        " VALUES (?1, ?2, ?3, ?4, ?5)",
                        DVB_ARGS(dvb_int(item->batch), dvb_int(item->idx),
                                 dvb_text(item->request_hash), dvb_text(item->step),
                                 dvb_int(item->prompt)),
                        err);
}

int dvb_store_set_batch(struct dvb_store *s, const struct dvb_batch *b, struct dvb_err *err)
{
    return dvb_sql_exec(s,
                        "UPDATE batch SET remote = ?2, status = ?3, total = ?4, done = ?5,"
                        " failed = ?6, message = ?7 WHERE id = ?1",
                        DVB_ARGS(dvb_int(b->id), dvb_text(b->remote), dvb_text(names[b->status]),
                                 dvb_int(b->total), dvb_int(b->done), dvb_int(b->failed),
                                 dvb_text(b->message)),
                        err);
}

int dvb_store_close_batches(struct dvb_store *s, struct dvb_err *err)
{
    return dvb_sql_exec(s,
                        "UPDATE batch SET status = 'done' WHERE status IN ('sending', 'running')"
                        " AND NOT EXISTS (SELECT 1 FROM batch_item LEFT JOIN call"
                        " USING (request_hash) WHERE batch_item.batch = batch.id"
                        " AND coalesce(call.status, 'error') = 'error')",
                        NULL, err);
}

static void decode(sqlite3_stmt *row, struct dvb_batch *b)
{
    const char *status = (const char *)sqlite3_column_text(row, 4);
    int code = DVB_BATCH_SENDING;
    while (code < DVB_BATCH_LOST && status && strcmp(names[code], status))
        code++;
    *b = (struct dvb_batch){
        .id = sqlite3_column_int64(row, 0),
        .token = dvb_col_text(row, 1),
        .model = sqlite3_column_int64(row, 2),
        .remote = dvb_col_text(row, 3),
        .status = (enum dvb_batch_status)code,
        .sent = sqlite3_column_int64(row, 5),
        .total = (long)sqlite3_column_int64(row, 6),
        .done = (long)sqlite3_column_int64(row, 7),
        .failed = (long)sqlite3_column_int64(row, 8),
        .message = dvb_col_text(row, 9),
    };
}

int dvb_store_list_batches(struct dvb_store *s, struct dvb_batch **list, size_t *n,
                           struct dvb_err *err)
{
    struct dvb_query q;
    size_t cap = 0;
    *list = NULL;
    *n = 0;
    int ret = dvb_query_open(&q, s,
                             "SELECT id, token, model, remote, status, sent, total, done, failed,"
                             " message FROM batch WHERE status IN ('sending', 'running')"
                             " ORDER BY id",
                             NULL, err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        *list = dvb_grow(*list, *n, &cap, sizeof(**list));
        decode(q.row, &(*list)[(*n)++]);
    }
    dvb_query_close(&q);
    return ret;
}

int dvb_store_has_batch(struct dvb_store *s, const char *remote, struct dvb_err *err)
{
    return dvb_sql_one(s, "SELECT id FROM batch WHERE remote = ?1", DVB_ARGS(dvb_text(remote)),
                       NULL, NULL, err);
}

static int decode_item(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_batch_item *)out = (struct dvb_batch_item){
        .batch = sqlite3_column_int64(row, 0),
        .idx = sqlite3_column_int64(row, 1),
        .request_hash = dvb_col_text(row, 2),
        .step = dvb_col_text(row, 3),
        .prompt = sqlite3_column_int64(row, 4),
    };
    return 0;
}

int dvb_store_find_batch_item(struct dvb_store *s, const char *request_hash,
                              struct dvb_batch_item *item, struct dvb_err *err)
{
    *item = (struct dvb_batch_item){ 0 };
    return dvb_sql_one(s,
                       "SELECT batch, idx, request_hash, step, prompt FROM batch_item"
                       " JOIN batch ON id = batch"
                       " WHERE request_hash = ?1 AND status IN ('sending', 'running')"
                       " ORDER BY batch DESC LIMIT 1",
                       DVB_ARGS(dvb_text(request_hash)), decode_item, item, err);
}

int dvb_store_get_batch_item(struct dvb_store *s, int64_t batch, int64_t idx,
                             struct dvb_batch_item *item, struct dvb_err *err)
{
    *item = (struct dvb_batch_item){ 0 };
    return dvb_sql_one(s,
                       "SELECT batch, idx, request_hash, step, prompt FROM batch_item"
                       " WHERE batch = ?1 AND idx = ?2",
                       DVB_ARGS(dvb_int(batch), dvb_int(idx)), decode_item, item, err);
}
