/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd_calls.h"
#include "cmd_run.h"
#include "eval/dataset/write.h"

struct settings {
    const char *workspace, *out;
    int format;
    struct dvb_cmd_run_opts of;
};

struct job {
    struct dvb_store *store;
    const struct dvb_run *run;
    const struct dvb_writer *writer;
    enum dvb_stage stage;
    FILE *f;
    long n; /* written */
};

static int write_one(void *user, const struct dvb_run_question *q, struct dvb_err *err)
{
    struct job *j = user;
    j->n++;
    return j->writer->write(j->writer, j->f, q, err);
}

static int write_all(struct job *j, FILE *f, struct dvb_err *err)
{
    j->f = f;
    j->writer->begin(j->writer, f);
    return dvb_store_each_run_question(j->store, j->run->id, j->stage, write_one, j, err);
}

static int write_file(struct job *j, const char *path, struct dvb_err *err)
{
    char *tmp = dvb_tmp_name(path);
    FILE *f = fopen(tmp, "wb");
    if (!f) {
        free(tmp);
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    }
    int ret = write_all(j, f, err);
    errno = 0;
    bool bad = fflush(f) || ferror(f);
    if (!ret && bad)
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    fclose(f);
    if (!ret)
        return dvb_tmp_commit(&tmp, path, err);
    dvb_tmp_abandon(&tmp);
    return ret;
}

static int export_questions(const struct dvb_invocation *inv, const struct settings *s,
                            struct job *j, struct dvb_err *err)
{
    const char *what = dvb_cmd_run_imported(j->run) ? "imported" : dvb_stage_names[j->stage];
    int ret = s->out ? write_file(j, s->out, err) : write_all(j, stdout, err);
    if (ret)
        return ret;
    if (!j->n)
        dvb_warn("run %lld of %s has no %s question", (long long)j->run->id, s->workspace, what);
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:I, s:o}", "questions", (json_int_t)j->n,
                                                       "file", dvb_json_str(s->out)));
    else if (s->out)
        dvb_info("%ld %s question%s in %s", j->n, what, j->n == 1 ? "" : "s", s->out);
    return 0;
}

/* As dvb_writers, and one more, which is of the whole workspace. */
static const char *const format_names[] = { "devibench", "devibench-v2", "jsonl", "calls", NULL };

static int run_export(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if (!dvb_writers[s->format])
        return dvb_cmd_export_calls(inv, s->workspace, s->of.run, s->out, err);
    if (inv->common->json && !s->out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: --json prints a summary where the questions would go; give "
                        "--out FILE too");
    struct dvb_workspace *ws;
    struct dvb_run run;
    int ret = dvb_cmd_open_run(inv->command, s->workspace, s->of.run, &ws, &run, err);
    if (ret)
        return ret;
    struct job job = { .store = ws->store,
                       .run = &run,
                       .writer = dvb_writers[s->format],
                       .stage = dvb_cmd_run_stage(&s->of, &run) };
    ret = export_questions(inv, s, &job, err);
    dvb_run_release(&run);
    dvb_workspace_close(&ws);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR", .help = "The workspace to read" },
    { "format", 'f', DVB_OPT_CHOICE, AT(format), "FORMAT", .def = "devibench",
      .choices = format_names, .help = "What to write" },
    { "out", 'o', DVB_OPT_STR, AT(out), "FILE", .help = "Where to write instead of to stdout" },
    { "of", 0, DVB_OPT_GROUP, AT(of), .group = dvb_cmd_run_opts },
    { 0 },
};

static const char *const examples[] = {
    "devibench export --workspace ws > datasets.csv",
    "devibench export --workspace ws --format jsonl --stage accepted --out accepted.jsonl",
    "devibench export --workspace ws --format calls --out calls.jsonl",
    NULL,
};

const struct dvb_command dvb_cmd_export = {
    .name = "export",
    .args = "",
    .summary = "Write a run's questions, or all calls, for others to use",
    .details =
        "The devibench format is the published v1 table: CSV with a byte order mark and CRLF "
        "rows, columns sample_folder, start_time, question, options, standard_answer, task_type. "
        "Options stand in one cell as 'A) .. B) ..', separated by spaces, or by line feeds where "
        "an option itself holds something like ' B) '. devibench-v2 is the table of answers in "
        "free words: sample_id, start_time, question, std_answer, Frame, task_type.\n"
        "\n"
        "The jsonl format has one object for each question with every field.\n"
        "\n"
        "A published table that was imported comes back byte for byte.\n"
        "\n" DVB_CMD_CALLS_FORMAT,
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_export,
};
