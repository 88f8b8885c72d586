/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many questions may go to one model, and when the next one may. No clock,
 * no I/O, no threads: times go in (seconds on any clock that only moves
 * forward) and times come out.
 *
 * Concurrency follows the rules of TCP's congestion control (RFC 5681): the
 * window starts at DVB_LIMITS_START (RFC 6928), grows by two with each clean
 * reply until the first setback (RFC 3465: it triples in the time of a reply),
 * after that by one in the time of a reply, never past the profile's
 * `concurrency`. A 429, 503 or 529 halves it, once for all requests that were
 * under way together. It grows only while it is the window that holds questions
 * back (RFC 7661).
 *
 * Rates are token buckets. A limit of the profile is spread evenly: the bucket
 * holds one second's worth (at least one), so that in no 60 s more than the
 * limit is started. A limit learnt from the service's headers, where the
 * profile has none, is a full bucket that refills in a minute, or in the time
 * that the service names if that is longer, and follows what the service says
 * remains. A question is paid before it is sent, by its predicted tokens, and
 * settled when its usage is known; the bucket may go below zero by that.
 */
#ifndef DVB_MODEL_LIMITS_H
#define DVB_MODEL_LIMITS_H

#include <stdbool.h>

#include "model/profile.h"
#include "model/rate_headers.h"

#define DVB_LIMITS_START 10

struct dvb_bucket {
    double rate; /* refill per second; 0: no limit */
    double cap, level;
    double at;  /* when level was right */
    bool given; /* by the profile; headers do not change rate and cap */
};

struct dvb_limits {
    int max;          /* of window */
    double window;    /* requests that may be under way, >= 1 */
    double threshold; /* window up to which it grows by two a reply */
    int held;         /* of window: under way, or waiting for another try */
    int flying;       /* under way */
    long sent;        /* requests so far */
    long setback;     /* sent at the last setback: replies to requests up to it cause no other */
    struct dvb_bucket requests, tokens;
    double paused_until;
    double seen_tokens; /* of seen replies */
    long seen;
};

/* One request under way. */
struct dvb_ticket {
    long number;
    double tokens; /* paid */
};

enum dvb_outcome {
    DVB_OUTCOME_CLEAN,   /* a reply */
    DVB_OUTCOME_SETBACK, /* the service asks for less */
    DVB_OUTCOME_FAULT,   /* anything else says nothing about the load */
};

void dvb_limits_init(struct dvb_limits *l, const struct dvb_profile *p, double now);

/* When a question of so many tokens (0: not known, the mean of those seen is
   taken; below 0: none) may be sent: not after now, it may go; INFINITY: not before a request
   has ended. again: it holds a place of the window already. */
double dvb_limits_due(const struct dvb_limits *l, double now, long tokens, bool again);

/* It is sent. */
struct dvb_ticket dvb_limits_start(struct dvb_limits *l, double now, long tokens, bool again);

/* It has ended; tokens that it took, 0: not known. keep: it will be sent again
   and holds its place meanwhile. */
void dvb_limits_end(struct dvb_limits *l, double now, const struct dvb_ticket *t,
                    enum dvb_outcome outcome, long tokens, bool keep);
/* One that waited to be sent again is given up. */
void dvb_limits_drop(struct dvb_limits *l);

/* Nothing is sent before then. */
void dvb_limits_pause(struct dvb_limits *l, double until);

/* What the service's headers say. Pauses of more than max_pause_s are not made:
   the service's own refusal then says why. */
void dvb_limits_learn(struct dvb_limits *l, double now, const struct dvb_rate_headers *h,
                      double max_pause_s);

#endif
