/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The models: a checked request in, an answer out. Thread-safe. At most `jobs`
 * requests hold decoded pictures or a recogniser; more wait.
 */
#ifndef DVB_READER_SERVICE_H
#define DVB_READER_SERVICE_H

#include <jansson.h>

#include "base/err.h"
#include "reader/chat.h"

struct dvb_service;

/* Loads the recognisers' data. Fails when none is installed. */
int dvb_service_open(int jobs, struct dvb_service **service, struct dvb_err *err);

/* The "chat.completion" object, or -EINVAL with e filled and *reply NULL. */
int dvb_service_chat(struct dvb_service *s, const struct dvb_chat *chat, json_t **reply,
                     struct dvb_api_error *e);

/* The "list" object; with id, one "model" object or NULL. New reference. */
json_t *dvb_service_models(const struct dvb_service *s, const char *id);

/* Fail everything in progress and to come with 503. */
void dvb_service_stop(struct dvb_service *s);

/* After every dvb_service_chat has returned. */
void dvb_service_close(struct dvb_service **service);

#endif
