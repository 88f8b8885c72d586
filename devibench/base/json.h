/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small helpers over Jansson, with this project's errors. */
#ifndef DVB_BASE_JSON_H
#define DVB_BASE_JSON_H

#include <jansson.h>

#include "base/err.h"

/* Parse len bytes, an object or array; a repeated key is an error, as is a NUL in
   a string. name is used in the message ("name:LINE:COL: ..."). New reference. */
int dvb_json_parse(const char *text, size_t len, const char *name, json_t **out,
                   struct dvb_err *err);
int dvb_json_load(const char *path, json_t **out, struct dvb_err *err); /* at most 64 MiB */

/* Compact text with sorted keys: equal values give equal text. Heap; never NULL. */
char *dvb_json_canon(const json_t *j);

/* json_pack that cannot return NULL for lack of memory or bad UTF-8: aborts. */
json_t *dvb_json_pack(const char *fmt, ...);

/* JSON string; invalid UTF-8 bytes become U+FFFD. NULL gives null. */
json_t *dvb_json_str(const char *s);

/* String member or NULL (missing or another type). Borrowed. */
const char *dvb_json_get_str(const json_t *obj, const char *key);
/* Number member (integer or real) or fallback. */
double dvb_json_get_num(const json_t *obj, const char *key, double fallback);

#endif
