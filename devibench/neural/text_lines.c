/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a map of text to its lines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "neural/text_detector.h"

#define CELL_LEAST 0.3f /* of a cell that belongs to a line */
#define SCORE_LEAST 0.6 /* of a rectangle's mean */
#define GROW 1.5
#define SIDE_LEAST 3 /* cells */
#define UPRIGHT 1.5  /* a rectangle so many times higher than long holds turned text */

struct point {
    double x, y;
};

/* Cells that hang together. */
struct blob {
    int *at; /* their places in the map */
    size_t n, cap;
};

/* Flood from a cell; taken cells are marked as seen. */
static void flood(const struct dvb_text_map *m, int start, unsigned char *seen, struct blob *b)
{
    b->n = 0;
    seen[start] = 1;
    b->at = dvb_grow(b->at, b->n, &b->cap, sizeof(*b->at));
    b->at[b->n++] = start;
    for (size_t i = 0; i < b->n; i++) {
        int x0 = b->at[i] % m->w, y0 = b->at[i] / m->w;
        for (int y = y0 - 1; y <= y0 + 1; y++)
            for (int x = x0 - 1; x <= x0 + 1; x++) {
                if (x < 0 || y < 0 || x >= m->w || y >= m->h)
                    continue;
                int k = y * m->w + x;
                if (seen[k] || m->p[k] < CELL_LEAST)
                    continue;
                seen[k] = 1;
                b->at = dvb_grow(b->at, b->n, &b->cap, sizeof(*b->at));
                b->at[b->n++] = k;
            }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

static double turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Convex hull (Andrew's monotone chain) of n sorted points; hull has room for 2 n. */
static size_t make_hull(const struct point *p, size_t n, struct point *hull)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        while (k >= 2 && turn(hull[k - 2], hull[k - 1], p[i]) <= 0)
            k--;
        hull[k++] = p[i];
    }
    for (size_t i = n - 1, lower = k + 1; i-- > 0;) {
        while (k >= lower && turn(hull[k - 2], hull[k - 1], p[i]) <= 0)
            k--;
        hull[k++] = p[i];
    }
    return k > 1 ? k - 1 : k;
}

/* A rectangle: centre, half sides, and the direction of the first. */
struct rectangle {
    struct point centre;
    double a, b, ux, uy;
};

static struct rectangle around(const struct point *hull, size_t n, double ux, double uy)
{
    double a0 = HUGE_VAL, a1 = -HUGE_VAL, b0 = HUGE_VAL, b1 = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        double a = hull[i].x * ux + hull[i].y * uy, b = hull[i].y * ux - hull[i].x * uy;
        a0 = fmin(a0, a), a1 = fmax(a1, a), b0 = fmin(b0, b), b1 = fmax(b1, b);
    }
    double a = (a0 + a1) / 2, b = (b0 + b1) / 2;
    return (struct rectangle){
        { a * ux - b * uy, a * uy + b * ux }, (a1 - a0) / 2, (b1 - b0) / 2, ux, uy
    };
}

/* The smallest has a side along one of the hull's; the upright one wins where it is
   nearly as small, since most text on screens stands upright. */
static struct rectangle smallest(const struct point *hull, size_t n)
{
    struct rectangle best = around(hull, n, 1, 0);
    double least = best.a * best.b * 0.95;
    for (size_t i = 0; i < n; i++) {
        struct point p = hull[i], q = hull[(i + 1) % n];
        double len = hypot(q.x - p.x, q.y - p.y);
        if (len == 0)
            continue;
        struct rectangle r = around(hull, n, (q.x - p.x) / len, (q.y - p.y) / len);
        if (r.a * r.b < least) {
            least = r.a * r.b;
            best = r;
        }
    }
    return best;
}

/* The first side points right, and within 45 degrees of level. */
static struct rectangle levelled(struct rectangle r)
{
    if (fabs(r.uy) > fabs(r.ux)) {
        double a = r.a, ux = r.ux;
        r.ux = -r.uy, r.uy = ux;
        r.a = r.b, r.b = a;
    }
    if (r.ux < 0)
        r.ux = -r.ux, r.uy = -r.uy;
    return r;
}

/* The corners of the cells that end a row of the blob: the hull rests on these. */
static size_t outline(const struct dvb_text_map *m, const struct blob *b, struct point *p)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        int k = b->at[i], column = k % m->w;
        if (column > 0 && column + 1 < m->w && m->p[k - 1] >= CELL_LEAST &&
            m->p[k + 1] >= CELL_LEAST)
            continue;
        double x = column, y = (int)(k / m->w);
        for (int c = 0; c < 4; c++)
            p[n++] = (struct point){ x + (c & 1), y + (c >> 1) };
    }
    qsort(p, n, sizeof(*p), by_place);
    return n;
}

static struct rectangle rectangle_of(const struct dvb_text_map *m, const struct blob *b)
{
    struct point *p = dvb_calloc(4 * b->n, sizeof(*p));
    struct point *hull = dvb_calloc(8 * b->n + 1, sizeof(*hull));
    size_t n = make_hull(p, outline(m, b, p), hull);
    struct rectangle r = levelled(smallest(hull, n));
    free(p);
    free(hull);
    return r;
}

/* Mean of the cells whose centres lie inside. */
static double mean_inside(const struct dvb_text_map *m, const struct rectangle *r)
{
    double wide = r->a * fabs(r->ux) + r->b * fabs(r->uy), sum = 0;
    double high = r->a * fabs(r->uy) + r->b * fabs(r->ux);
    int x0 = (int)fmax(0, r->centre.x - wide), x1 = (int)fmin(m->w - 1, r->centre.x + wide);
    int y0 = (int)fmax(0, r->centre.y - high), y1 = (int)fmin(m->h - 1, r->centre.y + high);
    long n = 0;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double dx = x + 0.5 - r->centre.x, dy = y + 0.5 - r->centre.y;
            if (fabs(dx * r->ux + dy * r->uy) > r->a || fabs(dy * r->ux - dx * r->uy) > r->b)
                continue;
            sum += (double)m->p[y * m->w + x];
            n++;
        }
    return n ? sum / (double)n : 0;
}

/* Cells to pixels: the two axes may be scaled a little differently. */
static struct dvb_text_line line_of(const struct dvb_text_map *m, const struct rectangle *r,
                                    double score)
{
    double sx = (double)m->picture_w / m->w, sy = (double)m->picture_h / m->h;
    double grow = GROW * r->a * r->b / (r->a + r->b); /* area over perimeter, of half sides */
    double a = r->a + grow, b = r->b + grow;
    double ux = r->ux * sx, uy = r->uy * sy, vx = -r->uy * sx, vy = r->ux * sy;
    double u = hypot(ux, uy), v = hypot(vx, vy);
    struct dvb_text_line l = { .length = 2 * a * u, .height = 2 * b * v, .score = score };
    l.ux = ux / u, l.uy = uy / u, l.vx = vx / v, l.vy = vy / v;
    l.x = r->centre.x * sx - l.ux * l.length / 2 - l.vx * l.height / 2;
    l.y = r->centre.y * sy - l.uy * l.length / 2 - l.vy * l.height / 2;
    if (l.height < UPRIGHT * l.length)
        return l;
    /* Reading downwards: it begins at the top right, and down is to the left. */
    struct dvb_text_line t = { .x = l.x + l.ux * l.length,
                               .y = l.y + l.uy * l.length,
                               .ux = l.vx,
                               .uy = l.vy,
                               .length = l.height,
                               .vx = -l.ux,
                               .vy = -l.uy,
                               .height = l.length,
                               .score = score };
    return t;
}

static int from_top(const void *a, const void *b)
{
    const struct dvb_text_line *p = a, *q = b;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->x > q->x) - (p->x < q->x);
}

struct dvb_text_line *dvb_text_lines(const struct dvb_text_map *m, size_t *n)
{
    int cells = m->w * m->h;
    unsigned char *seen = dvb_calloc((size_t)cells, 1);
    struct blob b = { 0 };
    struct dvb_text_line *lines = NULL;
    size_t cap = 0;
    *n = 0;
    for (int i = 0; i < cells; i++) {
        if (seen[i] || m->p[i] < CELL_LEAST)
            continue;
        flood(m, i, seen, &b);
        struct rectangle r = rectangle_of(m, &b);
        double score = 2 * fmin(r.a, r.b) < SIDE_LEAST ? 0 : mean_inside(m, &r);
        if (score < SCORE_LEAST)
            continue;
        lines = dvb_grow(lines, *n, &cap, sizeof(*lines));
        lines[(*n)++] = line_of(m, &r, score);
    }
    if (*n)
        qsort(lines, *n, sizeof(*lines), from_top);
    free(seen);
    free(b.at);
    return lines;
}

bool dvb_text_line_holds(const struct dvb_text_line *l, double x, double y)
{
    double dx = x - l->x, dy = y - l->y;
    double along = dx * l->ux + dy * l->uy, down = dx * l->vx + dy * l->vy;
    return along >= 0 && along < l->length && down >= 0 && down < l->height;
}
