/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a plot becomes pictures. Places are in pixels of the page's picture, from
 * its lower left corner, as gnuplot's screen coordinates go; in the PDF a
 * pixel is a point. The legend, the labels of categories and all other
 * words are placed here and not by gnuplot, which does not know how wide text is
 * in a browser: so nothing is clipped and the legend never covers a curve.
 */
#ifndef DVB_REPORTS_PLOT_INTERNAL_H
#define DVB_REPORTS_PLOT_INTERNAL_H

#include <math.h>
#include <stdio.h>

#include "reports/plot.h"

/* px. Shrunk to the 3.5 inch of a paper's column, its type has 6 to 7 points. */
#define DVB_PLOT_W 480.0

enum { DVB_PLOT_FONT = 13, DVB_PLOT_SMALL = 11, DVB_PLOT_TITLE = 14 }; /* px */
#define DVB_PLOT_LINE_PX 16.0                                          /* from line to line */

/* plot_text.c */

/* For display: one line of valid UTF-8 without control characters, those that turn
   the direction of writing, what XML forbids, and more than two marks on a letter;
   ends trimmed. Heap; never NULL; NULL gives "". */
char *dvb_plot_clean(const char *s);

/* Columns of a terminal, as cleaned text of a usual font is about wide. */
int dvb_plot_columns(const char *s);

/* Clean, and where it is wider than columns, end it with an ellipsis. Heap. */
char *dvb_plot_cut(const char *s, int columns);
/* The same in the middle: names of models often differ at their end. */
char *dvb_plot_cut_middle(const char *s, int columns);

#define DVB_PLOT_MAX_LINES 4
/* Clean and break at spaces into lines of at most columns, at most max
   (1..DVB_PLOT_MAX_LINES); the last is cut. Each heap; returns how many, 0 for "". */
int dvb_plot_wrap(const char *s, int columns, int max, char *lines[DVB_PLOT_MAX_LINES]);

/* Columns that fit into px at that size of type. */
int dvb_plot_fit(double px, int size);
/* About how wide that cleaned text is, px. */
double dvb_plot_px(const char *s, int size);

/* As a string of gnuplot's language: in single quotes, where backquotes, $, @ and
   backslashes are text. s must be clean. */
void dvb_plot_quote(FILE *f, const char *s);

/* plot_scale.c */

#define DVB_PLOT_MAX_TICKS 24
struct dvb_plot_scale {
    bool log, percent;
    double lo, hi; /* the axis; hi includes the strip of points that stand apart */
    double edge;   /* where that strip begins, else hi */
    double apart;  /* middle of it */
    double ticks[DVB_PLOT_MAX_TICKS];
    bool named[DVB_PLOT_MAX_TICKS]; /* its number is written; else there is no room */
    int n_ticks;
};

/* Of the axis for these plots' values; along: its length in px, for how many
   numbers have room. strip: share of the axis kept for points apart, 0 to 0.5. */
void dvb_plot_scale_x(const struct dvb_plot *p, double along, double strip,
                      struct dvb_plot_scale *s);
void dvb_plot_scale_y(const struct dvb_plot *p, double along, struct dvb_plot_scale *s);
/* A tick's number: "25%", "1710", "1e+06". */
void dvb_plot_number(char *buf, size_t size, const struct dvb_plot_scale *s, double v);
/* Share of the axis' length at which v stands. */
double dvb_plot_at(const struct dvb_plot_scale *s, double v);

/* The point can be drawn on both axes. */
static inline bool dvb_plot_shown(double v, bool log)
{
    return isfinite(v) && (!log || v > 0);
}

/* plot_layout.c */

struct dvb_plot_layout {
    double w, h;                     /* px, of the whole */
    double left, right, bottom, top; /* px, of the field */
    struct dvb_plot_scale x, y;
    int legend_columns, legend_n; /* the entries: series or parts, then lines across */
    int vertical_rules;           /* named above the field */
    double x_name;                /* px; middle of the x axis' name */
    double legend_top;            /* px; middle of its first row */
    int source_n;
    char *source[DVB_PLOT_MAX_LINES];
    int title_n;
    char *title[DVB_PLOT_MAX_LINES];
    bool steep;           /* labels of categories are turned */
    int category_columns; /* and cut or wrapped to this width */
    int ring_columns;     /* RINGS: in a row */
    double ring_radius;   /* px */
};
void dvb_plot_layout_init(struct dvb_plot_layout *l, const struct dvb_plot *p);
void dvb_plot_layout_release(struct dvb_plot_layout *l);
/* Entries of the legend that are series or parts; lines across come after them. */
size_t dvb_plot_legend_series(const struct dvb_plot *p);
/* The label of the legend's i-th entry, not cleaned; of a line across *rule. */
const char *dvb_plot_legend_label(const struct dvb_plot *p, size_t i,
                                  const struct dvb_plot_rule **rule);
/* An entry's text: where entries stand below one another, in two lines if it takes and fits them;
   else cut in the middle. Each heap; returns how many, 1 or 2. */
#define DVB_PLOT_LEGEND_LINES 2
int dvb_plot_legend_lines(const struct dvb_plot_layout *l, const char *label,
                          char *lines[DVB_PLOT_MAX_LINES]);

/* plot_script.c */

enum dvb_plot_terminal { DVB_PLOT_TO_SVG, DVB_PLOT_TO_PDF };

/* What is written of one picture. */
struct dvb_plot_sheet {
    FILE *f;
    const struct dvb_plot *p;
    const struct dvb_plot_layout *l;
};

/* The whole script, which draws to stdout, or to the file `output` where that is
   not NULL. Heap. */
char *dvb_plot_script(const struct dvb_plot *p, enum dvb_plot_terminal to, const char *output);

/* Colours, as "#rrggbb"; plot_svg.c turns them into variables. */
#define DVB_PLOT_INK "#1a1a1a"
#define DVB_PLOT_SOFT "#555555"
#define DVB_PLOT_GRID "#d8d8d8"
#define DVB_PLOT_MUTED "#808080"
#define DVB_PLOT_COLOURS 8
extern const char *const dvb_plot_light[DVB_PLOT_COLOURS];

/* Look of a series or of a ring's part. */
struct dvb_plot_pen {
    const char *colour, *dash; /* dash: gnuplot's dashtype */
    int mark;                  /* gnuplot's pointtype */
};
struct dvb_plot_pen dvb_plot_pen(const struct dvb_plot *p, size_t i);

/* Words at a place in px; where: "left", "center", "right". */
void dvb_plot_words(const struct dvb_plot_sheet *s, double x, double y, int size,
                    const char *colour, const char *where, int turn, const char *text);
/* gnuplot's screen coordinates of a place. */
void dvb_plot_place(const struct dvb_plot_sheet *s, double x, double y);

/* The end of a plot command of n clauses; where there are none, a plot of nothing. */
void dvb_plot_end(const struct dvb_plot_sheet *s, int n);

/* plot_xy.c, plot_bars.c, plot_rings.c: data and the plot command. */
void dvb_plot_xy(const struct dvb_plot_sheet *s);
void dvb_plot_bars(const struct dvb_plot_sheet *s);
void dvb_plot_rings(const struct dvb_plot_sheet *s);

/* plot_data.c: the files' texts; heap, NULL without memory. */
char *dvb_plot_json_text(const struct dvb_plot *p);
char *dvb_plot_csv_text(const struct dvb_plot *p);

/* plot_svg.c */

/* Of gnuplot's SVG: only what a picture needs, by a list of elements and attributes;
   ids begin with name; colours are classes as well. Title and description come
   first. Heap. DVB_FAULT_SERVICE where it is no SVG. */
int dvb_plot_svg_clean(const char *svg, size_t len, const struct dvb_plot *p, bool alone,
                       char **out, struct dvb_err *err);

#endif
