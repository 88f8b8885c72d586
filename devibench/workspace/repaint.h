/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rendition whose sampled pictures are those of another one, each painted
 * anew: cut, joined, scaled. It has no video. Made once, found again by recipe.
 */
#ifndef DVB_WORKSPACE_REPAINT_H
#define DVB_WORKSPACE_REPAINT_H

#include <jansson.h>
#include <libavutil/frame.h>

#include "workspace/workspace.h"

struct dvb_repaint {
    const char *kind;     /* of the new rendition: "crop", ...; letters only */
    const json_t *recipe; /* all that painting depends on; borrowed */
    int jpeg_quality;     /* 1..100 */
    /* A new frame, all of one size; NULL when memory is short. */
    AVFrame *(*paint)(const void *user, const AVFrame *picture);
    const void *user;
};

/* *id is the rendition; its bitrate is the source's, whose stream it was seen in. Not in a
   dry workspace. Thread-safe for different segments. */
int dvb_workspace_repaint(struct dvb_workspace *ws, int64_t source, const struct dvb_repaint *how,
                          int64_t *id, struct dvb_err *err);

#endif
