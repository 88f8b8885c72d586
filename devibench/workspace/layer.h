/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A segment whose frames are painted before they are encoded, and what is left
 * of them: two layers of one clip. The first meets the recipe's bitrate; the
 * second is encoded at the same size and CRF, to know what it would take.
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
    /* Paint over what the layer (0: the first, 1: the second) has not; the frame is writable. */
    void (*paint)(const void *user, AVFrame *frame, int layer);
    const void *user;
};

/* *id is the rendition of the first layer alone, made once, found again by recipe. Its detail in
   the store also has "enhancement_kbps": the second layer's bitrate. Not in a dry workspace.
   max_bytes as in struct dvb_render_job. Thread-safe for different segments. */
int dvb_workspace_layer(struct dvb_workspace *ws, const struct dvb_segment *segment,
                        const struct dvb_recipe *recipe, const struct dvb_layer *how,
                        size_t max_bytes, int64_t *id, struct dvb_err *err);

#endif
