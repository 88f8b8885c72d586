/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of wire formats: tables of replies, of profiles and of what the test
   service does. Include after cmocka.h. */
#ifndef WIRE_WORLD_H
#define WIRE_WORLD_H

#include <string.h>

#include "base/json.h"
#include "tests/unit/ask_one.h"

static const char *const wire_frames[] = { "p.jpg", "p.jpg", "p.jpg" };
#define WIRE_FRAME_BYTES 15 /* of p.jpg */

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

/* One question to a model of the server's script, and what should come of it. */
struct wire_behaviour {
    const char *model;
    enum dvb_reply_status status;
    int attempts, http_status;
    bool fatal;
    const char *says;
};

static inline void wire_check_behaviour(const struct fake_server *f, const char *format,
                                        bool stream, const struct wire_behaviour *b)
{
    struct dvb_profile *p = profile_at(f, format, b->model, "/v1");
    struct dvb_ask ask = { .profile = p, .prompt = "Which one?" };
    struct outcome r = { 0 };
    p->stream = stream;
    ask_one(&ask, &r);
    if (r.status != b->status || r.attempts != b->attempts || r.http_status != b->http_status ||
        r.fatal != b->fatal || !strstr(r.text, b->says))
        fail_msg("%s: status %d, attempts %d, HTTP %d, fatal %d, '%s'", b->model, r.status,
                 r.attempts, r.http_status, r.fatal, r.text);
    outcome_release(&r);
    dvb_profile_free(&p);
}

/* The text of a reply of the model "echo", as JSON. New reference. */
static inline json_t *wire_echo(const struct dvb_ask *ask)
{
    struct outcome r = { 0 };
    ask_one(ask, &r);
    json_t *got = r.status == DVB_REPLY_OK ? json_loads(r.text, 0, NULL) : NULL;
    if (!got)
        fail_msg("status %d: %s", r.status, r.text);
    outcome_release(&r);
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
