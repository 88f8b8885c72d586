/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one way in which text gets into a page. Markup stands in format strings,
 * which are literals of this program; everything else comes in through %s and
 * is escaped, wherever it stands: between tags or in a double-quoted attribute
 * value. So no text of a model or data set can become markup.
 *
 * What %s does to its argument:
 *   & < > " '          their entities
 *   invalid UTF-8      U+FFFD for each byte
 *   control characters C0 but tab and line feed, DEL: their pictures of U+2400;
 *                      C1: [U+0085]
 *   what turns text    bidirectional controls, U+2028, U+2029: [U+202E]
 *   what is not seen   zero-width space, word joiner, byte order mark,
 *                      interlinear annotation, tag characters: [U+200B];
 *                      joiners stay, since scripts and emoji need them
 * Text of others goes into <bdi> as well, so that its direction stays its own.
 *
 * A writer never fails on the way; dvb_html_close tells.
 */
#ifndef DVB_REPORTS_HTML_H
#define DVB_REPORTS_HTML_H

#include <stddef.h>

#include "base/err.h"

struct dvb_html;

/* Write to the file at path, in a folder that is there; path is borrowed. */
int dvb_html_open(const char *path, struct dvb_html **h, struct dvb_err *err);

/* format: %s escaped text (NULL: nothing), %.*s the same cut to that many bytes at a
   character's end, with "..." where something was cut; %c a letter, escaped; %d %ld %lld
   %zu %u %llu %f %g with flags, width and precision; %%. Anything else is this program's bug
   and aborts. */
void dvb_html_put(struct dvb_html *h, const char *format, ...) DVB_PRINTF(2, 3);

/* Bytes so far. */
size_t dvb_html_size(const struct dvb_html *h);

/* *h is NULL after it. The file is the caller's to remove on failure. */
int dvb_html_close(struct dvb_html **h, struct dvb_err *err);

/* What %s gives. Heap; never NULL. */
char *dvb_html_escape(const char *s);

#endif
