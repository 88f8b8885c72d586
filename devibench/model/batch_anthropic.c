/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anthropic's Message Batches API: one POST holds all requests; results are
   streamed from the address that the ended batch names. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"

static char *open_request(const struct dvb_profile *p, const char *id)
{
    (void)p;
    return dvb_asprintf("{\"custom_id\":\"%s\",\"params\":", id);
}

static char *create_path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/messages/batches");
}

static void create(const struct dvb_batch_file *f, const char *input, const struct dvb_profile *p,
                   struct dvb_http_request *r)
{
    (void)input, (void)p;
    dvb_body_file(&r->body, f->path);
}

static char *path(const char *id)
{
    return dvb_asprintf("/messages/batches/%s", id);
}

static char *cancel_path(const char *id)
{
    return dvb_asprintf("/messages/batches/%s/cancel", id);
}

static char *list_path(const char *cursor)
{
    return cursor ? dvb_asprintf("/messages/batches?limit=100&after_id=%s", cursor)
                  : dvb_strdup("/messages/batches?limit=100");
}

/* A whole URL; the reference says that its path may change. */
static char *results_url(const struct dvb_profile *p, const char *results)
{
    (void)p;
    return dvb_strdup(results);
}

static long at_least_0(long n)
{
    return n > 0 ? n : 0;
}

/* Each request is counted in one of five ways; "processing" holds all until the
   batch ends. */
static void take_counts(const json_t *counts, struct dvb_batch_state *st)
{
    long done = dvb_batch_count(counts, "succeeded");
    long failed = at_least_0(dvb_batch_count(counts, "errored")) +
                  at_least_0(dvb_batch_count(counts, "canceled")) +
                  at_least_0(dvb_batch_count(counts, "expired"));
    bool known = done >= 0;
    st->done = done;
    st->failed = known ? failed : -1;
    st->total = known ? done + failed + at_least_0(dvb_batch_count(counts, "processing")) : -1;
}

static bool read_state(const json_t *batch, struct dvb_batch_state *st)
{
    st->id = dvb_batch_str(batch, "id");
    st->status = dvb_batch_str(batch, "processing_status");
    if (!st->id || !st->status)
        return false;
    if (!strcmp(st->status, "ended"))
        st->phase = DVB_BATCH_ENDED;
    take_counts(json_object_get(batch, "request_counts"), st);
    st->created = dvb_batch_time(dvb_json_get_str(batch, "created_at"));
    char *results = dvb_batch_str(batch, "results_url");
    if (st->phase == DVB_BATCH_ENDED && results && !strncmp(results, "http", 4))
        st->results[0] = results;
    else
        free(results);
    return true;
}

static const json_t *read_page(const json_t *page, char **cursor)
{
    char *last = dvb_batch_str(page, "last_id");
    if (json_is_true(json_object_get(page, "has_more")) && dvb_batch_is_id(last))
        *cursor = last;
    else
        free(last);
    return json_object_get(page, "data");
}

/* HTTP status codes of the error types, as the reference lists them. */
static int status_of(const json_t *error)
{
    static const struct {
        const char *type;
        int status;
    } types[] = { { "invalid_request_error", 400 }, { "authentication_error", 401 },
                  { "billing_error", 402 },         { "permission_error", 403 },
                  { "not_found_error", 404 },       { "request_too_large", 413 },
                  { "rate_limit_error", 429 },      { "timeout_error", 504 },
                  { "overloaded_error", 529 } };
    const char *type = dvb_json_get_str(error, "type");
    for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++)
        if (!strcmp(types[i].type, type))
            return types[i].status;
    return 500; /* api_error and what is new */
}

/* {custom_id, result: {type, message | error}}; error is the whole error
   response: {type: "error", error: {type, message}}. */
static bool read_line(const json_t *row, struct dvb_batch_line *line)
{
    const json_t *result = json_object_get(row, "result");
    const json_t *message = json_object_get(result, "message"),
                 *error = json_object_get(result, "error");
    const char *type = dvb_json_get_str(result, "type");
    line->id = dvb_batch_str(row, "custom_id");
    if (!line->id || !type)
        return false;
    if (!strcmp(type, "succeeded") && json_is_object(message)) {
        line->status = 200;
        line->body = dvb_json_canon(message);
    } else if (!strcmp(type, "errored") && json_is_object(error)) {
        const json_t *inner = json_object_get(error, "error");
        line->status = status_of(inner ? inner : error);
        json_t *whole = dvb_json_pack("{s:O}", "error", inner ? inner : error);
        line->body = dvb_json_canon(whole);
        json_decref(whole);
    } else if (!strcmp(type, "expired") || !strcmp(type, "canceled")) {
        line->undone = true;
        line->body = dvb_strdup(type);
    }
    return line->body != NULL;
}

const struct dvb_batch_wire dvb_batch_anthropic = {
    .name = "Anthropic message batches",
    .max_requests = 100000,
    .max_bytes = 256000000,
    .head = "{\"requests\":[",
    .between = ",",
    .tail = "]}",
    .open = open_request,
    .close = "}",
    .create_path = create_path,
    .create = create,
    .path = path,
    .cancel_path = cancel_path,
    .list_path = list_path,
    .read_state = read_state,
    .read_page = read_page,
    .results_url = results_url,
    .read_line = read_line,
};
