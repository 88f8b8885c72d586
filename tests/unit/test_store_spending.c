/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens and cost of calls, older stores that have none, copies to try things in. */
#include "base/asset.h"
#include "base/fs.h"
#include "tests/unit/store_world.h"

static int64_t put(struct world *w, const char *hash, int64_t model, const char *step,
                   enum dvb_call_status status, int64_t in, int64_t out, double usd)
{
    struct dvb_call c = a_call(w, status, "B");
    int64_t id;
    c.request_hash = T(hash);
    c.model = model;
    c.step = T(step);
    c.tokens_in = in;
    c.tokens_cached = in / 2;
    c.tokens_out = out;
    c.cost_usd = usd;
    OK(dvb_store_put_call(w->s, &c, &id, &err));
    return id;
}

/* An error that was billed, and the answer that came later, are one call's tokens. */
static void test_tokens_add_up(void **state)
{
    struct world *w = *state;
    struct dvb_call got;
    int64_t id = put(w, "1", w->filter, "original", DVB_CALL_ERROR, 100, 10, 0.5);
    assert_int_equal(put(w, "1", w->filter, "original", DVB_CALL_OK, 40, 6, 0.25), id);
    assert_int_equal(put(w, "1", w->filter, "original", DVB_CALL_OK, 9, 9, 9), id); /* is there */
    OK(dvb_store_get_call(w->s, id, &got, &err));
    assert_true(got.tokens_in == 140 && got.tokens_cached == 70 && got.tokens_out == 16);
    assert_true(got.cost_usd == 0.75);
    dvb_call_release(&got);
}

static void test_spending(void **state)
{
    struct world *w = *state;
    struct dvb_spending *list;
    size_t n;
    OK(dvb_store_list_spending(w->s, &list, &n, &err));
    assert_true(n == 0 && !list);
    int64_t changed; /* another profile under the same name */
    OK(dvb_store_put_model(w->s, "reader-eng", "{\"price_in\":1}", &changed, &err));
    put(w, "1", w->filter, "original", DVB_CALL_OK, 100, 10, 1);
    put(w, "2", changed, "original", DVB_CALL_REFUSED, 200, 20, 2);
    put(w, "3", w->filter, "original", DVB_CALL_ERROR, 0, 0, 0);
    put(w, "4", w->filter, "degraded", DVB_CALL_UNPARSED, 7, 5, 0.25);
    put(w, "5", w->verifier, "original", DVB_CALL_OK, 1, 1, 0.125);
    OK(dvb_store_list_spending(w->s, &list, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(list[0].step, "degraded");
    assert_true(list[0].calls == 1 && list[0].tokens_in == 7 && list[0].tokens_out == 5);
    assert_string_equal(list[1].step, "original");
    assert_string_equal(list[1].model, "reader-eng");
    assert_true(list[1].calls == 2 && list[1].failed == 1);
    assert_true(list[1].tokens_in == 300 && list[1].tokens_cached == 150);
    assert_true(list[1].tokens_out == 30 && list[1].cost_usd == 3);
    assert_string_equal(list[2].model, "reader-latin");
    assert_true(list[2].cost_usd == 0.125);
    dvb_spending_free(list, n);
}

static void test_mean_tokens(void **state)
{
    struct world *w = *state;
    struct dvb_mean_tokens mean;
    OK(dvb_store_mean_tokens(w->s, "reader-eng", "original", &mean, &err));
    assert_true(mean.n == 0 && mean.in == 0 && mean.out == 0);
    put(w, "1", w->filter, "original", DVB_CALL_OK, 100, 10, 1);
    put(w, "2", w->filter, "original", DVB_CALL_UNPARSED, 200, 40, 1);
    put(w, "3", w->filter, "original", DVB_CALL_OK, 0, 0, 0);       /* the service did not tell */
    put(w, "4", w->filter, "original", DVB_CALL_ERROR, 900, 90, 1); /* no answer */
    put(w, "5", w->filter, "degraded", DVB_CALL_OK, 900, 90, 1);
    put(w, "6", w->verifier, "original", DVB_CALL_OK, 900, 90, 1);
    OK(dvb_store_mean_tokens(w->s, "reader-eng", "original", &mean, &err));
    assert_true(mean.n == 2 && mean.in == 150 && mean.out == 25);
}

/* A store of version 1, with one call that tells its usage and one that does not. */
static void make_old(const char *path)
{
    const struct dvb_asset *schema = dvb_asset_find("data/schema.sql");
    sqlite3 *db;
    remove_store(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, schema->data, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA application_id=0x44764221; PRAGMA user_version=1;"
                     "INSERT INTO model VALUES (1, 'm', '{}');"
                     "INSERT INTO call (request_hash, model, step, status, usage, cost_usd,"
                     " latency_s, attempts) VALUES"
                     " ('a', 1, 's', 'ok', '{\"prompt_tokens\":12,\"completion_tokens\":3,"
                     "\"prompt_tokens_details\":{\"cached_tokens\":4}}', 1, 1, 1),"
                     " ('b', 1, 's', 'ok', NULL, 1, 1, 1),"
                     " ('c', 1, 's', 'ok', '{\"prompt_tokens\":\"odd\"}', 1, 1, 1)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

static void test_older_store(void **state)
{
    (void)state;
    struct dvb_store *s;
    struct dvb_call c;
    make_old("old.db");
    FAILS(dvb_store_open("old.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT,
          "store version 1 must be brought up to");
    OK(dvb_store_open_copy("old.db", &s, &err)); /* but may be looked at so */
    assert_int_equal(dvb_store_find_call(s, "a", &c, &err), 1);
    assert_int_equal(c.tokens_in, 12);
    dvb_call_release(&c);
    dvb_store_close(&s);
    FAILS(dvb_store_open("old.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT, "version 1");
    OK(dvb_store_open("old.db", 0, &s, &err));
    assert_int_equal(dvb_store_find_call(s, "a", &c, &err), 1);
    assert_true(c.tokens_in == 12 && c.tokens_cached == 4 && c.tokens_out == 3);
    dvb_call_release(&c);
    assert_int_equal(count(s, "SELECT sum(tokens_in + tokens_out) FROM call WHERE id > 1"), 0);
    dvb_store_close(&s);
    remove_store("old.db");
}

static void test_copy(void **state)
{
    struct world *w = *state;
    struct dvb_store *copy;
    put(w, "1", w->filter, "original", DVB_CALL_OK, 100, 10, 1);
    OK(dvb_store_open_copy("t.db", &copy, &err)); /* while a writer has it */
    assert_int_equal(count(copy, "SELECT count(*) FROM call"), 1);
    struct world there = *w;
    there.s = copy;
    OK(dvb_store_begin(copy, &err));
    put(&there, "2", w->filter, "original", DVB_CALL_OK, 100, 10, 1);
    OK(dvb_store_end(copy, true, &err));
    put(w, "3", w->filter, "original", DVB_CALL_OK, 100, 10, 1);
    assert_int_equal(count(copy, "SELECT count(*) FROM call"), 2);
    dvb_store_close(&copy);
    assert_int_equal(count(w->s, "SELECT count(*) FROM call WHERE request_hash = '2'"), 0);
    assert_int_equal(count(w->s, "SELECT count(*) FROM call"), 2);
    OK(dvb_store_open_copy(NULL, &copy, &err));
    assert_int_equal(count(copy, "SELECT count(*) FROM call"), 0);
    there.s = copy;
    fill(&there);
    dvb_store_close(&copy);
    FAILS(dvb_store_open_copy("none.db", &copy, &err), DVB_FAULT_INPUT, "none.db");
    assert_null(copy);
    OK(dvb_write_file("text.db", "no database at all, in many words that go on and on and on", 58,
                      &err));
    FAILS(dvb_store_open_copy("text.db", &copy, &err), DVB_FAULT_INPUT, "text.db");
}

int main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_tokens_add_up),     WITH_STORE(test_spending), WITH_STORE(test_mean_tokens),
        cmocka_unit_test(test_older_store), WITH_STORE(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
