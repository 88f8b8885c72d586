/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of wire formats: bodies, tables of replies, questions to the strict
   server. Include after cmocka.h. */
#ifndef WIRE_WORLD_H
#define WIRE_WORLD_H

#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/body.h"
#include "model/client.h"
#include "model/wire.h"
#include "tests/unit/fake_server.h"

static const char wire_jpeg[] = "\xff\xd8\xff\xe0 picture \xff\xd9";
#define WIRE_JPEG_LEN (sizeof(wire_jpeg) - 1)

static const char *const wire_frames[] = { "1.jpg", "2.jpg", "3.jpg" };

static inline void wire_write_frames(void)
{
    struct dvb_err err;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(dvb_write_file(wire_frames[i], wire_jpeg, WIRE_JPEG_LEN, &err), 0);
}

/* 1.mp4, which the service takes for a video; a.jpg and c.mp4 of one byte, for
   exact bodies. */
static inline void wire_write_video(void)
{
    static const char mp4[] = "\0\0\0\x10"
                              "ftypisom\0\0\0\0";
    struct dvb_err err;
    assert_int_equal(dvb_write_file("1.mp4", mp4, sizeof(mp4) - 1, &err), 0);
    assert_int_equal(dvb_write_file("a.jpg", "a", 1, &err), 0);
    assert_int_equal(dvb_write_file("c.mp4", "x", 1, &err), 0);
}

/* "WIRE:MODEL@URL" */
static inline struct dvb_profile *wire_profile(const char *wire, const char *model, const char *url)
{
    struct dvb_profile *p;
    struct dvb_err err;
    char *name = dvb_asprintf("%s:%s@%s", wire, model, url);
    if (dvb_profile_find(name, NULL, &p, &err))
        fail_msg("%s", err.msg);
    free(name);
    p->timeout_s = 20;
    return p;
}

/* As wire_profile, at a path of the service's other than /v1. */
static inline struct dvb_profile *wire_profile_at(const char *wire, const char *model,
                                                  const struct fake_server *f, const char *path)
{
    char *url = dvb_asprintf("%.*s%s", (int)(strlen(f->url) - 3), f->url, path);
    struct dvb_profile *p = wire_profile(wire, model, url);
    free(url);
    return p;
}

/* The format does not take the profile, and says this of the field. */
static inline void wire_expect_bad(const struct dvb_profile *p, const char *says)
{
    struct dvb_err err = { 0 };
    assert_true(p->wire->check(p, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_memory_equal(err.msg, "field '", 7);
    if (!strstr(err.msg, says))
        fail_msg("%s", err.msg);
}

/* The fault of a models file with this one profile; "" for none. */
static inline char *wire_profile_fault(const char *json)
{
    struct dvb_profile *p;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_write_file("one.json", json, strlen(json), &err), 0);
    int ret = dvb_profile_find("p", "one.json", &p, &err);
    assert_int_equal(ret ? err.fault : DVB_FAULT_INPUT, DVB_FAULT_INPUT);
    dvb_profile_free(&p);
    return dvb_strdup(ret ? err.msg : "");
}

static inline char *wire_body(const struct dvb_ask *ask)
{
    char *body = NULL;
    size_t len = 0;
    struct dvb_err err;
    struct dvb_body b = { 0 };
    if (ask->profile->wire->body(ask, &b, &err) || dvb_body_make(&b, &body, &len, &err))
        fail_msg("%s", err.msg);
    dvb_body_release(&b);
    assert_int_equal(strlen(body), len);
    json_t *j = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(j);
    json_decref(j);
    return body;
}

static inline void wire_expect_body(const struct dvb_ask *ask, const char *want)
{
    char *body = wire_body(ask);
    assert_string_equal(body, want);
    free(body);
}

/* No body can be made of frames and video. */
static inline void wire_expect_either(struct dvb_ask ask, const char *frame, const char *video)
{
    struct dvb_err err = { 0 };
    struct dvb_body b = { 0 };
    ask.frames = &frame;
    ask.n_frames = 1;
    ask.video = video;
    assert_int_equal(ask.profile->wire->body(&ask, &b, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "frames and video"));
    dvb_body_release(&b);
}

struct wire_row {
    const char *body;
    enum dvb_reply_status status; /* DVB_REPLY_ERROR: it is no reply */
    const char *text;             /* or what the error says */
    const char *finish;
    long in, cached, out;
};

static inline void wire_check_row(dvb_wire_parse *parse, size_t i, const struct wire_row *row)
{
    struct dvb_reply r = { 0 };
    struct dvb_err err = { 0 };
    int ret = parse(row->body, strlen(row->body), &r, &err);
    if (row->status == DVB_REPLY_ERROR) {
        if (ret != -EPROTO || err.fault != DVB_FAULT_SERVICE || !strstr(err.msg, row->text))
            fail_msg("row %zu: %d, '%s'", i, ret, err.msg);
    } else if (ret || r.status != row->status || strcmp(r.text, row->text) ||
               (row->finish ? !r.finish || strcmp(r.finish, row->finish) : r.finish != NULL) ||
               r.tokens_in != row->in || r.tokens_cached != row->cached ||
               r.tokens_out != row->out || r.tokens_media != -1) {
        fail_msg("row %zu: %d '%s': status %d, '%s', finish '%s', tokens %ld %ld %ld", i, ret,
                 ret ? err.msg : "", r.status, r.text, r.finish, r.tokens_in, r.tokens_cached,
                 r.tokens_out);
    }
    dvb_reply_release(&r);
}

/* A reply as it came to the one who asked. */
static inline int wire_keep(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    (void)err;
    struct dvb_reply *r = user;
    *r = *reply;
    r->text = dvb_strdup(reply->text);
    r->usage = dvb_strdup(reply->usage);
    r->finish = dvb_strdup(reply->finish);
    r->logprobs = dvb_strdup(reply->logprobs);
    return 0;
}

static inline void wire_ask(const struct dvb_ask *ask, struct dvb_reply *r)
{
    struct dvb_client_settings s;
    struct dvb_client *c;
    struct dvb_err err;
    dvb_client_settings_default(&s);
    s.backoff_s = 0.01;
    s.max_backoff_s = 0.05;
    assert_int_equal(dvb_client_open(&s, &c, &err), 0);
    assert_int_equal(dvb_client_submit(c, ask, wire_keep, r, &err), 0);
    assert_int_equal(dvb_client_run(c, &err), 0);
    dvb_client_close(&c);
}

/* One question to a model of the server's script, and what should come of it. */
struct wire_behaviour {
    const char *model;
    enum dvb_reply_status status;
    int attempts, http_status;
    bool fatal;
    const char *says;
};

static inline void wire_check_behaviour(const char *wire, const char *url, bool stream,
                                        const struct wire_behaviour *b)
{
    struct dvb_profile *p = wire_profile(wire, b->model, url);
    struct dvb_ask ask = { .profile = p, .prompt = "Which one?" };
    struct dvb_reply r = { 0 };
    p->stream = stream;
    wire_ask(&ask, &r);
    if (r.status != b->status || r.attempts != b->attempts || r.http_status != b->http_status ||
        r.fatal != b->fatal || !strstr(r.text, b->says))
        fail_msg("%s: status %d, attempts %d, HTTP %d, fatal %d, '%s'", b->model, r.status,
                 r.attempts, r.http_status, r.fatal, r.text);
    dvb_reply_release(&r);
    dvb_profile_free(&p);
}

/* The text of a reply of the model "echo", as JSON. New reference. */
static inline json_t *wire_echo(const struct dvb_ask *ask)
{
    struct dvb_reply r = { 0 };
    wire_ask(ask, &r);
    json_t *got = r.status == DVB_REPLY_OK ? json_loads(r.text, 0, NULL) : NULL;
    if (!got)
        fail_msg("status %d: %s", r.status, r.text);
    dvb_reply_release(&r);
    return got;
}

/* A schema such as the pipeline's: with limits that not all services know. */
static inline json_t *wire_schema(void)
{
    json_t *schema = json_loads(
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"list\"],"
        "\"properties\":{\"list\":{\"type\":\"array\",\"minItems\":4,\"maxItems\":4,"
        "\"items\":{\"type\":\"string\"}}}}",
        0, NULL);
    assert_non_null(schema);
    return schema;
}

#endif
