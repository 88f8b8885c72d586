/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of wire formats: bodies as text, and one question to the test service. */
#ifndef ASK_ONE_H
#define ASK_ONE_H

#include "base/fs.h"
#include "model/body.h"
#include "model/client.h"
#include "tests/unit/fake_server.h"

/* What one question came to. */
struct outcome {
    int calls;
    enum dvb_reply_status status;
    char *text, *finish, *usage, *logprobs;
    int attempts, http_status;
    bool fatal;
    long in, cached, out, media;
    double cost;
};

static inline int ask_one_keep(void *user, const struct dvb_reply *r, struct dvb_err *err)
{
    (void)err;
    struct outcome *o = user;
    *o = (struct outcome){ .calls = o->calls + 1,
                           .status = r->status,
                           .text = dvb_strdup(r->text),
                           .finish = dvb_strdup(r->finish),
                           .usage = dvb_strdup(r->usage),
                           .logprobs = dvb_strdup(r->logprobs),
                           .attempts = r->attempts,
                           .http_status = r->http_status,
                           .fatal = r->fatal,
                           .in = r->tokens_in,
                           .cached = r->tokens_cached,
                           .out = r->tokens_out,
                           .media = r->tokens_media,
                           .cost = r->cost_usd };
    return 0;
}

static inline void outcome_release(struct outcome *o)
{
    free(o->text);
    free(o->finish);
    free(o->usage);
    free(o->logprobs);
    *o = (struct outcome){ 0 };
}

/* FORMAT:MODEL at the service, whose formats stand under other paths than /v1. */
static inline struct dvb_profile *profile_at(const struct fake_server *f, const char *format,
                                             const char *model, const char *path)
{
    struct dvb_profile *p;
    struct dvb_err err;
    char *name = dvb_asprintf("%s:%s@%.*s%s", format, model, (int)(strlen(f->url) - 3), f->url,
                              path);
    if (dvb_profile_find(name, NULL, &p, &err))
        fail_msg("%s", err.msg);
    free(name);
    p->timeout_s = 10;
    return p;
}

/* Asks quickly: short waits between attempts. */
static inline void ask_one(const struct dvb_ask *ask, struct outcome *o)
{
    struct dvb_client *c;
    struct dvb_err err;
    struct dvb_client_settings s;
    dvb_client_settings_default(&s);
    s.backoff_s = 0.01;
    s.max_backoff_s = 0.05;
    outcome_release(o);
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    assert_int_equal(dvb_client_submit(c, ask, ask_one_keep, o, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
    assert_int_equal(o->calls, 1);
}

/* The request body, heap. */
static inline char *body_text(const struct dvb_ask *ask)
{
    char *text;
    size_t len;
    struct dvb_err err;
    struct dvb_body b = { 0 };
    if (ask->profile->wire->body(ask, &b, &err) || dvb_body_make(&b, &text, &len, &err))
        fail_msg("%s", err.msg);
    dvb_body_release(&b);
    assert_int_equal(strlen(text), len);
    return text;
}

static inline void expect_body(const struct dvb_ask *ask, const char *want)
{
    char *text = body_text(ask);
    assert_string_equal(text, want);
    free(text);
}

/* No body can be made, and the message says this. */
static inline void expect_refused(const struct dvb_ask *ask, const char *says)
{
    struct dvb_err err = { 0 };
    struct dvb_body b = { 0 };
    assert_true(ask->profile->wire->body(ask, &b, &err) < 0);
    assert_non_null(strstr(err.msg, says));
    dvb_body_release(&b);
}

/* The format does not take the profile, and says this. */
static inline void expect_bad_profile(const struct dvb_profile *p, const char *says)
{
    struct dvb_err err = { 0 };
    assert_true(p->wire->check(p, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, says));
    assert_memory_equal(err.msg, "field '", 7);
}

/* Files that the service takes as a picture and as a video, and a.jpg, c.mp4 of
   one byte for exact bodies. */
static inline void make_media(void)
{
    static const char jpeg[] = "\xff\xd8\xff\xe0 picture \xff\xd9";
    static const char mp4[] = "\0\0\0\x10"
                              "ftypisom\0\0\0\0";
    struct dvb_err err;
    assert_int_equal(dvb_write_file("p.jpg", jpeg, sizeof(jpeg) - 1, &err), 0);
    assert_int_equal(dvb_write_file("v.mp4", mp4, sizeof(mp4) - 1, &err), 0);
    assert_int_equal(dvb_write_file("a.jpg", "a", 1, &err), 0);
    assert_int_equal(dvb_write_file("c.mp4", "x", 1, &err), 0);
}

#endif
