/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemini's Batch API: a JSONL file goes through the Files API's resumable
   upload, models/{m}:batchGenerateContent names it; the batch is a
   long-running operation. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"

static char *open_request(const struct dvb_profile *p, const char *id)
{
    (void)p;
    return dvb_asprintf("{\"key\":\"%s\",\"request\":", id);
}

/* *target: the address that takes the bytes. */
static int begin_upload(const struct dvb_service *s, const struct dvb_batch_file *f, uint64_t len,
                        char **target, struct dvb_exchange *x, struct dvb_err *err)
{
    static const struct dvb_exchange_want want = { .header = "X-Goog-Upload-URL" };
    struct dvb_http_request r = { 0 };
    char *base = dvb_service_url(s->profile, "/upload");
    char *url = dvb_asprintf("%s/files", base);
    int ret = dvb_service_request(s, "POST", url, &r, err);
    if (!ret) {
        dvb_http_header(&r, "Content-Type: application/json");
        dvb_http_header(&r, "X-Goog-Upload-Protocol: resumable");
        dvb_http_header(&r, "X-Goog-Upload-Command: start");
        dvb_http_header(&r, "X-Goog-Upload-Header-Content-Length: %" PRIu64, len);
        dvb_http_header(&r, "X-Goog-Upload-Header-Content-Type: application/jsonl");
        dvb_body_text(&r.body, "{\"file\":{\"displayName\":\"devibench-%s\"}}", f->token);
        ret = dvb_service_perform(s, &r, &want, x, err);
    }
    if (!ret && !x->header)
        ret = dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "%s: the reply has no X-Goog-Upload-URL",
                       url);
    *target = ret ? NULL : dvb_strdup(x->header);
    dvb_http_request_release(&r);
    free(url);
    free(base);
    return ret;
}

static int send_bytes(const struct dvb_service *s, const struct dvb_batch_file *f,
                      const char *target, char **input, struct dvb_exchange *x, struct dvb_err *err)
{
    struct dvb_http_request r = { 0 };
    int ret = dvb_service_request(s, "POST", target, &r, err);
    if (!ret) {
        dvb_http_header(&r, "Content-Type: application/jsonl");
        dvb_http_header(&r, "X-Goog-Upload-Offset: 0");
        dvb_http_header(&r, "X-Goog-Upload-Command: upload, finalize");
        dvb_body_file(&r.body, f->path);
        ret = dvb_service_perform(s, &r, NULL, x, err);
    }
    if (!ret)
        ret = dvb_batch_take_input(s, x, "file", "name", input, err);
    dvb_http_request_release(&r);
    return ret;
}

static int upload(const struct dvb_service *s, const struct dvb_batch_file *f, char **input,
                  struct dvb_exchange *x, struct dvb_err *err)
{
    struct dvb_body whole = { 0 };
    uint64_t len;
    char *target = NULL;
    *input = NULL;
    *x = (struct dvb_exchange){ 0 };
    dvb_body_file(&whole, f->path);
    int ret = dvb_body_measure(&whole, &len, err);
    if (!ret)
        ret = begin_upload(s, f, len, &target, x, err);
    if (!ret) {
        dvb_exchange_release(x);
        ret = send_bytes(s, f, target, input, x, err);
    }
    dvb_body_release(&whole);
    free(target);
    return ret;
}

static char *create_path(const struct dvb_profile *p)
{
    return dvb_asprintf("/models/%s:batchGenerateContent", p->model);
}

static void create(const struct dvb_batch_file *f, const char *input, const struct dvb_profile *p,
                   struct dvb_http_request *r)
{
    (void)p;
    char *name = dvb_asprintf("devibench-%s", f->token);
    json_t *j = dvb_json_pack("{s:{s:s, s:{s:s}}}", "batch", "displayName", name, "inputConfig",
                              "fileName", input);
    char *text = dvb_json_canon(j);
    dvb_body_text(&r->body, "%s", text);
    free(text);
    json_decref(j);
    free(name);
}

/* The id is the operation's name: "batches/123". */
static char *path(const char *id)
{
    return dvb_asprintf("/%s", id);
}

static char *cancel_path(const char *id)
{
    return dvb_asprintf("/%s:cancel", id);
}

static char *list_path(const char *cursor)
{
    return cursor ? dvb_asprintf("/batches?pageSize=100&pageToken=%s", cursor)
                  : dvb_strdup("/batches?pageSize=100");
}

/* results: "files/batch-123". */
static char *results_url(const struct dvb_profile *p, const char *results)
{
    char *base = dvb_service_url(p, "/download");
    char *url = dvb_asprintf("%s/%s:download?alt=media", base, results);
    free(base);
    return url;
}

/* The guide writes JOB_STATE_, the reference BATCH_STATE_. */
static bool state_is(const struct dvb_batch_state *st, const char *state)
{
    const char *at = strstr(st->status, "_STATE_");
    return at && !strcmp(at + 7, state);
}

static void take_stats(const json_t *meta, struct dvb_batch_state *st)
{
    const json_t *stats = json_object_get(meta, "batchStats");
    st->total = dvb_batch_count(stats, "requestCount");
    st->done = dvb_batch_count(stats, "successfulRequestCount");
    st->failed = dvb_batch_count(stats, "failedRequestCount");
    st->created = dvb_batch_time(dvb_json_get_str(meta, "createTime"));
}

static void take_results(const json_t *from, struct dvb_batch_state *st)
{
    char *file = st->results[0] ? NULL : dvb_batch_str(from, "responsesFile");
    if (dvb_batch_is_id(file))
        st->results[0] = file;
    else
        free(file);
}

/* {name, metadata: {displayName, state, batchStats, output}, done, error | response} */
static bool read_state(const json_t *batch, struct dvb_batch_state *st)
{
    static const char prefix[] = "devibench-";
    const json_t *meta = json_object_get(batch, "metadata"),
                 *error = json_object_get(batch, "error");
    const char *name = dvb_json_get_str(meta, "displayName");
    st->id = dvb_batch_str(batch, "name");
    st->status = dvb_batch_str(meta, "state");
    if (!st->id || !st->status)
        return false;
    if (name && !strncmp(name, prefix, sizeof(prefix) - 1))
        st->token = dvb_strdup(name + sizeof(prefix) - 1);
    take_stats(meta, st);
    st->message = dvb_batch_str(error, "message");
    if (state_is(st, "SUCCEEDED") || state_is(st, "PARTIALLY_SUCCEEDED") ||
        state_is(st, "EXPIRED") || state_is(st, "CANCELLED"))
        st->phase = DVB_BATCH_ENDED;
    if (state_is(st, "FAILED")) {
        long code = dvb_batch_count(error, "code");
        st->phase = DVB_BATCH_FAILED;
        st->full = code == 8 || code == 429;               /* RESOURCE_EXHAUSTED */
        st->again = code != 3 && code != 400 && !st->full; /* INVALID_ARGUMENT */
    }
    if (st->phase == DVB_BATCH_ENDED) {
        take_results(json_object_get(batch, "response"), st);
        take_results(json_object_get(meta, "output"), st);
    }
    return true;
}

static bool is_token(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~=";
    return s && *s && strspn(s, plain) == strlen(s);
}

static const json_t *read_page(const json_t *page, char **cursor)
{
    char *next = dvb_batch_str(page, "nextPageToken");
    if (is_token(next))
        *cursor = next;
    else
        free(next);
    return json_object_get(page, "operations");
}

/* google.rpc.Code as HTTP status (google/rpc/code.proto); some errors hold the
   latter already. */
static int status_of(const json_t *error)
{
    static const int http[] = { 200, 499, 500, 400, 504, 404, 409, 403, 429,
                                400, 409, 400, 501, 500, 503, 500, 401 };
    long code = dvb_batch_count(error, "code");
    if (code > 0 && code < (long)(sizeof(http) / sizeof(*http)))
        return http[code];
    return code >= 400 && code < 600 ? (int)code : 500;
}

/* {key, response | error}; error is a google.rpc.Status, in some files called status. */
static bool read_line(const json_t *row, struct dvb_batch_line *line)
{
    const json_t *response = json_object_get(row, "response"),
                 *error = json_object_get(row, "error");
    line->id = dvb_batch_str(row, "key");
    if (!error)
        error = json_object_get(row, "status");
    if (!line->id)
        return false;
    if (json_is_object(response)) {
        line->status = 200;
        line->body = dvb_json_canon(response);
    } else if (json_is_object(error)) {
        json_t *whole = dvb_json_pack("{s:O}", "error", error);
        line->status = status_of(error);
        line->body = dvb_json_canon(whole);
        json_decref(whole);
    }
    return line->body != NULL;
}

const struct dvb_batch_wire dvb_batch_gemini = {
    .name = "Gemini batches",
    .max_requests = 1000000, /* no number is documented */
    .max_bytes = 2000000000,
    .keeps_token = true,
    .head = "",
    .between = "\n",
    .tail = "\n",
    .open = open_request,
    .close = "}",
    .upload = upload,
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
