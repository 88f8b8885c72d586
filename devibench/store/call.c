/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

#define COLUMNS                                                                                    \
    "id, request_hash, model, coalesce(prompt, 0), step, status, reply, usage, cost_usd, "         \
    "latency_s, attempts, tokens_in, tokens_cached, tokens_out, logprobs"

#define N_COLUMNS 15

const char *const dvb_call_status_names[] = {
    [DVB_CALL_OK] = "ok",
    [DVB_CALL_ERROR] = "error",
    [DVB_CALL_REFUSED] = "refused",
    [DVB_CALL_UNPARSED] = "unparsed",
    NULL,
};

static int decode(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    const char *status = (const char *)sqlite3_column_text(row, 5);
    int code = DVB_CALL_OK;
    while (status && dvb_call_status_names[code] && strcmp(dvb_call_status_names[code], status))
        code++;
    if (!status || !dvb_call_status_names[code]) /* the schema allows no other */
        code = DVB_CALL_ERROR;
    *(struct dvb_call *)out = (struct dvb_call){
        .id = sqlite3_column_int64(row, 0),
        .request_hash = dvb_col_text(row, 1),
        .model = sqlite3_column_int64(row, 2),
        .prompt = sqlite3_column_int64(row, 3),
        .step = dvb_col_text(row, 4),
        .status = (enum dvb_call_status)code,
        .reply = dvb_col_text(row, 6),
        .usage = dvb_col_text(row, 7),
        .cost_usd = sqlite3_column_double(row, 8),
        .latency_s = sqlite3_column_double(row, 9),
        .attempts = sqlite3_column_int(row, 10),
        .tokens_in = sqlite3_column_int64(row, 11),
        .tokens_cached = sqlite3_column_int64(row, 12),
        .tokens_out = sqlite3_column_int64(row, 13),
        .logprobs = dvb_col_text(row, 14),
    };
    return 0;
}

int dvb_store_put_call(struct dvb_store *s, const struct dvb_call *c, int64_t *id,
                       struct dvb_err *err)
{
    return dvb_sql_put(
        s,
        "INSERT INTO call (request_hash, model, prompt, step, status, reply, usage, cost_usd,"
        " latency_s, attempts, tokens_in, tokens_cached, tokens_out, logprobs)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        " ON CONFLICT (request_hash) DO UPDATE SET model = excluded.model,"
        " prompt = excluded.prompt, step = excluded.step, status = excluded.status,"
        " reply = excluded.reply, usage = excluded.usage,"
        " cost_usd = cost_usd + excluded.cost_usd, latency_s = excluded.latency_s,"
        " attempts = attempts + excluded.attempts, tokens_in = tokens_in + excluded.tokens_in,"
        " tokens_cached = tokens_cached + excluded.tokens_cached,"
        " tokens_out = tokens_out + excluded.tokens_out, logprobs = excluded.logprobs WHERE status "
        "= 'error'"
        " RETURNING id",
        "SELECT id FROM call WHERE request_hash = ?1",
        DVB_ARGS(dvb_text(c->request_hash), dvb_int(c->model), dvb_id(c->prompt), dvb_text(c->step),
                 dvb_text(dvb_call_status_names[c->status]), dvb_text(c->reply), dvb_text(c->usage),
                 dvb_real(c->cost_usd), dvb_real(c->latency_s), dvb_int(c->attempts),
                 dvb_int(c->tokens_in), dvb_int(c->tokens_cached), dvb_int(c->tokens_out),
                 dvb_text(c->logprobs)),
        id, err);
}

/* The names HASH.1, HASH.2 ... stand between "HASH." and "HASH/" in the index. */
int dvb_store_supersede_call(struct dvb_store *s, const char *request_hash, struct dvb_err *err)
{
    return dvb_sql_exec(s,
                        "UPDATE call SET request_hash = ?1 || '.' || (SELECT 1 + coalesce(max("
                        "CAST(substr(request_hash, length(?1) + 2) AS INTEGER)), 0) FROM call"
                        " WHERE request_hash > ?1 || '.' AND request_hash < ?1 || '/')"
                        " WHERE request_hash = ?1 AND status <> 'error'",
                        DVB_ARGS(dvb_text(request_hash)), err);
}

int dvb_store_find_call(struct dvb_store *s, const char *request_hash, struct dvb_call *c,
                        struct dvb_err *err)
{
    *c = (struct dvb_call){ 0 };
    return dvb_sql_one(s, "SELECT " COLUMNS " FROM call WHERE request_hash = ?1",
                       DVB_ARGS(dvb_text(request_hash)), decode, c, err);
}

/* The columns after those of the call itself. */
static int decode_record(sqlite3_stmt *row, struct dvb_call_record *r, struct dvb_err *err)
{
    int ret = decode(row, &r->call, err);
    r->model = dvb_col_text(row, N_COLUMNS);
    r->profile = dvb_col_text(row, N_COLUMNS + 1);
    r->prompt_name = dvb_col_text(row, N_COLUMNS + 2);
    r->prompt = dvb_col_text(row, N_COLUMNS + 3);
    return ret;
}

static void record_release(struct dvb_call_record *r)
{
    dvb_call_release(&r->call);
    free(r->model);
    free(r->profile);
    free(r->prompt_name);
    free(r->prompt);
    *r = (struct dvb_call_record){ 0 };
}

int dvb_store_each_call(struct dvb_store *s,
                        int (*each)(void *user, const struct dvb_call_record *r,
                                    struct dvb_err *err),
                        void *user, struct dvb_err *err)
{
    struct dvb_query q;
    int ret = dvb_query_open(&q, s,
                             "SELECT c.id, c.request_hash, c.model, coalesce(c.prompt, 0), c.step,"
                             " c.status, c.reply, c.usage, c.cost_usd, c.latency_s, c.attempts,"
                             " c.tokens_in, c.tokens_cached, c.tokens_out, c.logprobs,"
                             " m.name, m.profile, p.name, p.text FROM call c"
                             " JOIN model m ON m.id = c.model LEFT JOIN prompt p ON p.id = c.prompt"
                             " ORDER BY c.id",
                             NULL, err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        struct dvb_call_record r = { 0 };
        ret = decode_record(q.row, &r, err);
        if (!ret)
            ret = each(user, &r, err);
        record_release(&r);
        if (ret)
            break;
    }
    dvb_query_close(&q);
    return ret;
}

static int decode_id(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(int64_t *)out = sqlite3_column_int64(row, 0);
    return 0;
}

int dvb_store_newest_call(struct dvb_store *s, int64_t *id, struct dvb_err *err)
{
    *id = 0;
    int ret = dvb_sql_one(s, "SELECT coalesce(max(id), 0) FROM call", NULL, decode_id, id, err);
    return ret < 0 ? ret : 0;
}

int dvb_store_get_call(struct dvb_store *s, int64_t id, struct dvb_call *c, struct dvb_err *err)
{
    *c = (struct dvb_call){ 0 };
    return dvb_sql_get(s, "SELECT " COLUMNS " FROM call WHERE id = ?1", "call", id, decode, c, err);
}

static int decode_name(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(char **)out = dvb_col_text(row, 0);
    return 0;
}

int dvb_store_who_answered(struct dvb_store *s, const char *prompt, const char *model, char **name,
                           struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    dvb_hash_of_str(prompt, hash);
    *name = NULL;
    return dvb_sql_one(s,
                       "SELECT model.name FROM call JOIN model ON model.id = call.model"
                       " WHERE prompt = (SELECT id FROM prompt WHERE hash = ?1)"
                       " AND status <> 'error' ORDER BY model.name <> ?2, call.id LIMIT 1",
                       DVB_ARGS(dvb_text(hash), dvb_text(model)), decode_name, name, err);
}

/* An answer never becomes an error again, or it would be asked and paid for twice. */
int dvb_store_set_call_status(struct dvb_store *s, int64_t id, enum dvb_call_status status,
                              struct dvb_err *err)
{
    if (status == DVB_CALL_ERROR)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "%s: call %lld: an answer cannot become an error", s->path, (long long)id);
    int ret = dvb_sql_one(s,
                          "UPDATE call SET status = ?2 WHERE id = ?1 AND status <> 'error'"
                          " RETURNING id",
                          DVB_ARGS(dvb_int(id), dvb_text(dvb_call_status_names[status])), NULL,
                          NULL, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOENT, "%s: no answered call with id %lld",
                        s->path, (long long)id);
    return ret < 0 ? ret : 0;
}

void dvb_call_release(struct dvb_call *c)
{
    free(c->request_hash);
    free(c->step);
    free(c->reply);
    free(c->usage);
    free(c->logprobs);
    *c = (struct dvb_call){ 0 };
}
