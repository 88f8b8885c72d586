/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/calls.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define VERSION 1
#define MOST_WHOLE ((json_int_t)1 << 53)
#define MOST_NUMBER 1e12
#define MAX_LINE ((size_t)64 << 20) /* a reply has at most 16 MiB, and may grow sixfold as JSON */

/* Writing. */

struct writer {
    FILE *f;
    long n;
};

static json_t *stored(const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    return j ? j : json_null();
}

static int write_one(void *user, const struct dvb_call_record *r, struct dvb_err *err)
{
    struct writer *w = user;
    const struct dvb_call *c = &r->call;
    const char *dot = strchr(c->request_hash, '.');
    size_t len = dot ? (size_t)(dot - c->request_hash) : strlen(c->request_hash);
    (void)err;
    json_t *j = dvb_json_pack(
        "{s:i, s:s%, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:i, s:I, s:I, s:I, "
        "s:o}",
        "schema_version", VERSION, "request_hash", c->request_hash, len, "superseded",
        (json_int_t)(dot ? strtoll(dot + 1, NULL, 10) : 0), "step", dvb_json_str(c->step), "status",
        dvb_call_status_names[c->status], "model", dvb_json_str(r->model), "profile",
        stored(r->profile), "prompt_name", dvb_json_str(r->prompt_name), "prompt",
        dvb_json_str(r->prompt), "reply", dvb_json_str(c->reply ? c->reply : ""), "usage",
        stored(c->usage), "cost_usd", c->cost_usd, "latency_s", c->latency_s, "attempts",
        c->attempts, "tokens_in", (json_int_t)c->tokens_in, "tokens_cached",
        (json_int_t)c->tokens_cached, "tokens_out", (json_int_t)c->tokens_out, "logprobs",
        stored(c->logprobs));
    json_dumpf(j, w->f, JSON_COMPACT | JSON_REAL_PRECISION(17)); /* exact */
    fputc('\n', w->f);
    json_decref(j);
    w->n++;
    return 0;
}

int dvb_calls_write(struct dvb_workspace *ws, FILE *f, long *n, struct dvb_err *err)
{
    struct writer w = { .f = f };
    int ret = dvb_store_each_call(ws->store, write_one, &w, err);
    *n = w.n;
    return ret;
}

/* Reading. */

struct reader {
    struct dvb_workspace *ws;
    const char *name; /* of the file */
    long line;
    bool keep;
    int64_t newest; /* call id when the reading began: later ones are the file's own */
    struct dvb_calls_read *result;
    char *buf;
    size_t cap;
};

enum { STRING, TEXT_OR_NULL, OBJECT, OBJECT_OR_NULL, TREE_OR_NULL, WHOLE, COUNT, NUMBER };

static bool is_string(const json_t *v)
{
    return json_is_string(v);
}

static bool is_text_or_null(const json_t *v)
{
    return json_is_string(v) || json_is_null(v);
}

static bool is_object(const json_t *v)
{
    return json_is_object(v);
}

static bool is_object_or_null(const json_t *v)
{
    return json_is_object(v) || json_is_null(v);
}

static bool is_tree_or_null(const json_t *v)
{
    return json_is_object(v) || json_is_array(v) || json_is_null(v);
}

static bool is_whole(const json_t *v)
{
    return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= MOST_WHOLE;
}

static bool is_count(const json_t *v)
{
    return is_whole(v) && json_integer_value(v) <= INT_MAX;
}

static bool is_number(const json_t *v)
{
    return json_is_number(v) && json_number_value(v) >= 0 && json_number_value(v) <= MOST_NUMBER;
}

static const struct {
    const char *expected;
    bool (*is)(const json_t *v);
} kinds[] = {
    [STRING] = { "a string", is_string },
    [TEXT_OR_NULL] = { "a string or null", is_text_or_null },
    [OBJECT] = { "an object", is_object },
    [OBJECT_OR_NULL] = { "an object or null", is_object_or_null },
    [TREE_OR_NULL] = { "an object, an array or null", is_tree_or_null },
    [WHOLE] = { "a whole number from 0 to 2^53", is_whole },
    [COUNT] = { "a whole number from 0 to 2^31 - 1", is_count },
    [NUMBER] = { "a number from 0 to 1e12", is_number },
};

static const struct {
    const char *name;
    int kind;
    bool optional;
} fields[] = {
    { "schema_version", WHOLE, false }, { "request_hash", STRING, false },
    { "superseded", COUNT, true },      { "step", STRING, false },
    { "status", STRING, false },        { "model", STRING, false },
    { "profile", OBJECT, false },       { "prompt_name", TEXT_OR_NULL, true },
    { "prompt", TEXT_OR_NULL, true },   { "reply", STRING, false },
    { "usage", OBJECT_OR_NULL, true },  { "cost_usd", NUMBER, false },
    { "latency_s", NUMBER, false },     { "attempts", COUNT, false },
    { "tokens_in", WHOLE, true },       { "tokens_cached", WHOLE, true },
    { "tokens_out", WHOLE, true },      { "logprobs", TREE_OR_NULL, true },
};

static int bad(const struct reader *r, const char *field, const json_t *found, const char *expected,
               struct dvb_err *err)
{
    char *text = found ? dvb_json_canon(found) : dvb_strdup("nothing");
    if (strlen(text) > 60)
        memcpy(text + dvb_utf8_cut(text, 57), "...", 4);
    int ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: field '%s': found %s, expected %s",
                       r->name, r->line, field, text, expected);
    free(text);
    return ret;
}

static int check_fields(const struct reader *r, const json_t *j, struct dvb_err *err)
{
    if (!json_is_object(j))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: expected a JSON object, a call",
                        r->name, r->line);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        const json_t *v = json_object_get(j, fields[i].name);
        if (v ? !kinds[fields[i].kind].is(v) : !fields[i].optional)
            return bad(r, fields[i].name, v, kinds[fields[i].kind].expected, err);
    }
    return 0;
}

static bool is_hash(const char *s)
{
    return strlen(s) == DVB_HASH_LEN && strspn(s, "0123456789abcdef") == DVB_HASH_LEN;
}

static int status_of(const char *name)
{
    int i = 0;
    while (dvb_call_status_names[i] && strcmp(dvb_call_status_names[i], name))
        i++;
    return dvb_call_status_names[i] ? i : -1;
}

static bool in_length(const json_t *text, size_t most)
{
    return json_string_length(text) >= 1 && json_string_length(text) <= most;
}

/* What the types do not say. */
static int check_values(const struct reader *r, const json_t *j, struct dvb_err *err)
{
    static const char *const needed[] = { "wire", "base_url", "model" };
    const json_t *profile = json_object_get(j, "profile");
    json_int_t version = json_integer_value(json_object_get(j, "schema_version"));
    if (version != VERSION)
        return bad(r, "schema_version", json_object_get(j, "schema_version"),
                   version > VERSION ? "1: the file comes from a newer devibench" : "1", err);
    if (!is_hash(dvb_json_get_str(j, "request_hash")))
        return bad(r, "request_hash", json_object_get(j, "request_hash"),
                   "64 hexadecimal digits in lower case", err);
    if (status_of(dvb_json_get_str(j, "status")) < 0)
        return bad(r, "status", json_object_get(j, "status"),
                   "\"ok\", \"error\", \"refused\" or \"unparsed\"", err);
    if (!in_length(json_object_get(j, "step"), 64))
        return bad(r, "step", json_object_get(j, "step"), "1 to 64 bytes", err);
    if (!in_length(json_object_get(j, "model"), 4096))
        return bad(r, "model", json_object_get(j, "model"), "1 to 4096 bytes", err);
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
        if (!dvb_json_get_str(profile, needed[i]))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s:%ld: field 'profile': expected a string '%s' in it", r->name,
                            r->line, needed[i]);
    return 0;
}

static char *text_of(const json_t *j, const char *field)
{
    const json_t *v = json_object_get(j, field);
    return json_is_object(v) || json_is_array(v) ? dvb_json_canon(v)
                                                 : dvb_strdup(json_string_value(v));
}

/* The row and what it refers to. */
static int put(const struct reader *r, const json_t *j, struct dvb_call *c, struct dvb_err *err)
{
    struct dvb_store *store = r->ws->store;
    const char *prompt = dvb_json_get_str(j, "prompt"), *name = dvb_json_get_str(j, "prompt_name");
    char *profile = text_of(j, "profile");
    int64_t id;
    int ret = dvb_store_put_model(store, dvb_json_get_str(j, "model"), profile, &c->model, err);
    if (!ret && prompt)
        ret = dvb_store_put_prompt(store, name ? name : "imported", prompt, &c->prompt, err);
    if (!ret)
        ret = dvb_store_put_call(store, c, &id, err);
    free(profile);
    return ret;
}

/* The store adds up; what it adds up to must be readable again. */
static void bound(struct dvb_call *c, const struct dvb_call *there)
{
    c->attempts = (int)fmin(c->attempts, INT_MAX - there->attempts);
    c->tokens_in = (int64_t)fmin((double)c->tokens_in, (double)(MOST_WHOLE - there->tokens_in));
    c->tokens_cached = (int64_t)fmin((double)c->tokens_cached,
                                     (double)(MOST_WHOLE - there->tokens_cached));
    c->tokens_out = (int64_t)fmin((double)c->tokens_out, (double)(MOST_WHOLE - there->tokens_out));
    c->cost_usd = fmin(c->cost_usd, MOST_NUMBER - there->cost_usd);
}

/* The store has an answer to the same request, or an error. */
static int meet(const struct reader *r, const json_t *j, struct dvb_call *c,
                const struct dvb_call *there, struct dvb_err *err)
{
    bool adds = c->status != DVB_CALL_ERROR, open = there->status == DVB_CALL_ERROR;
    bool own = there->id > r->newest; /* of an earlier line */
    if (adds && open) {
        r->result->answered += !own;
        bound(c, there);
        return put(r, j, c, err);
    }
    if (!adds || !strcmp(c->reply, there->reply ? there->reply : "")) {
        r->result->known++;
        r->result->repeated += own;
        if (own && r->result->repeated == 1)
            dvb_warn("%s:%ld: request %.12s was in an earlier line already", r->name, r->line,
                     c->request_hash);
        return 0;
    }
    if (!r->keep)
        return dvb_fail(err, DVB_FAULT_INPUT, EEXIST,
                        "%s:%ld: request %.12s: another answer than %s; import into a new "
                        "workspace, or --keep the stored answers",
                        r->name, r->line, c->request_hash,
                        own ? "an earlier line of the file has" : "the workspace has");
    r->result->kept++;
    return 0;
}

static int take(const struct reader *r, const json_t *j, struct dvb_err *err)
{
    json_int_t superseded = json_integer_value(json_object_get(j, "superseded"));
    const char *hash = dvb_json_get_str(j, "request_hash");
    struct dvb_call there, c = {
        .request_hash = superseded ? dvb_asprintf("%s.%lld", hash, (long long)superseded)
                                   : dvb_strdup(hash),
        .step = text_of(j, "step"),
        .status = (enum dvb_call_status)status_of(dvb_json_get_str(j, "status")),
        .reply = text_of(j, "reply"),
        .usage = text_of(j, "usage"),
        .logprobs = text_of(j, "logprobs"),
        .cost_usd = dvb_json_get_num(j, "cost_usd", 0),
        .latency_s = dvb_json_get_num(j, "latency_s", 0),
        .attempts = (int)dvb_json_get_num(j, "attempts", 0),
        .tokens_in = (int64_t)dvb_json_get_num(j, "tokens_in", 0),
        .tokens_cached = (int64_t)dvb_json_get_num(j, "tokens_cached", 0),
        .tokens_out = (int64_t)dvb_json_get_num(j, "tokens_out", 0),
    };
    int ret = dvb_store_find_call(r->ws->store, c.request_hash, &there, err);
    if (ret > 0) {
        ret = meet(r, j, &c, &there, err);
        dvb_call_release(&there);
    } else if (!ret) {
        r->result->added++;
        ret = put(r, j, &c, err);
    }
    dvb_call_release(&c);
    return ret;
}

/* The next line without its end into r->buf: 1; 0 at the end of the file. */
static int read_line(struct reader *r, FILE *f, size_t *len, struct dvb_err *err)
{
    int byte;
    for (*len = 0; (byte = getc_unlocked(f)) != EOF && byte != '\n';
         r->buf[(*len)++] = (char)byte) {
        if (*len < r->cap)
            continue;
        size_t cap = r->cap ? r->cap * 2 : 65536;
        char *bigger = *len < MAX_LINE ? realloc(r->buf, cap) : NULL;
        if (!bigger && *len < MAX_LINE)
            return dvb_fail_nomem(err);
        if (!bigger)
            return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                            "%s:%ld: the line is longer than %zu bytes", r->name, r->line + 1,
                            MAX_LINE);
        r->buf = bigger;
        r->cap = cap;
    }
    if (ferror(f))
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot read %s", r->name);
    r->line += byte != EOF || *len;
    return byte != EOF || *len ? 1 : 0;
}

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)line[i]))
            return false;
    return true;
}

static int take_line(const struct reader *r, size_t len, struct dvb_err *err)
{
    json_error_t je;
    json_t *j = json_loadb(r->buf, len, JSON_REJECT_DUPLICATES, &je);
    int ret = 0;
    if (!j)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld:%d: not valid JSON: %s", r->name,
                        r->line, je.column, je.text);
    r->result->lines++;
    ret = check_fields(r, j, err);
    if (!ret)
        ret = check_values(r, j, err);
    if (!ret)
        ret = take(r, j, err);
    json_decref(j);
    return ret;
}

static int take_all(struct reader *r, FILE *f, struct dvb_err *err)
{
    size_t len;
    int ret, end;
    if ((ret = dvb_store_begin(r->ws->store, err)))
        return ret;
    ret = dvb_store_newest_call(r->ws->store, &r->newest, err);
    while (!ret && (ret = read_line(r, f, &len, err)) > 0)
        ret = is_blank(r->buf, len) ? 0 : take_line(r, len, err);
    end = dvb_store_end(r->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

int dvb_calls_read_from(struct dvb_workspace *ws, FILE *f, const char *name, bool keep,
                        struct dvb_calls_read *result, struct dvb_err *err)
{
    struct reader r = { .ws = ws, .name = name, .keep = keep, .result = result };
    *result = (struct dvb_calls_read){ 0 };
    int ret = take_all(&r, f, err);
    free(r.buf);
    if (ret)
        *result = (struct dvb_calls_read){ 0 };
    return ret;
}

int dvb_calls_read(struct dvb_workspace *ws, const char *path, bool keep,
                   struct dvb_calls_read *result, struct dvb_err *err)
{
    bool in = !strcmp(path, "-");
    FILE *f = in ? stdin : fopen(path, "rb");
    *result = (struct dvb_calls_read){ 0 };
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot read %s", path);
    int ret = dvb_calls_read_from(ws, f, in ? "standard input" : path, keep, result, err);
    if (!in)
        fclose(f);
    return ret;
}
