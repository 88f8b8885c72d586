/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many transfers at once on one thread: libcurl's multi interface, told of each
 * socket that is ready (curl_multi_socket_action), so that the work does not
 * grow with the number of transfers that are merely waiting.
 *
 * A socket that can be written to is served until it takes no more, then the
 * next. Bodies thus leave one after the other instead of all at once: where the
 * processor or the network card is the bottleneck, the first are with the
 * service, which takes its time over each, while the others still wait.
 */
#ifndef DVB_MODEL_LOOP_H
#define DVB_MODEL_LOOP_H

#include <curl/curl.h>

#include "base/err.h"

struct dvb_loop;

int dvb_loop_open(struct dvb_loop **loop, struct dvb_err *err);
/* Transfers must have been removed. */
void dvb_loop_close(struct dvb_loop **loop);

int dvb_loop_add(struct dvb_loop *loop, CURL *easy, struct dvb_err *err);
void dvb_loop_remove(struct dvb_loop *loop, CURL *easy);

/* Wait until a transfer can go on, wait_s at most, and drive those that can. */
int dvb_loop_run(struct dvb_loop *loop, double wait_s, struct dvb_err *err);

/* A transfer that has ended and was not told of yet, with its result; NULL: none. */
CURL *dvb_loop_ended(struct dvb_loop *loop, CURLcode *rc);

#endif
