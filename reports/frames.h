/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of clips for the pages, out of the workspaces' renditions: copied where they are
   small enough, else made smaller. */
#ifndef DVB_REPORTS_FRAMES_H
#define DVB_REPORTS_FRAMES_H

#include "reports/board.h"
#include "reports/site.h"
#include "reports/where.h"

#define DVB_FRAMES_MAX 8 /* pictures of a clip */

enum dvb_frames_state { DVB_FRAMES_HERE, DVB_FRAMES_MISSING, DVB_FRAMES_LEFT_OUT };

/* A rendition's pictures: files frames/SOURCE-RENDITION-1.jpg ... of the site. */
struct dvb_frames_clip {
    int source;
    int64_t rendition;
    enum dvb_frames_state state;
    int n;                      /* pictures */
    int number[DVB_FRAMES_MAX]; /* of each in its rendition, from 1 */
    double at[DVB_FRAMES_MAX]; /* place of each in the clip, 0..1, were it as long as its segment */
    double fps;                /* pictures a second that were sampled; 0: not known */
    int width, height;         /* of all of them */
    double kbps;               /* of the rendition; 0: not encoded */
    int64_t bytes;
    struct dvb_where *where; /* where its bits went; NULL: everywhere, or not known */
};

struct dvb_frames {
    struct dvb_frames_clip *v; /* by source, rendition */
    size_t n;
};

/* Every rendition that a question of the board refers to, into dir/frames. A picture that
   cannot be read makes its clip DVB_FRAMES_MISSING; only what cannot be written fails. */
int dvb_frames_write(const struct dvb_board *b, const struct dvb_site_settings *s, const char *dir,
                     struct dvb_frames **frames, struct dvb_err *err);
void dvb_frames_free(struct dvb_frames **frames);

/* NULL: there is none of that id (or id is 0). */
const struct dvb_frames_clip *dvb_frames_find(const struct dvb_frames *f, int source,
                                              int64_t rendition);

#endif
