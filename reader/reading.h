/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was read in a clip. Only what changes between frames is read again, so
 * a still screen with a moving pointer costs little more than one picture.
 */
#ifndef DVB_READER_READING_H
#define DVB_READER_READING_H

#include "reader/ocr.h"

struct dvb_reading {
    struct dvb_page *pages; /* of the frames that differ from the one before */
    size_t n_pages;
    int *page_of; /* frame -> page */
    int n_frames;
    int runs; /* recognitions that it took */
};

/* frames: n > 0 pictures in order of time, of any size each. */
int dvb_reading_make(struct dvb_ocr *ocr, struct dvb_luma *const *frames, int n,
                     const atomic_bool *cancel, struct dvb_reading **out, struct dvb_err *err);

/* The same, looking only at some places of every frame (boxes of the first
   frame's size; frames of other sizes are read whole). */
int dvb_reading_make_at(struct dvb_ocr *ocr, struct dvb_luma *const *frames, int n,
                        const struct dvb_box *places, size_t n_places, const atomic_bool *cancel,
                        struct dvb_reading **out, struct dvb_err *err);

void dvb_reading_free(struct dvb_reading **reading);

/* Frames first and last that show the page. */
int dvb_reading_first_frame(const struct dvb_reading *r, size_t page);
int dvb_reading_last_frame(const struct dvb_reading *r, size_t page);

/* Join boxes that touch until none do; returns how many are left. */
size_t dvb_boxes_join(struct dvb_box *boxes, size_t n);

/* Parts of cur that differ from seen (same size): boxes that do not touch,
   heap, *n of them. */
struct dvb_box *dvb_luma_changes(const struct dvb_luma *seen, const struct dvb_luma *cur,
                                 size_t *n);

#endif
