/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/question.h"

#define RUN_COLUMNS "id, command, line, versions, seed, settings, started, finished"

const char *const dvb_stage_names[] = {
    [DVB_STAGE_GENERATED] = "generated",
    [DVB_STAGE_ACCEPTED] = "accepted",
    [DVB_STAGE_VERIFIED] = "verified",
    NULL,
};

static int decode_run(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_run *)out = (struct dvb_run){
        .id = sqlite3_column_int64(row, 0),
        .command = dvb_col_text(row, 1),
        .line = dvb_col_text(row, 2),
        .versions = dvb_col_text(row, 3),
        .seed = sqlite3_column_int64(row, 4),
        .settings = dvb_col_text(row, 5),
        .started = dvb_col_text(row, 6),
        .finished = dvb_col_text(row, 7),
    };
    return 0;
}

static int decode_id(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(int64_t *)out = sqlite3_column_int64(row, 0);
    return 0;
}

/* Two runs are two rows however alike they are. */
int dvb_store_put_run(struct dvb_store *s, const struct dvb_run *r, int64_t *id,
                      struct dvb_err *err)
{
    *id = 0;
    int ret = dvb_sql_one(
        s,
        "INSERT INTO run (command, line, versions, seed, settings, started)"
        " VALUES (?1, ?2, ?3, ?4, ?5, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) RETURNING id",
        DVB_ARGS(dvb_text(r->command), dvb_text(r->line), dvb_text(r->versions), dvb_int(r->seed),
                 dvb_text(r->settings)),
        decode_id, id, err);
    if (ret < 0)
        *id = 0;
    return ret < 0 ? ret : 0;
}

int dvb_store_finish_run(struct dvb_store *s, int64_t id, struct dvb_err *err)
{
    return dvb_sql_get(s,
                       "UPDATE run SET finished = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
                       " WHERE id = ?1 RETURNING id",
                       "run", id, NULL, NULL, err);
}

int dvb_store_last_run(struct dvb_store *s, const char *command, struct dvb_run *r,
                       struct dvb_err *err)
{
    *r = (struct dvb_run){ 0 };
    return dvb_sql_one(s,
                       "SELECT " RUN_COLUMNS " FROM run WHERE ?1 IS NULL"
                       " OR instr(',' || ?1 || ',', ',' || command || ',')"
                       " ORDER BY finished IS NOT NULL AND"
                       " EXISTS (SELECT 1 FROM run_question WHERE run = run.id) DESC, id DESC"
                       " LIMIT 1",
                       DVB_ARGS(dvb_text(command)), decode_run, r, err);
}

int dvb_store_get_run(struct dvb_store *s, int64_t id, struct dvb_run *r, struct dvb_err *err)
{
    *r = (struct dvb_run){ 0 };
    return dvb_sql_get(s, "SELECT " RUN_COLUMNS " FROM run WHERE id = ?1", "run", id, decode_run, r,
                       err);
}

void dvb_run_release(struct dvb_run *r)
{
    free(r->command);
    free(r->line);
    free(r->versions);
    free(r->settings);
    free(r->started);
    free(r->finished);
    *r = (struct dvb_run){ 0 };
}

int dvb_store_put_run_question(struct dvb_store *s, int64_t run, int64_t question,
                               struct dvb_err *err)
{
    return dvb_sql_exec(s,
                        "INSERT INTO run_question (run, question) VALUES (?1, ?2)"
                        " ON CONFLICT DO NOTHING",
                        DVB_ARGS(dvb_int(run), dvb_int(question)), err);
}

int dvb_store_put_run_import(struct dvb_store *s, int64_t run, int64_t question, long position,
                             long line, long row, struct dvb_err *err)
{
    return dvb_sql_exec(
        s,
        "INSERT INTO run_question (run, question, position, line, row)"
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        DVB_ARGS(dvb_int(run), dvb_int(question), dvb_int(position), dvb_int(line), dvb_int(row)),
        err);
}

/* A reply on the degraded clip that could not be read proves nothing: the
   question is not accepted. A refusal is what losing the detail looks like. One
   verdict may reject a question; it takes both to accept it.
   ?1 run, ?2 lowest stage, ?3 start of the key ('': any). The order is one of
   content, not of row ids, which depend on which reply came first. */
#define LIST_SQL(join)                                                                             \
    "SELECT " DVB_QUESTION_COLUMNS ","                                                             \
    " coalesce(g.id, 0), coalesce(g.video, 0), coalesce(g.start_ms, q.start_ms),"                  \
    " coalesce(g.length_ms, q.length_ms), coalesce(v.name, q.source), v.path,"                     \
    " CASE WHEN o.correct AND NOT d.correct AND dc.status IS NOT 'unparsed'"                       \
    " THEN iif(f.correct, 2, 1) ELSE 0 END AS stage,"                                              \
    " CASE WHEN NOT o.correct OR d.correct OR dc.status = 'unparsed' THEN 0"                       \
    " ELSE o.correct IS NULL OR d.correct IS NULL OR f.correct IS NULL END AS undecided,"          \
    " coalesce(rq.position, -1), coalesce(rq.line, 0), coalesce(rq.row, 0)"                        \
    " FROM run_question rq"                                                                        \
    " JOIN question q ON q.id = rq.question " join " JOIN segment g ON g.id = q.segment " join     \
    " JOIN video v ON v.id = g.video"                                                              \
    " LEFT JOIN verdict o ON o.run = rq.run AND o.question = q.id AND o.step = 'original'"         \
    " LEFT JOIN verdict d ON d.run = rq.run AND d.question = q.id AND d.step = 'degraded'"         \
    " LEFT JOIN call dc ON dc.id = d.call"                                                         \
    " LEFT JOIN verdict f ON f.run = rq.run AND f.question = q.id AND f.step = 'verify'"           \
    " WHERE rq.run = ?1 AND stage >= ?2 AND substr(q.key, 1, length(?3)) = ?3"                     \
    " ORDER BY rq.position, v.name, v.hash, g.start_ms, g.length_ms, q.idx, q.key, q.id"
static const char list_sql[] = LIST_SQL("");
static const char list_all_sql[] = LIST_SQL("LEFT");

static int decode_run_question(sqlite3_stmt *row, struct dvb_run_question *q, struct dvb_err *err)
{
    const int at = DVB_QUESTION_N_COLUMNS;
    *q = (struct dvb_run_question){ 0 };
    int ret = dvb_question_decode(row, &q->q, err);
    if (ret)
        return ret;
    q->segment = (struct dvb_segment){
        .id = sqlite3_column_int64(row, at),
        .video = sqlite3_column_int64(row, at + 1),
        .start_ms = sqlite3_column_int64(row, at + 2),
        .length_ms = sqlite3_column_int64(row, at + 3),
    };
    q->video_name = dvb_col_text(row, at + 4);
    q->video_path = dvb_col_text(row, at + 5);
    q->stage = (enum dvb_stage)sqlite3_column_int(row, at + 6);
    q->undecided = sqlite3_column_int(row, at + 7);
    q->position = (long)sqlite3_column_int64(row, at + 8);
    q->line = (long)sqlite3_column_int64(row, at + 9);
    q->row = (long)sqlite3_column_int64(row, at + 10);
    return 0;
}

static int list_questions(struct dvb_store *s, int64_t run, enum dvb_stage min_stage,
                          const char *prefix, struct dvb_run_question **list, size_t *n,
                          struct dvb_err *err)
{
    *list = NULL;
    *n = 0;
    struct dvb_query q;
    int ret = dvb_query_open(&q, s, list_sql,
                             DVB_ARGS(dvb_int(run), dvb_int((int64_t)min_stage), dvb_text(prefix)),
                             err);
    if (ret)
        return ret;
    struct dvb_run_question *found = NULL;
    size_t count = 0, cap = 0;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        found = dvb_grow(found, count, &cap, sizeof(*found));
        ret = decode_run_question(q.row, &found[count], err);
        if (ret)
            break;
        count++;
    }
    dvb_query_close(&q);
    if (ret) {
        dvb_run_questions_free(found, count);
        return ret;
    }
    *list = found;
    *n = count;
    return 0;
}

int dvb_store_list_run_questions(struct dvb_store *s, int64_t run, enum dvb_stage min_stage,
                                 struct dvb_run_question **list, size_t *n, struct dvb_err *err)
{
    return list_questions(s, run, min_stage, "", list, n, err);
}

int dvb_store_each_run_question(struct dvb_store *s, int64_t run, enum dvb_stage min_stage,
                                dvb_store_on_question *on_question, void *user, struct dvb_err *err)
{
    struct dvb_query q;
    int ret = dvb_query_open(&q, s, list_all_sql,
                             DVB_ARGS(dvb_int(run), dvb_int((int64_t)min_stage), dvb_text("")),
                             err);
    if (ret)
        return ret;
    while ((ret = dvb_query_next(&q, err)) > 0) {
        struct dvb_run_question rq;
        ret = decode_run_question(q.row, &rq, err);
        if (!ret)
            ret = on_question(user, &rq, err);
        dvb_run_question_release(&rq);
        if (ret < 0)
            break;
    }
    dvb_query_close(&q);
    return ret < 0 ? ret : 0;
}

/* Lower-case copy of what the user typed, or false where it cannot start a key. */
static bool clean_prefix(const char *prefix, char clean[17])
{
    size_t len = strlen(prefix);
    if (len < 4 || len > 16)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isxdigit((unsigned char)prefix[i]))
            return false;
        clean[i] = (char)tolower((unsigned char)prefix[i]);
    }
    clean[len] = '\0';
    return true;
}

/* Several rows may hold the very same question (a published set repeats one):
   they share the whole key, and the first stands for them. */
static int choose(struct dvb_store *s, int64_t run, const char *prefix,
                  struct dvb_run_question *list, size_t n, struct dvb_err *err)
{
    if (!n)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: run %lld has no question %s", s->path,
                        (long long)run, prefix);
    for (size_t i = 1; i < n; i++)
        if (strcmp(list[i].q.key, list[0].q.key))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: %zu questions of run %lld begin with it, such as %s and %s; "
                            "give more digits",
                            prefix, n, (long long)run, list[0].q.key, list[i].q.key);
    return 0;
}

int dvb_store_find_run_question(struct dvb_store *s, int64_t run, const char *prefix,
                                struct dvb_run_question *out, struct dvb_err *err)
{
    *out = (struct dvb_run_question){ 0 };
    char clean[17];
    if (!clean_prefix(prefix, clean))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "'%s' is no question key: expected its first 4 to 16 hex digits", prefix);
    struct dvb_run_question *list;
    size_t n;
    int ret = list_questions(s, run, DVB_STAGE_GENERATED, clean, &list, &n, err);
    if (ret)
        return ret;
    ret = choose(s, run, clean, list, n, err);
    if (!ret) {
        *out = list[0];
        list[0] = (struct dvb_run_question){ 0 };
    }
    dvb_run_questions_free(list, n);
    return ret;
}

void dvb_run_question_release(struct dvb_run_question *q)
{
    dvb_question_release(&q->q);
    free(q->video_name);
    free(q->video_path);
    *q = (struct dvb_run_question){ 0 };
}

void dvb_run_questions_free(struct dvb_run_question *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dvb_run_question_release(&list[i]);
    free(list);
}
