/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Export and import of calls, for cmd_export.c and cmd_import.c. */
#ifndef DVB_CMD_CALLS_H
#define DVB_CMD_CALLS_H

#include "cmd.h"

/* Write the workspace's calls to the file out, or to stdout where it is NULL; run must be 0. */
int dvb_cmd_export_calls(const struct dvb_invocation *inv, const char *workspace, int64_t run,
                         const char *out, struct dvb_err *err);

/* Take a file of calls into a workspace, and print what came of it. */
int dvb_cmd_import_calls(const struct dvb_invocation *inv, const char *workspace, const char *in,
                         bool keep, struct dvb_err *err);

/* Paragraphs for --help of the two. */
#define DVB_CMD_CALLS_FORMAT                                                                       \
    "The calls format has one object for each call of the workspace, oldest first: "               \
    "schema_version (1), request_hash, superseded (0, or N for the Nth answer that a newer one "   \
    "took the place of), step, status (ok, error, refused, unparsed), model, profile (without "    \
    "secrets), prompt_name, prompt, reply, usage (as the service gave it), cost_usd (of all "      \
    "attempts), latency_s (of the last one), attempts, tokens_in, tokens_cached, tokens_out (of "  \
    "all attempts). It holds no pictures: the request hash stands for them. 'devibench import "    \
    "--format calls' puts them into another workspace, where 'devibench build --offline' repeats " \
    "the run on the same videos without keys."
#define DVB_CMD_CALLS_IMPORT                                                                       \
    "The calls format is what 'devibench export --format calls' writes. All of the file is "       \
    "taken in, or, where a line is damaged or an answer differs from the one that the workspace "  \
    "has, none of it; with --keep such answers are left out. What is in the workspace is never "   \
    "changed, but for calls that had failed and have their answer now."

#endif
