/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

#define EDGE 8.0

/* Each stands out from white by at least 3:1 (WCAG 1.4.11), and any two differ by at
   least 20 in CIE76, also as protanopia, deuteranopia and tritanopia show them
   (Machado, Oliveira, Fernandes 2009). */
const char *const dvb_plot_light[DVB_PLOT_COLOURS] = { "#0d62fe", "#d27409", "#0aa568", "#e43d46",
                                                       "#2d4b61", "#b76aad", "#7b3c02", "#2b01e3" };

struct dvb_plot_pen dvb_plot_pen(const struct dvb_plot *p, size_t i)
{
    static const char *const dashes[] = { "1", "(9,4)", "(3,3)", "(9,3,2,3)" };
    static const int marks[] = { 7, 5, 9, 13, 11, 15, 6, 4, 8, 12, 10, 14 };
    bool muted = p->kind != DVB_PLOT_RINGS && i < p->n_series && p->series[i].muted;
    return (struct dvb_plot_pen){
        .colour = muted ? DVB_PLOT_MUTED : dvb_plot_light[i % DVB_PLOT_COLOURS],
        .dash = dashes[i % 4],
        .mark = marks[i % 12],
    };
}

void dvb_plot_place(const struct dvb_plot_sheet *s, double x, double y)
{
    fprintf(s->f, "screen %.6f,%.6f", x / s->l->w, y / s->l->h);
}

void dvb_plot_words(const struct dvb_plot_sheet *s, double x, double y, int size,
                    const char *colour, const char *where, int turn, const char *text)
{
    if (!*text)
        return;
    fputs("set label ", s->f);
    dvb_plot_quote(s->f, text);
    fputs(" at ", s->f);
    dvb_plot_place(s, x, y);
    fprintf(s->f, " %s font ',%d' tc rgb '%s' front", where, size, colour);
    if (turn)
        fprintf(s->f, " rotate by %d", turn);
    fputc('\n', s->f);
}

static void put_heads(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    double y = l->h - EDGE - DVB_PLOT_TITLE / 2.0;
    for (int i = 0; i < l->title_n; i++, y -= DVB_PLOT_TITLE + 4)
        dvb_plot_words(s, EDGE, y, DVB_PLOT_TITLE, DVB_PLOT_INK, "left", 0, l->title[i]);
    y = EDGE + (l->source_n - 0.5) * 13;
    for (int i = 0; i < l->source_n; i++, y -= 13)
        dvb_plot_words(s, EDGE, y, DVB_PLOT_SMALL - 1, DVB_PLOT_SOFT, "left", 0, l->source[i]);
}

/* "Bitrate (kbps)", cut to the width. */
static char *axis_name(const struct dvb_plot_axis *a, double room)
{
    bool unit = a->unit && *a->unit;
    char *whole = dvb_asprintf("%s%s%s%s", a->label ? a->label : "", unit ? " (" : "",
                               unit ? a->unit : "", unit ? ")" : "");
    char *cut = dvb_plot_cut(whole, dvb_plot_fit(room, DVB_PLOT_SMALL));
    free(whole);
    return cut;
}

static void put_axis_names(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    char *name = axis_name(&s->p->y, l->w - 2 * EDGE);
    dvb_plot_words(s, EDGE, l->top + 13 + (l->vertical_rules ? DVB_PLOT_LINE_PX : 0),
                   DVB_PLOT_SMALL, DVB_PLOT_SOFT, "left", 0, name);
    free(name);
    name = axis_name(&s->p->x, l->right - l->left);
    dvb_plot_words(s, (l->left + l->right) / 2, l->x_name, DVB_PLOT_SMALL, DVB_PLOT_SOFT, "center",
                   0, name);
    free(name);
}

static void put_box(const struct dvb_plot_sheet *s, double x, double y, const char *colour)
{
    fputs("set object rectangle from ", s->f);
    dvb_plot_place(s, x, y - 5);
    fputs(" to ", s->f);
    dvb_plot_place(s, x + 24, y + 5);
    fprintf(s->f, " fc rgb '%s' fs solid 1 noborder front\n", colour);
}

static void put_stroke(const struct dvb_plot_sheet *s, double x, double y, const char *colour,
                       const char *dash, int width)
{
    fputs("set arrow from ", s->f);
    dvb_plot_place(s, x, y);
    fputs(" to ", s->f);
    dvb_plot_place(s, x + 30, y);
    fprintf(s->f, " nohead lc rgb '%s' lw %d dt %s front\n", colour, width, dash);
}

static void put_sample(const struct dvb_plot_sheet *s, size_t i, double x, double y)
{
    struct dvb_plot_pen pen = dvb_plot_pen(s->p, i);
    if (s->p->kind != DVB_PLOT_XY) {
        put_box(s, x, y, pen.colour);
        return;
    }
    enum dvb_plot_look look = s->p->series[i].look;
    if (look != DVB_PLOT_MARKS)
        put_stroke(s, x, y, pen.colour, pen.dash, 2);
    if (look != DVB_PLOT_LINE_MARKS && look != DVB_PLOT_MARKS)
        return;
    fputs("set label '' at ", s->f);
    dvb_plot_place(s, x + 15, y);
    fprintf(s->f, " point pt %d ps 0.75 lc rgb '%s' front\n", pen.mark, pen.colour);
}

/* Lines across differ from each other, too. */
static const char *rule_dash(const struct dvb_plot *p, const struct dvb_plot_rule *rule)
{
    static const char *const dashes[] = { "(5,4)", "(2,3)", "(9,3,2,3)" };
    return dashes[(size_t)(rule - p->rules) % 3];
}

static void put_legend(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    for (int i = 0, row = 0; i < l->legend_n; i++) {
        double x = EDGE + (i % l->legend_columns) * (l->w - 2 * EDGE) / l->legend_columns;
        double y = l->legend_top - row * DVB_PLOT_LINE_PX;
        char *lines[DVB_PLOT_MAX_LINES];
        const struct dvb_plot_rule *rule;
        const char *label = dvb_plot_legend_label(s->p, (size_t)i, &rule);
        if (rule)
            put_stroke(s, x, y, DVB_PLOT_SOFT, rule_dash(s->p, rule), 1);
        else
            put_sample(s, (size_t)i, x, y);
        int n = dvb_plot_legend_lines(l, label, lines);
        for (int k = 0; k < n; k++) {
            dvb_plot_words(s, x + 36, y - k * DVB_PLOT_LINE_PX, DVB_PLOT_SMALL, DVB_PLOT_INK,
                           "left", 0, lines[k]);
            free(lines[k]);
        }
        if ((i + 1) % l->legend_columns == 0)
            row += n;
    }
}

static void put_scale(const struct dvb_plot_sheet *s, char axis, const struct dvb_plot_scale *scale)
{
    const struct dvb_plot_layout *l = s->l;
    if (scale->log)
        fprintf(s->f, "set logscale %c\n", axis);
    fprintf(s->f, "set %crange [%.15g:%.15g]\nset %ctics (", axis, scale->lo, scale->hi, axis);
    for (int i = 0; i < scale->n_ticks; i++)
        fprintf(s->f, "%s'' %.15g", i ? ", " : "", scale->ticks[i]);
    fputs(")\n", s->f);
    for (int i = 0; i < scale->n_ticks; i++) {
        char text[32];
        double at = dvb_plot_at(scale, scale->ticks[i]);
        dvb_plot_number(text, sizeof(text), scale, scale->ticks[i]);
        if (!scale->named[i])
            continue;
        if (axis == 'x')
            dvb_plot_words(s, l->left + at * (l->right - l->left), l->bottom - 14, DVB_PLOT_SMALL,
                           DVB_PLOT_SOFT, "center", 0, text);
        else
            dvb_plot_words(s, l->left - 8, l->bottom + at * (l->top - l->bottom), DVB_PLOT_SMALL,
                           DVB_PLOT_SOFT, "right", 0, text);
    }
}

static void put_rules(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    for (size_t i = 0; i < s->p->n_rules; i++) {
        const struct dvb_plot_rule *r = &s->p->rules[i];
        const struct dvb_plot_scale *scale = r->vertical ? &l->x : &l->y;
        bool inside = dvb_plot_shown(r->at, scale->log) && r->at >= scale->lo && r->at <= scale->hi;
        if (!inside)
            continue;
        double at = dvb_plot_at(scale, r->at);
        double x = l->left + at * (l->right - l->left), y = l->bottom + at * (l->top - l->bottom);
        fputs("set arrow from ", s->f);
        dvb_plot_place(s, r->vertical ? x : l->left, r->vertical ? l->bottom : y);
        fputs(" to ", s->f);
        dvb_plot_place(s, r->vertical ? x : l->right, r->vertical ? l->top : y);
        fprintf(s->f, " nohead lc rgb '%s' lw 1 dt %s front\n", DVB_PLOT_SOFT, rule_dash(s->p, r));
        if (!r->vertical) /* named in the legend */
            continue;
        char *text = dvb_plot_cut(r->label, dvb_plot_fit(l->w / 2, DVB_PLOT_SMALL));
        double half = dvb_plot_px(text, DVB_PLOT_SMALL) / 2;
        double middle = fmin(fmax(x, l->left + half), l->w - EDGE - half);
        dvb_plot_words(s, middle, l->top + 8, DVB_PLOT_SMALL, DVB_PLOT_SOFT, "center", 0, text);
        free(text);
    }
}

static void put_notes(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    for (size_t i = 0; i < s->p->n_notes; i++) {
        const struct dvb_plot_note *n = &s->p->notes[i];
        if (!dvb_plot_shown(n->x, l->x.log) || !dvb_plot_shown(n->y, l->y.log))
            continue;
        double x = l->left + dvb_plot_at(&l->x, n->x) * (l->right - l->left);
        double y = l->bottom + dvb_plot_at(&l->y, n->y) * (l->top - l->bottom);
        char *text = dvb_plot_cut(n->text, dvb_plot_fit(l->w - EDGE - x - 7, DVB_PLOT_SMALL));
        dvb_plot_words(s, x + 7, y, DVB_PLOT_SMALL, DVB_PLOT_INK, "left", 0, text);
        free(text);
    }
}

void dvb_plot_end(const struct dvb_plot_sheet *s, int n)
{
    const struct dvb_plot_layout *l = s->l;
    if (n) {
        fputc('\n', s->f);
        return;
    }
    dvb_plot_words(s, (l->left + l->right) / 2, (l->bottom + l->top) / 2, DVB_PLOT_FONT,
                   DVB_PLOT_SOFT, "center", 0, "no data");
    fputs("plot NaN notitle\n", s->f);
}

static void put_frame(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    fprintf(s->f, "set lmargin at screen %.6f\nset rmargin at screen %.6f\n", l->left / l->w,
            l->right / l->w);
    fprintf(s->f, "set bmargin at screen %.6f\nset tmargin at screen %.6f\n", l->bottom / l->h,
            l->top / l->h);
    if (s->p->kind == DVB_PLOT_RINGS) {
        fputs("unset border\nunset tics\n", s->f);
        return;
    }
    fprintf(s->f, "set border 3 lc rgb '%s' lw 1\n", DVB_PLOT_SOFT);
    fputs("set tics nomirror out scale 0.5\n", s->f);
    fprintf(s->f, "set grid ytics %s lt 1 lw 1 lc rgb '%s'\n",
            s->p->kind == DVB_PLOT_XY ? "xtics" : "noxtics", DVB_PLOT_GRID);
    put_scale(s, 'y', &l->y);
    if (s->p->kind == DVB_PLOT_XY)
        put_scale(s, 'x', &l->x);
    put_axis_names(s);
    put_rules(s);
    put_notes(s);
}

static void put_terminal(const struct dvb_plot_sheet *s, enum dvb_plot_terminal to,
                         const char *output)
{
    const struct dvb_plot_layout *l = s->l;
    fputs("set encoding utf8\n", s->f);
    if (to == DVB_PLOT_TO_SVG)
        fprintf(s->f, "set terminal svg size %.0f,%.0f noenhanced font 'sans-serif,%d'\n", l->w,
                l->h, DVB_PLOT_FONT);
    else
        fprintf(s->f,
                "set terminal pdfcairo size %.5gin,%.5gin noenhanced font 'sans,%d' "
                "fontscale 0.75 linewidth 2 pointscale 1.5\n",
                l->w / 72, l->h / 72, DVB_PLOT_FONT);
    if (output) {
        fputs("set output ", s->f);
        dvb_plot_quote(s->f, output);
        fputc('\n', s->f);
    }
    fputs("unset key\nset datafile missing '?'\n", s->f);
}

char *dvb_plot_script(const struct dvb_plot *p, enum dvb_plot_terminal to, const char *output)
{
    static void (*const draw[])(const struct dvb_plot_sheet *s) = {
        [DVB_PLOT_XY] = dvb_plot_xy,
        [DVB_PLOT_BARS] = dvb_plot_bars,
        [DVB_PLOT_STACKED] = dvb_plot_bars,
        [DVB_PLOT_RINGS] = dvb_plot_rings,
    };
    char *text = NULL;
    size_t len = 0;
    struct dvb_plot_layout l;
    dvb_plot_layout_init(&l, p);
    struct dvb_plot_sheet s = { .f = open_memstream(&text, &len), .p = p, .l = &l };
    if (s.f) {
        put_terminal(&s, to, output);
        put_heads(&s);
        put_legend(&s);
        put_frame(&s);
        draw[p->kind](&s);
        if (fclose(s.f)) {
            free(text);
            text = NULL;
        }
    }
    dvb_plot_layout_release(&l);
    return text;
}
