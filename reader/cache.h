/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readings kept for the next question about the same pixels: the least recently
 * used go when there are too many. While a reading is being made, others that
 * want it wait instead of making it again. Thread-safe.
 */
#ifndef DVB_READER_CACHE_H
#define DVB_READER_CACHE_H

#include <stddef.h>

#include "base/err.h"
#include "reader/reading.h"

struct dvb_cache;
struct dvb_cache_entry;

enum dvb_cache_state {
    DVB_CACHE_READY, /* the reading is there */
    DVB_CACHE_BUSY,  /* someone is making it: dvb_cache_wait */
    DVB_CACHE_MINE,  /* the caller makes it: dvb_cache_put */
};

struct dvb_cache *dvb_cache_open(size_t max_bytes);
void dvb_cache_close(struct dvb_cache **cache); /* nothing may be held any more */

/* READY or BUSY: an entry to be given to dvb_cache_release in the end; MINE: one
   for dvb_cache_put first. */
enum dvb_cache_state dvb_cache_get(struct dvb_cache *c, const char *key,
                                   struct dvb_cache_entry **entry);

/* The entry's reading; of a BUSY one when its maker is done, or the maker's
   error. Belongs to the entry. */
int dvb_cache_wait(struct dvb_cache *c, struct dvb_cache_entry *entry,
                   const struct dvb_reading **reading, struct dvb_err *err);

/* Hand a reading over. NULL: it could not be made, with failure for those who wait. */
void dvb_cache_put(struct dvb_cache *c, struct dvb_cache_entry *entry, struct dvb_reading *reading,
                   const struct dvb_err *failure);

void dvb_cache_release(struct dvb_cache *c, struct dvb_cache_entry **entry);

#endif
