/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Server-sent events in the whole body of a response (WHATWG HTML, 9.2.6): any
 * bytes are taken; lines end in LF, CR or CRLF; comments and unknown fields are
 * left out; an event that the body breaks off in is none. No event is larger
 * than the body, and one event is in memory at a time.
 */
#ifndef DVB_MODEL_SSE_H
#define DVB_MODEL_SSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct dvb_sse {
    const char *name; /* of the event; "message" where the service gives none */
    const char *data; /* its lines joined by LF; both are NUL-terminated and valid until the next */
    size_t data_len;
    const char *at, *end; /* what is left of the body; the rest is the reader's own */
    char *buf, named[64];
};

/* body is borrowed. Release s in either case. */
int dvb_sse_open(struct dvb_sse *s, const char *body, size_t len, struct dvb_err *err);
/* The next event that has data; false at the end. Names are cut to 63 bytes. */
bool dvb_sse_next(struct dvb_sse *s);
void dvb_sse_release(struct dvb_sse *s);

/* The data as JSON, whatever UTF-8 faults it has; new reference, or NULL. */
json_t *dvb_sse_json(const struct dvb_sse *s);

#endif
