/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 over strings, bytes and files (libavutil's av_sha), as lower-case hex. */
#ifndef DVB_BASE_HASH_H
#define DVB_BASE_HASH_H

#include <stddef.h>

#include "base/err.h"

#define DVB_HASH_LEN 64 /* hex digits, without the NUL */

struct dvb_hash {
    void *sha;
};

void dvb_hash_init(struct dvb_hash *h);
void dvb_hash_bytes(struct dvb_hash *h, const void *data, size_t len);
/* Adds the length before the text, so ("ab","c") and ("a","bc") differ. NULL counts as "". */
void dvb_hash_str(struct dvb_hash *h, const char *s);
/* Writes the digest and releases h. */
void dvb_hash_final(struct dvb_hash *h, char hex[DVB_HASH_LEN + 1]);

/* Digest of one NUL-terminated string (without length prefix: as sha256sum prints). */
void dvb_hash_of_str(const char *s, char hex[DVB_HASH_LEN + 1]);
/* Digest of a file's bytes; "" on failure. */
int dvb_hash_of_file(const char *path, char hex[DVB_HASH_LEN + 1], struct dvb_err *err);

#endif
