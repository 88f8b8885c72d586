/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

#define PI 3.14159265358979323846
#define HOLE 0.58  /* of the radius */
#define GAP_PX 1.0 /* half of what is between two parts */
#define STEP 0.035 /* radians from corner to corner of an arc */
#define BESIDE 6.0 /* px from ring to percent */

struct ring {
    double x, y, r; /* px */
    double total;
};

static struct ring ring_of(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_layout *l = s->l;
    int columns = l->ring_columns, column = (int)i % columns, row = (int)i / columns;
    int rows = ((int)s->p->n_series + columns - 1) / columns;
    double wide = (l->right - l->left) / columns, high = (l->top - l->bottom) / rows;
    struct ring ring = {
        .x = l->left + (column + 0.5) * wide,
        .y = l->top - row * high - (high - 2 * DVB_PLOT_LINE_PX) / 2,
        .r = l->ring_radius,
    };
    for (size_t k = 0; k < s->p->series[i].n; k++)
        if (isfinite(s->p->series[i].points[k].y))
            ring.total += s->p->series[i].points[k].y;
    return ring;
}

/* Angles go clockwise from the top, as shares of the whole do. */
static void corner(FILE *f, const struct ring *ring, double r, double angle)
{
    fprintf(f, "%.4f %.4f\n", ring->x + r * sin(angle), ring->y + r * cos(angle));
}

/* Outer arc there, inner arc back; the gap is as wide inside as outside. */
static void put_part(FILE *f, const struct ring *ring, double from, double to)
{
    double inner = ring->r * HOLE;
    double out_gap = to - from < 2 * PI - 1e-9 ? GAP_PX / ring->r : 0;
    double in_gap = out_gap > 0 ? GAP_PX / inner : 0;
    double a = from + out_gap, b = fmax(a, to - out_gap);
    int n = (int)ceil((b - a) / STEP) + 1;
    for (int i = 0; i <= n; i++)
        corner(f, ring, ring->r, a + (b - a) * i / n);
    a = from + in_gap, b = fmax(a, to - in_gap);
    for (int i = n; i >= 0; i--)
        corner(f, ring, inner, a + (b - a) * i / n);
}

static void put_percent(const struct dvb_plot_sheet *s, const struct ring *ring, double share,
                        double angle)
{
    char text[16];
    double x = sin(angle), y = cos(angle);
    snprintf(text, sizeof(text), "%.1f%%", share * 100);
    dvb_plot_words(s, ring->x + (ring->r + BESIDE) * x, ring->y + (ring->r + BESIDE + 4) * y,
                   DVB_PLOT_SMALL, DVB_PLOT_INK,
                   x > 0.3    ? "left"
                   : x < -0.3 ? "right"
                              : "center",
                   0, text);
}

/* Room between the middles of two percents, px along the ring. */
#define APART 28.0

static void put_ring(const struct dvb_plot_sheet *s, size_t i)
{
    const struct dvb_plot_series *series = &s->p->series[i];
    struct ring ring = ring_of(s, i);
    double at = 0, last = -1e9, first = 1e9;
    for (size_t k = 0; k < series->n; k++) {
        double share = isfinite(series->points[k].y) && ring.total > 0
                           ? series->points[k].y / ring.total
                           : 0;
        double from = at * 2 * PI, to = (at + share) * 2 * PI, mid = (from + to) / 2;
        at += share;
        fprintf(s->f, "$p%zux%zu << EOD\n", i, k);
        if (share > 0)
            put_part(s->f, &ring, from, to);
        fputs("EOD\n", s->f);
        double px = ring.r + BESIDE;
        if (share < 0.015 || (mid - last) * px < APART || (first + 2 * PI - mid) * px < APART)
            continue;
        put_percent(s, &ring, share, mid);
        last = mid;
        first = fmin(first, mid);
    }
}

static void put_names(const struct dvb_plot_sheet *s, size_t i)
{
    struct ring ring = ring_of(s, i);
    double wide = (s->l->right - s->l->left) / s->l->ring_columns;
    char *line[DVB_PLOT_MAX_LINES];
    int n = dvb_plot_wrap(s->p->series[i].label, dvb_plot_fit(wide - 8, DVB_PLOT_SMALL), 2, line);
    double y = ring.y - ring.r - 36;
    for (int k = 0; k < n; k++, y -= DVB_PLOT_LINE_PX - 2) {
        dvb_plot_words(s, ring.x, y, DVB_PLOT_SMALL, DVB_PLOT_INK, "center", 0, line[k]);
        free(line[k]);
    }
    if (ring.total < 2 || ring.total != floor(ring.total)) /* shares, not a count */
        return;
    char text[32];
    snprintf(text, sizeof(text), "%.0f", ring.total);
    dvb_plot_words(s, ring.x, ring.y, DVB_PLOT_FONT, DVB_PLOT_INK, "center", 0, text);
}

static void put_plot(const struct dvb_plot_sheet *s)
{
    int n = 0;
    for (size_t i = 0; i < s->p->n_series; i++)
        for (size_t k = 0; k < s->p->series[i].n; k++) {
            const struct dvb_plot_point *p = &s->p->series[i].points[k];
            if (!isfinite(p->y) || p->y <= 0)
                continue;
            fprintf(
                s->f,
                "%s$p%zux%zu using 1:2 with filledcurves closed fc rgb '%s' fs solid 1 noborder",
                n++ ? ", \\\n  " : "plot ", i, k, dvb_plot_pen(s->p, (size_t)p->x).colour);
        }
    dvb_plot_end(s, n);
}

void dvb_plot_rings(const struct dvb_plot_sheet *s)
{
    const struct dvb_plot_layout *l = s->l;
    /* the field's own coordinates are pixels */
    fprintf(s->f, "set xrange [%.4f:%.4f]\nset yrange [%.4f:%.4f]\n", l->left, l->right, l->bottom,
            l->top);
    for (size_t i = 0; i < s->p->n_series; i++) {
        put_ring(s, i);
        put_names(s, i);
    }
    put_plot(s);
}
