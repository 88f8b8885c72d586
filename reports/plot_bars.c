/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

#define GROUP 0.8 /* of a category's place is bars */

static double width_of(const struct dvb_plot *p)
{
    return p->kind == DVB_PLOT_STACKED ? 0.6 : GROUP / (double)(p->n_series ? p->n_series : 1);
}

/* Middle of a bar. */
static double middle(const struct dvb_plot *p, size_t series, double category)
{
    if (p->kind == DVB_PLOT_STACKED)
        return category;
    return category - GROUP / 2 + ((double)series + 0.5) * width_of(p);
}

/* Blocks of data: r the rectangles, e the whiskers. base: where each category's
   next part stands. */
static void put_data(const struct dvb_plot_sheet *s, size_t i, double *base)
{
    const struct dvb_plot_series *series = &s->p->series[i];
    bool stacked = s->p->kind == DVB_PLOT_STACKED;
    double half = width_of(s->p) / 2 * (stacked ? 1 : 0.94);
    fprintf(s->f, "$r%zu << EOD\n", i);
    for (size_t k = 0; k < series->n; k++) {
        const struct dvb_plot_point *p = &series->points[k];
        if (!isfinite(p->y))
            continue;
        double x = middle(s->p, i, p->x), from = stacked ? base[(size_t)p->x] : 0;
        fprintf(s->f, "%.15g %.15g %.15g %.15g %.15g %.15g\n", x, from, x - half, x + half, from,
                from + p->y);
        if (stacked)
            base[(size_t)p->x] += p->y;
    }
    fprintf(s->f, "EOD\n$e%zu << EOD\n", i);
    for (size_t k = 0; k < series->n && !stacked; k++) {
        const struct dvb_plot_point *p = &series->points[k];
        if (isfinite(p->y) && isfinite(p->lo) && isfinite(p->hi))
            fprintf(s->f, "%.15g %.15g %.15g %.15g\n", middle(s->p, i, p->x), p->y, p->lo, p->hi);
    }
    fputs("EOD\n", s->f);
}

static bool has_bar(const struct dvb_plot_series *s)
{
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->points[k].y))
            return true;
    return false;
}

static bool has_whisker(const struct dvb_plot_series *s)
{
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->points[k].y) && isfinite(s->points[k].lo) && isfinite(s->points[k].hi))
            return true;
    return false;
}

static void put_bars(const struct dvb_plot_sheet *s, size_t i, int *n)
{
    const struct dvb_plot_series *series = &s->p->series[i];
    if (has_bar(series))
        fprintf(s->f, "%s$r%zu using 1:2:3:4:5:6 with boxxyerror fc rgb '%s' fs solid 1 noborder",
                (*n)++ ? ", \\\n  " : "plot ", i, dvb_plot_pen(s->p, i).colour);
    if (has_whisker(series) && s->p->kind == DVB_PLOT_BARS)
        fprintf(s->f,
                ", \\\n  $e%zu using 1:3:(0):($4-$3) with vectors heads size screen 0.006,90 lc "
                "rgb '%s' lw 1",
                i, DVB_PLOT_INK);
}

static double px_x(const struct dvb_plot_sheet *s, double x)
{
    const struct dvb_plot_layout *l = s->l;
    return l->left + (x + 0.5) / (double)s->p->n_categories * (l->right - l->left);
}

static void put_values(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_layout *l = s->l;
    double room = width_of(s->p) * (l->right - l->left) / (double)s->p->n_categories;
    for (size_t k = 0; k < s->p->series[i].n; k++) {
        const struct dvb_plot_point *p = &s->p->series[i].points[k];
        double top = isfinite(p->hi) ? fmax(p->hi, p->y) : p->y;
        if (!isfinite(p->y))
            continue;
        char text[32];
        if (s->p->y.percent)
            snprintf(text, sizeof(text), "%.1f%%", p->y * 100);
        else
            dvb_plot_number(text, sizeof(text), &l->y, p->y);
        double y = l->bottom + fmin(1, dvb_plot_at(&l->y, top)) * (l->top - l->bottom);
        bool steep = dvb_plot_px(text, DVB_PLOT_SMALL - 1) > room + 4;
        dvb_plot_words(s, px_x(s, middle(s->p, i, p->x)), y + (steep ? 4 : 8), DVB_PLOT_SMALL - 1,
                       DVB_PLOT_INK, steep ? "left" : "center", steep ? 90 : 0, text);
    }
}

static void put_category(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_layout *l = s->l;
    double x = px_x(s, (double)i), y = l->bottom - 12;
    if (l->steep) {
        char *text = dvb_plot_cut(s->p->categories[i], l->category_columns);
        dvb_plot_words(s, x + 2, l->bottom - 6, DVB_PLOT_SMALL, DVB_PLOT_SOFT, "right", 60, text);
        free(text);
        return;
    }
    char *line[DVB_PLOT_MAX_LINES];
    int n = dvb_plot_wrap(s->p->categories[i], l->category_columns, DVB_PLOT_MAX_LINES, line);
    for (int k = 0; k < n; k++, y -= DVB_PLOT_SMALL + 2) {
        dvb_plot_words(s, x, y, DVB_PLOT_SMALL, DVB_PLOT_SOFT, "center", 0, line[k]);
        free(line[k]);
    }
}

void dvb_plot_bars(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot *p = s->p;
    double slot = (s->l->right - s->l->left) / (double)p->n_categories;
    size_t every = (size_t)ceil((DVB_PLOT_SMALL + 3) / slot); /* with room for its name */
    int n = 0;
    fprintf(s->f, "set xrange [-0.5:%.1f]\nset xtics () \nset format x ''\n",
            (double)p->n_categories - 0.5);
    for (size_t i = 0; i < p->n_categories; i += s->l->steep ? every : 1)
        put_category(s, i);
    double *base = dvb_calloc(p->n_categories, sizeof(*base));
    for (size_t i = 0; i < p->n_series; i++) {
        put_data(s, i, base);
        if (p->values && p->kind == DVB_PLOT_BARS)
            put_values(s, i);
    }
    free(base);
    for (size_t i = 0; i < p->n_series; i++)
        put_bars(s, i, &n);
    dvb_plot_end(s, n);
}
