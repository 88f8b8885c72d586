/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ReCapABR (Artic, arXiv 2602.12641): cap the bitrate where the model's confidence in what it can
 * read saturates. Each question has confidences measured at six bitrates, the tiers, between which
 * they are interpolated linearly (below the first and above the last: those); one question lasts
 * 150 frames.
 */
#ifndef DVB_EVAL_NETWORK_RECAP_H
#define DVB_EVAL_NETWORK_RECAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_RECAP_TIERS 6
#define DVB_RECAP_FRAMES 150
#define DVB_RECAP_TAU 0.8

extern const int64_t dvb_recap_tiers[DVB_RECAP_TIERS]; /* the published ones, bits per second */

struct dvb_confidence {
    double at[DVB_RECAP_TIERS]; /* 0..1, at the tiers */
};

struct dvb_confidences {
    struct dvb_confidence *v;
    size_t n;
    int64_t tiers[DVB_RECAP_TIERS]; /* bits per second, rising */
};

/* The heading of a tier's column, "confidence_200kbps". */
void dvb_confidence_column(int64_t tier, char *buf, size_t size);

/* The published table: a row of headings with confidence_200kbps ... confidence_3150kbps, any other
   columns beside. Other tiers than the published are taken from the headings, in any order, but
   there are six. Release what was filled. */
int dvb_confidences_read(const char *path, struct dvb_confidences *c, struct dvb_err *err);
void dvb_confidences_release(struct dvb_confidences *c);

double dvb_confidence_at(const int64_t *tiers, const struct dvb_confidence *c, double rate);

/* The rate of the next frame, bits per second:
     current above limit (the congestion controller's rate): limit
     confidence at current >= tau: current
     else the lowest tier that has tau, back to where the line from the tier below reaches tau,
     rounded up to a whole bit per second; where none has: the next tier above current
   and never above limit. */
int64_t dvb_recap_rate(const int64_t *tiers, const struct dvb_confidence *c, double tau,
                       int64_t current, int64_t limit);

#endif
