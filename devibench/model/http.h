/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One HTTP request and what came back, on a curl easy handle. Whatever is sent
 * to a service goes through here, so that all of it has the same rules: TLS is
 * verified, redirects are not followed, replies are bounded, the body is read
 * from disk while it is sent. One thread per exchange.
 */
#ifndef DVB_MODEL_HTTP_H
#define DVB_MODEL_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/body.h"

struct dvb_http_request {
    const char *method; /* "POST", "GET", "PUT" or "DELETE"; static */
    char *url;          /* whole; owned. Never holds a key: it is shown in messages */
    char **headers;     /* "Name: value" lines; owned. May hold the key: never shown */
    size_t n_headers, cap_headers;
    struct dvb_body body; /* without parts: none */
    double timeout_s;     /* for the whole exchange */
    bool loopback;        /* the host is this machine: no proxy */
};

/* Printf-formatted header line. */
void dvb_http_header(struct dvb_http_request *r, const char *fmt, ...) DVB_PRINTF(2, 3);
void dvb_http_request_release(struct dvb_http_request *r);

struct dvb_http_settings {
    double connect_timeout_s;
    size_t max_reply_bytes;
};

/* Called for each header line of the response; not NUL-terminated, with its line end. */
typedef void dvb_on_header(void *user, const char *line, size_t len);

/* Takes a piece of a 2xx response's body; a negative return ends the exchange. */
typedef int dvb_on_body(void *user, const char *data, size_t len);

struct dvb_http {
    CURL *easy;
    struct dvb_http_request request;
    struct dvb_body_reader reader;
    struct curl_slist *lines;
    dvb_on_header *on_header; /* NULL: nobody wants them */
    void *header_user;
    dvb_on_body *on_body; /* NULL: the body is kept in data */
    void *body_user;
    char *data; /* the response's body, NUL-terminated; NULL: none yet */
    size_t len, cap, max;
    bool too_big;
    bool body_failed; /* a file could not be read: body_err says why */
    struct dvb_err body_err;
    long long moved; /* bytes that went either way, and when the last did */
    double moved_at;
    char curl_says[CURL_ERROR_SIZE];
};

/* Prepare the handle; takes over *request, also on failure. h is zero before
   but for the on_ and _user members, must not move afterwards, and is to be
   released in either case. private is CURLOPT_PRIVATE. */
int dvb_http_open(struct dvb_http *h, struct dvb_http_request *request,
                  const struct dvb_http_settings *settings, void *private, struct dvb_err *err);
void dvb_http_release(struct dvb_http *h);

/* False when nothing has moved for idle_s while something should: while the
   request is being sent, or once the response has begun. A model that thinks
   before its first byte is not idle. */
bool dvb_http_alive(struct dvb_http *h, double now, double idle_s);

/* The value of the header if the line is that header (ASCII case ignored);
   trimmed, heap; NULL otherwise and for values over 256 bytes. */
char *dvb_http_header_value(const char *line, size_t len, const char *name);

#endif
