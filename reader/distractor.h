/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wrong options that look right: near misses and other words. */
#ifndef DVB_READER_DISTRACTOR_H
#define DVB_READER_DISTRACTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"

#define DVB_DISTRACTORS 3

/* What the maker may ask about a text. */
struct dvb_word_oracle {
    bool (*knows)(void *user, const char *word);   /* is it in the dictionary? lower case */
    bool (*visible)(void *user, const char *text); /* can it be read in the clip? */
    void *user;
};

/* Three texts of the answer's form, none equal to the answer or to another
   ignoring case, none visible. Heap strings. False (and nothing to free) when
   the answer gives rise to fewer. */
bool dvb_distractors_make(const char *answer, const struct dvb_word_oracle *oracle,
                          struct dvb_rng *rng, char *out[DVB_DISTRACTORS]);

/* Common words of screens and signs, lower case, sorted. */
extern const char *const dvb_vocabulary[];
extern const size_t dvb_vocabulary_size;

#endif
