/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures as graphs take them: from rows of RGB numbers to the planes that a model was
 * trained on.
 */
#ifndef DVB_NEURAL_PICTURE_H
#define DVB_NEURAL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Part of a picture: h rows of w pixels, each red, green, blue in 0..255; rows stand
   stride numbers apart. */
struct dvb_rgb {
    const float *px;
    int w, h;
    size_t stride;
};

/* The numbers are those of preprocessor_config.json, which are Pillow's. */
enum dvb_filter {
    DVB_FILTER_NEAREST = 0,
    DVB_FILTER_LANCZOS = 1,
    DVB_FILTER_BILINEAR = 2,
    DVB_FILTER_BICUBIC = 3,
};

/* Scale to w x h, interleaved RGB into out[h * w * 3], values kept in 0..255. Shrinking
   widens the filter, as Pillow does. 0 or -ENOMEM. */
int dvb_rgb_resize(const struct dvb_rgb *from, int w, int h, enum dvb_filter filter, float *out,
                   struct dvb_err *err);

/* What preprocessor_config.json says: how a picture of any size becomes the input. */
struct dvb_preprocess {
    bool resize;
    int short_edge; /* scale to this, keeping the shape; 0: to w x h */
    int w, h;       /* of the input */
    enum dvb_filter filter;
    float scale; /* of 0..255, before the mean is taken off */
    float mean[3], std[3];
};

/* DVB_FAULT_INPUT names the file and the field. */
int dvb_preprocess_load(const char *path, struct dvb_preprocess *p, struct dvb_err *err);

/* One picture into out[3 * h * w], planes of red, green and blue. */
int dvb_preprocess_run(const struct dvb_preprocess *p, const struct dvb_rgb *from, float *out,
                       struct dvb_err *err);

#endif
