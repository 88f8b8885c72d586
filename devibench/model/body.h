/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request body as a row of parts: literal text, and files that stand in it
 * as base64 or as they are. Its length is known without reading the files,
 * which are read and encoded while the body is sent: whatever their size, a
 * request in flight holds one small buffer.
 */
#ifndef DVB_MODEL_BODY_H
#define DVB_MODEL_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum dvb_body_kind { DVB_BODY_TEXT, DVB_BODY_BASE64, DVB_BODY_FILE };

struct dvb_body_part {
    enum dvb_body_kind kind;
    char *text;        /* owned; the path of a file */
    size_t text_len;   /* of text */
    uint64_t file_len; /* of the file, once dvb_body_measure has been called */
};

struct dvb_body {
    struct dvb_body_part *parts;
    size_t n, cap;
};

/* Printf-formatted literal text. */
void dvb_body_text(struct dvb_body *b, const char *fmt, ...) DVB_PRINTF(2, 3);
/* s as a JSON string with its quotes; invalid UTF-8 is repaired. */
void dvb_body_string(struct dvb_body *b, const char *s);
/* The file's content as base64, or as it is. */
void dvb_body_base64(struct dvb_body *b, const char *path);
void dvb_body_file(struct dvb_body *b, const char *path);

/* Look at the files: *len is the length of the whole in bytes. A file that is
   missing, empty or over 2 GiB is refused by name. */
int dvb_body_measure(struct dvb_body *b, uint64_t *len, struct dvb_err *err);

void dvb_body_release(struct dvb_body *b);

/* Reads a measured body in pieces. */
struct dvb_body_reader {
    const struct dvb_body *body; /* borrowed */
    size_t part;
    uint64_t at; /* bytes taken of the part: of its text, or of its file */
    FILE *file;  /* of the part, while it is being read */
    char *buf;   /* encoded and not yet handed out */
    size_t buf_len, buf_at;
};

void dvb_body_reader_init(struct dvb_body_reader *r, const struct dvb_body *b);
/* Up to size bytes into out; *n is 0 at the end. A file that cannot be read or
   is no longer as long as when it was measured is DVB_FAULT_INPUT. */
int dvb_body_read(struct dvb_body_reader *r, char *out, size_t size, size_t *n,
                  struct dvb_err *err);
/* Back to the first byte. */
void dvb_body_rewind(struct dvb_body_reader *r);
void dvb_body_reader_release(struct dvb_body_reader *r);

/* The whole in memory, heap, NUL-terminated; *len without the NUL. For small
   bodies: over 256 MiB it is refused. */
int dvb_body_make(struct dvb_body *b, char **data, size_t *len, struct dvb_err *err);

#endif
