/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes out of whatever a model writes: those that are taken are good, lie in the picture, and
   come back the same when they are written down plainly; what they say of the picture's
   macroblocks is within -1..1. In thousandths, and in pixels of a picture of that size. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "eval/relevance/regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

enum { W = 100, H = 50, CELL = 16, COLS = 7, ROWS = 4 };

static const struct dvb_region_scale thousandths = { .boxes = DVB_BOXES_THOUSANDTHS },
                                     pixels = { DVB_BOXES_PIXELS, W, H };

static void check_regions(const struct dvb_regions *r, bool there)
{
    CHECK(r->n >= 0 && r->n <= DVB_REGIONS_MAX && (there || !r->n));
    for (int d = 0; d < DVB_REGION_DROPS; d++)
        CHECK(r->dropped[d] >= 0 && (there || !r->dropped[d]));
    CHECK(!r->dropped[DVB_REGION_GOOD]);
    for (int i = 0; i < r->n; i++) {
        const struct dvb_region *b = &r->v[i];
        CHECK(b->x0 >= 0 && b->x0 < b->x1 && b->x1 <= 1000);
        CHECK(b->y0 >= 0 && b->y0 < b->y1 && b->y1 <= 1000);
    }
}

static void check_again(const struct dvb_regions *r)
{
    struct dvb_regions again;
    json_t *list = json_array();
    for (int i = 0; i < r->n; i++) {
        const struct dvb_region *b = &r->v[i];
        json_array_append_new(list,
                              dvb_json_pack("{s:[f,f,f,f]}", "box", b->x0, b->y0, b->x1, b->y1));
    }
    char *text = json_dumps(list, JSON_REAL_PRECISION(17));
    CHECK(text && dvb_regions_parse(text, &thousandths, &again));
    CHECK(again.n == r->n && !memcmp(again.v, r->v, (size_t)r->n * sizeof(*r->v)));
    free(text);
    json_decref(list);
}

static void check_grid(const struct dvb_regions *r)
{
    float rho[ROWS * COLS];
    dvb_regions_grid(r->v, r->n, W, H, CELL, rho);
    for (int i = 0; i < ROWS * COLS; i++)
        CHECK(rho[i] >= -1.0001F && rho[i] <= 1); /* the farthest, rounded */
}

static bool try_scale(const char *text, const struct dvb_region_scale *scale, struct dvb_regions *r)
{
    bool there = dvb_regions_parse(text, scale, r);
    check_regions(r, there);
    if (r->n) {
        check_again(r);
        check_grid(r);
    }
    return there;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    struct dvb_regions in_thousandths, in_pixels;
    char *text = malloc(size + 1); /* of this length exactly: reading past it shows */
    memcpy(text, data, size);
    text[size] = '\0';
    bool there = try_scale(text, &thousandths, &in_thousandths);
    CHECK(try_scale(text, &pixels, &in_pixels) == there);
    for (int d = 1; d < DVB_REGION_DROPS; d++) { /* what is no matter of the scale */
        bool same = d == DVB_REGION_NO_BOX || d == DVB_REGION_NEGATIVE;
        CHECK(!same || in_thousandths.dropped[d] == in_pixels.dropped[d]);
    }
    CHECK(!in_thousandths.dropped[DVB_REGION_OFF_PICTURE]);
    CHECK(!in_pixels.dropped[DVB_REGION_OUTSIDE]);
    free(text);
    return 0;
}
