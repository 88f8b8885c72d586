/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/qp.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define MACROBLOCK 16
#define BOX_BASE 26.0
#define BOX_MOST 25.0

const char *const dvb_form_names[] = {
    [DVB_FORM_PLAIN] = "plain",
    [DVB_FORM_STRETCHED] = "stretched",
    [DVB_FORM_BOX] = "box",
    NULL,
};

double dvb_qp_of(double rho, double gamma)
{
    return 51 * (1 - pow((rho + 1) / 2, gamma));
}

void dvb_map_stretch(struct dvb_map *m)
{
    int n = m->rows * m->cols;
    float lo = m->rho[0], hi = m->rho[0];
    for (int i = 1; i < n; i++) {
        lo = fminf(lo, m->rho[i]);
        hi = fmaxf(hi, m->rho[i]);
    }
    for (int i = 0; i < n; i++)
        m->rho[i] = hi > lo ? 2 * (m->rho[i] - lo) / (hi - lo) - 1 : 0;
}

/* The part of [from, to) of a side of `cells` cells, both in shares of the side,
   that cell i covers. */
static double cover(int i, int cells, double from, double to)
{
    double a = fmax(from, (double)i / cells), b = fmin(to, (i + 1.0) / cells);
    return b > a ? b - a : 0;
}

/* Each block's mean over one direction: `in` has cells values stride apart. */
static void shrink(const float *in, int cells, int in_stride, double pixels, float *out, int blocks,
                   int out_stride)
{
    for (int b = 0; b < blocks; b++) {
        double from = b * MACROBLOCK / pixels, to = fmin((b + 1) * MACROBLOCK / pixels, 1);
        int last = (int)fmin(ceil(to * cells), cells);
        double sum = 0, weight = 0;
        for (int i = (int)(from * cells); i < last; i++) {
            double part = cover(i, cells, from, to);
            sum += part * (double)in[i * in_stride];
            weight += part;
        }
        out[b * out_stride] = (float)(sum / weight);
    }
}

void dvb_map_blocks(const struct dvb_map *m, int w, int h, float *out)
{
    int cols = (w + MACROBLOCK - 1) / MACROBLOCK, rows = (h + MACROBLOCK - 1) / MACROBLOCK;
    float *wide = dvb_calloc((size_t)m->rows * (size_t)cols, sizeof(*wide));
    for (int y = 0; y < m->rows; y++)
        shrink(&m->rho[y * m->cols], m->cols, 1, w, &wide[y * cols], cols, 1);
    for (int x = 0; x < cols; x++)
        shrink(&wide[x], m->rows, cols, h, &out[x], rows, cols);
    free(wide);
}

float dvb_qp_offset(double rho, enum dvb_form form, double gamma, double least_qp)
{
    double qp = dvb_qp_of(rho, gamma);
    if (form == DVB_FORM_BOX)
        return (float)fmin(fmax(qp - BOX_BASE, 0), BOX_MOST);
    return (float)fmax(qp - least_qp, 0);
}

static double outside(double v, double lo, double hi)
{
    return v < lo ? lo - v : v > hi ? v - hi : 0;
}

static double distance(const struct dvb_region *boxes, int n, double x, double y, double w,
                       double h)
{
    double least = INFINITY;
    for (int i = 0; i < n; i++) {
        double dx = outside(x, boxes[i].x0 * w / 1000, boxes[i].x1 * w / 1000);
        double dy = outside(y, boxes[i].y0 * h / 1000, boxes[i].y1 * h / 1000);
        least = fmin(least, hypot(dx, dy));
    }
    return least;
}

void dvb_regions_grid(const struct dvb_region *boxes, int n, double w, double h, double cell,
                      float *out)
{
    int cols = (int)ceil(w / cell), rows = (int)ceil(h / cell);
    double farthest = 0;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < cols; x++) {
            double cx = (x * cell + fmin((x + 1) * cell, w)) / 2;
            double cy = (y * cell + fmin((y + 1) * cell, h)) / 2;
            double d = distance(boxes, n, cx, cy, w, h);
            out[y * cols + x] = (float)d;
            farthest = fmax(farthest, d);
        }
    for (int i = 0; i < rows * cols; i++)
        out[i] = farthest > 0 ? (float)(1 - 2 * (double)out[i] / farthest) : 1;
}

void dvb_regions_map(const struct dvb_region *boxes, int n, int w, int h, struct dvb_map *m)
{
    dvb_map_init(m, (h + MACROBLOCK - 1) / MACROBLOCK, (w + MACROBLOCK - 1) / MACROBLOCK);
    if (n)
        dvb_regions_grid(boxes, n, w, h, MACROBLOCK, m->rho);
    for (int i = 0; i < m->rows * m->cols; i++) /* rounded, the farthest may lie below */
        m->rho[i] = fmaxf(-1, m->rho[i]);
}
