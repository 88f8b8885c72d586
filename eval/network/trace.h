/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that say how fast a link is over time. The format is told by the content:
 *
 *   mahimahi  one whole millisecond a line, not decreasing, the last above 0: each line is an
 *             opportunity to deliver 1504 bytes at that time
 *   rate      "seconds Mbps" a line, seconds rising: the rate from then until the next line's time,
 *             the last for as long as the one before (a single line: 1 s). Times count from the
 *             first line's. At least one rate is above 0
 *   csv       the same two columns with a comma (RFC 4180), with or without a line of headings
 *
 * At its end a trace begins again. Empty lines and lines that begin with # are skipped.
 * DVB_FAULT_INPUT with "NAME:LINE:" says what was found and expected.
 */
#ifndef DVB_EVAL_NETWORK_TRACE_H
#define DVB_EVAL_NETWORK_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_TRACE_BYTES 1504 /* of one opportunity */
#define DVB_TRACE_MAX_LINES 10000000
#define DVB_TRACE_MAX_SECONDS 1e6 /* of one round */
#define DVB_TRACE_MAX_BPS INT64_C(100000000000)

enum dvb_trace_kind { DVB_TRACE_MAHIMAHI, DVB_TRACE_RATE, DVB_TRACE_CSV };
extern const char *const dvb_trace_kind_names[]; /* as above; ends with NULL */

struct dvb_trace_step {
    int64_t at;  /* microseconds from the round's start */
    int64_t bps; /* from then on */
};

/* Constant once read: any number of links and threads may share one. */
struct dvb_trace {
    enum dvb_trace_kind kind;
    size_t n;
    int64_t *at;                  /* MAHIMAHI: n times in microseconds, else NULL */
    struct dvb_trace_step *steps; /* RATE, CSV: n steps, the first at 0, else NULL */
    int64_t length;               /* of a round, microseconds, > 0 */
};

/* Both leave *trace empty on failure; release what they filled. */
int dvb_trace_read(const char *path, struct dvb_trace *trace, struct dvb_err *err);
int dvb_trace_parse(const char *text, size_t len, const char *name, struct dvb_trace *trace,
                    struct dvb_err *err);
void dvb_trace_release(struct dvb_trace *trace);

/* Mean rate over a round, bits per second. */
double dvb_trace_mean(const struct dvb_trace *trace);

#endif
