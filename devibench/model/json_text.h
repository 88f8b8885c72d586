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

/* One line of at most cap - 1 bytes: control characters become spaces, white
   space is squeezed, invalid UTF-8 is repaired, what is too long ends in "...". */
void dvb_clean_line(char *dst, size_t cap, const char *text, size_t len);

#endif
