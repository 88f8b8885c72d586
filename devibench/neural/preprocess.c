/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "neural/picture.h"

#define MAX_SIDE 2048

struct reading { /* a file being read */
    const char *path;
    const json_t *root;
    struct dvb_err *err;
};

static bool flag(const struct reading *r, const char *name)
{
    const json_t *v = json_object_get(r->root, name);
    return v ? json_is_true(v) : true; /* as the library that writes these files */
}

/* A side in 1..MAX_SIDE; 0: not given. */
static int side(const struct reading *r, const json_t *v, const char *field, int *out)
{
    *out = 0;
    if (!v)
        return 0;
    if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > MAX_SIDE)
        return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: %s is no side of 1 to %d pixels",
                        r->path, field, MAX_SIDE);
    *out = (int)json_integer_value(v);
    return 0;
}

/* "size" or "crop_size": a number, {"shortest_edge"} or {"height", "width"}. A plain
   number is the short edge of a size, both sides of a crop. */
static int sides(const struct reading *r, const char *field, int *edge, int *w, int *h)
{
    const json_t *v = json_object_get(r->root, field);
    *edge = *w = *h = 0;
    if (json_is_integer(v))
        return side(r, v, field, edge);
    int ret = side(r, json_object_get(v, "shortest_edge"), field, edge);
    if (!ret)
        ret = side(r, json_object_get(v, "height"), field, h);
    if (!ret)
        ret = side(r, json_object_get(v, "width"), field, w);
    if (!ret && !*edge && !(*w && *h))
        ret = dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL,
                       "%s: %s has neither shortest_edge nor height and width", r->path, field);
    return ret;
}

static int triple(const struct reading *r, const char *field, float out[3])
{
    const json_t *v = json_object_get(r->root, field);
    for (size_t i = 0; i < 3; i++) {
        const json_t *x = json_array_get(v, i);
        if (json_array_size(v) != 3 || !json_is_number(x))
            return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: %s is not three numbers", r->path,
                            field);
        out[i] = (float)json_number_value(x);
    }
    return 0;
}

static int read_sizes(const struct reading *r, struct dvb_preprocess *p)
{
    int edge = 0, w = 0, h = 0, crop_edge, crop_w = 0, crop_h = 0, ret = 0;
    p->resize = flag(r, "do_resize");
    if (p->resize)
        ret = sides(r, "size", &edge, &w, &h);
    bool crop = json_object_get(r->root, "crop_size") && flag(r, "do_center_crop");
    if (!ret && crop)
        ret = sides(r, "crop_size", &crop_edge, &crop_w, &crop_h);
    if (ret)
        return ret;
    if (crop && crop_edge)
        crop_w = crop_h = crop_edge;
    if (!p->resize || (edge && !crop && json_is_object(json_object_get(r->root, "size"))))
        return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL,
                        "%s: gives inputs of no fixed size (do_resize, size, crop_size)", r->path);
    p->short_edge = crop ? edge : 0;
    p->w = crop ? crop_w : edge ? edge : w;
    p->h = crop ? crop_h : edge ? edge : h;
    int least_w = edge ? edge : w, least_h = edge ? edge : h;
    if (p->w > least_w || p->h > least_h)
        return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: crop_size is larger than size",
                        r->path);
    if (crop && !edge && (p->w != w || p->h != h))
        return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL,
                        "%s: crop_size after a size of height and width is not supported", r->path);
    return 0;
}

static int read_numbers(const struct reading *r, struct dvb_preprocess *p)
{
    double filter = dvb_json_get_num(r->root, "resample", DVB_FILTER_BICUBIC);
    double scale = dvb_json_get_num(r->root, "rescale_factor", 1.0 / 255);
    if (filter != floor(filter) || filter < DVB_FILTER_NEAREST || filter > DVB_FILTER_BICUBIC)
        return dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL,
                        "%s: resample is %g, expected 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 "
                        "(bicubic)",
                        r->path, filter);
    p->filter = (enum dvb_filter)filter;
    p->scale = flag(r, "do_rescale") ? (float)scale : 1;
    for (int c = 0; c < 3; c++)
        p->mean[c] = 0, p->std[c] = 1;
    if (!flag(r, "do_normalize"))
        return 0;
    int ret = triple(r, "image_mean", p->mean);
    if (!ret)
        ret = triple(r, "image_std", p->std);
    for (int c = 0; !ret && c < 3; c++)
        if (!(p->std[c] > 0))
            ret = dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: image_std[%d] is %g, expected > 0",
                           r->path, c, (double)p->std[c]);
    return ret;
}

int dvb_preprocess_load(const char *path, struct dvb_preprocess *p, struct dvb_err *err)
{
    json_t *root;
    *p = (struct dvb_preprocess){ 0 };
    int ret = dvb_json_load(path, &root, err);
    if (ret)
        return ret;
    const struct reading r = { path, root, err };
    ret = read_sizes(&r, p);
    if (!ret)
        ret = read_numbers(&r, p);
    json_decref(root);
    return ret;
}

int dvb_preprocess_run(const struct dvb_preprocess *p, const struct dvb_rgb *from, float *out,
                       struct dvb_err *err)
{
    int w = p->w, h = p->h;
    if (p->short_edge) { /* the longer side is cut down, as Hugging Face does */
        int least = from->w < from->h ? from->w : from->h;
        w = (int)((int64_t)p->short_edge * from->w / least);
        h = (int)((int64_t)p->short_edge * from->h / least);
    }
    float *px = malloc((size_t)w * (size_t)h * 3 * sizeof(*px));
    if (!px)
        return dvb_fail_nomem(err);
    int ret = dvb_rgb_resize(from, w, h, p->filter, px, err);
    int left = (w - p->w) / 2, top = (h - p->h) / 2;
    for (int c = 0; !ret && c < 3; c++)
        for (int y = 0; y < p->h; y++)
            for (int x = 0; x < p->w; x++) {
                float v = px[3 * ((size_t)(y + top) * (size_t)w + (size_t)(x + left)) + (size_t)c];
                *out++ = (v * p->scale - p->mean[c]) / p->std[c];
            }
    free(px);
    return ret;
}
