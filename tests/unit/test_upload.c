/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Videos uploaded ahead of the questions that need them, against a small
   service of our own in four steps: announce the file, send it, ask until it is
   ready, use its URI. */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/client.h"
#include "model/upload.h"
#include "tests/unit/fake_server.h"

#define LARGE 300000

static struct service {
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t lock;
    int announced, sent, polled, asked; /* good requests */
    int fail_announce, fail_send;       /* so many with status */
    unsigned status;
    int garble; /* so many answers to polls that make no sense */
    long wrong; /* requests that should not have come */
} service = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct exchange {
    char *body;
    size_t len;
};

static enum MHD_Result send_text(struct MHD_Connection *conn, unsigned status, const char *location,
                                 const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text,
                                                             MHD_RESPMEM_MUST_COPY);
    if (location)
        MHD_add_response_header(r, "X-Upload-To", location);
    enum MHD_Result ret = MHD_queue_response(conn, status, r);
    MHD_destroy_response(r);
    return ret;
}

static enum MHD_Result fail_with(struct MHD_Connection *conn)
{
    return send_text(conn, service.status, NULL, "{\"error\": {\"message\": \"no upload\"}}");
}

static enum MHD_Result announce(struct MHD_Connection *conn, const struct exchange *x)
{
    char to[100];
    (void)x;
    if (service.fail_announce > 0) {
        service.fail_announce--;
        return fail_with(conn);
    }
    snprintf(to, sizeof(to), "http://127.0.0.1:%d/v1/bytes/%d", service.port, ++service.announced);
    return send_text(conn, 200, to, "{}");
}

static enum MHD_Result take_bytes(struct MHD_Connection *conn, const struct exchange *x)
{
    if (service.fail_send > 0) {
        service.fail_send--;
        return fail_with(conn);
    }
    service.wrong += x->len != LARGE;
    service.sent++;
    return send_text(conn, 200, NULL, "{\"state\": \"PROCESSING\"}");
}

/* Ready at the second poll. */
static enum MHD_Result poll_file(struct MHD_Connection *conn, const struct exchange *x)
{
    service.wrong += x->len != 0;
    if (service.garble > 0) {
        service.garble--;
        return send_text(conn, 200, NULL, "[]");
    }
    service.polled++;
    return send_text(conn, 200, NULL,
                     service.polled % 2 ? "{\"state\": \"PROCESSING\"}"
                                        : "{\"state\": \"ACTIVE\", \"uri\": \"files://the-file\"}");
}

static enum MHD_Result chat(struct MHD_Connection *conn, const struct exchange *x)
{
    bool by_uri = x->len < 1000 && strstr(x->body, "files://the-file");
    service.asked++;
    service.wrong += !by_uri && !strstr(x->body, "inline:AAAA");
    return send_text(conn, 200, NULL,
                     by_uri ? "{\"choices\": [{\"message\": {\"content\": \"by uri\"}}]}"
                            : "{\"choices\": [{\"message\": {\"content\": \"inline\"}}]}");
}

static const struct {
    const char *method, *path;
    enum MHD_Result (*handle)(struct MHD_Connection *conn, const struct exchange *x);
} routes[] = { { "POST", "/v1/files", announce },
               { "PUT", "/v1/bytes/", take_bytes },
               { "GET", "/v1/files/", poll_file },
               { "POST", "/v1/chat/completions", chat } };

static enum MHD_Result on_request(void *user, struct MHD_Connection *conn, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    (void)user, (void)version;
    struct exchange *x = *state;
    if (!x) {
        *state = x = dvb_calloc(1, sizeof(*x));
        x->body = dvb_strdup("");
        return MHD_YES;
    }
    if (*n) {
        x->body = dvb_realloc(x->body, x->len + *n + 1, 1);
        memcpy(x->body + x->len, data, *n);
        x->len += *n;
        x->body[x->len] = '\0';
        *n = 0;
        return MHD_YES;
    }
    const char *key = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Authorization");
    enum MHD_Result ret = MHD_NO;
    pthread_mutex_lock(&service.lock);
    service.wrong += !key || strcmp(key, "Bearer sk-upload") != 0;
    for (size_t i = 0; ret == MHD_NO && i < sizeof(routes) / sizeof(*routes); i++)
        if (!strcmp(method, routes[i].method) &&
            (!strcmp(url, routes[i].path) ||
             (strchr(routes[i].path + 4, '/') &&
              !strncmp(url, routes[i].path, strlen(routes[i].path)))))
            ret = routes[i].handle(conn, x);
    service.wrong += ret == MHD_NO;
    pthread_mutex_unlock(&service.lock);
    return ret;
}

static void on_done(void *user, struct MHD_Connection *conn, void **state,
                    enum MHD_RequestTerminationCode code)
{
    (void)user, (void)conn, (void)code;
    struct exchange *x = *state;
    if (x)
        free(x->body);
    free(x);
}

/* The format: chat completions, with the video inline or by its URI. */
enum { ANNOUNCE, SEND, POLL };

static int next_request(const struct dvb_profile *p, const struct dvb_upload *u,
                        struct dvb_http_request *r, struct dvb_err *err)
{
    (void)err;
    static const char *const methods[] = { "POST", "PUT", "GET" };
    r->method = methods[u->stage];
    if (u->stage == SEND) {
        r->url = dvb_strdup(u->target);
        dvb_body_file(&r->body, u->path);
        return 0;
    }
    r->url = dvb_asprintf("%s/files%s", p->base_url, u->stage == POLL ? "/1" : "");
    if (u->stage == ANNOUNCE)
        dvb_body_text(&r->body, "{}");
    return 0;
}

static int take_response(const struct dvb_profile *p, struct dvb_upload *u,
                         const struct dvb_upload_response *res, bool *done, struct dvb_err *err)
{
    (void)p;
    if (u->stage == ANNOUNCE) {
        if (!res->location)
            return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "no X-Upload-To");
        free(u->target);
        u->target = dvb_strdup(res->location);
        u->stage = SEND;
        return 0;
    }
    json_t *j = json_loadb(res->data, res->len, 0, NULL);
    const char *state = dvb_json_get_str(j, "state"), *uri = dvb_json_get_str(j, "uri");
    *done = state && !strcmp(state, "ACTIVE");
    u->stage = POLL;
    u->wait_s = 0.02;
    free(u->uri);
    u->uri = dvb_strdup(uri);
    json_decref(j);
    return state ? 0 : dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "no state");
}

static const struct dvb_uploader uploader = { .inline_bytes = 100000,
                                              .location_header = "x-upload-to",
                                              .request = next_request,
                                              .response = take_response };

static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    (void)err;
    if (ask->video_uri) {
        dvb_body_text(b, "{%s}", ask->video_uri);
        return 0;
    }
    dvb_body_text(b, "{inline:");
    dvb_body_base64(b, ask->video);
    dvb_body_text(b, "}");
    return 0;
}

static struct dvb_wire wire;
static struct dvb_profile *profile;

struct outcome {
    int ok, inline_, failed, fatal, attempts;
    char text[300];
    int stop_at; /* end the run after so many */
};

static int keep(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    struct outcome *o = user;
    o->ok += reply->status == DVB_REPLY_OK;
    o->inline_ += reply->status == DVB_REPLY_OK && !strcmp(reply->text, "inline");
    o->failed += reply->status == DVB_REPLY_ERROR;
    o->fatal += reply->fatal;
    o->attempts += reply->attempts;
    snprintf(o->text, sizeof(o->text), "%s", reply->text);
    if (o->stop_at && o->ok + o->failed == o->stop_at)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "enough");
    return 0;
}

static struct dvb_client *open_client(void)
{
    struct dvb_client_settings s;
    struct dvb_client *c;
    struct dvb_err err;
    dvb_client_settings_default(&s);
    s.backoff_s = 0.01;
    s.max_backoff_s = 0.02;
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    return c;
}

static void submit(struct dvb_client *c, const char *video, int n, struct outcome *o)
{
    struct dvb_err err;
    struct dvb_ask ask = { .profile = profile, .prompt = "?", .video = video };
    for (int i = 0; i < n; i++)
        assert_int_equal(dvb_client_submit(c, &ask, keep, o, &err), 0);
}

static void reset(void)
{
    assert_int_equal(service.wrong, 0);
    service.announced = service.sent = service.polled = service.asked = 0;
    service.fail_announce = service.fail_send = service.garble = 0;
}

/* Once per file, whoever asks at the same time, later, or in another run. */
static void test_once(void **state)
{
    (void)state;
    struct dvb_client *c = open_client();
    struct dvb_err err;
    struct outcome o = { 0 };
    reset();
    for (int i = 0; i < 10; i++) {
        submit(c, "a.mp4", 2, &o);
        submit(c, "small.mp4", 1, &o);
        submit(c, "b.mp4", 1, &o);
    }
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(o.ok, 40);
    assert_int_equal(o.inline_, 10);
    assert_int_equal(o.attempts, 40); /* those of the uploads are not the questions' */
    submit(c, "a.mp4", 5, &o);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(o.ok, 45);
    assert_int_equal(service.announced, 2);
    assert_int_equal(service.sent, 2);
    assert_int_equal(service.asked, 45);
    dvb_client_close(&c);
    reset();
}

/* A step that fails is tried again, and only that step. */
static void test_retries(void **state)
{
    (void)state;
    struct dvb_client *c = open_client();
    struct dvb_err err;
    struct outcome o = { 0 };
    reset();
    service.status = 503;
    service.fail_announce = 2;
    service.fail_send = 3;
    service.garble = 2;
    submit(c, "a.mp4", 6, &o);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(o.ok, 6);
    assert_int_equal(service.announced, 1);
    assert_int_equal(service.sent, 1);
    dvb_client_close(&c);
    reset();
}

/* What cannot be uploaded fails with all that waited for it, once. */
static void test_failures(void **state)
{
    (void)state;
    struct dvb_client *c = open_client();
    struct dvb_err err;
    struct outcome bad = { 0 }, good = { 0 };
    reset();
    service.status = 400;
    service.fail_send = 1;
    submit(c, "a.mp4", 6, &bad);
    submit(c, "small.mp4", 4, &good);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(bad.failed, 6);
    assert_int_equal(bad.fatal, 6);
    assert_int_equal(bad.attempts, 1);
    assert_non_null(strstr(bad.text, "upload of a.mp4"));
    assert_non_null(strstr(bad.text, "no upload"));
    assert_int_equal(good.ok, 4);
    /* Another question begins anew. */
    submit(c, "a.mp4", 3, &bad);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(bad.ok, 3);
    assert_int_equal(service.sent, 1);

    /* Steps that go wrong for ever. */
    service.garble = 100;
    bad = (struct outcome){ 0 };
    submit(c, "b.mp4", 2, &bad);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(bad.failed, 2);
    assert_int_equal(bad.attempts, 3);
    assert_int_equal(bad.fatal, 0);
    assert_non_null(strstr(bad.text, "no state"));

    /* A file that is not there. */
    bad = (struct outcome){ 0 };
    submit(c, "none.mp4", 2, &bad);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(bad.failed, 2);
    assert_non_null(strstr(bad.text, "none.mp4"));
    assert_int_equal(bad.attempts, 0);

    /* A key that may not upload may not ask either. */
    service.garble = 0;
    service.status = 401;
    service.fail_announce = 1;
    bad = (struct outcome){ 0 };
    submit(c, "b.mp4", 20, &bad);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(bad.failed, 20);
    assert_int_equal(bad.attempts, 1);
    dvb_client_close(&c);
    reset();
}

/* A run that is ended, or a client closed, with uploads under way. */
static void test_ended(void **state)
{
    (void)state;
    struct dvb_client *c = open_client();
    struct dvb_err err;
    struct outcome o = { .stop_at = 1 };
    reset();
    submit(c, "a.mp4", 20, &o);
    submit(c, "small.mp4", 1, &o);
    assert_true(dvb_client_run(c, &err) < 0);
    assert_string_equal(err.msg, "enough");
    o = (struct outcome){ 0 };
    submit(c, "a.mp4", 3, &o);
    assert_int_equal(dvb_client_run(c, &err), 0);
    assert_int_equal(o.ok, 3);
    submit(c, "b.mp4", 3, &o);
    dvb_client_close(&c);
    reset();
}

/* Gemini's own uploader: two questions about one large video. */
static void test_gemini(void **state)
{
    (void)state;
    static const char head[] = "\0\0\0\x10"
                               "ftypisom\0\0\0\0";
    const char *none[] = { NULL };
    const size_t len = (size_t)dvb_wire_gemini.uploader->inline_bytes;
    struct fake_server f = { 0 };
    struct dvb_profile *p;
    struct dvb_err err;
    if (!getenv("BUILD"))
        skip();
    char *video = dvb_calloc(len, 1);
    memcpy(video, head, sizeof(head) - 1);
    assert_int_equal(dvb_write_file("large.mp4", video, len, &err), 0);
    free(video);
    assert_true(fake_server_start(&f, none));
    setenv("GEMINI_API_KEY", "sk-upload", 1);
    char *name = dvb_asprintf("gemini:echo@%.*s/v1beta", (int)(strlen(f.url) - 3), f.url);
    assert_int_equal(dvb_profile_find(name, NULL, &p, &err), 0);
    free(name);
    struct dvb_ask ask = { .profile = p, .prompt = "?", .video = "large.mp4" };
    struct outcome o = { 0 };
    char *says = dvb_asprintf("\"video_bytes\":%zu", len);
    struct dvb_client *c = open_client();
    for (int i = 0; i < 2; i++)
        assert_int_equal(dvb_client_submit(c, &ask, keep, &o, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0);
    if (o.ok != 2 || !strstr(o.text, says))
        fail_msg("%s", o.text);
    free(says);
    dvb_client_close(&c);
    dvb_profile_free(&p);
    fake_server_stop(&f);
}

static int set_up(void **state)
{
    (void)state;
    struct dvb_err err;
    char *zeros = dvb_calloc(LARGE, 1);
    bool ok = !dvb_write_file("a.mp4", zeros, LARGE, &err) &&
              !dvb_write_file("b.mp4", zeros, LARGE, &err) &&
              !dvb_write_file("small.mp4", zeros, 1000, &err);
    free(zeros);
    const struct sockaddr_in at = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    service.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request,
                                      NULL, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED,
                                      on_done, NULL, MHD_OPTION_END);
    if (!ok || !service.daemon)
        return -1;
    service.port = MHD_get_daemon_info(service.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    char *name = dvb_asprintf("openai:m@http://127.0.0.1:%d/v1", service.port);
    int ret = dvb_profile_find(name, NULL, &profile, &err);
    free(name);
    wire = dvb_wire_openai;
    wire.body = make_body;
    wire.uploader = &uploader;
    if (!ret)
        profile->wire = &wire;
    setenv("OPENAI_API_KEY", "sk-upload", 1);
    return ret;
}

static int tear_down(void **state)
{
    (void)state;
    MHD_stop_daemon(service.daemon);
    dvb_profile_free(&profile);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),     cmocka_unit_test(test_retries),
        cmocka_unit_test(test_failures), cmocka_unit_test(test_ended),
        cmocka_unit_test(test_gemini),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
