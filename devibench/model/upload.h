/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sending a large video ahead of the question that needs it, for formats whose
 * services take files (Gemini's Files API). A small state machine per file:
 * request and response are called in turn until the file can be used. The
 * client drives it, sends each file once per run and profile, and puts
 * video_uri into the asks that need it.
 */
#ifndef DVB_MODEL_UPLOAD_H
#define DVB_MODEL_UPLOAD_H

#include "model/http.h"
#include "model/profile.h"

struct dvb_upload {
    const char *path; /* MP4; borrowed */
    int stage;        /* 0 at first; the descriptor's own */
    char *target;     /* URL that the bytes go to, once known; owned */
    char *name;       /* the service's name of the file; owned */
    char *uri;        /* to be put into the question; set when done; owned */
    double wait_s;    /* before the next request */
};
void dvb_upload_release(struct dvb_upload *u);

/* A response as far as an uploader needs it; borrowed. */
struct dvb_upload_response {
    const char *data;
    size_t len;
    const char *location; /* value of the header that the descriptor names, or NULL */
};

struct dvb_uploader {
    uint64_t inline_bytes;       /* a body up to this long is sent without an upload */
    const char *location_header; /* of the response, handed to response; may be NULL */
    /* The next request, without key and fixed headers, which the client adds;
       r is zero before, the caller releases it. */
    int (*request)(const struct dvb_profile *p, const struct dvb_upload *u,
                   struct dvb_http_request *r, struct dvb_err *err);
    /* Take a 2xx response: moves u on; *done when u->uri can be used. A URL that
       leads to another host than the profile's is refused: the key goes with
       each request. DVB_FAULT_SERVICE otherwise. */
    int (*response)(const struct dvb_profile *p, struct dvb_upload *u,
                    const struct dvb_upload_response *res, bool *done, struct dvb_err *err);
};

#endif
