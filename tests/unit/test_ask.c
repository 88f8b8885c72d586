/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking on behalf of a workspace, against a real server on the loopback interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "media/image.h"
#include "model/wire.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/media_maker.h"
#include "workspace/ask.h"

#define N_FRAMES 4
#define T(text) ((char *)(text))

static struct fake_server server;
static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

struct world {
    struct dvb_workspace *ws;
    struct dvb_asker *asker;
    int64_t segment, rendition;
};

static const char detail[] = "{\"frames_hash\":\"f\",\"video_hash\":\"v\"}";

static int64_t put_rendition(struct world *w, const char *recipe_hash, const char *more)
{
    const struct dvb_rendition r = { .segment = w->segment,
                                     .kind = T("original"),
                                     .recipe = T("{\"sample\":{\"fps\":2.0,\"jpeg_quality\":90}}"),
                                     .recipe_hash = T(recipe_hash),
                                     .path = T("renditions/r"),
                                     .hash = T(recipe_hash),
                                     .n_frames = N_FRAMES,
                                     .detail = T(more) };
    int64_t id;
    OK(dvb_store_put_rendition(w->ws->store, &r, &id, &err));
    return id;
}

static void fill_workspace(struct world *w)
{
    const struct dvb_video video = { .name = T("v"),
                                     .path = T("/v"),
                                     .hash = T("h"),
                                     .width = 2,
                                     .height = 2,
                                     .fps = 1,
                                     .duration = 5 };
    struct dvb_segment seg = { .length_ms = 2000 };
    OK(dvb_store_put_video(w->ws->store, &video, &seg.video, &err));
    OK(dvb_store_put_segment(w->ws->store, &seg, &w->segment, &err));
    w->rendition = put_rendition(w, "one", detail);
    OK(dvb_mkdirs("ws/renditions/r", &err));
    for (int i = 1; i <= N_FRAMES; i++) {
        char path[64];
        snprintf(path, sizeof(path), "ws/renditions/r/frame-%04d.jpg", i);
        AVFrame *f = maker_frame(&(struct maker){ .w = 64, .h = 36 }, AV_PIX_FMT_YUV420P, i);
        OK(dvb_image_write_jpeg(f, 90, path, &err));
        av_frame_free(&f);
    }
}

static void reopen_as(struct world *w, enum dvb_ask_mode mode)
{
    const struct dvb_asker_settings settings = { .seed = 1, .mode = mode };
    dvb_asker_close(&w->asker);
    OK(dvb_asker_open(w->ws, &settings, &w->asker, &err));
}

static void reopen(struct world *w)
{
    reopen_as(w, DVB_ASK_ONCE);
}

static int setup(void **state)
{
    struct world *w = dvb_calloc(1, sizeof(*w));
    OK(dvb_remove_tree("ws", &err));
    OK(dvb_workspace_open("ws", &w->ws, &err));
    fill_workspace(w);
    reopen(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    dvb_asker_close(&w->asker);
    dvb_workspace_close(&w->ws);
    free(w);
    return 0;
}

/* So many questions, of which `distinct` differ; what came back for each. */
struct quiz {
    const struct dvb_used_model *model;
    int64_t rendition;
    int n, distinct, at;
    int stop_next, stop_answer; /* fail at this question or answer; 0: never */
    int answers;
    char *replies[2000];
};

static int next(void *user, struct dvb_asking *a, struct dvb_err *e)
{
    struct quiz *q = user;
    if (q->at == q->n)
        return 0;
    if (q->stop_next && q->at == q->stop_next)
        return dvb_fail(e, DVB_FAULT_INTERNAL, EIO, "no more questions");
    *a = (struct dvb_asking){ .model = q->model,
                              .step = "original",
                              .prompt_name = "answer",
                              .prompt = dvb_asprintf("Question %d?", q->at % q->distinct),
                              .rendition = q->rendition,
                              .tag = q->at,
                              .about = "about it" };
    q->at++;
    return 1;
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *e)
{
    struct quiz *q = user;
    assert_null(q->replies[a->tag]);
    assert_true(call->id > 0);
    if (q->stop_answer && q->answers == q->stop_answer)
        return dvb_fail(e, DVB_FAULT_INTERNAL, ENOSPC, "disk full");
    q->replies[a->tag] = dvb_strdup(call->reply);
    q->answers++;
    return 0;
}

static int run(struct world *w, struct quiz *q, const char *model)
{
    const struct dvb_ask_source source = {
        .next = next, .answer = answer, .user = q, .what = "quiz", .total = q->n
    };
    char *name = dvb_asprintf("openai:%s@%s", model, server.url);
    OK(dvb_asker_model(w->asker, name, NULL, &q->model, &err));
    free(name);
    q->rendition = q->rendition ? q->rendition : w->rendition;
    return dvb_asker_run(w->asker, &source, &err);
}

static void forget(struct quiz *q)
{
    for (int i = 0; i < q->n; i++) {
        free(q->replies[i]);
        q->replies[i] = NULL;
    }
    q->at = q->answers = q->stop_next = q->stop_answer = 0;
}

static long requests(void)
{
    json_t *stats = fake_server_stats(&server);
    long n = (long)dvb_json_get_num(stats, "requests", -1);
    json_decref(stats);
    return n;
}

#define COUNTS(w, want_made, want_cached, want_failed)                                             \
    do {                                                                                           \
        struct dvb_ask_counts c = dvb_asker_counts((w)->asker);                                    \
        assert_int_equal(c.made, want_made);                                                       \
        assert_int_equal(c.cached, want_cached);                                                   \
        assert_int_equal(c.failed, want_failed);                                                   \
    } while (0)

/* Identical questions are asked once, also while the first is still on its way. */
static void test_asked_once(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 1500, .distinct = 7 };
    long before = requests();
    OK(run(w, &q, "echo"));
    assert_int_equal(requests() - before, 7);
    assert_int_equal(q.answers, 1500);
    COUNTS(w, 7, 1493, 0);
    for (int i = 0; i < q.n; i++) {
        char prompt[32];
        snprintf(prompt, sizeof(prompt), "\"Question %d?\"", i % 7);
        assert_non_null(strstr(q.replies[i], prompt));
    }
    forget(&q);
    reopen(w);
    OK(run(w, &q, "echo"));
    assert_int_equal(requests() - before, 7);
    assert_int_equal(q.answers, 1500);
    COUNTS(w, 0, 1500, 0);
    forget(&q);
}

/* What depends on the media is what is sent of them. */
static void test_request_identity(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 1, .distinct = 1 };
    OK(run(w, &q, "ok"));
    forget(&q);
    q.rendition = put_rendition(w, "with video", "{\"frames_hash\":\"f\",\"video_hash\":\"w\"}");
    OK(run(w, &q, "ok"));
    COUNTS(w, 1, 1, 0);
    forget(&q);
    q.rendition = put_rendition(w, "others", "{\"frames_hash\":\"g\",\"video_hash\":\"v\"}");
    OK(run(w, &q, "ok"));
    COUNTS(w, 2, 1, 0);
    forget(&q);
}

/* A models file with one profile, "limited": fields come after, and may repeat, the usual ones. */
static void write_profiles(const char *fields)
{
    char *usual = dvb_asprintf("{\"wire\": \"openai\", \"base_url\": \"%s\", \"model\": \"echo\"}",
                               server.url);
    char *text = dvb_asprintf("{%s}", fields);
    json_t *profile = json_loads(usual, 0, NULL), *more = json_loads(text, 0, NULL);
    assert_non_null(more);
    json_object_update_new(profile, more);
    json_t *all = dvb_json_pack("{s:o}", "limited", profile);
    free(usual);
    free(text);
    text = dvb_json_canon(all);
    OK(dvb_write_file("models.json", text, strlen(text), &err));
    free(text);
    json_decref(all);
}

struct one {
    struct dvb_asking asking;
    bool done;
};

static int next_one(void *user, struct dvb_asking *a, struct dvb_err *e)
{
    struct one *one = user;
    (void)e;
    if (one->done)
        return 0;
    one->done = true;
    *a = one->asking;
    a->step = "original";
    a->prompt_name = "answer";
    a->prompt = dvb_strdup(a->prompt);
    return 1;
}

static int answer_one(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                      struct dvb_err *e)
{
    (void)user, (void)a, (void)call, (void)e;
    return 0;
}

/* Ask one question of the profile "limited" with these fields: 1 when the store
   answered, 0 when it could not (and nothing was sent). */
static int in_store(struct world *w, const char *fields, struct dvb_asking asking)
{
    struct one one = { asking, false };
    struct dvb_ask_source source = {
        .next = next_one, .answer = answer_one, .user = &one, .what = "one"
    };
    reopen_as(w, DVB_ASK_OFFLINE);
    write_profiles(fields);
    OK(dvb_asker_model(w->asker, "limited", "models.json", &one.asking.model, &err));
    OK(dvb_asker_run(w->asker, &source, &err));
    struct dvb_ask_counts c = dvb_asker_counts(w->asker);
    assert_int_equal(c.made + c.failed, 0);
    assert_int_equal(c.cached + c.missing, 1);
    return (int)c.cached;
}

static void test_frames_are_limited(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *fields, *frames;
    } cases[] = {
        { "\"fps\": 2", "\"frames\":4" },
        { "\"fps\": 30", "\"frames\":4" },
        { "\"fps\": 0.9", "\"frames\":2" },
        { "\"fps\": 0.01", "\"frames\":1" },
        { "\"max_frames\": 3", "\"frames\":3" },
        { "\"fps\": 1, \"max_frames\": 1", "\"frames\":1" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct quiz q = { .n = 1, .distinct = 1, .rendition = w->rendition };
        const struct dvb_ask_source source = {
            .next = next, .answer = answer, .user = &q, .what = "quiz", .total = 1
        };
        reopen(w);
        write_profiles(cases[i].fields);
        OK(dvb_asker_model(w->asker, "limited", "models.json", &q.model, &err));
        OK(dvb_asker_run(w->asker, &source, &err));
        if (!strstr(q.replies[0], cases[i].frames))
            fail_msg("%s: %s", cases[i].fields, q.replies[0]);
        forget(&q);
    }
}

static void ask_usual(struct world *w, const char *fields, struct dvb_asking asking)
{
    struct one one = { asking, false };
    struct dvb_ask_source source = {
        .next = next_one, .answer = answer_one, .user = &one, .what = "one"
    };
    reopen(w);
    write_profiles(fields);
    OK(dvb_asker_model(w->asker, "limited", "models.json", &one.asking.model, &err));
    OK(dvb_asker_run(w->asker, &source, &err));
    COUNTS(w, 1, 0, 0);
}

/* Each part of a request that an answer may depend on makes it another request. */
static void test_identity_covers(void **state)
{
    struct world *w = *state;
    static const char usual[] = "\"key_env\": \"DEVIBENCH_TEST_KEY\"";
    static const char *const other[] = {
        "\"base_url\": \"http://127.0.0.1:9/v1\"",
        "\"base_url\": \"https://127.0.0.1:9/v1\"",
        "\"model\": \"other\"",
        "\"send\": \"video\"",
        "\"fps\": 1",
        "\"max_frames\": 3",
        "\"max_pixels\": 1000",
        "\"jpeg_quality\": 50",
        "\"detail\": \"low\"",
        "\"structured\": false",
        "\"logprobs\": 2",
        "\"max_tokens\": 100",
        "\"max_tokens_field\": \"max_completion_tokens\"",
        "\"temperature\": 0",
        "\"temperature\": 0.5",
        "\"top_p\": 0.5",
        "\"seed\": 0",
        "\"extra\": {\"reasoning_effort\": \"low\"}",
    };
    static const char *const same[] = {
        "\"price_batch\": 0.5",       "\"tokens\": \"qwen28\"", "\"max_pixels\": 2304",
        "\"jpeg_quality\": 90",       "\"price_in\": 3",        "\"price_out\": 3",
        "\"price_cached\": 3",        "\"concurrency\": 1",     "\"requests_per_minute\": 5",
        "\"tokens_per_minute\": 5",   "\"timeout_s\": 1",       "\"note\": \"about\"",
        "\"key_env\": \"OTHER_KEY\"", "\"allow_http\": true",
    };
    struct dvb_asking asking = { .prompt = T("Which?"), .rendition = w->rendition };
    ask_usual(w, usual, asking);
    assert_int_equal(in_store(w, usual, asking), 1);
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
        if (in_store(w, other[i], asking))
            fail_msg("another %s is the same request", other[i]);
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
        if (!in_store(w, same[i], asking))
            fail_msg("another %s is another request", same[i]);
    for (const struct dvb_wire *const *wire = dvb_wires; *wire; wire++) {
        char fields[64];
        snprintf(fields, sizeof(fields), "\"wire\": \"%s\"", (*wire)->name);
        assert_int_equal(in_store(w, fields, asking), *wire == &dvb_wire_openai);
    }
}

/* The same for what is asked, and of which media. */
static void test_identity_covers_content(void **state)
{
    struct world *w = *state;
    const struct dvb_asking usual = { .prompt = T("Which?"), .rendition = w->rendition };
    json_t *schema = json_pack("{s:s, s:{}, s:[], s:b}", "type", "object", "properties", "required",
                               "additionalProperties", 0);
    json_t *another = json_object();
    struct dvb_asking a = usual;
    ask_usual(w, "", usual);
    a.prompt = T("Which??");
    assert_int_equal(in_store(w, "", a), 0);
    a = usual;
    a.schema = schema;
    a.schema_name = "x";
    assert_int_equal(in_store(w, "", a), 0);
    ask_usual(w, "", a);
    assert_int_equal(in_store(w, "", a), 1);
    a.schema = another;
    assert_int_equal(in_store(w, "", a), 0);
    a.schema = schema;
    a.schema_name = "y";
    assert_int_equal(in_store(w, "", a), 0);
    a = usual;
    a.rendition = put_rendition(w, "others", "{\"frames_hash\":\"g\",\"video_hash\":\"v\"}");
    assert_int_equal(in_store(w, "", a), 0);
    a.rendition = put_rendition(w, "same", detail);
    assert_int_equal(in_store(w, "", a), 1);
    json_decref(schema);
    json_decref(another);
}

/* Of the same ten pictures a model of one a second is sent five where they stand
   for five seconds, and ten where they stand for ten. */
static void test_identity_covers_number(void **state)
{
    struct world *w = *state;
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, w->rendition, &r, &err));
    struct dvb_rendition slow = r;
    slow.recipe_hash = T("slow");
    slow.recipe = T("{\"sample\":{\"fps\":1.0}}");
    struct dvb_asking a = { .prompt = T("Which?"), .rendition = w->rendition };
    ask_usual(w, "\"fps\": 1", a);
    OK(dvb_store_put_rendition(w->ws->store, &slow, &a.rendition, &err));
    assert_int_equal(in_store(w, "\"fps\": 1", a), 0);
    a.rendition = w->rendition;
    assert_int_equal(in_store(w, "\"fps\": 1", a), 1);
    dvb_rendition_release(&r);
}

/* Nothing is sent, what is missing is counted, and the first of it is named. */
static void test_offline(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 3, .distinct = 3 };
    OK(run(w, &q, "echo"));
    forget(&q);
    long before = requests();
    reopen_as(w, DVB_ASK_OFFLINE);
    q.n = q.distinct = 5;
    OK(run(w, &q, "echo"));
    COUNTS(w, 0, 3, 0);
    assert_int_equal(dvb_asker_counts(w->asker).missing, 2);
    assert_int_equal(q.answers, 3);
    const char *says = dvb_asker_first_missing(w->asker);
    assert_non_null(strstr(says, "step original, model openai:echo@"));
    assert_non_null(strstr(says, "clip v at 0 s, question \"about it\": no model was asked"));
    forget(&q);
    OK(run(w, &q, "ok")); /* another model */
    assert_int_equal(dvb_asker_counts(w->asker).missing, 7);
    assert_int_equal(requests(), before);
    forget(&q);
    reopen_as(w, DVB_ASK_OFFLINE);
    OK(run(w, &q, "ok"));
    assert_non_null(strstr(dvb_asker_first_missing(w->asker), "was put to openai:echo@"));
    forget(&q);
    reopen_as(w, DVB_ASK_OFFLINE);
    q.n = 1;
    q.rendition = put_rendition(w, "others", "{\"frames_hash\":\"g\",\"video_hash\":\"v\"}");
    OK(run(w, &q, "echo"));
    assert_non_null(strstr(dvb_asker_first_missing(w->asker), "about other pictures"));
    forget(&q);
}

/* Offline, models that no file names any more come from the store. */
static void test_offline_models(void **state)
{
    struct world *w = *state;
    const struct dvb_used_model *m;
    write_profiles("\"temperature\": 0.5");
    OK(dvb_asker_model(w->asker, "limited", "models.json", &m, &err));
    int64_t id = m->id;
    reopen(w);
    assert_int_equal(dvb_asker_model(w->asker, "limited", NULL, &m, &err), -ENOENT);
    reopen_as(w, DVB_ASK_OFFLINE);
    assert_int_equal(dvb_asker_model(w->asker, "unheard", NULL, &m, &err), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_int_equal(dvb_asker_model(w->asker, "limited", "absent.json", &m, &err), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    OK(dvb_asker_model(w->asker, "limited", NULL, &m, &err));
    assert_int_equal(m->id, id);
    assert_true(m->profile->temperature == 0.5);
}

/* Asked anew once, twins included; the older answer keeps its row. */
static void test_refresh(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 5, .distinct = 5 };
    struct dvb_call old, older, newest;
    OK(run(w, &q, "count"));
    assert_string_equal(q.replies[0], "one");
    forget(&q);
    OK(dvb_store_get_call(w->ws->store, 1, &old, &err));
    for (int round = 0; round < 2; round++) {
        long before = requests();
        reopen_as(w, DVB_ASK_REFRESH);
        q.n = 1500;
        OK(run(w, &q, "count"));
        COUNTS(w, 5, 1495, 0);
        assert_int_equal(requests() - before, 5);
        for (int i = 0; i < q.n; i++)
            assert_string_equal(q.replies[i], "more");
        forget(&q);
    }
    assert_int_equal(dvb_store_find_call(w->ws->store, old.request_hash, &newest, &err), 1);
    assert_string_equal(newest.reply, "more");
    assert_in_range(newest.id, 11, 15); /* the third of three rows */
    OK(dvb_store_get_call(w->ws->store, 1, &older, &err));
    assert_string_equal(older.reply, old.reply);
    char name[DVB_HASH_LEN + 8];
    snprintf(name, sizeof(name), "%s.1", old.request_hash);
    assert_string_equal(older.request_hash, name);
    dvb_call_release(&newest);
    dvb_call_release(&old);
    dvb_call_release(&older);
    reopen(w);
    q.n = 5;
    OK(run(w, &q, "count"));
    COUNTS(w, 0, 5, 0);
    assert_string_equal(q.replies[4], "more");
    forget(&q);
}

/* A failure replaces nothing: the older answer is there for the next time. */
static void test_refresh_fails(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 2, .distinct = 2 };
    OK(run(w, &q, "then-bad"));
    COUNTS(w, 2, 0, 0);
    forget(&q);
    reopen_as(w, DVB_ASK_REFRESH);
    OK(run(w, &q, "then-bad"));
    COUNTS(w, 0, 0, 2);
    assert_int_equal(q.answers, 0);
    forget(&q);
    reopen(w);
    OK(run(w, &q, "then-bad"));
    COUNTS(w, 0, 2, 0);
    assert_string_equal(q.replies[1], "good");
    forget(&q);
}

/* Errors in the midst, with questions queued and on the wire: nothing leaks
   (the sanitizers tell), and what was stored is not asked again. */
static void test_stops(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 300, .distinct = 300, .stop_answer = 20 };
    assert_int_equal(run(w, &q, "ok"), -ENOSPC);
    assert_string_equal(err.msg, "disk full");
    assert_int_equal(q.answers, 20);
    dvb_asker_close(&w->asker);
    forget(&q);
    reopen(w);
    q.n = 30;
    q.distinct = 30;
    OK(run(w, &q, "ok"));
    COUNTS(w, 9, 21, 0); /* the reply that could not be used was stored before */
    forget(&q);
    reopen(w);
    q.n = q.distinct = 1500;
    q.stop_next = 1080; /* more than are held at once: the window is refilled from a reply */
    assert_int_equal(run(w, &q, "ok"), -EIO);
    assert_string_equal(err.msg, "no more questions");
    assert_in_range(q.answers, 50, 60); /* 30 stored ones, and until the window reached it */
    forget(&q);
}

/* Questions that fail have no answer; those that were not sent leave no trace. */
static void test_failures(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 40, .distinct = 20 };
    long before = requests();
    OK(run(w, &q, "bad-key"));
    assert_true(requests() - before <= 4); /* those in flight when the first came back */
    assert_int_equal(q.answers, 0);
    COUNTS(w, 0, 0, 20);
    assert_non_null(strstr(dvb_asker_last_failure(w->asker), "key was not accepted"));
    int64_t id;
    struct dvb_call c = { .request_hash = T("other"),
                          .model = q.model->id,
                          .step = T("original"),
                          .status = DVB_CALL_ERROR,
                          .reply = T("") };
    OK(dvb_store_put_call(w->ws->store, &c, &id, &err));
    assert_in_range(id, 2, 5); /* rows before it: one for each request */
    forget(&q);
}

/* A refusal is an answer, kept like any other. */
static void test_refusals(void **state)
{
    struct world *w = *state;
    struct quiz q = { .n = 2, .distinct = 2 };
    OK(run(w, &q, "refusal"));
    assert_int_equal(q.answers, 2);
    COUNTS(w, 2, 0, 0);
    forget(&q);
    OK(run(w, &q, "refusal"));
    COUNTS(w, 2, 2, 0);
    assert_string_equal(q.replies[1], "I cannot help with that.");
    forget(&q);
}

static int start(void **state)
{
    static const char script[] =
        "{\"count\": [{\"text\": \"one\"}, {\"text\": \"one\"}, {\"text\": \"one\"},"
        "  {\"text\": \"one\"}, {\"text\": \"one\"}, {\"text\": \"more\"}],"
        " \"then-bad\": [{\"text\": \"good\"}, {\"text\": \"good\"},"
        "  {\"status\": 400, \"error\": {\"message\": \"no\"}}]}";
    static const char *const args[] = { "--script", "script.json", NULL };
    (void)state;
    dvb_log_set_level(DVB_LOG_ERROR);
    OK(dvb_write_file("script.json", script, strlen(script), &err));
    return fake_server_start(&server, args) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    fake_server_stop(&server);
    return 0;
}

int main(void)
{
#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_asked_once),
        WITH_WORLD(test_request_identity),
        WITH_WORLD(test_frames_are_limited),
        WITH_WORLD(test_stops),
        WITH_WORLD(test_failures),
        WITH_WORLD(test_refusals),
        WITH_WORLD(test_identity_covers),
        WITH_WORLD(test_identity_covers_content),
        WITH_WORLD(test_identity_covers_number),
        WITH_WORLD(test_offline),
        WITH_WORLD(test_offline_models),
        WITH_WORLD(test_refresh),
        WITH_WORLD(test_refresh_fails),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
