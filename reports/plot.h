/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plots as plain data, and the files that are made of them. For a plot named
 * NAME in a folder:
 *
 *   NAME.csv, NAME.json  the numbers, as they were given
 *   NAME.gp              the gnuplot script, numbers included: `gnuplot NAME.gp`
 *                        draws NAME.pdf beside it
 *   NAME.svg             for pages: text is text, the ground is transparent
 *   NAME.pdf             for papers
 *
 * The first three need no gnuplot. Equal plots give equal bytes with the same
 * gnuplot and fonts: no file holds a date or a path.
 *
 * All text is untrusted (names of models, words of data sets). In pictures it is
 * cleaned: invalid UTF-8 becomes U+FFFD, control characters and those that turn
 * the direction of writing are dropped, and what is longer than its place is cut
 * with an ellipsis; gnuplot takes none of it as a command or as markup. CSV and
 * JSON keep the whole text, invalid UTF-8 apart.
 *
 * Everything is borrowed. All functions may be called from several threads.
 */
#ifndef DVB_REPORTS_PLOT_H
#define DVB_REPORTS_PLOT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define DVB_PLOT_MAX_SERIES 12      /* more cannot be told apart */
#define DVB_PLOT_MAX_POINTS 100000  /* of a series */
#define DVB_PLOT_MAX_CATEGORIES 100 /* of an axis */
#define DVB_PLOT_MAX_PARTS 8        /* of a ring */

enum dvb_plot_kind {
    DVB_PLOT_XY,      /* over numbers */
    DVB_PLOT_BARS,    /* over categories, side by side; bars start at 0 */
    DVB_PLOT_STACKED, /* over categories, series on top of each other */
    DVB_PLOT_RINGS,   /* a ring for each series: the shares of its categories */
};

enum dvb_plot_look { /* of a series of DVB_PLOT_XY */
                     DVB_PLOT_LINE_MARKS,
                     DVB_PLOT_LINE, /* many points */
                     DVB_PLOT_STEPS,
                     DVB_PLOT_MARKS, /* nothing between the points */
};

extern const char *const dvb_plot_kinds[]; /* "xy", ...; NULL-terminated */
extern const char *const dvb_plot_looks[]; /* "line-marks", ... */

/* NAN, also infinity: not known. A line has a gap where y is not known. */
struct dvb_plot_point {
    double x;      /* XY: the value; else the index of a category */
    double y;      /* BARS, STACKED, RINGS: at least 0 */
    double lo, hi; /* band or whisker, lo <= y <= hi; NAN: none. BARS and XY only */
};

/* A point without a band. */
#define DVB_PLOT_POINT(x, y)                                                                       \
    {                                                                                              \
        (x), (y), NAN, NAN                                                                         \
    }

struct dvb_plot_series {
    const char *label;
    const struct dvb_plot_point *points; /* XY lines: in the order in which they are joined */
    size_t n;
    /* A point that stands apart, right of the x axis, under the plot's apart_label
       ("original"): x is not used. NULL: none. XY only. */
    const struct dvb_plot_point *apart;
    enum dvb_plot_look look;
    /* Bands are drawn as areas; true: as whiskers, the series a few pixels beside each
       other. With several series that overlap these read better. */
    bool whiskers;
    bool muted; /* grey: for comparison */
};

struct dvb_plot_axis {
    const char *label;   /* "Bitrate", without the unit */
    const char *unit;    /* "kbps"; NULL or "": none */
    bool log;            /* values must be over 0; those that are not are left out */
    bool percent;        /* shares, 0..1, written as percents; unit must be NULL */
    double min, max;     /* of the axis; NAN (both or either): from the values.
                            min == max == 0 means NAN too, so that {0} is a usual axis */
    const double *ticks; /* where to write numbers; NULL: gnuplot decides */
    size_t n_ticks;
};

/* Words inside the plot, beginning right of a point. */
struct dvb_plot_note {
    double x, y;
    const char *text;
};

/* A line across the whole plot: the link's rate, 25%. Those that stand at an x are named
   above it, the others in the legend. */
struct dvb_plot_rule {
    bool vertical; /* at x; else at y */
    double at;
    const char *label; /* NULL: none */
};

struct dvb_plot {
    const char *name;   /* of the files: [a-z0-9-], at most 60 */
    const char *title;  /* one line */
    const char *desc;   /* what it shows in words, for those who cannot see it; not NULL */
    const char *source; /* small, below: data set, run, published values; NULL: none */
    enum dvb_plot_kind kind;
    struct dvb_plot_axis x, y; /* x of BARS and STACKED: the label only; RINGS: neither */
    const struct dvb_plot_series *series;
    size_t n_series;
    const char *const *categories; /* BARS, STACKED, RINGS */
    size_t n_categories;
    const char *apart_label; /* XY, where a series has a point apart */
    const struct dvb_plot_note *notes;
    size_t n_notes;
    const struct dvb_plot_rule *rules;
    size_t n_rules;
    bool values; /* BARS: write each value at its bar */
};

/* -EINVAL, DVB_FAULT_INTERNAL for what the comments above forbid: the caller's bug.
   The functions below check it too. */
int dvb_plot_check(const struct dvb_plot *p, struct dvb_err *err);

/* NAME.csv: a row for each point: series, category (where there are any), x, y, lo, hi;
   "apart" in place of x for the point apart; empty for what is not known.
   NAME.json: {schema_version, name, title, desc, source, kind, values, apart_label,
   x{label, unit, log, percent, min, max, ticks[]}, y{...}, categories[],
   series[{label, look, whiskers, muted, points[{x, y, lo, hi}], apart{y, lo, hi}}],
   rules[{axis, at, label}], notes[{x, y, text}]}, null for what is not known: all that
   the plot is, so that `report` can draw it again.
   NAME.gp. dir must exist. */
int dvb_plot_write_data(const struct dvb_plot *p, const char *dir, struct dvb_err *err);

/* The drawing program. */
struct dvb_plotter {
    char *path;     /* of gnuplot; heap */
    double seconds; /* that one picture may take */
};

/* Look for gnuplot in PATH. -ENOENT, DVB_FAULT_SERVICE where there is none, with a
   message that says how to get it. seconds is set to 60. */
int dvb_plotter_init(struct dvb_plotter *g, struct dvb_err *err);
void dvb_plotter_release(struct dvb_plotter *g);

/* NAME.svg and NAME.pdf. DVB_FAULT_SERVICE: gnuplot could not be run, failed (the
   message has its first words) or took too long (-ETIMEDOUT). */
int dvb_plot_draw(const struct dvb_plotter *g, const struct dvb_plot *p, const char *dir,
                  struct dvb_err *err);

/* The SVG itself: for a page that holds it inline. Heap, NUL-terminated; begins with
   "<svg". It has title and desc and is labelled by them (role img), no script, no
   style, no reference to anything outside; ids begin with NAME, so that several
   can stand in one page. Colours are CSS variables (dvb_plot_css). */
int dvb_plot_svg(const struct dvb_plotter *g, const struct dvb_plot *p, char **svg,
                 struct dvb_err *err);

/* Rules of a style sheet for pages that hold plots inline: colours for light and dark
   (prefers-color-scheme). A page that has a switch of its own may set the variables
   --plot-ink, --plot-soft, --plot-grid, --plot-1 .. --plot-8 itself. NAME.svg holds the same rules.
 */
const char *dvb_plot_css(void);

#endif
