/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search for the base CRF that gives a clip a wanted size: a line through
 * the points (CRF, log2 rate) so far, with a usual slope to begin with; where it
 * meets the target, inside the bracket of what was measured, is tried next. The
 * rate is not quite monotonic in CRF, so the nearest point counts, not the last.
 *
 * This is the arithmetic only: the caller asks for the next CRF, encodes, and
 * reports. Same reports, same questions.
 */
#ifndef DVB_MEDIA_RATE_H
#define DVB_MEDIA_RATE_H

#include <stdbool.h>

#define DVB_RATE_MAX_ENCODES 11 /* at one size; another may be needed to write the best */

enum dvb_rate_verdict {
    DVB_RATE_MORE,    /* encode at the CRF given, and report */
    DVB_RATE_MET,     /* the best point is within the tolerance */
    DVB_RATE_CEILING, /* even at the lowest CRF the content needs less */
    DVB_RATE_FLOOR,   /* even at the highest CRF the content needs more */
    DVB_RATE_JUMP,    /* neighbouring CRFs lie on both sides, none near enough */
};

struct dvb_rate_point {
    double crf, rate;
    double doubt; /* 0: measured; else a forecast, right to about that many doublings */
};

struct dvb_rate_search {
    /* Set by the caller. */
    double target, tolerance; /* any unit; relative */
    double crf_min, crf_max;  /* what there is */
    double first;             /* the CRF to begin with */
    double slope;             /* the one to expect, above 0 */
    /* Zero at the start. */
    struct dvb_rate_point points[DVB_RATE_MAX_ENCODES];
    int n;
};

/* How fast log2 of the rate falls with the CRF, where nothing better is known. */
#define DVB_RATE_SLOPE (1 / 6.2)

/* What to do now; *crf is set with DVB_RATE_MORE. */
enum dvb_rate_verdict dvb_rate_next(const struct dvb_rate_search *s, double *crf);

/* At most one for each DVB_RATE_MORE. A forecast guides the search but is never
   accepted. */
void dvb_rate_report(struct dvb_rate_search *s, double crf, double rate, double doubt);

/* The CRF at which the target is expected, and the slope around it. */
double dvb_rate_guess(const struct dvb_rate_search *s, double *slope);

/* The measured point nearest to the target; NULL before there is one. */
const struct dvb_rate_point *dvb_rate_best(const struct dvb_rate_search *s);

#endif
