/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is compared with what: cells of model x bitrate x strategy x sampling,
 * and the baselines. Models share views, where what is shown of a clip does not
 * depend on who looks.
 */
#ifndef DVB_EVAL_MATRIX_H
#define DVB_EVAL_MATRIX_H

#include <jansson.h>

#include "eval/baseline/baseline.h"
#include "eval/strategy/strategy.h"
#include "workspace/ask.h"

/* Pictures for models that take pictures. */
struct dvb_sampling {
    double fps;         /* pictures a second; 0: by frames */
    int frames;         /* evenly spread over the clip, where fps is 0 */
    int64_t max_pixels; /* of a picture; 0: no limit */
};

/* What is shown. */
struct dvb_view {
    int64_t bitrate;                          /* bits per second; 0: the original */
    const struct dvb_used_strategy *strategy; /* NULL: the original, or a baseline */
    const struct dvb_used_model *viewer; /* whom it is made for, where the strategy is by_model */
    const struct dvb_baseline *baseline; /* or NULL */
    struct dvb_sampling sampling;
    /* Of a baseline that puts pictures in another order: whose limits on their number it keeps,
       so that the model sees the pictures that it would have seen. NULL: no limits. */
    const struct dvb_profile *eyes;
};

struct dvb_matrix_cell {
    const struct dvb_used_model *model; /* NULL: no model is asked */
    size_t view;                        /* index into views */
    char *name;                         /* "MODEL 200k uniform"; owned, once in a matrix */
};

struct dvb_matrix {
    struct dvb_view *views;
    size_t n_views, cap_views;
    struct dvb_matrix_cell *cells; /* by model, then sampling, strategy, bitrate; baselines last */
    size_t n_cells, cap_cells;
};

/* The sides of the matrix. All borrowed; what stands twice counts once. */
struct dvb_matrix_sides {
    const struct dvb_used_model *const *models;
    size_t n_models;
    const int64_t *bitrates; /* 0: the original, which no strategy touches */
    size_t n_bitrates;
    const struct dvb_used_strategy *strategies; /* told apart by name */
    size_t n_strategies;
    const struct dvb_baseline *const *baselines; /* shown as the first sampling has it */
    size_t n_baselines;
    const struct dvb_sampling *samplings;
    size_t n_samplings;
};

void dvb_matrix_make(const struct dvb_matrix_sides *sides, struct dvb_matrix *m);
void dvb_matrix_release(struct dvb_matrix *m);

/* The view's strategy in words: "uniform", for the original too, or the baseline's name. */
const char *dvb_view_strategy(const struct dvb_view *v);

/* The original that a cell lost its detail from: same model and sampling. -1: none. */
int dvb_matrix_original(const struct dvb_matrix *m, size_t cell);

/* {"fps", "frames", "max_pixels"}, null for what is not given. New reference. */
json_t *dvb_sampling_json(const struct dvb_sampling *s);

/* "200k", "1.5M", "800"; "original" for 0. */
void dvb_bitrate_text(int64_t bitrate, char *buf, size_t size);

#endif
