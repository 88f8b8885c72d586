/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reading told as it is: boxes of text, or the text alone. */
#ifndef DVB_READER_REGIONS_H
#define DVB_READER_REGIONS_H

#include <jansson.h>

#include "reader/reading.h"

/* {"regions":[{"text","box":[x0,y0,x1,y1],"frame"}]}: boxes in thousandths of
   the picture's width and height, for every frame. */
json_t *dvb_regions_json(const struct dvb_reading *reading);

/* Every line of text once, in order of appearance, one per line; NULL when
   nothing was read. Heap. */
char *dvb_transcript(const struct dvb_reading *reading);

#endif
