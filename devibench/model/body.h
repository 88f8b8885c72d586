/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request body as a row of parts: literal text, and files that stand in it
 * as base64. Its length is known without reading the files, so it can be sent
 * from disk; today it is made whole for each attempt.
 */
#ifndef DVB_MODEL_BODY_H
#define DVB_MODEL_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct dvb_body_part {
    char *text; /* owned; the path when file */
    bool file;
};

struct dvb_body {
    struct dvb_body_part *parts;
    size_t n, cap;
};

/* Printf-formatted literal text. */
void dvb_body_text(struct dvb_body *b, const char *fmt, ...) DVB_PRINTF(2, 3);
/* s as a JSON string with its quotes; invalid UTF-8 is repaired. */
void dvb_body_string(struct dvb_body *b, const char *s);
/* The file's content as base64. */
void dvb_body_file(struct dvb_body *b, const char *path);

/* The whole, heap, NUL-terminated; *len without the NUL. A file over 64 MiB or
   a body over 256 MiB is refused by name. */
int dvb_body_make(const struct dvb_body *b, char **data, size_t *len, struct dvb_err *err);
void dvb_body_release(struct dvb_body *b);

#endif
