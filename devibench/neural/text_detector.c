/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/text_detector.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "neural/onnx.h"

#define STEP 32 /* sides of the input are multiples of it */
#define MAX_SIDE 4096

struct dvb_text_detector {
    struct dvb_onnx *graph;
    const char *input, *output;
};

static const char *const file_names[] = { "det.onnx", "ch_PP-OCRv4_det_infer.onnx", NULL };

int dvb_text_detector_open(const char *folder, struct dvb_text_detector **detector,
                           struct dvb_err *err)
{
    struct dvb_text_detector *d = dvb_calloc(1, sizeof(*d));
    char *path = NULL;
    for (const char *const *name = file_names; *name && !path; name++) {
        path = dvb_path_join(folder, *name);
        if (!dvb_is_file(path)) {
            free(path);
            path = NULL;
        }
    }
    int ret = path ? dvb_onnx_open(path, 1, &d->graph, err)
                   : dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                              "%s: no text detector: expected %s or %s ('make ocr-models')", folder,
                              file_names[0], file_names[1]);
    size_t n_in = 0, n_out = 0;
    const struct dvb_onnx_port *in = ret ? NULL : dvb_onnx_inputs(d->graph, &n_in);
    const struct dvb_onnx_port *out = ret ? NULL : dvb_onnx_outputs(d->graph, &n_out);
    if (!ret && (n_in != 1 || n_out != 1 || in->n_dims != 4 || out->n_dims != 4))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                       "%s: is no text detector: expected one picture in and one map out", path);
    free(path);
    if (ret) {
        dvb_text_detector_close(&d);
    } else {
        d->input = in->name;
        d->output = out->name;
    }
    *detector = d;
    return ret;
}

void dvb_text_detector_close(struct dvb_text_detector **detector)
{
    if (*detector)
        dvb_onnx_close(&(*detector)->graph);
    free(*detector);
    *detector = NULL;
}

const char *dvb_text_detector_path(const struct dvb_text_detector *d)
{
    return dvb_onnx_path(d->graph);
}

void dvb_text_map_release(struct dvb_text_map *m)
{
    free(m->p);
    *m = (struct dvb_text_map){ 0 };
}

static int fit(double side)
{
    long n = lround(side / STEP) * STEP;
    return n < STEP ? STEP : n > MAX_SIDE ? MAX_SIDE : (int)n;
}

/* PaddleOCR reads pictures as blue, green, red, and applies these in that order. */
static const struct {
    int channel;
    float mean, std;
} planes[] = { { 2, 0.485f, 0.229f }, { 1, 0.456f, 0.224f }, { 0, 0.406f, 0.225f } };

static int prepare(const struct dvb_rgb *picture, int w, int h, float *input, struct dvb_err *err)
{
    size_t n = (size_t)w * (size_t)h;
    float *px = malloc(n * 3 * sizeof(*px));
    int ret = px ? dvb_rgb_resize(picture, w, h, DVB_FILTER_BILINEAR, px, err)
                 : dvb_fail_nomem(err);
    for (size_t c = 0; !ret && c < 3; c++)
        for (size_t i = 0; i < n; i++)
            input[c * n + i] = (px[3 * i + (size_t)planes[c].channel] / 255 - planes[c].mean) /
                               planes[c].std;
    free(px);
    return ret;
}

static int infer(const struct dvb_text_detector *d, const float *input, int w, int h,
                 struct dvb_text_map *map, struct dvb_err *err)
{
    const struct dvb_tensor in = {
        .name = d->input, .type = DVB_ONNX_FLOAT, .n_dims = 4, .dims = { 1, 3, h, w }, .f = input
    };
    struct dvb_tensor out;
    int ret = dvb_onnx_run(d->graph, &in, 1, d->output, &out, err);
    if (ret)
        return ret;
    if (out.n_dims != 4 || out.dims[0] != 1 || out.dims[1] != 1 || out.dims[2] < 1 ||
        out.dims[2] > MAX_SIDE || out.dims[3] < 1 || out.dims[3] > MAX_SIDE)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: output '%s' is no single map",
                       dvb_onnx_path(d->graph), d->output);
    size_t n = ret ? 0 : dvb_tensor_count(&out);
    for (size_t i = 0; i < n && !ret; i++)
        if (out.f[i] < 0 || out.f[i] > 1)
            ret = dvb_fail(err, DVB_FAULT_INPUT, ERANGE,
                           "%s: output '%s' holds %g, expected probabilities",
                           dvb_onnx_path(d->graph), d->output, (double)out.f[i]);
    if (ret) {
        dvb_tensor_release(&out);
        return ret;
    }
    map->w = (int)out.dims[3];
    map->h = (int)out.dims[2];
    map->p = (float *)out.f;
    return 0;
}

int dvb_text_detector_run(const struct dvb_text_detector *d, const struct dvb_rgb *picture,
                          int long_side, struct dvb_text_map *map, struct dvb_err *err)
{
    double scale = (double)long_side / (picture->w > picture->h ? picture->w : picture->h);
    int w = fit(picture->w * scale), h = fit(picture->h * scale);
    *map = (struct dvb_text_map){ .picture_w = picture->w, .picture_h = picture->h };
    float *input = malloc((size_t)w * (size_t)h * 3 * sizeof(*input));
    int ret = input ? prepare(picture, w, h, input, err) : dvb_fail_nomem(err);
    if (!ret)
        ret = infer(d, input, w, h, map, err);
    free(input);
    return ret;
}
