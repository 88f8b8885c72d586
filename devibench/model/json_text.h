/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON that a service wrote: taken as it comes. */
#ifndef DVB_MODEL_JSON_TEXT_H
#define DVB_MODEL_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* Parse any bytes; invalid UTF-8 is repaired. New reference, or NULL. */
json_t *dvb_json_lenient(const char *text, size_t len);

/* The text of a JSON string, heap, with embedded NULs left out. */
char *dvb_json_text(const json_t *string);

/* Texts in a row. text is NULL while there is none; owned. */
struct dvb_words {
    char *text;
    size_t len, cap;
};
/* Add a JSON string, without its NULs; what is no string adds nothing. */
void dvb_words_add(struct dvb_words *w, const json_t *string);
/* The whole, heap, "" for none; w is empty after. */
char *dvb_words_take(struct dvb_words *w);

/* The member as a count of tokens: a number from 0 to 1e15, else 0. */
long dvb_json_count(const json_t *obj, const char *name);

/* One line of at most cap - 1 bytes: control characters become spaces, white
   space is squeezed, invalid UTF-8 is repaired, what is too long ends in "...". */
void dvb_clean_line(char *dst, size_t cap, const char *text, size_t len);

#endif
