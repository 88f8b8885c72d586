/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reading told as it is: boxes of text, or the text alone. */
#ifndef DVB_READER_REGIONS_H
#define DVB_READER_REGIONS_H

#include <jansson.h>

#include "reader/reading.h"

/* {"regions":[{"text","box":[x0,y0,x1,y1],"frame"}]}: boxes in thousandths of
   the picture's width and height, for every frame.

   Where the words (the last paragraph of `prompt`) say which text they are about, only that and
   what they may ask for of it: the line that holds a text in quotation marks, those straight
   above or below or on the same row, by the words "above", "below", "line", "next to", "beside"
   or, without one, all around; the text in a place that is named ("upper left"); for a time,
   what looks like one. Where they say nothing of the kind, or nothing of it is found in any
   frame, all text that can be read. NULL: all. */
json_t *dvb_regions_json(const struct dvb_reading *reading, const char *prompt);

/* Every line of text once, in order of appearance, one per line; NULL when
   nothing was read. Heap. */
char *dvb_transcript(const struct dvb_reading *reading);

#endif
