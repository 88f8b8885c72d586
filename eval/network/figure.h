/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers behind the figures of the network side, as rows (rows.h).
 *
 *   2      frame latency over bitrate and loss: 10 Mbps, 30 ms each way, 30 fps, waiting for
 *          retransmission; 0.2..14 Mbps x {0, 1, 2, 5, 10}%
 *   4      bitrate over frame rate at equal quality: real encodes, each frame rate of each clip, at
 *          a constant CRF (bitrate_kbps, relative) and, since x264 lowers the QP where frames last
 *          longer, at the mean QP that the highest frame rate has at that CRF (equal_qp_*)
 *   10     stall and bitrate of waiting at 30 fps, waiting at the model's 2 fps, equation 5 with
 *          substitution, and repetition at 2 fps, for frames of equal size
 *   recap  GCC over traces with and without the cap by confidence
 */
#ifndef DVB_EVAL_NETWORK_FIGURE_H
#define DVB_EVAL_NETWORK_FIGURE_H

#include <jansson.h>

#include "base/opt.h"

#define DVB_FIGURE_2_SECONDS 40489.0 /* of the paper's measurements, over all cells */

struct dvb_figure_settings {
    uint64_t seed;
    int threads;     /* 0: as many as OpenMP has */
    double duration; /* seconds of each cell; 0: the figure's own */
    /* 4 */
    const struct dvb_strlist *videos;
    const double *crfs, *fps;
    size_t n_crfs, n_fps;
    double length; /* seconds of each video; 0: all */
    /* recap */
    const struct dvb_strlist *traces;
    const char *confidence;
    double tau;
};

/* *rows is a new reference, NULL on failure. */
int dvb_figure_2(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err);
int dvb_figure_4(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err);
int dvb_figure_10(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err);
int dvb_figure_recap(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err);

#endif
