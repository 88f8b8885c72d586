/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renditions of a workspace: made once, found again by recipe. */
#ifndef DVB_WORKSPACE_RENDITION_H
#define DVB_WORKSPACE_RENDITION_H

#include "media/render.h"
#include "workspace/workspace.h"

/* The renditions of one segment that the recipe and the bit mask `kinds` ask
   for: ids[kind] is set for each. Those in the store whose files are there are
   used; the others are made together, with one decode. Thread-safe for
   different segments. max_bytes as in struct dvb_render_job. *made (may be
   NULL) tells how many were made. */
int dvb_workspace_render(struct dvb_workspace *ws, const struct dvb_segment *segment,
                         const struct dvb_recipe *recipe, unsigned kinds, size_t max_bytes,
                         int64_t ids[DVB_KINDS], int *made, struct dvb_err *err);

/* Only those that the store has and whose files are there: each is cleared from
   the bit mask *missing. */
int dvb_workspace_find(struct dvb_workspace *ws, int64_t segment, const struct dvb_recipe *recipe,
                       unsigned *missing, int64_t ids[DVB_KINDS], struct dvb_err *err);

/* For a dry workspace: nothing is made. ids[kind] is the rendition that the store
   has, or one that is written into its copy as it would be: sizes, pictures and
   length follow from video and recipe, the content is missing. */
int dvb_workspace_foresee(struct dvb_workspace *ws, const struct dvb_segment *segment,
                          const struct dvb_recipe *recipe, unsigned kinds, int64_t ids[DVB_KINDS],
                          struct dvb_err *err);

#endif
