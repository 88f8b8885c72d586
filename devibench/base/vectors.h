/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vectors that took work to get, remembered by the hash of what they are of; those that
 * were not asked for longest make room. Thread-safe.
 */
#ifndef DVB_BASE_VECTORS_H
#define DVB_BASE_VECTORS_H

#include <stddef.h>

#include "base/hash.h"

struct dvb_vectors;

/* bytes: the most that their numbers take. Never NULL. */
struct dvb_vectors *dvb_vectors_open(size_t bytes);
void dvb_vectors_close(struct dvb_vectors **v);

/* A heap copy of *n numbers; NULL, n 0: it is not remembered, or there is no memory for it. */
float *dvb_vectors_get(struct dvb_vectors *v, const char hash[DVB_HASH_LEN + 1], size_t *n);

/* Keeps a copy of numbers[0..n) in the place of what had the hash; one larger than all that
   may be kept is not. */
void dvb_vectors_put(struct dvb_vectors *v, const char hash[DVB_HASH_LEN + 1], const float *numbers,
                     size_t n);

#endif
