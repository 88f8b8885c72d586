/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/regions.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "model/reply.h"

const char *const dvb_region_drop_names[DVB_REGION_DROPS] = {
    [DVB_REGION_GOOD] = "good",
    [DVB_REGION_NO_BOX] = "no box of four numbers",
    [DVB_REGION_NEGATIVE] = "negative",
    [DVB_REGION_OUTSIDE] = "beyond 1000",
    [DVB_REGION_OFF_PICTURE] = "beyond the picture",
    [DVB_REGION_REVERSED] = "reversed",
    [DVB_REGION_EMPTY] = "empty",
    [DVB_REGION_OVER_LIMIT] = "over the limit",
};

static const struct {
    const char *key;
    bool y_first;
} box_names[] = {
    { "box", false },
    { "bbox", false },
    { "bbox_2d", false },
    { "box_2d", true },
};

json_t *dvb_regions_schema(void)
{
    json_t *item = dvb_json_pack(
        "{s:s, s:b, s:[s,s,s], s:{s:{s:s}, s:{s:s, s:{s:s}, s:i, s:i}, s:{s:s}}}", "type", "object",
        "additionalProperties", 0, "required", "what", "box", "frame", "properties", "what", "type",
        "string", "box", "type", "array", "items", "type", "number", "minItems", 4, "maxItems", 4,
        "frame", "type", "integer");
    return dvb_json_pack("{s:s, s:b, s:[s], s:{s:{s:s, s:o}}}", "type", "object",
                         "additionalProperties", 0, "required", "regions", "properties", "regions",
                         "type", "array", "items", item);
}

static const json_t *find_box(const json_t *item, bool *y_first)
{
    *y_first = false;
    if (json_is_array(item))
        return item;
    for (size_t i = 0; i < sizeof(box_names) / sizeof(*box_names); i++) {
        const json_t *box = json_object_get(item, box_names[i].key);
        *y_first = box_names[i].y_first;
        if (box)
            return box;
    }
    return NULL;
}

static bool read_box(const json_t *item, double side[4])
{
    bool y_first;
    const json_t *box = find_box(item, &y_first);
    if (json_array_size(box) != 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        const json_t *v = json_array_get(box, i);
        if (!json_is_number(v) || !isfinite(json_number_value(v)))
            return false;
        side[y_first ? i ^ 1 : i] = json_number_value(v);
    }
    return true;
}

/* 1000 where a side is at the picture's edge, or beyond it. */
static double thousandth(double pixel, double size)
{
    return pixel >= size ? 1000 : pixel * 1000 / size;
}

/* Sides in order, into thousandths. */
static enum dvb_region_drop read_scaled(double side[4], const struct dvb_region_scale *scale)
{
    bool pixels = scale->boxes == DVB_BOXES_PIXELS;
    for (int i = 0; i < 4 && pixels; i++)
        side[i] = thousandth(side[i], i % 2 ? scale->height : scale->width);
    if (pixels && (side[0] >= 1000 || side[1] >= 1000))
        return DVB_REGION_OFF_PICTURE;
    return side[0] < side[2] && side[1] < side[3] ? DVB_REGION_GOOD : DVB_REGION_EMPTY;
}

static enum dvb_region_drop check(const json_t *item, const struct dvb_region_scale *scale,
                                  struct dvb_region *out)
{
    double side[4];
    if (!read_box(item, side))
        return DVB_REGION_NO_BOX;
    bool pixels = scale->boxes == DVB_BOXES_PIXELS, negative = false, outside = false;
    for (int i = 0; i < 4; i++) {
        int size = i % 2 ? scale->height : scale->width;
        negative |= side[i] < 0;
        outside |= side[i] > (pixels ? size + DVB_REGION_STEP : 1000);
    }
    if (negative)
        return DVB_REGION_NEGATIVE;
    if (outside)
        return pixels ? DVB_REGION_OFF_PICTURE : DVB_REGION_OUTSIDE;
    if (side[2] < side[0] || side[3] < side[1])
        return DVB_REGION_REVERSED;
    enum dvb_region_drop drop = read_scaled(side, scale);
    *out = (struct dvb_region){ side[0], side[1], side[2], side[3] };
    return drop;
}

/* Regions of a later frame take the place of earlier ones. */
static void take(struct dvb_regions *out, const json_t *item, const struct dvb_region_scale *scale,
                 double *frame)
{
    struct dvb_region r;
    enum dvb_region_drop drop = check(item, scale, &r);
    double at = json_is_object(item) ? dvb_json_get_num(item, "frame", 0) : 0;
    if (drop == DVB_REGION_GOOD && at < *frame)
        return;
    if (drop == DVB_REGION_GOOD && at > *frame) {
        out->n = 0;
        *frame = at;
    }
    if (drop == DVB_REGION_GOOD && out->n == DVB_REGIONS_MAX)
        drop = DVB_REGION_OVER_LIMIT;
    if (drop == DVB_REGION_GOOD)
        out->v[out->n++] = r;
    else
        out->dropped[drop]++;
}

/* [1, 2, 3, 4] is one box, [[1, 2, 3, 4]] a list of one. */
static bool is_box(const json_t *j)
{
    return json_array_size(j) == 4 && json_is_number(json_array_get(j, 0));
}

bool dvb_regions_parse(const char *reply, const struct dvb_region_scale *scale,
                       struct dvb_regions *out)
{
    struct dvb_err err;
    json_t *j = NULL, *item;
    bool salvaged;
    size_t i;
    double frame = -INFINITY;
    *out = (struct dvb_regions){ 0 };
    if (dvb_reply_json(reply, &j, &salvaged, &err))
        return false;
    json_t *list = json_is_array(j) ? j : json_object_get(j, "regions");
    bool there = json_is_array(list);
    if (there && is_box(list)) {
        take(out, list, scale, &frame);
    } else {
        json_array_foreach(list, i, item)
        {
            take(out, item, scale, &frame);
        }
    }
    json_decref(j);
    return there;
}
