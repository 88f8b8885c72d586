/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Offsets in eighths of a QP: finer than x264 rounds. */
#define STEPS 8
#define BINS (2 * DVB_QP_OFFSET_MAX * STEPS + 1)
#define QP_MAX 51
#define BISECTIONS 30

struct dvb_effect_frame {
    int64_t tick;
    int n;
    int count[BINS];
    struct dvb_offset_grid grid;
};

static double offset_of(int bin)
{
    return (double)(bin - DVB_QP_OFFSET_MAX * STEPS) / STEPS;
}

/* The frame's own means. */
static void fill_grid(struct dvb_offset_grid *g, const float *offsets, int rows, int cols)
{
    int n[DVB_OFFSET_GRID * DVB_OFFSET_GRID] = { 0 }, longest = rows > cols ? rows : cols;
    g->square = (longest + DVB_OFFSET_GRID - 1) / DVB_OFFSET_GRID;
    g->rows = (rows + g->square - 1) / g->square;
    g->cols = (cols + g->square - 1) / g->square;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            int at = r / g->square * g->cols + c / g->square;
            g->mean[at] += offsets[r * cols + c];
            n[at]++;
        }
    for (int i = 0; i < g->rows * g->cols; i++)
        g->mean[i] /= (float)n[i];
}

void dvb_effect_put(struct dvb_effect *e, int64_t tick, const float *offsets, int rows, int cols)
{
    int n = rows * cols;
    e->waiting = dvb_grow(e->waiting, e->n, &e->cap, sizeof(*e->waiting));
    struct dvb_effect_frame *f = &e->waiting[e->n++];
    memset(f, 0, sizeof(*f));
    f->tick = tick;
    f->n = n;
    for (int i = 0; i < n; i++)
        f->count[(int)lrintf((offsets[i] + DVB_QP_OFFSET_MAX) * STEPS)]++;
    fill_grid(&f->grid, offsets, rows, cols);
}

/* As x264_ratecontrol_mb_qp does, but for rounding, which comes to nothing over many blocks. */
static double qp_of(double base, double offset)
{
    return fmin(fmax(base + offset, 0), QP_MAX);
}

/* Sums over the tenth with the least offsets, and over the others. */
struct sides {
    double n[2], qp[2], offset[2];
};

static struct sides sum_up(const struct dvb_effect_frame *f, double base)
{
    struct sides s = { 0 };
    double left = f->n >= 10 ? f->n / 10 : 1; /* whole macroblocks */
    for (int b = 0; b < BINS; b++) {
        if (!f->count[b])
            continue;
        const double in = fmin(left, f->count[b]), n[2] = { in, f->count[b] - in };
        left -= in;
        for (int side = 0; side < 2; side++) {
            s.n[side] += n[side];
            s.qp[side] += n[side] * qp_of(base, offset_of(b));
            s.offset[side] += n[side] * offset_of(b);
        }
    }
    return s;
}

/* The base QP that gives the frame's mean. */
static double base_of(const struct dvb_effect_frame *f, double mean_qp)
{
    double lo = -DVB_QP_OFFSET_MAX, hi = QP_MAX + DVB_QP_OFFSET_MAX;
    for (int i = 0; i < BISECTIONS; i++) {
        double base = (lo + hi) / 2;
        struct sides s = sum_up(f, base);
        if ((s.qp[0] + s.qp[1]) / f->n < mean_qp)
            lo = base;
        else
            hi = base;
    }
    return (lo + hi) / 2;
}

static void range(const struct dvb_effect_frame *f, double *lowest, double *highest)
{
    int a = 0, b = BINS - 1;
    while (a < b && !f->count[a])
        a++;
    while (b > a && !f->count[b])
        b--;
    *lowest = offset_of(a);
    *highest = offset_of(b);
}

static struct dvb_map_effect effect_of(const struct dvb_effect_frame *f, double qp, double mean_qp)
{
    struct dvb_map_effect e = { .left = { mean_qp, mean_qp } };
    range(f, &e.lowest, &e.highest);
    e.inside = e.outside = qp_of(qp, e.lowest);
    if (f->n < 2 || e.lowest == e.highest)
        return e;
    struct sides s = sum_up(f, base_of(f, mean_qp));
    e.left.inside = s.qp[0] / s.n[0];
    e.left.outside = s.qp[1] / s.n[1];
    s = sum_up(f, qp);
    e.inside = s.qp[0] / s.n[0];
    e.outside = s.qp[1] / s.n[1];
    e.asked = s.offset[1] / s.n[1] - s.offset[0] / s.n[0];
    return e;
}

/* *mean is that of n frames, the last of which was *one. */
static void add_grid(struct dvb_offset_grid *mean, const struct dvb_offset_grid *one, int n)
{
    mean->square = one->square;
    mean->rows = one->rows;
    mean->cols = one->cols;
    for (int i = 0; i < one->rows * one->cols; i++)
        mean->mean[i] += (one->mean[i] - mean->mean[i]) / (float)n;
}

void dvb_effect_take(struct dvb_effect *e, int64_t tick, double qp, double mean_qp,
                     struct dvb_map_effect *mean)
{
    size_t i = 0;
    while (i < e->n && e->waiting[i].tick != tick)
        i++;
    if (i == e->n)
        return;
    struct dvb_map_effect one = effect_of(&e->waiting[i], qp, mean_qp), *sum = &e->sum;
    add_grid(&sum->grid, &e->waiting[i].grid, e->frames + 1);
    memmove(&e->waiting[i], &e->waiting[i + 1], (--e->n - i) * sizeof(*e->waiting));
    e->frames++;
    sum->inside += one.inside;
    sum->outside += one.outside;
    sum->left.inside += one.left.inside;
    sum->left.outside += one.left.outside;
    sum->asked += one.asked;
    sum->lowest += one.lowest;
    sum->highest += one.highest;
    double n = e->frames;
    *mean = (struct dvb_map_effect){ .inside = sum->inside / n,
                                     .outside = sum->outside / n,
                                     .left = { sum->left.inside / n, sum->left.outside / n },
                                     .asked = sum->asked / n,
                                     .lowest = sum->lowest / n,
                                     .highest = sum->highest / n,
                                     .grid = sum->grid };
}

void dvb_effect_release(struct dvb_effect *e)
{
    free(e->waiting);
    *e = (struct dvb_effect){ 0 };
}
