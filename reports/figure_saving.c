/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bitrate saved at equal accuracy: each strategy's curve over that of the reference, of the same
 * model and sampling. A saving is a mean over the accuracies that both curves have: it is drawn as
 * a level line over these.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "eval/score/saving.h"
#include "reports/figures_internal.h"

/* One model, streamed in one way. */
struct curve {
    int model;
    const char *strategy, *sampling;
    struct dvb_cell cells[DVB_CURVE_MAX];
    double rates[DVB_CURVE_MAX]; /* kbps as measured, rising */
    size_t n;
};

struct saved {
    const struct curve *over, *under; /* whose bits are saved */
    struct dvb_saving s;
};

struct savings {
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    struct dvb_figure_list *list;
    struct curve *curves;
    size_t n_curves;
    struct saved *v;
    size_t n, cap;
    bool several_models;
};

static struct curve *curve_of(struct savings *w, int model, const struct dvb_board_view *v)
{
    size_t i = 0;
    while (i < w->n_curves &&
           (w->curves[i].model != model || strcmp(w->curves[i].strategy, v->strategy) ||
            strcmp(w->curves[i].sampling, v->sampling)))
        i++;
    if (i == w->n_curves)
        w->curves[w->n_curves++] =
            (struct curve){ .model = model, .strategy = v->strategy, .sampling = v->sampling };
    w->several_models |= model != w->curves[0].model;
    return &w->curves[i];
}

static void put_point(struct savings *w, const struct dvb_board_cell *c)
{
    const struct dvb_board_view *v = &w->s->views[c->view];
    if (c->model < 0 || v->baseline || !v->bitrate || !c->answers || !(v->measured_kbps > 0))
        return;
    struct curve *k = curve_of(w, c->model, v);
    size_t at = 0;
    while (at < k->n && k->rates[at] < v->measured_kbps)
        at++;
    if (k->n == DVB_CURVE_MAX || (at < k->n && k->rates[at] == v->measured_kbps))
        return;
    memmove(&k->cells[at + 1], &k->cells[at], (k->n - at) * sizeof(*k->cells));
    memmove(&k->rates[at + 1], &k->rates[at], (k->n - at) * sizeof(*k->rates));
    k->cells[at] = dvb_board_outcomes(w->s, c, -1);
    k->rates[at] = v->measured_kbps;
    k->n++;
}

/* The curve that others of its model and sampling are held against: uniform, else flat, else the
   first. */
static const struct curve *reference(const struct savings *w, const struct curve *k)
{
    static const char *const order[] = { "uniform", "flat" };
    const struct curve *found[3] = { NULL };
    for (size_t i = 0; i < w->n_curves; i++) {
        const struct curve *c = &w->curves[i];
        if (c->model != k->model || strcmp(c->sampling, k->sampling) || c->n < 2)
            continue;
        int rank = !strcmp(c->strategy, order[0]) ? 0 : !strcmp(c->strategy, order[1]) ? 1 : 2;
        if (!found[rank])
            found[rank] = c;
    }
    return found[0] ? found[0] : found[1] ? found[1] : found[2];
}

static void compare(struct savings *w, const struct curve *k)
{
    const struct curve *r = k->n < 2 ? NULL : reference(w, k);
    if (!r || r == k)
        return;
    const struct dvb_curve a = { k->strategy, k->cells, k->rates, k->n },
                           b = { r->strategy, r->cells, r->rates, r->n };
    struct saved one = { .over = k, .under = r };
    struct dvb_err why;
    if (dvb_stats_saving(&a, &b, &w->b->stats, &one.s, &why)) {
        dvb_warn("bitrate saved by %s: %s", k->strategy, why.msg);
        return;
    }
    w->v = dvb_grow(w->v, w->n, &w->cap, sizeof(*w->v));
    w->v[w->n++] = one;
}

static const char *label(const struct savings *w, const struct saved *v)
{
    return dvb_figure_text(w->list, "%s%s%s over %s",
                           w->several_models ? w->b->models[v->over->model].label : "",
                           w->several_models ? ", " : "", v->over->strategy, v->under->strategy);
}

/* From the least to the greatest accuracy, with the interval in the middle. */
static void fill(const struct savings *w, const struct saved *v, struct dvb_plot_series *series)
{
    struct dvb_plot_point *p = dvb_figure_alloc(w->list, 3, sizeof(*p));
    const struct dvb_saving *s = &v->s;
    p[0] = (struct dvb_plot_point)DVB_PLOT_POINT(s->at.lo, s->saving);
    p[1] = (struct dvb_plot_point){ (s->at.lo + s->at.hi) / 2, s->saving, fmin(s->ci.lo, s->saving),
                                    fmax(s->ci.hi, s->saving) };
    if (!isfinite(s->ci.lo) || !isfinite(s->ci.hi))
        p[1].lo = p[1].hi = NAN;
    p[2] = (struct dvb_plot_point)DVB_PLOT_POINT(s->at.hi, s->saving);
    *series =
        (struct dvb_plot_series){ .label = label(w, v), .points = p, .n = 3, .whiskers = true };
}

static const char *describe(const struct savings *w, size_t from, size_t n)
{
    const char *text = "";
    for (size_t i = from; i < from + n; i++) {
        const struct dvb_saving *s = &w->v[i].s;
        text = dvb_figure_text(w->list, "%s%s%s: %.1f%%", text, i > from ? " " : "",
                               label(w, &w->v[i]), 100 * s->saving);
        if (isfinite(s->ci.lo) && isfinite(s->ci.hi))
            text = dvb_figure_text(w->list, "%s (%.1f to %.1f)", text, 100 * s->ci.lo,
                                   100 * s->ci.hi);
        text = dvb_figure_text(w->list, "%s at accuracies of %.1f to %.1f%%.", text, 100 * s->at.lo,
                               100 * s->at.hi);
    }
    return text;
}

static void add_figure(const struct savings *w, size_t set, int part, int parts)
{
    size_t from = (size_t)part * DVB_FIGURE_CURVES, n = w->n - from;
    n = n < DVB_FIGURE_CURVES ? n : DVB_FIGURE_CURVES;
    struct dvb_plot_series *series = dvb_figure_alloc(w->list, n, sizeof(*series));
    struct dvb_plot_rule *even = dvb_figure_alloc(w->list, 1, sizeof(*even));
    for (size_t i = 0; i < n; i++)
        fill(w, &w->v[from + i], &series[i]);
    *even = (struct dvb_plot_rule){ .at = 0, .label = "as many bits" };
    struct dvb_figure *f = dvb_figure_add(w->list, w->b, set, "saving", part + 1, parts,
                                          "Bitrate saved at equal accuracy");
    struct dvb_plot *p = &f->plot;
    p->x = (struct dvb_plot_axis){ .label = "Accuracy", .percent = true, .min = NAN, .max = NAN };
    p->y =
        (struct dvb_plot_axis){ .label = "Bitrate saved", .percent = true, .min = NAN, .max = NAN };
    p->series = series;
    p->n_series = n;
    p->rules = even;
    p->n_rules = 1;
    p->desc = describe(w, from, n);
    p->source = dvb_figure_text(w->list, "%s; %g%% bootstrap intervals over videos", p->source,
                                100 * w->b->stats.confidence);
    f->caption = "The mean share of the other strategy's bits that are not needed for the same "
                 "accuracy, over the accuracies that both reach; below 0, more are needed.";
}

void dvb_figure_saving(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    struct savings w = { .b = b, .s = &b->sets[set], .list = list };
    size_t kept = 0;
    w.curves = dvb_calloc(w.s->n_cells + 1, sizeof(*w.curves));
    for (size_t i = 0; i < w.s->n_cells; i++)
        put_point(&w, &w.s->cells[i]);
    for (size_t i = 0; i < w.n_curves; i++)
        compare(&w, &w.curves[i]);
    for (size_t i = 0; i < w.n; i++)
        if (isfinite(w.v[i].s.saving)) /* else no accuracy in common */
            w.v[kept++] = w.v[i];
    w.n = kept;
    int parts = (int)((w.n + DVB_FIGURE_CURVES - 1) / DVB_FIGURE_CURVES);
    for (int i = 0; i < parts; i++)
        add_figure(&w, set, i, parts);
    for (size_t i = 0; i < w.n_curves; i++)
        for (size_t k = 0; k < w.curves[i].n; k++)
            free((void *)w.curves[i].cells[k].v);
    free(w.curves);
    free(w.v);
}
