/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/internal.h"

static int decode_id(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(int64_t *)out = sqlite3_column_int64(row, 0);
    return 0;
}

int dvb_store_put_cell(struct dvb_store *s, const struct dvb_cell_row *c, int64_t *id,
                       struct dvb_err *err)
{
    *id = 0;
    int ret = dvb_sql_one(
        s,
        "INSERT INTO cell (run, idx, model, bitrate, strategy, baseline, sampling)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        DVB_ARGS(dvb_int(c->run), dvb_int(c->index), dvb_id(c->model), dvb_id(c->bitrate),
                 dvb_text(c->strategy), dvb_int(c->baseline), dvb_text(c->sampling)),
        decode_id, id, err);
    if (ret < 0)
        *id = 0;
    return ret < 0 ? ret : 0;
}

int dvb_store_put_result(struct dvb_store *s, const struct dvb_result_row *r, struct dvb_err *err)
{
    struct dvb_arg answer = r->answer < 0 ? dvb_id(0) : dvb_int(r->answer);
    return dvb_sql_exec(
        s,
        "INSERT INTO result (cell, question, rendition, call, judge, answer, score)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (cell, question) DO UPDATE SET rendition = excluded.rendition,"
        " call = excluded.call, judge = excluded.judge, answer = excluded.answer,"
        " score = excluded.score",
        DVB_ARGS(dvb_int(r->cell), dvb_int(r->question), dvb_id(r->rendition), dvb_id(r->call),
                 dvb_id(r->judge), answer, dvb_real(r->score)),
        err);
}

void dvb_builders_free(struct dvb_builder *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].profile);
        free(list[i].role);
    }
    free(list);
}

/* Who wrote a question stands in its call, who judged it in the run's verdicts. */
int dvb_store_list_builders(struct dvb_store *s, int64_t run, struct dvb_builder **list, size_t *n,
                            struct dvb_err *err)
{
    *list = NULL;
    *n = 0;
    struct dvb_query q;
    int ret = dvb_query_open(
        &q, s,
        "SELECT q.id, 'generator', m.profile FROM run_question rq"
        " JOIN question q ON q.id = rq.question JOIN call c ON c.id = q.call"
        " JOIN model m ON m.id = c.model WHERE rq.run = ?1"
        " UNION SELECT v.question, iif(v.step = 'verify', 'verifier', 'filter'), m.profile"
        " FROM verdict v JOIN model m ON m.id = v.model WHERE v.run = ?1"
        " ORDER BY 1, 2, 3",
        DVB_ARGS(dvb_int(run)), err);
    if (ret)
        return ret;
    struct dvb_builder *found = NULL;
    size_t count = 0, cap = 0;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        found = dvb_grow(found, count, &cap, sizeof(*found));
        found[count++] = (struct dvb_builder){ .question = sqlite3_column_int64(q.row, 0),
                                               .role = dvb_col_text(q.row, 1),
                                               .profile = dvb_col_text(q.row, 2) };
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_builders_free(found, count);
        return ret;
    }
    *list = found;
    *n = count;
    return 0;
}

static enum dvb_call_status status_of(const char *name)
{
    int i = 0;
    while (name && dvb_call_status_names[i] && strcmp(dvb_call_status_names[i], name))
        i++;
    return name && dvb_call_status_names[i] ? (enum dvb_call_status)i : DVB_CALL_OK;
}

static void decode_answer(sqlite3_stmt *row, struct dvb_answer *a)
{
    bool chosen = sqlite3_column_type(row, 6) != SQLITE_NULL;
    *a = (struct dvb_answer){
        .run = sqlite3_column_int64(row, 0),
        .bitrate = sqlite3_column_int64(row, 1),
        .model = dvb_col_text(row, 2),
        .strategy = dvb_col_text(row, 3),
        .baseline = sqlite3_column_int(row, 4),
        .sampling = dvb_col_text(row, 5),
        .answer = chosen ? sqlite3_column_int(row, 6) : -1,
        .score = sqlite3_column_double(row, 7),
        .rendition = sqlite3_column_int64(row, 8),
        .call = sqlite3_column_int64(row, 9),
        .judge = sqlite3_column_int64(row, 10),
        .status = status_of((const char *)sqlite3_column_text(row, 11)),
        .reply = dvb_col_text(row, 12),
        .verdict = dvb_col_text(row, 13),
    };
}

int dvb_store_list_answers(struct dvb_store *s, int64_t question, struct dvb_answer **list,
                           size_t *n, struct dvb_err *err)
{
    *list = NULL;
    *n = 0;
    struct dvb_query q;
    int ret = dvb_query_open(
        &q, s,
        "SELECT cell.run, coalesce(cell.bitrate, 0), model.name, cell.strategy, cell.baseline,"
        " cell.sampling, r.answer, r.score, coalesce(r.rendition, 0), coalesce(r.call, 0),"
        " coalesce(r.judge, 0), call.status, call.reply, judge.reply FROM result r"
        " JOIN cell ON cell.id = r.cell LEFT JOIN model ON model.id = cell.model"
        " LEFT JOIN call ON call.id = r.call LEFT JOIN call judge ON judge.id = r.judge"
        " WHERE r.question = ?1 ORDER BY cell.run, cell.idx",
        DVB_ARGS(dvb_int(question)), err);
    if (ret)
        return ret;
    struct dvb_answer *found = NULL;
    size_t count = 0, cap = 0;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        found = dvb_grow(found, count, &cap, sizeof(*found));
        decode_answer(q.row, &found[count++]);
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_answers_free(found, count);
        return ret;
    }
    *list = found;
    *n = count;
    return 0;
}

void dvb_answers_free(struct dvb_answer *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].model);
        free(list[i].strategy);
        free(list[i].sampling);
        free(list[i].reply);
        free(list[i].verdict);
    }
    free(list);
}
