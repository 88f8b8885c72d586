/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "cmd.h"
#include "workspace/calls.h"

struct settings {
    const char *workspace, *in;
    int format;
    bool keep;
};

static int import_calls(const struct dvb_invocation *inv, const struct settings *s,
                        struct dvb_workspace *ws, struct dvb_err *err)
{
    struct dvb_calls_read r;
    int ret = dvb_calls_read(ws, s->in, s->keep, &r, err);
    if (ret)
        return ret;
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "calls",
                                         (json_int_t)r.lines, "added", (json_int_t)r.added,
                                         "answered", (json_int_t)r.answered, "known",
                                         (json_int_t)r.known, "kept", (json_int_t)r.kept,
                                         "repeated", (json_int_t)r.repeated));
        return 0;
    }
    printf("calls     %6ld\nadded     %6ld\n", r.lines, r.added);
    if (r.answered)
        printf("answered  %6ld   calls that had failed here\n", r.answered);
    if (r.known)
        printf("known     %6ld   there already\n", r.known);
    if (r.repeated)
        printf("repeated  %6ld   of these in an earlier line of the file\n", r.repeated);
    if (r.kept)
        printf("kept      %6ld   answers of the workspace that differ from the file's\n", r.kept);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct dvb_invocation *inv, const struct settings *s, struct dvb_workspace *ws,
               struct dvb_err *err);
} formats[] = {
    { "calls", import_calls },
};
static const char *const format_names[] = { "calls", NULL };

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    const char *missing = !s->workspace ? "--workspace DIR" : !s->in ? "--in FILE" : NULL;
    struct dvb_workspace *ws;
    if (missing)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "import: %s is needed", missing);
    int ret = dvb_workspace_open(s->workspace, &ws, err);
    if (!ret)
        ret = formats[s->format].run(inv, s, ws, err);
    dvb_workspace_close(&ws);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR", .help = "the workspace to fill" },
    { "format", 'f', DVB_OPT_CHOICE, AT(format), "FORMAT", .def = "calls", .choices = format_names,
      .help = "what the file holds" },
    { "in", 'i', DVB_OPT_STR, AT(in), "FILE", .help = "the file to read; - for standard input" },
    { "keep", 0, DVB_OPT_FLAG, AT(keep),
      .help = "of calls: keep the workspace's answer where the file has another" },
    { 0 },
};

static const char *const examples[] = {
    "devibench import --workspace copy --format calls --in calls.jsonl",
    NULL,
};

const struct dvb_command dvb_cmd_import = {
    .name = "import",
    .args = "",
    .summary = "Put the calls of another workspace into this one",
    .details =
        "The calls format is what 'devibench export --format calls' writes. The workspace is made "
        "if it is missing. All of the file is taken in, or, where a line is damaged or an answer "
        "differs from the one that the workspace has, none of it; with --keep such answers are "
        "left out. What is in the workspace is never changed, but for calls that had failed and "
        "have their answer now.",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
