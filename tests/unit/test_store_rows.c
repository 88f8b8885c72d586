/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is put into the store and read back. */
#include "tests/unit/store_world.h"

/* Natural keys. */

static void test_video(void **state)
{
    struct world *w = *state;
    struct dvb_video v = { .name = T("renamed"),
                           .path = T("/new/place.mp4"),
                           .hash = T(hash64),
                           .width = 640,
                           .height = 360,
                           .fps = 25,
                           .duration = 30 },
                     got;
    int64_t id;
    OK(dvb_store_put_video(w->s, &v, &id, &err));
    assert_int_equal(id, w->video);
    OK(dvb_store_put_video(w->s, &v, &id, &err)); /* unchanged: found, not written */
    assert_int_equal(id, w->video);
    OK(dvb_store_get_video(w->s, id, &got, &err));
    assert_int_equal(got.id, id);
    assert_string_equal(got.name, "renamed");
    assert_string_equal(got.path, "/new/place.mp4");
    assert_string_equal(got.hash, hash64);
    assert_int_equal(got.width, 640);
    assert_int_equal(got.height, 360);
    assert_true(got.fps == 25 && got.duration == 30);
    dvb_video_release(&got);
    FAILS(dvb_store_get_video(w->s, 99, &got, &err), DVB_FAULT_INPUT, "t.db: no video with id 99");
    assert_null(got.name);
}

static void test_segment(void **state)
{
    struct world *w = *state;
    struct dvb_segment seg = { .video = w->video, .start_ms = 10000, .length_ms = 5000 }, got;
    int64_t id;
    OK(dvb_store_put_segment(w->s, &seg, &id, &err));
    assert_int_equal(id, w->segment);
    seg.start_ms = 20000;
    OK(dvb_store_put_segment(w->s, &seg, &id, &err));
    assert_int_not_equal(id, w->segment);
    OK(dvb_store_get_segment(w->s, id, &got, &err));
    assert_int_equal(got.start_ms, 20000);
    assert_int_equal(got.length_ms, 5000);
    assert_int_equal(got.video, w->video);
    seg.video = 77; /* foreign keys are on */
    FAILS(dvb_store_put_segment(w->s, &seg, &id, &err), DVB_FAULT_INTERNAL, "FOREIGN KEY");
    assert_int_equal(id, 0);
}

static void test_rendition(void **state)
{
    struct world *w = *state;
    struct dvb_rendition r = { .segment = w->segment,
                               .kind = T("degraded"),
                               .recipe = T("{\"a\":1}"),
                               .recipe_hash = T("abc"),
                               .path = T("renditions/x"),
                               .hash = T("h1"),
                               .n_frames = 10,
                               .video = true,
                               .bitrate_kbps = 199.5,
                               .met = true,
                               .detail = T("{\"mean_qp\":44}") },
                         got;
    int64_t id, again;
    assert_int_equal(dvb_store_find_rendition(w->s, w->segment, "abc", &got, &err), 0);
    OK(dvb_store_put_rendition(w->s, &r, &id, &err));
    r.hash = T("h2");
    r.met = false;
    r.detail = NULL;
    OK(dvb_store_put_rendition(w->s, &r, &again, &err));
    assert_int_equal(id, again);
    assert_int_equal(dvb_store_find_rendition(w->s, w->segment, "abc", &got, &err), 1);
    assert_int_equal(got.id, id);
    assert_string_equal(got.kind, "degraded");
    assert_string_equal(got.recipe, "{\"a\":1}");
    assert_string_equal(got.recipe_hash, "abc");
    assert_string_equal(got.path, "renditions/x");
    assert_string_equal(got.hash, "h2");
    assert_int_equal(got.n_frames, 10);
    assert_true(got.video && !got.met && got.bitrate_kbps == 199.5);
    assert_null(got.detail);
    dvb_rendition_release(&got);
    OK(dvb_store_get_rendition(w->s, id, &got, &err));
    assert_int_equal(got.segment, w->segment);
    dvb_rendition_release(&got);
    r.recipe_hash = T("other recipe");
    OK(dvb_store_put_rendition(w->s, &r, &again, &err));
    assert_int_equal(dvb_store_last_rendition(w->s, w->segment, "degraded", &got, &err), 1);
    assert_int_equal(got.id, again);
    dvb_rendition_release(&got);
    assert_int_equal(dvb_store_last_rendition(w->s, w->segment, "original", &got, &err), 0);
}

static void test_last_model(void **state)
{
    struct world *w = *state;
    int64_t id;
    char *profile;
    OK(dvb_store_put_model(w->s, "m", "{}", &id, &err));
    OK(dvb_store_put_model(w->s, "m", "{\"fps\":4}", &id, &err));
    assert_int_equal(dvb_store_last_model(w->s, "m", &profile, &err), 1);
    assert_string_equal(profile, "{\"fps\":4}");
    free(profile);
    assert_int_equal(dvb_store_last_model(w->s, "n", &profile, &err), 0);
    assert_null(profile);
}

static void test_model_prompt(void **state)
{
    struct world *w = *state;
    int64_t id, other;
    char *name, *profile;
    OK(dvb_store_put_model(w->s, "reader-eng", "{}", &id, &err));
    assert_int_equal(id, w->filter);
    OK(dvb_store_put_model(w->s, "reader-eng", "{\"fps\":4}", &other, &err));
    assert_int_not_equal(other, id);
    OK(dvb_store_get_model(w->s, other, &name, &profile, &err));
    assert_string_equal(name, "reader-eng");
    assert_string_equal(profile, "{\"fps\":4}");
    free(name);
    free(profile);
    OK(dvb_store_get_model(w->s, id, &name, NULL, &err));
    free(name);
    FAILS(dvb_store_get_model(w->s, 99, &name, &profile, &err), DVB_FAULT_INPUT, "no model");
    assert_null(name);
    assert_null(profile);
    OK(dvb_store_put_prompt(w->s, "generate", "Look.", &id, &err));
    OK(dvb_store_put_prompt(w->s, "another name", "Look.", &other, &err));
    assert_int_equal(id, other);
    OK(dvb_store_put_prompt(w->s, "generate", "Look!", &other, &err));
    assert_int_not_equal(id, other);
}

/* Calls: what was paid for stays. */

static void test_call_error_then_ok(void **state)
{
    struct world *w = *state;
    struct dvb_call c = a_call(w, DVB_CALL_ERROR, "HTTP 503"), got;
    int64_t id, again;
    assert_int_equal(dvb_store_find_call(w->s, hash64, &got, &err), 0);
    OK(dvb_store_put_call(w->s, &c, &id, &err));
    c = a_call(w, DVB_CALL_ERROR, "HTTP 429");
    OK(dvb_store_put_call(w->s, &c, &again, &err));
    assert_int_equal(id, again);
    c = a_call(w, DVB_CALL_OK, "B");
    c.attempts = 1;
    c.latency_s = 0.5;
    c.usage = NULL;
    c.logprobs = (char *)"[{\"token\":\"B\"}]";
    OK(dvb_store_put_call(w->s, &c, &again, &err));
    assert_int_equal(id, again);
    assert_int_equal(dvb_store_find_call(w->s, hash64, &got, &err), 1);
    assert_int_equal(got.status, DVB_CALL_OK);
    assert_string_equal(got.logprobs, c.logprobs);
    assert_string_equal(got.reply, "B");
    assert_null(got.usage);
    assert_int_equal(got.attempts, 5);
    assert_true(got.cost_usd == 0.75 && got.latency_s == 0.5);
    assert_int_equal(got.prompt, 0);
    assert_string_equal(got.step, "original");
    dvb_call_release(&got);
}

static void test_call_ok_is_never_replaced(void **state)
{
    struct world *w = *state;
    static const enum dvb_call_status answers[] = { DVB_CALL_OK, DVB_CALL_REFUSED,
                                                    DVB_CALL_UNPARSED };
    for (size_t i = 0; i < 3; i++) {
        char hash[65];
        snprintf(hash, sizeof(hash), "%064zu", i);
        struct dvb_call c = a_call(w, answers[i], "first"), got;
        int64_t id, again;
        c.request_hash = hash;
        OK(dvb_store_put_call(w->s, &c, &id, &err));
        for (int status = 0; status < 4; status++) {
            c = a_call(w, (enum dvb_call_status)status, "second");
            c.request_hash = hash;
            OK(dvb_store_put_call(w->s, &c, &again, &err));
            assert_int_equal(id, again);
        }
        OK(dvb_store_get_call(w->s, id, &got, &err));
        assert_int_equal(got.status, answers[i]);
        assert_string_equal(got.reply, "first");
        assert_int_equal(got.attempts, 2);
        assert_true(got.cost_usd == 0.25);
        dvb_call_release(&got);
    }
}

/* The older answers keep their rows, in order; an error or nothing makes no room. */
static void test_call_is_superseded(void **state)
{
    struct world *w = *state;
    static const char *const replies[] = { "first", "second", "third" };
    struct dvb_call c, got;
    char name[80];
    int64_t ids[3], id;
    OK(dvb_store_supersede_call(w->s, hash64, &err));
    c = a_call(w, DVB_CALL_ERROR, "HTTP 503");
    OK(dvb_store_put_call(w->s, &c, &id, &err));
    OK(dvb_store_supersede_call(w->s, hash64, &err));
    for (int i = 0; i < 3; i++) {
        c = a_call(w, DVB_CALL_OK, replies[i]);
        OK(dvb_store_put_call(w->s, &c, &ids[i], &err));
        assert_int_equal(dvb_store_find_call(w->s, hash64, &got, &err), 1);
        assert_int_equal(got.id, ids[i]);
        dvb_call_release(&got);
        if (i < 2)
            OK(dvb_store_supersede_call(w->s, hash64, &err));
    }
    assert_int_equal(ids[0], id);
    /* imported ones may leave gaps in the numbers */
    snprintf(name, sizeof(name), "%s.12", hash64);
    c.request_hash = name;
    OK(dvb_store_put_call(w->s, &c, &id, &err));
    OK(dvb_store_supersede_call(w->s, hash64, &err));
    snprintf(name, sizeof(name), "%s.13", hash64);
    assert_int_equal(dvb_store_find_call(w->s, name, &got, &err), 1);
    assert_int_equal(got.id, ids[2]);
    dvb_call_release(&got);
    for (int i = 0; i < 2; i++) {
        OK(dvb_store_get_call(w->s, ids[i], &got, &err));
        snprintf(name, sizeof(name), "%s.%d", hash64, i + 1);
        assert_string_equal(got.request_hash, name);
        assert_string_equal(got.reply, replies[i]);
        dvb_call_release(&got);
    }
}

static void test_call_status(void **state)
{
    struct world *w = *state;
    struct dvb_call c = a_call(w, DVB_CALL_OK, "I cannot tell"), got;
    int64_t id, failed;
    OK(dvb_store_put_call(w->s, &c, &id, &err));
    OK(dvb_store_set_call_status(w->s, id, DVB_CALL_REFUSED, &err));
    OK(dvb_store_set_call_status(w->s, id, DVB_CALL_UNPARSED, &err));
    OK(dvb_store_get_call(w->s, id, &got, &err));
    assert_int_equal(got.status, DVB_CALL_UNPARSED);
    assert_string_equal(got.reply, "I cannot tell");
    dvb_call_release(&got);
    FAILS(dvb_store_set_call_status(w->s, id, DVB_CALL_ERROR, &err), DVB_FAULT_INTERNAL,
          "cannot become an error");
    c.request_hash = T("other");
    c.status = DVB_CALL_ERROR;
    OK(dvb_store_put_call(w->s, &c, &failed, &err));
    FAILS(dvb_store_set_call_status(w->s, failed, DVB_CALL_OK, &err), DVB_FAULT_INTERNAL,
          "no answered call");
}

/* Questions, verdicts, runs. */

static void test_question_key(void **state)
{
    struct world *w = *state;
    struct dvb_question q = a_question(w, 0, "Which number?"), swapped = q;
    int64_t id, again;
    OK(dvb_store_put_question(w->s, &q, &id, &err));
    OK(dvb_store_put_question(w->s, &q, &again, &err));
    assert_int_equal(id, again);
    /* The definition, written out: a change here breaks every published key. */
    struct dvb_hash h;
    char hex[DVB_HASH_LEN + 1];
    dvb_hash_init(&h);
    dvb_hash_str(&h, hash64);
    dvb_hash_str(&h, "10000 5000");
    dvb_hash_str(&h, "Which number?");
    for (int i = 0; i < 4; i++)
        dvb_hash_str(&h, q.options[i]);
    dvb_hash_final(&h, hex);
    assert_memory_equal(q.key, hex, 16);
    assert_int_equal(strlen(q.key), 16);
    /* Another order of the options is another question of the same reply. */
    swapped.options[0] = T("38");
    swapped.options[1] = T("36");
    OK(dvb_store_put_question(w->s, &swapped, &again, &err));
    assert_int_not_equal(id, again);
    assert_string_not_equal(q.key, swapped.key);
}

static void test_question_refused(void **state)
{
    struct world *w = *state;
    struct dvb_question q = a_question(w, 0, "Which?");
    int64_t id;
    q.answer = 4;
    FAILS(dvb_store_put_question(w->s, &q, &id, &err), DVB_FAULT_INTERNAL, "answer 4 of 4");
    q = a_question(w, 0, "Which?");
    q.options[2] = NULL;
    FAILS(dvb_store_put_question(w->s, &q, &id, &err), DVB_FAULT_INTERNAL, "option 3 missing");
    q = a_question(w, 0, "Which?");
    q.segment = 99;
    FAILS(dvb_store_put_question(w->s, &q, &id, &err), DVB_FAULT_INPUT, "no segment with id 99");
}

static void test_verdicts(void **state)
{
    struct world *w = *state;
    int64_t q = put_question(w, 0, "Which?"), run = put_run(w, "build"),
            other = put_run(w, "build");
    OK(dvb_store_put_run_question(w->s, run, q, &err));
    OK(dvb_store_put_run_question(w->s, other, q, &err));
    put_verdict(w, run, q, "verify", w->verifier, 1, true);
    put_verdict(w, run, q, "original", w->filter, -1, false);
    put_verdict(w, run, q, "original", w->filter, 1, true); /* read again, better */
    put_verdict(w, run, q, "degraded", w->filter, -1, false);
    put_verdict(w, other, q, "original", w->filter, 0, false);
    struct dvb_verdict *v;
    size_t n;
    OK(dvb_store_list_verdicts(w->s, run, q, &v, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(v[0].step, "degraded");
    assert_int_equal(v[0].answer, -1);
    assert_string_equal(v[1].step, "original");
    assert_int_equal(v[1].answer, 1);
    assert_true(v[1].correct);
    assert_int_equal(v[1].call, 0);
    assert_string_equal(v[2].step, "verify");
    assert_int_equal(v[2].model, w->verifier);
    for (size_t i = 0; i < n; i++)
        dvb_verdict_release(&v[i]);
    free(v);
    OK(dvb_store_list_verdicts(w->s, run, 99, &v, &n, &err));
    assert_null(v);
    assert_int_equal(n, 0);
}

/* original, degraded, verify: 1 right, 0 wrong, -1 none. */
static void test_stages(void **state)
{
    struct world *w = *state;
    static const struct {
        int original, degraded, verify;
        enum dvb_stage stage;
        bool undecided;
    } cases[] = {
        { -1, -1, -1, DVB_STAGE_GENERATED, true }, { 1, -1, -1, DVB_STAGE_GENERATED, true },
        { -1, 0, -1, DVB_STAGE_GENERATED, true },  { -1, 1, -1, DVB_STAGE_GENERATED, false },
        { 0, -1, -1, DVB_STAGE_GENERATED, false }, { 1, 1, -1, DVB_STAGE_GENERATED, false },
        { 0, 0, -1, DVB_STAGE_GENERATED, false },  { 0, 0, 1, DVB_STAGE_GENERATED, false },
        { 1, 1, 1, DVB_STAGE_GENERATED, false },   { 1, 0, -1, DVB_STAGE_ACCEPTED, true },
        { 1, 0, 0, DVB_STAGE_ACCEPTED, false },    { 1, 0, 1, DVB_STAGE_VERIFIED, false },
    };
    const int n_cases = (int)(sizeof(cases) / sizeof(*cases));
    static const char *const steps[] = { "original", "degraded", "verify" };
    int64_t run = put_run(w, "build"), other = put_run(w, "build");
    for (int i = 0; i < n_cases; i++) {
        int64_t q = put_question(w, i, "Which?");
        const int right[] = { cases[i].original, cases[i].degraded, cases[i].verify };
        OK(dvb_store_put_run_question(w->s, run, q, &err));
        OK(dvb_store_put_run_question(w->s, run, q, &err));
        OK(dvb_store_put_run_question(w->s, other, q, &err));
        for (int k = 0; k < 3; k++) {
            int64_t model = k < 2 ? w->filter : w->verifier;
            if (right[k] >= 0)
                put_verdict(w, run, q, steps[k], model, right[k] ? 1 : 0, right[k]);
            put_verdict(w, other, q, steps[k], model, k == 1, k != 1); /* has no say in run */
        }
    }
    put_question(w, 50, "Not of this run?");
    static const size_t expected[] = { 12, 3, 1 };
    for (int stage = 0; stage < 3; stage++) {
        struct dvb_run_question *list;
        size_t n;
        OK(dvb_store_list_run_questions(w->s, run, (enum dvb_stage)stage, &list, &n, &err));
        assert_int_equal(n, expected[stage]);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(list[i].stage, cases[list[i].q.index].stage);
            assert_int_equal(list[i].undecided, cases[list[i].q.index].undecided);
        }
        dvb_run_questions_free(list, n);
    }
}

/* A refusal of the degraded clip counts as not right; a reply that could not be
   read says nothing. */
static void test_stage_of_unread_reply(void **state)
{
    struct world *w = *state;
    static const enum dvb_call_status statuses[] = { DVB_CALL_REFUSED, DVB_CALL_UNPARSED };
    static const enum dvb_stage stages[] = { DVB_STAGE_ACCEPTED, DVB_STAGE_GENERATED };
    int64_t run = put_run(w, "build");
    for (int i = 0; i < 2; i++) {
        struct dvb_call c = a_call(w, statuses[i], "?");
        struct dvb_verdict v = {
            .run = run, .step = T("degraded"), .model = w->filter, .answer = -1
        };
        c.request_hash = i ? T("one") : T("two");
        OK(dvb_store_put_call(w->s, &c, &v.call, &err));
        v.question = put_question(w, i, "Which?");
        OK(dvb_store_put_run_question(w->s, run, v.question, &err));
        OK(dvb_store_put_verdict(w->s, &v, &err));
        put_verdict(w, run, v.question, "original", w->filter, 1, true);
    }
    struct dvb_run_question *list;
    size_t n;
    OK(dvb_store_list_run_questions(w->s, run, DVB_STAGE_GENERATED, &list, &n, &err));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].stage, stages[list[i].q.index]);
    dvb_run_questions_free(list, n);
}

static void test_run_questions_are_ordered(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "build"), video, segments[2];
    const struct dvb_video early = { .name = T("a"),
                                     .path = T("/a"),
                                     .hash = T("ff"),
                                     .width = 2,
                                     .height = 2,
                                     .fps = 1,
                                     .duration = 9 };
    OK(dvb_store_put_video(w->s, &early, &video, &err));
    for (int i = 0; i < 2; i++) {
        const struct dvb_segment seg = { .video = video,
                                         .start_ms = i ? 2000 : 10000,
                                         .length_ms = 1000 };
        OK(dvb_store_put_segment(w->s, &seg, &segments[i], &err));
    }
    const int64_t where[] = { w->segment, segments[0], segments[1], segments[1] };
    static const int index[] = { 0, 0, 5, 3 };
    for (int i = 0; i < 4; i++) {
        struct dvb_question q = a_question(w, index[i], "Which?");
        int64_t id;
        q.segment = where[i];
        OK(dvb_store_put_question(w->s, &q, &id, &err));
        OK(dvb_store_put_run_question(w->s, run, id, &err));
    }
    struct dvb_run_question *list;
    size_t n;
    OK(dvb_store_list_run_questions(w->s, run, DVB_STAGE_GENERATED, &list, &n, &err));
    assert_int_equal(n, 4);
    static const int order[] = { 3, 2, 1, 0 };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(list[i].q.segment, where[order[i]]);
        assert_int_equal(list[i].q.index, index[order[i]]);
        assert_int_equal(list[i].segment.id, list[i].q.segment);
        assert_string_equal(list[i].video_name, order[i] ? "a" : "sample_1");
        assert_string_equal(list[i].q.options[3], "83");
        assert_int_equal(list[i].q.n_options, 4);
        assert_true(list[i].q.multi_frame);
    }
    dvb_run_questions_free(list, n);
}

static void test_find_run_question(void **state)
{
    struct world *w = *state;
    int64_t run = put_run(w, "build"), other = put_run(w, "build");
    char first[17] = "", text[32];
    /* Enough of them that some share four digits. */
    OK(dvb_store_begin(w->s, &err));
    for (int i = 0; i < 1200; i++) {
        snprintf(text, sizeof(text), "Question %d?", i);
        struct dvb_question q = a_question(w, i, text);
        int64_t id;
        OK(dvb_store_put_question(w->s, &q, &id, &err));
        OK(dvb_store_put_run_question(w->s, run, id, &err));
        if (!i)
            snprintf(first, sizeof(first), "%s", q.key);
    }
    OK(dvb_store_end(w->s, true, &err));
    struct dvb_run_question q;
    OK(dvb_store_find_run_question(w->s, run, first, &q, &err));
    assert_string_equal(q.q.text, "Question 0?");
    dvb_run_question_release(&q);
    for (char *p = first; *p; p++)
        if (*p >= 'a')
            *p = (char)(*p - 'a' + 'A');
    OK(dvb_store_find_run_question(w->s, run, first, &q, &err));
    dvb_run_question_release(&q);
    FAILS(dvb_store_find_run_question(w->s, other, first, &q, &err), DVB_FAULT_INPUT,
          "has no question");
    FAILS(dvb_store_find_run_question(w->s, run, "123", &q, &err), DVB_FAULT_INPUT, "'123' is no");
    FAILS(dvb_store_find_run_question(w->s, run, "12%4", &q, &err), DVB_FAULT_INPUT, "12%4");
    char shared[5] = "";
    sqlite3_stmt *stmt;
    sqlite3_prepare_v2(w->s->db,
                       "SELECT substr(key, 1, 4) FROM question GROUP BY 1"
                       " HAVING count(*) > 1",
                       -1, &stmt, NULL);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    snprintf(shared, sizeof(shared), "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    FAILS(dvb_store_find_run_question(w->s, run, shared, &q, &err), DVB_FAULT_INPUT,
          "give more digits");
}

static void test_runs(void **state)
{
    struct world *w = *state;
    struct dvb_run r;
    assert_int_equal(dvb_store_last_run(w->s, "build", &r, &err), 0);
    int64_t first = put_run(w, "build"), second = put_run(w, "build"), eval = put_run(w, "eval");
    assert_true(first < second && second < eval);
    OK(dvb_store_finish_run(w->s, first, &err));
    /* The second was killed; the first finished without a question. */
    assert_int_equal(dvb_store_last_run(w->s, "build", &r, &err), 1);
    assert_int_equal(r.id, second);
    assert_null(r.finished);
    assert_int_equal(strlen(r.started), strlen("2026-01-01T00:00:00Z"));
    assert_int_equal(r.seed, 7);
    assert_string_equal(r.settings, "{\"bitrate\":200000}");
    dvb_run_release(&r);
    OK(dvb_store_put_run_question(w->s, first, put_question(w, 0, "Which?"), &err));
    assert_int_equal(dvb_store_last_run(w->s, "build", &r, &err), 1);
    assert_int_equal(r.id, first);
    dvb_run_release(&r);
    assert_int_equal(dvb_store_last_run(w->s, "eval", &r, &err), 1);
    assert_int_equal(r.id, eval);
    dvb_run_release(&r);
    OK(dvb_store_get_run(w->s, first, &r, &err));
    assert_non_null(r.finished);
    dvb_run_release(&r);
    FAILS(dvb_store_get_run(w->s, 99, &r, &err), DVB_FAULT_INPUT, "no run with id 99");
    FAILS(dvb_store_finish_run(w->s, 99, &err), DVB_FAULT_INPUT, "no run with id 99");
}

int main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_video),
        WITH_STORE(test_segment),
        WITH_STORE(test_rendition),
        WITH_STORE(test_model_prompt),
        WITH_STORE(test_last_model),
        WITH_STORE(test_call_error_then_ok),
        WITH_STORE(test_call_ok_is_never_replaced),
        WITH_STORE(test_call_is_superseded),
        WITH_STORE(test_call_status),
        WITH_STORE(test_question_key),
        WITH_STORE(test_question_refused),
        WITH_STORE(test_verdicts),
        WITH_STORE(test_stages),
        WITH_STORE(test_stage_of_unread_reply),
        WITH_STORE(test_run_questions_are_ordered),
        WITH_STORE(test_find_run_question),
        WITH_STORE(test_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
