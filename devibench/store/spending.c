/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "store/internal.h"

int dvb_store_list_spending(struct dvb_store *s, struct dvb_spending **list, size_t *n,
                            struct dvb_err *err)
{
    struct dvb_spending *rows = NULL;
    size_t count = 0, cap = 0;
    struct dvb_query q;
    *list = NULL;
    *n = 0;
    int ret = dvb_query_open(&q, s,
                             "SELECT c.step, m.name, sum(c.status <> 'error'),"
                             " sum(c.status = 'error'), sum(c.tokens_in), sum(c.tokens_cached),"
                             " sum(c.tokens_out), sum(c.cost_usd) FROM call c"
                             " JOIN model m ON m.id = c.model"
                             " GROUP BY c.step, m.name ORDER BY c.step, m.name",
                             NULL, err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        rows = dvb_grow(rows, count, &cap, sizeof(*rows));
        rows[count++] = (struct dvb_spending){
            .step = dvb_col_text(q.row, 0),
            .model = dvb_col_text(q.row, 1),
            .calls = sqlite3_column_int64(q.row, 2),
            .failed = sqlite3_column_int64(q.row, 3),
            .tokens_in = sqlite3_column_int64(q.row, 4),
            .tokens_cached = sqlite3_column_int64(q.row, 5),
            .tokens_out = sqlite3_column_int64(q.row, 6),
            .cost_usd = sqlite3_column_double(q.row, 7),
        };
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_spending_free(rows, count);
        return ret;
    }
    *list = rows;
    *n = count;
    return 0;
}

void dvb_spending_free(struct dvb_spending *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].step);
        free(list[i].model);
    }
    free(list);
}

static int decode_mean(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_mean_tokens *)out = (struct dvb_mean_tokens){
        .n = sqlite3_column_int64(row, 0),
        .in = sqlite3_column_double(row, 1),
        .out = sqlite3_column_double(row, 2),
    };
    return 0;
}

int dvb_store_mean_tokens(struct dvb_store *s, const char *model, const char *step,
                          struct dvb_mean_tokens *mean, struct dvb_err *err)
{
    *mean = (struct dvb_mean_tokens){ 0 };
    int ret = dvb_sql_one(s,
                          "SELECT count(*), coalesce(avg(tokens_in), 0),"
                          " coalesce(avg(tokens_out), 0) FROM call"
                          " WHERE model IN (SELECT id FROM model WHERE name = ?1) AND step = ?2"
                          " AND status <> 'error' AND tokens_in > 0",
                          DVB_ARGS(dvb_text(model), dvb_text(step)), decode_mean, mean, err);
    return ret < 0 ? ret : 0;
}
