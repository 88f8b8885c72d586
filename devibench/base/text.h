/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text: UTF-8 repair, folding for comparison, and the units people type. */
#ifndef DVB_BASE_TEXT_H
#define DVB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct dvb_size {
    int w, h; /* pixels; 0x0: not given */
};

/* Copy with every invalid UTF-8 byte replaced by U+FFFD. Heap. */
char *dvb_utf8_clean(const char *s);

bool dvb_utf8_valid(const char *s);

/* Length of the longest beginning of s, at most max bytes, that does not end
   inside a character. */
size_t dvb_utf8_cut(const char *s, size_t max);

/* Copy folded for comparison: Unicode's NFKC_Casefold (which drops what cannot
   be seen, such as zero-width spaces), runs of white space and control
   characters made one space, ends trimmed. Punctuation is kept: options may
   differ in it alone. Heap; never NULL. */
char *dvb_text_fold(const char *s);

/* True when a and b are equal after folding. */
bool dvb_text_same(const char *a, const char *b);

/* Trim ASCII white space in place; returns a pointer into s. */
char *dvb_text_trim(char *s);

/* Case-insensitive search for an ASCII word as a whole word; NULL if absent. */
const char *dvb_text_word(const char *text, const char *word);

/* Levenshtein distance in code points, at most cap (returned when reached; cap >= 0). */
int dvb_text_distance(const char *a, const char *b, int cap);

/* "200k", "1.5M", "800000" -> bits per second, rounded, 1 to 1e12. False, and
 *bps untouched, if not of that form; so with those below. */
bool dvb_parse_rate(const char *s, int64_t *bps);
/* "1280x720"; each side 1 to 65535. */
bool dvb_parse_size(const char *s, struct dvb_size *size);
/* Whole decimal number with nothing after it. */
bool dvb_parse_int(const char *s, int64_t *v);
/* Finite decimal number: "3", "-0.5", "1e-3"; not hexadecimal. */
bool dvb_parse_num(const char *s, double *v);

#endif
