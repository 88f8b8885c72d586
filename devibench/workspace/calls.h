/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All calls of a workspace as JSON lines, and back: whoever has the file, the
 * videos and the same command replays a run without keys (DVB_ASK_OFFLINE).
 *
 * One JSON object for each call, oldest first:
 *   schema_version  1
 *   request_hash    64 hex digits; the key (workspace/ask.h says what it covers)
 *   superseded      0, or N for the Nth answer that a newer one took the place of
 *   step            "generate", "original", "degraded", "verify", ...
 *   status          "ok", "refused" and "unparsed" are answers, "error" is none
 *   model           its name
 *   profile         its profile: an object, without secrets; wire, base_url and model at least
 *   prompt_name     which prompt, or null
 *   prompt          the text that was sent, or null
 *   reply           what the model wrote; for an error the message
 *   usage           the service's usage object, or null
 *   logprobs        of the reply's tokens as the service gave them, or null
 *   cost_usd        of all attempts, at the prices of the day
 *   latency_s       of the last attempt
 *   attempts        HTTP requests sent
 *   tokens_in, tokens_cached, tokens_out  of all attempts, as the service counts them
 * Pictures and videos are not in it: the request hash stands for them. Members
 * that are not known are left alone; all of the above must be there but
 * superseded, prompt_name, prompt, usage, logprobs and the tokens.
 */
#ifndef DVB_WORKSPACE_CALLS_H
#define DVB_WORKSPACE_CALLS_H

#include <stdbool.h>
#include <stdio.h>

#include "workspace/workspace.h"

/* Write all; *n says how many. Errors of the stream are left to the caller. */
int dvb_calls_write(struct dvb_workspace *ws, FILE *f, long *n, struct dvb_err *err);

struct dvb_calls_read {
    long lines;    /* with a call */
    long added;    /* new to the workspace */
    long answered; /* errors of the workspace that have their answer now */
    long known;    /* there already: the same answer, or an error that adds nothing */
    long kept;     /* other answers that gave way to the workspace's own */
    long repeated; /* of known: calls that the file holds twice */
};

/* Take in a file, or with path "-" standard input: all of it, or on an error
   nothing; *result is then zero. A line that is damaged, and an answer that differs from the one
   that the workspace or an earlier line has, is DVB_FAULT_INPUT: "FILE:LINE: ...". keep: such an
   answer is left out instead. An answer that is there is never changed. */
int dvb_calls_read(struct dvb_workspace *ws, const char *path, bool keep,
                   struct dvb_calls_read *result, struct dvb_err *err);
/* The same from a stream; name is for messages. */
int dvb_calls_read_from(struct dvb_workspace *ws, FILE *f, const char *name, bool keep,
                        struct dvb_calls_read *result, struct dvb_err *err);

#endif
