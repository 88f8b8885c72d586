/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base URLs of services: which are accepted, and which stay on this machine. */
#ifndef DVB_MODEL_URL_H
#define DVB_MODEL_URL_H

#include <stdbool.h>

#include "base/err.h"

struct dvb_url {
    char *text; /* "https://host:port/path" without a trailing slash; owned */
    bool https;
    bool loopback; /* 127.0.0.0/8, [::1] or localhost */
};

/* Accepts http and https with a host; refuses user information, query and
   fragment, since these may carry secrets, and never repeats such a URL in the
   message. The message says what was found and what is expected, without
   naming the field. */
int dvb_url_parse(const char *s, struct dvb_url *url, struct dvb_err *err);
void dvb_url_release(struct dvb_url *url);

#endif
