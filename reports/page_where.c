/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of where bits went, over a gray picture of the clip: a tint for a QP map, a frame
   around a window. */
#include "reports/page.h"
#include "reports/where.h"

#define LEVELS 8         /* of tint; 0: none */
#define STRONGEST 0.72   /* opacity of the last */
#define WINDOW_WIDTH 960 /* units of the drawing where there is no map */
#define NAMED 3          /* rows and columns of places that have a name */

static const char *const places[NAMED * NAMED] = { "top left",    "top",    "top right",
                                                   "left",        "middle", "right",
                                                   "bottom left", "bottom", "bottom right" };

struct range {
    int lowest, highest; /* tenths of a QP */
};

static struct range range_of(const struct dvb_where *w)
{
    struct range r = { w->tenths[0], w->tenths[0] };
    for (int i = 1; i < w->rows * w->cols; i++) {
        r.lowest = w->tenths[i] < r.lowest ? w->tenths[i] : r.lowest;
        r.highest = w->tenths[i] > r.highest ? w->tenths[i] : r.highest;
    }
    return r;
}

static int level_of(const struct range *r, int tenths)
{
    int span = r->highest - r->lowest;
    return span ? (2 * LEVELS * (r->highest - tenths) + span) / (2 * span) : 0;
}

/* The ninth of the picture with the least mean offset. */
static const char *finest_place(const struct dvb_where *w)
{
    double sum[NAMED * NAMED] = { 0 };
    int n[NAMED * NAMED] = { 0 }, best = 0;
    for (int r = 0; r < w->rows; r++)
        for (int c = 0; c < w->cols; c++) {
            int at = r * NAMED / w->rows * NAMED + c * NAMED / w->cols;
            sum[at] += w->tenths[r * w->cols + c];
            n[at]++;
        }
    for (int i = 0; i < NAMED * NAMED; i++)
        if (n[i] && (!n[best] || sum[i] / n[i] < sum[best] / n[best]))
            best = i;
    return places[best];
}

/* All cells of a level as one path of runs. */
static void put_level(struct dvb_html *h, const struct dvb_where *w, const struct range *r,
                      int level)
{
    bool any = false;
    for (int row = 0; row < w->rows; row++)
        for (int col = 0, end; col < w->cols; col = end) {
            const int16_t *v = &w->tenths[row * w->cols];
            bool mine = level_of(r, v[col]) == level;
            for (end = col + 1; end < w->cols && (level_of(r, v[end]) == level) == mine; end++)
                ;
            if (!mine)
                continue;
            if (!any)
                dvb_html_put(h, "<path fill-opacity=\"%.2f\" d=\"", STRONGEST * level / LEVELS);
            dvb_html_put(h, "M%d %dh%dv1H%dz", col, row, end - col, col);
            any = true;
        }
    if (any)
        dvb_html_put(h, "\"/>");
}

static void put_window(struct dvb_html *h, const struct dvb_where *w, int width, int height)
{
    double x = w->window[0] * width, y = w->window[1] * height, ww = w->window[2] * width,
           wh = w->window[3] * height, line = (double)width / 200;
    dvb_html_put(h,
                 "<path class=\"out\" fill-rule=\"evenodd\" d=\"M0 0H%dV%dH0zM%.1f "
                 "%.1fh%.1fv%.1fH%.1fz\"/>",
                 width, height, x, y, ww, wh, x);
    for (int i = 0; i < 2; i++)
        dvb_html_put(h,
                     "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                     "stroke-width=\"%.1f\"/>",
                     i ? "box" : "box edge", x, y, ww, wh, i ? line : 2 * line);
}

/* What the drawing shows, in words: its alternative text and its caption. */
static void put_words(struct dvb_html *h, const struct dvb_where *w)
{
    if (w->rows) {
        const struct range r = range_of(w);
        dvb_html_put(h, "QP offset from %+.1f to %+.1f, finest at the %s", (double)r.lowest / 10,
                     (double)r.highest / 10, finest_place(w));
    }
    if (w->window[2] > 0)
        dvb_html_put(h, "%skept: %.0f%% of the width from %.0f%%, %.0f%% of the height from %.0f%%",
                     w->rows ? "; " : "", 100 * w->window[2], 100 * w->window[0],
                     100 * w->window[3], 100 * w->window[1]);
}

void dvb_put_where(struct dvb_html *h, const struct dvb_where *w, const char *label,
                   const struct dvb_frames_clip *under)
{
    bool pictured = under && under->state == DVB_FRAMES_HERE && under->width > 0;
    int width = w->rows ? w->width : WINDOW_WIDTH, height = w->height;
    if (!w->rows)
        height = pictured ? WINDOW_WIDTH * under->height / under->width : 0;
    dvb_html_put(h, "<figure class=\"where\">");
    if (height > 0) {
        dvb_html_put(h, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s: ", width, height,
                     label);
        put_words(h, w);
        dvb_html_put(h, "\">");
        if (pictured)
            dvb_html_put(h,
                         "<image href=\"../frames/%d-%lld-%d.jpg\" width=\"%d\" height=\"%d\" "
                         "preserveAspectRatio=\"none\"/>",
                         under->source, (long long)under->rendition, under->n / 2 + 1, width,
                         height);
        if (w->rows) {
            const struct range r = range_of(w);
            dvb_html_put(h, "<g class=\"heat\" transform=\"scale(%d)\">", w->square);
            for (int level = 1; level <= LEVELS; level++)
                put_level(h, w, &r, level);
            dvb_html_put(h, "</g>");
        }
        if (w->window[2] > 0)
            put_window(h, w, width, height);
        dvb_html_put(h, "</svg>");
    }
    dvb_html_put(h, "<figcaption>%s<br><small>", label);
    put_words(h, w);
    dvb_html_put(h, "</small></figcaption></figure>\n");
}

void dvb_put_where_legend(struct dvb_html *h, bool map, bool window)
{
    dvb_html_put(h, "<p class=\"fine\">");
    if (map)
        dvb_html_put(h,
                     "<span class=\"ramp\" aria-hidden=\"true\"></span> QP maps: clear is the "
                     "highest offset of the map (coarse, few bits), the strongest tint the "
                     "lowest (fine, many bits); means over the clip. Only differences within a map "
                     "count, since the base QP is searched to meet the rate. ");
    if (window)
        dvb_html_put(h, "Framed: the window of the picture that was kept large; what is dark was "
                        "given up, or kept small. ");
    dvb_html_put(h, "The gray picture is from the original.</p>\n");
}
