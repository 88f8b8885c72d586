/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "reports/figures_internal.h"

static void *keep(struct dvb_figure_list *list, void *p)
{
    struct dvb_figure_pool *pool = &list->pool;
    pool->items = dvb_grow(pool->items, pool->n, &pool->cap, sizeof(*pool->items));
    pool->items[pool->n++] = p;
    return p;
}

void *dvb_figure_alloc(struct dvb_figure_list *list, size_t n, size_t size)
{
    return keep(list, dvb_calloc(n ? n : 1, size));
}

const char *dvb_figure_text(struct dvb_figure_list *list, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = dvb_calloc((size_t)len + 1, 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return keep(list, text);
}

struct dvb_figure *dvb_figure_add(struct dvb_figure_list *list, const struct dvb_board *b,
                                  size_t set, const char *base, int part, int parts,
                                  const char *title)
{
    const struct dvb_board_set *s = &b->sets[set];
    list->v = dvb_grow(list->v, list->n, &list->cap, sizeof(*list->v));
    struct dvb_figure *f = &list->v[list->n++];
    const char *of = set ? dvb_figure_text(list, "set-%zu-", set + 1) : "";
    const char *more = parts > 1 ? dvb_figure_text(list, "-%d", part) : "";
    *f = (struct dvb_figure){
        .plot.name = dvb_figure_text(list, "%s%s%s", of, base, more),
        .plot.title = parts > 1 ? dvb_figure_text(list, "%s (%d of %d)", title, part, parts)
                                : title,
        .plot.source = dvb_figure_text(list, "%s; %zu videos", s->label, s->n_videos),
        .plot.desc = "",
        .caption = "",
    };
    return f;
}

void dvb_figures_of_board(const struct dvb_board *b, struct dvb_figure_list *list)
{
    for (size_t i = 0; i < b->n_sets; i++) {
        dvb_figure_rates(b, i, list);
        dvb_figure_saving(b, i, list);
        dvb_figure_funnel(b, i, list);
        dvb_figure_tasks(b, i, list);
        dvb_figure_frames(b, i, list);
        dvb_figure_letters(b, i, list);
    }
}

void dvb_figures_release(struct dvb_figure_list *list)
{
    for (size_t i = 0; i < list->pool.n; i++)
        free(list->pool.items[i]);
    free(list->pool.items);
    free(list->v);
    *list = (struct dvb_figure_list){ 0 };
}

/* Each figure is a process or two of its own: as many at once as there are threads. */
static int draw(const struct dvb_figure_list *list, const char *dir, bool *drawn,
                struct dvb_err *err)
{
    struct dvb_plotter g;
    struct dvb_err why;
    int ret = 0;
    bool have = !dvb_plotter_init(&g, &why);
    if (!have)
        dvb_warn("%s; the figures' numbers are written without pictures", why.msg);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < list->n; i++) {
        struct dvb_err mine = { 0 };
        int failed = dvb_plot_write_data(&list->v[i].plot, dir, &mine);
        if (failed) {
#pragma omp critical(figures)
            if (!ret) {
                ret = failed;
                if (err)
                    *err = mine;
            }
            continue;
        }
        drawn[i] = have && !dvb_plot_draw(&g, &list->v[i].plot, dir, &mine);
        if (have && !drawn[i])
            dvb_warn("%s", mine.msg);
    }
    dvb_plotter_release(&g);
    return ret;
}

static void tell(const struct dvb_figure *f, bool drawn, struct dvb_site_figure *to)
{
    to->title = dvb_strdup(f->plot.title);
    to->caption = dvb_strdup(f->caption);
    to->desc = dvb_strdup(f->plot.desc);
    to->csv = dvb_asprintf("figures/%s.csv", f->plot.name);
    to->json = dvb_asprintf("figures/%s.json", f->plot.name);
    to->svg = drawn ? dvb_asprintf("figures/%s.svg", f->plot.name) : NULL;
    to->pdf = drawn ? dvb_asprintf("figures/%s.pdf", f->plot.name) : NULL;
}

int dvb_figures_write(void *settings, const struct dvb_board *b, const char *dir,
                      struct dvb_site_figure **out, size_t *n, struct dvb_err *err)
{
    const struct dvb_figures_settings *s = settings;
    struct dvb_figure_list list = { 0 };
    char *folder = dvb_path_join(dir, "figures");
    int ret = dvb_mkdirs(folder, err);
    dvb_figures_of_board(b, &list);
    for (size_t i = 0; i < s->n_files && !ret; i++)
        ret = dvb_figures_load(s->files[i], &list, err);
    bool *drawn = dvb_calloc(list.n + 1, sizeof(*drawn));
    if (!ret)
        ret = draw(&list, folder, drawn, err);
    *out = NULL;
    *n = 0;
    if (!ret) {
        *out = dvb_calloc(list.n + 1, sizeof(**out));
        *n = list.n;
        for (size_t i = 0; i < list.n; i++)
            tell(&list.v[i], drawn[i], &(*out)[i]);
    }
    free(drawn);
    free(folder);
    dvb_figures_release(&list);
    return ret;
}
