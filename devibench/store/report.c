/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/internal.h"

static enum dvb_call_status status_of(const char *name)
{
    int code = DVB_CALL_OK;
    while (name && dvb_call_status_names[code] && strcmp(dvb_call_status_names[code], name))
        code++;
    return name && dvb_call_status_names[code] ? (enum dvb_call_status)code : DVB_CALL_OK;
}

void dvb_runs_free(struct dvb_run *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dvb_run_release(&list[i]);
    free(list);
}

int dvb_store_list_runs(struct dvb_store *s, const char *command, struct dvb_run **list, size_t *n,
                        struct dvb_err *err)
{
    struct dvb_query q;
    struct dvb_run *found = NULL;
    size_t count = 0, cap = 0;
    *list = NULL;
    *n = 0;
    int ret = dvb_query_open(&q, s,
                             "SELECT id, command, line, versions, seed, settings, started, finished"
                             " FROM run WHERE ?1 IS NULL OR command = ?1 ORDER BY id",
                             DVB_ARGS(dvb_text(command)), err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        found = dvb_grow(found, count, &cap, sizeof(*found));
        found[count++] = (struct dvb_run){
            .id = sqlite3_column_int64(q.row, 0),
            .command = dvb_col_text(q.row, 1),
            .line = dvb_col_text(q.row, 2),
            .versions = dvb_col_text(q.row, 3),
            .seed = sqlite3_column_int64(q.row, 4),
            .settings = dvb_col_text(q.row, 5),
            .started = dvb_col_text(q.row, 6),
            .finished = dvb_col_text(q.row, 7),
        };
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_runs_free(found, count);
        return ret;
    }
    *list = found;
    *n = count;
    return 0;
}

void dvb_cells_free(struct dvb_cell_record *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].strategy);
        free(list[i].sampling);
        free(list[i].model);
        free(list[i].profile);
    }
    free(list);
}

int dvb_store_list_cells(struct dvb_store *s, int64_t run, struct dvb_cell_record **list, size_t *n,
                         struct dvb_err *err)
{
    struct dvb_query q;
    struct dvb_cell_record *found = NULL;
    size_t count = 0, cap = 0;
    *list = NULL;
    *n = 0;
    int ret = dvb_query_open(&q, s,
                             "SELECT c.id, coalesce(c.bitrate, 0), c.strategy, c.baseline,"
                             " c.sampling, m.name, m.profile FROM cell c"
                             " LEFT JOIN model m ON m.id = c.model WHERE c.run = ?1 ORDER BY c.idx",
                             DVB_ARGS(dvb_int(run)), err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        found = dvb_grow(found, count, &cap, sizeof(*found));
        found[count++] = (struct dvb_cell_record){
            .id = sqlite3_column_int64(q.row, 0),
            .bitrate = sqlite3_column_int64(q.row, 1),
            .strategy = dvb_col_text(q.row, 2),
            .baseline = sqlite3_column_int(q.row, 3),
            .sampling = dvb_col_text(q.row, 4),
            .model = dvb_col_text(q.row, 5),
            .profile = dvb_col_text(q.row, 6),
        };
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_cells_free(found, count);
        return ret;
    }
    *list = found;
    *n = count;
    return 0;
}

int dvb_store_each_result(struct dvb_store *s, int64_t cell, dvb_store_on_result *on_result,
                          void *user, struct dvb_err *err)
{
    struct dvb_query q;
    int ret = dvb_query_open(&q, s,
                             "SELECT r.question, coalesce(r.rendition, 0), coalesce(r.call, 0),"
                             " coalesce(r.judge, 0), coalesce(r.answer, -1), r.score, c.status,"
                             " coalesce(c.cost_usd, 0) + coalesce(j.cost_usd, 0),"
                             " coalesce(c.latency_s, 0), coalesce(c.tokens_in, 0),"
                             " coalesce(c.tokens_out, 0) FROM result r"
                             " LEFT JOIN call c ON c.id = r.call LEFT JOIN call j ON j.id = r.judge"
                             " WHERE r.cell = ?1 ORDER BY r.question",
                             DVB_ARGS(dvb_int(cell)), err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        const struct dvb_result_record r = {
            .question = sqlite3_column_int64(q.row, 0),
            .rendition = sqlite3_column_int64(q.row, 1),
            .call = sqlite3_column_int64(q.row, 2),
            .judge = sqlite3_column_int64(q.row, 3),
            .answer = sqlite3_column_int(q.row, 4),
            .score = sqlite3_column_double(q.row, 5),
            .status = status_of((const char *)sqlite3_column_text(q.row, 6)),
            .cost_usd = sqlite3_column_double(q.row, 7),
            .latency_s = sqlite3_column_double(q.row, 8),
            .tokens_in = sqlite3_column_int64(q.row, 9),
            .tokens_out = sqlite3_column_int64(q.row, 10),
        };
        ret = on_result(user, &r, err);
        if (ret < 0)
            break;
    }
    dvb_query_close(&q);
    return ret < 0 ? ret : 0;
}

static int decode_words(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_call_words *)out = (struct dvb_call_words){
        .reply = dvb_col_text(row, 0),
        .status = status_of((const char *)sqlite3_column_text(row, 1)),
        .cost_usd = sqlite3_column_double(row, 2),
        .latency_s = sqlite3_column_double(row, 3),
    };
    return 0;
}

int dvb_store_get_words(struct dvb_store *s, int64_t call, struct dvb_call_words *out,
                        struct dvb_err *err)
{
    *out = (struct dvb_call_words){ 0 };
    return dvb_sql_get(s, "SELECT reply, status, cost_usd, latency_s FROM call WHERE id = ?1",
                       "call", call, decode_words, out, err);
}

void dvb_call_words_release(struct dvb_call_words *w)
{
    free(w->reply);
    *w = (struct dvb_call_words){ 0 };
}
