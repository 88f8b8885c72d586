/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define AT(member) offsetof(struct dvb_cmd_run_opts, member)

const struct dvb_opt dvb_cmd_run_opts[] = {
    { "stage", 0, DVB_OPT_CHOICE, AT(stage), "STAGE", .def = "verified", .choices = dvb_stage_names,
      .help = "The questions of a build that came at least so far" },
    { "run", 0, DVB_OPT_INT, AT(run), "N", .min = 1, .max = 1e15,
      .help = "A run by number; without it the newest build or import" },
    { NULL },
};

bool dvb_cmd_run_imported(const struct dvb_run *run)
{
    return !strcmp(run->command, "import");
}

enum dvb_stage dvb_cmd_run_stage(const struct dvb_cmd_run_opts *o, const struct dvb_run *run)
{
    return dvb_cmd_run_imported(run) ? DVB_STAGE_GENERATED : (enum dvb_stage)o->stage;
}

static int take_run(struct dvb_workspace *ws, int64_t id, struct dvb_run *run, struct dvb_err *err)
{
    if (id)
        return dvb_store_get_run(ws->store, id, run, err);
    int ret = dvb_store_last_run(ws->store, "build,import", run, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "workspace %s holds no run of 'devibench build' or 'import' yet", ws->dir);
    return ret < 0 ? ret : 0;
}

int dvb_cmd_open_run(const struct dvb_command *cmd, const char *dir, int64_t id,
                     struct dvb_workspace **ws, struct dvb_run *run, struct dvb_err *err)
{
    *ws = NULL;
    *run = (struct dvb_run){ 0 };
    if (!dir)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: --workspace DIR is needed", cmd->name);
    int ret = dvb_workspace_open_readonly(dir, ws, err);
    if (!ret)
        ret = take_run(*ws, id, run, err);
    if (ret)
        dvb_workspace_close(ws);
    return ret;
}

/* C0, DEL, or C1 in UTF-8: what a terminal may take as a command. */
static size_t control_len(const char *s)
{
    unsigned char c = (unsigned char)s[0];
    if (c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && (unsigned char)s[1] < 0xa0 ? 2 : 0;
}

char *dvb_cmd_plain(const char *s, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *clean = dvb_utf8_clean(s ? s : "");
    char *line = dvb_text_trim(clean);
    char *out = dvb_calloc(strlen(line) * 3 + 4, 1), *to = out;
    size_t points = 0;
    while (*line && (!max || points < max)) {
        size_t space = strspn(line, " \t\r\n\v\f"), control = space ? 0 : control_len(line);
        if (space) {
            *to++ = ' ';
        } else if (control) {
            memcpy(to, replacement, 3);
            to += 3;
        } else {
            do
                *to++ = *line++;
            while (((unsigned char)*line & 0xc0) == 0x80);
        }
        line += space + control;
        points++;
    }
    if (*line)
        memcpy(to, "...", 3); /* the buffer is zeroed */
    free(clean);
    return out;
}
