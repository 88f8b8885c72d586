/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A map drawn over its frame, with the words and the quantisers that follow, as
 * figure 5 of "Chat with AI" (HotNets 2025) shows them: relevance on the left,
 * QP on the right, each with its scale. Text is set by Pango, in any script that
 * the machine has a font for.
 */
#ifndef DVB_EVAL_RELEVANCE_PICTURE_H
#define DVB_EVAL_RELEVANCE_PICTURE_H

#include <libavutil/frame.h>

#include "base/text.h"
#include "eval/relevance/map.h"

struct dvb_relevance_picture {
    const AVFrame *frame;
    const struct dvb_map *map;
    const float *qp;     /* of each macroblock of 16 x 16 pixels, raster order */
    const char *words;   /* as the user said them; "": nothing was said */
    const char *caption; /* one line: video, time, provider, form */
};

/* The cell where the map is highest; of several such cells (the inside of a box) the one
   nearest to their middle. */
int dvb_relevance_peak(const struct dvb_map *m);

/* Write a PNG file; *size is what it measures. */
int dvb_relevance_draw(const struct dvb_relevance_picture *p, const char *path,
                       struct dvb_size *size, struct dvb_err *err);

#endif
