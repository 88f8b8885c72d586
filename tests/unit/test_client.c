/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against a real server on the loopback interface. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "model/client.h"
#include "tests/unit/fake_server.h"

#define KEY "sk-planted-0123456789abcdef-planted"

static struct fake_server server, vllm;
static char log_path[] = "log.txt";

/* What one question came to. */
struct outcome {
    int calls;
    enum dvb_reply_status status;
    char *text, *finish, *usage;
    int attempts, http_status;
    bool fatal;
    long in, cached, out;
    double cost, latency;
};

static int keep(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    (void)err;
    struct outcome *o = user;
    o->calls++;
    o->status = reply->status;
    o->text = dvb_strdup(reply->text);
    o->finish = dvb_strdup(reply->finish);
    o->usage = dvb_strdup(reply->usage);
    o->attempts = reply->attempts;
    o->http_status = reply->http_status;
    o->fatal = reply->fatal;
    o->in = reply->tokens_in;
    o->cached = reply->tokens_cached;
    o->out = reply->tokens_out;
    o->cost = reply->cost_usd;
    o->latency = reply->latency_s;
    /* A key must be nowhere in what the rest of the program sees. */
    assert_null(strstr(o->text, "planted"));
    return 0;
}

static void release(struct outcome *o)
{
    free(o->text);
    free(o->finish);
    free(o->usage);
    *o = (struct outcome){ 0 };
}

static struct dvb_profile *profile(const struct fake_server *f, const char *model)
{
    struct dvb_profile *p;
    struct dvb_err err;
    char *name = dvb_asprintf("openai:%s@%s", model, f->url);
    assert_int_equal(dvb_profile_find(name, NULL, &p, &err), 0);
    free(name);
    p->timeout_s = 10;
    return p;
}

static struct dvb_client_settings quick(void)
{
    struct dvb_client_settings s;
    dvb_client_settings_default(&s);
    assert_int_equal(s.max_retries, 5);
    s.backoff_s = 0.01;
    s.max_backoff_s = 0.05;
    s.idle_s = 1;
    return s;
}

static void ask_with(const struct dvb_client_settings *s, const struct dvb_profile *p,
                     struct outcome *o)
{
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_ask ask = { .profile = p, .prompt = "Which one?" };
    assert_int_equal(dvb_client_open(s, &c, &err), 0);
    assert_int_equal(dvb_client_submit(c, &ask, keep, o, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
    assert_null(c);
    assert_int_equal(o->calls, 1);
}

/* One question to a behaviour of the server. */
struct behaviour {
    const char *model;
    enum dvb_reply_status status;
    int attempts, http_status;
    bool fatal;
    const char *says;
};

static void test_behaviours(void **state)
{
    (void)state;
    static const struct behaviour rows[] = {
        { "ok", DVB_REPLY_OK, 1, 200, false, "B" },
        { "retry-429", DVB_REPLY_OK, 2, 200, false, "B" },
        { "retry-500", DVB_REPLY_OK, 3, 200, false, "B" },
        { "always-503", DVB_REPLY_ERROR, 6, 503, false, "HTTP 503: overloaded" },
        { "cut", DVB_REPLY_ERROR, 6, 200, false, "bytes remaining" },
        { "cut-once", DVB_REPLY_OK, 2, 200, false, "B" },
        { "drop", DVB_REPLY_ERROR, 6, 0, false, "" },
        { "drop-once", DVB_REPLY_OK, 2, 200, false, "B" },
        { "garbage", DVB_REPLY_ERROR, 3, 200, false, "no JSON" },
        { "html", DVB_REPLY_ERROR, 3, 200, false, "Bad Gateway" },
        { "huge", DVB_REPLY_ERROR, 1, 200, true, "larger than 1048576 bytes" },
        { "empty", DVB_REPLY_ERROR, 3, 200, false, "choices is empty" },
        { "refusal", DVB_REPLY_REFUSED, 1, 200, false, "I cannot help with that." },
        { "filtered", DVB_REPLY_REFUSED, 1, 200, false, "" },
        { "length", DVB_REPLY_OK, 1, 200, false, "half a rep" },
        { "bad-key", DVB_REPLY_ERROR, 1, 401, true, "the key was not accepted" },
        { "no-quota", DVB_REPLY_ERROR, 1, 429, true, "quota is spent" },
        { "error-200", DVB_REPLY_ERROR, 3, 200, false, "upstream failed" },
        { "redirect", DVB_REPLY_ERROR, 1, 307, true, "redirect" },
        { "no-such-model", DVB_REPLY_ERROR, 1, 404, true, "does not exist" },
    };
    struct dvb_client_settings s = quick();
    s.max_reply_bytes = 1 << 20;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct behaviour *b = &rows[i];
        struct dvb_profile *p = profile(&server, b->model);
        struct outcome o = { 0 };
        ask_with(&s, p, &o);
        if (o.status != b->status || o.attempts != b->attempts || o.fatal != b->fatal ||
            o.http_status != b->http_status || !strstr(o.text, b->says))
            fail_msg("%s: status %d, attempts %d, HTTP %d, fatal %d, '%s'", b->model, o.status,
                     o.attempts, o.http_status, o.fatal, o.text);
        if (o.status == DVB_REPLY_ERROR) { /* names the model and the URL */
            assert_non_null(strstr(o.text, b->model));
            assert_non_null(strstr(o.text, "/v1/chat/completions"));
        }
        release(&o);
        dvb_profile_free(&p);
    }
}

static void test_usage_and_cost(void **state)
{
    (void)state;
    struct dvb_profile *p = profile(&server, "ok");
    struct dvb_client_settings s = quick();
    struct outcome o = { 0 };
    p->price_in = 2;
    p->price_out = 10;
    p->price_cached = 0.5;
    ask_with(&s, p, &o);
    assert_int_equal(o.in, 100);
    assert_int_equal(o.cached, 20);
    assert_int_equal(o.out, 5);
    assert_true(o.cost > 0.000219 && o.cost < 0.000221); /* (80*2 + 20*0.5 + 5*10) / 1e6 */
    assert_string_equal(o.finish, "stop");
    assert_non_null(strstr(o.usage, "\"prompt_tokens\":100"));
    assert_true(o.latency > 0 && o.latency < 5);
    release(&o);
    dvb_profile_free(&p);
}

static void write_file(const char *path, const void *data, size_t len)
{
    struct dvb_err err;
    assert_int_equal(dvb_write_file(path, data, len, &err), 0);
}

/* What was asked arrives as it was asked. */
static void test_request_arrives(void **state)
{
    (void)state;
    static const char jpeg[] = "\xff\xd8\xff\xe0 picture \xff\xd9";
    static const char mp4[] = "\0\0\0\x18"
                              "ftypisom and more";
    static const char *const frames[] = { "1.jpg", "2.jpg", "3.jpg" };
    for (size_t i = 0; i < 3; i++)
        write_file(frames[i], jpeg, sizeof(jpeg) - 1);
    write_file("clip.mp4", mp4, sizeof(mp4) - 1);
    json_t *schema = json_loads("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
                                "\"required\":[\"a\"],\"additionalProperties\":false}",
                                0, NULL);
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p = profile(&server, "echo"), *pv = profile(&vllm, "echo");
    p->detail = dvb_strdup("high");
    p->temperature = 0;
    p->top_p = 0.9;
    p->seed = 7;
    pv->extra = json_pack("{s:{s:i}}", "mm_processor_kwargs", "fps", 2);
    struct dvb_ask pictures = { .profile = p,
                                .system = "Be brief.",
                                .prompt = "Line 1\nLine \"2\" \xe7\xad\x94",
                                .frames = frames,
                                .n_frames = 3,
                                .schema = schema,
                                .schema_name = "answer" };
    struct dvb_ask clip = { .profile = pv, .prompt = "What?", .video = "clip.mp4" };
    struct dvb_ask words = { .profile = p, .prompt = "bad \xff byte" };
    struct outcome o[3] = { { 0 } };
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    dvb_client_submit(c, &pictures, keep, &o[0], &err);
    dvb_client_submit(c, &clip, keep, &o[1], &err);
    dvb_client_submit(c, &words, keep, &o[2], &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
    json_t *got = json_loads(o[0].text, 0, NULL);
    if (!got)
        fail_msg("%s", o[0].text);
    assert_int_equal(json_integer_value(json_object_get(got, "frames")), 3);
    assert_int_equal(json_integer_value(json_object_get(got, "frame_bytes")),
                     3 * (sizeof(jpeg) - 1));
    assert_true(json_is_true(json_object_get(got, "text_last")));
    assert_string_equal(dvb_json_get_str(got, "system"), "Be brief.");
    assert_string_equal(dvb_json_get_str(got, "prompt"), pictures.prompt);
    assert_string_equal(dvb_json_get_str(got, "schema"), "answer");
    assert_string_equal(dvb_json_get_str(got, "detail"), "high");
    json_decref(got);
    got = json_loads(o[1].text, 0, NULL);
    if (!got)
        fail_msg("%s", o[1].text);
    assert_int_equal(json_integer_value(json_object_get(got, "video_bytes")), sizeof(mp4) - 1);
    json_decref(got);
    assert_non_null(strstr(o[2].text, "bad \xef\xbf\xbd byte"));
    for (int i = 0; i < 3; i++)
        release(&o[i]);
    json_decref(schema);
    dvb_profile_free(&p);
    dvb_profile_free(&pv);
}

/* Questions that cannot be sent: the service refuses video, a file is missing. */
static void test_cannot_ask(void **state)
{
    (void)state;
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p = profile(&server, "ok");
    static const char *const missing[] = { "missing.jpg" };
    struct dvb_ask gone = { .profile = p, .prompt = "?", .frames = missing, .n_frames = 1 };
    struct dvb_ask clip = { .profile = p, .prompt = "?", .video = "clip.mp4" };
    struct outcome o[2] = { { 0 } };
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    dvb_client_submit(c, &gone, keep, &o[0], &err);
    dvb_client_submit(c, &clip, keep, &o[1], &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
    assert_int_equal(o[0].status, DVB_REPLY_ERROR);
    assert_int_equal(o[0].attempts, 0);
    assert_true(o[0].fatal);
    assert_non_null(strstr(o[0].text, "missing.jpg"));
    assert_int_equal(o[1].http_status, 400);
    assert_true(o[1].fatal);
    assert_non_null(strstr(o[1].text, "Invalid value: 'video_url'"));
    release(&o[0]);
    release(&o[1]);
    dvb_profile_free(&p);
}

static int tally(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    (void)err;
    int *counts = user;
    counts[reply->status]++;
    return 0;
}

static long stat_of(const struct fake_server *f, const char *model, const char *what)
{
    json_t *stats = fake_server_stats(f);
    const json_t *from = model ? json_object_get(json_object_get(stats, "models"), model) : stats;
    long n = (long)json_integer_value(json_object_get(from, what));
    json_decref(stats);
    return n;
}

/* As many in flight as the profile says, never more, over as many connections. */
static void test_concurrency(void **state)
{
    (void)state;
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p = profile(&server, "slow"), *again = profile(&server, "slow");
    p->concurrency = again->concurrency = 6;
    struct dvb_ask asks[2] = { { .profile = p, .prompt = "?" },
                               { .profile = again, .prompt = "?" } };
    int counts[3] = { 0 };
    long before = stat_of(&server, NULL, "connections");
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    for (int i = 0; i < 24; i++)
        dvb_client_submit(c, &asks[i % 2], tally, counts, &err);
    double start = dvb_now();
    assert_int_equal(dvb_client_run(c, &err), 0);
    double took = dvb_now() - start;
    dvb_client_close(&c);
    assert_int_equal(counts[DVB_REPLY_OK], 24);
    assert_int_equal(stat_of(&server, "slow", "requests"), 24);
    assert_int_equal(stat_of(&server, "slow", "max_in_flight"), 6);
    /* Connections are used again; one more is for asking. */
    assert_in_range(stat_of(&server, NULL, "connections") - before, 1, 6 + 4);
    assert_true(took > 4 * 0.3 && took < 4 * 0.3 + 2);
    dvb_profile_free(&p);
    dvb_profile_free(&again);
}

/* A wrong key and a spent quota stop their own model at once, and no other. */
static void test_stop(void **state)
{
    (void)state;
    static const char *const models[] = { "bad-key", "no-quota", "ok" };
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p[3];
    struct dvb_ask asks[3];
    int counts[3][3] = { { 0 } };
    long before[3];
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    for (int m = 0; m < 3; m++) {
        p[m] = profile(&server, models[m]);
        p[m]->concurrency = 2;
        asks[m] = (struct dvb_ask){ .profile = p[m], .prompt = "?" };
        before[m] = stat_of(&server, models[m], "requests");
    }
    for (int i = 0; i < 60; i++)
        dvb_client_submit(c, &asks[i % 3], tally, counts[i % 3], &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(counts[0][DVB_REPLY_ERROR], 20);
    assert_int_equal(counts[1][DVB_REPLY_ERROR], 20);
    assert_int_equal(counts[2][DVB_REPLY_OK], 20);
    assert_in_range(stat_of(&server, "bad-key", "requests") - before[0], 1, 2);
    assert_in_range(stat_of(&server, "no-quota", "requests") - before[1], 1, 2);
    /* And stay stopped. */
    struct outcome o = { 0 };
    dvb_client_submit(c, &asks[0], keep, &o, &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(o.attempts, 0);
    assert_true(o.fatal);
    assert_non_null(strstr(o.text, "not asked"));
    release(&o);
    dvb_client_close(&c);
    for (int m = 0; m < 3; m++)
        dvb_profile_free(&p[m]);
}

/* A host that is not there is not asked for every question of a long job. */
static void test_unreachable(void **state)
{
    (void)state;
    struct fake_server nobody = { .url = "http://127.0.0.1:9/v1" };
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p = profile(&nobody, "ok");
    struct dvb_ask ask = { .profile = p, .prompt = "?" };
    struct outcome o[20] = { { 0 } };
    p->concurrency = 2;
    s.max_retries = 2;
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    for (int i = 0; i < 20; i++)
        dvb_client_submit(c, &ask, keep, &o[i], &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
    int attempts = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(o[i].calls, 1);
        assert_int_equal(o[i].status, DVB_REPLY_ERROR);
        assert_false(o[i].fatal); /* asking again later may help */
        assert_non_null(strstr(o[i].text, "127.0.0.1"));
        attempts += o[i].attempts;
        release(&o[i]);
    }
    assert_in_range(attempts, 9, 15);
    dvb_profile_free(&p);
}

static void test_timeouts(void **state)
{
    (void)state;
    struct dvb_client_settings s = quick();
    struct outcome o = { 0 };
    s.max_retries = 1;
    struct dvb_profile *p = profile(&server, "hang");
    p->timeout_s = 0.4;
    double start = dvb_now();
    ask_with(&s, p, &o);
    assert_true(dvb_now() - start < 2);
    assert_int_equal(o.attempts, 2);
    assert_false(o.fatal);
    assert_non_null(strstr(o.text, "no whole reply within 0.4 s"));
    release(&o);
    dvb_profile_free(&p);

    /* Thinking longer than idle_s is no fault; falling silent within the reply is. */
    s.idle_s = 0.2;
    s.max_retries = 0;
    p = profile(&server, "slow");
    ask_with(&s, p, &o);
    assert_int_equal(o.status, DVB_REPLY_OK);
    release(&o);
    dvb_profile_free(&p);
    p = profile(&server, "stall");
    start = dvb_now();
    ask_with(&s, p, &o);
    assert_true(dvb_now() - start < 2);
    assert_non_null(strstr(o.text, "idle"));
    assert_false(o.fatal);
    release(&o);
    dvb_profile_free(&p);
}

/* The service's hint is obeyed; one that asks to wait past max_hint_s ends the job. */
static void test_hints(void **state)
{
    (void)state;
    static const char script[] =
        "{\"ms\":[{\"status\":429,\"headers\":{\"retry-after-ms\":\"300\",\"retry-after\":\"9\"},"
        "\"error\":{\"message\":\"slow\"}},{\"text\":\"B\"}],"
        "\"past\":[{\"status\":503,\"headers\":{\"retry-after\":\"Wed, 21 Oct 2015 07:28:00 GMT\"},"
        "\"error\":{\"message\":\"slow\"}},{\"text\":\"B\"}],"
        "\"far\":[{\"status\":429,\"headers\":{\"retry-after\":\"3600\"},"
        "\"error\":{\"message\":\"slow\"}},{\"text\":\"B\"}],"
        "\"odd\":[{\"status\":429,\"headers\":{\"retry-after\":\"-5\",\"retry-after-ms\":\"nan\"},"
        "\"error\":{\"message\":\"slow\"}},{\"text\":\"B\"}]}";
    static const struct {
        const char *model;
        double min;
        int attempts;
    } rows[] = { { "ms", 0.3, 2 }, { "past", 0, 2 }, { "far", 0, 1 }, { "odd", 0, 2 } };
    write_file("hints.json", script, sizeof(script) - 1);
    const char *args[] = { "--script", "hints.json", NULL };
    struct fake_server f = { 0 };
    assert_true(fake_server_start(&f, args));
    struct dvb_client_settings s = quick();
    s.max_hint_s = 3599;
    for (size_t i = 0; i < 4; i++) {
        struct dvb_profile *p = profile(&f, rows[i].model);
        struct outcome o = { 0 };
        double start = dvb_now();
        ask_with(&s, p, &o);
        double took = dvb_now() - start;
        assert_int_equal(o.attempts, rows[i].attempts);
        if (took < rows[i].min || took > 5)
            fail_msg("%s: waited %.2f s", rows[i].model, took);
        assert_int_equal(o.status, o.attempts == 2 ? DVB_REPLY_OK : DVB_REPLY_ERROR);
        assert_int_equal(strstr(o.text, "asks to wait 3600 s") != NULL, o.attempts == 1);
        assert_false(o.fatal);
        release(&o);
        dvb_profile_free(&p);
    }
    fake_server_stop(&f);
}

/* Keys: sent as bearer; asked for where required; unfit ones never sent or shown. */
static void test_keys(void **state)
{
    (void)state;
    const char *args[] = { "--key-env", "OPENAI_API_KEY", NULL };
    struct fake_server f = { 0 };
    struct dvb_client_settings s = quick();
    struct outcome o = { 0 };
    assert_true(fake_server_start(&f, args));
    struct dvb_profile *p = profile(&f, "ok");
    ask_with(&s, p, &o);
    assert_int_equal(o.status, DVB_REPLY_OK);
    release(&o);

    unsetenv("OPENAI_API_KEY");
    ask_with(&s, p, &o);
    assert_int_equal(o.http_status, 401);
    release(&o);
    p->key_required = true;
    ask_with(&s, p, &o);
    assert_int_equal(o.attempts, 0);
    assert_non_null(strstr(o.text, "OPENAI_API_KEY"));
    release(&o);

    setenv("OPENAI_API_KEY", "sk-planted\r\nX-Evil: 1", 1);
    ask_with(&s, p, &o);
    assert_int_equal(o.attempts, 0);
    assert_non_null(strstr(o.text, "line break at byte 11"));
    assert_null(strstr(o.text, "Evil"));
    release(&o);

    /* A wrong key that the service repeats in its complaint, whole or in part. */
    setenv("OPENAI_API_KEY", "sk-planted-another-0123456789", 1);
    ask_with(&s, p, &o);
    assert_int_equal(o.http_status, 401);
    assert_non_null(strstr(o.text, "Incorrect API key provided"));
    assert_null(strstr(o.text, "another"));
    release(&o);
    setenv("OPENAI_API_KEY", KEY, 1);
    dvb_profile_free(&p);
    fake_server_stop(&f);
}

static int stop_after_two(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    (void)reply;
    if (++*(int *)user == 2)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOSPC, "disk full");
    return 0;
}

struct chain {
    struct dvb_client *c;
    const struct dvb_ask *ask;
    int left, done;
};

static int submit_more(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    struct chain *chain = user;
    assert_int_equal(reply->status, DVB_REPLY_OK);
    chain->done++;
    assert_int_equal(dvb_client_run(chain->c, NULL), -EBUSY);
    return chain->left-- > 0 ? dvb_client_submit(chain->c, chain->ask, submit_more, chain, err) : 0;
}

/* A callback may submit more, or end the run. */
static void test_callbacks(void **state)
{
    (void)state;
    struct dvb_client_settings s = quick();
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_profile *p = profile(&server, "ok");
    struct dvb_ask ask = { .profile = p, .prompt = "?" };
    int n = 0;
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0); /* nothing to do */
    for (int i = 0; i < 10; i++)
        dvb_client_submit(c, &ask, stop_after_two, &n, &err);
    assert_int_equal(dvb_client_run(c, &err), -ENOSPC);
    assert_string_equal(err.msg, "disk full");
    assert_int_equal(n, 2);
    struct chain chain = { c, &ask, 4, 0 };
    dvb_client_submit(c, &ask, submit_more, &chain, &err);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(chain.done, 5);
    dvb_client_submit(c, &ask, tally, &n, &err); /* closed with work left */
    dvb_client_close(&c);
    dvb_profile_free(&p);
}

/* Verification is on: a certificate that nobody signed ends the question. */
static void test_tls(void **state)
{
    (void)state;
    if (system("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
               "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2> openssl.log")) {
        print_message("skip: the openssl program is not here\n");
        skip();
    }
    const char *args[] = { "--tls-cert", "cert.pem", "--tls-key", "key.pem", NULL };
    struct fake_server f = { 0 };
    struct dvb_client_settings s = quick();
    struct outcome o = { 0 };
    assert_true(fake_server_start(&f, args));
    assert_memory_equal(f.url, "https:", 6);
    struct dvb_profile *p = profile(&f, "ok");
    ask_with(&s, p, &o);
    assert_int_equal(o.status, DVB_REPLY_ERROR);
    assert_int_equal(o.attempts, 1);
    assert_true(o.fatal);
    assert_non_null(strstr(o.text, "certificate"));
    release(&o);
    dvb_profile_free(&p);
    fake_server_stop(&f);
}

/* What went to the log during all of the above. */
static void test_log_has_no_key(void **state)
{
    (void)state;
    char *text;
    struct dvb_err err;
    fflush(stderr);
    assert_int_equal(dvb_read_file(log_path, 1 << 24, &text, NULL, &err), 0);
    assert_non_null(strstr(text, "attempt 1 of 6 failed"));
    assert_non_null(strstr(text, "no more questions are sent to this model"));
    assert_null(strstr(text, "planted"));
    assert_null(strstr(text, "Bearer"));
    free(text);
}

static int terminal = -1; /* where stderr went before */

/* The log of all tests goes to a file; cmocka's summary must not. */
static bool capture_stderr(void)
{
    int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    terminal = dup(STDERR_FILENO);
    bool ok = fd >= 0 && terminal >= 0 && dup2(fd, STDERR_FILENO) >= 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static int set_up(void **state)
{
    (void)state;
    const char *none[] = { NULL }, *video[] = { "--vllm", NULL };
    setenv("OPENAI_API_KEY", KEY, 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    dvb_log_set_level(DVB_LOG_DEBUG);
    if (!capture_stderr())
        return -1;
    return fake_server_start(&server, none) && fake_server_start(&vllm, video) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fake_server_stop(&server);
    fake_server_stop(&vllm);
    fflush(stderr);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    return 0;
}

int main(void)
{
    if (!getenv("BUILD")) {
        print_message("skip: BUILD does not name the build folder (use tests/run.sh)\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behaviours),      cmocka_unit_test(test_usage_and_cost),
        cmocka_unit_test(test_request_arrives), cmocka_unit_test(test_cannot_ask),
        cmocka_unit_test(test_concurrency),     cmocka_unit_test(test_stop),
        cmocka_unit_test(test_unreachable),     cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_hints),           cmocka_unit_test(test_keys),
        cmocka_unit_test(test_callbacks),       cmocka_unit_test(test_tls),
        cmocka_unit_test(test_log_has_no_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
