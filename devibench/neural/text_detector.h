/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a picture shows text: PP-OCR's detector, a network after "Real-time Scene Text
 * Detection with Differentiable Binarization" (Liao et al., AAAI 2020), prepared and read
 * as PaddleOCR does. `make ocr-models` fetches the weights.
 */
#ifndef DVB_NEURAL_TEXT_DETECTOR_H
#define DVB_NEURAL_TEXT_DETECTOR_H

#include "neural/picture.h"

/* How surely each place lies in the core of a line of text. The cores are thinner than the
   lines, so that neighbouring lines stay apart. */
struct dvb_text_map {
    int w, h;                 /* cells; about as many as pixels of what the network saw */
    int picture_w, picture_h; /* of the picture, which the cells cover evenly */
    float *p;                 /* 0..1, raster order; owned */
};

void dvb_text_map_release(struct dvb_text_map *m);

struct dvb_text_detector;

/* folder holds det.onnx, or ch_PP-OCRv4_det_infer.onnx as published. Thread-safe handle. */
int dvb_text_detector_open(const char *folder, struct dvb_text_detector **detector,
                           struct dvb_err *err);
void dvb_text_detector_close(struct dvb_text_detector **detector);

/* The picture is scaled so that its longer side has long_side pixels (32..4096; letters
   are found best at 10 to 100 pixels), then run. */
int dvb_text_detector_run(const struct dvb_text_detector *d, const struct dvb_rgb *picture,
                          int long_side, struct dvb_text_map *map, struct dvb_err *err);

const char *dvb_text_detector_path(const struct dvb_text_detector *d);

/* A line of text in the picture's pixels: a rectangle that may lean. */
struct dvb_text_line {
    double x, y;           /* the corner where reading begins, at the top */
    double ux, uy, length; /* unit vector along the line */
    double vx, vy, height; /* unit vector down */
    double score;          /* 0..1 */
};

/* The lines of a map, from the top: connected cells of 0.3 or more, the smallest rectangle
   around them, kept where its mean is 0.6 or more, grown by 1.5 times its area over its
   perimeter. Heap array, *n of them. */
struct dvb_text_line *dvb_text_lines(const struct dvb_text_map *map, size_t *n);

/* Whether a place in the picture lies in the line. */
bool dvb_text_line_holds(const struct dvb_text_line *line, double x, double y);

#endif
