/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where two frames differ. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "reader/reading.h"

#define BLOCK 8
#define CHANGED                                                                                    \
    6           /* mean difference of a block's pixels; JPEG noise at quality 75 stays below 4     \
                 */
#define REACH 3 /* blocks this far apart count as one change */

static bool block_changed(const struct dvb_luma *a, const struct dvb_luma *b, int bx, int by)
{
    int x1 = (bx + 1) * BLOCK < a->w ? (bx + 1) * BLOCK : a->w;
    int y1 = (by + 1) * BLOCK < a->h ? (by + 1) * BLOCK : a->h;
    int sum = 0, n = 0;
    for (int y = by * BLOCK; y < y1; y++)
        for (int x = bx * BLOCK; x < x1; x++, n++) {
            size_t at = (size_t)y * (size_t)a->w + (size_t)x;
            sum += abs(a->px[at] - b->px[at]);
        }
    return sum > CHANGED * n;
}

struct grid {
    int w, h;
    bool *changed;
    int *todo; /* stack of blocks of the change that is being followed */
    size_t n_todo;
};

static void visit(struct grid *g, int x, int y)
{
    if (x < 0 || y < 0 || x >= g->w || y >= g->h || !g->changed[y * g->w + x])
        return;
    g->changed[y * g->w + x] = false;
    g->todo[g->n_todo++] = y * g->w + x;
}

/* The box, in blocks, of everything connected with the block at; empties it. */
static struct dvb_box follow(struct grid *g, int at)
{
    struct dvb_box box = { at % g->w, at / g->w, at % g->w + 1, at / g->w + 1 };
    visit(g, at % g->w, at / g->w);
    while (g->n_todo) {
        int block = g->todo[--g->n_todo], bx = block % g->w, by = block / g->w;
        box = dvb_box_join(box, (struct dvb_box){ bx, by, bx + 1, by + 1 });
        for (int dy = -REACH; dy <= REACH; dy++)
            for (int dx = -REACH; dx <= REACH; dx++)
                visit(g, bx + dx, by + dy);
    }
    return box;
}

struct dvb_box *dvb_luma_changes(const struct dvb_luma *seen, const struct dvb_luma *cur, size_t *n)
{
    struct grid g = { .w = (cur->w + BLOCK - 1) / BLOCK, .h = (cur->h + BLOCK - 1) / BLOCK };
    size_t blocks = (size_t)g.w * (size_t)g.h, cap = 0;
    g.changed = dvb_calloc(blocks, sizeof(*g.changed));
    g.todo = dvb_calloc(blocks, sizeof(*g.todo));
    for (int y = 0; y < g.h; y++)
        for (int x = 0; x < g.w; x++)
            g.changed[y * g.w + x] = block_changed(seen, cur, x, y);
    struct dvb_box *boxes = NULL;
    *n = 0;
    for (int at = 0; at < (int)blocks; at++) {
        if (!g.changed[at])
            continue;
        struct dvb_box b = follow(&g, at);
        boxes = dvb_grow(boxes, *n, &cap, sizeof(*boxes));
        boxes[(*n)++] = (struct dvb_box){ b.x0 * BLOCK, b.y0 * BLOCK,
                                          b.x1 * BLOCK < cur->w ? b.x1 * BLOCK : cur->w,
                                          b.y1 * BLOCK < cur->h ? b.y1 * BLOCK : cur->h };
    }
    free(g.changed);
    free(g.todo);
    return boxes;
}
