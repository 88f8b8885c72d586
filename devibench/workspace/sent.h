/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a rendition a model is sent: the video, or some of its pictures, as
 * they were sampled or, for a model that takes fewer pixels or a lower JPEG
 * quality (profile.h), made anew. Such pictures stand in a folder of their own
 * within the rendition's, named by size and quality; they are made once, by
 * whoever needs them first, and shared by all models with the same limits. The
 * same rendition always gives the same bytes.
 */
#ifndef DVB_WORKSPACE_SENT_H
#define DVB_WORKSPACE_SENT_H

#include "base/hash.h"
#include "base/text.h"
#include "model/profile.h"
#include "model/tokens.h"
#include "workspace/workspace.h"

struct dvb_sent {
    char *video;   /* path, or NULL; owned */
    char **frames; /* paths in order; owned */
    int n_frames;
    struct dvb_media_shape shape; /* as it is sent */
    /* Pictures that are made anew. */
    bool anew;
    bool scaled;
    int quality;      /* of those */
    char **sampled;   /* the pictures that they are made from; owned */
    char *media_hash; /* of the rendition's pictures or video; owned */
};

/* A rendition without a path: words only, nothing is shown. Nothing is written; of the pictures at
   most a header is read. A picture whose size cannot be told is sent as it is. */
void dvb_sent_plan(const struct dvb_workspace *ws, const struct dvb_profile *p,
                   const struct dvb_rendition *r, struct dvb_sent *s);
void dvb_sent_release(struct dvb_sent *s);

/* How many of the rendition's pictures the model is sent: as many as it takes in number and in
   rate; 0: it is sent video. */
int dvb_sent_count(const struct dvb_profile *p, const struct dvb_rendition *r);
/* Which one is the i-th of n out of all: the middles of n equal parts. */
int dvb_sent_pick(int i, int n, int all);

/* Make the pictures that are not there yet. Any thread. */
int dvb_sent_make(const struct dvb_sent *s, struct dvb_err *err);

/* All that an answer depends on beside the words: who is asked, in which manner,
   and what is shown. Limits that changed nothing in what is sent are no part of
   it; pictures made anew stand in it as what they are made from, their size and
   quality. */
void dvb_sent_hash(const struct dvb_sent *s, const struct dvb_profile *p,
                   const struct dvb_rendition *r, struct dvb_hash *h);

/* The same for a rendition by its id, plan and make: for steps that have time and threads. */
int dvb_workspace_derive(struct dvb_workspace *ws, const struct dvb_profile *p, int64_t rendition,
                         struct dvb_err *err);

/* The shape alone. Any thread. */
int dvb_workspace_shape(struct dvb_workspace *ws, const struct dvb_profile *p, int64_t rendition,
                        struct dvb_media_shape *shape, struct dvb_err *err);

#endif
