/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header lines in which services tell an account's limits:
 *   x-ratelimit-{limit,remaining,reset}-{requests,tokens}, reset as a duration
 *     ("6m0s", "20ms"): OpenAI, Azure, Groq and services like them
 *   anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,
 *     remaining,reset}, reset as a time (RFC 3339)
 * No clock here: a time is turned into a duration by the service's own Date.
 */
#ifndef DVB_MODEL_RATE_HEADERS_H
#define DVB_MODEL_RATE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

enum dvb_rate_kind {
    DVB_RATE_REQUESTS,
    DVB_RATE_TOKENS,
    DVB_RATE_INPUT_TOKENS,
    DVB_RATE_OUTPUT_TOKENS,
    DVB_RATE_KINDS
};

struct dvb_rate {
    double limit, remaining; /* < 0: not said */
    double reset_s;          /* until all of limit is there again; < 0: not said */
    double reset_at;         /* the same as Unix time; < 0: not said */
};

struct dvb_rate_headers {
    struct dvb_rate rate[DVB_RATE_KINDS];
};

void dvb_rate_headers_init(struct dvb_rate_headers *h);

/* Takes a response's header line (any bytes, not NUL-terminated) if it is one
   of these and makes sense; others are ignored. */
void dvb_rate_headers_take(struct dvb_rate_headers *h, const char *line, size_t len);

/* Fill reset_s where there is reset_at; now is Unix time by the service's clock. */
void dvb_rate_headers_finish(struct dvb_rate_headers *h, double now);

/* The longest reset_s of those limits that have nothing remaining; < 0: none. */
double dvb_rate_headers_wait(const struct dvb_rate_headers *h);

/* "6m0s", "1h2m3.5s", "20ms", "7.66s"; also a bare number of seconds. In
   seconds; < 0: not of that form. */
double dvb_parse_duration(const char *s);
/* "2026-01-27T12:30:05.25Z", offsets too: Unix time; < 0: not of that form. */
double dvb_parse_rfc3339(const char *s);

#endif
