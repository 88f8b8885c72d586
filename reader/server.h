/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP in front of the models, as OpenAI's servers do it. */
#ifndef DVB_READER_SERVER_H
#define DVB_READER_SERVER_H

#include <stddef.h>

#include "base/err.h"
#include "reader/service.h"

struct dvb_server;

struct dvb_server_settings {
    const char *host; /* address to listen on */
    int port;         /* 0: any free one */
    size_t max_body;  /* bytes of one request */
};

/* Listens when this returns 0. The service is borrowed. */
int dvb_server_open(const struct dvb_server_settings *settings, struct dvb_service *service,
                    struct dvb_server **server, struct dvb_err *err);

/* "http://127.0.0.1:8080/v1" */
const char *dvb_server_url(const struct dvb_server *server);

/* Stops listening and ends when the last request was answered; stop the
   service first, or that takes as long as the requests do. */
void dvb_server_close(struct dvb_server **server);

#endif
