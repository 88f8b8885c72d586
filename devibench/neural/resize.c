/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Separable filters: each new pixel is a weighted mean of old ones around its centre,
 * with weights that add up to one also at the edges.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "neural/picture.h"

static double sinc(double x)
{
    const double pi = 3.14159265358979323846;
    return x == 0 ? 1 : sin(pi * x) / (pi * x);
}

static double lanczos(double x)
{
    return fabs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static double bilinear(double x)
{
    return fabs(x) < 1 ? 1 - fabs(x) : 0;
}

static double bicubic(double x) /* a = -0.5 */
{
    x = fabs(x);
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

static const struct filter {
    double (*weight)(double x);
    double reach; /* pixels on either side, when enlarging */
} filters[] = {
    [DVB_FILTER_NEAREST] = { NULL, 0 },
    [DVB_FILTER_LANCZOS] = { lanczos, 3 },
    [DVB_FILTER_BILINEAR] = { bilinear, 1 },
    [DVB_FILTER_BICUBIC] = { bicubic, 2 },
};

/* Of every new pixel: old ones first[i] .. first[i] + n[i] - 1, weights[i * most ...]. */
struct taps {
    int *first, *n, most;
    float *weights;
};

static void init_taps(struct taps *t, int from, int to, const struct filter *f)
{
    double ratio = (double)from / to, wide = ratio > 1 ? ratio : 1;
    t->most = f->weight ? (int)ceil(f->reach * wide) * 2 + 1 : 1;
    t->first = dvb_calloc((size_t)to, sizeof(int));
    t->n = dvb_calloc((size_t)to, sizeof(int));
    t->weights = dvb_calloc((size_t)to * (size_t)t->most, sizeof(float));
    for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * ratio, sum = 0;
        int x0 = (int)(centre - f->reach * wide + 0.5), x1 = (int)(centre + f->reach * wide + 0.5);
        if (!f->weight)
            x0 = (int)centre, x1 = x0 + 1;
        x0 = x0 < 0 ? 0 : x0;
        x1 = x1 > from ? from : x1;
        float *w = t->weights + (size_t)i * (size_t)t->most;
        for (int x = x0; x < x1; x++)
            sum += f->weight ? f->weight((x - centre + 0.5) / wide) : 1;
        for (int x = x0; x < x1; x++)
            w[x - x0] = (float)((f->weight ? f->weight((x - centre + 0.5) / wide) : 1) / sum);
        t->first[i] = x0;
        t->n[i] = x1 - x0;
    }
}

static void release_taps(struct taps *t)
{
    free(t->first);
    free(t->n);
    free(t->weights);
}

static void row_across(const struct taps *t, const float *from, int w, float *to)
{
    for (int i = 0; i < w; i++) {
        const float *p = from + 3 * (ptrdiff_t)t->first[i];
        const float *k = t->weights + (size_t)i * (size_t)t->most;
        float sum[3] = { 0 };
        for (int x = 0; x < t->n[i]; x++)
            for (int c = 0; c < 3; c++)
                sum[c] += k[x] * p[3 * x + c];
        for (int c = 0; c < 3; c++)
            to[3 * i + c] = sum[c];
    }
}

static void rows_down(const struct taps *t, const float *from, size_t row, int i, float *to)
{
    const float *k = t->weights + (size_t)i * (size_t)t->most;
    for (size_t x = 0; x < row; x++)
        to[x] = 0;
    for (int y = 0; y < t->n[i]; y++) {
        const float *p = from + (size_t)(t->first[i] + y) * row;
        for (size_t x = 0; x < row; x++)
            to[x] += k[y] * p[x];
    }
    for (size_t x = 0; x < row; x++)
        to[x] = to[x] < 0 ? 0 : to[x] > 255 ? 255 : to[x];
}

int dvb_rgb_resize(const struct dvb_rgb *from, int w, int h, enum dvb_filter filter, float *out,
                   struct dvb_err *err)
{
    struct taps across, down;
    size_t row = (size_t)w * 3;
    float *narrow = malloc((size_t)from->h * row * sizeof(*narrow));
    if (!narrow)
        return dvb_fail_nomem(err);
    init_taps(&across, from->w, w, &filters[filter]);
    init_taps(&down, from->h, h, &filters[filter]);
    for (int y = 0; y < from->h; y++)
        row_across(&across, from->px + (size_t)y * from->stride, w, narrow + (size_t)y * row);
    for (int y = 0; y < h; y++)
        rows_down(&down, narrow, row, y, out + (size_t)y * row);
    release_taps(&across);
    release_taps(&down);
    free(narrow);
    return 0;
}
