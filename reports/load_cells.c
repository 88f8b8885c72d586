/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of an evaluation: who was asked, what was shown, what came of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/load.h"
#include "store/report.h"

/* Fields that answers do not depend on. Where a model is served changes from start to start
   with servers on this machine, and is no part of what it is. */
static const char *const passing[] = {
    "note",
    "price_in",
    "price_out",
    "price_cached",
    "price_batch",
    "prices_as_of",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_s",
    "batch",
    "batch_requests",
    "batch_bytes",
    "allow_http",
    "key_env",
    "key_required",
    "base_url",
    "source",
    "tokens",
    NULL,
};

char *dvb_model_fingerprint(const char *profile)
{
    json_t *j = profile ? json_loads(profile, 0, NULL) : NULL;
    if (!json_is_object(j)) {
        json_decref(j);
        j = json_object();
    }
    for (const char *const *f = passing; *f; f++)
        json_object_del(j, *f);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

/* devibench-reader's models; the program is never to be taken for a multimodal model. */
static bool is_reader(const char *id)
{
    return id && !strncmp(id, "reader-", 7);
}

/* A profile's own name is the user's choice; one given in place has its address in it. */
static char *label_of(const char *name, const char *profile, bool *ocr)
{
    json_t *j = json_loads(profile, 0, NULL);
    const char *id = dvb_json_get_str(j, "model");
    const char *name_shown = strchr(name, '@') && id ? id : name;
    *ocr = is_reader(id);
    char *label = *ocr ? dvb_asprintf("OCR baseline (%s)", name_shown) : dvb_strdup(name_shown);
    json_decref(j);
    return label;
}

static bool same_model(const struct dvb_board_model *m, const char *label, const char *print)
{
    char *other = dvb_model_fingerprint(m->profile);
    bool same = !strcmp(m->label, label) && !strcmp(other, print);
    free(other);
    return same;
}

/* Index in the board's models. Two of one run are two, however alike they are: taken[] says
   which this run has used under another name. */
static int put_model(struct dvb_board *b, const struct dvb_cell_record *c, const char *const *taken)
{
    bool ocr;
    char *label = label_of(c->model, c->profile, &ocr), *print = dvb_model_fingerprint(c->profile);
    size_t at = 0;
    while (at < b->n_models && !(same_model(&b->models[at], label, print) &&
                                 (!taken[at] || !strcmp(taken[at], c->model))))
        at++;
    if (at == b->n_models) {
        b->models = dvb_realloc(b->models, b->n_models + 1, sizeof(*b->models));
        b->models[b->n_models++] =
            (struct dvb_board_model){ .label = label, .source = -1, .ocr = ocr };
        label = NULL;
    }
    struct dvb_board_model *m = &b->models[at]; /* the newest name and prices count */
    free(m->name);
    free(m->profile);
    m->name = dvb_strdup(c->model);
    m->profile = dvb_strdup(c->profile);
    free(label);
    free(print);
    return (int)at;
}

static int put_view(struct dvb_board_set *s, const struct dvb_cell_record *c)
{
    for (size_t i = 0; i < s->n_views; i++) {
        const struct dvb_board_view *v = &s->views[i];
        if (v->bitrate == c->bitrate && v->baseline == c->baseline &&
            !strcmp(v->strategy, c->strategy) && !strcmp(v->sampling, c->sampling))
            return (int)i;
    }
    s->views = dvb_realloc(s->views, s->n_views + 1, sizeof(*s->views));
    s->views[s->n_views] = (struct dvb_board_view){
        .bitrate = c->bitrate,
        .strategy = dvb_strdup(c->strategy),
        .baseline = c->baseline,
        .sampling = dvb_strdup(c->sampling),
        .measured_kbps = NAN,
        .original = -1,
    };
    size_t n = s->n_questions;
    s->renditions = dvb_realloc(s->renditions, (s->n_views + 1) * n + 1, sizeof(*s->renditions));
    memset(&s->renditions[s->n_views * n], 0, n * sizeof(*s->renditions));
    return (int)s->n_views++;
}

struct filling {
    struct dvb_loader *l;
    struct dvb_board_set *s;
    struct dvb_board_cell *cell;
    double *latencies;
    size_t n_latencies;
};

static int on_result(void *user, const struct dvb_result_record *r, struct dvb_err *err)
{
    static const unsigned char statuses[] = {
        [DVB_CALL_OK] = DVB_BOARD_OK,
        [DVB_CALL_ERROR] = DVB_BOARD_MISSING,
        [DVB_CALL_REFUSED] = DVB_BOARD_REFUSED,
        [DVB_CALL_UNPARSED] = DVB_BOARD_UNPARSED,
    };
    struct filling *f = user;
    struct dvb_board_cell *c = f->cell;
    long place = dvb_loader_place(f->l, r->question);
    (void)err;
    if (place < 0)
        return 0;
    c->answers[place] = (struct dvb_board_answer){ .score = r->score,
                                                   .call = r->call,
                                                   .judge = r->judge,
                                                   .rendition = r->rendition,
                                                   .status = statuses[r->status],
                                                   .option = (signed char)r->answer };
    if (r->rendition)
        f->s->renditions[(size_t)c->view * f->s->n_questions + (size_t)place] = r->rendition;
    if (r->call) {
        f->latencies[f->n_latencies++] = r->latency_s;
        c->cost_usd += r->cost_usd;
        c->tokens_in += r->tokens_in;
        c->tokens_out += r->tokens_out;
    }
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Interpolated between order statistics (type 7 of Hyndman & Fan 1996). */
static double quantile(const double *v, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;
    return v[below] + (at - (double)below) * (v[above] - v[below]);
}

static bool has_price(const char *profile)
{
    json_t *j = profile ? json_loads(profile, 0, NULL) : NULL;
    bool priced = dvb_json_get_num(j, "price_in", 0) > 0 || dvb_json_get_num(j, "price_out", 0) > 0;
    json_decref(j);
    return priced;
}

static void finish_cell(struct filling *f, const char *profile)
{
    struct dvb_board_cell *c = f->cell;
    size_t n = f->n_latencies;
    c->latency_s = c->latency_p95_s = NAN;
    if (n) {
        qsort(f->latencies, n, sizeof(double), ascending);
        c->latency_s = quantile(f->latencies, n, 0.5);
        c->latency_p95_s = quantile(f->latencies, n, 0.95);
    } else {
        c->tokens_in = c->tokens_out = -1;
    }
    if (!n || (c->cost_usd == 0 && !has_price(profile)))
        c->cost_usd = NAN;
}

static int fill_cell(struct dvb_loader *l, struct dvb_board_set *s, int64_t id, const char *profile,
                     struct dvb_board_cell *c, struct dvb_err *err)
{
    c->answers = dvb_calloc(s->n_questions + 1, sizeof(*c->answers));
    for (size_t i = 0; i < s->n_questions; i++)
        c->answers[i].option = -1;
    struct filling f = {
        .l = l, .s = s, .cell = c, .latencies = dvb_calloc(s->n_questions + 1, sizeof(double))
    };
    int ret = dvb_store_each_result(l->store, id, on_result, &f, err);
    if (!ret)
        finish_cell(&f, profile);
    free(f.latencies);
    return ret;
}

/* A newer cell takes an older one's place, unless the older is whole and it is not. */
static void put_cell(struct dvb_board_set *s, struct dvb_board_cell *cell)
{
    for (size_t i = 0; i < s->n_cells; i++) {
        struct dvb_board_cell *old = &s->cells[i];
        if (old->model != cell->model || old->view != cell->view)
            continue;
        bool keep = old->whole && !cell->whole;
        struct dvb_board_cell *loser = keep ? cell : old;
        free(loser->answers);
        free(loser->name);
        if (!keep)
            *old = *cell;
        return;
    }
    s->cells = dvb_realloc(s->cells, s->n_cells + 1, sizeof(*s->cells));
    s->cells[s->n_cells++] = *cell;
}

/* What of a builder's profile says which model it is. */
static bool is_builder(const json_t *builder, const json_t *model)
{
    const char *a = dvb_json_get_str(builder, "model"), *b = dvb_json_get_str(model, "model");
    const char *x = dvb_json_get_str(builder, "base_url"), *y = dvb_json_get_str(model, "base_url");
    return a && b && !strcmp(a, b) && x && y && !strcmp(x, y);
}

static unsigned role_bit(const char *role)
{
    return !strcmp(role, "generator") ? DVB_BOARD_GENERATOR
           : !strcmp(role, "filter")  ? DVB_BOARD_FILTER
                                      : DVB_BOARD_VERIFIER;
}

static void mark(struct dvb_board_question *q, int model, unsigned role)
{
    size_t at = 0;
    while (at < q->n_built && q->built[at].model != model)
        at++;
    if (at == q->n_built) {
        q->built = dvb_realloc(q->built, q->n_built + 1, sizeof(*q->built));
        q->built[q->n_built++] = (struct dvb_board_built){ .model = model };
    }
    q->built[at].roles |= role;
}

struct builders {
    struct dvb_builder *v;
    size_t n;
    json_t **profiles; /* NULL where the one before has the same text */
};

static void mark_builders(struct dvb_loader *l, struct dvb_board_set *s, int model,
                          const char *profile, const struct builders *list)
{
    json_t *mine = json_loads(profile, 0, NULL);
    bool same = false;
    for (size_t i = 0; i < list->n; i++) {
        if (list->profiles[i])
            same = is_builder(list->profiles[i], mine);
        long place = same ? dvb_loader_place(l, list->v[i].question) : -1;
        if (place >= 0)
            mark(&s->questions[place], model, role_bit(list->v[i].role));
    }
    json_decref(mine);
}

static int by_profile(const void *a, const void *b)
{
    const struct dvb_builder *x = a, *y = b;
    return strcmp(x->profile, y->profile);
}

static int list_builders(struct dvb_loader *l, const struct dvb_board_set *s, struct builders *out,
                         struct dvb_err *err)
{
    *out = (struct builders){ 0 };
    if (s->run < 0)
        return 0;
    int ret = dvb_store_list_builders(l->store, l->b->runs[s->run].id, &out->v, &out->n, err);
    if (ret)
        return ret;
    if (out->n)
        qsort(out->v, out->n, sizeof(*out->v), by_profile);
    out->profiles = dvb_calloc(out->n + 1, sizeof(json_t *));
    for (size_t i = 0; i < out->n; i++)
        if (!i || strcmp(out->v[i].profile, out->v[i - 1].profile))
            out->profiles[i] = json_loads(out->v[i].profile, 0, NULL);
    return 0;
}

static void free_builders(struct builders *b)
{
    for (size_t i = 0; i < b->n; i++)
        json_decref(b->profiles[i]);
    free(b->profiles);
    dvb_builders_free(b->v, b->n);
}

/* Where builders do not count, a question without an answer that its model helped to make is
   excluded, not missing. */
static void exclude(struct dvb_board_set *s, struct dvb_board_cell *c)
{
    for (size_t i = 0; i < s->n_questions; i++)
        for (size_t k = 0; k < s->questions[i].n_built; k++)
            if (s->questions[i].built[k].model == c->model &&
                c->answers[i].status == DVB_BOARD_MISSING)
                c->answers[i].status = DVB_BOARD_EXCLUDED;
}

static bool excludes(const struct dvb_run *run)
{
    json_t *j = run->settings ? json_loads(run->settings, 0, NULL) : NULL;
    bool yes = json_is_true(json_object_get(j, "exclude_builders"));
    json_decref(j);
    return yes;
}

struct cell_load {
    struct dvb_loader *l;
    struct dvb_board_set *s;
    const struct dvb_run *run;
    size_t board_run;
    const char **taken; /* [model]: the name by which this run calls it */
    struct builders builders;
};

static int load_cell(struct cell_load *c, const struct dvb_cell_record *r, struct dvb_err *err)
{
    struct dvb_board *b = c->l->b;
    struct dvb_board_cell cell = { .model = -1,
                                   .run = (int)c->board_run,
                                   .whole = c->run->finished != NULL };
    if (r->model) {
        cell.model = put_model(b, r, c->taken);
        if (!c->taken[cell.model])
            mark_builders(c->l, c->s, cell.model, r->profile, &c->builders);
        c->taken[cell.model] = r->model;
    }
    cell.view = put_view(c->s, r);
    int ret = fill_cell(c->l, c->s, r->id, r->profile, &cell, err);
    if (ret) {
        free(cell.answers);
        return ret;
    }
    if (cell.model >= 0 && excludes(c->run))
        exclude(c->s, &cell);
    put_cell(c->s, &cell);
    return 0;
}

int dvb_load_cells(struct dvb_loader *l, size_t set, size_t board_run, const struct dvb_run *run,
                   struct dvb_err *err)
{
    struct dvb_cell_record *list;
    size_t n;
    struct cell_load c = { .l = l, .s = &l->b->sets[set], .run = run, .board_run = board_run };
    int ret = dvb_store_list_cells(l->store, run->id, &list, &n, err);
    if (ret)
        return ret;
    c.taken = dvb_calloc(l->b->n_models + n + 1, sizeof(*c.taken));
    ret = list_builders(l, c.s, &c.builders, err);
    for (size_t i = 0; i < n && !ret; i++)
        ret = load_cell(&c, &list[i], err);
    free_builders(&c.builders);
    free(c.taken);
    dvb_cells_free(list, n);
    return ret;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int measure_view(struct dvb_loader *l, struct dvb_board_view *v, int64_t *ids, size_t n,
                        struct dvb_err *err)
{
    double sum = 0;
    qsort(ids, n, sizeof(*ids), by_number);
    for (size_t i = 0; i < n; i++) {
        struct dvb_rendition r;
        if (!ids[i] || (i && ids[i] == ids[i - 1]))
            continue;
        int ret = dvb_store_get_rendition(l->store, ids[i], &r, err);
        if (ret)
            return ret;
        sum += r.bitrate_kbps;
        v->missed += !r.met;
        v->clips++;
        dvb_rendition_release(&r);
    }
    v->measured_kbps = v->clips ? sum / (double)v->clips : NAN;
    return 0;
}

int dvb_measure_views(struct dvb_loader *l, struct dvb_board_set *s, struct dvb_err *err)
{
    int64_t *ids = dvb_calloc(s->n_questions + 1, sizeof(*ids));
    int ret = 0;
    for (size_t i = 0; i < s->n_views && !ret; i++) {
        memcpy(ids, &s->renditions[i * s->n_questions], s->n_questions * sizeof(*ids));
        if (s->views[i].bitrate && s->n_questions)
            ret = measure_view(l, &s->views[i], ids, s->n_questions, err);
    }
    free(ids);
    return ret;
}
