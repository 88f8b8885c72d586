/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much each part of a picture matters to somebody's words: a grid of
 * relevance, and what a sender makes of it.
 *
 * Source: "Chat with AI" (HotNets 2025), section 3.2: rho is the cosine
 * similarity of a patch and the words, in [-1, 1].
 */
#ifndef DVB_EVAL_RELEVANCE_MAP_H
#define DVB_EVAL_RELEVANCE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define DVB_MAP_MAX 1024 /* rows and columns */

/* rho[row * cols + col], raster order, top left first; each cell covers an equal
   share of the picture's height and width. */
struct dvb_map {
    int rows, cols;
    float *rho; /* -1..1; owned */
};

/* All cells 0. The sides are 1..DVB_MAP_MAX. */
void dvb_map_init(struct dvb_map *m, int rows, int cols);
void dvb_map_release(struct dvb_map *m);

/* Sizes in range, each value finite and in [-1, 1]; where is named in the message, such as
   "maps.json: maps[3]". DVB_FAULT_INPUT. */
int dvb_map_check(const struct dvb_map *m, const char *where, struct dvb_err *err);

#endif
