/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/question.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static int decode_hash(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    struct dvb_hash *h = out;
    char numbers[64];
    int64_t start = sqlite3_column_int64(row, 1), length = sqlite3_column_int64(row, 2);
    snprintf(numbers, sizeof(numbers), "%" PRId64 " %" PRId64, start, length);
    dvb_hash_str(h, (const char *)sqlite3_column_text(row, 0));
    dvb_hash_str(h, numbers);
    return 0;
}

/* All that the set says, and nothing of the file that its video turned out to
   be: so the key is the same before and after the video is there, and a
   corrected answer makes another question. */
static void hash_imported(struct dvb_hash *h, const struct dvb_question *q)
{
    const int64_t numbers[] = { q->start_ms,     q->length_ms, q->asked_ms,   q->due_ms,
                                q->series_index, q->answer,    q->multi_frame };
    const char *const texts[] = { q->source,  q->reference, q->task_type,
                                  q->ability, q->series,    q->verbatim };
    dvb_hash_str(h, "imported");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        char text[32];
        snprintf(text, sizeof(text), "%" PRId64, numbers[i]);
        dvb_hash_str(h, text);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        dvb_hash_str(h, texts[i]);
}

static int compute_key(struct dvb_store *s, struct dvb_question *q, struct dvb_err *err)
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    int ret = 0;
    if (q->source)
        hash_imported(&h, q);
    else
        ret = dvb_sql_get(s,
                          "SELECT video.hash, start_ms, length_ms FROM segment"
                          " JOIN video ON video.id = segment.video WHERE segment.id = ?1",
                          "segment", q->segment, decode_hash, &h, err);
    dvb_hash_str(&h, q->text);
    for (int i = 0; i < q->n_options; i++)
        dvb_hash_str(&h, q->options[i]);
    char hex[DVB_HASH_LEN + 1];
    dvb_hash_final(&h, hex);
    if (!ret)
        snprintf(q->key, sizeof(q->key), "%.16s", hex);
    return ret;
}

static char *options_json(const struct dvb_question *q)
{
    json_t *list = json_array();
    for (int i = 0; i < q->n_options; i++)
        json_array_append_new(list, dvb_json_str(q->options[i]));
    char *text = dvb_json_canon(list);
    json_decref(list);
    return text;
}

static int check(const struct dvb_question *q, struct dvb_err *err)
{
    for (int i = 0; i < q->n_options && i < DVB_MAX_OPTIONS; i++)
        if (!q->options[i])
            return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "question '%.80s': option %d missing",
                            q->text, i + 1);
    if (q->n_options < 0 || q->n_options > DVB_MAX_OPTIONS || q->answer < 0 ||
        (q->n_options && q->answer >= q->n_options))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "question '%.80s': answer %d of %d options (at most %d)", q->text,
                        q->answer, q->n_options, DVB_MAX_OPTIONS);
    return 0;
}

static struct dvb_arg time_arg(const struct dvb_question *q, int64_t ms)
{
    return q->source && ms >= 0 ? dvb_int(ms) : dvb_id(0);
}

static int insert(struct dvb_store *s, const struct dvb_question *q, const char *options,
                  int64_t *id, struct dvb_err *err)
{
    return dvb_sql_put(
        s,
        "INSERT INTO question (call, idx, key, segment, text, options, answer, task_type,"
        " multi_frame, origin, reference, source, start_ms, length_ms, asked_ms, due_ms, ability,"
        " series, series_idx, verbatim)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
        " ?18, ?19, ?20)"
        " ON CONFLICT (coalesce(call, 0), idx, key) DO UPDATE SET segment = excluded.segment"
        " WHERE question.source IS NOT NULL AND excluded.segment IS NOT NULL"
        " AND question.segment IS NOT excluded.segment"
        " RETURNING id",
        "SELECT id FROM question WHERE coalesce(call, 0) = coalesce(?1, 0) AND idx = ?2"
        " AND key = ?3",
        DVB_ARGS(dvb_id(q->call), dvb_int(q->index), dvb_text(q->key), dvb_id(q->segment),
                 dvb_text(q->text), dvb_text(options), dvb_int(q->answer), dvb_text(q->task_type),
                 dvb_int(q->multi_frame), dvb_text(q->origin), dvb_text(q->reference),
                 dvb_text(q->source), time_arg(q, q->start_ms), time_arg(q, q->length_ms),
                 time_arg(q, q->asked_ms), time_arg(q, q->due_ms), dvb_text(q->ability),
                 dvb_text(q->series), time_arg(q, q->series ? q->series_index : -1),
                 dvb_text(q->verbatim)),
        id, err);
}

int dvb_store_put_question(struct dvb_store *s, struct dvb_question *q, int64_t *id,
                           struct dvb_err *err)
{
    *id = 0;
    int ret = check(q, err);
    if (!ret)
        ret = compute_key(s, q, err);
    if (ret)
        return ret;
    char *options = options_json(q);
    ret = insert(s, q, options, id, err);
    free(options);
    return ret;
}

static int decode_options(const char *text, struct dvb_question *q, struct dvb_err *err)
{
    json_t *list;
    int ret = dvb_json_parse(text ? text : "", text ? strlen(text) : 0, q->key, &list, err);
    if (ret)
        return ret;
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < DVB_MAX_OPTIONS; i++)
        q->options[i] = dvb_strdup(json_string_value(json_array_get(list, i)));
    q->n_options = (int)n;
    for (size_t i = 0; i < n && !ret; i++)
        if (i >= DVB_MAX_OPTIONS || !q->options[i])
            ret = dvb_fail(err, DVB_FAULT_INPUT, EILSEQ,
                           "question %s: option %zu in the store is not readable", q->key, i + 1);
    json_decref(list);
    return ret;
}

int dvb_question_decode(sqlite3_stmt *row, struct dvb_question *q, struct dvb_err *err)
{
    *q = (struct dvb_question){
        .id = sqlite3_column_int64(row, 0),
        .call = sqlite3_column_int64(row, 1),
        .index = sqlite3_column_int(row, 2),
        .segment = sqlite3_column_int64(row, 4),
        .text = dvb_col_text(row, 5),
        .answer = sqlite3_column_int(row, 7),
        .task_type = dvb_col_text(row, 8),
        .multi_frame = sqlite3_column_int(row, 9),
        .origin = dvb_col_text(row, 10),
        .reference = dvb_col_text(row, 11),
        .source = dvb_col_text(row, 12),
        .start_ms = sqlite3_column_int64(row, 13),
        .length_ms = sqlite3_column_int64(row, 14),
        .asked_ms = sqlite3_column_int64(row, 15),
        .due_ms = sqlite3_column_int64(row, 16),
        .ability = dvb_col_text(row, 17),
        .series = dvb_col_text(row, 18),
        .series_index = sqlite3_column_int(row, 19),
        .verbatim = dvb_col_text(row, 20),
    };
    const char *key = (const char *)sqlite3_column_text(row, 3);
    snprintf(q->key, sizeof(q->key), "%s", key ? key : "");
    int ret = decode_options((const char *)sqlite3_column_text(row, 6), q, err);
    if (!ret && (q->answer < 0 || (q->n_options && q->answer >= q->n_options)))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EILSEQ, "question %s: answer %d of %d options", q->key,
                       q->answer, q->n_options);
    if (ret)
        dvb_question_release(q);
    return ret;
}

void dvb_question_release(struct dvb_question *q)
{
    free(q->text);
    for (int i = 0; i < DVB_MAX_OPTIONS; i++)
        free(q->options[i]);
    free(q->reference);
    free(q->task_type);
    free(q->origin);
    free(q->source);
    free(q->ability);
    free(q->series);
    free(q->verbatim);
    *q = (struct dvb_question){ 0 };
}
