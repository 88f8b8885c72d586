/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A segment in two layers, each made of its frames: a base that is a part of
 * the picture, and the rest. The base meets the recipe's bitrate, at the ladder's
 * size for a picture of its own size; the rest is encoded at the same scale and
 * CRF, to know what it would take.
 */
#ifndef DVB_WORKSPACE_LAYER_H
#define DVB_WORKSPACE_LAYER_H

#include <jansson.h>
#include <libavutil/frame.h>

#include "media/recipe.h"
#include "workspace/workspace.h"

struct dvb_layer {
    const char *kind;     /* of the rendition: "layers", ...; letters only */
    const json_t *recipe; /* all that painting depends on; borrowed */
    /* The layer's frame (0: the base, 1: the rest), new, all of one size; NULL when memory is
       short. */
    AVFrame *(*paint)(const void *user, const AVFrame *frame, int layer);
    const void *user;
};

/* *id is the rendition of the base alone, made once, found again by recipe. Its detail in the
   store also has "enhancement_kbps": the bitrate of the rest. Not in a dry workspace.
   max_bytes as in struct dvb_render_job. Thread-safe for different segments. */
int dvb_workspace_layer(struct dvb_workspace *ws, const struct dvb_segment *segment,
                        const struct dvb_recipe *recipe, const struct dvb_layer *how,
                        size_t max_bytes, int64_t *id, struct dvb_err *err);

#endif
