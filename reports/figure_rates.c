/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accuracy and sensitivity against bitrate. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/figures_internal.h"
#include "workspace/published.h"

/* A curve: one model, streamed in one way. */
struct curve {
    int model;
    const char *strategy, *sampling;
};

struct rates {
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    size_t set;
    struct dvb_figure_list *list;
    struct curve *curves;
    size_t n_curves;
    double *ticks; /* kbps, rising, each once */
    size_t n_ticks;
    bool several_strategies, several_samplings;
};

static const struct dvb_board_view *view_of(const struct rates *r, const struct dvb_board_cell *c)
{
    return &r->s->views[c->view];
}

static bool on_curve(const struct rates *r, const struct curve *k, const struct dvb_board_cell *c)
{
    const struct dvb_board_view *v = view_of(r, c);
    return c->model == k->model && v->bitrate && !v->baseline &&
           !strcmp(v->strategy, k->strategy) && !strcmp(v->sampling, k->sampling);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void gather(struct rates *r)
{
    const struct dvb_board_set *s = r->s;
    r->curves = dvb_calloc(s->n_cells + 1, sizeof(*r->curves));
    r->ticks = dvb_figure_alloc(r->list, s->n_cells, sizeof(*r->ticks));
    for (size_t i = 0; i < s->n_cells; i++) {
        const struct dvb_board_cell *c = &s->cells[i];
        const struct dvb_board_view *v = view_of(r, c);
        if (c->model < 0 || v->baseline || !v->bitrate || !c->n_stats)
            continue;
        r->ticks[r->n_ticks++] = (double)v->bitrate / 1000;
        size_t k = 0;
        while (k < r->n_curves && !on_curve(r, &r->curves[k], c))
            k++;
        if (k == r->n_curves)
            r->curves[r->n_curves++] = (struct curve){ c->model, v->strategy, v->sampling };
        r->several_strategies |= strcmp(v->strategy, r->curves[0].strategy) != 0;
        r->several_samplings |= strcmp(v->sampling, r->curves[0].sampling) != 0;
    }
    qsort(r->ticks, r->n_ticks, sizeof(*r->ticks), by_value);
    size_t n = 0;
    for (size_t i = 0; i < r->n_ticks; i++)
        if (!n || r->ticks[i] != r->ticks[n - 1])
            r->ticks[n++] = r->ticks[i];
    r->n_ticks = n;
}

static bool built(const struct rates *r, int model)
{
    for (int bit = 0; bit < 3 && r->s->built; bit++)
        if (r->s->built[model * 3 + bit])
            return true;
    return false;
}

/* "qwen3-vl, context, 2 fps †" */
static const char *label(const struct rates *r, const struct curve *k)
{
    const struct dvb_board_model *m = &r->b->models[k->model];
    char fps[32] = "";
    if (r->several_samplings) {
        json_t *j = json_loads(k->sampling, 0, NULL);
        snprintf(fps, sizeof(fps), ", %g fps", dvb_json_get_num(j, "fps", 0));
        json_decref(j);
    }
    return dvb_figure_text(r->list, "%s%s%s%s%s", m->label, r->several_strategies ? ", " : "",
                           r->several_strategies ? k->strategy : "", fps,
                           built(r, k->model) ? " \xe2\x80\xa0" : "");
}

typedef bool pick(const struct dvb_board_stat *t, struct dvb_share *share);

static bool pick_accuracy(const struct dvb_board_stat *t, struct dvb_share *share)
{
    *share = t->share;
    return t->share.n > 0;
}

static bool pick_loss(const struct dvb_board_stat *t, struct dvb_share *share)
{
    *share = t->loss;
    return t->has_loss && t->loss.n > 0;
}

static struct dvb_plot_point point(double x, const struct dvb_share *share)
{
    /* the mean of scores may round to just outside */
    return (struct dvb_plot_point){ x, share->share, fmin(share->ci.lo, share->share),
                                    fmax(share->ci.hi, share->share) };
}

static int by_rate(const void *a, const void *b)
{
    return by_value(&((const struct dvb_plot_point *)a)->x, &((const struct dvb_plot_point *)b)->x);
}

static void fill(const struct rates *r, const struct curve *k, pick *what,
                 struct dvb_plot_series *series)
{
    struct dvb_plot_point *points = dvb_figure_alloc(r->list, r->s->n_views + 1, sizeof(*points));
    size_t n = 0;
    int original = -1;
    struct dvb_share share;
    for (size_t i = 0; i < r->s->n_cells; i++) {
        const struct dvb_board_cell *c = &r->s->cells[i];
        const struct dvb_board_stat *t = dvb_board_stat_of(c, -1);
        if (!on_curve(r, k, c) || !t || n == r->s->n_views)
            continue;
        original = view_of(r, c)->original;
        if (what(t, &share))
            points[n++] = point((double)view_of(r, c)->bitrate / 1000, &share);
    }
    qsort(points, n, sizeof(*points), by_rate);
    *series = (struct dvb_plot_series){ .label = label(r, k), .points = points, .n = n };
    const struct dvb_board_cell *whole = original >= 0 ? dvb_board_find(r->s, k->model, original)
                                                       : NULL;
    const struct dvb_board_stat *t = whole ? dvb_board_stat_of(whole, -1) : NULL;
    if (what == pick_accuracy && t && what(t, &share)) {
        points[r->s->n_views] = point(0, &share);
        series->apart = &points[r->s->n_views];
    }
}

/* Right answers that a guess would find; NAN where questions have no options. */
static double guessing(const struct dvb_board_set *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n_questions; i++) {
        if (s->questions[i].n_options < 2)
            return NAN;
        sum += 1.0 / s->questions[i].n_options;
    }
    return s->n_questions ? sum / (double)s->n_questions : NAN;
}

/* What the curves say in words. */
static const char *describe(const struct rates *r, const struct dvb_plot *p)
{
    const char *text = "";
    for (size_t i = 0; i < p->n_series; i++) {
        const struct dvb_plot_series *s = &p->series[i];
        text = dvb_figure_text(r->list, "%s%s%s:", text, i ? " " : "", s->label);
        for (size_t k = 0; k < s->n; k++)
            text = dvb_figure_text(r->list, "%s %.1f%% at %g kbps%s", text, 100 * s->points[k].y,
                                   s->points[k].x, k + 1 < s->n || s->apart ? "," : ".");
        if (s->apart)
            text = dvb_figure_text(r->list, "%s %.1f%% on the original.", text, 100 * s->apart->y);
    }
    return text;
}

static void add_rule(struct dvb_figure_list *list, struct dvb_plot *p, double at, const char *words)
{
    struct dvb_plot_rule *rule = dvb_figure_alloc(list, 1, sizeof(*rule));
    *rule = (struct dvb_plot_rule){ .at = at, .label = words };
    p->rules = rule;
    p->n_rules = 1;
}

static void add_figure(const struct rates *r, bool loss, int part, int parts)
{
    size_t from = (size_t)part * DVB_FIGURE_CURVES, n = r->n_curves - from;
    n = n < DVB_FIGURE_CURVES ? n : DVB_FIGURE_CURVES;
    struct dvb_plot_series *series = dvb_figure_alloc(r->list, n, sizeof(*series));
    bool any = false, marks = false;
    for (size_t i = 0; i < n; i++) {
        fill(r, &r->curves[from + i], loss ? pick_loss : pick_accuracy, &series[i]);
        series[i].whiskers = n > 2; /* more areas than that cannot be told apart */
        any = any || series[i].n;
        marks = marks || built(r, r->curves[from + i].model);
    }
    if (!any)
        return;
    struct dvb_figure *f = dvb_figure_add(
        r->list, r->b, r->set, loss ? "sensitivity" : "accuracy", part + 1, parts,
        loss ? "Questions lost to the bitrate" : "Accuracy against bitrate");
    struct dvb_plot *p = &f->plot;
    p->x = (struct dvb_plot_axis){
        .label = "Bitrate", .unit = "kbps", .log = true, .ticks = r->ticks, .n_ticks = r->n_ticks
    };
    p->y = (struct dvb_plot_axis){ .label = loss ? "Right on the original, wrong here" : "Accuracy",
                                   .percent = true,
                                   .min = 0,
                                   .max = loss ? NAN : 1 };
    p->series = series;
    p->n_series = n;
    p->apart_label = "original";
    double guess = guessing(r->s);
    if (loss)
        add_rule(r->list, p, DVB_PUBLISHED_SENSITIVITY, "StreamingBench, 200 kbps: 8%");
    else if (isfinite(guess))
        add_rule(r->list, p, guess, dvb_figure_text(r->list, "guessing: %.3g%%", 100 * guess));
    p->desc = describe(r, p);
    p->source = dvb_figure_text(r->list, "%s; %g%% intervals, clustered by video%s", p->source,
                                100 * r->b->stats.confidence,
                                marks ? "; \xe2\x80\xa0 had a part in making the questions" : "");
    f->caption = loss
                     ? "Of the questions that a model answered on the original and at the bitrate, "
                       "the share that it got right there and wrong here."
                     : "With the original apart at the right end.";
}

void dvb_figure_rates(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    struct rates r = { .b = b, .s = &b->sets[set], .set = set, .list = list };
    gather(&r);
    int parts = (int)((r.n_curves + DVB_FIGURE_CURVES - 1) / DVB_FIGURE_CURVES);
    for (int loss = 0; loss < 2; loss++)
        for (int i = 0; i < parts; i++)
            add_figure(&r, loss, i, parts);
    free(r.curves);
}
