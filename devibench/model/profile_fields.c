/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a profile as a table: it drives reading, checking and writing. */
#include "model/profile_fields.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/opt.h"
#include "model/tokens.h"
#include "model/url.h"
#include "model/wire.h"

enum field_flags {
    REQUIRED = 1,
    NULLABLE = 2, /* null means: not sent, none */
    IDENTITY = 4, /* answers depend on it */
    SECRET = 8,   /* people paste keys here by mistake: never repeat the value */
};

enum field_type {
    F_STR,
    F_CHOICE,
    F_DATE,
    F_INT,
    F_I64,
    F_NUM,
    F_BOOL,
    F_ENUM, /* one of choices, kept as which */
    F_WIRE,
    F_TOKENS,
    F_OBJ
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    unsigned flags;
    double min, max, def; /* INT, I64, NUM; a nullable number's null is -1 */
    const char *def_str;
    const char *const *choices;
};

#define AT(member) offsetof(struct dvb_profile, member)
static const char *const details[] = { "auto", "low", "medium", "high", "original", NULL };
static const char *const limits[] = { "max_tokens", "max_completion_tokens", NULL };
static const char *const sends[] = {
    [DVB_SEND_FRAMES] = "frames", [DVB_SEND_VIDEO] = "video", NULL
};
const char *const dvb_boxes_names[] = {
    [DVB_BOXES_THOUSANDTHS] = "thousandths", [DVB_BOXES_PIXELS] = "pixels", NULL
};
/* F_ENUM is read and written as an int. */
_Static_assert(sizeof(enum dvb_send) == sizeof(int), "enum dvb_send");
_Static_assert(sizeof(enum dvb_boxes) == sizeof(int), "enum dvb_boxes");

static const struct field fields[] = {
    { "wire", F_WIRE, AT(wire), .flags = REQUIRED | IDENTITY },
    { "base_url", F_STR, AT(base_url), .flags = REQUIRED | IDENTITY | SECRET },
    { "model", F_STR, AT(model), .flags = REQUIRED | IDENTITY },
    { "key_env", F_STR, AT(key_env), .flags = NULLABLE | SECRET },
    { "allow_http", F_BOOL, AT(allow_http), .def = 0 },
    { "send", F_ENUM, AT(send), .flags = IDENTITY, .def = DVB_SEND_FRAMES, .choices = sends },
    { "fps", F_NUM, AT(fps), .flags = IDENTITY, .min = 0.01, .max = 60, .def = 2 },
    { "max_frames", F_INT, AT(max_frames), .flags = IDENTITY, .max = 4096 },
    { "max_pixels", F_I64, AT(max_pixels), .flags = IDENTITY, .max = 1e9 },
    { "jpeg_quality", F_INT, AT(jpeg_quality), .flags = IDENTITY, .max = 100 },
    { "detail", F_CHOICE, AT(detail), .flags = NULLABLE | IDENTITY, .choices = details },
    { "structured", F_BOOL, AT(structured), .flags = IDENTITY, .def = 1 },
    { "boxes", F_ENUM, AT(boxes), .def = DVB_BOXES_THOUSANDTHS, .choices = dvb_boxes_names },
    { "stream", F_BOOL, AT(stream), .def = 0 },
    { "logprobs", F_INT, AT(logprobs), .flags = IDENTITY, .max = 20 },
    { "max_tokens_field", F_CHOICE, AT(max_tokens_field), .flags = IDENTITY,
      .def_str = "max_tokens", .choices = limits },
    { "max_tokens", F_INT, AT(max_tokens), .flags = IDENTITY, .min = 1, .max = 1e6, .def = 4096 },
    { "temperature", F_NUM, AT(temperature), .flags = NULLABLE | IDENTITY, .max = 2, .def = -1 },
    { "top_p", F_NUM, AT(top_p), .flags = NULLABLE | IDENTITY, .max = 1, .def = -1 },
    { "seed", F_I64, AT(seed), .flags = NULLABLE | IDENTITY, .max = 4294967295.0, .def = -1 },
    { "extra", F_OBJ, AT(extra), .flags = NULLABLE | IDENTITY },
    { "concurrency", F_INT, AT(concurrency), .min = 1, .max = 1024, .def = 4 },
    { "requests_per_minute", F_I64, AT(requests_per_minute), .max = 1e9 },
    { "tokens_per_minute", F_I64, AT(tokens_per_minute), .max = 1e12 },
    { "timeout_s", F_NUM, AT(timeout_s), .min = 0.1, .max = 86400, .def = 300 },
    { "price_in", F_NUM, AT(price_in), .max = 1e5 },
    { "price_cached", F_NUM, AT(price_cached), .max = 1e5 },
    { "price_out", F_NUM, AT(price_out), .max = 1e5 },
    { "price_batch", F_NUM, AT(price_batch), .max = 1, .def = 1 },
    { "prices_as_of", F_DATE, AT(prices_as_of), .flags = NULLABLE },
    { "batch", F_BOOL, AT(batch), .def = 1 },
    { "batch_requests", F_INT, AT(batch_requests), .max = 1e6 },
    { "batch_bytes", F_I64, AT(batch_bytes), .max = 2e9 },
    { "tokens", F_TOKENS, AT(tokens) },
    { "note", F_STR, AT(note), .flags = NULLABLE },
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

/* Where in which file, for messages. */
struct place {
    const char *file, *profile, *field;
};

static void *slot(const struct dvb_profile *p, const struct field *f)
{
    return (char *)p + f->offset;
}

static int bad(const struct place *at, const char *found, const char *expected, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                    "%s: profile '%s': field '%s': found %s, expected %s", at->file, at->profile,
                    at->field, found, expected);
}

static int bad_value(const struct place *at, const struct field *f, const json_t *v,
                     const char *expected, struct dvb_err *err)
{
    if (f->flags & SECRET)
        return bad(at, "something else", expected, err);
    char *text = dvb_json_canon(v);
    if (strlen(text) > 60)
        memcpy(text + 57, "...", 4);
    int ret = bad(at, text, expected, err);
    free(text);
    return ret;
}

static int take_number(const struct place *at, const struct field *f, void *dst, const json_t *v,
                       struct dvb_err *err)
{
    char expected[96];
    snprintf(expected, sizeof(expected), "a %s from %.10g to %.10g",
             f->type == F_NUM ? "number" : "whole number", f->min, f->max);
    bool fits = f->type == F_NUM ? json_is_number(v) : json_is_integer(v);
    double x = json_number_value(v);
    if (!fits || !(x >= f->min && x <= f->max))
        return bad_value(at, f, v, expected, err);
    if (f->type == F_NUM)
        *(double *)dst = x;
    else if (f->type == F_I64)
        *(int64_t *)dst = json_integer_value(v);
    else
        *(int *)dst = (int)json_integer_value(v);
    return 0;
}

static int choice_of(const struct place *at, const struct field *f, const json_t *v,
                     const char *const *choices, int *index, struct dvb_err *err)
{
    char expected[160] = "";
    const char *s = json_string_value(v);
    for (*index = 0; choices[*index]; ++*index) {
        if (s && !strcmp(s, choices[*index]))
            return 0;
        size_t len = strlen(expected);
        snprintf(expected + len, sizeof(expected) - len, "%s\"%s\"", len ? " or " : "",
                 choices[*index]);
    }
    return bad_value(at, f, v, expected, err);
}

static int take_wire(const struct place *at, const struct field *f, void *dst, const json_t *v,
                     struct dvb_err *err)
{
    const char *names[32];
    int n = 0, i;
    for (; n < 31 && dvb_wires[n]; n++)
        names[n] = dvb_wires[n]->name;
    names[n] = NULL;
    int ret = choice_of(at, f, v, names, &i, err);
    if (!ret)
        *(const struct dvb_wire **)dst = dvb_wires[i];
    return ret;
}

static int take_tokens(const struct place *at, const struct field *f, void *dst, const json_t *v,
                       struct dvb_err *err)
{
    const char *name = json_string_value(v);
    const struct dvb_tokens *found = name ? dvb_tokens_find(name) : NULL;
    char expected[400] = "one of";
    size_t len = strlen(expected);
    if (found) {
        *(const struct dvb_tokens **)dst = found;
        return 0;
    }
    for (const struct dvb_tokens *t = dvb_token_formulas; t->name && len < sizeof(expected); t++)
        len += (size_t)snprintf(expected + len, sizeof(expected) - len, " %s", t->name);
    return bad_value(at, f, v, expected, err);
}

/* YYYY, YYYY-MM or YYYY-MM-DD; months of 31 days. */
static bool is_date(const char *s)
{
    static const char pattern[] = "0000-00-00";
    size_t len = s ? strlen(s) : 0;
    if (len != 4 && len != 7 && len != 10)
        return false;
    for (size_t i = 0; i < len; i++)
        if (pattern[i] == '-' ? s[i] != '-' : !isdigit((unsigned char)s[i]))
            return false;
    int month = len > 4 ? atoi(s + 5) : 1, day = len > 7 ? atoi(s + 8) : 1;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static int take_text(const struct place *at, const struct field *f, void *dst, const json_t *v,
                     struct dvb_err *err)
{
    const char *s = json_string_value(v);
    if (f->type == F_CHOICE) {
        int i, ret = choice_of(at, f, v, f->choices, &i, err);
        if (ret)
            return ret;
    } else if (f->type == F_DATE && !is_date(s)) {
        return bad_value(at, f, v, "a date: \"YYYY\", \"YYYY-MM\" or \"YYYY-MM-DD\"", err);
    } else if (!s || !*s || strlen(s) > 2000) {
        return bad_value(at, f, v, "a text of 1 to 2000 bytes", err);
    }
    free(*(char **)dst);
    *(char **)dst = dvb_strdup(s);
    return 0;
}

static int take_value(const struct place *at, const struct field *f, void *dst, const json_t *v,
                      struct dvb_err *err)
{
    int i, ret = 0;
    if (json_is_null(v) && f->flags & NULLABLE)
        return 0; /* the default of a nullable field is none */
    switch (f->type) {
    case F_STR:
    case F_CHOICE:
    case F_DATE:
        return take_text(at, f, dst, v, err);
    case F_INT:
    case F_I64:
    case F_NUM:
        return take_number(at, f, dst, v, err);
    case F_WIRE:
        return take_wire(at, f, dst, v, err);
    case F_TOKENS:
        return take_tokens(at, f, dst, v, err);
    case F_BOOL:
        if (!json_is_boolean(v))
            return bad_value(at, f, v, "true or false", err);
        *(bool *)dst = json_is_true(v);
        return 0;
    case F_ENUM:
        ret = choice_of(at, f, v, f->choices, &i, err);
        if (!ret)
            *(int *)dst = i;
        return ret;
    case F_OBJ:
        if (!json_is_object(v))
            return bad_value(at, f, v, "an object with fields of the request body", err);
        *(json_t **)dst = json_deep_copy(v);
        return 0;
    }
    return ret;
}

static void set_default(const struct field *f, void *dst)
{
    switch (f->type) {
    case F_STR:
    case F_CHOICE:
    case F_DATE:
        *(char **)dst = dvb_strdup(f->def_str);
        break;
    case F_INT:
    case F_ENUM:
        *(int *)dst = (int)f->def;
        break;
    case F_I64:
        *(int64_t *)dst = (int64_t)f->def;
        break;
    case F_NUM:
        *(double *)dst = f->def;
        break;
    case F_BOOL:
        *(bool *)dst = f->def != 0;
        break;
    case F_TOKENS:
        *(const struct dvb_tokens **)dst = dvb_token_formulas;
        break;
    case F_WIRE:
    case F_OBJ:
        break; /* zero */
    }
}

struct dvb_profile *dvb_profile_new(const char *name, const char *source)
{
    struct dvb_profile *p = dvb_calloc(1, sizeof(*p));
    p->name = dvb_strdup(name);
    p->source = dvb_strdup(source);
    for (const struct field *f = fields; f < fields + N_FIELDS; f++)
        set_default(f, slot(p, f));
    return p;
}

static int check_known(struct place *at, const json_t *obj, struct dvb_err *err)
{
    const char *key, *names[N_FIELDS];
    json_t *v;
    for (size_t i = 0; i < N_FIELDS; i++)
        names[i] = fields[i].name;
    json_object_foreach((json_t *)obj, key, v)
    {
        size_t i = 0;
        while (i < N_FIELDS && strcmp(key, names[i]))
            i++;
        if (i < N_FIELDS)
            continue;
        const char *near = dvb_opt_nearest(key, names, N_FIELDS);
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: profile '%s': unknown field '%s'%s%s%s",
                        at->file, at->profile, key, near ? "; did you mean '" : "",
                        near ? near : "", near ? "'?" : "");
    }
    return 0;
}

static bool is_variable(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_')
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

/* The member at "a" or "a.b", or NULL. */
static const json_t *member_at(const json_t *obj, const char *where)
{
    const char *dot = strchr(where, '.');
    if (!dot)
        return json_object_get(obj, where);
    char *outer = dvb_asprintf("%.*s", (int)(dot - where), where);
    const json_t *inner = json_object_get(obj, outer);
    free(outer);
    return member_at(inner, dot + 1);
}

static int check_extra(struct place *at, const struct dvb_profile *p, struct dvb_err *err)
{
    at->field = "extra";
    for (const char *const *r = p->wire->reserved; r && *r; r++)
        if (member_at(p->extra, *r)) {
            char found[64];
            snprintf(found, sizeof(found), "\"%s\" in it", *r);
            return bad(at, found, "only fields that have no setting of their own", err);
        }
    return 0;
}

/* What the wire format can do at all. */
static int check_wire(struct place *at, const struct dvb_profile *p, struct dvb_err *err)
{
    at->field = "send";
    if (p->send == DVB_SEND_VIDEO && p->wire->only_frames)
        return bad(at, "\"video\"", "\"frames\": this wire format takes no video", err);
    at->field = "stream";
    if (p->stream && !p->wire->parse_events)
        return bad(at, "true", "false: this wire format is not streamed", err);
    if (p->wire->check && p->wire->check(p, err))
        return dvb_err_prefix(err, "%s: profile '%s'", at->file, at->profile);
    return 0;
}

/* What holds between fields. */
static int check_profile(struct place *at, struct dvb_profile *p, struct dvb_err *err)
{
    struct dvb_url url;
    at->field = "base_url";
    if (dvb_url_parse(p->base_url, &url, err))
        return dvb_err_prefix(err, "%s: profile '%s': field 'base_url'", at->file, at->profile);
    free(p->base_url);
    p->base_url = url.text;
    bool clear = !url.https && !url.loopback;
    p->key_required = p->key_env && !url.loopback;
    if (clear && !p->allow_http)
        return bad(at, "plain http to another machine",
                   "https, or \"allow_http\": true where the network is trusted", err);
    at->field = "key_env";
    if (p->key_env && !is_variable(p->key_env))
        return bad(at, "something else",
                   "the name of an environment variable such as OPENAI_API_KEY (not the key)", err);
    if (clear && p->key_env)
        return bad(at, "a key together with plain http to another machine",
                   "https, since anyone on the way could read the key", err);
    int ret = check_wire(at, p, err);
    return ret || !p->extra ? ret : check_extra(at, p, err);
}

int dvb_profile_parse(const char *file, const char *name, const json_t *obj,
                      struct dvb_profile **out, struct dvb_err *err)
{
    struct place at = { file, name, NULL };
    struct dvb_profile *p = dvb_profile_new(name, file);
    int ret = check_known(&at, obj, err);
    for (const struct field *f = fields; !ret && f < fields + N_FIELDS; f++) {
        const json_t *v = json_object_get(obj, f->name);
        at.field = f->name;
        if (v)
            ret = take_value(&at, f, slot(p, f), v, err);
        else if (f->flags & REQUIRED)
            ret = bad(&at, "nothing", "it to be given", err);
    }
    if (!ret)
        ret = check_profile(&at, p, err);
    if (ret)
        dvb_profile_free(&p);
    *out = p;
    return ret;
}

void dvb_profile_free(struct dvb_profile **p)
{
    if (!*p)
        return;
    for (const struct field *f = fields; f < fields + N_FIELDS; f++) {
        if (f->type == F_STR || f->type == F_CHOICE || f->type == F_DATE)
            free(*(char **)slot(*p, f));
        else if (f->type == F_OBJ)
            json_decref(*(json_t **)slot(*p, f));
    }
    free((*p)->name);
    free((*p)->source);
    free(*p);
    *p = NULL;
}

/* New reference, or NULL for a field that is not set. */
static json_t *to_json(const struct field *f, const void *src)
{
    double num;
    switch (f->type) {
    case F_STR:
    case F_CHOICE:
    case F_DATE:
        return *(char *const *)src ? dvb_json_str(*(char *const *)src) : NULL;
    case F_INT:
        return json_integer(*(const int *)src);
    case F_I64:
        return *(const int64_t *)src < 0 ? NULL : json_integer(*(const int64_t *)src);
    case F_NUM:
        num = *(const double *)src;
        return num < 0 ? NULL : json_real(num);
    case F_BOOL:
        return json_boolean(*(const bool *)src);
    case F_ENUM:
        return json_string(f->choices[*(const int *)src]);
    case F_WIRE:
        return json_string((*(const struct dvb_wire *const *)src)->name);
    case F_TOKENS:
        return json_string((*(const struct dvb_tokens *const *)src)->name);
    case F_OBJ:
        return *(json_t *const *)src ? json_deep_copy(*(json_t *const *)src) : NULL;
    }
    return NULL;
}

static json_t *with_flags(const struct dvb_profile *p, unsigned flags)
{
    json_t *obj = json_object();
    for (const struct field *f = fields; f < fields + N_FIELDS; f++) {
        json_t *v = (f->flags & flags) == flags ? to_json(f, slot(p, f)) : NULL;
        if (v)
            json_object_set_new(obj, f->name, v);
    }
    return obj;
}

json_t *dvb_profile_json(const struct dvb_profile *p)
{
    return with_flags(p, 0);
}

json_t *dvb_profile_identity(const struct dvb_profile *p)
{
    return with_flags(p, IDENTITY);
}
