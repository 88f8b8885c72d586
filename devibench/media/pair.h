/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The "pair" rendition: original left, degraded right, as video and as pictures. */
#ifndef DVB_MEDIA_PAIR_H
#define DVB_MEDIA_PAIR_H

#include "media/clip.h"
#include "media/render.h"

struct dvb_pair;

struct dvb_pair_settings {
    const struct dvb_recipe *recipe;
    const struct dvb_clip_info *source; /* copied */
    double length;                      /* seconds */
    const char *dir;                    /* borrowed */
    const double *times;                /* of the sampled pictures; borrowed */
    int n_times;
};

int dvb_pair_open(const struct dvb_pair_settings *settings, struct dvb_pair **pair,
                  struct dvb_err *err);

/* Bytes that the left side may hold for each frame of the source. */
size_t dvb_pair_frame_bytes(const struct dvb_pair *pair);

/* Left: start (again), frames of the source, and when the last of them ends (seconds). */
void dvb_pair_start(struct dvb_pair *pair);
int dvb_pair_left(struct dvb_pair *pair, const AVFrame *frame, struct dvb_err *err);
int dvb_pair_left_end(struct dvb_pair *pair, double end, struct dvb_err *err);
/* Right: the degraded frames, none before the left ones of earlier times. */
int dvb_pair_right(struct dvb_pair *pair, const AVFrame *frame, struct dvb_err *err);

/* Whether the degraded frame of that time, whose left side has been seen, will be needed. */
bool dvb_pair_wants(const struct dvb_pair *pair, int64_t pts);

/* *pictures: how many were sampled. rate is set when there is a video. */
int dvb_pair_finish(struct dvb_pair *pair, int *pictures, struct dvb_rate_result *rate,
                    struct dvb_err *err);
void dvb_pair_close(struct dvb_pair **pair);

#endif
