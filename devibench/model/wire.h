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
#include "model/tokens.h"

struct dvb_batch_wire;
struct dvb_body;
struct dvb_http_request;
struct dvb_uploader;

/* What is asked. All borrowed; files must stay until the reply is in. */
struct dvb_ask {
    const struct dvb_profile *profile;
    const char *system; /* may be NULL */
    const char *prompt;
    const char *const *frames; /* JPEG paths in order, or NULL */
    int n_frames;
    const char *video;       /* MP4 path, or NULL; one of frames, video or neither */
    const char *video_uri;   /* where an uploaded video stands at the service, or NULL */
    double start_s, end_s;   /* part of the video that is meant; both 0: all of it */
    const json_t *schema;    /* JSON schema the reply should meet, or NULL */
    const char *schema_name; /* [A-Za-z0-9_-]{1,64} */
    long tokens_predicted;   /* in and out, for the limits per minute; 0: not known */
};

enum dvb_reply_status { DVB_REPLY_OK, DVB_REPLY_ERROR, DVB_REPLY_REFUSED };

/* text and finish are valid UTF-8. */
struct dvb_reply {
    enum dvb_reply_status status;
    char *text;     /* the model's words (OK, REFUSED), or the error message; owned */
    char *usage;    /* the service's usage object as JSON, or NULL; owned */
    char *finish;   /* finish reason, or NULL; owned */
    char *logprobs; /* of the answer's tokens as the service gave them, JSON, or NULL; owned */
    long tokens_in, tokens_cached, tokens_out; /* in: all, with cached ones */
    long tokens_media; /* of tokens_in: pictures and video; -1: the service does not say */
    struct dvb_token_counts lost; /* of earlier attempts that were billed for what could not be
                                     read; not in the three above */
    double cost_usd;              /* of all attempts */
    double latency_s;             /* of the last attempt */
    int attempts;
    int http_status; /* of the last attempt; 0: no response */
    bool fatal;      /* for an error: asking again will not help (bad key, no quota, 4xx) */
};
void dvb_reply_release(struct dvb_reply *r);

/* Reads a response: fill text, usage, tokens, finish, logprobs, status; any
   bytes. Strings are allocated; the caller releases reply, also on failure,
   which is DVB_FAULT_SERVICE; usage is read also then, since it is billed. */
typedef int dvb_wire_parse(const char *body, size_t len, struct dvb_reply *reply,
                           struct dvb_err *err);

struct dvb_wire {
    const char *name;        /* "openai" */
    const char *description; /* for `devibench models` and the docs */
    /* Path after base_url, with the model where it stands there; heap. */
    char *(*path)(const struct dvb_profile *p);
    const char *const *headers; /* further lines that every request has; NULL-terminated, or NULL */
    /* Header line with the key ("Authorization: Bearer ..."), heap. */
    char *(*auth)(const char *key);
    const char *default_key_env; /* for models named in place */
    /* Body fields that extra must not set, "a" or "a.b"; NULL-terminated. */
    const char *const *reserved;
    /* What the service does not take of a profile is DVB_FAULT_INPUT, with a message
       that begins with the field; NULL: it takes all. */
    int (*check)(const struct dvb_profile *p, struct dvb_err *err);
    /* Parts of the request body; b is empty before. Media files are named, not
       read. The caller releases b, also on failure. */
    int (*body)(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err);
    dvb_wire_parse *parse;        /* a 2xx body of JSON */
    dvb_wire_parse *parse_events; /* the same from server-sent events, for profiles that stream;
                                     NULL: the format is not streamed */
    bool only_frames;             /* takes no video */
    const struct dvb_uploader *uploader; /* how a large video is sent beforehand, or NULL */
    const struct dvb_batch_wire *batch;  /* how its questions go in batches, or NULL */
};

/* Add the format's own header lines and the key's, which may be NULL. */
void dvb_wire_headers(const struct dvb_wire *wire, const char *key, struct dvb_http_request *r);

/* The body with the profile's extra fields, objects in it included; what body
   has wins. Takes body; new reference. */
json_t *dvb_wire_with_extra(const struct dvb_profile *p, json_t *body);

/* By name, or NULL. */
const struct dvb_wire *dvb_wire_find(const char *name);
extern const struct dvb_wire *const dvb_wires[]; /* NULL-terminated */

extern const struct dvb_wire dvb_wire_openai, dvb_wire_responses, dvb_wire_anthropic,
    dvb_wire_dashscope, dvb_wire_gemini;

#endif
