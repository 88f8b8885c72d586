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
    char type[80];
};

/* Reads {"error": {message, code, type}}, {"error": "text"}, {"message": ...},
   {"detail": ...}, and server-sent events of which one holds that; false when the
   body holds no error. */
bool dvb_service_error_read(const char *body, size_t len, struct dvb_service_error *e);

/* The HTTP status that it stands for, by its code or type; 0: unknown. */
long dvb_service_error_status(const struct dvb_service_error *e);

/* The account cannot pay: waiting will not help. */
bool dvb_service_error_is_quota(const struct dvb_service_error *e);
/* The service refuses this content. */
bool dvb_service_error_is_refusal(const struct dvb_service_error *e);

#endif
