/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rendition made of another one's sampled pictures: fewer of them, in another
 * order, or black ones of the same size. Made once, found again by recipe, as
 * all renditions are.
 */
#ifndef DVB_WORKSPACE_RESTAGE_H
#define DVB_WORKSPACE_RESTAGE_H

#include <jansson.h>

#include "workspace/workspace.h"

#define DVB_RESTAGE_BLACK (-1)

/* Whether the new rendition has a video. What is not as the source says stands in the recipe. */
enum dvb_restage_video {
    DVB_RESTAGE_AS_SOURCE,
    DVB_RESTAGE_NO_VIDEO, /* pictures only */
    DVB_RESTAGE_ONCE,     /* a video of these pictures once, whether the source has one or not */
};

struct dvb_restage {
    const char *kind;     /* of the new rendition: "shuffled", ...; letters only */
    const json_t *recipe; /* what the pictures depend on beside the source, or NULL; borrowed */
    const int *pictures;  /* indices into the source's pictures, or DVB_RESTAGE_BLACK */
    int n;                /* 1 or more */
    double fps;           /* pictures a second; 0: as the source's sample says */
    enum dvb_restage_video video;
};

/* *id is the rendition. Where the source has a video, so has the new one, if how->video has not
   something else to say: its
   pictures at the rate at which they were sampled, the whole repeated as often as
   needed to last as long as the source's pictures. In a dry workspace it is only
   foreseen, as dvb_workspace_foresee does. Thread-safe for different segments. */
int dvb_workspace_restage(struct dvb_workspace *ws, int64_t source, const struct dvb_restage *how,
                          int64_t *id, struct dvb_err *err);

#endif
