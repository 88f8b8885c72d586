/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/picture.h"

#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "eval/relevance/viridis.h"
#include "media/image.h"

/* Pixels of the picture that is drawn. */
#define MIN_PANEL_W 620.0
#define MAX_PANEL_W 1200.0
#define MAX_PANEL_H 1000.0
#define MARGIN 24.0
#define GAP 28.0
#define BAR_H 16.0
#define MAX_WORD_LINES 6

#define HEAT 0.5   /* how much of the colour covers the frame */
#define TINT 0.45  /* the same under numbers */
#define LIGHT 0.55 /* how much of the frame's own light is left under numbers */

static const char font[] = "DejaVu Sans, Noto Sans, sans-serif";

struct drawing {
    const struct dvb_relevance_picture *p;
    cairo_t *cr;
    double panel_w, panel_h; /* of a frame as it is drawn */
    double text;             /* size of ordinary text, px */
    double width, height;    /* of the whole */
    double top;              /* of the panels */
    PangoLayout *words, *caption;
    cairo_surface_t *gray; /* the frame, of the panel's size */
};

/* Text. */

static PangoLayout *set_text(const struct drawing *d, const char *text, double size, bool bold)
{
    PangoLayout *l = pango_cairo_create_layout(d->cr);
    PangoFontDescription *f = pango_font_description_from_string(font);
    pango_font_description_set_absolute_size(f, size * PANGO_SCALE);
    if (bold)
        pango_font_description_set_weight(f, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(l, f);
    pango_font_description_free(f);
    pango_layout_set_text(l, text, -1);
    return l;
}

static PangoLayout *set_block(const struct drawing *d, const char *text, double size, bool bold,
                              int lines)
{
    PangoLayout *l = set_text(d, text, size, bold);
    pango_layout_set_width(l, (int)((d->width - 2 * MARGIN) * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(l, -lines);
    pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
    return l;
}

static double height_of(PangoLayout *l)
{
    int h;
    pango_layout_get_pixel_size(l, NULL, &h);
    return h;
}

static void show(const struct drawing *d, PangoLayout *l, double x, double y, double shade)
{
    cairo_set_source_rgb(d->cr, shade, shade, shade);
    cairo_move_to(d->cr, x, y);
    pango_cairo_show_layout(d->cr, l);
}

/* Around x, y; align 0: begins there, 0.5: centred, 1: ends there. */
static void write_at(const struct drawing *d, const char *text, double size, double x, double y,
                     double align, double shade)
{
    int w;
    PangoLayout *l = set_text(d, text, size, false);
    pango_layout_get_pixel_size(l, &w, NULL);
    show(d, l, x - align * w, y, shade);
    g_object_unref(l);
}

/* The frame. */

/* Luma of the frame as drawn; 0 with err set when memory is short. */
static int make_gray(struct drawing *d, struct dvb_err *err)
{
    int w = (int)d->panel_w, h = (int)d->panel_h;
    AVFrame *scaled = dvb_frame_scale(d->p->frame, w, h);
    AVFrame *rgb = scaled ? dvb_frame_rgb(scaled) : NULL;
    d->gray = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    bool ok = rgb && cairo_surface_status(d->gray) == CAIRO_STATUS_SUCCESS;
    for (int y = 0; ok && y < h; y++) {
        const uint8_t *in = rgb->data[0] + y * (ptrdiff_t)rgb->linesize[0];
        uint32_t *out = (uint32_t *)(void *)(cairo_image_surface_get_data(d->gray) +
                                             y * (ptrdiff_t)cairo_image_surface_get_stride(
                                                     d->gray));
        for (int x = 0; x < w; x++, in += 3) {
            uint32_t v = (54U * in[0] + 183U * in[1] + 19U * in[2]) >> 8;
            out[x] = v << 16 | v << 8 | v;
        }
    }
    if (ok)
        cairo_surface_mark_dirty(d->gray);
    av_frame_free(&rgb);
    av_frame_free(&scaled);
    return ok ? 0 : dvb_fail_nomem(err);
}

/* A grid of values over the frame, in colours from lo to hi. */
struct layer {
    const float *v;
    int rows, cols;
    double lo, hi;
    bool turned;   /* little is light: for QP */
    double cell_w; /* of a cell as drawn, px */
    double cell_h; /* the last row and column may be cut off */
    double heat;   /* how much colour */
    double light;  /* of the frame's own */
};

static void range_of(struct layer *l)
{
    l->lo = l->hi = (double)l->v[0];
    for (int i = 1; i < l->rows * l->cols; i++) {
        l->lo = fmin(l->lo, (double)l->v[i]);
        l->hi = fmax(l->hi, (double)l->v[i]);
    }
}

static double part_of(const struct layer *l, double v)
{
    double t = l->hi > l->lo ? (v - l->lo) / (l->hi - l->lo) : 0.5;
    return l->turned ? 1 - t : t;
}

static void set_colour(cairo_t *cr, const struct layer *l, double v, double alpha)
{
    double rgb[3];
    dvb_viridis(part_of(l, v), rgb);
    cairo_set_source_rgba(cr, rgb[0], rgb[1], rgb[2], alpha);
}

static void draw_layer(const struct drawing *d, const struct layer *l)
{
    cairo_t *cr = d->cr;
    cairo_set_source_surface(cr, d->gray, 0, 0);
    cairo_paint(cr);
    cairo_set_source_rgba(cr, 0, 0, 0, 1 - l->light);
    cairo_paint(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE); /* else seams show between cells */
    for (int r = 0; r < l->rows; r++)
        for (int c = 0; c < l->cols; c++) {
            cairo_rectangle(cr, c * l->cell_w, r * l->cell_h, l->cell_w, l->cell_h);
            set_colour(cr, l, (double)l->v[r * l->cols + c], l->heat);
            cairo_fill(cr);
        }
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
}

/* Scales. */

/* 1, 2 or 5 times a power of ten, so that there are about n steps. */
static double nice_step(double range, int n)
{
    double raw = range / n, power = pow(10, floor(log10(raw))), f = raw / power;
    return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}

static void draw_tick(const struct drawing *d, double at, double y, double v, int digits,
                      double align)
{
    char text[32];
    cairo_set_source_rgb(d->cr, 0.3, 0.3, 0.3);
    cairo_rectangle(d->cr, at - 0.5, y + BAR_H, 1, 5);
    cairo_fill(d->cr);
    snprintf(text, sizeof(text), "%.*f", digits, fabs(v) < 0.5 * pow(10, -digits) ? 0 : v);
    write_at(d, text, d->text, at, y + BAR_H + 6, align, 0.2);
}

/* Round numbers, and the ends as they are: what the frame has at least and at most. */
static void draw_ticks(const struct drawing *d, const struct layer *l, double x, double y, double w)
{
    double range = l->hi - l->lo, step = nice_step(range, 6), room = 4 * d->text;
    int digits = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    for (double v = ceil(l->lo / step - 1e-9) * step; v <= l->hi + step * 1e-6; v += step) {
        double at = w * (v - l->lo) / range;
        if (at >= room && at <= w - room)
            draw_tick(d, x + at, y, v, digits, 0.5);
    }
    draw_tick(d, x, y, l->lo, digits + 1, 0);
    draw_tick(d, x + w, y, l->hi, digits + 1, 1);
}

/* At x, y below a panel, with its ends labelled. */
static void draw_scale(const struct drawing *d, const struct layer *l, double x, double y)
{
    double w = d->panel_w;
    if (!(l->hi > l->lo)) {
        char text[64];
        set_colour(d->cr, l, l->lo, 1);
        cairo_rectangle(d->cr, x, y, BAR_H * 2, BAR_H);
        cairo_fill(d->cr);
        snprintf(text, sizeof(text), "%.3g everywhere", l->lo);
        write_at(d, text, d->text, x + BAR_H * 2 + 8, y - 1, 0, 0.2);
        return;
    }
    for (int i = 0; i < (int)w; i++) {
        set_colour(d->cr, l, l->lo + (l->hi - l->lo) * (i + 0.5) / w, 1);
        cairo_rectangle(d->cr, x + i, y, 1, BAR_H);
        cairo_fill(d->cr);
    }
    draw_ticks(d, l, x, y, w);
}

/* What stands in the panels. */

/* Dark below light, so that it shows on any ground. */
static void outline(cairo_t *cr, double x, double y, double w, double h)
{
    static const struct {
        double width, shade;
    } pens[] = { { 5, 0 }, { 2.5, 1 } };
    for (int i = 0; i < 2; i++) {
        cairo_rectangle(cr, x, y, w, h);
        cairo_set_line_width(cr, pens[i].width);
        cairo_set_source_rgb(cr, pens[i].shade, pens[i].shade, pens[i].shade);
        cairo_stroke(cr);
    }
}

int dvb_relevance_peak(const struct dvb_map *m)
{
    float most = m->rho[0];
    double row = 0, col = 0, nearest = INFINITY;
    int cells = m->rows * m->cols, n = 0, best = 0;
    for (int i = 1; i < cells; i++)
        most = fmaxf(most, m->rho[i]);
    for (int i = 0; i < cells; i++) {
        int r = i / m->cols, c = i % m->cols;
        if (m->rho[i] >= most) {
            row += r;
            col += c;
            n++;
        }
    }
    for (int i = 0; i < cells; i++) {
        int r = i / m->cols, c = i % m->cols;
        double d = hypot(r - row / n, c - col / n);
        if (m->rho[i] >= most && d < nearest - 1e-9) {
            nearest = d;
            best = i;
        }
    }
    return best;
}

/* The number in white on a dark ground of its own: over any frame it can be read. */
static void draw_peak(const struct drawing *d, const struct layer *l)
{
    char text[32];
    int best = dvb_relevance_peak(d->p->map), w, h;
    int row = best / l->cols, col = best % l->cols;
    double x = col * l->cell_w, y = row * l->cell_h;
    outline(d->cr, x, y, l->cell_w, l->cell_h);
    snprintf(text, sizeof(text), "%.2f", (double)l->v[best]);
    PangoLayout *layout = set_text(d, text, d->text, true);
    pango_layout_get_pixel_size(layout, &w, &h);
    double lx = fmin(fmax(x + l->cell_w / 2 - w / 2.0, 6), d->panel_w - w - 6);
    double ly = y + l->cell_h + 6;
    if (ly + h + 4 > d->panel_h)
        ly = y - h - 8;
    ly = fmin(fmax(ly, 4), d->panel_h - h - 4);
    cairo_set_source_rgba(d->cr, 0, 0, 0, 0.75);
    cairo_rectangle(d->cr, lx - 5, ly - 2, w + 10, h + 4);
    cairo_fill(d->cr);
    show(d, layout, lx, ly, 1);
    g_object_unref(layout);
}

static void draw_number(const struct drawing *d, double v, double size, double x, double y)
{
    char text[16];
    int w, h;
    snprintf(text, sizeof(text), "%.0f", v);
    PangoLayout *l = set_text(d, text, size, true);
    pango_layout_get_pixel_size(l, &w, &h);
    cairo_move_to(d->cr, x - w / 2.0, y - h / 2.0);
    pango_cairo_layout_path(d->cr, l);
    cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_width(d->cr, size / 4);
    cairo_set_source_rgba(d->cr, 0, 0, 0, 0.85);
    cairo_stroke_preserve(d->cr);
    cairo_set_source_rgb(d->cr, 1, 1, 1);
    cairo_fill(d->cr);
    g_object_unref(l);
}

/* Macroblocks across and down that share a number, so that numbers have room. */
static int group_of(const struct drawing *d, double size)
{
    double block = 16 * d->panel_w / d->p->frame->width;
    int k = (int)ceil(fmax(2.5 * size, 36) / block);
    return k < 1 ? 1 : k;
}

static double mean_qp(const struct dvb_relevance_picture *p, int cols, int rows, int x, int y,
                      int k)
{
    double sum = 0;
    int n = 0;
    for (int r = y; r < y + k && r < rows; r++)
        for (int c = x; c < x + k && c < cols; c++, n++)
            sum += (double)p->qp[r * cols + c];
    return sum / n;
}

static void draw_numbers(const struct drawing *d, const struct layer *l, int k, double size)
{
    double w = k * l->cell_w, h = k * l->cell_h;
    cairo_set_line_width(d->cr, 1);
    for (int y = 0; y < l->rows; y += k)
        for (int x = 0; x < l->cols; x += k) {
            double x0 = x * l->cell_w, y0 = y * l->cell_h;
            double w0 = fmin(w, d->panel_w - x0), h0 = fmin(h, d->panel_h - y0);
            cairo_rectangle(d->cr, floor(x0) + 0.5, floor(y0) + 0.5, w, h);
            cairo_set_line_width(d->cr, 1);
            cairo_set_source_rgba(d->cr, 1, 1, 1, 0.3);
            cairo_stroke(d->cr);
            if (w0 > 1.6 * size && h0 > size) /* a sliver at the edge has no room */
                draw_number(d, mean_qp(d->p, l->cols, l->rows, x, y, k), size, x0 + w0 / 2,
                            y0 + h0 / 2);
        }
}

static void begin_panel(const struct drawing *d, double x, const char *title)
{
    write_at(d, title, d->text, x, d->top - 1.7 * d->text, 0, 0.2);
    cairo_save(d->cr);
    cairo_translate(d->cr, x, d->top);
    cairo_rectangle(d->cr, 0, 0, d->panel_w, d->panel_h);
    cairo_clip(d->cr);
}

static void draw_relevance(const struct drawing *d)
{
    const struct dvb_map *m = d->p->map;
    struct layer l = { .v = m->rho, .rows = m->rows, .cols = m->cols, .heat = HEAT, .light = 1 };
    l.cell_w = d->panel_w / m->cols;
    l.cell_h = d->panel_h / m->rows;
    range_of(&l);
    begin_panel(d, MARGIN, "Relevance \xcf\x81"); /* rho */
    draw_layer(d, &l);
    if (l.hi > l.lo)
        draw_peak(d, &l);
    cairo_restore(d->cr);
    draw_scale(d, &l, MARGIN, d->top + d->panel_h + 12);
}

static void draw_qp(const struct drawing *d)
{
    const AVFrame *f = d->p->frame;
    double x = MARGIN + d->panel_w + GAP, block = 16 * d->panel_w / f->width;
    double size = d->text * 0.9;
    int k = group_of(d, size);
    struct layer l = { .v = d->p->qp, .turned = true, .heat = TINT, .light = LIGHT };
    l.rows = (f->height + 15) / 16;
    l.cols = (f->width + 15) / 16;
    l.cell_w = block;
    l.cell_h = 16 * d->panel_h / f->height;
    range_of(&l);
    char *title = k > 1 ? dvb_asprintf("QP, means of %d \xc3\x97 %d macroblocks", k, k)
                        : dvb_strdup("QP of each macroblock");
    begin_panel(d, x, title);
    free(title);
    draw_layer(d, &l);
    draw_numbers(d, &l, k, size);
    cairo_restore(d->cr);
    draw_scale(d, &l, x, d->top + d->panel_h + 12);
}

/* The whole. */

static void lay_out(struct drawing *d)
{
    const AVFrame *f = d->p->frame;
    bool said = *d->p->words;
    double w = fmin(fmax(f->width, MIN_PANEL_W), MAX_PANEL_W), h = w * f->height / f->width;
    if (h > MAX_PANEL_H) {
        w *= MAX_PANEL_H / h;
        h = MAX_PANEL_H;
    }
    d->panel_w = fmax(2, 2 * floor(w / 2));
    d->panel_h = fmax(2, 2 * floor(h / 2));
    d->width = fmax(2 * MARGIN + GAP + 2 * d->panel_w, 560);
    d->text = fmin(fmax(d->width / 100, 14), 22);
    d->words = set_block(d, said ? d->p->words : "(nothing was said)", 1.5 * d->text, said,
                         MAX_WORD_LINES);
    d->caption = set_block(d, d->p->caption, d->text, false, 2);
    d->top = ceil(MARGIN + height_of(d->words) + 6 + height_of(d->caption) + 3 * d->text);
    d->height = ceil(d->top + d->panel_h + 12 + BAR_H + 6 + 1.6 * d->text + MARGIN / 2);
}

static void draw(struct drawing *d)
{
    cairo_set_source_rgb(d->cr, 1, 1, 1);
    cairo_paint(d->cr);
    show(d, d->words, MARGIN, MARGIN, *d->p->words ? 0.05 : 0.45);
    show(d, d->caption, MARGIN, MARGIN + height_of(d->words) + 6, 0.4);
    draw_relevance(d);
    draw_qp(d);
}

struct bytes {
    unsigned char *data;
    size_t len, cap;
};

static cairo_status_t take_bytes(void *user, const unsigned char *data, unsigned int n)
{
    struct bytes *b = user;
    if (b->len + n > b->cap) {
        size_t cap = (b->len + n) * 2;
        unsigned char *bigger = realloc(b->data, cap);
        if (!bigger)
            return CAIRO_STATUS_NO_MEMORY;
        b->data = bigger;
        b->cap = cap;
    }
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return CAIRO_STATUS_SUCCESS;
}

static int write_png(cairo_surface_t *s, const char *path, struct dvb_err *err)
{
    struct bytes b = { 0 };
    cairo_status_t status = cairo_surface_write_to_png_stream(s, take_bytes, &b);
    int ret = status ? dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "%s: cannot draw: %s", path,
                                cairo_status_to_string(status))
                     : dvb_write_file(path, b.data, b.len, err);
    free(b.data);
    return ret;
}

/* What is measured needs a context before there is a size. */
static cairo_t *context_of(double w, double h)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
    cairo_t *cr = cairo_create(s);
    cairo_surface_destroy(s);
    return cr;
}

int dvb_relevance_draw(const struct dvb_relevance_picture *p, const char *path,
                       struct dvb_size *size, struct dvb_err *err)
{
    struct drawing d = { .p = p, .cr = context_of(1, 1) };
    lay_out(&d);
    cairo_destroy(d.cr);
    d.cr = context_of(d.width, d.height);
    int ret = make_gray(&d, err);
    if (!ret) {
        draw(&d);
        ret = write_png(cairo_get_target(d.cr), path, err);
    }
    *size = (struct dvb_size){ (int)d.width, (int)d.height };
    g_object_unref(d.words);
    g_object_unref(d.caption);
    cairo_surface_destroy(d.gray);
    cairo_destroy(d.cr);
    return ret;
}
