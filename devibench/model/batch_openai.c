/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's Batch API: a JSONL file is uploaded, POST /batches names it. Services
   that are compatible with it take the same. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"

/* The endpoint within OpenAI's own API, whatever the base URL is. */
static char *endpoint(const struct dvb_profile *p)
{
    char *path = p->wire->path(p);
    char *whole = dvb_asprintf("/v1%s", path);
    free(path);
    return whole;
}

static char *open_request(const struct dvb_profile *p, const char *id)
{
    char *url = endpoint(p);
    char *text = dvb_asprintf(
        "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":", id, url);
    free(url);
    return text;
}

/* A multipart form (RFC 7578). The boundary cannot be in the file: JSON text
   has no line that begins with "--". */
static void put_form(const struct dvb_batch_file *f, struct dvb_http_request *r)
{
    char *boundary = dvb_asprintf("devibench-%s", f->token);
    dvb_http_header(r, "Content-Type: multipart/form-data; boundary=%s", boundary);
    dvb_body_text(&r->body,
                  "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                  "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
                  "filename=\"devibench-%s.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n",
                  boundary, boundary, f->token);
    dvb_body_file(&r->body, f->path);
    dvb_body_text(&r->body, "\r\n--%s--\r\n", boundary);
    free(boundary);
}

static int upload(const struct dvb_service *s, const struct dvb_batch_file *f, char **input,
                  struct dvb_exchange *x, struct dvb_err *err)
{
    struct dvb_http_request r = { 0 };
    *x = (struct dvb_exchange){ 0 };
    *input = NULL;
    int ret = dvb_service_request(s, "POST", "/files", &r, err);
    if (!ret) {
        put_form(f, &r);
        ret = dvb_service_perform(s, &r, NULL, x, err);
    }
    if (!ret)
        ret = dvb_batch_take_input(s, x, NULL, "id", input, err);
    dvb_http_request_release(&r);
    return ret;
}

static char *create_path(const struct dvb_profile *p)
{
    (void)p;
    return dvb_strdup("/batches");
}

static void create(const struct dvb_batch_file *f, const char *input, const struct dvb_profile *p,
                   struct dvb_http_request *r)
{
    char *url = endpoint(p);
    json_t *j = dvb_json_pack("{s:s, s:s, s:s, s:{s:s}}", "input_file_id", input, "endpoint", url,
                              "completion_window", "24h", "metadata", "devibench", f->token);
    char *text = dvb_json_canon(j);
    dvb_body_text(&r->body, "%s", text);
    free(text);
    json_decref(j);
    free(url);
}

static char *path(const char *id)
{
    return dvb_asprintf("/batches/%s", id);
}

static char *cancel_path(const char *id)
{
    return dvb_asprintf("/batches/%s/cancel", id);
}

static char *list_path(const char *cursor)
{
    return cursor ? dvb_asprintf("/batches?limit=100&after=%s", cursor)
                  : dvb_strdup("/batches?limit=100");
}

static char *results_url(const struct dvb_profile *p, const char *results)
{
    (void)p;
    return dvb_asprintf("/files/%s/content", results);
}

/* errors: {data: [{code, message, line}]}. The account's limit of tokens in
   waiting batches shows here, not when the batch is made. */
static void take_errors(const json_t *batch, struct dvb_batch_state *st)
{
    const json_t *list = json_object_get(json_object_get(batch, "errors"), "data");
    const json_t *first = json_array_get(list, 0);
    char *code = dvb_batch_str(first, "code");
    st->message = dvb_batch_str(first, "message");
    st->full = code && !strcmp(code, "token_limit_exceeded");
    free(code);
}

static void take_results(const json_t *batch, const char *name, struct dvb_batch_state *st)
{
    char *id = dvb_batch_str(batch, name);
    if (dvb_batch_is_id(id))
        st->results[st->results[0] != NULL] = id;
    else
        free(id);
}

/* An expired or cancelled batch has the results of what was done until then. */
static bool read_state(const json_t *batch, struct dvb_batch_state *st)
{
    static const struct {
        const char *status;
        enum dvb_batch_phase phase;
    } phases[] = { { "completed", DVB_BATCH_ENDED },
                   { "expired", DVB_BATCH_ENDED },
                   { "cancelled", DVB_BATCH_ENDED },
                   { "failed", DVB_BATCH_FAILED } };
    const json_t *counts = json_object_get(batch, "request_counts");
    st->id = dvb_batch_str(batch, "id");
    st->status = dvb_batch_str(batch, "status");
    if (!st->id || !st->status)
        return false;
    for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++)
        if (!strcmp(phases[i].status, st->status))
            st->phase = phases[i].phase;
    st->token = dvb_batch_str(json_object_get(batch, "metadata"), "devibench");
    st->total = dvb_batch_count(counts, "total");
    st->done = dvb_batch_count(counts, "completed");
    st->failed = dvb_batch_count(counts, "failed");
    long created = dvb_batch_count(batch, "created_at");
    st->created = created > 0 ? created : 0;
    if (st->phase == DVB_BATCH_FAILED)
        take_errors(batch, st);
    if (st->phase == DVB_BATCH_ENDED) {
        take_results(batch, "output_file_id", st);
        take_results(batch, "error_file_id", st);
    }
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

/* {custom_id, response: {status_code, body}, error: {code, message}}; error is
   for what is no HTTP response: the batch expired or was cancelled. */
static bool read_line(const json_t *row, struct dvb_batch_line *line)
{
    const json_t *response = json_object_get(row, "response"),
                 *error = json_object_get(row, "error");
    const json_t *body = json_object_get(response, "body");
    line->id = dvb_batch_str(row, "custom_id");
    if (!line->id)
        return false;
    if (json_is_object(response) && json_is_object(body)) {
        line->status = (int)dvb_json_get_num(response, "status_code", 0);
        line->body = dvb_json_canon(body);
        return line->status >= 100 && line->status < 600;
    }
    if (!json_is_object(error))
        return false;
    line->undone = true;
    line->body = dvb_batch_str(error, "message");
    if (!line->body)
        line->body = dvb_batch_str(error, "code");
    return line->body != NULL;
}

const struct dvb_batch_wire dvb_batch_openai = {
    .name = "OpenAI batches",
    .max_requests = 50000,
    .max_bytes = 200000000,
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
