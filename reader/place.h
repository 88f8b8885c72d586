/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places in a picture as people name them: "upper left", "at the bottom". */
#ifndef DVB_READER_PLACE_H
#define DVB_READER_PLACE_H

#include <stdbool.h>

#include "reader/luma.h"

#define DVB_PLACE_ANY (-1)

struct dvb_place {
    int col, row; /* 0..2 from the upper left, or DVB_PLACE_ANY */
};

/* The place that a text names; false when it names none. */
bool dvb_place_in_text(const char *text, struct dvb_place *place);

/* True when the text names a place and nothing else: "Upper left", "in the
   lower right corner". */
bool dvb_place_only(const char *text, struct dvb_place *place);

/* Distance from a box's middle to the middle of a place, in picture widths and heights. */
double dvb_place_distance(struct dvb_place place, struct dvb_box box, int w, int h);

/* True when the box's middle lies in the place's ninth (or third) of the picture. */
bool dvb_place_holds(struct dvb_place place, struct dvb_box box, int w, int h);

#endif
