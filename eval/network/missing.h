/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packets that a receiver waits for, and when to ask for which (receiver.h has the rules). */
#ifndef DVB_EVAL_NETWORK_MISSING_H
#define DVB_EVAL_NETWORK_MISSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DVB_MISSING_MAX 1000
#define DVB_MISSING_AGE 10000  /* packets */
#define DVB_MISSING_TICK 20000 /* microseconds between looks at what was asked for */

struct dvb_missing_packet {
    int64_t seq, asked; /* time of the last NACK */
    int retries;        /* NACKs so far; 0: none */
};

struct dvb_missing {
    int max_retries;
    struct dvb_missing_packet list[DVB_MISSING_MAX]; /* by seq */
    size_t n;
    size_t fresh; /* so many at the end were never asked for */
    int64_t tick; /* when to look again; meaningless for n = 0 */
    int64_t given_up;
    int64_t seqs[DVB_MISSING_MAX]; /* of the last dvb_missing_ask */
};

/* from..to-1 are missing at now. False: too many, all are given up. */
bool dvb_missing_add(struct dvb_missing *m, int64_t from, int64_t to, int64_t now);

/* It has come after all. True: it was waited for. */
bool dvb_missing_found(struct dvb_missing *m, int64_t seq);

/* What to ask for at now, in m->seqs; how many. */
size_t dvb_missing_ask(struct dvb_missing *m, int64_t now, int64_t rtt);

/* When dvb_missing_ask may have something, at the earliest; now where it has; INT64_MAX: never. */
int64_t dvb_missing_next(const struct dvb_missing *m, int64_t now);

#endif
