/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemini's batches, as its API reference and guide describe them; files of
   requests come through gemini_files.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/batch.h"
#include "tests/tools/fake/check.h"
#include "tests/tools/fake/gemini_files.h"

static void refuse(struct fake_call *c, const char *why)
{
    fake_reply_error(c, 400, "invalid_value", why);
}

static const char *state_of(const struct fake_batch *b)
{
    bool bad = fake_batch_is(b, "fail") || fake_batch_is(b, "full");
    if (!fake_batch_ended(b))
        return "BATCH_STATE_RUNNING";
    return bad                          ? "BATCH_STATE_FAILED"
           : b->cancelled               ? "BATCH_STATE_CANCELLED"
           : fake_batch_is(b, "expire") ? "BATCH_STATE_EXPIRED"
                                        : "BATCH_STATE_SUCCEEDED";
}

static void put_count(json_t *stats, const char *name, int n)
{
    json_object_set_new(stats, name, json_sprintf("%d", n));
}

/* The operation. An expired batch has no results here. */
static json_t *describe(const struct fake_batch *b)
{
    int done, failed, undone;
    bool ended = fake_batch_ended(b);
    const char *state = state_of(b);
    json_t *stats = json_object();
    fake_batch_count(b, &done, &failed, &undone);
    put_count(stats, "requestCount", (int)b->n);
    put_count(stats, "pendingRequestCount", ended ? undone : (int)b->n);
    if (ended) /* counts of 0 are left out */
        put_count(stats, "successfulRequestCount", done);
    json_t *meta = dvb_json_pack("{s:s, s:s, s:s, s:s, s:o}", "@type",
                                 "type.googleapis.com/google.ai.generativelanguage.v1main."
                                 "GenerateContentBatch",
                                 "displayName", b->label, "state", state, "createTime",
                                 fake_batch_when(b->created), "batchStats", stats);
    json_t *j = dvb_json_pack("{s:o, s:o}", "name", json_sprintf("batches/%s", b->id), "metadata",
                              meta);
    if (ended)
        json_object_set_new(j, "done", json_true());
    if (!strcmp(state, "BATCH_STATE_SUCCEEDED"))
        json_object_set_new(
            j, "response",
            dvb_json_pack("{s:o}", "responsesFile", json_sprintf("files/batch-%s", b->id)));
    else if (ended)
        json_object_set_new(j, "error",
                            dvb_json_pack("{s:i, s:s}", "code",
                                          fake_batch_is(b, "full")   ? 8
                                          : fake_batch_is(b, "fail") ? 3
                                                                     : 1,
                                          "message", "The batch came to nothing."));
    return j;
}

static const struct fake_member line_members[] = { { "key", 'S' }, { "request", 'O' }, { NULL } };

static json_t *read_lines(struct fake_call *c, const char *text)
{
    struct fake_check check = { .call = c, .format = c->format };
    size_t i;
    json_t *line, *lines = fake_batch_lines(text, &i), *keys = json_object(), *list = json_array();
    const char *why = lines ? NULL : "The file has a line that is no JSON object.";
    json_array_foreach(lines, i, line)
    {
        const char *key = dvb_json_get_str(line, "key");
        if (!fake_check_members(&check, "", line, line_members, NULL))
            why = check.says;
        else if (json_object_get(keys, key))
            why = "Keys must be unique.";
        if (why)
            break;
        json_object_set_new(keys, key, json_true());
        json_array_append_new(
            list, dvb_json_pack("{s:s, s:O}", "id", key, "body", json_object_get(line, "request")));
    }
    if (why)
        refuse(c, why);
    json_decref(lines);
    json_decref(keys);
    if (why)
        json_decref(list);
    return why ? NULL : list;
}

static const struct fake_member create_members[] = { { "batch", 'O' }, { NULL } };
static const struct fake_member batch_members[] = {
    { "displayName", 'S' }, { "inputConfig", 'O' }, { "model", 's' }, { "priority", '*' }, { NULL }
};
static const struct fake_member config_members[] = { { "fileName", 'S' }, { NULL } };

static void create(struct fake_call *c)
{
    struct fake_check check = { .call = c, .format = c->format };
    json_t *root = json_loadb(c->body ? c->body : "", c->len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *batch = json_object_get(root, "batch");
    const json_t *config = json_object_get(batch, "inputConfig");
    if (!root || !fake_check_members(&check, "", root, create_members, NULL) ||
        !fake_check_members(&check, "batch", batch, batch_members, NULL) ||
        !fake_check_members(&check, "batch.inputConfig", config, config_members, NULL)) {
        refuse(c, root ? check.says : "Invalid JSON payload received.");
        json_decref(root);
        return;
    }
    const char *file = dvb_json_get_str(config, "fileName"), *text = gemini_files_text(file);
    json_t *requests = text ? read_lines(c, text) : NULL;
    const struct fake_batch *b = NULL;
    if (!text)
        refuse(c, "The file may not exist.");
    if (requests)
        b = fake_batch_make(c, "/v1beta/models/*:generateContent", requests,
                            dvb_json_get_str(batch, "displayName"), file);
    if (b)
        fake_reply_json(c, 200, describe(b));
    json_decref(requests);
    json_decref(root);
}

static void no_batch(struct fake_call *c)
{
    fake_reply_error(c, 404, "not_found", "Requested entity was not found.");
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
    fake_reply_json(c, 200, json_object());
}

/* Two to a page; the page token is the number of the first. */
static void list(struct fake_call *c)
{
    const char *token = fake_query(c, "pageToken");
    size_t first = token ? strtoul(token, NULL, 10) : 0;
    json_t *operations = json_array(), *page = dvb_json_pack("{s:o}", "operations", operations);
    const struct fake_batch *b;
    for (size_t i = first; i < first + 2 && (b = fake_batch_at(i)); i++)
        json_array_append_new(operations, describe(b));
    if (fake_batch_at(first + 2))
        json_object_set_new(page, "nextPageToken", json_sprintf("%zu", first + 2));
    fake_reply_json(c, 200, page);
}

static json_t *write_line(const struct fake_result *r)
{
    json_t *error = json_object_get(r->body, "error");
    if (!r->status)
        return NULL;
    if (r->status < 300)
        return dvb_json_pack("{s:s, s:O}", "key", r->id, "response", r->body);
    return dvb_json_pack("{s:s, s:O}", "key", r->id, "error", error ? error : r->body);
}

static void download(struct fake_call *c)
{
    const char *alt = fake_query(c, "alt");
    const struct fake_batch *b = strncmp(c->star, "batch-", 6) ? NULL
                                                               : fake_batch_get(c->star + 6, false);
    if (!b || !fake_batch_ended(b) || !alt || strcmp(alt, "media")) {
        no_batch(c);
        return;
    }
    c->text = fake_batch_file(b, write_line);
    c->type = "application/octet-stream";
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    return fake_gemini.error(status, code, message, given);
}

static const struct fake_route routes[] = {
    { "POST", "/v1beta/models/*:batchGenerateContent", "application/json", .serve = create },
    { "GET", "/v1beta/batches", .query = "|pageSize|pageToken|", .serve = list },
    { "GET", "/v1beta/batches/*", .serve = get },
    { "POST", "/v1beta/batches/*:cancel", .serve = cancel },
    { "GET", "/download/v1beta/files/*:download", .query = "|alt|", .serve = download },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "Invalid JSON payload received. Unknown name \"", "\": Cannot find field." },
    .mistyped = { "Invalid value at '", "'" },
    .invalid = { "Invalid value at '", "': out of range" },
    .missing = { "* BatchGenerateContentRequest.", ": is not specified" },
};

const struct fake_format fake_gemini_batches = {
    .name = "gemini batches",
    .key_header = "x-goog-api-key",
    .key_prefix = "",
    .routes = routes,
    .words = &words,
    .error = error,
};
