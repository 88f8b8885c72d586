/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's files and batches, as its API reference describes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/batch.h"
#include "tests/tools/fake/check.h"

#define MOST 4096

static struct {
    char *text;
    size_t len;
} files[MOST]; /* uploaded ones: "file-0", ... */
static size_t n_files;

/* The parts of a form (RFC 7578) in order; false: it is not well-formed. */
struct form {
    const char *at, *end; /* what is left */
    char delimiter[128];  /* "--BOUNDARY" */
};

static const char *find(const char *at, const char *end, const char *what)
{
    size_t n = strlen(what);
    for (; at + n <= end; at++)
        if (!memcmp(at, what, n))
            return at;
    return NULL;
}

static bool take(struct form *f, const char *what)
{
    size_t n = strlen(what);
    if (f->at + n > f->end || memcmp(f->at, what, n))
        return false;
    f->at += n;
    return true;
}

static bool open_form(const struct fake_call *c, struct form *f)
{
    const char *type = fake_header(c, "Content-Type"), *b = type ? strstr(type, "boundary=") : NULL;
    const char *body = c->body ? c->body : "";
    *f = (struct form){ .at = body, .end = body + c->len };
    if (!b || !b[9] || strlen(b + 9) > 70)
        return false;
    snprintf(f->delimiter, sizeof(f->delimiter), "--%s", b + 9);
    return take(f, f->delimiter) && take(f, "\r\n");
}

/* One part: its head (of cap bytes) and its content. */
static bool next_part(struct form *f, char *head, size_t cap, const char **content, size_t *len)
{
    char close[132];
    const char *gap = find(f->at, f->end, "\r\n\r\n");
    snprintf(close, sizeof(close), "\r\n%s", f->delimiter);
    const char *stop = gap ? find(gap + 4, f->end, close) : NULL;
    if (!stop || (size_t)(gap - f->at) >= cap)
        return false;
    snprintf(head, cap, "%.*s", (int)(gap - f->at), f->at);
    *content = gap + 4;
    *len = (size_t)(stop - *content);
    f->at = stop + strlen(close);
    return true;
}

static void refuse(struct fake_call *c, const char *why)
{
    fake_reply_error(c, 400, "invalid_value", why);
}

static bool read_form(struct fake_call *c, const char **text, size_t *len)
{
    struct form f;
    char head[512];
    const char *purpose;
    size_t n;
    return open_form(c, &f) && next_part(&f, head, sizeof(head), &purpose, &n) &&
           !strcmp(head, "Content-Disposition: form-data; name=\"purpose\"") && n == 5 &&
           !memcmp(purpose, "batch", 5) && take(&f, "\r\n") &&
           next_part(&f, head, sizeof(head), text, len) &&
           strstr(head, "Content-Disposition: form-data; name=\"file\"; filename=\"") == head &&
           strstr(head, ".jsonl\"") && take(&f, "--\r\n") && f.at == f.end;
}

static void upload(struct fake_call *c)
{
    const char *text;
    size_t len;
    char id[32];
    if (!read_form(c, &text, &len)) {
        refuse(c, "Invalid form: purpose=batch and a .jsonl file are needed.");
        return;
    }
    if (!len || n_files == MOST) {
        refuse(c, "File is empty, or there are too many.");
        return;
    }
    snprintf(id, sizeof(id), "file-%zu", n_files);
    files[n_files].text = dvb_asprintf("%.*s", (int)len, text);
    files[n_files++].len = len;
    fake_reply_json(c, 200,
                    dvb_json_pack("{s:s, s:s, s:I, s:s, s:s, s:i}", "id", id, "object", "file",
                                  "bytes", (json_int_t)len, "purpose", "batch", "filename",
                                  "x.jsonl", "created_at", 1700000000));
}

/* The batch object. */
static json_t *describe(const struct fake_batch *b)
{
    int done, failed, undone;
    bool ended = fake_batch_ended(b), bad = fake_batch_is(b, "fail") || fake_batch_is(b, "full");
    const char *status = !ended                       ? "in_progress"
                         : bad                        ? "failed"
                         : b->cancelled               ? "cancelled"
                         : fake_batch_is(b, "expire") ? "expired"
                                                      : "completed";
    fake_batch_count(b, &done, &failed, &undone);
    json_t *j = dvb_json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:{s:i, s:i, s:i}, s:n, s:n, s:n}", "id", b->id,
        "object", "batch", "endpoint", "/v1/chat/completions", "input_file_id", b->input,
        "completion_window", "24h", "status", status, "created_at", (json_int_t)b->created,
        "request_counts", "total", (int)b->n, "completed", ended ? done : 0, "failed",
        ended ? failed : 0, "output_file_id", "error_file_id", "errors");
    json_object_set_new(j, "metadata", json_loads(b->label, JSON_DECODE_ANY, NULL));
    if (ended && done)
        json_object_set_new(j, "output_file_id", json_sprintf("out-%s", b->id));
    if (ended && failed + undone)
        json_object_set_new(j, "error_file_id", json_sprintf("err-%s", b->id));
    if (ended && bad)
        json_object_set_new(
            j, "errors",
            fake_batch_is(b, "full")
                ? dvb_json_pack("{s:s, s:[{s:s, s:s, s:n, s:n}]}", "object", "list", "data", "code",
                                "token_limit_exceeded", "message",
                                "Enqueued token limit reached for the model. Please try again once "
                                "some in_progress batches have been completed.",
                                "param", "line")
                : dvb_json_pack("{s:s, s:[{s:s, s:s, s:n, s:i}]}", "object", "list", "data", "code",
                                "invalid_json_line", "message",
                                "This line is not parseable as valid JSON.", "param", "line", 1));
    return j;
}

static const struct fake_member line_members[] = { { "custom_id", 'S' },
                                                   { "method", 'S', 0, 0, "|POST|" },
                                                   { "url", 'S' },
                                                   { "body", 'O' },
                                                   { NULL } };

/* Lines as [{id, body}]; NULL: the reply is an error (the service itself would
   make a batch that fails). */
static json_t *read_lines(struct fake_call *c, const char *text, const char *endpoint)
{
    struct fake_check check = { .call = c, .format = c->format };
    size_t i;
    json_t *line, *lines = fake_batch_lines(text, &i), *ids = json_object(), *list = json_array();
    const char *model = NULL, *why = lines ? NULL : "invalid_json_line";
    json_array_foreach(lines, i, line)
    {
        const char *id = dvb_json_get_str(line, "custom_id"), *url = dvb_json_get_str(line, "url");
        json_t *body = json_object_get(line, "body");
        const char *of = dvb_json_get_str(body, "model");
        if (!fake_check_members(&check, "", line, line_members, NULL))
            why = check.says;
        else if (strcmp(url, endpoint))
            why = "url_mismatch";
        else if (json_object_get(ids, id))
            why = "duplicate_custom_id";
        else if (model && of && strcmp(model, of))
            why = "model_mismatch";
        if (why)
            break;
        model = of;
        json_object_set_new(ids, id, json_true());
        json_array_append_new(list, dvb_json_pack("{s:s, s:O}", "id", id, "body", body));
    }
    if (why)
        refuse(c, why);
    json_decref(lines);
    json_decref(ids);
    if (why)
        json_decref(list);
    return why ? NULL : list;
}

static const struct fake_member create_members[] = { { "input_file_id", 'S' },
                                                     { "endpoint", 'S', 0, 0,
                                                       "|/v1/responses|/v1/chat/completions|" },
                                                     { "completion_window", 'S', 0, 0, "|24h|" },
                                                     { "metadata", 'o' },
                                                     { NULL } };

static void make(struct fake_call *c, const json_t *root)
{
    const char *input = dvb_json_get_str(root, "input_file_id");
    const char *endpoint = dvb_json_get_str(root, "endpoint");
    size_t i = strncmp(input, "file-", 5) ? MOST : strtoul(input + 5, NULL, 10);
    if (i >= n_files) {
        refuse(c, "Invalid input_file_id.");
        return;
    }
    json_t *requests = read_lines(c, files[i].text, endpoint);
    const json_t *metadata = json_object_get(root, "metadata");
    char *label = metadata ? dvb_json_canon(metadata) : dvb_strdup("null");
    struct fake_batch *b = requests ? fake_batch_make(c, endpoint, requests, label, input) : NULL;
    if (b)
        fake_reply_json(c, 200, describe(b));
    free(label);
    json_decref(requests);
}

static void create(struct fake_call *c)
{
    struct fake_check check = { .call = c, .format = c->format };
    json_t *root = json_loadb(c->body ? c->body : "", c->len, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        fake_reply_error(c, 400, "bad_json", "We could not parse the JSON body of your request.");
    else if (!fake_check_members(&check, "", root, create_members, NULL))
        refuse(c, check.says);
    else
        make(c, root);
    json_decref(root);
}

static void no_batch(struct fake_call *c)
{
    fake_reply_error(c, 404, "not_found", "No batch found with that id.");
}

static void get(struct fake_call *c)
{
    const struct fake_batch *b = fake_batch_get(c->star, true);
    if (b)
        fake_reply_json(c, 200, describe(b));
    else
        no_batch(c);
}

static void cancel(struct fake_call *c)
{
    struct fake_batch *b = fake_batch_get(c->star, false);
    if (!b) {
        no_batch(c);
        return;
    }
    b->cancelled = true;
    fake_reply_json(c, 200, describe(b));
}

/* Two to a page at most, so that clients have to turn them. */
static void list(struct fake_call *c)
{
    const char *after = fake_query(c, "after");
    json_t *data = json_array();
    size_t i = 0;
    const struct fake_batch *b;
    while (after && (b = fake_batch_at(i)) && strcmp(b->id, after))
        i++;
    i += after != NULL;
    const char *last = NULL;
    for (int n = 0; n < 2 && (b = fake_batch_at(i)); n++, i++) {
        json_array_append_new(data, describe(b));
        last = b->id;
    }
    fake_reply_json(c, 200,
                    dvb_json_pack("{s:s, s:o, s:s?, s:b}", "object", "list", "data", data,
                                  "last_id", last, "has_more", fake_batch_at(i) != NULL));
}

static json_t *answered(const struct fake_result *r)
{
    if (r->status < 200 || r->status >= 300)
        return NULL;
    return dvb_json_pack("{s:s, s:s, s:{s:i, s:s, s:O}, s:n}", "id", "batch_req_1", "custom_id",
                         r->id, "response", "status_code", r->status, "request_id", "req_1", "body",
                         r->body, "error");
}

static json_t *failed_one(const struct fake_result *r)
{
    if (!r->status)
        return dvb_json_pack("{s:s, s:s, s:n, s:{s:s, s:s}}", "id", "batch_req_1", "custom_id",
                             r->id, "response", "error", "code", "batch_expired", "message",
                             "This request could not be executed before the completion window "
                             "expired.");
    if (r->status < 300)
        return NULL;
    return dvb_json_pack("{s:s, s:s, s:{s:i, s:s, s:O}, s:n}", "id", "batch_req_1", "custom_id",
                         r->id, "response", "status_code", r->status, "request_id", "req_1", "body",
                         r->body, "error");
}

static void content(struct fake_call *c)
{
    bool out = !strncmp(c->star, "out-", 4), err = !strncmp(c->star, "err-", 4);
    const struct fake_batch *b = out || err ? fake_batch_get(c->star + 4, false) : NULL;
    if (!b || !fake_batch_ended(b)) {
        fake_reply_error(c, 404, "not_found", "No such File object.");
        return;
    }
    c->text = fake_batch_file(b, out ? answered : failed_one);
    c->type = "application/octet-stream";
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    return fake_openai.error(status, code, message, given);
}

static const struct fake_route routes[] = {
    { "POST", "/v1/files", "multipart/form-data", .serve = upload },
    { "GET", "/v1/files/*/content", .serve = content },
    { "POST", "/v1/batches", "application/json", .serve = create },
    { "GET", "/v1/batches", .query = "|limit|after|", .serve = list },
    { "GET", "/v1/batches/*", .serve = get },
    { "POST", "/v1/batches/*/cancel", .serve = cancel },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "Unrecognized request argument supplied: ", "" },
    .mistyped = { "Invalid type for '", "'." },
    .invalid = { "Invalid value for '", "'." },
    .missing = { "Missing required parameter: '", "'." },
};

const struct fake_format fake_openai_batches = {
    .name = "openai batches",
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .routes = routes,
    .words = &words,
    .error = error,
};
