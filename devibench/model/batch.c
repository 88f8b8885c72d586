/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/cost.h"
#include "model/json_text.h"

#define MAX_LINE ((size_t)32 << 20) /* of results */
#define MAX_PAGES 100
#define SKEW_S 600 /* by which the service's clock may be behind ours */

void dvb_batch_state_release(struct dvb_batch_state *st)
{
    free(st->id);
    free(st->token);
    free(st->status);
    free(st->message);
    free(st->results[0]);
    free(st->results[1]);
    *st = (struct dvb_batch_state){ 0 };
}

void dvb_batch_line_release(struct dvb_batch_line *line)
{
    free(line->id);
    free(line->body);
    *line = (struct dvb_batch_line){ 0 };
}

const struct dvb_batch_wire *dvb_batch_of(const struct dvb_profile *p)
{
    return p->batch ? p->wire->batch : NULL;
}

long dvb_batch_max_requests(const struct dvb_profile *p)
{
    int own = p->batch_requests, theirs = p->wire->batch->max_requests;
    return own > 0 && own < theirs ? own : theirs;
}

uint64_t dvb_batch_max_bytes(const struct dvb_profile *p)
{
    uint64_t own = (uint64_t)p->batch_bytes, theirs = p->wire->batch->max_bytes;
    return own > 0 && own < theirs ? own : theirs;
}

char *dvb_batch_str(const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);
    return json_is_string(v) ? dvb_json_text(v) : NULL;
}

long dvb_batch_count(const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);
    if (json_is_integer(v))
        return json_integer_value(v) >= 0 ? (long)json_integer_value(v) : -1;
    const char *s = json_string_value(v);
    char *end;
    long n = s && *s ? strtol(s, &end, 10) : -1;
    return s && *s && !*end && n >= 0 ? n : -1;
}

long long dvb_batch_time(const char *rfc3339)
{
    int y, mo, d, h, mi, s;
    char text[64];
    if (!rfc3339 || sscanf(rfc3339, "%4d-%2d-%2dT%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s) != 6)
        return 0;
    snprintf(text, sizeof(text), "%04d%02d%02d %02d:%02d:%02d GMT", y, mo, d, h, mi, s);
    time_t t = curl_getdate(text, NULL);
    return t > 0 ? (long long)t : 0;
}

bool dvb_batch_is_id(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._/";
    size_t n = s ? strlen(s) : 0;
    return n && n <= 200 && strspn(s, plain) == n && *s != '/' && !strstr(s, "..") &&
           !strstr(s, "//");
}

int dvb_batch_take_input(const struct dvb_service *s, const struct dvb_exchange *x,
                         const char *within, const char *key, char **input, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(x->data, x->len);
    char *name = dvb_batch_str(within ? json_object_get(root, within) : root, key);
    json_decref(root);
    *input = dvb_batch_is_id(name) ? name : NULL;
    if (*input)
        return 0;
    free(name);
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                    "%s at %s: the reply to the upload names no file", s->profile->model,
                    s->profile->base_url);
}

/* A batch out of a response; a status that is no plain text does not get far. */
static int take_state(const struct dvb_service *s, const struct dvb_exchange *x,
                      struct dvb_batch_state *st, struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(x->data, x->len);
    bool ok = root && s->profile->wire->batch->read_state(root, st) && dvb_batch_is_id(st->id);
    json_decref(root);
    if (ok)
        return 0;
    dvb_batch_state_release(st);
    char raw[160];
    dvb_clean_line(raw, sizeof(raw), x->data, x->len);
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "%s at %s: no batch in the reply: %s",
                    s->profile->model, s->profile->base_url, raw);
}

static int get(const struct dvb_service *s, char *path, const struct dvb_exchange_want *want,
               struct dvb_exchange *x, struct dvb_err *err)
{
    struct dvb_http_request r = { 0 };
    *x = (struct dvb_exchange){ 0 };
    int ret = dvb_service_request(s, "GET", path, &r, err);
    if (!ret)
        ret = dvb_service_perform(s, &r, want, x, err);
    dvb_http_request_release(&r);
    free(path);
    return ret;
}

int dvb_batch_create(const struct dvb_service *s, const struct dvb_batch_file *f, const char *input,
                     struct dvb_batch_state *st, struct dvb_exchange *x, struct dvb_err *err)
{
    static const struct dvb_exchange_want once = { .once = true };
    const struct dvb_batch_wire *wire = s->profile->wire->batch;
    struct dvb_http_request r = { 0 };
    *st = (struct dvb_batch_state){ 0 };
    *x = (struct dvb_exchange){ 0 };
    char *path = wire->create_path(s->profile);
    int ret = dvb_service_request(s, "POST", path, &r, err);
    if (!ret) {
        dvb_http_header(&r, "Content-Type: application/json");
        wire->create(f, input, s->profile, &r);
        ret = dvb_service_perform(s, &r, &once, x, err);
    }
    if (!ret) {
        ret = take_state(s, x, st, err);
        x->maybe = ret != 0; /* it said yes to something */
    }
    dvb_http_request_release(&r);
    free(path);
    return ret;
}

int dvb_batch_check(const struct dvb_service *s, const char *id, struct dvb_batch_state *st,
                    struct dvb_exchange *x, struct dvb_err *err)
{
    *st = (struct dvb_batch_state){ 0 };
    int ret = get(s, s->profile->wire->batch->path(id), NULL, x, err);
    if (ret)
        return ret;
    ret = take_state(s, x, st, err);
    x->again = ret != 0;
    return ret;
}

int dvb_batch_cancel(const struct dvb_service *s, const char *id, struct dvb_err *err)
{
    struct dvb_http_request r = { 0 };
    struct dvb_exchange x = { 0 };
    char *path = s->profile->wire->batch->cancel_path(id);
    int ret = dvb_service_request(s, "POST", path, &r, err);
    if (!ret)
        ret = dvb_service_perform(s, &r, NULL, &x, err);
    dvb_exchange_release(&x);
    dvb_http_request_release(&r);
    free(path);
    return ret;
}

int dvb_batch_fetch(const struct dvb_service *s, const struct dvb_batch_state *st, int i,
                    const char *path, struct dvb_exchange *x, struct dvb_err *err)
{
    const struct dvb_exchange_want want = { .path = path };
    return get(s, s->profile->wire->batch->results_url(s->profile, st->results[i]), &want, x, err);
}

/* Whether a result's id is one of ours ("TOKEN-12"). */
struct first {
    const char *token;
    bool ours;
};

static int on_first(void *user, const struct dvb_batch_line *line, struct dvb_err *err)
{
    struct first *f = user;
    size_t n = strlen(f->token);
    (void)err;
    f->ours = !strncmp(line->id, f->token, n) && line->id[n] == '-';
    return -ECANCELED;
}

static int look_into(const struct dvb_service *s, const struct dvb_batch_search *search,
                     const struct dvb_batch_state *st, struct dvb_err *err)
{
    struct first first = { .token = search->file->token };
    struct dvb_exchange x;
    long damaged;
    int ret = dvb_batch_fetch(s, st, 0, search->file->path, &x, err);
    dvb_exchange_release(&x);
    if (!ret)
        ret = dvb_batch_read(s->profile->wire->batch, search->file->path, on_first, &first,
                             &damaged, err);
    remove(search->file->path);
    return ret && ret != -ECANCELED ? ret : first.ours;
}

/* 1 it is ours, 0 it is not, 2 it may be. */
static int is_ours(const struct dvb_service *s, const struct dvb_batch_search *search,
                   const struct dvb_batch_state *st, struct dvb_err *err)
{
    if (st->token || s->profile->wire->batch->keeps_token)
        return st->token && !strcmp(st->token, search->file->token);
    if (st->total != search->file->requests || st->created < search->since - SKEW_S)
        return 0;
    int known = search->is_known(search->user, st->id, err);
    if (known)
        return known < 0 ? known : 0;
    if (st->phase == DVB_BATCH_RUNNING)
        return 2;
    return st->results[0] ? look_into(s, search, st, err) : 0;
}

/* Also 3: the rest is older. */
static int search_page(const struct dvb_service *s, const struct dvb_batch_search *search,
                       const json_t *list, struct dvb_batch_state *st, struct dvb_err *err)
{
    bool maybe = false;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)list, i, row)
    {
        struct dvb_batch_state other = { 0 };
        if (!s->profile->wire->batch->read_state(row, &other) || !dvb_batch_is_id(other.id)) {
            dvb_batch_state_release(&other);
            continue;
        }
        bool old = other.created && other.created < search->since - SKEW_S;
        int ours = old ? 3 : is_ours(s, search, &other, err);
        if (ours == 1)
            *st = other;
        else
            dvb_batch_state_release(&other);
        maybe |= ours == 2;
        if (ours == 1 || ours == 3 || ours < 0)
            return ours == 3 && maybe ? 2 : ours;
    }
    return maybe ? 2 : 0;
}

int dvb_batch_find(const struct dvb_service *s, const struct dvb_batch_search *search,
                   struct dvb_batch_state *st, struct dvb_err *err)
{
    const struct dvb_batch_wire *wire = s->profile->wire->batch;
    char *cursor = NULL;
    int found = 0;
    *st = (struct dvb_batch_state){ 0 };
    for (int page = 0; found == 0 && page < MAX_PAGES && (page == 0 || cursor); page++) {
        struct dvb_exchange x;
        found = get(s, wire->list_path(cursor), NULL, &x, err);
        json_t *root = found ? NULL : dvb_json_lenient(x.data, x.len);
        free(cursor);
        cursor = NULL;
        const json_t *list = root ? wire->read_page(root, &cursor) : NULL;
        if (!found && !root)
            found = dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "%s at %s: no list of batches",
                             s->profile->model, s->profile->base_url);
        if (!found)
            found = search_page(s, search, list, st, err);
        json_decref(root);
        dvb_exchange_release(&x);
    }
    free(cursor);
    return found == 3 ? 0 : found;
}

bool dvb_batch_parse_line(const struct dvb_batch_wire *wire, const char *text, size_t len,
                          struct dvb_batch_line *line)
{
    *line = (struct dvb_batch_line){ 0 };
    json_t *row = dvb_json_lenient(text, len);
    bool ok = json_is_object(row) && wire->read_line(row, line) && line->id && *line->id;
    json_decref(row);
    return ok;
}

/* The next line without its end: 1, 0 at the end of the file; too long ones come as "". */
static int next_line(FILE *in, char **buf, size_t *cap, size_t *len)
{
    int c = getc(in);
    bool any = c != EOF, too_long = false;
    for (*len = 0; c != EOF && c != '\n'; c = getc(in)) {
        too_long |= *len >= MAX_LINE;
        if (too_long)
            continue;
        *buf = dvb_grow(*buf, *len, cap, 1);
        (*buf)[(*len)++] = (char)c;
    }
    if (too_long)
        *len = 0;
    return any;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r", text[i]))
            return false;
    return true;
}

int dvb_batch_read(const struct dvb_batch_wire *wire, const char *path, dvb_on_batch_line *on_line,
                   void *user, long *damaged, struct dvb_err *err)
{
    char *buf = NULL;
    size_t cap = 0, len;
    int ret = 0;
    *damaged = 0;
    FILE *in = fopen(path, "rbe");
    if (!in)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "%s", path);
    for (long n = 1; !ret && next_line(in, &buf, &cap, &len); n++) {
        struct dvb_batch_line line = { 0 };
        if (len && is_blank(buf, len))
            continue;
        if (len && dvb_batch_parse_line(wire, buf, len, &line)) {
            ret = on_line(user, &line, err);
        } else {
            ++*damaged;
            dvb_debug("%s: line %ld holds no result", path, n);
        }
        dvb_batch_line_release(&line);
    }
    if (!ret && ferror(in))
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "%s", path);
    fclose(in);
    free(buf);
    return ret;
}

struct dvb_judgement dvb_batch_judge(const struct dvb_profile *p, const char *key,
                                     const struct dvb_batch_line *line, struct dvb_reply *reply)
{
    const struct dvb_ask ask = { .profile = p };
    if (line->undone) {
        dvb_reply_error(reply, p, key, false, "not done in its batch: %s", line->body);
        reply->cost_usd = dvb_cost_usd(p, &reply->lost, true);
        return (struct dvb_judgement){ .next = DVB_NEXT_RETRY, .hint_s = -1 };
    }
    return dvb_answer_judge(line->status, line->body, strlen(line->body), &ask, key, reply);
}
