/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd_run.h"
#include "workspace/calls.h"
#include "workspace/published.h"

struct settings {
    const char *workspace, *out;
    int format, stage;
    int64_t run;
};

/* A format of questions writes what comes before them, then one at a time.
   Writing errors are left to the stream. One without write is of the whole workspace. */
struct format {
    const char *name;
    void (*begin)(FILE *f);
    int (*write)(FILE *f, const struct dvb_run_question *q, struct dvb_err *err);
};

/* What is written, by whichever function. */
struct job {
    const struct format *format;
    const struct dvb_run_question *list; /* of questions */
    size_t n;
    struct dvb_workspace *ws; /* of calls */
    long n_calls;
    int (*write)(struct job *job, FILE *f, struct dvb_err *err);
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

enum { CALLS = 2 };
static const struct format formats[] = {
    { "devibench", begin_published, write_published },
    { "jsonl", begin_jsonl, write_jsonl },
    [CALLS] = { "calls", NULL, NULL },
};
static const char *const format_names[] = { "devibench", "jsonl", "calls", NULL };

static int write_questions(struct job *job, FILE *f, struct dvb_err *err)
{
    job->format->begin(f);
    int ret = 0;
    for (size_t i = 0; i < job->n && !ret; i++)
        ret = job->format->write(f, &job->list[i], err);
    return ret;
}

static int write_calls(struct job *job, FILE *f, struct dvb_err *err)
{
    return dvb_calls_write(job->ws, f, &job->n_calls, err);
}

static int write_file(struct job *job, const char *path, struct dvb_err *err)
{
    char *tmp = dvb_tmp_name(path);
    FILE *f = fopen(tmp, "wb");
    if (!f) {
        free(tmp);
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    }
    int ret = job->write(job, f, err);
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

static int write_out(struct job *job, const struct settings *s, struct dvb_err *err)
{
    return s->out ? write_file(job, s->out, err) : job->write(job, stdout, err);
}

static int export_questions(const struct dvb_invocation *inv, const struct settings *s,
                            const struct dvb_run *run, const struct dvb_run_question *list,
                            size_t n, struct dvb_err *err)
{
    struct job job = {
        .format = &formats[s->format], .list = list, .n = n, .write = write_questions
    };
    if (!n)
        dvb_warn("run %lld of %s has no %s question", (long long)run->id, s->workspace,
                 dvb_stage_names[s->stage]);
    int ret = write_out(&job, s, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:I, s:o}", "questions", (json_int_t)n,
                                                       "file", dvb_json_str(s->out)));
    else if (!ret && s->out)
        dvb_info("%zu %s question%s in %s", n, dvb_stage_names[s->stage], n == 1 ? "" : "s",
                 s->out);
    return ret;
}

/* All calls of the workspace, of whichever run. */
static int export_calls(const struct dvb_invocation *inv, const struct settings *s,
                        struct dvb_err *err)
{
    struct job job = { .format = &formats[CALLS], .write = write_calls };
    if (s->run)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: calls are those of the whole workspace; leave out --run");
    if (!s->workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "export: --workspace DIR is needed");
    int ret = dvb_workspace_open_readonly(s->workspace, &job.ws, err);
    if (!ret)
        ret = write_out(&job, s, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:I, s:o}", "calls", (json_int_t)job.n_calls, "file",
                                         dvb_json_str(s->out)));
    else if (!ret && s->out)
        dvb_info("%ld call%s in %s", job.n_calls, job.n_calls == 1 ? "" : "s", s->out);
    dvb_workspace_close(&job.ws);
    return ret;
}

static int run_export(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if (inv->common->json && !s->out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "export: --json prints a summary where the %s would go; give "
                        "--out FILE too",
                        s->format == CALLS ? "calls" : "questions");
    if (s->format == CALLS)
        return export_calls(inv, s, err);
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
        "The jsonl format has one object for each question with every field.\n\n"
        "The calls format has one object for each call of the workspace, oldest first: "
        "schema_version (1), request_hash, superseded (0, or N for the Nth answer that a newer one "
        "took the place of), step, status (ok, error, refused, unparsed), model, profile (without "
        "secrets), prompt_name, prompt, reply, usage (as the service gave it), cost_usd (of all "
        "attempts), latency_s (of the last one), attempts. It holds no pictures: the request hash "
        "stands for them. 'devibench import --format calls' puts them into another workspace, "
        "where 'devibench build --offline' repeats the run on the same videos without keys.",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_export,
};
