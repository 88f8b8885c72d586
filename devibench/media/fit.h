/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One stretch of video encoded by a recipe: at its rate where it names one,
 * stepping down the ladder where the content does not fit into the rate.
 */
#ifndef DVB_MEDIA_FIT_H
#define DVB_MEDIA_FIT_H

#include "media/encode.h"
#include "media/feed.h"
#include "media/render.h"

struct dvb_fit_settings {
    struct dvb_feed *feed;                  /* its size is set here */
    const struct dvb_encode_recipe *recipe; /* its fps is the feed's business */
    const char *path;                       /* MP4 file to write; NULL: none */
    const struct dvb_feed_tap *tap;         /* sees the source's frames; NULL: none */
    struct dvb_qp_map map;
    size_t per_frame; /* bytes that the tap will hold for each frame */
    /* Reconstructed pictures of the accepted encode, as in dvb_encode_sink;
       NULL: none. Each comes after the tap has seen the source's frames up to
       that time. */
    void *ctx;
    int (*recon)(void *ctx, const AVFrame *frame, struct dvb_err *err);
    /* Asked only once the tap has seen all frames: whether recon needs that one.
       NULL: all are given. */
    bool (*wants)(void *ctx, int64_t pts);
};

/* A rate that cannot be met is no failure: result->met is false and the reason
   is told; the nearest encode is what was written. */
int dvb_fit(const struct dvb_fit_settings *settings, struct dvb_rate_result *result,
            struct dvb_err *err);

#endif
