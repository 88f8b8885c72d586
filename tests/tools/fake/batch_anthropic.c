/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anthropic's message batches, as its API reference describes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/batch.h"
#include "tests/tools/fake/check.h"

static void refuse(struct fake_call *c, const char *why)
{
    fake_reply_error(c, 400, "invalid_value", why);
}

/* "fail" and "full" are not told of an interface that checks a batch when it is
   made: all its requests expire instead. */
static json_t *describe(const struct fake_call *c, const struct fake_batch *b)
{
    int done, failed, undone;
    bool ended = fake_batch_ended(b);
    fake_batch_count(b, &done, &failed, &undone);
    json_t *j = dvb_json_pack(
        "{s:s, s:s, s:s, s:{s:i, s:i, s:i, s:i, s:i}, s:s, s:s, s:n, s:n, s:n, s:n}", "id", b->id,
        "type", "message_batch", "processing_status",
        ended          ? "ended"
        : b->cancelled ? "canceling"
                       : "in_progress",
        "request_counts", "processing", ended ? 0 : (int)b->n, "succeeded", ended ? done : 0,
        "errored", ended ? failed : 0, "canceled", 0, "expired", ended ? undone : 0, "created_at",
        fake_batch_when(b->created), "expires_at", fake_batch_when(b->created + 86400), "ended_at",
        "archived_at", "cancel_initiated_at", "results_url");
    if (ended)
        json_object_set_new(j, "results_url",
                            json_sprintf("http://%s/v1/messages/batches/%s/results",
                                         fake_header(c, "Host"), b->id));
    return j;
}

static bool is_custom_id(const char *s)
{
    size_t n = strlen(s);
    return n >= 1 && n <= 64 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static const struct fake_member create_members[] = { { "requests", 'A' }, { NULL } };
static const struct fake_member request_members[] = { { "custom_id", 'S' },
                                                      { "params", 'O' },
                                                      { NULL } };

/* As [{id, body}]; NULL: the reply is an error. */
static json_t *read_requests(struct fake_call *c, const json_t *root)
{
    struct fake_check check = { .call = c, .format = c->format };
    const json_t *requests = json_object_get(root, "requests");
    json_t *request, *ids = json_object(), *list = json_array();
    const char *why = NULL;
    size_t i;
    if (!fake_check_members(&check, "", root, create_members, NULL))
        why = check.says;
    else if (!json_array_size(requests) || json_array_size(requests) > 100000)
        why = "requests: List should have 1 to 100000 items";
    json_array_foreach(requests, i, request)
    {
        const char *id = dvb_json_get_str(request, "custom_id");
        json_t *params = json_object_get(request, "params");
        if (why || !fake_check_members(&check, "requests", request, request_members, NULL))
            why = why ? why : check.says;
        else if (!is_custom_id(id))
            why = "requests.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'";
        else if (json_object_get(ids, id))
            why = "requests.custom_id: must be unique";
        else if (json_object_get(params, "stream"))
            why = "requests.params.stream: not supported in batches";
        if (why)
            break;
        json_object_set_new(ids, id, json_true());
        json_array_append_new(list, dvb_json_pack("{s:s, s:O}", "id", id, "body", params));
    }
    if (why)
        refuse(c, why);
    json_decref(ids);
    if (why)
        json_decref(list);
    return why ? NULL : list;
}

static void create(struct fake_call *c)
{
    json_t *root = json_loadb(c->body ? c->body : "", c->len, JSON_REJECT_DUPLICATES, NULL);
    json_t *requests = root ? read_requests(c, root) : NULL;
    if (!root)
        refuse(c, "The request body is not valid JSON");
    const struct fake_batch *b = requests ? fake_batch_make(c, "/v1/messages", requests, "", "")
                                          : NULL;
    if (b)
        fake_reply_json(c, 200, describe(c, b));
    json_decref(requests);
    json_decref(root);
}

static void no_batch(struct fake_call *c)
{
    fake_reply_error(c, 404, "not_found", "Not found");
}

static void get(struct fake_call *c)
{
    const struct fake_batch *b = fake_batch_get(c->star, true);
    if (b)
        fake_reply_json(c, 200, describe(c, b));
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
    fake_reply_json(c, 200, describe(c, b));
}

/* Two to a page, newest first. A batch that is only listed gets on, too. */
static void list(struct fake_call *c)
{
    const char *after = fake_query(c, "after_id"), *first = NULL, *last = NULL;
    json_t *data = json_array();
    const struct fake_batch *b;
    size_t i = 0;
    while (after && (b = fake_batch_at(i)) && strcmp(b->id, after))
        i++;
    i += after != NULL;
    for (int n = 0; n < 2 && (b = fake_batch_at(i)); n++, i++) {
        fake_batch_get(b->id, true);
        json_array_append_new(data, describe(c, b));
        first = first ? first : b->id;
        last = b->id;
    }
    fake_reply_json(c, 200,
                    dvb_json_pack("{s:o, s:s?, s:s?, s:b}", "data", data, "first_id", first,
                                  "last_id", last, "has_more", fake_batch_at(i) != NULL));
}

static json_t *write_line(const struct fake_result *r)
{
    if (!r->status)
        return dvb_json_pack("{s:s, s:{s:s}}", "custom_id", r->id, "result", "type", "expired");
    if (r->status < 300)
        return dvb_json_pack("{s:s, s:{s:s, s:O}}", "custom_id", r->id, "result", "type",
                             "succeeded", "message", r->body);
    return dvb_json_pack("{s:s, s:{s:s, s:O}}", "custom_id", r->id, "result", "type", "errored",
                         "error", r->body);
}

static void results(struct fake_call *c)
{
    const struct fake_batch *b = fake_batch_get(c->star, false);
    if (!b || !fake_batch_ended(b)) {
        no_batch(c);
        return;
    }
    c->text = fake_batch_file(b, write_line);
    c->type = "application/x-jsonl";
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    return fake_anthropic.error(status, code, message, given);
}

static const char *const required[][2] = { { "anthropic-version", "2023-06-01" }, { NULL, NULL } };

static const struct fake_route routes[] = {
    { "POST", "/v1/messages/batches", "application/json", .serve = create },
    { "GET", "/v1/messages/batches", .query = "|limit|after_id|before_id|", .serve = list },
    { "GET", "/v1/messages/batches/*", .serve = get },
    { "POST", "/v1/messages/batches/*/cancel", .serve = cancel },
    { "GET", "/v1/messages/batches/*/results", .serve = results },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "", ": Extra inputs are not permitted" },
    .mistyped = { "", ": Input should be of another type" },
    .invalid = { "", ": Input should be another value" },
    .missing = { "", ": Field required" },
};

const struct fake_format fake_anthropic_batches = {
    .name = "anthropic batches",
    .key_header = "x-api-key",
    .key_prefix = "",
    .required = required,
    .routes = routes,
    .words = &words,
    .error = error,
};
