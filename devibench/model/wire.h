/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wire format: how a question to a model becomes an HTTP request, and a
 * response an answer. One descriptor per format, listed in wire.c; adding one
 * is a new file wire_<name>.c and a line there. Descriptors hold no state.
 */
#ifndef DVB_MODEL_WIRE_H
#define DVB_MODEL_WIRE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/profile.h"

/* What is asked. All borrowed; files must stay until the reply is in. */
struct dvb_ask {
    const struct dvb_profile *profile;
    const char *system; /* may be NULL */
    const char *prompt;
    const char *const *frames; /* JPEG paths in order, or NULL */
    int n_frames;
    const char *video;       /* MP4 path, or NULL; one of frames, video or neither */
    const json_t *schema;    /* JSON schema the reply should meet, or NULL */
    const char *schema_name; /* [A-Za-z0-9_-]{1,64} */
};

enum dvb_reply_status { DVB_REPLY_OK, DVB_REPLY_ERROR, DVB_REPLY_REFUSED };

/* text and finish are valid UTF-8. */
struct dvb_reply {
    enum dvb_reply_status status;
    char *text;   /* the model's words (OK, REFUSED), or the error message; owned */
    char *usage;  /* the service's usage object as JSON, or NULL; owned */
    char *finish; /* finish reason, or NULL; owned */
    long tokens_in, tokens_cached, tokens_out;
    double cost_usd;
    double latency_s; /* of the last attempt */
    int attempts;
    int http_status; /* of the last attempt; 0: no response */
    bool fatal;      /* for an error: asking again will not help (bad key, no quota, 4xx) */
};
void dvb_reply_release(struct dvb_reply *r);

struct dvb_wire {
    const char *name;        /* "openai" */
    const char *description; /* for `devibench models` and the docs */
    /* Path after base_url. */
    const char *path;
    /* Request body, heap. Reads the media files. */
    int (*body)(const struct dvb_ask *ask, char **body, size_t *len, struct dvb_err *err);
    /* Header line with the key ("Authorization: Bearer ..."), heap. */
    char *(*auth)(const char *key);
    /* Fill text, usage, tokens, finish, status from a 2xx body; any bytes.
       Strings are allocated; the caller releases reply, also on failure, which
       is DVB_FAULT_SERVICE. */
    int (*parse)(const char *body, size_t len, struct dvb_reply *reply, struct dvb_err *err);
};

/* By name, or NULL. */
const struct dvb_wire *dvb_wire_find(const char *name);
extern const struct dvb_wire *const dvb_wires[]; /* NULL-terminated */

extern const struct dvb_wire dvb_wire_openai;

#endif
