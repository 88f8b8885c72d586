/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The regions that a model says it needs: what it is asked, and what it replies. */
#ifndef DVB_EVAL_RELEVANCE_REGIONS_H
#define DVB_EVAL_RELEVANCE_REGIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "eval/relevance/qp.h"
#include "model/profile.h"

#define DVB_REGIONS_MAX 32 /* of one reply */

/* What the numbers of a box are. Qwen2.5-VL counts the pixels of what its processor makes of the
   picture, whose sides it rounds to multiples of 28 (github.com/QwenLM/Qwen3-VL, issues 676 and
   931): a box may reach beyond the picture that we sent by less than one such step. */
#define DVB_REGION_STEP 28 /* pixels */
struct dvb_region_scale {
    enum dvb_boxes boxes;
    int width, height; /* of the pictures as they are sent; needed for pixels alone */
};

/* Why a region was dropped. */
enum dvb_region_drop {
    DVB_REGION_GOOD,
    DVB_REGION_NO_BOX,      /* no four numbers: NaN, which JSON does not have, too */
    DVB_REGION_NEGATIVE,    /* a side below 0 */
    DVB_REGION_OUTSIDE,     /* a side beyond 1000, in thousandths */
    DVB_REGION_OFF_PICTURE, /* in pixels: a side too far beyond the picture, or the whole box */
    DVB_REGION_REVERSED,    /* right of its right side, or below its lower one */
    DVB_REGION_EMPTY,       /* no width or no height */
    DVB_REGION_OVER_LIMIT,  /* after DVB_REGIONS_MAX good ones */
    DVB_REGION_DROPS
};
extern const char *const dvb_region_drop_names[DVB_REGION_DROPS];

struct dvb_regions {
    struct dvb_region v[DVB_REGIONS_MAX];
    int n;
    long dropped[DVB_REGION_DROPS];
};

/* The JSON schema of {"regions": [{"what", "box": [x0, y0, x1, y1], "frame"}]}. New reference. */
json_t *dvb_regions_schema(void);

/* Of a reply that is that, or a bare array, clean or within prose or a code fence: the regions
   of the greatest "frame" that any good one has (the time farthest ahead; none counts as 0). A
   box may also be called bbox or bbox_2d, or box_2d, which has y before x as Gemini writes it;
   a region may be nothing but four numbers. False where there is no list at all; then, and where
   nothing good is in it, out->n is 0. Regions are in thousandths whatever the scale; a side in
   pixels that is up to DVB_REGION_STEP beyond the picture is at its edge. */
bool dvb_regions_parse(const char *reply, const struct dvb_region_scale *scale,
                       struct dvb_regions *out);

/* The prompt (regions_prompt.c): prompts/regions.txt or the user's own in `dir` (NULL: none), with
   the slots {{words}}, {{step}} and {{boxes}}, of which only the first must be there. Heap. */
int dvb_regions_prompt_load(const char *dir, char **text, struct dvb_err *err);
/* With its slots filled: {{boxes}} by the words for the scale. step in seconds. Heap. */
char *dvb_regions_prompt_fill(const char *text, const struct dvb_region_scale *scale, double step,
                              const char *words);
/* Of the text with {{boxes}} filled and the other slots, and the picture's size, left open: what
   regions depend on beside model and words. */
void dvb_regions_prompt_hash(const char *text, enum dvb_boxes boxes, char hex[DVB_HASH_LEN + 1]);

#endif
