/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schema's versions. PRAGMA application_id says that a file is ours,
 * PRAGMA user_version which version it has. A new file goes through the same
 * steps as an old one, so both end up alike.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/asset.h"
#include "base/mem.h"
#include "store/internal.h"

#define APPLICATION_ID 0x44764221 /* "DvB!" */

/* steps[v] is the script that brings version v to v + 1. */
static const char *const steps[] = { "data/schema.sql", "data/schema-2-imported.sql",
                                     "data/schema-3-spending.sql", "data/schema-4-batches.sql",
                                     "data/schema-5-results.sql" };
#define NEWEST ((int)(sizeof(steps) / sizeof(*steps)))

static int pragma_int(struct dvb_store *s, const char *sql, int *v, struct dvb_err *err)
{
    struct dvb_query q;
    int ret = dvb_query_open(&q, s, sql, NULL, err);
    if (ret)
        return ret;
    ret = dvb_query_next(&q, err);
    *v = ret > 0 ? sqlite3_column_int(q.row, 0) : 0;
    dvb_query_close(&q);
    return ret < 0 ? ret : 0;
}

static int script(struct dvb_store *s, const char *sql, struct dvb_err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc ? dvb_sql_fail(s, rc, err) : 0;
}

static int take_steps(struct dvb_store *s, int from, struct dvb_err *err)
{
    int ret = 0;
    for (int v = from; !ret && v < NEWEST; v++) {
        const struct dvb_asset *a = dvb_asset_find(steps[v]);
        ret = a ? script(s, a->data, err)
                : dvb_fail(err, DVB_FAULT_INTERNAL, ENOENT, "%s is not compiled in", steps[v]);
    }
    char *mark = dvb_asprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
                              NEWEST);
    if (!ret)
        ret = script(s, mark, err);
    free(mark);
    return ret;
}

/* Whose file it is, and of what age: *version is 0 for one without tables. */
static int identify(struct dvb_store *s, int *version, struct dvb_err *err)
{
    int id, tables, ret = pragma_int(s, "PRAGMA application_id", &id, err);
    if (!ret)
        ret = pragma_int(s, "PRAGMA user_version", version, err);
    if (!ret)
        ret = pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (ret)
        return ret;
    bool empty = id == 0 && *version == 0 && tables == 0;
    if (!empty && (id != APPLICATION_ID || *version < 1))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: a database, but not a devibench store",
                        s->path);
    if (*version > NEWEST)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: made by a newer devibench (store version %d; this one knows up to %d)",
                        s->path, *version, NEWEST);
    return 0;
}

int dvb_store_migrate(struct dvb_store *s, unsigned flags, struct dvb_err *err)
{
    int version, ret = identify(s, &version, err);
    if (ret || version == NEWEST)
        return ret;
    if (version == 0 && !(flags & DVB_STORE_CREATE))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: an empty file, not a devibench store",
                        s->path);
    if (flags & DVB_STORE_READONLY)
        return dvb_fail(err, DVB_FAULT_INPUT, EROFS,
                        "%s: store version %d must be brought up to %d by a command that writes",
                        s->path, version, NEWEST);
    ret = dvb_store_begin(s, err);
    if (ret)
        return ret;
    /* Another process may have done it while this one waited. */
    ret = identify(s, &version, err);
    if (!ret && version < NEWEST)
        ret = take_steps(s, version, err);
    int end = dvb_store_end(s, !ret, ret ? NULL : err);
    return ret ? ret : end;
}
