/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a service says about a failure. The formats differ little, so one
   reader serves all wire formats. */
#ifndef DVB_MODEL_SERVICE_ERROR_H
#define DVB_MODEL_SERVICE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct dvb_service_error {
    char message[400]; /* one clean line */
    char code[80];     /* "insufficient_quota", "429", ... or "" */
    char type[80];     /* or Google's "status": "RESOURCE_EXHAUSTED" */
    double retry_s;    /* the service asks to wait so long (google.rpc.RetryInfo), or < 0 */
    bool spent;        /* a quota that waiting minutes does not bring back */
    bool bad_key;      /* the key is not valid, whatever the HTTP status */
};

/* Reads {"error": {message, code, type}}, {"error": "text"}, {"message": ...},
   {"detail": ...}, Google's {"error": {code, message, status, details}}, alone or in a
   list; or server-sent events of which one holds that. False when the body holds no
   error. */
bool dvb_service_error_read(const char *body, size_t len, struct dvb_service_error *e);

/* The HTTP status that it stands for, by its code or type; 0: unknown. */
long dvb_service_error_status(const struct dvb_service_error *e);

/* The account cannot pay, or the day's quota is used up: waiting will not help. */
bool dvb_service_error_is_quota(const struct dvb_service_error *e);
/* The service refuses this content. */
bool dvb_service_error_is_refusal(const struct dvb_service_error *e);

#endif
