/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/where.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define CELLS_MAX 4096
#define TENTHS_MAX 1020 /* 51 less -51 */
#define SIDE_MAX 32768

static json_t *load(const char *text, const char *must_hold)
{
    return text && strstr(text, must_hold) ? json_loads(text, 0, NULL) : NULL;
}

static int whole(const json_t *j, const char *key, int max)
{
    double v = dvb_json_get_num(j, key, 0);
    return v >= 1 && v <= max ? (int)v : 0;
}

/* detail.map.grid, as devibench/workspace/rendition.c writes it. */
static struct dvb_where *read_map(const json_t *detail)
{
    const json_t *grid = json_object_get(json_object_get(detail, "map"), "grid");
    const json_t *tenths = json_object_get(grid, "tenths");
    const int width = whole(detail, "width", SIDE_MAX), height = whole(detail, "height", SIDE_MAX),
              square = whole(grid, "square", SIDE_MAX), cols = whole(grid, "columns", CELLS_MAX);
    const size_t n = json_array_size(tenths);
    if (!width || !height || !square || !cols || !n || n > CELLS_MAX || n % (size_t)cols)
        return NULL;
    struct dvb_where *w = dvb_calloc(1, sizeof(*w) + n * sizeof(w->tenths[0]));
    w->width = width;
    w->height = height;
    w->square = square;
    w->cols = cols;
    w->rows = (int)n / cols;
    for (size_t i = 0; i < n; i++) {
        double v = json_number_value(json_array_get(tenths, i));
        w->tenths[i] = (int16_t)lrint(fmin(fmax(v, -TENTHS_MAX), TENTHS_MAX));
    }
    return w;
}

/* Of crop and layers; what has a video of the crop says of which pictures it is. */
static bool read_window(const json_t *recipe, double window[4])
{
    const json_t *how = json_object_get(recipe, "how"), *list;
    if (!how)
        how = json_object_get(json_object_get(recipe, "of"), "how");
    list = json_object_get(how, "window");
    if (json_array_size(list) != 4)
        return false;
    for (size_t i = 0; i < 4; i++)
        window[i] = json_number_value(json_array_get(list, i));
    const double *v = window;
    return v[0] >= 0 && v[1] >= 0 && v[2] > 0 && v[3] > 0 && v[0] + v[2] <= 1.001 &&
           v[1] + v[3] <= 1.001;
}

struct dvb_where *dvb_where_read(const char *detail, const char *recipe)
{
    json_t *d = load(detail, "\"grid\""), *r = load(recipe, "\"window\"");
    double window[4];
    struct dvb_where *w = read_map(d);
    if (read_window(r, window)) {
        if (!w)
            w = dvb_calloc(1, sizeof(*w));
        memcpy(w->window, window, sizeof(window));
    }
    json_decref(d);
    json_decref(r);
    return w;
}
