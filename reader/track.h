/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words followed through a clip: the same text at the same place. */
#ifndef DVB_READER_TRACK_H
#define DVB_READER_TRACK_H

#include "reader/reading.h"

struct dvb_track {
    const struct dvb_word *word; /* its surest reading */
    int votes;                   /* readings that agree, counting every pass */
    int against;                 /* readings of the same place as something similar */
    int first_frame, last_frame; /* that show it */
    int frames;
    bool sure;
};

struct dvb_tracks {
    struct dvb_track *v;
    size_t n;
    int **of; /* [page][word] -> track */
    size_t n_pages;
};

/* The reading must outlive the tracks. */
void dvb_tracks_init(struct dvb_tracks *t, const struct dvb_reading *reading);
void dvb_tracks_release(struct dvb_tracks *t);

#endif
