/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures sampled from a run of frames. dvb_sample_times is in render.h. */
#ifndef DVB_MEDIA_SAMPLE_H
#define DVB_MEDIA_SAMPLE_H

#include <libavutil/frame.h>

#include "base/err.h"
#include "media/recipe.h"

/* Gives, for each of a list of times, the newest frame at or before it (for
   times before the first frame, that one). */
struct dvb_picker {
    const double *times; /* seconds, rising; borrowed */
    int n, at;
    AVFrame *newest;
    void *ctx;
    int (*picked)(void *ctx, const AVFrame *frame, int index, struct dvb_err *err);
};

/* Frames in order; each is kept until the next one tells how long it lasts. */
int dvb_picker_push(struct dvb_picker *p, const AVFrame *frame, struct dvb_err *err);
/* The last frame ends at that time in seconds; later times get no frame, but
   for the very first. */
int dvb_picker_end(struct dvb_picker *p, double end, struct dvb_err *err);
/* Begin again; also releases what is held. */
void dvb_picker_reset(struct dvb_picker *p);

/* A folder of numbered JPEG pictures: frame-0001.jpg ... */
struct dvb_album {
    const char *dir; /* borrowed */
    const struct dvb_sample_recipe *recipe;
    int n;
};

int dvb_album_add(struct dvb_album *album, const AVFrame *frame, struct dvb_err *err);

#endif
