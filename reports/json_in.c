/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leaderboard.json of others: nothing in it is taken on trust. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/load.h"

#define MAX_ITEMS 1000000 /* of any list */

/* Where in the file we are, and the first thing that is wrong. */
struct reader {
    const char *path;
    char where[160];
    struct dvb_board *b;
    struct dvb_err *err;
    int bad; /* negative errno once something was wrong; then everything reads as empty */
};

static void fail(struct reader *r, const char *key, const char *expected)
{
    if (!r->bad)
        r->bad = dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: %s%s%s: expected %s", r->path,
                          r->where, *r->where && *key ? "." : "", key, expected);
}

static const char *str(struct reader *r, const json_t *o, const char *key)
{
    const char *s = dvb_json_get_str(o, key);
    if (!s)
        fail(r, key, "a string");
    return s ? s : "";
}

/* A string or null. Heap, or NULL. */
static char *maybe(struct reader *r, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (v && !json_is_null(v) && !json_is_string(v))
        fail(r, key, "a string or null");
    return dvb_strdup(json_string_value(v));
}

static double number(struct reader *r, const json_t *o, const char *key, double lo, double hi)
{
    const json_t *v = json_object_get(o, key);
    double n = json_is_number(v) ? json_number_value(v) : NAN;
    if (!(n >= lo && n <= hi)) {
        char *expected = dvb_asprintf("a number from %g to %g", lo, hi);
        fail(r, key, expected);
        free(expected);
        return lo;
    }
    return n;
}

/* A number, or NAN for null or nothing. */
static double real(struct reader *r, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return !v || json_is_null(v) ? NAN : number(r, o, key, -1e18, 1e18);
}

/* A whole number, or -1 for null or nothing. */
static int64_t whole(struct reader *r, const json_t *o, const char *key, double hi)
{
    const json_t *v = json_object_get(o, key);
    if (!v || json_is_null(v))
        return -1;
    if (!json_is_integer(v))
        fail(r, key, "a whole number or null");
    return json_is_integer(v) ? (int64_t)number(r, o, key, 0, hi) : -1;
}

static bool truth(struct reader *r, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_boolean(v))
        fail(r, key, "true or false");
    return json_is_true(v);
}

static const json_t *list(struct reader *r, const json_t *o, const char *key, size_t *n)
{
    const json_t *v = json_object_get(o, key);
    *n = json_array_size(v);
    if (!json_is_array(v) || *n > MAX_ITEMS) {
        fail(r, key, "a list of at most 1,000,000 items");
        *n = 0;
    }
    return v;
}

/* JSON as text; NULL for null or nothing. Heap. */
static char *canon(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_object(v) || json_is_array(v) ? dvb_json_canon(v) : NULL;
}

static void hash(struct reader *r, const json_t *o, char hex[DVB_HASH_LEN + 1])
{
    const char *s = str(r, o, "hash");
    hex[0] = '\0';
    if (strlen(s) == DVB_HASH_LEN && strspn(s, "0123456789abcdef") == DVB_HASH_LEN)
        memcpy(hex, s, DVB_HASH_LEN + 1);
    else
        fail(r, "hash", "64 hex digits");
}

static void at(struct reader *r, const char *what, size_t i)
{
    snprintf(r->where, sizeof(r->where), "%s[%zu]", what, i);
}

static void read_runs(struct reader *r, const json_t *doc)
{
    size_t n;
    const json_t *v = list(r, doc, "runs", &n);
    r->b->runs = dvb_calloc(n + 1, sizeof(*r->b->runs));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(v, i);
        at(r, "runs", i);
        r->b->runs[r->b->n_runs++] = (struct dvb_board_run){
            .id = (int64_t)number(r, o, "id", 0, 9e15),
            .command = dvb_strdup(str(r, o, "command")),
            .line = maybe(r, o, "line"),
            .versions = canon(o, "versions"),
            .settings = canon(o, "settings"),
            .started = dvb_strdup(str(r, o, "started")),
            .finished = maybe(r, o, "finished"),
            .seed = (int64_t)number(r, o, "seed", -9e18, 9e18),
        };
    }
    r->where[0] = '\0';
}

static void read_prompts(struct reader *r, const json_t *doc)
{
    size_t n;
    const json_t *v = list(r, doc, "prompts", &n);
    r->b->prompts = dvb_calloc(n + 1, sizeof(*r->b->prompts));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(v, i);
        struct dvb_board_prompt *p = &r->b->prompts[r->b->n_prompts++];
        at(r, "prompts", i);
        hash(r, o, p->hash);
        p->name = dvb_strdup(str(r, o, "name"));
        p->text = maybe(r, o, "text");
        char hex[DVB_HASH_LEN + 1];
        if (p->text)
            dvb_hash_of_str(p->text, hex);
        if (p->text && strcmp(hex, p->hash))
            fail(r, "text", "the text that has this hash");
    }
    r->where[0] = '\0';
}

static void read_models(struct reader *r, const json_t *doc)
{
    size_t n;
    const json_t *v = list(r, doc, "models", &n);
    r->b->models = dvb_calloc(n + 1, sizeof(*r->b->models));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(v, i);
        at(r, "models", i);
        r->b->models[r->b->n_models++] = (struct dvb_board_model){
            .label = dvb_strdup(str(r, o, "label")),
            .name = dvb_strdup(str(r, o, "name")),
            .profile = canon(o, "profile"),
            .source = -1,
            .ocr = truth(r, o, "ocr_baseline"),
        };
    }
    r->where[0] = '\0';
}

static void read_built(struct reader *r, const json_t *o, struct dvb_board_question *q)
{
    const json_t *v = json_object_get(o, "built");
    size_t n = json_array_size(v);
    q->built = n ? dvb_calloc(n, sizeof(*q->built)) : NULL;
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(v, i);
        json_int_t model = json_integer_value(json_array_get(pair, 0));
        json_int_t roles = json_integer_value(json_array_get(pair, 1));
        if (json_array_size(pair) != 2 || model < 0 || model >= (json_int_t)r->b->n_models ||
            roles < 1 || roles > 7) {
            fail(r, "built", "pairs of a model's number and roles from 1 to 7");
            return;
        }
        q->built[q->n_built++] = (struct dvb_board_built){ (int)model, (unsigned)roles };
    }
}

static void read_questions(struct reader *r, const json_t *set, struct dvb_board_set *s)
{
    size_t n;
    const json_t *v = list(r, set, "questions", &n);
    s->questions = dvb_calloc(n + 1, sizeof(*s->questions));
    for (size_t i = 0; i < n && !r->bad; i++) {
        const json_t *o = json_array_get(v, i);
        struct dvb_board_question *q = &s->questions[s->n_questions++];
        const char *key = str(r, o, "key");
        q->source = q->answer = -1;
        if (strlen(key) == 16 && strspn(key, "0123456789abcdef") == 16)
            memcpy(q->key, key, 17);
        else
            fail(r, "questions[].key", "16 hex digits");
        q->task = (int)number(r, o, "task", 0, (double)s->n_tasks - 1);
        q->cluster = (int64_t)number(r, o, "video", 0, (double)s->n_videos - 1);
        q->multi_frame = truth(r, o, "multi_frame");
        read_built(r, o, q);
    }
}

static void read_views(struct reader *r, const json_t *set, struct dvb_board_set *s)
{
    size_t n;
    const json_t *v = list(r, set, "views", &n);
    s->views = dvb_calloc(n + 1, sizeof(*s->views));
    s->renditions = dvb_calloc(n * s->n_questions + 1, sizeof(*s->renditions));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(v, i);
        double kbps = real(r, o, "bitrate_kbps");
        if (kbps < 0.001 || kbps > 1e9)
            fail(r, "views[].bitrate_kbps", "0.001 to 1e9, or null");
        char *sampling = canon(o, "sampling");
        s->views[s->n_views++] = (struct dvb_board_view){
            .label = dvb_strdup(str(r, o, "label")),
            .bitrate = isfinite(kbps) ? llround(kbps * 1000) : 0,
            .strategy = dvb_strdup(str(r, o, "strategy")),
            .baseline = truth(r, o, "baseline"),
            .sampling = sampling ? sampling : dvb_strdup("{}"),
            .measured_kbps = real(r, o, "measured_kbps"),
            .clips = (long)number(r, o, "clips", 0, 1e9),
            .missed = (long)number(r, o, "rates_missed", 0, 1e9),
            .original = -1,
        };
    }
}

static void read_interval(struct reader *r, const json_t *o, const char *key,
                          struct dvb_interval *out)
{
    const json_t *v = json_object_get(o, key);
    const json_t *lo = json_array_get(v, 0), *hi = json_array_get(v, 1);
    if (json_array_size(v) != 2 || !json_is_number(lo) || !json_is_number(hi)) {
        fail(r, key, "two numbers");
        return;
    }
    *out = (struct dvb_interval){ json_number_value(lo), json_number_value(hi) };
}

static void read_share(struct reader *r, const json_t *o, const char *value, const char *counted,
                       struct dvb_share *s)
{
    s->n = (size_t)number(r, o, "n", 0, 1e9);
    s->clusters = (size_t)number(r, o, "videos", 0, 1e9);
    s->count = (size_t)number(r, o, counted, 0, 1e9);
    s->share = s->n ? number(r, o, value, 0, 1) : NAN;
    s->se = real(r, o, "se");
    read_interval(r, o, "ci", &s->ci);
    read_interval(r, o, "wilson", &s->wilson);
}

static int task_of(struct reader *r, const struct dvb_board_set *s, const json_t *o)
{
    const json_t *v = json_object_get(o, "task_type");
    const char *name = json_string_value(v);
    if (json_is_null(v))
        return -1;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (name && !strcmp(s->tasks[i], name))
            return (int)i;
    fail(r, "stats[].task_type", "null or a task type of the set");
    return -1;
}

static void read_stats(struct reader *r, const json_t *cell, const struct dvb_board_set *s,
                       struct dvb_board_cell *c)
{
    size_t n;
    const json_t *v = list(r, cell, "stats", &n);
    c->stats = dvb_calloc(n + 1, sizeof(*c->stats));
    for (size_t i = 0; i < n && !r->bad; i++) {
        const json_t *o = json_array_get(v, i), *loss = json_object_get(o, "sensitivity");
        struct dvb_board_stat *t = &c->stats[c->n_stats++];
        t->task = task_of(r, s, o);
        read_share(r, o, "accuracy", "correct", &t->share);
        t->refused = (size_t)number(r, o, "refused", 0, 1e9);
        t->unparsed = (size_t)number(r, o, "unparsed", 0, 1e9);
        t->missing = (size_t)number(r, o, "missing", 0, 1e9);
        t->excluded = (size_t)number(r, o, "excluded", 0, 1e9);
        t->has_loss = json_is_object(loss);
        if (t->has_loss)
            read_share(r, loss, "value", "lost", &t->loss);
    }
    if (!r->bad && (!c->n_stats || c->stats[0].task != -1))
        fail(r, "stats", "first those of all task types");
}

static void read_outcomes(struct reader *r, const json_t *cell, const struct dvb_board_set *s,
                          struct dvb_board_cell *c)
{
    static const char letters[] = "-10rusx";
    static const struct dvb_board_answer meanings[] = {
        { .status = DVB_BOARD_MISSING },        { .status = DVB_BOARD_OK, .score = 1 },
        { .status = DVB_BOARD_OK, .score = 0 }, { .status = DVB_BOARD_REFUSED },
        { .status = DVB_BOARD_UNPARSED },       { .status = DVB_BOARD_OK },
        { .status = DVB_BOARD_EXCLUDED },
    };
    const char *text = dvb_json_get_str(cell, "outcomes");
    const json_t *scores = json_object_get(cell, "scores");
    size_t score = 0;
    if (!text)
        return;
    if (strlen(text) != s->n_questions || strspn(text, letters) != s->n_questions) {
        fail(r, "outcomes", "one of -10rusx for each question of the set");
        return;
    }
    c->answers = dvb_calloc(s->n_questions + 1, sizeof(*c->answers));
    for (size_t i = 0; i < s->n_questions; i++) {
        c->answers[i] = meanings[strchr(letters, text[i]) - letters];
        c->answers[i].option = -1;
        if (text[i] != 's')
            continue;
        const json_t *v = json_array_get(scores, score++);
        double value = json_is_number(v) ? json_number_value(v) : -1;
        if (!(value >= 0 && value <= 1))
            fail(r, "scores", "a number from 0 to 1 for each s of outcomes");
        else
            c->answers[i].score = value;
    }
}

static int model_of(struct reader *r, const json_t *cell)
{
    const json_t *v = json_object_get(cell, "model");
    const char *label = json_string_value(v);
    if (json_is_null(v))
        return -1;
    for (size_t i = 0; i < r->b->n_models; i++)
        if (label && !strcmp(r->b->models[i].label, label))
            return (int)i;
    fail(r, "model", "null or the label of a model in models");
    return -1;
}

static void read_cells(struct reader *r, const json_t *set, struct dvb_board_set *s)
{
    size_t n;
    const json_t *v = list(r, set, "cells", &n);
    s->cells = dvb_calloc(n + 1, sizeof(*s->cells));
    for (size_t i = 0; i < n && !r->bad; i++) {
        const json_t *o = json_array_get(v, i);
        struct dvb_board_cell *c = &s->cells[s->n_cells++];
        at(r, "cells", i);
        c->name = dvb_strdup(str(r, o, "name"));
        c->model = model_of(r, o);
        c->view = (int)number(r, o, "view", 0, (double)s->n_views - 1);
        c->run = (int)number(r, o, "run", 0, (double)r->b->n_runs - 1);
        c->whole = truth(r, o, "whole");
        c->cost_usd = real(r, o, "cost_usd");
        c->latency_s = real(r, o, "latency_s");
        c->latency_p95_s = real(r, o, "latency_p95_s");
        c->tokens_in = whole(r, o, "tokens_in", 9e15);
        c->tokens_out = whole(r, o, "tokens_out", 9e15);
        read_stats(r, o, s, c);
        read_outcomes(r, o, s, c);
    }
    r->where[0] = '\0';
}

static void read_funnel(struct reader *r, const json_t *set, struct dvb_board_set *s)
{
    const json_t *o = json_object_get(set, "funnel");
    if (!json_is_object(o))
        return;
    double kbps = real(r, o, "bitrate_kbps");
    s->funnel = (struct dvb_board_funnel){
        .known = s->run >= 0,
        .run = s->run,
        .generated = (size_t)number(r, o, "generated", 0, 1e9),
        .accepted = (size_t)number(r, o, "accepted", 0, 1e9),
        .verified = (size_t)number(r, o, "verified", 0, 1e9),
        .undecided = (size_t)number(r, o, "undecided", 0, 1e9),
        .bitrate = kbps > 0 && kbps < 1e9 ? llround(kbps * 1000) : 0,
    };
}

static void read_tasks(struct reader *r, const json_t *set, struct dvb_board_set *s)
{
    size_t n;
    const json_t *v = list(r, set, "tasks", &n);
    s->tasks = dvb_calloc(n + 1, sizeof(*s->tasks));
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(v, i));
        if (!name)
            fail(r, "tasks", "strings");
        s->tasks[s->n_tasks++] = dvb_strdup(name ? name : "");
    }
}

static void read_set(struct reader *r, const json_t *o, struct dvb_board_set *s)
{
    char *manner = canon(o, "manner");
    hash(r, o, s->hash);
    s->manner = manner ? manner : dvb_strdup("{}");
    s->stage = dvb_strdup(str(r, o, "stage"));
    s->answers = dvb_strdup(str(r, o, "answers"));
    s->judge = maybe(r, o, "judge");
    s->run = (int)whole(r, o, "run", (double)r->b->n_runs - 1);
    s->n_videos = (size_t)number(r, o, "videos", 0, 1e9);
    read_funnel(r, o, s);
    read_tasks(r, o, s);
    read_questions(r, o, s);
    read_views(r, o, s);
    read_cells(r, o, s);
}

static void read_sets(struct reader *r, const json_t *doc)
{
    size_t n;
    const json_t *v = list(r, doc, "sets", &n);
    r->b->sets = dvb_calloc(n + 1, sizeof(*r->b->sets));
    for (size_t i = 0; i < n && !r->bad; i++) {
        r->b->n_sets++;
        read_set(r, json_array_get(v, i), &r->b->sets[i]);
    }
}

/* "group/leaderboard.json" -> "group", "a/b.json" -> "b" */
static char *label_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    if (!strcmp(base, "leaderboard.json") && slash && slash > path) {
        const char *from = slash;
        while (from > path && from[-1] != '/')
            from--;
        return dvb_asprintf("%.*s", (int)(slash - from), from);
    }
    const char *dot = strrchr(base, '.');
    return dvb_asprintf("%.*s", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

static void read_head(struct reader *r, const json_t *doc)
{
    const char *schema = dvb_json_get_str(doc, "schema");
    if (!schema || strcmp(schema, DVB_BOARD_SCHEMA))
        fail(r, "schema", "\"" DVB_BOARD_SCHEMA "\"");
    if (dvb_json_get_num(doc, "schema_version", 0) != DVB_BOARD_SCHEMA_VERSION)
        fail(r, "schema_version", "1, the one that this program knows");
}

int dvb_board_read(const char *path, struct dvb_board *b, struct dvb_err *err)
{
    json_t *doc;
    int ret = dvb_json_load(path, &doc, err);
    if (ret)
        return ret;
    struct reader r = { .path = path, .b = b, .err = err };
    b->sources = dvb_calloc(1, sizeof(*b->sources));
    b->n_sources = 1;
    b->sources[0] = (struct dvb_board_source){ .label = label_of(path), .path = dvb_strdup(path) };
    void (*const parts[])(struct reader *, const json_t *) = { read_head, read_runs, read_prompts,
                                                               read_models, read_sets };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !r.bad; i++)
        parts[i](&r, doc);
    json_decref(doc);
    if (r.bad)
        dvb_board_release(b);
    else
        dvb_board_arrange(b);
    return r.bad;
}
