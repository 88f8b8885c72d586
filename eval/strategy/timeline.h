/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What matters when: relevance at moments of a clip, and the quantiser offsets
 * that follow for any frame between them.
 */
#ifndef DVB_EVAL_STRATEGY_TIMELINE_H
#define DVB_EVAL_STRATEGY_TIMELINE_H

#include "base/hash.h"
#include "eval/relevance/qp.h"
#include "eval/relevance/regions.h"
#include "media/encode.h"

/* From `at` on this holds: a map, or boxes where map.rho is NULL (none: n 0). */
struct dvb_moment {
    double at; /* seconds from the clip's start */
    struct dvb_map map;
    struct dvb_region boxes[DVB_REGIONS_MAX];
    int n;
    float *rho, *offsets; /* of macroblocks, at the size that is being encoded */
};

/*
 * Before the first moment all is as where a look found no box: a flat map.
 *
 * With glide, what lies between two moments is interpolated linearly: boxes
 * where both have as many, in the order of the reply, else the offsets. Without,
 * a moment holds until the next. Smoothing, in rho and over macroblocks, comes
 * first: of a moment dt after the last one, 1 - exp(-dt / smooth) is taken.
 */
struct dvb_timeline {
    enum dvb_form form;
    double gamma;
    double smooth; /* time constant in seconds; 0: none */
    bool glide;
    struct dvb_moment *v;
    size_t n, cap;
    double least_qp; /* set with the moments */
    struct dvb_size size;
};

/* In order of time; takes over the map (stretched here for that form) or copies the boxes. */
void dvb_timeline_add_map(struct dvb_timeline *t, double at, struct dvb_map *map);
void dvb_timeline_add_boxes(struct dvb_timeline *t, double at, const struct dvb_region *boxes,
                            int n);
void dvb_timeline_release(struct dvb_timeline *t);

/* For a QP map (struct dvb_qp_map) with the timeline as ctx; one thread at a time. */
int dvb_timeline_offsets(void *timeline, const AVFrame *frame, int mb_w, int mb_h, float *out,
                         struct dvb_err *err);

/* The relevance itself, -1..1, of each macroblock of a picture of that size, in raster order. */
void dvb_timeline_rho(struct dvb_timeline *t, double at, struct dvb_size size, float *out);

/* Of all that offsets depend on: the moments, form, gamma, smoothing, gliding. */
void dvb_timeline_hash(const struct dvb_timeline *t, char hex[DVB_HASH_LEN + 1]);

#endif
