/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What evaluations leave in the store, and who had a part in making a question. */
#include "tests/unit/store_world.h"

static int64_t put_cell(struct world *w, int64_t run, int index, int64_t model, int64_t bitrate)
{
    const struct dvb_cell_row row = { .run = run,
                                      .index = index,
                                      .model = model,
                                      .bitrate = bitrate,
                                      .strategy = "uniform",
                                      .sampling = "{}" };
    int64_t id;
    OK(dvb_store_put_cell(w->s, &row, &id, &err));
    assert_true(id > 0);
    return id;
}

static void test_cells(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "eval"), id;
    put_cell(w, run, 0, w->filter, 200000);
    put_cell(w, run, 1, 0, 0);
    assert_int_equal(count(w->s, "SELECT bitrate FROM cell WHERE idx = 0"), 200000);
    assert_int_equal(
        count(w->s, "SELECT model IS NULL AND bitrate IS NULL FROM cell WHERE idx = 1"), 1);
    struct dvb_cell_row row = { .run = run, .index = 1, .strategy = "blind", .sampling = "{}" };
    FAILS(dvb_store_put_cell(w->s, &row, &id, &err), DVB_FAULT_INTERNAL, "breaks the schema");
    assert_int_equal(id, 0);
    row.index = 2;
    row.sampling = "not JSON";
    FAILS(dvb_store_put_cell(w->s, &row, &id, &err), DVB_FAULT_INTERNAL, "breaks the schema");
    row.sampling = "{}";
    row.run = 99;
    FAILS(dvb_store_put_cell(w->s, &row, &id, &err), DVB_FAULT_INTERNAL, "breaks the schema");
}

static void test_results(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "eval"), call, cell = put_cell(w, run, 0, w->filter, 200000);
    const struct dvb_call c = a_call(w, DVB_CALL_OK, "B");
    OK(dvb_store_put_call(w->s, &c, &call, &err));
    struct dvb_result_row r = {
        .cell = cell, .question = put_question(w, 0, "How much?"), .call = call, .answer = -1
    };
    OK(dvb_store_put_result(w->s, &r, &err));
    assert_int_equal(count(w->s, "SELECT answer IS NULL AND score = 0 AND judge IS NULL"
                                 " AND rendition IS NULL FROM result"),
                     1);
    r.answer = 1; /* read again, better */
    r.score = 1;
    r.judge = call;
    OK(dvb_store_put_result(w->s, &r, &err));
    assert_int_equal(count(w->s, "SELECT count(*) FROM result"), 1);
    assert_int_equal(count(w->s, "SELECT answer = 1 AND score = 1 AND judge = call FROM result"),
                     1);
    r.score = 1.5;
    FAILS(dvb_store_put_result(w->s, &r, &err), DVB_FAULT_INTERNAL, "breaks the schema");
    r.score = 1;
    r.cell = 99;
    FAILS(dvb_store_put_result(w->s, &r, &err), DVB_FAULT_INTERNAL, "breaks the schema");
}

static int64_t put_written(struct world *w, int index, const char *text)
{
    int64_t call, id;
    struct dvb_call c = a_call(w, DVB_CALL_OK, text);
    char hash[DVB_HASH_LEN + 1];
    dvb_hash_of_str(text, hash);
    c.request_hash = hash;
    c.step = T("generate");
    OK(dvb_store_put_call(w->s, &c, &call, &err));
    struct dvb_question q = a_question(w, index, text);
    q.call = call;
    OK(dvb_store_put_question(w->s, &q, &id, &err));
    return id;
}

static void check_builder(const struct dvb_builder *b, int64_t question, const char *role,
                          const char *profile)
{
    assert_int_equal(b->question, question);
    assert_string_equal(b->role, role);
    assert_string_equal(b->profile, profile);
}

/* Only of this run, each once, whatever the number of verdicts. */
static void test_builders(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "build"), other = put_run(w, "build"), latin;
    OK(dvb_store_put_model(w->s, "latin", "{\"model\":\"latin\"}", &latin, &err));
    int64_t written = put_written(w, 0, "One?"), imported = put_question(w, 1, "Two?");
    int64_t elsewhere = put_written(w, 2, "Three?");
    OK(dvb_store_put_run_question(w->s, run, written, &err));
    OK(dvb_store_put_run_question(w->s, run, imported, &err));
    OK(dvb_store_put_run_question(w->s, other, elsewhere, &err));
    put_verdict(w, run, written, "original", w->filter, 1, true);
    put_verdict(w, run, written, "degraded", w->filter, 0, false);
    put_verdict(w, run, written, "verify", latin, 1, true);
    struct dvb_builder *b;
    size_t n;
    OK(dvb_store_list_builders(w->s, run, &b, &n, &err));
    assert_int_equal(n, 3);
    check_builder(&b[0], written, "filter", "{}");
    check_builder(&b[1], written, "generator", "{}");
    check_builder(&b[2], written, "verifier", "{\"model\":\"latin\"}");
    dvb_builders_free(b, n);
    OK(dvb_store_list_builders(w->s, 99, &b, &n, &err));
    assert_int_equal(n, 0);
    dvb_builders_free(b, n);
}

int main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_cells),
        WITH_STORE(test_results),
        WITH_STORE(test_builders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
