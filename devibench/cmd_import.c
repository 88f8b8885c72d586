/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <omp.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd_calls.h"
#include "eval/dataset/import.h"

struct settings {
    struct dvb_strlist in, videos;
    const char *workspace;
    int format;
    int64_t jobs;
    bool keep;
};

static const char *const formats[] = {
    "auto", "devibench", "streamingbench", "jsonl", "calls", NULL
};
enum { CALLS = 4 };

static json_t *result_json(const struct dvb_import_result *r)
{
    json_t *skipped = json_array(), *missing = json_array();
    for (size_t i = 0; i < r->n_skipped; i++)
        json_array_append_new(skipped, dvb_json_pack("{s:o, s:I, s:I, s:o}", "file",
                                                     dvb_json_str(r->skipped[i].file), "line",
                                                     (json_int_t)r->skipped[i].row, "file_line",
                                                     (json_int_t)r->skipped[i].line, "reason",
                                                     dvb_json_str(r->skipped[i].reason)));
    for (size_t i = 0; i < r->n_missing; i++)
        json_array_append_new(missing, dvb_json_str(r->missing[i]));
    return dvb_json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "run", (json_int_t)r->run, "rows",
                         (json_int_t)r->rows, "questions", (json_int_t)r->questions, "videos",
                         (json_int_t)r->videos, "missing_videos", (json_int_t)r->n_missing,
                         "missing", missing, "skipped", skipped);
}

static void print_result(const struct settings *s, const struct dvb_import_result *r)
{
    printf("%ld rows, %ld questions", r->rows, r->questions);
    if (r->n_skipped)
        printf(", %zu left out", r->n_skipped);
    printf("; %ld of %ld videos found\n", r->videos, r->videos + (long)r->n_missing);
    for (size_t i = 0; i < r->n_missing; i++)
        printf("missing: %s\n", r->missing[i]);
    for (size_t i = 0; i < s->in.n; i++)
        dvb_info("%s: %s", s->in.v[i], r->formats[i]);
}

static int check(const struct settings *s, struct dvb_err *err)
{
    if (!s->in.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "import: --in FILE is needed");
    if (!s->workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "import: --workspace DIR is needed");
    return 0;
}

static int run_calls(const struct dvb_invocation *inv, const struct settings *s,
                     struct dvb_err *err)
{
    if (s->in.n > 1 || s->videos.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "import: calls come from one file, and without --videos");
    return dvb_cmd_import_calls(inv, s->workspace, s->in.n ? s->in.v[0] : NULL, s->keep, err);
}

static int run_import(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if (s->format == CALLS)
        return run_calls(inv, s, err);
    const struct dvb_import_settings is = {
        .files = &s->in,
        .family = (enum dvb_dataset_family)(s->format - 1),
        .videos = &s->videos,
        .command_line = inv->command_line,
        .jobs = s->jobs ? (int)s->jobs : omp_get_max_threads(),
    };
    int ret = check(s, err);
    if (ret)
        return ret;
    struct dvb_import *im;
    struct dvb_workspace *ws = NULL;
    const struct dvb_import_result *result;
    ret = dvb_import_open(&is, &im, err);
    if (ret)
        return ret;
    ret = dvb_workspace_open(s->workspace, &ws, err);
    if (!ret)
        ret = dvb_import_put(im, ws, &result, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, result_json(result));
    else if (!ret)
        print_result(s, result);
    dvb_workspace_close(&ws);
    dvb_import_close(&im);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "in", 'i', DVB_OPT_WORDS, AT(in), "FILE", .help = "Question sets to read" },
    { "format", 'f', DVB_OPT_CHOICE, AT(format), "FORMAT", .def = "auto", .choices = formats,
      .help = "What they are; without it, what their content shows" },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "PATH",
      .help = "Where the videos are: folders, files, or manifests (.txt, .list, .jsonl)" },
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR",
      .help = "Folder that keeps everything; made if missing" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Videos read at once; 0: as many as cores" },
    { "keep", 0, DVB_OPT_FLAG, AT(keep),
      .help = "Of calls: keep the workspace's answer where the file has another" },
    { NULL },
};

static const char *const examples[] = {
    "devibench import --in datasets_v1.csv --videos videos --workspace ws",
    "devibench import --in calls.jsonl --format calls --workspace copy",
    "devibench import --in questions_real.json questions_sqa.json --videos data -w ws",
    NULL,
};

const struct dvb_command dvb_cmd_import = {
    .name = "import",
    .args = "",
    .summary = "Read published question sets into a workspace",
    .details =
        "Reads DeViBench v1 and v2 (CSV), StreamingBench (JSON, or CSV as on Hugging Face) and "
        "the JSON lines that 'devibench export' writes. A row that makes no question is left out "
        "and listed; the others go on.\n"
        "\n"
        "Videos are found by the names that the sets use: sample_1/video.mp4, sample_1_real.mp4, "
        "real/sample_1/video.mp4, or plain names, anywhere below --videos. A missing one is "
        "listed, and its questions are kept: import the same files again when the videos are "
        "there, and the questions take them.\n"
        "\n"
        "Each import is a run of its own, which export, audit and eval take as a set.\n"
        "\n" DVB_CMD_CALLS_IMPORT,
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_import,
};
