/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two boards into one. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/load.h"

struct merge {
    struct dvb_board *b, *from;
    int first_source, first_run; /* of what came from `from` */
    int *models;                 /* [model of from]: model of b */
    int *sets;                   /* [set of from]: set of b it becomes part of; -1: none */
    size_t **places;             /* [set of from][its question]: place in the set of b */
    size_t old_models;
};

static bool has_source(const struct dvb_board *b, const char *label)
{
    for (size_t i = 0; i < b->n_sources; i++)
        if (!strcmp(b->sources[i].label, label))
            return true;
    return false;
}

static void take_sources(struct merge *m)
{
    struct dvb_board *b = m->b, *from = m->from;
    m->first_source = (int)b->n_sources;
    b->sources = dvb_realloc(b->sources, b->n_sources + from->n_sources + 1, sizeof(*b->sources));
    for (size_t i = 0; i < from->n_sources; i++) {
        struct dvb_board_source s = from->sources[i];
        char *base = dvb_strdup(s.label);
        for (int n = 2; has_source(b, s.label); n++) {
            free(s.label);
            s.label = dvb_asprintf("%s %d", base, n);
        }
        free(base);
        b->sources[b->n_sources++] = s;
    }
    from->n_sources = 0;
}

static void take_runs(struct merge *m)
{
    struct dvb_board *b = m->b, *from = m->from;
    m->first_run = (int)b->n_runs;
    b->runs = dvb_realloc(b->runs, b->n_runs + from->n_runs + 1, sizeof(*b->runs));
    for (size_t i = 0; i < from->n_runs; i++) {
        b->runs[b->n_runs] = from->runs[i];
        b->runs[b->n_runs++].source += m->first_source;
    }
    from->n_runs = 0;
}

static void take_prompts(struct merge *m)
{
    struct dvb_board *b = m->b, *from = m->from;
    b->prompts = dvb_realloc(b->prompts, b->n_prompts + from->n_prompts + 1, sizeof(*b->prompts));
    for (size_t i = 0; i < from->n_prompts; i++) {
        struct dvb_board_prompt *p = &from->prompts[i];
        size_t at = 0;
        while (at < b->n_prompts && strcmp(b->prompts[at].hash, p->hash))
            at++;
        if (at == b->n_prompts) {
            b->prompts[b->n_prompts++] = *p;
            continue;
        }
        if (!b->prompts[at].text) {
            b->prompts[at].text = p->text;
            p->text = NULL;
        }
        free(p->name);
        free(p->text);
    }
    from->n_prompts = 0;
}

/* Which question of a is which of b; false: they have not the same keys. */
static bool match_questions(const struct dvb_board_set *a, const struct dvb_board_set *b,
                            size_t *places)
{
    if (a->n_questions != b->n_questions)
        return false;
    const struct dvb_board_question **x = dvb_board_keys(a), **y = dvb_board_keys(b);
    bool same = true;
    for (size_t i = 0; i < a->n_questions && same; i++) {
        same = !strcmp(x[i]->key, y[i]->key);
        places[x[i] - a->questions] = (size_t)(y[i] - b->questions);
    }
    free(x);
    free(y);
    return same;
}

/* A file says which questions it has by a hash that cannot be checked without their answers;
   their keys can. */
static int match_sets(struct merge *m, struct dvb_err *err)
{
    for (size_t i = 0; i < m->from->n_sets; i++) {
        const struct dvb_board_set *f = &m->from->sets[i];
        m->sets[i] = -1;
        m->places[i] = dvb_calloc(f->n_questions + 1, sizeof(size_t));
        for (size_t k = 0; k < m->b->n_sets && m->sets[i] < 0; k++) {
            const struct dvb_board_set *s = &m->b->sets[k];
            if (strcmp(s->hash, f->hash) || strcmp(s->manner, f->manner))
                continue;
            if (!match_questions(f, s, m->places[i]))
                return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                                "%s: set %.12s has the hash of a set of %s, but other questions",
                                m->b->sources[m->first_source].label, f->hash,
                                m->b->sources[0].label);
            m->sets[i] = (int)k;
        }
    }
    return 0;
}

static bool same_view(const struct dvb_board_view *a, const struct dvb_board_view *b)
{
    return a->bitrate == b->bitrate && a->baseline == b->baseline &&
           !strcmp(a->strategy, b->strategy) && !strcmp(a->sampling, b->sampling);
}

static int find_view(const struct dvb_board_set *s, const struct dvb_board_view *v)
{
    for (size_t i = 0; i < s->n_views; i++)
        if (same_view(&s->views[i], v))
            return (int)i;
    return -1;
}

/* Answers that count, and how many of them are right. */
static void tally(const struct dvb_board_cell *c, size_t n_questions, size_t *n, size_t *right)
{
    *n = *right = 0;
    if (!c->answers && c->n_stats) {
        *n = c->stats[0].share.n;
        *right = c->stats[0].share.count;
    }
    for (size_t i = 0; c->answers && i < n_questions; i++) {
        int status = c->answers[i].status;
        bool counts = status != DVB_BOARD_MISSING && status != DVB_BOARD_EXCLUDED;
        *n += counts;
        *right += counts && c->answers[i].score >= DVB_STATS_RIGHT;
    }
}

static bool same_numbers(const struct dvb_board_cell *a, const struct dvb_board_cell *b, size_t n)
{
    size_t n_a, n_b, right_a, right_b;
    tally(a, n, &n_a, &right_a);
    tally(b, n, &n_b, &right_b);
    return n_a == n_b && right_a == right_b;
}

/* Whether cell f, of a set of `from`, says the same as t, of the set it becomes part of. */
static bool same_outcome(const struct dvb_board_cell *f, const struct dvb_board_cell *t,
                         const size_t *places, size_t n)
{
    if (!f->answers || !t->answers)
        return same_numbers(f, t, n);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_board_answer *x = &f->answers[i], *y = &t->answers[places[i]];
        if (x->status != y->status || fabs(x->score - y->score) > 1e-9)
            return false;
    }
    return true;
}

static const struct dvb_board_cell *counterpart(const struct merge *m, size_t set,
                                                const struct dvb_board_cell *c, int model)
{
    if (m->sets[set] < 0)
        return NULL;
    const struct dvb_board_set *s = &m->b->sets[m->sets[set]];
    int view = find_view(s, &m->from->sets[set].views[c->view]);
    return view < 0 ? NULL : dvb_board_find(s, model, view);
}

/* Whether both measured the same and found different things. */
static bool conflict(const struct merge *m, int theirs, int ours)
{
    for (size_t i = 0; i < m->from->n_sets; i++) {
        const struct dvb_board_set *f = &m->from->sets[i];
        for (size_t c = 0; c < f->n_cells; c++) {
            if (f->cells[c].model != theirs)
                continue;
            const struct dvb_board_cell *t = counterpart(m, i, &f->cells[c], ours);
            if (t && !same_outcome(&f->cells[c], t, m->places[i], f->n_questions))
                return true;
        }
    }
    return false;
}

/* The label without the source that a conflict put behind it. */
static bool has_label(const struct dvb_board *b, const struct dvb_board_model *model,
                      const char *label)
{
    if (model->source < 0)
        return !strcmp(model->label, label);
    char *full = dvb_asprintf("%s (%s)", label, b->sources[model->source].label);
    bool same = !strcmp(model->label, full);
    free(full);
    return same;
}

static int source_of(const struct dvb_board *b, int model)
{
    for (size_t i = 0; i < b->n_sets; i++)
        for (size_t c = 0; c < b->sets[i].n_cells; c++)
            if (b->sets[i].cells[c].model == model)
                return b->sets[i].cells[c].source;
    return 0;
}

static void name_source(const struct dvb_board *b, struct dvb_board_model *model, int source)
{
    char *label = dvb_asprintf("%s (%s)", model->label, b->sources[source].label);
    free(model->label);
    model->label = label;
    model->source = source;
}

static int take_model(struct merge *m, int theirs)
{
    struct dvb_board *b = m->b;
    struct dvb_board_model *t = &m->from->models[theirs];
    bool clash = false;
    for (size_t i = 0; i < m->old_models; i++)
        if (has_label(b, &b->models[i], t->label)) {
            if (!conflict(m, theirs, (int)i))
                return (int)i;
            clash = true;
            if (b->models[i].source < 0)
                name_source(b, &b->models[i], source_of(b, (int)i));
        }
    int source = m->first_source + (t->source < 0 ? source_of(m->from, theirs) : t->source);
    b->models = dvb_realloc(b->models, b->n_models + 1, sizeof(*b->models));
    b->models[b->n_models] = *t;
    b->models[b->n_models].source = t->source < 0 ? -1 : source;
    *t = (struct dvb_board_model){ 0 };
    if (clash && b->models[b->n_models].source < 0)
        name_source(b, &b->models[b->n_models], source);
    return (int)b->n_models++;
}

/* Their indices become ours. */
static void renumber(const struct merge *m, struct dvb_board_set *f)
{
    if (f->run >= 0)
        f->run += m->first_run;
    f->funnel.run += m->first_run;
    for (size_t i = 0; i < f->n_cells; i++) {
        struct dvb_board_cell *c = &f->cells[i];
        c->model = c->model < 0 ? -1 : m->models[c->model];
        c->run += m->first_run;
        c->source += m->first_source;
    }
    for (size_t i = 0; i < f->n_questions; i++) {
        struct dvb_board_question *q = &f->questions[i];
        q->source = q->source < 0 ? -1 : q->source + m->first_source;
        for (size_t k = 0; k < q->n_built; k++)
            q->built[k].model = m->models[q->built[k].model];
    }
}

static int take_view(struct dvb_board_set *s, struct dvb_board_view *v)
{
    int at = find_view(s, v);
    if (at >= 0)
        return at;
    size_t n = s->n_questions;
    s->views = dvb_realloc(s->views, s->n_views + 1, sizeof(*s->views));
    s->renditions = dvb_realloc(s->renditions, (s->n_views + 1) * n + 1, sizeof(*s->renditions));
    memset(&s->renditions[s->n_views * n], 0, n * sizeof(*s->renditions));
    s->views[s->n_views] = *v;
    *v = (struct dvb_board_view){ 0 };
    return (int)s->n_views++;
}

/* What is only known by key takes the other's words; then its pictures are there too. */
static void take_questions(struct dvb_board_set *s, struct dvb_board_set *f, const size_t *places,
                           const int *views)
{
    for (size_t i = 0; i < f->n_questions; i++) {
        struct dvb_board_question *to = &s->questions[places[i]], *q = &f->questions[i];
        int64_t cluster = to->cluster; /* videos are numbered differently there */
        int task = to->task;
        if (!to->text && q->text) {
            struct dvb_board_question keep = *to;
            *to = *q;
            to->cluster = cluster;
            to->task = task;
            *q = keep;
        }
        for (size_t v = 0; v < f->n_views && to->source == q->source; v++)
            if (!s->renditions[(size_t)views[v] * s->n_questions + places[i]])
                s->renditions[(size_t)views[v] * s->n_questions + places[i]] =
                    f->renditions[v * f->n_questions + i];
    }
}

static int task_of(const struct dvb_board_set *s, const char *name)
{
    for (size_t i = 0; i < s->n_tasks; i++)
        if (!strcmp(s->tasks[i], name))
            return (int)i;
    return -1; /* equal hashes: does not happen */
}

static void take_cell(struct dvb_board_set *s, struct dvb_board_set *f, struct dvb_board_cell *c,
                      const size_t *places, const int *views)
{
    c->view = views[c->view];
    if (dvb_board_find(s, c->model, c->view))
        return; /* the same: a conflict would have made it another model */
    if (c->answers) {
        struct dvb_board_answer *moved = dvb_calloc(f->n_questions + 1, sizeof(*moved));
        for (size_t i = 0; i < f->n_questions; i++)
            moved[places[i]] = c->answers[i];
        free(c->answers);
        c->answers = moved;
    }
    for (size_t i = 0; i < c->n_stats; i++)
        if (c->stats[i].task >= 0)
            c->stats[i].task = task_of(s, f->tasks[c->stats[i].task]);
    s->cells = dvb_realloc(s->cells, s->n_cells + 1, sizeof(*s->cells));
    s->cells[s->n_cells++] = *c;
    *c = (struct dvb_board_cell){ 0 };
}

static void join_set(struct merge *m, size_t set)
{
    struct dvb_board_set *f = &m->from->sets[set], *s = &m->b->sets[m->sets[set]];
    int *views = dvb_calloc(f->n_views + 1, sizeof(*views));
    for (size_t v = 0; v < f->n_views; v++)
        views[v] = take_view(s, &f->views[v]);
    take_questions(s, f, m->places[set], views);
    for (size_t i = 0; i < f->n_cells; i++)
        take_cell(s, f, &f->cells[i], m->places[set], views);
    if (!s->funnel.known && f->funnel.known) {
        s->funnel = f->funnel;
        s->run = f->run;
    }
    free(views);
}

static void take_sets(struct merge *m)
{
    struct dvb_board *b = m->b, *from = m->from;
    b->sets = dvb_realloc(b->sets, b->n_sets + from->n_sets + 1, sizeof(*b->sets));
    for (size_t i = 0; i < from->n_sets; i++) {
        renumber(m, &from->sets[i]);
        if (m->sets[i] >= 0) {
            join_set(m, i);
        } else {
            b->sets[b->n_sets++] = from->sets[i];
            from->sets[i] = (struct dvb_board_set){ 0 };
        }
    }
}

static int merge(struct merge *m, struct dvb_err *err)
{
    int ret = match_sets(m, err);
    if (ret)
        return ret;
    m->old_models = m->b->n_models;
    for (size_t i = 0; i < m->from->n_models; i++)
        m->models[i] = take_model(m, (int)i);
    take_sets(m);
    dvb_board_arrange(m->b);
    return 0;
}

int dvb_board_merge(struct dvb_board *b, struct dvb_board *from, struct dvb_err *err)
{
    struct merge m = { .b = b,
                       .from = from,
                       .models = dvb_calloc(from->n_models + 1, sizeof(int)),
                       .sets = dvb_calloc(from->n_sets + 1, sizeof(int)),
                       .places = dvb_calloc(from->n_sets + 1, sizeof(size_t *)) };
    take_sources(&m);
    take_runs(&m);
    take_prompts(&m);
    int ret = merge(&m, err);
    for (size_t i = 0; i < from->n_sets; i++)
        free(m.places[i]);
    free(m.places);
    free(m.sets);
    free(m.models);
    dvb_board_release(from);
    return ret;
}
