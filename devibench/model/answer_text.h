/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text as code points for answer.c: normalised, with its words' bounds. */
#ifndef DVB_MODEL_ANSWER_TEXT_H
#define DVB_MODEL_ANSWER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NFKC, so that full-width and circled letters are plain ones, with runs of
   spaces made one; low is the same in lower case, position by position. Zeros
   follow at n and after it. */
struct dvb_cps {
    int32_t *cp, *low;
    size_t n;
};

struct dvb_cps dvb_cps_make(const char *utf8);
void dvb_cps_free(struct dvb_cps *t);

bool dvb_cp_space(int32_t cp); /* not a line break */
bool dvb_cp_cjk(int32_t cp);   /* written without spaces between words */
bool dvb_cp_wordy(int32_t cp); /* letter, digit or mark, and not CJK */

/* No word runs across the gap before position i (0..n). */
bool dvb_cps_gap(const struct dvb_cps *t, size_t i);

/* Length of phrase (lower-case UTF-8) when it stands at i as whole words, else 0. */
size_t dvb_cps_match(const struct dvb_cps *t, size_t i, const char *phrase);

/* The longest of a NULL-terminated list that stands at i; 0 when none does. */
size_t dvb_cps_match_any(const struct dvb_cps *t, size_t i, const char *const *phrases);

/* How many of the list begin before each position 0..n: one of them begins in
   [from, to) when the counts differ. Heap. */
unsigned *dvb_cps_count(const struct dvb_cps *t, const char *const *phrases);

/* Length of the other text when it stands at i as whole words, else 0. Numbers
   are whole too: "3" does not stand in "3.5". exact: upper and lower case differ. */
size_t dvb_cps_match_text(const struct dvb_cps *t, size_t i, const struct dvb_cps *other,
                          bool exact);

/* Bounds of the line, the sentence, or the clause (up to a comma or "so",
   "but") that i is in; at most 300 code points away, but for lines. */
size_t dvb_cps_line_start(const struct dvb_cps *t, size_t i);
size_t dvb_cps_line_end(const struct dvb_cps *t, size_t i);
size_t dvb_cps_sentence_start(const struct dvb_cps *t, size_t i);
size_t dvb_cps_sentence_end(const struct dvb_cps *t, size_t i);
size_t dvb_cps_clause_start(const struct dvb_cps *t, size_t i);

/* answer_read.c: the choice that plain text states; as dvb_answer_choice. */
int dvb_answer_read(const struct dvb_cps *text, const struct dvb_cps *options, int n);

#endif
