/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share: statements with bound arguments, and the
 * one place where SQLite's codes become our errors. SQL given to these
 * functions must be string literals: prepared statements are kept by address.
 */
#ifndef DVB_STORE_INTERNAL_H
#define DVB_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store.h"

#define DVB_STORE_CACHED 64

struct dvb_statement {
    const char *sql;
    sqlite3_stmt *stmt;
    bool busy;
};

struct dvb_store {
    sqlite3 *db;
    char *path;
    pthread_mutex_t lock; /* recursive; held by whoever has a transaction or an open query */
    bool in_transaction;
    struct dvb_statement cached[DVB_STORE_CACHED];
    size_t n_cached;
};

/* An argument to bind. A list is built with DVB_ARGS(dvb_int(1), dvb_text("a")). */
struct dvb_arg {
    enum { DVB_ARG_END, DVB_ARG_NULL, DVB_ARG_INT, DVB_ARG_REAL, DVB_ARG_TEXT } type;
    int64_t i;
    double f;
    const char *s;
};
#define DVB_ARGS(...) ((const struct dvb_arg[]){ __VA_ARGS__, { .type = DVB_ARG_END } })

static inline struct dvb_arg dvb_int(int64_t i)
{
    return (struct dvb_arg){ .type = DVB_ARG_INT, .i = i };
}

/* A row's id; 0 is SQL NULL. */
static inline struct dvb_arg dvb_id(int64_t id)
{
    return (struct dvb_arg){ .type = id ? DVB_ARG_INT : DVB_ARG_NULL, .i = id };
}

static inline struct dvb_arg dvb_real(double f)
{
    return (struct dvb_arg){ .type = DVB_ARG_REAL, .f = f };
}

/* NULL is SQL NULL. */
static inline struct dvb_arg dvb_text(const char *s)
{
    return (struct dvb_arg){ .type = s ? DVB_ARG_TEXT : DVB_ARG_NULL, .s = s };
}

/* The error of the last call on s->db, for result code rc. */
int dvb_sql_fail(struct dvb_store *s, int rc, struct dvb_err *err);

/* Rows one at a time. From open to close the store is locked; a failed open
   needs no close. */
struct dvb_query {
    struct dvb_store *store;
    sqlite3_stmt *row;
    struct dvb_statement *cached; /* NULL: row is ours alone */
};
int dvb_query_open(struct dvb_query *q, struct dvb_store *s, const char *sql,
                   const struct dvb_arg *args, struct dvb_err *err);
int dvb_query_next(struct dvb_query *q, struct dvb_err *err); /* 1 a row, 0 the end */
void dvb_query_close(struct dvb_query *q);

/* Fills out, of the caller's type, from the columns of a row. */
typedef int dvb_decode(sqlite3_stmt *row, void *out, struct dvb_err *err);

/* Run to the end; the first row, if any, goes to decode (may be NULL). 1 there was one, 0 none. */
int dvb_sql_one(struct dvb_store *s, const char *sql, const struct dvb_arg *args,
                dvb_decode *decode, void *out, struct dvb_err *err);

/* As dvb_sql_one, but no row is DVB_FAULT_INPUT: "PATH: no WHAT with id ID". */
int dvb_sql_get(struct dvb_store *s, const char *sql, const char *what, int64_t id,
                dvb_decode *decode, void *out, struct dvb_err *err);

int dvb_sql_exec(struct dvb_store *s, const char *sql, const struct dvb_arg *args,
                 struct dvb_err *err);

/* insert is an INSERT ... ON CONFLICT ... RETURNING id. Where that gives no
   row, find selects the id of the one that is there; it takes the first few of
   the same arguments. */
int dvb_sql_put(struct dvb_store *s, const char *insert, const char *find,
                const struct dvb_arg *args, int64_t *id, struct dvb_err *err);

/* Heap copy of a column, or NULL. */
char *dvb_col_text(sqlite3_stmt *row, int column);

/* Bring an opened database up to this program's version (migrate.c). */
int dvb_store_migrate(struct dvb_store *s, unsigned flags, struct dvb_err *err);

#endif
