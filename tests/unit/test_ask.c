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
#include "tests/unit/fake_server.h"
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
                                     .recipe = T("{\"sample\":{\"fps\":2.0}}"),
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
        OK(dvb_write_file(path, "\xff\xd8\xff\xe0\xff\xd9", 6, &err));
    }
}

static void reopen(struct world *w)
{
    dvb_asker_close(&w->asker);
    OK(dvb_asker_open(w->ws, 1, &w->asker, &err));
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
                              .tag = q->at };
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

static void write_profiles(const char *fields)
{
    char *text = dvb_asprintf("{\"limited\": {\"wire\": \"openai\", \"base_url\": \"%s\","
                              " \"model\": \"echo\", %s}}",
                              server.url, fields);
    OK(dvb_write_file("models.json", text, strlen(text), &err));
    free(text);
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
    static const char *const none[] = { NULL };
    (void)state;
    dvb_log_set_level(DVB_LOG_ERROR);
    return fake_server_start(&server, none) ? 0 : -1;
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
        WITH_WORLD(test_asked_once),         WITH_WORLD(test_request_identity),
        WITH_WORLD(test_frames_are_limited), WITH_WORLD(test_stops),
        WITH_WORLD(test_failures),           WITH_WORLD(test_refusals),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
