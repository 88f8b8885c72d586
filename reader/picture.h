/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of a request: decoded, grey, bounded. */
#ifndef DVB_READER_PICTURE_H
#define DVB_READER_PICTURE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "reader/chat.h"
#include "reader/luma.h"

#define DVB_READER_VIDEO_FPS 2.0                   /* pictures per second taken from a video */
#define DVB_READER_MAX_FRAMES 512                  /* per request */
#define DVB_READER_MAX_PICTURE (32 << 20)          /* pixels of one picture */
#define DVB_READER_MAX_PIXELS (INT64_C(160) << 20) /* of all pictures of a request */

struct dvb_pictures {
    struct dvb_luma **v; /* in the order given */
    int n;
};

/* Decode every image and video of the request. Errors of the media are
   DVB_FAULT_INPUT and name the part; over a limit: code EFBIG. */
int dvb_pictures_decode(const struct dvb_chat *chat, struct dvb_pictures *pictures,
                        struct dvb_err *err);
void dvb_pictures_release(struct dvb_pictures *pictures);

/* Drop pictures evenly until at most max are left. */
void dvb_pictures_thin(struct dvb_pictures *pictures, int max);

/* Digest of sizes and pixels, in order. */
void dvb_pictures_hash(const struct dvb_pictures *pictures, char hex[DVB_HASH_LEN + 1]);

/* The left (side 0) or right (side 1) halves. Odd middle columns are left out.
   Returns false when memory is short. */
bool dvb_pictures_half(const struct dvb_pictures *pairs, int side, struct dvb_pictures *halves);

#endif
