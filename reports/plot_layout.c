/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

#define EDGE 8.0    /* around everything */
#define FIELD 220.0 /* height of the field */
#define SAMPLE 36.0 /* an entry of the legend before its words */
#define GAP 12.0    /* between columns of the legend */
#define SOURCE_LINE 13.0
#define RING_ABOVE 26.0 /* around a ring, for its percents */
#define RING_BESIDE 46.0
#define STEEP_COLUMNS 22 /* of labels of categories that are turned by 60 degrees */
#define STEEP_COS 0.5
#define STEEP_SIN 0.87

size_t dvb_plot_legend_series(const struct dvb_plot *p)
{
    if (p->kind == DVB_PLOT_RINGS)
        return p->n_categories;
    return p->n_series == 1 && !(p->series[0].label && *p->series[0].label) ? 0 : p->n_series;
}

/* A line across with a name. */
static bool named_across(const struct dvb_plot_rule *r)
{
    return !r->vertical && r->label && *r->label;
}

static size_t legend_n(const struct dvb_plot *p)
{
    size_t n = dvb_plot_legend_series(p);
    for (size_t i = 0; i < p->n_rules && p->kind != DVB_PLOT_RINGS; i++)
        n += named_across(&p->rules[i]);
    return n;
}

const char *dvb_plot_legend_label(const struct dvb_plot *p, size_t i,
                                  const struct dvb_plot_rule **rule)
{
    size_t n = dvb_plot_legend_series(p);
    *rule = NULL;
    if (i < n)
        return p->kind == DVB_PLOT_RINGS ? p->categories[i] : p->series[i].label;
    for (size_t k = 0; k < p->n_rules; k++)
        if (named_across(&p->rules[k]) && n++ == i) {
            *rule = &p->rules[k];
            return p->rules[k].label;
        }
    return NULL;
}

int dvb_plot_legend_lines(const struct dvb_plot_layout *l, const char *label,
                          char *lines[DVB_PLOT_MAX_LINES])
{
    double column = (l->w - 2 * EDGE) / l->legend_columns;
    bool alone = l->legend_columns == 1;
    int width = dvb_plot_fit(column - SAMPLE - (alone ? 0 : GAP), DVB_PLOT_SMALL);
    int n = alone ? dvb_plot_wrap(label, width, DVB_PLOT_LEGEND_LINES + 1, lines) : 0;
    if (n > 0 && n <= DVB_PLOT_LEGEND_LINES)
        return n;
    while (n > 0)
        free(lines[--n]);
    lines[0] = dvb_plot_cut_middle(label, width);
    return 1;
}

static int count_lines(const struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    int rows = 0;
    for (int i = 0; i < l->legend_n; i++) {
        const struct dvb_plot_rule *rule;
        char *lines[DVB_PLOT_MAX_LINES];
        int n = dvb_plot_legend_lines(l, dvb_plot_legend_label(p, (size_t)i, &rule), lines);
        rows += n;
        while (n > 0)
            free(lines[--n]);
    }
    return rows;
}

/* As many columns as hold the longest entry; the rows that makes. */
static int lay_legend(struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    l->legend_n = (int)legend_n(p);
    double widest = 1;
    for (int i = 0; i < l->legend_n; i++) {
        const struct dvb_plot_rule *rule;
        char *text = dvb_plot_clean(dvb_plot_legend_label(p, (size_t)i, &rule));
        widest = fmax(widest, dvb_plot_px(text, DVB_PLOT_SMALL));
        free(text);
    }
    double room = l->w - 2 * EDGE;
    l->legend_columns = (int)fmin(4, fmax(1, floor(room / (SAMPLE + widest + GAP))));
    if (l->legend_columns == 1)
        return count_lines(l, p);
    return (l->legend_n + l->legend_columns - 1) / l->legend_columns;
}

/* px, once cut. */
static double longest_category(const struct dvb_plot *p)
{
    double px = 0;
    for (size_t i = 0; i < p->n_categories; i++) {
        char *text = dvb_plot_cut(p->categories[i], STEEP_COLUMNS);
        px = fmax(px, dvb_plot_px(text, DVB_PLOT_SMALL));
        free(text);
    }
    return px;
}

/* Height of the labels of categories; also whether they must be turned. */
static double lay_categories(struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    double slot = (l->right - l->left) / (double)(p->n_categories ? p->n_categories : 1);
    int columns = dvb_plot_fit(slot - 6, DVB_PLOT_SMALL), lines = 1;
    for (size_t i = 0; i < p->n_categories && !l->steep; i++) {
        char *line[DVB_PLOT_MAX_LINES];
        char *text = dvb_plot_clean(p->categories[i]);
        int n = dvb_plot_wrap(text, columns, DVB_PLOT_MAX_LINES, line), whole = 0;
        for (int k = 0; k < n; k++) {
            whole += dvb_plot_columns(line[k]) + (k > 0);
            free(line[k]);
        }
        /* cut, or broken inside a word */
        l->steep = whole != dvb_plot_columns(text) || n == DVB_PLOT_MAX_LINES;
        lines = n > lines ? n : lines;
        free(text);
    }
    l->category_columns = l->steep ? STEEP_COLUMNS : columns;
    if (!l->steep)
        return 6 + lines * (DVB_PLOT_SMALL + 2);
    double px = longest_category(p);
    l->left = fmax(l->left, px * STEEP_COS - slot / 2 + EDGE);
    return 14 + px * STEEP_SIN;
}

static void lay_rings(struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    l->ring_columns = p->n_series < 2 ? 1 : 2;
    l->ring_radius = fmin(84, (l->w - 2 * EDGE) / l->ring_columns / 2 - RING_BESIDE);
}

static double field_height(const struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    if (p->kind != DVB_PLOT_RINGS)
        return FIELD;
    int rows = ((int)p->n_series + l->ring_columns - 1) / l->ring_columns;
    return rows * (2 * (l->ring_radius + RING_ABOVE) + 2 * DVB_PLOT_LINE_PX);
}

static double strip_of(const struct dvb_plot *p, double along)
{
    int n = 0;
    for (size_t i = 0; i < p->n_series; i++)
        n += p->series[i].apart != NULL;
    if (!n)
        return 0;
    char *label = dvb_plot_clean(p->apart_label);
    double px = fmax(11 * (n + 1), dvb_plot_px(label, DVB_PLOT_SMALL) + 10);
    free(label);
    return fmin(0.4, px / along);
}

/* Left of the field: the numbers of the y axis. */
static double numbers_width(const struct dvb_plot_scale *y)
{
    double widest = 0;
    for (int i = 0; i < y->n_ticks; i++) {
        char text[32];
        dvb_plot_number(text, sizeof(text), y, y->ticks[i]);
        widest = fmax(widest, dvb_plot_px(text, DVB_PLOT_SMALL));
    }
    return widest;
}

void dvb_plot_layout_init(struct dvb_plot_layout *l, const struct dvb_plot *p)
{
    *l = (struct dvb_plot_layout){ .w = DVB_PLOT_W };
    double room = l->w - 2 * EDGE;
    l->title_n = dvb_plot_wrap(p->title, dvb_plot_fit(room, DVB_PLOT_TITLE), 2, l->title);
    l->source_n = dvb_plot_wrap(p->source, dvb_plot_fit(room, DVB_PLOT_SMALL - 1), 3, l->source);
    bool axes = p->kind != DVB_PLOT_RINGS, numbers = p->kind == DVB_PLOT_XY;
    l->left = EDGE;
    l->right = l->w - EDGE;
    if (axes) {
        dvb_plot_scale_y(p, FIELD, &l->y);
        l->left += numbers_width(&l->y) + 10;
        l->right -= 8;
    }
    double below = EDGE + l->source_n * SOURCE_LINE + (l->source_n ? 4 : 0);
    int rows = lay_legend(l, p);
    l->legend_top = below + rows * DVB_PLOT_LINE_PX - DVB_PLOT_LINE_PX / 2;
    below += rows * DVB_PLOT_LINE_PX + (rows ? 6 : 0);
    l->x_name = below + DVB_PLOT_LINE_PX / 2 + 2;
    if (axes && p->x.label && *p->x.label)
        below += DVB_PLOT_LINE_PX + 4;
    if (numbers)
        below += DVB_PLOT_LINE_PX + 4;
    else if (axes)
        below += lay_categories(l, p);
    else
        lay_rings(l, p);
    l->bottom = below;
    l->top = l->bottom + field_height(l, p);
    for (size_t i = 0; i < p->n_rules; i++)
        l->vertical_rules += p->rules[i].vertical && p->rules[i].label && *p->rules[i].label;
    if (l->vertical_rules)
        l->h += DVB_PLOT_LINE_PX;
    l->h += ceil(l->top + EDGE + (axes ? DVB_PLOT_LINE_PX + 4 : 4) +
                 l->title_n * (DVB_PLOT_TITLE + 4));
    if (numbers) {
        double along = l->right - l->left;
        dvb_plot_scale_x(p, along, strip_of(p, along), &l->x);
    }
}

void dvb_plot_layout_release(struct dvb_plot_layout *l)
{
    for (int i = 0; i < l->title_n; i++)
        free(l->title[i]);
    for (int i = 0; i < l->source_n; i++)
        free(l->source[i]);
}
