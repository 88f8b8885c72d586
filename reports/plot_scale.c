/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

struct extent {
    double lo, hi;
    bool any;
};

static void reach(struct extent *e, double v, bool log)
{
    if (!dvb_plot_shown(v, log))
        return;
    e->lo = e->any ? fmin(e->lo, v) : v;
    e->hi = e->any ? fmax(e->hi, v) : v;
    e->any = true;
}

static void reach_point(struct extent *e, const struct dvb_plot_point *p, bool log)
{
    reach(e, p->y, log);
    reach(e, p->lo, log);
    reach(e, p->hi, log);
}

/* Heights of the stacks, since parts stand on each other. */
static void reach_stacks(struct extent *e, const struct dvb_plot *p)
{
    double *sum = dvb_calloc(p->n_categories + 1, sizeof(*sum));
    for (size_t i = 0; i < p->n_series; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            if (isfinite(p->series[i].points[k].y))
                sum[(size_t)p->series[i].points[k].x] += p->series[i].points[k].y;
    for (size_t i = 0; i < p->n_categories; i++)
        reach(e, sum[i], false);
    free(sum);
}

static struct extent extent_of(const struct dvb_plot *p, bool vertical)
{
    const struct dvb_plot_axis *axis = vertical ? &p->y : &p->x;
    struct extent e = { 0 };
    for (size_t i = 0; i < p->n_series; i++) {
        const struct dvb_plot_series *s = &p->series[i];
        for (size_t k = 0; k < s->n; k++)
            if (vertical)
                reach_point(&e, &s->points[k], axis->log);
            else if (dvb_plot_shown(s->points[k].y, p->y.log))
                reach(&e, s->points[k].x, axis->log);
        if (vertical && s->apart)
            reach_point(&e, s->apart, axis->log);
    }
    if (vertical && p->kind == DVB_PLOT_STACKED)
        reach_stacks(&e, p);
    if (vertical && p->kind != DVB_PLOT_XY)
        reach(&e, 0, false);
    if (vertical && p->values)
        reach(&e, e.hi * 1.1, false); /* room for the words above the bars */
    for (size_t i = 0; i < p->n_rules; i++)
        if (p->rules[i].vertical != vertical)
            reach(&e, p->rules[i].at, axis->log);
    for (size_t i = 0; i < p->n_notes; i++)
        reach(&e, vertical ? p->notes[i].y : p->notes[i].x, axis->log);
    for (size_t i = 0; i < axis->n_ticks; i++)
        reach(&e, axis->ticks[i], axis->log);
    return e;
}

/* 1, 2 or 5 times a power of ten, so that a span has at most n steps. */
static double nice_step(double span, int n)
{
    double raw = span / n, power = pow(10, floor(log10(raw)));
    static const double nice[] = { 1, 2, 5, 10 };
    for (int i = 0; i < 4; i++)
        if (nice[i] * power >= raw * (1 - 1e-9))
            return nice[i] * power;
    return 10 * power;
}

static void add_tick(struct dvb_plot_scale *s, double v)
{
    if (s->percent && s->lo >= 0 && s->hi <= 1.1 && v > 1 + 1e-9)
        return;
    double slack = s->log ? s->hi * 1e-9 : (s->hi - s->lo) * 1e-9;
    if (s->n_ticks < DVB_PLOT_MAX_TICKS && v >= s->lo - slack && v <= s->edge + slack)
        s->ticks[s->n_ticks++] = v;
}

/* Each power of ten over a wide range, 1, 2, 5 times them over a narrow one. */
static void log_ticks(struct dvb_plot_scale *s)
{
    static const double within[] = { 1, 2, 5 };
    double decades = log10(s->edge / s->lo);
    int n = decades <= 2.5 ? 3 : 1;
    double step = n == 1 ? ceil(decades / 12) : 1;
    for (double e = floor(log10(s->lo)); e <= ceil(log10(s->edge)); e += step)
        for (int i = 0; i < n; i++)
            add_tick(s, within[i] * pow(10, e));
}

static void linear_ticks(struct dvb_plot_scale *s, double step)
{
    for (double k = ceil(s->lo / step - 1e-9); k * step <= s->edge + step * 1e-6; k++) {
        if (s->n_ticks == DVB_PLOT_MAX_TICKS)
            break;
        add_tick(s, k * step + 0.0); /* not -0 */
    }
}

/* The ends of the axis: as given, or from the values with some air around. */
static void settle_log(const struct dvb_plot_axis *axis, struct extent e, struct dvb_plot_scale *s)
{
    double pad = pow(e.hi / e.lo, 0.06);
    pad = fmax(pad, 1.12);
    s->lo = dvb_plot_shown(axis->min, true) ? axis->min : e.lo / pad;
    s->edge = dvb_plot_shown(axis->max, true) ? axis->max : e.hi * pad;
    if (!(s->edge > s->lo))
        s->edge = s->lo * 10;
}

static double settle_linear(const struct dvb_plot_axis *axis, struct extent e, bool round, int n,
                            struct dvb_plot_scale *s)
{
    bool given = axis->min != axis->max || isnan(axis->min) || isnan(axis->max);
    bool min_given = given && isfinite(axis->min), max_given = given && isfinite(axis->max);
    if (!min_given && e.lo > 0 && e.lo < 0.4 * e.hi)
        e.lo = 0;
    s->lo = min_given ? axis->min : e.lo;
    s->edge = max_given ? axis->max : e.hi;
    if (!(s->edge > s->lo)) {
        double around = s->lo != 0 ? fabs(s->lo) * 0.2 : 1;
        s->lo -= min_given || s->lo == 0 ? 0 : around;
        s->edge += max_given ? 0 : around;
    }
    double step = nice_step(s->edge - s->lo, n);
    if (!min_given)
        s->lo = round ? floor(s->lo / step + 1e-9) * step : s->lo - 0.03 * (s->edge - s->lo);
    if (!max_given)
        s->edge = round ? ceil(s->edge / step - 1e-9) * step : s->edge + 0.03 * (s->edge - s->lo);
    if (axis->percent && !max_given && e.hi <= 1.1) /* but for room above */
        s->edge = fmin(s->edge, fmax(1, e.hi));
    return step;
}

double dvb_plot_at(const struct dvb_plot_scale *s, double v)
{
    if (s->log)
        return log(v / s->lo) / log(s->hi / s->lo);
    return (v - s->lo) / (s->hi - s->lo);
}

static void make_strip(struct dvb_plot_scale *s, double strip)
{
    s->hi = s->apart = s->edge;
    if (strip <= 0)
        return;
    if (s->log) {
        s->hi = s->lo * pow(s->edge / s->lo, 1 / (1 - strip));
        s->apart = sqrt(s->edge * s->hi);
    } else {
        s->hi = s->lo + (s->edge - s->lo) / (1 - strip);
        s->apart = (s->edge + s->hi) / 2;
    }
}

static void make(const struct dvb_plot_axis *axis, struct extent e, bool round, int n, double strip,
                 struct dvb_plot_scale *s)
{
    *s = (struct dvb_plot_scale){ .log = axis->log, .percent = axis->percent };
    if (!e.any)
        e = (struct extent){ .lo = axis->log ? 1 : 0, .hi = axis->log ? 10 : 1 };
    double step = 1;
    if (axis->log)
        settle_log(axis, e, s);
    else
        step = settle_linear(axis, e, round, n, s);
    make_strip(s, strip);
    if (axis->n_ticks)
        for (size_t i = 0; i < axis->n_ticks; i++)
            add_tick(s, axis->ticks[i]);
    else if (axis->log)
        log_ticks(s);
    else
        linear_ticks(s, step);
}

void dvb_plot_number(char *buf, size_t size, const struct dvb_plot_scale *s, double v)
{
    if (s->percent)
        snprintf(buf, size, "%.4g%%", v * 100);
    else if (v != 0 && (fabs(v) >= 1e6 || fabs(v) < 1e-3))
        snprintf(buf, size, "%.3g", v);
    else
        snprintf(buf, size, "%.6g", v);
}

/* Numbers from left to right, each with room after the one before. */
static void name_x(struct dvb_plot_scale *s, double along)
{
    double free_from = -1e9;
    for (int i = 0; i < s->n_ticks; i++) {
        char text[32];
        dvb_plot_number(text, sizeof(text), s, s->ticks[i]);
        double half = dvb_plot_px(text, DVB_PLOT_SMALL) / 2,
               at = dvb_plot_at(s, s->ticks[i]) * along;
        s->named[i] = at - half >= free_from;
        if (s->named[i])
            free_from = at + half + 5;
    }
}

static void name_y(struct dvb_plot_scale *s, double along)
{
    double last = -1e9;
    for (int i = 0; i < s->n_ticks; i++) {
        double at = dvb_plot_at(s, s->ticks[i]) * along;
        s->named[i] = at >= last + DVB_PLOT_SMALL + 3;
        if (s->named[i])
            last = at;
    }
}

void dvb_plot_scale_x(const struct dvb_plot *p, double along, double strip,
                      struct dvb_plot_scale *s)
{
    make(&p->x, extent_of(p, false), false, 7, strip, s);
    name_x(s, along);
}

void dvb_plot_scale_y(const struct dvb_plot *p, double along, struct dvb_plot_scale *s)
{
    make(&p->y, extent_of(p, true), true, 6, 0, s);
    name_y(s, along);
}
