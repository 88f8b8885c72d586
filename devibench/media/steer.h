/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Landing one encode on its size. An earlier encode of the same clip, at any
 * size and quality, tells how the bits are spread over time; with that, what
 * has come so far forecasts the whole, and the base CRF can be moved a little
 * on the way, or the encode given up early.
 */
#ifndef DVB_MEDIA_STEER_H
#define DVB_MEDIA_STEER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a clip's access units in the order of coding. */
struct dvb_course {
    double *bytes;
    size_t n, cap;
};

struct dvb_steer {
    struct dvb_course now;  /* this encode, as it would have been at the first CRF */
    struct dvb_course like; /* an earlier one */
    double doubt;           /* how well a forecast by it holds at the start, in doublings */
    double target;          /* bytes wanted; 0: not known yet */
    double tolerance;       /* relative, of target */
    double room;            /* how far the CRF may move from the first; 0: it stays */
    double slope;           /* doublings of the rate per CRF, above 0 */
    double first_crf, crf;  /* at the start, and now */
    double lowest, highest; /* that were used */
    double bytes;           /* really there */
    size_t turned_at;       /* access units when the CRF was last looked at */
};

/* Begin an encode; target, tolerance, room and slope are set by the caller. */
void dvb_steer_begin(struct dvb_steer *s, double crf);
void dvb_steer_add(struct dvb_steer *s, size_t bytes);

/* Whether the CRF should change now; then s->crf is the new one. */
bool dvb_steer_turn(struct dvb_steer *s);

/* Whether the encode will miss whatever is done, as far as can be told: only
   in its middle part. */
bool dvb_steer_hopeless(const struct dvb_steer *s);

/* Bytes of the whole at the first CRF: forecast, or measured when all has come. */
double dvb_steer_whole(const struct dvb_steer *s);

/* Keep this encode's course for the next one to be compared with. */
void dvb_steer_keep(struct dvb_steer *s, double doubt);
/* How far off a forecast of the encode just done would have been, in doublings. */
double dvb_steer_miss(const struct dvb_steer *s);

void dvb_steer_release(struct dvb_steer *s);

#endif
