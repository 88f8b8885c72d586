/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recipe: every setting that a rendition's bytes depend on. Its canonical
 * JSON and the hash of that identify the rendition in the store.
 *
 * Kinds: "original" (the segment as it is, for the model to see), "degraded"
 * (the segment at a low bitrate) and "pair" (original left, degraded right).
 */
#ifndef DVB_MEDIA_RECIPE_H
#define DVB_MEDIA_RECIPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/text.h"

enum dvb_kind { DVB_KIND_ORIGINAL, DVB_KIND_DEGRADED, DVB_KIND_PAIR, DVB_KINDS };
extern const char *const dvb_kind_names[DVB_KINDS];

enum dvb_rate_mode {
    DVB_RATE_SEARCH, /* search the base CRF until the clip's size meets the rate */
    DVB_RATE_ABR,    /* one pass of x264's average bitrate mode */
};

/* How one clip is encoded with libx264. */
struct dvb_encode_recipe {
    int64_t bitrate; /* bits per second; 0: constant quality at crf */
    enum dvb_rate_mode mode;
    double tolerance;     /* relative miss that is accepted, such as 0.02 */
    double steer;         /* how far a search may move the base CRF within the clip, to land on the
                             rate; 0: it is constant */
    double crf;           /* 0..51, for bitrate 0 */
    struct dvb_size size; /* 0x0: from the ladder for this bitrate, never above the source */
    double fps;           /* 0: as the source */
    char preset[16];      /* x264 preset: "veryfast" */
    char tune[32];        /* x264 tune: "zerolatency", or "" */
    int bframes;          /* 0..16 */
    int keyint;           /* frames between intra frames; 0: one, at the start */
};

/* Pictures sampled for models that take frames. */
struct dvb_sample_recipe {
    double fps;         /* pictures per second; 0: none */
    int64_t max_pixels; /* per picture; 0: no limit */
    int jpeg_quality;   /* 1..100 */
};

struct dvb_qp_map; /* media/encode.h */

struct dvb_recipe {
    struct dvb_encode_recipe degraded;
    /* Where the degraded clip's bits go: NULL leaves that to x264. json is all that the map's
       offsets follow from, and stands in the recipe as "map". Both are there or neither;
       borrowed. */
    const struct dvb_qp_map *map;
    const json_t *map_json;
    struct dvb_encode_recipe original; /* used when original_video */
    struct dvb_encode_recipe pair;     /* used when pair_video; size 0x0: by pair_max_pixels */
    int64_t pair_max_pixels;           /* of the whole pair; 0: both halves at the source's size */
    bool original_video, pair_video;   /* write clip.mp4 too, beside the sampled frames */
    struct dvb_sample_recipe sample;
};

/* The default recipe (RTC-like: no B-frames, one intra frame, ladder) at 200 kbps. */
void dvb_recipe_default(struct dvb_recipe *r);

/* The ladder's size for a bitrate, fitted into and shaped as src (even sides):
   the published one, 200 kbps 1024x576 .. 800 kbps 1920x1080, extended below
   (data/ladder.json). step 1, 2, ... gives the next smaller sizes, for content
   that the rate cannot hold. False when there is no smaller step. */
bool dvb_ladder_size(int64_t bitrate, struct dvb_size src, int step, struct dvb_size *size);

/* The fields that matter for one kind, as a new JSON object. */
json_t *dvb_recipe_json(const struct dvb_recipe *r, enum dvb_kind kind);
/* SHA-256 of its canonical text. */
void dvb_recipe_hash(const struct dvb_recipe *r, enum dvb_kind kind, char hex[DVB_HASH_LEN + 1]);

#endif
