/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The regions that a model says it needs: what it is asked, and what it replies. */
#ifndef DVB_EVAL_RELEVANCE_REGIONS_H
#define DVB_EVAL_RELEVANCE_REGIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "eval/relevance/qp.h"

#define DVB_REGIONS_MAX 32 /* of one reply */

/* Why a region was dropped. */
enum dvb_region_drop {
    DVB_REGION_GOOD,
    DVB_REGION_NO_BOX,     /* no four numbers: NaN, which JSON does not have, too */
    DVB_REGION_NEGATIVE,   /* a side below 0 */
    DVB_REGION_OUTSIDE,    /* a side beyond 1000 */
    DVB_REGION_REVERSED,   /* right of its right side, or below its lower one */
    DVB_REGION_EMPTY,      /* no width or no height */
    DVB_REGION_OVER_LIMIT, /* after DVB_REGIONS_MAX good ones */
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
   nothing good is in it, out->n is 0. */
bool dvb_regions_parse(const char *reply, struct dvb_regions *out);

#endif
