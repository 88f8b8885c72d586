/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd_calls.h"
#include "cmd_run.h"
#include "workspace/published.h"

struct settings {
    const char *workspace, *out;
    int format, stage;
    int64_t run;
};

/* A format writes what comes before the questions, then one at a time.
   Writing errors are left to the stream. */
struct format {
    const char *name;
    void (*begin)(FILE *f);
    int (*write)(FILE *f, const struct dvb_run_question *q, struct dvb_err *err);
};

static void begin_published(FILE *f)
{
    dvb_csv_write_bom(f);
    dvb_csv_write_row(f, dvb_published_header, DVB_PUBLISHED_COLUMNS);
}

static int write_published(FILE *f, const struct dvb_run_question *rq, struct dvb_err *err)
{
    const struct dvb_question *q = &rq->q;
    if (q->n_options < 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "question %s has %d options; the published table holds multiple choice "
                        "only: use --format jsonl",
                        q->key, q->n_options);
    char *folder = dvb_published_folder(rq->video_name);
    char *start = dvb_published_time(rq->segment.start_ms);
    char *options = dvb_options_join(q->options, q->n_options);
    const char letter[2] = { (char)('A' + q->answer), '\0' };
    const char *const row[DVB_PUBLISHED_COLUMNS] = { folder,  start,  q->text,
                                                     options, letter, q->task_type };
    dvb_csv_write_row(f, row, DVB_PUBLISHED_COLUMNS);
    free(folder);
    free(start);
    free(options);
    return 0;
}

static void begin_jsonl(FILE *f)
{
    (void)f;
}

static int write_jsonl(FILE *f, const struct dvb_run_question *q, struct dvb_err *err)
{
    (void)err;
    json_t *j = dvb_cmd_question_json(q);
    json_dumpf(j, f, JSON_COMPACT | JSON_REAL_PRECISION(10));
    fputc('\n', f);
    json_decref(j);
    return 0;
}

static const struct format formats[] = {
    { "devibench", begin_published, write_published },
    { "jsonl", begin_jsonl, write_jsonl },
};
enum { CALLS = 2 }; /* of the whole workspace, not of a run's questions */
static const char *const format_names[] = { "devibench", "jsonl", [CALLS] = "calls", NULL };

static int write_all(FILE *f, const struct format *format, const struct dvb_run_question *list,
                     size_t n, struct dvb_err *err)
{
    format->begin(f);
    int ret = 0;
    for (size_t i = 0; i < n && !ret; i++)
        ret = format->write(f, &list[i], err);
    return ret;
}

static int write_file(const char *path, const struct format *format,
                      const struct dvb_run_question *list, size_t n, struct dvb_err *err)
{
    char *tmp = dvb_tmp_name(path);
    FILE *f = fopen(tmp, "wb");
    if (!f) {
        free(tmp);
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    }
    int ret = write_all(f, format, list, n, err);
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
                            const struct dvb_run *run, const struct dvb_run_question *list,
                            size_t n, struct dvb_err *err)
{
    const struct format *format = &formats[s->format];
    if (!n)
        dvb_warn("run %lld of %s has no %s question", (long long)run->id, s->workspace,
                 dvb_stage_names[s->stage]);
    int ret = s->out ? write_file(s->out, format, list, n, err)
                     : write_all(stdout, format, list, n, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:I, s:o}", "questions", (json_int_t)n,
                                                       "file", dvb_json_str(s->out)));
    else if (!ret && s->out)
        dvb_info("%zu %s question%s in %s", n, dvb_stage_names[s->stage], n == 1 ? "" : "s",
                 s->out);
    return ret;
}

static int run_export(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if (s->format == CALLS)
        return dvb_cmd_export_calls(inv, s->workspace, s->run, s->out, err);
    if (inv->common->json && !s->out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: --json prints a summary where the questions would go; give "
                        "--out FILE too");
    struct dvb_workspace *ws;
    struct dvb_run run;
    int ret = dvb_cmd_open_run(inv->command, s->workspace, s->run, &ws, &run, err);
    if (ret)
        return ret;
    struct dvb_run_question *list;
    size_t n;
    ret = dvb_store_list_run_questions(ws->store, run.id, (enum dvb_stage)s->stage, &list, &n, err);
    if (!ret)
        ret = export_questions(inv, s, &run, list, n, err);
    dvb_run_questions_free(list, n);
    dvb_run_release(&run);
    dvb_workspace_close(&ws);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR", .help = "the workspace to read" },
    { "format", 'f', DVB_OPT_CHOICE, AT(format), "FORMAT", .def = "devibench",
      .choices = format_names, .help = "what to write" },
    { "out", 'o', DVB_OPT_STR, AT(out), "FILE", .help = "where to write instead of to stdout" },
    { "stage", 0, DVB_OPT_CHOICE, AT(stage), "STAGE", .def = "verified", .choices = dvb_stage_names,
      .help = "the questions that came at least so far" },
    { "run", 0, DVB_OPT_INT, AT(run), "N", .min = 1, .max = 1e15,
      .help = "a run by number; without it the newest build" },
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
        "an option itself holds something like ' B) '.\n"
        "The jsonl format has one object for each question with every "
        "field.\n\n" DVB_CMD_CALLS_FORMAT,
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_export,
};
