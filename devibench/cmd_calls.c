/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "workspace/calls.h"

struct job {
    struct dvb_workspace *ws;
    long n;
};

static int write_calls(void *user, FILE *f, struct dvb_err *err)
{
    struct job *job = user;
    return dvb_calls_write(job->ws, f, &job->n, err);
}

static int check_export(const struct dvb_invocation *inv, const char *workspace, int64_t run,
                        const char *out, struct dvb_err *err)
{
    if (!workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "export: --workspace DIR is needed");
    if (run)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: calls are those of the whole workspace; leave out --run");
    if (inv->common->json && !out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: --json prints a summary where the calls would go; give "
                        "--out FILE too");
    return 0;
}

int dvb_cmd_export_calls(const struct dvb_invocation *inv, const char *workspace, int64_t run,
                         const char *out, struct dvb_err *err)
{
    struct job job = { 0 };
    int ret = check_export(inv, workspace, run, out, err);
    if (!ret)
        ret = dvb_workspace_open_readonly(workspace, &job.ws, err);
    if (!ret)
        ret = out ? dvb_write_stream(out, write_calls, &job, err) : write_calls(&job, stdout, err);
    dvb_workspace_close(&job.ws);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:I, s:o}", "calls", (json_int_t)job.n,
                                                       "file", dvb_json_str(out)));
    else if (out)
        dvb_info("%ld call%s in %s", job.n, job.n == 1 ? "" : "s", out);
    return 0;
}

static void print_read(const struct dvb_calls_read *r)
{
    printf("calls     %6ld\nadded     %6ld\n", r->lines, r->added);
    if (r->answered)
        printf("answered  %6ld   calls that had failed here\n", r->answered);
    if (r->known)
        printf("known     %6ld   there already\n", r->known);
    if (r->repeated)
        printf("repeated  %6ld   of these in an earlier line of the file\n", r->repeated);
    if (r->kept)
        printf("kept      %6ld   answers of the workspace that differ from the file's\n", r->kept);
}

int dvb_cmd_import_calls(const struct dvb_invocation *inv, const char *workspace, const char *in,
                         bool keep, struct dvb_err *err)
{
    const char *missing = !workspace ? "--workspace DIR" : !in ? "--in FILE" : NULL;
    struct dvb_workspace *ws;
    struct dvb_calls_read r;
    if (missing)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "import: %s is needed", missing);
    if (strcmp(in, "-") && access(in, R_OK)) /* no workspace is made for nothing */
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", in);
    int ret = dvb_workspace_open(workspace, &ws, err);
    if (!ret)
        ret = dvb_calls_read(ws, in, keep, &r, err);
    dvb_workspace_close(&ws);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "calls",
                                         (json_int_t)r.lines, "added", (json_int_t)r.added,
                                         "answered", (json_int_t)r.answered, "known",
                                         (json_int_t)r.known, "kept", (json_int_t)r.kept,
                                         "repeated", (json_int_t)r.repeated));
    else
        print_read(&r);
    return 0;
}
