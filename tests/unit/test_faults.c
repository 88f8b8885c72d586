/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What services and networks do wrong, as far as the strict test service is too
   polite for it: resets, early answers, slow bytes, connections that die, names
   that do not resolve; and every way in which a service asks to wait. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/client.h"

#define MEDIA 3000000 /* more than the kernel's buffers hold */

#define BODY "{\"choices\":[{\"message\":{\"content\":\"B\"}}],\"usage\":{\"prompt_tokens\":7}}"
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 69\r\n"

enum fault {
    FINE,
    FINE_AND_CLOSE, /* says nothing of it, but closes the connection after the answer */
    RESET_REPLY,    /* in the midst of the reply */
    RESET_REQUEST,  /* in the midst of the request */
    EARLY,          /* answers 413 without reading the request */
    SLOW,           /* one byte each tenth of a second */
    GARBLED,        /* no HTTP */
    HINT,           /* 429 with the headers in hint, or an error object in hint_body */
};

static struct {
    int listener, port;
    pthread_t thread;
    enum fault fault;
    int left; /* requests that get the fault; later ones are fine */
    int requests, connections;
    char hint[300], hint_body[300];
} server;

static void put(int fd, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static void reset(int fd)
{
    const struct linger now = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* The head of a request; the length of its body, -1 at the connection's end. */
static long long read_head(int fd)
{
    char head[8192];
    size_t n = 0;
    while (n < sizeof(head) - 1 && (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0))
        if (recv(fd, head + n++, 1, 0) <= 0)
            return -1;
    head[n] = '\0';
    for (char *line = head; line; line = strstr(line, "\r\n"), line = line ? line + 2 : NULL)
        if (!strncasecmp(line, "Content-Length:", 15))
            return strtoll(line + 15, NULL, 10);
    return 0;
}

static void skip_body(int fd, long long len)
{
    char junk[65536];
    ssize_t n = 1;
    for (; len > 0 && n > 0; len -= n)
        n = recv(fd, junk, len < (long long)sizeof(junk) ? (size_t)len : sizeof(junk), 0);
}

static void trickle(int fd)
{
    put(fd, OK_HEAD "\r\n");
    for (const char *c = BODY; *c; c++) {
        if (send(fd, c, 1, MSG_NOSIGNAL) <= 0)
            return;
        nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
    }
}

static void put_hint(int fd)
{
    char head[800];
    snprintf(head, sizeof(head), "HTTP/1.1 429 Slow\r\nContent-Length: %zu\r\n%s\r\n%s",
             strlen(server.hint_body), server.hint, server.hint_body);
    put(fd, head);
}

/* False: the connection ends. */
static bool answer(int fd, enum fault fault, long long len)
{
    skip_body(fd, fault == EARLY ? 0 : fault == RESET_REQUEST ? 1000 : len);
    switch (fault) {
    case FINE:
    case FINE_AND_CLOSE:
        put(fd, OK_HEAD "\r\n" BODY);
        return fault == FINE;
    case RESET_REPLY:
        put(fd, OK_HEAD "\r\n{\"choices\"");
        nanosleep(&(struct timespec){ 0, 50000000 },
                  NULL); /* a reset discards what is on its way */
        reset(fd);
        return false;
    case RESET_REQUEST:
        reset(fd);
        return false;
    case EARLY:
        put(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 33\r\nConnection: close\r\n\r\n"
                "{\"error\": {\"message\": \"too big\"}}");
        shutdown(fd, SHUT_WR);
        skip_body(fd, len);
        return false;
    case SLOW:
        trickle(fd);
        return false;
    case GARBLED:
        put(fd, "garbled\r\n\r\n");
        return false;
    case HINT:
        put_hint(fd);
        return true;
    }
    return false;
}

static void *serve(void *user)
{
    (void)user;
    for (int fd; (fd = accept(server.listener, NULL, NULL)) >= 0; close(fd)) {
        bool more = true;
        server.connections++;
        for (long long len; more && (len = read_head(fd)) >= 0;) {
            bool now = server.left > 0;
            server.requests++;
            server.left -= now;
            more = answer(fd, now ? server.fault : FINE, len);
        }
    }
    return NULL;
}

/* One connection at a time. */
static void begin(enum fault fault, int left)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    server.fault = fault;
    server.left = left;
    server.requests = server.connections = 0;
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(server.listener, 16), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&at, &len), 0);
    server.port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void end(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
}

struct outcome {
    int ok, failed, attempts;
    bool fatal;
    char text[400];
};

static int keep(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    (void)err;
    struct outcome *o = user;
    o->ok += reply->status == DVB_REPLY_OK;
    o->failed += reply->status == DVB_REPLY_ERROR;
    o->attempts += reply->attempts;
    o->fatal = reply->fatal;
    snprintf(o->text, sizeof(o->text), "%s", reply->text);
    return 0;
}

static struct dvb_profile *profile_at(const char *base_url)
{
    struct dvb_profile *p;
    struct dvb_err err;
    char *name = dvb_asprintf("openai:m@%s", base_url);
    assert_int_equal(dvb_profile_find(name, NULL, &p, &err), 0);
    free(name);
    p->concurrency = 1;
    p->timeout_s = 20;
    return p;
}

static void ask(struct dvb_profile *p, int n, int max_retries, struct outcome *o)
{
    struct dvb_client_settings s;
    struct dvb_client *c;
    struct dvb_err err;
    const struct dvb_ask ask = { .profile = p, .prompt = "?", .video = "clip.mp4" };
    *o = (struct outcome){ 0 };
    dvb_client_settings_default(&s);
    s.backoff_s = 0.01;
    s.max_backoff_s = 0.02;
    s.max_retries = max_retries;
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(dvb_client_submit(c, &ask, keep, o, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
}

static struct dvb_profile *here(void)
{
    char *url = dvb_asprintf("http://127.0.0.1:%d/v1", server.port);
    struct dvb_profile *p = profile_at(url);
    free(url);
    return p;
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        enum fault fault;
        int faults, questions, ok, attempts;
        double timeout_s;
        const char *says;
    } rows[] = {
        { FINE, 0, 3, 3, 3, 20, "B" },
        { RESET_REPLY, 2, 3, 3, 5, 20, "B" },
        { RESET_REPLY, 6, 1, 0, 6, 20, "reset" },
        { RESET_REQUEST, 2, 3, 3, 5, 20, "B" },
        { EARLY, 1, 1, 0, 1, 20, "HTTP 413: too big" },
        { SLOW, 6, 1, 0, 6, 0.3, "no whole reply within 0.3 s" },
        { SLOW, 1, 2, 2, 3, 2, "B" },
        { GARBLED, 1, 2, 2, 3, 20, "B" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct outcome o;
        begin(rows[i].fault, rows[i].faults);
        struct dvb_profile *p = here();
        p->timeout_s = rows[i].timeout_s;
        ask(p, rows[i].questions, 5, &o);
        if (o.ok != rows[i].ok || o.ok + o.failed != rows[i].questions ||
            o.attempts != rows[i].attempts || !strstr(o.text, rows[i].says))
            fail_msg("row %zu: %d ok, %d failed, %d attempts: %s", i, o.ok, o.failed, o.attempts,
                     o.text);
        dvb_profile_free(&p);
        end();
    }
}

/* A connection that turns out to be closed when it is used again is no attempt:
   libcurl begins anew, with the body from its first byte. */
static void test_closed_connections(void **state)
{
    (void)state;
    struct outcome o;
    begin(FINE_AND_CLOSE, 10);
    struct dvb_profile *p = here();
    ask(p, 20, 5, &o);
    dvb_profile_free(&p);
    end();
    assert_int_equal(o.ok, 20);
    assert_in_range(server.requests, 20, 30);
    assert_in_range(server.connections, 11, 30);
    begin(FINE, 0); /* and one that is kept open serves them all */
    p = here();
    ask(p, 20, 5, &o);
    dvb_profile_free(&p);
    end();
    assert_int_equal(o.ok, 20);
    assert_int_equal(server.connections, 1);
}

static void date_of(time_t at, char *text, size_t size, const char *format)
{
    struct tm tm;
    gmtime_r(&at, &tm);
    strftime(text, size, format, &tm);
}

/* Every way to say "wait". The test looks at how long was waited at least; a wait
   of an hour is refused, which shows that the hint was read. */
static void test_hints(void **state)
{
    (void)state;
    char http[64], later[64], rfc[64];
    const time_t base = 1769517000; /* by the service's own clock, which is not ours */
    date_of(base, http, sizeof(http), "%a, %d %b %Y %H:%M:%S GMT");
    date_of(base + 3600, later, sizeof(later), "%a, %d %b %Y %H:%M:%S GMT");
    date_of(base + 3600, rfc, sizeof(rfc), "%Y-%m-%dT%H:%M:%SZ");
    char *headers[] = {
        dvb_asprintf("retry-after-ms: 3600000\r\n"),
        dvb_asprintf("Retry-After: 3600\r\n"),
        dvb_asprintf("retry-after: %s\r\ndate: %s\r\n", later, http),
        dvb_asprintf("date: %s\r\nretry-after: %s\r\n", http, later),
        dvb_asprintf("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1h0m0s\r\n"),
        dvb_asprintf("x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 60m0.0s\r\n"),
        dvb_asprintf("anthropic-ratelimit-input-tokens-remaining: 0\r\ndate: %s\r\n"
                     "anthropic-ratelimit-input-tokens-reset: %s\r\n",
                     http, rfc),
        dvb_asprintf("x-ratelimit-remaining-tokens: 5\r\nx-ratelimit-reset-tokens: 6m\r\n"
                     "retry-after: 3600\r\n"),
        NULL,
    };
    for (char **h = headers; *h; h++) {
        struct outcome o;
        snprintf(server.hint, sizeof(server.hint), "%s", *h);
        snprintf(server.hint_body, sizeof(server.hint_body), "{}");
        begin(HINT, 1);
        struct dvb_profile *p = here();
        ask(p, 1, 5, &o);
        if (o.failed != 1 || o.attempts != 1 || o.fatal || !strstr(o.text, "asks to wait 3600 s"))
            fail_msg("%s: %d failed, %d attempts: %s", *h, o.failed, o.attempts, o.text);
        dvb_profile_free(&p);
        end();
        free(*h);
    }
    server.hint[0] = '\0';
    snprintf(server.hint_body, sizeof(server.hint_body),
             "{\"error\": {\"code\": 429, \"message\": \"m\", \"details\": [{\"@type\":"
             " \"type.googleapis.com/google.rpc.RetryInfo\", \"retryDelay\": \"0.4s\"}]}}");
    begin(HINT, 1);
    struct dvb_profile *p = here();
    struct outcome o;
    double begun = dvb_now();
    ask(p, 1, 5, &o);
    assert_true(dvb_now() - begun >= 0.4);
    assert_int_equal(o.ok, 1);
    assert_int_equal(o.attempts, 2);
    dvb_profile_free(&p);
    end();
}

/* Nothing remains: others wait, too, before they are refused. */
static void test_used_up(void **state)
{
    (void)state;
    struct outcome o;
    snprintf(server.hint, sizeof(server.hint),
             "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 0\r\n"
             "x-ratelimit-reset-requests: 300ms\r\n");
    snprintf(server.hint_body, sizeof(server.hint_body), "{}");
    begin(HINT, 1);
    struct dvb_profile *p = here();
    double begun = dvb_now();
    ask(p, 1, 5, &o);
    assert_true(dvb_now() - begun >= 0.3);
    assert_int_equal(o.ok, 1);
    dvb_profile_free(&p);
    end();
}

static void test_no_such_host(void **state)
{
    (void)state;
    struct dvb_profile *p = profile_at("https://devibench-test.invalid/v1"); /* RFC 6761 */
    struct outcome o;
    ask(p, 2, 1, &o);
    assert_int_equal(o.failed, 2);
    assert_int_equal(o.attempts, 4);
    assert_false(o.fatal);
    assert_non_null(strstr(o.text, "devibench-test.invalid"));
    dvb_profile_free(&p);
}

static int set_up(void **state)
{
    (void)state;
    struct dvb_err err;
    char *media = dvb_calloc(MEDIA, 1);
    int ret = dvb_write_file("clip.mp4", media, MEDIA, &err);
    free(media);
    return ret;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),       cmocka_unit_test(test_closed_connections),
        cmocka_unit_test(test_hints),        cmocka_unit_test(test_used_up),
        cmocka_unit_test(test_no_such_host),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
