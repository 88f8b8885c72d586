/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/internal.h"

static const struct {
    int rc;
    enum dvb_fault fault;
    int errnum;
    const char *text;
} faults[] = {
    { SQLITE_FULL, DVB_FAULT_INTERNAL, ENOSPC, "disk full" },
    { SQLITE_CORRUPT, DVB_FAULT_INPUT, EILSEQ, "damaged database" },
    { SQLITE_NOTADB, DVB_FAULT_INPUT, EINVAL, "not a devibench store" },
    { SQLITE_BUSY, DVB_FAULT_INTERNAL, EBUSY, "in use by another process for too long" },
    { SQLITE_READONLY, DVB_FAULT_INPUT, EROFS, "cannot be written" },
    { SQLITE_PERM, DVB_FAULT_INPUT, EACCES, "permission denied" },
    { SQLITE_CANTOPEN, DVB_FAULT_INPUT, ENOENT, "cannot be opened" },
    { SQLITE_IOERR, DVB_FAULT_INTERNAL, EIO, "reading or writing failed" },
    { SQLITE_CONSTRAINT, DVB_FAULT_INTERNAL, EINVAL, "a value breaks the schema" },
    { SQLITE_TOOBIG, DVB_FAULT_INPUT, EFBIG, "a value is too large" },
};

int dvb_sql_fail(struct dvb_store *s, int rc, struct dvb_err *err)
{
    int primary = rc & 0xff;
    if (primary == SQLITE_NOMEM)
        return dvb_fail_nomem(err);
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        if (faults[i].rc == primary)
            return dvb_fail(err, faults[i].fault, faults[i].errnum, "%s: %s (%s)", s->path,
                            faults[i].text, sqlite3_errmsg(s->db));
    return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

/* A kept statement that nobody is stepping, or NULL where it must be prepared. */
static struct dvb_statement *cached(struct dvb_store *s, const char *sql)
{
    for (size_t i = 0; i < s->n_cached; i++)
        if (s->cached[i].sql == sql && !s->cached[i].busy)
            return &s->cached[i];
    return NULL;
}

static int prepare(struct dvb_query *q, const char *sql, struct dvb_err *err)
{
    struct dvb_store *s = q->store;
    q->cached = cached(s, sql);
    if (!q->cached) {
        int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->row, NULL);
        if (rc)
            return dvb_sql_fail(s, rc, err);
        if (s->n_cached < DVB_STORE_CACHED) {
            q->cached = &s->cached[s->n_cached++];
            *q->cached = (struct dvb_statement){ .sql = sql, .stmt = q->row };
        }
    }
    if (q->cached) {
        q->row = q->cached->stmt;
        q->cached->busy = true;
    }
    return 0;
}

static int bind_one(sqlite3_stmt *stmt, int at, const struct dvb_arg *a)
{
    switch (a->type) {
    case DVB_ARG_INT:
        return sqlite3_bind_int64(stmt, at, a->i);
    case DVB_ARG_REAL:
        return sqlite3_bind_double(stmt, at, a->f);
    case DVB_ARG_TEXT:
        return sqlite3_bind_text(stmt, at, a->s, -1, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, at);
    }
}

/* Arguments past those that the statement names are for its sibling (dvb_sql_put). */
static int bind_all(struct dvb_query *q, const struct dvb_arg *args, struct dvb_err *err)
{
    int n = sqlite3_bind_parameter_count(q->row);
    for (int i = 0; i < n && args && args[i].type != DVB_ARG_END; i++) {
        int rc = bind_one(q->row, i + 1, &args[i]);
        if (rc)
            return dvb_sql_fail(q->store, rc, err);
    }
    return 0;
}

int dvb_query_open(struct dvb_query *q, struct dvb_store *s, const char *sql,
                   const struct dvb_arg *args, struct dvb_err *err)
{
    *q = (struct dvb_query){ .store = s };
    pthread_mutex_lock(&s->lock);
    int ret = prepare(q, sql, err);
    if (!ret)
        ret = bind_all(q, args, err);
    if (ret)
        dvb_query_close(q);
    return ret;
}

int dvb_query_next(struct dvb_query *q, struct dvb_err *err)
{
    int rc = sqlite3_step(q->row);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : dvb_sql_fail(q->store, rc, err);
}

void dvb_query_close(struct dvb_query *q)
{
    struct dvb_store *s = q->store;
    if (q->cached) {
        sqlite3_reset(q->row);
        sqlite3_clear_bindings(q->row);
        q->cached->busy = false;
    } else {
        sqlite3_finalize(q->row);
    }
    *q = (struct dvb_query){ 0 };
    pthread_mutex_unlock(&s->lock);
}

int dvb_sql_one(struct dvb_store *s, const char *sql, const struct dvb_arg *args,
                dvb_decode *decode, void *out, struct dvb_err *err)
{
    struct dvb_query q;
    int ret = dvb_query_open(&q, s, sql, args, err);
    if (ret)
        return ret;
    int found = ret = dvb_query_next(&q, err);
    if (ret > 0 && decode)
        ret = decode(q.row, out, err);
    /* An INSERT that returns a row commits only when it is stepped to the end. */
    while (ret >= 0 && found > 0 && (ret = dvb_query_next(&q, err)) > 0)
        ;
    dvb_query_close(&q);
    return ret < 0 ? ret : found;
}

int dvb_sql_get(struct dvb_store *s, const char *sql, const char *what, int64_t id,
                dvb_decode *decode, void *out, struct dvb_err *err)
{
    int ret = dvb_sql_one(s, sql, DVB_ARGS(dvb_int(id)), decode, out, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no %s with id %lld", s->path, what,
                        (long long)id);
    return ret < 0 ? ret : 0;
}

int dvb_sql_exec(struct dvb_store *s, const char *sql, const struct dvb_arg *args,
                 struct dvb_err *err)
{
    int ret = dvb_sql_one(s, sql, args, NULL, NULL, err);
    return ret < 0 ? ret : 0;
}

static int decode_id(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(int64_t *)out = sqlite3_column_int64(row, 0);
    return 0;
}

int dvb_sql_put(struct dvb_store *s, const char *insert, const char *find,
                const struct dvb_arg *args, int64_t *id, struct dvb_err *err)
{
    *id = 0;
    int ret = dvb_sql_one(s, insert, args, decode_id, id, err);
    if (ret == 0)
        ret = dvb_sql_one(s, find, args, decode_id, id, err);
    if (ret == 0)
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, ENOENT, "%s: a row vanished while it was put",
                       s->path);
    if (ret < 0)
        *id = 0;
    return ret < 0 ? ret : 0;
}

char *dvb_col_text(sqlite3_stmt *row, int column)
{
    return dvb_strdup((const char *)sqlite3_column_text(row, column));
}
