/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenAI's POST /chat/completions as far as the services that speak it agree.
 * For the wire formats built on it; what they send of pictures and video is
 * their own.
 */
#ifndef DVB_MODEL_CHAT_H
#define DVB_MODEL_CHAT_H

#include "model/body.h"
#include "model/wire.h"

extern const char *const dvb_chat_reserved[];
char *dvb_chat_path(const struct dvb_profile *p);
char *dvb_chat_auth(const char *key); /* a bearer token */

/* Every field but the messages, with the profile's extra ones. New reference. */
json_t *dvb_chat_parameters(const struct dvb_ask *ask);

/* Put the question's pictures or video: parts of the content, each with a comma
   after it. */
typedef void dvb_chat_put_media(struct dvb_body *b, const struct dvb_ask *ask);

/* The whole body: messages and parameters. Frames and video together are refused. */
int dvb_chat_body(const struct dvb_ask *ask, const json_t *parameters, dvb_chat_put_media *put,
                  struct dvb_body *b, struct dvb_err *err);

/* A part {"type":"image_url"}, with its comma; detail may be NULL. */
void dvb_chat_put_image(struct dvb_body *b, const char *path, const char *detail);
/* "data:TYPE;base64,..." with its quotes. */
void dvb_chat_put_data(struct dvb_body *b, const char *type, const char *path);

dvb_wire_parse dvb_chat_parse, dvb_chat_parse_events;

#endif
