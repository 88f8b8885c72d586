/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const dvb_pairs_names[] = {
    [DVB_PAIRS_RELATED] = "related",
    [DVB_PAIRS_ALL] = "all",
    [DVB_PAIRS_NONE] = "none",
    NULL,
};

/* The outcomes of a cell, of one task type or (task -1) of all. */
static struct dvb_cell take(const struct dvb_score_input *in, int cell, int task)
{
    const struct dvb_score_item *items = &in->items[(size_t)cell * in->n_questions];
    struct dvb_outcome *v = dvb_calloc(in->n_questions, sizeof(*v));
    size_t n = 0;
    for (size_t i = 0; i < in->n_questions; i++)
        if (items[i].counts && (task < 0 || in->tasks[i] == task))
            v[n++] = (struct dvb_outcome){ .item = (int64_t)i,
                                           .cluster = in->clusters[i],
                                           .value = items[i].value };
    return (struct dvb_cell){ .name = in->cells[cell].name, .v = v, .n = n };
}

static void drop(struct dvb_cell *c)
{
    free((void *)c->v);
}

static void count(const struct dvb_score_input *in, struct dvb_scored_cell *c)
{
    const struct dvb_score_item *items = &in->items[(size_t)c->cell * in->n_questions];
    for (size_t i = 0; i < in->n_questions; i++)
        if (c->task < 0 || in->tasks[i] == c->task) {
            c->refused += items[i].refused;
            c->unparsed += items[i].unparsed;
            c->errors += items[i].error;
        }
}

static int score_cell(const struct dvb_score_input *in, int cell, int task,
                      struct dvb_scored_cell *out, struct dvb_err *err)
{
    *out = (struct dvb_scored_cell){ .cell = cell, .task = task };
    struct dvb_cell c = take(in, cell, task);
    int ret = dvb_stats_cell(&c, &in->stats, &out->share, err);
    drop(&c);
    count(in, out);
    return ret;
}

static int score_cells(const struct dvb_score_input *in, struct dvb_score *out, struct dvb_err *err)
{
    out->cells = dvb_calloc(in->n_cells * ((size_t)in->n_tasks + 1), sizeof(*out->cells));
    int ret = 0;
    for (size_t c = 0; c < in->n_cells; c++)
        for (int task = -1; task < in->n_tasks && !ret; task++) {
            struct dvb_scored_cell *s = &out->cells[out->n_cells];
            ret = score_cell(in, (int)c, task, s, err);
            out->n_cells += task < 0 || s->share.n || s->errors;
        }
    return ret;
}

static int score_loss(const struct dvb_score_input *in, int cell, int task,
                      struct dvb_scored_loss *out, struct dvb_err *err)
{
    *out = (struct dvb_scored_loss){ .cell = cell, .task = task };
    struct dvb_cell original = take(in, in->cells[cell].original, task);
    struct dvb_cell degraded = take(in, cell, task);
    int ret = dvb_stats_sensitivity(&original, &degraded, &in->stats, &out->share, err);
    drop(&original);
    drop(&degraded);
    return ret;
}

static int score_losses(const struct dvb_score_input *in, struct dvb_score *out,
                        struct dvb_err *err)
{
    out->losses = dvb_calloc(in->n_cells * ((size_t)in->n_tasks + 1), sizeof(*out->losses));
    int ret = 0;
    for (size_t c = 0; c < in->n_cells; c++)
        for (int task = -1; task < in->n_tasks && in->cells[c].original >= 0 && !ret; task++) {
            struct dvb_scored_loss *s = &out->losses[out->n_losses];
            ret = score_loss(in, (int)c, task, s, err);
            out->n_losses += task < 0 || s->share.n;
        }
    return ret;
}

static bool compared(const struct dvb_score_input *in, size_t a, size_t b)
{
    return in->pairs == DVB_PAIRS_ALL || in->cells[a].model == in->cells[b].model ||
           in->cells[a].view == in->cells[b].view;
}

static void list_pairs(const struct dvb_score_input *in, struct dvb_score *out)
{
    size_t cap = 0;
    for (size_t a = 0; a < in->n_cells && in->pairs != DVB_PAIRS_NONE; a++)
        for (size_t b = a + 1; b < in->n_cells; b++)
            if (compared(in, a, b)) {
                out->pairs = dvb_grow(out->pairs, out->n_pairs, &cap, sizeof(*out->pairs));
                out->pairs[out->n_pairs++] = (struct dvb_scored_pair){ .a = (int)a, .b = (int)b };
            }
}

static int adjust(struct dvb_score *out, struct dvb_err *err)
{
    double *p = dvb_calloc(out->n_pairs + 1, sizeof(*p));
    for (size_t i = 0; i < out->n_pairs; i++)
        p[i] = out->pairs[i].s.n ? out->pairs[i].s.bootstrap_p : NAN;
    int ret = dvb_stats_holm(p, out->n_pairs, p, err);
    for (size_t i = 0; i < out->n_pairs; i++)
        out->pairs[i].holm_p = p[i];
    free(p);
    return ret;
}

static int score_pairs(const struct dvb_score_input *in, struct dvb_score *out, struct dvb_err *err)
{
    struct dvb_cell *cells = dvb_calloc(in->n_cells, sizeof(*cells));
    int ret = 0;
    list_pairs(in, out);
    for (size_t c = 0; c < in->n_cells; c++)
        cells[c] = take(in, (int)c, -1);
    for (size_t i = 0; i < out->n_pairs && !ret; i++) {
        struct dvb_scored_pair *p = &out->pairs[i];
        ret = dvb_stats_pair(&cells[p->a], &cells[p->b], &in->stats, &p->s, err);
    }
    if (!ret)
        ret = adjust(out, err);
    for (size_t c = 0; c < in->n_cells; c++)
        drop(&cells[c]);
    free(cells);
    return ret;
}

/* A curve's cells by rising rate; those of one rate count once. */
struct points {
    struct dvb_cell cells[DVB_CURVE_MAX];
    double rates[DVB_CURVE_MAX];
    size_t n;
};

static void gather(const struct dvb_score_input *in, int curve, struct points *p)
{
    p->n = 0;
    for (size_t c = 0; c < in->n_cells && p->n < DVB_CURVE_MAX; c++) {
        double rate = in->cells[c].rate;
        size_t at = 0;
        if (in->cells[c].curve != curve || !(rate > 0))
            continue;
        while (at < p->n && p->rates[at] < rate)
            at++;
        if (at < p->n && p->rates[at] == rate)
            continue;
        memmove(&p->cells[at + 1], &p->cells[at], (p->n - at) * sizeof(*p->cells));
        memmove(&p->rates[at + 1], &p->rates[at], (p->n - at) * sizeof(*p->rates));
        p->cells[at] = take(in, (int)c, -1);
        p->rates[at] = rate;
        p->n++;
    }
}

static void scatter(struct points *p)
{
    while (p->n)
        drop(&p->cells[--p->n]);
}

static int score_saving(const struct dvb_score_input *in, struct dvb_scored_saving *out,
                        bool *there, struct dvb_err *err)
{
    const struct dvb_score_cell *a = &in->cells[out->a], *b = &in->cells[out->b];
    struct points pa, pb;
    gather(in, a->curve, &pa);
    gather(in, b->curve, &pb);
    const struct dvb_curve ca = { a->strategy, pa.cells, pa.rates, pa.n };
    const struct dvb_curve cb = { b->strategy, pb.cells, pb.rates, pb.n };
    *there = pa.n > 1 && pb.n > 1;
    int ret = *there ? dvb_stats_saving(&ca, &cb, &in->stats, &out->s, err) : 0;
    scatter(&pa);
    scatter(&pb);
    return ret;
}

static bool begins_curve(const struct dvb_score_input *in, size_t cell)
{
    for (size_t c = 0; c < cell; c++)
        if (in->cells[c].curve == in->cells[cell].curve)
            return false;
    return in->cells[cell].curve >= 0;
}

static int score_savings(const struct dvb_score_input *in, struct dvb_score *out,
                         struct dvb_err *err)
{
    size_t cap = 0;
    for (size_t b = 0; b < in->n_cells; b++)
        for (size_t a = b + 1; a < in->n_cells && begins_curve(in, b); a++) {
            bool there;
            if (!begins_curve(in, a) || in->cells[a].group != in->cells[b].group)
                continue;
            out->savings = dvb_grow(out->savings, out->n_savings, &cap, sizeof(*out->savings));
            struct dvb_scored_saving *s = &out->savings[out->n_savings];
            *s = (struct dvb_scored_saving){ .a = (int)a, .b = (int)b };
            int ret = score_saving(in, s, &there, err);
            if (ret)
                return ret;
            out->n_savings += there;
        }
    return 0;
}

int dvb_score_make(const struct dvb_score_input *in, struct dvb_score *out, struct dvb_err *err)
{
    *out = (struct dvb_score){ 0 };
    int ret = score_cells(in, out, err);
    if (!ret)
        ret = score_losses(in, out, err);
    if (!ret)
        ret = score_pairs(in, out, err);
    if (!ret)
        ret = score_savings(in, out, err);
    if (ret)
        dvb_score_release(out);
    return ret;
}

void dvb_score_release(struct dvb_score *s)
{
    free(s->cells);
    free(s->losses);
    free(s->pairs);
    free(s->savings);
    *s = (struct dvb_score){ 0 };
}
