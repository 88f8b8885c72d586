/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "store/internal.h"

int dvb_store_put_verdict(struct dvb_store *s, const struct dvb_verdict *v, struct dvb_err *err)
{
    struct dvb_arg answer = v->answer < 0 ? dvb_id(0) : dvb_int(v->answer);
    return dvb_sql_exec(
        s,
        "INSERT INTO verdict (run, question, step, model, call, rendition, answer, correct)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (run, question, step) DO UPDATE SET model = excluded.model,"
        " call = excluded.call, rendition = excluded.rendition, answer = excluded.answer,"
        " correct = excluded.correct",
        DVB_ARGS(dvb_int(v->run), dvb_int(v->question), dvb_text(v->step), dvb_int(v->model),
                 dvb_id(v->call), dvb_id(v->rendition), answer, dvb_int(v->correct)),
        err);
}

static void decode(sqlite3_stmt *row, struct dvb_verdict *v)
{
    bool answered = sqlite3_column_type(row, 6) != SQLITE_NULL;
    *v = (struct dvb_verdict){
        .run = sqlite3_column_int64(row, 0),
        .question = sqlite3_column_int64(row, 1),
        .step = dvb_col_text(row, 2),
        .model = sqlite3_column_int64(row, 3),
        .call = sqlite3_column_int64(row, 4),
        .rendition = sqlite3_column_int64(row, 5),
        .answer = answered ? sqlite3_column_int(row, 6) : -1,
        .correct = sqlite3_column_int(row, 7),
    };
}

void dvb_verdict_release(struct dvb_verdict *v)
{
    free(v->step);
    *v = (struct dvb_verdict){ 0 };
}

int dvb_store_list_verdicts(struct dvb_store *s, int64_t run, int64_t question,
                            struct dvb_verdict **v, size_t *n, struct dvb_err *err)
{
    *v = NULL;
    *n = 0;
    struct dvb_query q;
    int ret = dvb_query_open(&q, s,
                             "SELECT run, question, step, model, coalesce(call, 0),"
                             " coalesce(rendition, 0), answer, correct FROM verdict"
                             " WHERE run = ?1 AND question = ?2 ORDER BY step",
                             DVB_ARGS(dvb_int(run), dvb_int(question)), err);
    if (ret)
        return ret;
    struct dvb_verdict *list = NULL;
    size_t count = 0, cap = 0;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        list = dvb_grow(list, count, &cap, sizeof(*list));
        decode(q.row, &list[count++]);
    }
    dvb_query_close(&q);
    if (ret) {
        for (size_t i = 0; i < count; i++)
            dvb_verdict_release(&list[i]);
        free(list);
        return ret;
    }
    *v = list;
    *n = count;
    return 0;
}
