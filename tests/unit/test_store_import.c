/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imported questions in the store, and a store of version 1 brought up to now. */
#include "store_world.h"

#include "base/asset.h"

static struct dvb_question imported(const char *text, int64_t segment)
{
    return (struct dvb_question){ .segment = segment,
                                  .text = T(text),
                                  .options = { T("36"), T("38") },
                                  .n_options = 2,
                                  .answer = 1,
                                  .task_type = T("Counting"),
                                  .origin = T("imported"),
                                  .source = T("sample_1"),
                                  .start_ms = 10000,
                                  .length_ms = 5000,
                                  .asked_ms = -1,
                                  .due_ms = -1 };
}

/* What the listings of a run gave. */
struct seen {
    int n;
    struct dvb_run_question last; /* its numbers only */
    char text[256];               /* of all, in order */
    char source[32];
};

static int see(void *user, const struct dvb_run_question *q, struct dvb_err *e)
{
    (void)e;
    struct seen *s = user;
    s->n++;
    s->last = *q;
    size_t len = strlen(s->text);
    snprintf(s->text + len, sizeof(s->text) - len, "%s", q->q.text);
    snprintf(s->source, sizeof(s->source), "%s", q->video_name);
    return 0;
}

static struct seen list(struct world *w, int64_t run)
{
    struct seen s = { 0 };
    OK(dvb_store_each_run_question(w->s, run, DVB_STAGE_GENERATED, see, &s, &err));
    return s;
}

static int64_t put_imported(struct world *w, struct dvb_question *q, int64_t run, long position)
{
    int64_t id;
    OK(dvb_store_put_question(w->s, q, &id, &err));
    OK(dvb_store_put_run_import(w->s, run, id, position, position + 5, position + 2, &err));
    return id;
}

/* Kept without its video, and the same row takes it later; its key stays. */
static void test_video_arrives(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "import"), again = put_run(w, "import");
    struct dvb_question q = imported("Which?", 0);
    char key[17];
    int64_t id = put_imported(w, &q, run, 0);
    memcpy(key, q.key, sizeof(key));
    struct seen s = list(w, run);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.last.segment.id, 0);
    assert_int_equal(s.last.segment.video, 0);
    assert_int_equal(s.last.segment.start_ms, 10000);
    assert_int_equal(s.last.segment.length_ms, 5000);
    assert_int_equal(s.last.position, 0);
    assert_int_equal(s.last.line, 5);
    assert_int_equal(s.last.row, 2);
    assert_string_equal(s.source, "sample_1");
    struct dvb_run_question *ready;
    size_t n;
    OK(dvb_store_list_run_questions(w->s, run, DVB_STAGE_GENERATED, &ready, &n, &err));
    assert_int_equal(n, 0); /* nothing that could be shown to a model */
    dvb_run_questions_free(ready, n);

    q = imported("Which?", w->segment);
    assert_int_equal(put_imported(w, &q, again, 0), id);
    assert_string_equal(q.key, key);
    OK(dvb_store_list_run_questions(w->s, run, DVB_STAGE_GENERATED, &ready, &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(ready[0].segment.id, w->segment);
    assert_string_equal(ready[0].video_path, "/v/sample_1/video.mp4");
    dvb_run_questions_free(ready, n);

    q = imported("Which?", 0); /* and keeps it */
    assert_int_equal(put_imported(w, &q, again, 0), id);
    assert_int_equal(list(w, again).last.segment.id, w->segment);
    assert_int_equal(count(w->s, "SELECT count(*) FROM question"), 1);
}

/* All that a set says makes the question; equal rows are told apart by their number. */
static void test_identity(void **state)
{
    struct world *w = *state;
    int64_t id, other;
    struct dvb_question q = imported("Which?", 0);
    OK(dvb_store_put_question(w->s, &q, &id, &err));
    struct dvb_question changed[9];
    for (int i = 0; i < 9; i++)
        changed[i] = imported("Which?", 0);
    changed[0].answer = 0;
    changed[1].source = T("sample_2");
    changed[2].start_ms = 0;
    changed[3].task_type = T("x");
    changed[4].asked_ms = 12000;
    changed[5].ability = T("x");
    changed[6].series = T("x");
    changed[7].verbatim = T("{}");
    changed[8].index = 1; /* a repeated row */
    for (int i = 0; i < 9; i++) {
        OK(dvb_store_put_question(w->s, &changed[i], &other, &err));
        assert_int_not_equal(other, id);
        OK(dvb_store_put_question(w->s, &changed[i], &id, &err));
        assert_int_equal(other, id);
    }
    assert_int_equal(count(w->s, "SELECT count(*) FROM question"), 10);
    assert_string_equal(changed[8].key, q.key);
}

static void test_members(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "import"), id;
    struct dvb_question q = imported("Say it.", w->segment);
    q.n_options = q.answer = 0;
    q.reference = T("it");
    q.asked_ms = 0;
    q.due_ms = 7000;
    q.ability = T("working memory");
    q.series = T("s#1");
    q.series_index = 3;
    q.verbatim = T("{\"a\":1}");
    OK(dvb_store_put_question(w->s, &q, &id, &err));
    OK(dvb_store_put_run_import(w->s, run, id, 0, 1, 1, &err));
    struct dvb_run_question *l;
    size_t n;
    OK(dvb_store_list_run_questions(w->s, run, DVB_STAGE_GENERATED, &l, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(l->q.reference, "it");
    assert_int_equal(l->q.asked_ms, 0);
    assert_int_equal(l->q.due_ms, 7000);
    assert_string_equal(l->q.ability, "working memory");
    assert_string_equal(l->q.series, "s#1");
    assert_int_equal(l->q.series_index, 3);
    assert_string_equal(l->q.verbatim, "{\"a\":1}");
    assert_string_equal(l->q.source, "sample_1");
    dvb_run_questions_free(l, n);
    /* A built question has none of these, whatever stands there. */
    struct dvb_question built = a_question(w, 0, "Built?");
    built.asked_ms = 5;
    OK(dvb_store_put_question(w->s, &built, &id, &err));
    assert_int_equal(count(w->s, "SELECT count(*) FROM question WHERE asked_ms = 5"), 0);
    built.segment = 0;
    FAILS(dvb_store_put_question(w->s, &built, &id, &err), DVB_FAULT_INPUT, "no segment with id 0");
}

/* An import is listed in the order of its files, whatever the ids. */
static void test_order(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "import");
    static const char *const texts[] = { "c", "a", "b" };
    for (int i = 2; i >= 0; i--) {
        struct dvb_question q = imported(texts[i], i == 1 ? w->segment : 0);
        put_imported(w, &q, run, i);
    }
    assert_string_equal(list(w, run).text, "cab");
    struct dvb_run r;
    assert_int_equal(dvb_store_last_run(w->s, "build", &r, &err), 0);
    assert_int_equal(dvb_store_last_run(w->s, "build,import", &r, &err), 1);
    assert_int_equal(r.id, run);
    dvb_run_release(&r);
    assert_int_equal(dvb_store_last_run(w->s, "mport", &r, &err), 0);
}

static int stop(void *user, const struct dvb_run_question *q, struct dvb_err *e)
{
    (void)q;
    ++*(int *)user;
    return dvb_fail(e, DVB_FAULT_INPUT, 22, "enough");
}

static void test_stop(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "import");
    struct dvb_question a = imported("a", 0), b = imported("b", 0);
    put_imported(w, &a, run, 0);
    put_imported(w, &b, run, 1);
    int n = 0;
    FAILS(dvb_store_each_run_question(w->s, run, DVB_STAGE_GENERATED, stop, &n, &err),
          DVB_FAULT_INPUT, "enough");
    assert_int_equal(n, 1);
    assert_int_equal(list(w, run).n, 2); /* nothing is left open */
}

static const char old_rows[] =
    "INSERT INTO video VALUES (3, 'h', 'n', '/p', 1, 1, 25, 9);"
    "INSERT INTO segment VALUES (4, 3, 0, 5000);"
    "INSERT INTO model VALUES (5, 'm', '{}');"
    "INSERT INTO call VALUES (6, 'r', 5, NULL, 'generate', 'ok', 'x', NULL, 0, 0, 1);"
    "INSERT INTO question VALUES (7, 6, 2, '0123456789abcdef', 4, 'Kept?', '[\"a\",\"b\"]', 1,"
    " 'T', 1, 'generated');"
    "INSERT INTO run VALUES (8, 'build', 'l', '{}', 1, '{}', 'now', 'now');"
    "INSERT INTO run_question VALUES (8, 7);"
    "INSERT INTO verdict VALUES (8, 7, 'original', 5, 6, NULL, 1, 1);"
    "PRAGMA application_id=0x44764221; PRAGMA user_version=1;";

static void make_version_1(const char *path)
{
    sqlite3 *db;
    remove_store(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    const struct dvb_asset *schema = dvb_asset_find("data/schema.sql");
    assert_non_null(schema);
    assert_int_equal(sqlite3_exec(db, schema->data, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, old_rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_migration(void **state)
{
    (void)state;
    struct dvb_store *s;
    make_version_1("old.db");
    FAILS(dvb_store_open("old.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT,
          "store version 1 must be brought up to");
    OK(dvb_store_open("old.db", 0, &s, &err));
    assert_int_equal(count(s, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    struct dvb_run_question *l;
    size_t n;
    OK(dvb_store_list_run_questions(s, 8, DVB_STAGE_GENERATED, &l, &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(l->q.id, 7);
    assert_int_equal(l->q.call, 6);
    assert_int_equal(l->q.index, 2);
    assert_string_equal(l->q.key, "0123456789abcdef");
    assert_string_equal(l->q.text, "Kept?");
    assert_string_equal(l->q.options[1], "b");
    assert_true(l->q.multi_frame);
    assert_null(l->q.source);
    assert_null(l->q.reference);
    assert_int_equal(l->position, -1);
    dvb_run_questions_free(l, n);
    struct dvb_verdict *v;
    OK(dvb_store_list_verdicts(s, 8, 7, &v, &n, &err));
    assert_int_equal(n, 1);
    dvb_verdict_release(v);
    free(v);
    dvb_store_close(&s);
    OK(dvb_store_open("old.db", DVB_STORE_READONLY, &s, &err));
    dvb_store_close(&s);
    remove_store("old.db");
}

int main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_video_arrives), WITH_STORE(test_identity), WITH_STORE(test_members),
        WITH_STORE(test_order),         WITH_STORE(test_stop),     cmocka_unit_test(test_migration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
