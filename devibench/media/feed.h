/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One stretch of a video at one size, as often as the search for a rate needs
 * it. The frames are held in memory where they fit into the budget; where not,
 * every pass decodes the source again, so length never costs memory.
 */
#ifndef DVB_MEDIA_FEED_H
#define DVB_MEDIA_FEED_H

#include <stdbool.h>

#include "media/clip.h"

struct dvb_feed;

/* Sees the frames at full size as they are decoded. It may see them more than once: start is called
   before each time. Both return 0, or a negative errno with err set. */
struct dvb_feed_tap {
    void *ctx;
    int (*start)(void *ctx, struct dvb_err *err);
    int (*frame)(void *ctx, const AVFrame *frame, struct dvb_err *err);
    int (*end)(void *ctx, struct dvb_err *err);
};

struct dvb_feed_settings {
    const char *path;     /* borrowed */
    double start, length; /* seconds; length 0: to the end */
    double fps;           /* constant output rate; 0: the source's own frames */
    size_t max_bytes;     /* for held frames; 0: hold nothing */
};

int dvb_feed_open(const struct dvb_feed_settings *settings, struct dvb_feed **feed,
                  struct dvb_err *err);

/* Of the source, at full size. */
const struct dvb_clip_info *dvb_feed_info(const struct dvb_feed *feed);

/* Give frames of this size from now on; call before the first pass. */
void dvb_feed_set_size(struct dvb_feed *feed, struct dvb_size size);

/* NULL: none. Called while frames are decoded, which with held frames is in
   dvb_feed_hold. */
void dvb_feed_set_tap(struct dvb_feed *feed, const struct dvb_feed_tap *tap);

/* Decode all and hold it. *held is false, and nothing is kept, when it does not
   fit with the per_frame bytes that the caller will hold beside each frame. */
int dvb_feed_hold(struct dvb_feed *feed, size_t per_frame, bool *held, struct dvb_err *err);

/* Begin a pass. */
int dvb_feed_rewind(struct dvb_feed *feed, struct dvb_err *err);
/* Next frame of the pass: 1 and *frame (caller frees), 0 at the end, or a negative errno. */
int dvb_feed_next(struct dvb_feed *feed, AVFrame **frame, struct dvb_err *err);

/* Of the last whole pass, or dvb_feed_hold, times in microseconds: of the first frame, and when
   the last one ends. */
int64_t dvb_feed_begin(const struct dvb_feed *feed);
int64_t dvb_feed_end(const struct dvb_feed *feed);

void dvb_feed_close(struct dvb_feed **feed);

#endif
