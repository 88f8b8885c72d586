/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/internal.h"

#define BUSY_TIMEOUT_MS 10000
#define AS_IS 4 /* flag: of whatever version it is */

static int pragmas(struct dvb_store *s, const char *sql, struct dvb_err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc ? dvb_sql_fail(s, rc, err) : 0;
}

/* FULL: a commit is on the disk when it returns, because some commits are
   replies that were paid for. */
static int configure(struct dvb_store *s, unsigned flags, struct dvb_err *err)
{
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    int ret = pragmas(s,
                      "PRAGMA cell_size_check=ON;"
                      "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL",
                      err);
    if (!ret && !(flags & DVB_STORE_READONLY))
        ret = pragmas(s, "PRAGMA journal_mode=WAL", err);
    return ret;
}

static int open_as(struct dvb_store *s, const char *name, int how, unsigned flags,
                   struct dvb_err *err)
{
    int rc = sqlite3_open_v2(name, &s->db, how | SQLITE_OPEN_NOMUTEX, NULL);
    int ret = rc ? dvb_sql_fail(s, rc, err) : configure(s, flags, err);
    return ret || flags & AS_IS ? ret : dvb_store_migrate(s, flags, err);
}

static void close_db(struct dvb_store *s)
{
    for (size_t i = 0; i < s->n_cached; i++)
        sqlite3_finalize(s->cached[i].stmt);
    s->n_cached = 0;
    sqlite3_close(s->db);
    s->db = NULL;
}

/* "file:PATH?immutable=1", with PATH percent-encoded. Heap. */
static char *immutable_uri(const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    char *coded = dvb_calloc(strlen(path) * 3 + 1, 1), *out = coded;
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (isalnum(c) || strchr("/._-", c)) {
            *out++ = *p;
        } else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    char *uri = dvb_asprintf("file:%s?immutable=1", coded);
    free(coded);
    return uri;
}

/* True when a write-ahead log holds something that a reader must see. */
static bool has_log(const char *path)
{
    char *wal = dvb_asprintf("%s-wal", path);
    struct stat st;
    bool has = stat(wal, &st) == 0 && st.st_size > 0;
    free(wal);
    return has;
}

/* A reader of a WAL database needs the shared index file beside it, and makes
   it if it may. In a folder that we may not write to, and with no log there
   (so no writer), the file itself is all there is to read. */
static int open_readonly(struct dvb_store *s, unsigned flags, struct dvb_err *err)
{
    int ret = open_as(s, s->path, SQLITE_OPEN_READONLY, flags, err);
    int primary = s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_OK;
    if (!ret || (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) || has_log(s->path))
        return ret;
    close_db(s);
    char *uri = immutable_uri(s->path);
    ret = open_as(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, flags, err);
    free(uri);
    return ret;
}

static void init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

static struct dvb_store *new_store(const char *path)
{
    struct dvb_store *s = dvb_calloc(1, sizeof(*s));
    s->path = dvb_strdup(path);
    init_lock(&s->lock);
    return s;
}

int dvb_store_open(const char *path, unsigned flags, struct dvb_store **store, struct dvb_err *err)
{
    *store = NULL;
    struct stat st;
    if (stat(path, &st) && (errno != ENOENT || !(flags & DVB_STORE_CREATE)))
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    if (dvb_is_dir(path))
        return dvb_fail(err, DVB_FAULT_INPUT, EISDIR, "%s: a folder, not a devibench store", path);
    struct dvb_store *s = new_store(path);
    int create = flags & DVB_STORE_CREATE ? SQLITE_OPEN_CREATE : 0;
    int ret = flags & DVB_STORE_READONLY
                  ? open_readonly(s, flags, err)
                  : open_as(s, path, SQLITE_OPEN_READWRITE | create, flags, err);
    if (ret)
        dvb_store_close(&s);
    *store = s;
    return ret;
}

static int copy_pages(struct dvb_store *to, struct dvb_store *from, struct dvb_err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    if (!b)
        return dvb_sql_fail(to, sqlite3_errcode(to->db), err);
    sqlite3_backup_step(b, -1);
    int rc = sqlite3_backup_finish(b);
    return rc ? dvb_sql_fail(to, rc, err) : 0;
}

static int fill_copy(struct dvb_store *s, const char *path, struct dvb_err *err)
{
    struct dvb_store *from = new_store(path);
    int ret = open_readonly(from, DVB_STORE_READONLY | AS_IS, err);
    if (!ret)
        ret = copy_pages(s, from, err);
    dvb_store_close(&from);
    return ret;
}

int dvb_store_open_copy(const char *path, struct dvb_store **store, struct dvb_err *err)
{
    struct dvb_store *s = new_store(path ? path : "a store that is not there yet");
    /* Without a name: a temporary database, which spills to a file when it is large. */
    int ret = open_as(s, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, AS_IS, err);
    if (!ret && path)
        ret = fill_copy(s, path, err);
    if (!ret)
        ret = dvb_store_migrate(s, DVB_STORE_CREATE, err);
    if (ret)
        dvb_store_close(&s);
    *store = s;
    return ret;
}

void dvb_store_close(struct dvb_store **store)
{
    struct dvb_store *s = *store;
    if (!s)
        return;
    close_db(s);
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
    *store = NULL;
}

int dvb_store_begin(struct dvb_store *s, struct dvb_err *err)
{
    pthread_mutex_lock(&s->lock);
    int ret = s->in_transaction ? dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                                           "%s: transaction in a transaction", s->path)
                                : dvb_sql_exec(s, "BEGIN IMMEDIATE", NULL, err);
    if (ret)
        pthread_mutex_unlock(&s->lock);
    else
        s->in_transaction = true;
    return ret;
}

/* A full disk makes SQLite roll back by itself; then there is nothing to commit. */
int dvb_store_end(struct dvb_store *s, bool ok, struct dvb_err *err)
{
    int ret = 0;
    if (ok && sqlite3_get_autocommit(s->db))
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "%s: the transaction was rolled back",
                       s->path);
    else if (ok)
        ret = dvb_sql_exec(s, "COMMIT", NULL, err);
    if ((!ok || ret) && !sqlite3_get_autocommit(s->db)) {
        int back = dvb_sql_exec(s, "ROLLBACK", NULL, ok ? NULL : err);
        ret = ret ? ret : back;
    }
    s->in_transaction = false;
    pthread_mutex_unlock(&s->lock);
    return ret;
}
