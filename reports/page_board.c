/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leaderboard: accuracy by bitrate, every condition, the baselines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/page.h"

struct board_page {
    struct dvb_html *h;
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    size_t set;
    int task; /* -1: all */
};

/* A way of streaming: what a row of the matrix has beside its model. */
struct manner {
    const char *strategy, *sampling;
};

struct matrix {
    int64_t *rates; /* rising; 0, the original, last */
    size_t n_rates;
    struct manner *manners;
    size_t n_manners;
};

static void put_rate_column(struct matrix *m, int64_t rate)
{
    size_t at = 0;
    while (at < m->n_rates && m->rates[at] && (!rate || m->rates[at] < rate))
        at++;
    if (at < m->n_rates && m->rates[at] == rate)
        return;
    memmove(&m->rates[at + 1], &m->rates[at], (m->n_rates - at) * sizeof(*m->rates));
    m->rates[at] = rate;
    m->n_rates++;
}

static void put_manner(struct matrix *m, const struct dvb_board_view *v)
{
    for (size_t i = 0; i < m->n_manners; i++)
        if (!strcmp(m->manners[i].strategy, v->strategy) &&
            !strcmp(m->manners[i].sampling, v->sampling))
            return;
    m->manners[m->n_manners++] = (struct manner){ v->strategy, v->sampling };
}

static void make_matrix(const struct dvb_board_set *s, struct matrix *m)
{
    *m = (struct matrix){ .rates = dvb_calloc(s->n_views + 1, sizeof(*m->rates)),
                          .manners = dvb_calloc(s->n_views + 1, sizeof(*m->manners)) };
    for (size_t i = 0; i < s->n_views; i++) {
        if (s->views[i].baseline)
            continue;
        put_rate_column(m, s->views[i].bitrate);
        if (s->views[i].bitrate)
            put_manner(m, &s->views[i]);
    }
    /* Where only the original was shown. */
    for (size_t i = 0; i < s->n_views && !m->n_manners; i++)
        if (!s->views[i].baseline)
            put_manner(m, &s->views[i]);
}

static void release_matrix(struct matrix *m)
{
    free(m->rates);
    free(m->manners);
}

/* The view of that rate in that manner; no strategy touches the original. -1: none. */
static int view_of(const struct dvb_board_set *s, const struct manner *m, int64_t rate)
{
    for (size_t i = 0; i < s->n_views; i++) {
        const struct dvb_board_view *v = &s->views[i];
        if (!v->baseline && v->bitrate == rate && !strcmp(v->sampling, m->sampling) &&
            (!rate || !strcmp(v->strategy, m->strategy)))
            return (int)i;
    }
    return -1;
}

static const struct dvb_board_stat *stat_at(const struct board_page *p, int model, int view)
{
    const struct dvb_board_cell *c = view < 0 ? NULL : dvb_board_find(p->s, model, view);
    const struct dvb_board_stat *t = c ? dvb_board_stat_of(c, p->task) : NULL;
    return t && t->share.n ? t : NULL;
}

static void put_matrix_cell(const struct board_page *p, int model, int view)
{
    const struct dvb_board_cell *c = view < 0 ? NULL : dvb_board_find(p->s, model, view);
    const struct dvb_board_stat *t = stat_at(p, model, view);
    if (!c || !t) {
        dvb_html_put(p->h, "<td class=\"none\">-</td>");
        return;
    }
    bool top = p->task < 0 && c->rank == 1;
    dvb_html_put(p->h, "<td class=\"%s\" data-v=\"%.*g\">%.1f", top ? "top" : "", 10,
                 t->share.share, 100 * t->share.share);
    dvb_html_put(p->h, " <small>[%.1f, %.1f]</small></td>", 100 * t->share.ci.lo,
                 100 * t->share.ci.hi);
}

static bool in_set(const struct dvb_board_set *s, int model)
{
    for (size_t i = 0; i < s->n_cells; i++)
        if (s->cells[i].model == model && !s->views[s->cells[i].view].baseline)
            return true;
    return false;
}

static bool has_row(const struct board_page *p, const struct matrix *m, const struct manner *how,
                    int model)
{
    bool any = false;
    for (size_t r = 0; r < m->n_rates; r++)
        any |= stat_at(p, model, view_of(p->s, how, m->rates[r])) != NULL;
    return any;
}

static void put_matrix_row(const struct board_page *p, const struct matrix *m,
                           const struct manner *how, int model)
{
    dvb_html_put(p->h, "<tr><th scope=\"row\">");
    dvb_put_model(p->h, p->b, p->s, model);
    dvb_html_put(p->h, "</th><td class=\"l\">");
    dvb_put_strategy(p->h, how->strategy);
    dvb_html_put(p->h, "</td>");
    for (size_t r = 0; r < m->n_rates; r++)
        put_matrix_cell(p, model, view_of(p->s, how, m->rates[r]));
    dvb_html_put(p->h, "</tr>\n");
}

static void put_matrix(const struct board_page *p, const struct matrix *m)
{
    struct dvb_html *h = p->h;
    dvb_html_put(h,
                 "<h2 id=\"by-bitrate\">Accuracy by bitrate</h2>\n<div class=\"scroll\" "
                 "tabindex=\"0\" role=\"region\" aria-labelledby=\"by-bitrate\">\n"
                 "<table class=\"matrix sortable\"><caption>Right answers in percent, with "
                 "%g%% intervals. Columns are video bitrates in kbps.%s</caption>\n"
                 "<thead><tr><th scope=\"col\">Model</th><th scope=\"col\">Strategy</th>",
                 100 * p->b->stats.confidence,
                 p->task < 0 ? " Bold: in first place, alone or tied" : "");
    for (size_t r = 0; r < m->n_rates; r++)
        if (m->rates[r])
            dvb_html_put(h, "<th scope=\"col\" class=\"n\">%g</th>", (double)m->rates[r] / 1000);
        else
            dvb_html_put(h, "<th scope=\"col\" class=\"n\">original</th>");
    dvb_html_put(h, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < p->b->n_models; i++)
        for (size_t k = 0; k < m->n_manners; k++)
            if (in_set(p->s, (int)i) && has_row(p, m, &m->manners[k], (int)i))
                put_matrix_row(p, m, &m->manners[k], (int)i);
    dvb_html_put(h, "</tbody></table></div>\n");
}

/* The interval as a line with a dot, over 0 to 100. */
static void put_whisker(struct dvb_html *h, const struct dvb_share *s)
{
    dvb_html_put(h,
                 "<svg class=\"w\" viewBox=\"0 0 100 8\" aria-hidden=\"true\"><path d=\"M%.1f "
                 "4H%.1f\"/><circle cx=\"%.1f\" cy=\"4\" r=\"3\"/></svg>",
                 100 * s->ci.lo, 100 * s->ci.hi, 100 * s->share);
}

static void put_place(const struct board_page *p, const struct dvb_board_cell *c)
{
    if (!c->rank)
        dvb_html_put(p->h, "<td class=\"none\">-</td>");
    else if (c->ties)
        dvb_html_put(p->h, "<td data-v=\"%d\"><span title=\"ties with %d more\">%d=</span></td>",
                     c->rank, c->ties, c->rank);
    else
        dvb_html_put(p->h, "<td data-v=\"%d\">%d</td>", c->rank, c->rank);
}

static void put_measure(struct dvb_html *h, double v)
{
    if (!isfinite(v)) {
        dvb_html_put(h, "<td class=\"none\">-</td>");
        return;
    }
    dvb_html_put(h, "<td data-v=\"%.*g\">", 10, v);
    dvb_put_number(h, v);
    dvb_html_put(h, "</td>");
}

/* What was asked in all: right or not, missing and left out. */
static size_t asked(const struct dvb_board_stat *t)
{
    return t->share.n + t->missing + t->excluded;
}

static void put_numbers(const struct board_page *p, const struct dvb_board_cell *c,
                        const struct dvb_board_stat *t)
{
    struct dvb_html *h = p->h;
    const struct dvb_share *s = &t->share;
    if (s->n)
        dvb_html_put(h, "<td data-v=\"%.*g\">", 10, s->share);
    else
        dvb_html_put(h, "<td>");
    dvb_put_share(h, s);
    dvb_html_put(h, "</td><td class=\"wt\">");
    if (s->n)
        put_whisker(h, s);
    if (t->has_loss) {
        dvb_html_put(h, "</td><td data-v=\"%.*g\">", 10, t->loss.share);
        dvb_put_share(h, &t->loss);
        dvb_html_put(h, "</td>");
    } else {
        dvb_html_put(h, "</td><td class=\"none\">-</td>");
    }
    dvb_html_put(h, "<td>%zu</td><td>%zu</td><td>%zu</td><td>%zu</td>", s->n, t->refused,
                 t->unparsed, t->missing);
    if (p->task >= 0)
        return;
    double calls = (double)(asked(t) - t->missing - t->excluded);
    put_measure(h, calls > 0 ? 1000 * c->cost_usd / calls : NAN);
    put_measure(h, c->latency_s);
}

static void put_row(const struct board_page *p, const struct dvb_board_cell *c,
                    const struct dvb_board_stat *t)
{
    struct dvb_html *h = p->h;
    const struct dvb_board_view *v = &p->s->views[c->view];
    dvb_html_put(h, "<tr data-r=\"%lld\" data-s=\"%s\">", (long long)v->bitrate, v->strategy);
    if (p->task < 0)
        put_place(p, c);
    dvb_html_put(h, "<th scope=\"row\">");
    dvb_put_model(h, p->b, p->s, c->model);
    if (!c->whole)
        dvb_html_put(h, " <span class=\"tag warn\" title=\"the run that measured it did not "
                        "finish\">unfinished</span>");
    dvb_html_put(h, "</th><td class=\"l\">");
    dvb_put_strategy(h, v->strategy);
    dvb_html_put(h, "</td><td data-v=\"%lld\">",
                 v->bitrate ? (long long)v->bitrate : 1000000000000LL);
    dvb_put_rate(h, v);
    dvb_html_put(h, "</td>");
    put_numbers(p, c, t);
    dvb_html_put(h, "</tr>\n");
}

struct row {
    const struct dvb_board_cell *c;
    const struct dvb_board_stat *t;
    bool original;
};

/* By view, rising with the original last; then the best first. */
static int by_view(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->original != y->original)
        return x->original - y->original;
    if (x->c->view != y->c->view)
        return x->c->view - y->c->view;
    double dx = x->t->share.n ? x->t->share.share : -1, dy = y->t->share.n ? y->t->share.share : -1;
    return dx != dy ? (dx < dy) - (dx > dy) : strcmp(x->c->name, y->c->name);
}

/* Rows of the table of all conditions, or of that of the baselines. Heap. */
static struct row *list_rows(const struct board_page *p, bool baselines, size_t *n)
{
    struct row *list = dvb_calloc(p->s->n_cells + 1, sizeof(*list));
    *n = 0;
    for (size_t i = 0; i < p->s->n_cells; i++) {
        const struct dvb_board_cell *c = &p->s->cells[i];
        const struct dvb_board_stat *t = dvb_board_stat_of(c, p->task);
        if (t && p->s->views[c->view].baseline == baselines)
            list[(*n)++] = (struct row){ c, t, !p->s->views[c->view].bitrate };
    }
    if (*n)
        qsort(list, *n, sizeof(*list), by_view);
    return list;
}

static void put_columns(const struct board_page *p, const char *strategy)
{
    struct dvb_html *h = p->h;
    dvb_html_put(h, "<thead><tr>");
    if (p->task < 0)
        dvb_html_put(h, "<th scope=\"col\" class=\"n\">Place</th>");
    dvb_html_put(h,
                 "<th scope=\"col\">Model</th><th scope=\"col\">%s</th>"
                 "<th scope=\"col\" class=\"n\">kbps</th><th scope=\"col\" class=\"n\">Right, "
                 "%%</th><th scope=\"col\" class=\"wt\"><span class=\"sr\">Interval from 0 to "
                 "100</span></th><th scope=\"col\" class=\"n\">Lost, %%</th>"
                 "<th scope=\"col\" class=\"n\">n</th><th scope=\"col\" class=\"n\">Refused</th>"
                 "<th scope=\"col\" class=\"n\">Unread</th><th scope=\"col\" "
                 "class=\"n\">Missing</th>",
                 strategy);
    if (p->task < 0)
        dvb_html_put(h, "<th scope=\"col\" class=\"n\">USD/1000</th><th scope=\"col\" "
                        "class=\"n\">Seconds</th>");
    dvb_html_put(h, "</tr></thead>\n<tbody>\n");
}

static void put_conditions(const struct board_page *p)
{
    size_t n;
    struct row *rows = list_rows(p, false, &n);
    if (n) {
        dvb_html_put(
            p->h,
            "<h2 id=\"conditions\">Every condition</h2>\n<div class=\"filters\" "
            "data-for=\"t-conditions\" hidden></div>\n<div class=\"scroll\" tabindex=\"0\" "
            "role=\"region\" aria-labelledby=\"conditions\">\n<table id=\"t-conditions\" "
            "class=\"sortable\"><caption>Right: with %g%% interval, clustered by video. "
            "Lost: right on the original, wrong here. Missing: no answer, and no part of "
            "any number.%s</caption>\n",
            100 * p->b->stats.confidence,
            p->task < 0 ? " USD per 1000 answers, seconds of the median answer. Places "
                          "are among those that saw the same stream; = marks a tie"
                        : " No places: models are compared over all task types together, and "
                          "one type alone mostly has too few questions to tell them apart");
        put_columns(p, "Strategy");
        for (size_t i = 0; i < n; i++)
            put_row(p, rows[i].c, rows[i].t);
        dvb_html_put(p->h, "</tbody></table></div>\n");
    }
    free(rows);
}

static void put_baselines(const struct board_page *p)
{
    size_t n;
    struct row *rows = list_rows(p, true, &n);
    if (n) {
        dvb_html_put(p->h,
                     "<h2 id=\"baselines\">Baselines</h2>\n<p>Who does well here has not "
                     "shown that it understands video.</p>\n<div class=\"scroll\" "
                     "tabindex=\"0\" role=\"region\" aria-labelledby=\"baselines\">\n<table "
                     "class=\"sortable\"><caption>Scored without the video as it is</caption>\n");
        put_columns(p, "Shown");
        for (size_t i = 0; i < n; i++)
            put_row(p, rows[i].c, rows[i].t);
        dvb_html_put(p->h, "</tbody></table></div>\n");
    }
    free(rows);
}

static void put_tasks(const struct board_page *p)
{
    if (p->s->n_tasks < 2)
        return;
    dvb_html_put(p->h, "<nav class=\"choices\" aria-label=\"Task types\"><ul>");
    for (int task = -1; task < (int)p->s->n_tasks; task++) {
        char *file = dvb_page_board_name(p->set, task);
        const char *name = task < 0 ? "All task types" : p->s->tasks[task];
        dvb_html_put(p->h, "<li><a href=\"%s\" aria-current=\"%s\"><bdi>%s</bdi></a></li>", file,
                     task == p->task ? "page" : "false", *name ? name : "(none)");
        free(file);
    }
    dvb_html_put(p->h, "</ul></nav>\n");
}

static size_t count_models(const struct dvb_board *b, const struct dvb_board_set *s)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_models; i++)
        n += in_set(s, (int)i);
    return n;
}

static void put_funnel(const struct board_page *p)
{
    const struct dvb_board_funnel *f = &p->s->funnel;
    if (!f->known || !f->generated)
        return;
    dvb_html_put(p->h, "Of %zu generated question%s, %zu were right on the original and wrong ",
                 f->generated, f->generated == 1 ? "" : "s", f->accepted);
    if (f->bitrate)
        dvb_html_put(p->h, "at %g kbps", (double)f->bitrate / 1000);
    else
        dvb_html_put(p->h, "on the degraded clip");
    dvb_html_put(p->h, ", and %zu of those were verified. ", f->verified);
}

static void put_intro(const struct board_page *p, const struct matrix *m)
{
    const struct dvb_board_set *s = p->s;
    size_t models = count_models(p->b, s), rates = 0;
    for (size_t i = 0; i < m->n_rates; i++)
        rates += m->rates[i] > 0;
    dvb_html_put(p->h, "<p class=\"lead\">%zu %s question%s about %zu video%s, set ",
                 s->n_questions, s->stage, s->n_questions == 1 ? "" : "s", s->n_videos,
                 s->n_videos == 1 ? "" : "s");
    dvb_put_hash(p->h, s->hash);
    dvb_html_put(p->h, "; %zu model%s, %zu bitrate%s. ", models, models == 1 ? "" : "s", rates,
                 rates == 1 ? "" : "s");
    if (s->judge)
        dvb_html_put(p->h, "Free answers, judged by <bdi>%s</bdi>. ", s->judge);
    put_funnel(p);
    dvb_html_put(p->h, "<a href=\"about.html\">How to read this</a></p>\n");
}

static bool has_builders(const struct board_page *p)
{
    for (size_t i = 0; i < p->b->n_models * 3; i++)
        if (p->s->built[i])
            return true;
    return false;
}

static void put_notes(const struct board_page *p)
{
    size_t unfinished = 0;
    for (size_t i = 0; i < p->s->n_cells; i++)
        unfinished += !p->s->cells[i].whole;
    if (!p->s->n_cells)
        dvb_html_put(p->h, "<p class=\"note\">Nothing has been measured on these questions yet: "
                           "<code>devibench eval</code> does.</p>\n");
    if (unfinished)
        dvb_html_put(p->h,
                     "<p class=\"note\">%zu of the %zu conditions come from a run that did "
                     "not finish; the same command finishes it.</p>\n",
                     unfinished, p->s->n_cells);
    if (has_builders(p))
        dvb_html_put(p->h,
                     "<p class=\"note\">A model marked <span class=\"tag\">builder</span> had "
                     "a part in making the questions. What a filter saw on the original and "
                     "missed on the degraded clip was kept, so its numbers are too high on "
                     "the original and too low at the build's bitrate.</p>\n");
}

static char *board_name(size_t set)
{
    return dvb_page_board_name(set, -1);
}

static int write_page(struct dvb_site *site, size_t set, int task, struct dvb_err *err)
{
    const struct dvb_board_set *s = &site->b->sets[set];
    char *name = dvb_page_board_name(set, task);
    const char *title = task >= 0 ? s->tasks[task] : set ? s->label : site->b->title;
    struct dvb_page page;
    int ret = dvb_page_open(site, name, *title ? title : "(no task type)", DVB_NAV_BOARD, &page,
                            err);
    free(name);
    if (ret)
        return ret;
    const struct board_page p = { page.h, site->b, s, set, task };
    struct matrix m;
    make_matrix(s, &m);
    dvb_html_put(p.h, "<h1><bdi>%s</bdi></h1>\n", *title ? title : "(no task type)");
    put_intro(&p, &m);
    put_notes(&p);
    dvb_put_sets(p.h, site->b, set, board_name);
    put_tasks(&p);
    if (m.n_rates)
        put_matrix(&p, &m);
    put_conditions(&p);
    put_baselines(&p);
    release_matrix(&m);
    return dvb_page_close(&page, err);
}

int dvb_write_board_pages(struct dvb_site *site, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < site->b->n_sets && !ret; i++) {
        int tasks = site->b->sets[i].n_tasks > 1 ? (int)site->b->sets[i].n_tasks : 0;
        for (int task = -1; task < tasks && !ret; task++)
            ret = write_page(site, i, task, err);
    }
    return ret;
}
