/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A board's numbers. They come from eval/score, as those of `devibench eval` do,
 * so both say the same of the same answers. One thing differs: a board compares
 * thousands of pairs, for which the bootstrap would take minutes, so what Holm
 * adjusts here is the paired t test clustered by video, whose interval is the
 * one that is shown.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/board.h"

static bool counts(const struct dvb_board_answer *a)
{
    return a->status == DVB_BOARD_OK || a->status == DVB_BOARD_REFUSED ||
           a->status == DVB_BOARD_UNPARSED;
}

struct dvb_cell dvb_board_outcomes(const struct dvb_board_set *s, const struct dvb_board_cell *c,
                                   int task)
{
    struct dvb_outcome *v = dvb_calloc(s->n_questions, sizeof(*v));
    size_t n = 0;
    for (size_t i = 0; i < s->n_questions; i++)
        if (counts(&c->answers[i]) && (task < 0 || s->questions[i].task == task))
            v[n++] = (struct dvb_outcome){ .item = (int64_t)i,
                                           .cluster = s->questions[i].cluster,
                                           .value = c->answers[i].score };
    return (struct dvb_cell){ .name = c->name, .v = v, .n = n };
}

static void drop(struct dvb_cell *c)
{
    free((void *)c->v);
}

static void tally(const struct dvb_board_set *s, const struct dvb_board_cell *c,
                  struct dvb_board_stat *out)
{
    size_t n[DVB_BOARD_STATUSES] = { 0 };
    for (size_t i = 0; i < s->n_questions; i++)
        if (out->task < 0 || s->questions[i].task == out->task)
            n[(int)c->answers[i].status]++;
    out->refused = n[DVB_BOARD_REFUSED];
    out->unparsed = n[DVB_BOARD_UNPARSED];
    out->missing = n[DVB_BOARD_MISSING];
    out->excluded = n[DVB_BOARD_EXCLUDED];
}

static const struct dvb_board_cell *original_of(const struct dvb_board_set *s,
                                                const struct dvb_board_cell *c)
{
    int view = s->views[c->view].original;
    const struct dvb_board_cell *o = view >= 0 ? dvb_board_find(s, c->model, view) : NULL;
    return o && o->answers ? o : NULL;
}

static int score_task(const struct dvb_board *b, const struct dvb_board_set *s,
                      const struct dvb_board_cell *c, int task, struct dvb_board_stat *out,
                      struct dvb_err *err)
{
    *out = (struct dvb_board_stat){ .task = task };
    const struct dvb_board_cell *o = original_of(s, c);
    struct dvb_cell here = dvb_board_outcomes(s, c, task);
    int ret = dvb_stats_cell(&here, &b->stats, &out->share, err);
    if (!ret && o) {
        struct dvb_cell there = dvb_board_outcomes(s, o, task);
        ret = dvb_stats_sensitivity(&there, &here, &b->stats, &out->loss, err);
        out->has_loss = !ret && out->loss.n > 0;
        drop(&there);
    }
    drop(&here);
    tally(s, c, out);
    return ret;
}

static int score_cell(const struct dvb_board *b, const struct dvb_board_set *s,
                      struct dvb_board_cell *c, struct dvb_err *err)
{
    free(c->stats);
    c->stats = dvb_calloc(s->n_tasks + 1, sizeof(*c->stats));
    c->n_stats = 0;
    for (int task = -1; task < (int)s->n_tasks; task++) {
        struct dvb_board_stat *t = &c->stats[c->n_stats];
        int ret = score_task(b, s, c, task, t, err);
        if (ret)
            return ret;
        c->n_stats += task < 0 || t->share.n || t->missing;
    }
    return 0;
}

/* Runs the loop body's function for each index on all cores; the first error counts. */
static int score_cells(const struct dvb_board *b, struct dvb_board_set *s, struct dvb_err *err)
{
    int bad = 0;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < s->n_cells; i++) {
        struct dvb_err mine;
        int ret = s->cells[i].answers ? score_cell(b, s, &s->cells[i], &mine) : 0;
        if (ret) {
#pragma omp critical(score_error)
            if (!bad) {
                bad = ret;
                *err = mine;
            }
        }
    }
    return bad;
}

/* Which pairs there are, and the family that Holm takes together; false: not compared. */
static bool related(const struct dvb_board_set *s, const struct dvb_board_cell *a,
                    const struct dvb_board_cell *b, int *family)
{
    const struct dvb_board_view *va = &s->views[a->view], *vb = &s->views[b->view];
    if (!a->answers || !b->answers)
        return false;
    *family = a->view == b->view ? a->view : -1;
    if (a->view == b->view)
        return a->model != b->model || a->source != b->source;
    if (a->model != b->model || va->baseline || vb->baseline)
        return false;
    return va->bitrate == vb->bitrate || va->original == b->view || vb->original == a->view;
}

static void list_pairs(struct dvb_board_set *s)
{
    size_t cap = 0;
    int family;
    free(s->pairs);
    s->pairs = NULL;
    s->n_pairs = 0;
    for (size_t a = 0; a < s->n_cells; a++)
        for (size_t b = a + 1; b < s->n_cells; b++)
            if (related(s, &s->cells[a], &s->cells[b], &family)) {
                s->pairs = dvb_grow(s->pairs, s->n_pairs, &cap, sizeof(*s->pairs));
                s->pairs[s->n_pairs++] =
                    (struct dvb_board_pair){ .a = (int)a, .b = (int)b, .family = family };
            }
}

static int adjust(struct dvb_board_set *s, int family, double *p, struct dvb_err *err)
{
    for (size_t i = 0; i < s->n_pairs; i++)
        p[i] = s->pairs[i].family == family && s->pairs[i].s.n ? s->pairs[i].s.t_p : NAN;
    int ret = dvb_stats_holm(p, s->n_pairs, p, err);
    for (size_t i = 0; i < s->n_pairs; i++)
        if (s->pairs[i].family == family)
            s->pairs[i].holm_p = p[i];
    return ret;
}

static int compare_all(const struct dvb_stats_settings *stats, const struct dvb_cell *cells,
                       struct dvb_board_set *s, struct dvb_err *err)
{
    int bad = 0;
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t i = 0; i < s->n_pairs; i++) {
        struct dvb_board_pair *p = &s->pairs[i];
        struct dvb_err mine;
        int ret = dvb_stats_pair(&cells[p->a], &cells[p->b], stats, &p->s, &mine);
        p->s.bootstrap_p = NAN;
        p->s.bootstrap_ci = (struct dvb_interval){ NAN, NAN };
        if (ret) {
#pragma omp critical(score_error)
            if (!bad) {
                bad = ret;
                *err = mine;
            }
        }
    }
    return bad;
}

static int score_pairs(const struct dvb_board *b, struct dvb_board_set *s, struct dvb_err *err)
{
    struct dvb_stats_settings stats = b->stats;
    stats.rounds = 1; /* the bootstrap is not used */
    stats.jobs = 1;
    list_pairs(s);
    struct dvb_cell *cells = dvb_calloc(s->n_cells + 1, sizeof(*cells));
    for (size_t i = 0; i < s->n_cells; i++)
        if (s->cells[i].answers)
            cells[i] = dvb_board_outcomes(s, &s->cells[i], -1);
    int ret = compare_all(&stats, cells, s, err);
    double *p = dvb_calloc(s->n_pairs + 1, sizeof(*p));
    for (int family = -1; family < (int)s->n_views && !ret; family++)
        ret = adjust(s, family, p, err);
    free(p);
    for (size_t i = 0; i < s->n_cells; i++)
        drop(&cells[i]);
    free(cells);
    return ret;
}

struct ranking {
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    struct dvb_board_cell **v; /* of one view, best first */
    size_t n;
};

static int best_first(const void *a, const void *b)
{
    const struct dvb_board_cell *const *x = a, *const *y = b;
    double dx = (*x)->stats[0].share.share, dy = (*y)->stats[0].share.share;
    return dx != dy ? (dx < dy) - (dx > dy) : strcmp((*x)->name, (*y)->name);
}

/* Whether a and b, which saw the same, differ; so do cells that were never compared. */
static bool differ(const struct ranking *r, const struct dvb_board_cell *x,
                   const struct dvb_board_cell *y)
{
    int a = (int)(x - r->s->cells), b = (int)(y - r->s->cells);
    for (size_t i = 0; i < r->s->n_pairs; i++) {
        const struct dvb_board_pair *p = &r->s->pairs[i];
        if ((p->a == a && p->b == b) || (p->a == b && p->b == a))
            return p->holm_p <= 1 - r->b->stats.confidence;
    }
    return false;
}

/* A place is led by the best that is left; those that follow share it until one
   differs from its leader. */
static void rank_view(const struct ranking *r)
{
    size_t lead = 0;
    for (size_t i = 1; i <= r->n; i++) {
        if (i < r->n && !differ(r, r->v[lead], r->v[i]))
            continue;
        for (size_t k = lead; k < i; k++) {
            r->v[k]->rank = (int)lead + 1;
            r->v[k]->ties = (int)(i - lead) - 1;
        }
        lead = i;
    }
}

static bool ranked(const struct dvb_board_set *s, const struct dvb_board_cell *c)
{
    return !s->views[c->view].baseline && c->model >= 0 && c->answers && c->n_stats &&
           c->stats[0].share.n;
}

static void rank_set(const struct dvb_board *b, struct dvb_board_set *s)
{
    struct dvb_board_cell **v = dvb_calloc(s->n_cells + 1, sizeof(struct dvb_board_cell *));
    for (size_t i = 0; i < s->n_cells; i++)
        s->cells[i].rank = s->cells[i].ties = 0;
    for (size_t view = 0; view < s->n_views; view++) {
        struct ranking r = { .b = b, .s = s, .v = v };
        for (size_t i = 0; i < s->n_cells; i++)
            if (s->cells[i].view == (int)view && ranked(s, &s->cells[i]))
                v[r.n++] = &s->cells[i];
        if (r.n)
            qsort(v, r.n, sizeof(struct dvb_board_cell *), best_first);
        rank_view(&r);
    }
    free(v);
}

static void count_built(const struct dvb_board *b, struct dvb_board_set *s)
{
    free(s->built);
    s->built = dvb_calloc(b->n_models * 3 + 1, sizeof(*s->built));
    for (size_t i = 0; i < s->n_questions; i++)
        for (size_t k = 0; k < s->questions[i].n_built; k++)
            for (int bit = 0; bit < 3; bit++)
                s->built[s->questions[i].built[k].model * 3 + bit] +=
                    s->questions[i].built[k].roles >> bit & 1;
}

int dvb_board_score(struct dvb_board *b, struct dvb_err *err)
{
    for (size_t i = 0; i < b->n_sets; i++) {
        struct dvb_board_set *s = &b->sets[i];
        int ret = score_cells(b, s, err);
        if (!ret)
            ret = score_pairs(b, s, err);
        if (ret)
            return ret;
        rank_set(b, s);
        count_built(b, s);
    }
    return 0;
}
