/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_calls.h"

struct settings {
    const char *workspace, *in;
    int format;
    bool keep;
};

static const char *const format_names[] = { "calls", NULL };

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    return dvb_cmd_import_calls(inv, s->workspace, s->in, s->keep, err);
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
    .details = DVB_CMD_CALLS_IMPORT,
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
