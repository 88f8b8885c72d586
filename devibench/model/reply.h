/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON out of what a model wrote. */
#ifndef DVB_MODEL_REPLY_H
#define DVB_MODEL_REPLY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * The JSON object or array of a reply, as a new reference.
 *
 * A reply that is JSON as it stands is taken as it stands. Otherwise *salvaged
 * is set, and the largest object or array that can be read is taken: out of a
 * code fence, from between prose, after a <think> block, with a byte order
 * mark, with commas before closing brackets, with raw line breaks in strings.
 * Of a reply that breaks off within an array (as at a token limit) the
 * complete leading elements of the outermost array are kept, and all brackets
 * closed: {"questions":[{..},{..},{.. gives two questions. What comes after
 * that array and is not whole is left out.
 *
 * Nothing is made up: what cannot be read is DVB_FAULT_SERVICE, -EBADMSG.
 * Replies over 8 MiB are refused. The same text always gives the same value.
 */
int dvb_reply_json(const char *text, json_t **out, bool *salvaged, struct dvb_err *err);

/* What comes after the reasoning, which may hold drafts. A pointer into text. */
const char *dvb_reply_after_thinking(const char *text);

#endif
