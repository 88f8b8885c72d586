/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for small metadata: these abort with a message when malloc fails,
 * so callers need no check. Whatever is sized by input (frames, files, reply
 * bodies) uses plain malloc with a cap and reports dvb_fail_nomem instead.
 */
#ifndef DVB_BASE_MEM_H
#define DVB_BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

/* Zeroed memory; never NULL. Free with free(). n * size is checked. */
void *dvb_calloc(size_t n, size_t size);

/* Never NULL; n * size is checked. */
void *dvb_realloc(void *p, size_t n, size_t size);

/* Copy of s, or NULL for NULL. */
char *dvb_strdup(const char *s);

/* Formatted heap string; never NULL. */
char *dvb_asprintf(const char *fmt, ...) DVB_PRINTF(1, 2);

/* Make room for one more element in an array that holds n <= *cap: doubles *cap
   as needed; new elements are not initialised.
   Returns the (moved) array. */
void *dvb_grow(void *p, size_t n, size_t *cap, size_t size);

#endif
