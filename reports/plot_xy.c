/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "reports/plot_internal.h"

#define MARK_SIZE 0.75

static bool on_axes(const struct dvb_plot_sheet *s, double x, double y)
{
    return dvb_plot_shown(x, s->p->x.log) && dvb_plot_shown(y, s->p->y.log);
}

static bool has_reach(const struct dvb_plot_sheet *s, const struct dvb_plot_point *p)
{
    return dvb_plot_shown(p->lo, s->p->y.log) && dvb_plot_shown(p->hi, s->p->y.log);
}

#define BESIDE 2.5 /* px between whiskers of series at one x */

/* Where a series with whiskers has that x: beside those of the others. */
static double beside(const struct dvb_plot_sheet *s, size_t i, double x)
{
    const struct dvb_plot_scale *scale = &s->l->x;
    if (!s->p->series[i].whiskers)
        return x;
    double px = ((double)i - (double)(s->p->n_series - 1) / 2) * BESIDE;
    double share = px / (s->l->right - s->l->left);
    return scale->log ? x * pow(scale->hi / scale->lo, share) : x + share * (scale->hi - scale->lo);
}

/* A block of data for each thing to draw: l the line, b its band or whiskers, a and
   c the same of the point apart. An empty line is a gap. */
static void put_data(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_series *series = &s->p->series[i];
    fprintf(s->f, "$l%zu << EOD\n", i);
    for (size_t k = 0; k < series->n; k++) {
        const struct dvb_plot_point *p = &series->points[k];
        if (on_axes(s, p->x, p->y))
            fprintf(s->f, "%.15g %.15g\n", beside(s, i, p->x), p->y);
        else
            fputc('\n', s->f);
    }
    fprintf(s->f, "EOD\n$b%zu << EOD\n", i);
    for (size_t k = 0; k < series->n; k++) {
        const struct dvb_plot_point *p = &series->points[k];
        if (on_axes(s, p->x, p->y) && has_reach(s, p))
            fprintf(s->f, "%.15g %.15g %.15g %.15g\n", beside(s, i, p->x), p->y, p->lo, p->hi);
    }
    fputs("EOD\n", s->f);
}

/* Points apart stand beside each other, so that their whiskers can be told apart. */
static void put_apart(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_point *p = s->p->series[i].apart;
    const struct dvb_plot_scale *x = &s->l->x;
    double from = dvb_plot_at(x, x->edge),
           share = from + (1 - from) * (double)(i + 1) / (double)(s->p->n_series + 1);
    double at = x->log ? x->lo * pow(x->hi / x->lo, share) : x->lo + share * (x->hi - x->lo);
    fprintf(s->f, "$a%zu << EOD\n%.15g %.15g\nEOD\n", i, at, p->y);
    fprintf(s->f, "$c%zu << EOD\n%.15g %.15g %.15g %.15g\nEOD\n", i, at, p->y,
            has_reach(s, p) ? p->lo : p->y, has_reach(s, p) ? p->hi : p->y);
}

struct what { /* a series has, that can be drawn */
    bool line, reach, apart;
};

static struct what look_at(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_series *series = &s->p->series[i];
    struct what w = { .apart = series->apart && dvb_plot_shown(series->apart->y, s->p->y.log) };
    for (size_t k = 0; k < series->n; k++)
        if (on_axes(s, series->points[k].x, series->points[k].y)) {
            w.line = true;
            w.reach = w.reach || has_reach(s, &series->points[k]);
        }
    return w;
}

static void clause(const struct dvb_plot_sheet *s, int *n, const char *block, size_t i)
{
    fprintf(s->f, "%s$%s%zu ", (*n)++ ? ", \\\n  " : "plot ", block, i);
}

static void put_bands(const struct dvb_plot_sheet *s, size_t i, int *n)
{
    if (!look_at(s, i).reach || s->p->series[i].whiskers)
        return;
    clause(s, n, "b", i);
    fprintf(s->f, "using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.15 noborder",
            dvb_plot_pen(s->p, i).colour);
}

static void put_whiskers(const struct dvb_plot_sheet *s, const char *block, size_t i, int *n)
{
    clause(s, n, block, i);
    fprintf(s->f, "using 1:3:(0):($4-$3) with vectors heads size screen 0.006,90 lc rgb '%s' lw 1",
            dvb_plot_pen(s->p, i).colour);
}

static void put_line(const struct dvb_plot_sheet *s, size_t i, int *n)
{
    static const char *const looks[] = {
        [DVB_PLOT_LINE_MARKS] = "linespoints",
        [DVB_PLOT_LINE] = "lines",
        [DVB_PLOT_STEPS] = "steps",
        [DVB_PLOT_MARKS] = "points",
    };
    enum dvb_plot_look look = s->p->series[i].look;
    struct dvb_plot_pen pen = dvb_plot_pen(s->p, i);
    clause(s, n, "l", i);
    fprintf(s->f, "using 1:2 with %s lc rgb '%s'", looks[look], pen.colour);
    if (look != DVB_PLOT_MARKS)
        fprintf(s->f, " lw 2 dt %s", pen.dash);
    if (look == DVB_PLOT_MARKS || look == DVB_PLOT_LINE_MARKS)
        fprintf(s->f, " pt %d ps %g", pen.mark, MARK_SIZE);
}

static void put_series(const struct dvb_plot_sheet *s, size_t i, int *n)
{
    struct what w = look_at(s, i);
    if (w.reach && s->p->series[i].whiskers)
        put_whiskers(s, "b", i, n);
    if (w.line)
        put_line(s, i, n);
    if (!w.apart)
        return;
    put_whiskers(s, "c", i, n);
    struct dvb_plot_pen pen = dvb_plot_pen(s->p, i);
    clause(s, n, "a", i);
    fprintf(s->f, "using 1:2 with points lc rgb '%s' pt %d ps %g", pen.colour, pen.mark, MARK_SIZE);
}

static void put_strip(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    double width = l->right - l->left, x = l->left + dvb_plot_at(&l->x, l->x.edge) * width;
    fputs("set arrow from ", s->f);
    dvb_plot_place(s, x, l->bottom);
    fputs(" to ", s->f);
    dvb_plot_place(s, x, l->top);
    fprintf(s->f, " nohead lc rgb '%s' lw 1 dt (2,3) front\n", DVB_PLOT_SOFT);
    char *text = dvb_plot_cut(s->p->apart_label, dvb_plot_fit(l->right - x, DVB_PLOT_SMALL));
    dvb_plot_words(s, (x + l->right) / 2, l->bottom - 14, DVB_PLOT_SMALL, DVB_PLOT_SOFT, "center",
                   0, text);
    free(text);
}

void dvb_plot_xy(const struct dvb_plot_sheet *s)
{
    int n = 0;
    if (s->l->x.hi > s->l->x.edge)
        put_strip(s);
    for (size_t i = 0; i < s->p->n_series; i++) {
        put_data(s, i);
        if (look_at(s, i).apart)
            put_apart(s, i);
    }
    for (size_t i = 0; i < s->p->n_series; i++)
        put_bands(s, i, &n);
    for (size_t i = 0; i < s->p->n_series; i++)
        put_series(s, i, &n);
    dvb_plot_end(s, n);
}
