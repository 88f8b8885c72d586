/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd.h"
#include "reports/exchange.h"
#include "reports/figures.h"
#include "reports/load.h"
#include "reports/site.h"
#include "revision.h"

struct settings {
    struct dvb_strlist workspaces, merge, runs, plots;
    const char *out, *title;
    bool anonymous, figures;
    double confidence, max_mb;
    int64_t frames, frame_kb;
};

static int parse_runs(const struct settings *s, int64_t *runs, struct dvb_err *err)
{
    for (size_t i = 0; i < s->runs.n; i++)
        if (!dvb_parse_int(s->runs.v[i], &runs[i]) || runs[i] < 1)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--runs: found '%s', expected numbers of evaluations", s->runs.v[i]);
    return 0;
}

static int check(const struct settings *s, struct dvb_err *err)
{
    if (!s->workspaces.n && !s->merge.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "report: --workspace DIR or --merge FILE is needed");
    if (!s->out || !*s->out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "report: --out DIR is needed");
    if (s->runs.n && s->workspaces.n != 1)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--runs goes with one --workspace");
    return 0;
}

static int add(struct dvb_board *b, struct dvb_board *more, struct dvb_err *err)
{
    int ret = dvb_board_merge(b, more, err);
    dvb_board_release(more);
    return ret;
}

static int gather(const struct settings *s, const int64_t *runs, struct dvb_board *b,
                  struct dvb_err *err)
{
    struct dvb_board more;
    int ret = 0;
    for (size_t i = 0; i < s->workspaces.n && !ret; i++) {
        dvb_board_init(&more);
        ret = dvb_board_load(s->workspaces.v[i], runs, s->runs.n, &more, err);
        if (!ret)
            ret = add(b, &more, err);
    }
    for (size_t i = 0; i < s->merge.n && !ret; i++) {
        dvb_board_init(&more);
        ret = dvb_board_read(s->merge.v[i], &more, err);
        if (!ret)
            ret = add(b, &more, err);
    }
    return ret;
}

static void sign(const struct settings *s, struct dvb_board *b)
{
    char now[32];
    time_t t = time(NULL);
    struct tm tm;
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    b->made = dvb_strdup(now);
    b->title = dvb_strdup(s->title ? s->title : "DeViBench leaderboard");
    b->version = s->anonymous ? dvb_strdup(DVB_VERSION)
                              : dvb_asprintf("%s (%s)", DVB_VERSION, DVB_REVISION);
    b->stats.confidence = s->confidence;
}

static json_t *result_json(const struct dvb_board *b, const char *out,
                           const struct dvb_site_result *r)
{
    size_t cells = 0, questions = 0, answers = 0;
    for (size_t i = 0; i < b->n_sets; i++) {
        cells += b->sets[i].n_cells;
        questions += b->sets[i].n_questions;
        for (size_t c = 0; c < b->sets[i].n_cells; c++)
            answers += b->sets[i].cells[c].n_stats ? b->sets[i].cells[c].stats[0].share.n : 0;
    }
    return dvb_json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "out",
                         dvb_json_str(out), "sets", (json_int_t)b->n_sets, "questions",
                         (json_int_t)questions, "models", (json_int_t)b->n_models, "cells",
                         (json_int_t)cells, "answers", (json_int_t)answers, "pages",
                         (json_int_t)r->pages, "pictures", (json_int_t)r->pictures,
                         "clips_without_pictures", (json_int_t)r->no_pictures, "clips_left_out",
                         (json_int_t)r->left_out, "bytes", (json_int_t)r->bytes);
}

static void print_result(const struct dvb_board *b, const char *out,
                         const struct dvb_site_result *r)
{
    for (size_t i = 0; i < b->n_sets; i++)
        printf("%s: %zu conditions\n", b->sets[i].label, b->sets[i].n_cells);
    printf("%zu pages and %zu pictures, %.1f MB", r->pages, r->pictures, (double)r->bytes / 1e6);
    if (r->no_pictures)
        printf("; %zu clips have no pictures on the disk", r->no_pictures);
    if (r->left_out)
        printf("; the pictures of %zu clips exceed --max-mb", r->left_out);
    printf("\n");
    if (b->anonymous)
        printf("left out: %s\n", dvb_board_anonymised);
    printf("%s/index.html\n", out);
}

static int publish(const struct dvb_invocation *inv, const struct settings *s, struct dvb_board *b,
                   struct dvb_err *err)
{
    const struct dvb_site_settings site = {
        .frames = (int)s->frames,
        .frame_bytes = s->frame_kb * 1000,
        .frames_bytes = (int64_t)(s->max_mb * 1e6),
    };
    struct dvb_site_result r;
    sign(s, b);
    if (s->anonymous)
        dvb_board_anonymise(b);
    int ret = dvb_board_score(b, err);
    if (ret)
        return ret;
    struct dvb_figures_settings figures = { (const char *const *)s->plots.v, s->plots.n };
    bool draw = s->figures || s->plots.n;
    ret = dvb_site_write(b, &site, s->out, draw ? dvb_figures_write : NULL, &figures, &r, err);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, result_json(b, s->out, &r));
    else
        print_result(b, s->out, &r);
    return 0;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_board b;
    int64_t *runs = dvb_calloc(s->runs.n + 1, sizeof(*runs));
    dvb_board_init(&b);
    int ret = check(s, err);
    if (!ret)
        ret = parse_runs(s, runs, err);
    if (!ret)
        ret = gather(s, runs, &b, err);
    if (!ret)
        ret = publish(inv, s, &b, err);
    dvb_board_release(&b);
    free(runs);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "workspace", 'w', DVB_OPT_WORDS, AT(workspaces), "DIR",
      .help = "Workspaces whose evaluations are shown together" },
    { "out", 'o', DVB_OPT_STR, AT(out), "DIR",
      .help = "Folder of the site; an older site there is replaced, anything else is not" },
    { "merge", 0, DVB_OPT_WORDS, AT(merge), "FILE", .help = "Others' leaderboard.json files" },
    { "runs", 0, DVB_OPT_LIST, AT(runs), "N,N",
      .help = "These evaluations of the workspace only, by number" },
    { "title", 't', DVB_OPT_STR, AT(title), "TEXT", .help = "Name of the board" },
    { "figures", 0, DVB_OPT_FLAG, AT(figures),
      .help = "Draw figures with gnuplot: SVG for the page, PDF, CSV and JSON for papers" },
    { "plots", 0, DVB_OPT_WORDS, AT(plots), "FILE",
      .help = "JSON of plots that are shown as figures too: those of `stream figure`, or "
              "figures/*.json of another site" },
    { "anonymous", 0, DVB_OPT_FLAG, AT(anonymous),
      .help = "Leave out what says who made it, for submissions under review" },
    { "confidence", 0, DVB_OPT_NUM, AT(confidence), "P", .def = "0.95", .min = 0.5, .max = 0.999,
      .help = "Of intervals, and of the differences that count" },
    { "frames", 0, DVB_OPT_INT, AT(frames), "N", .def = "2", .min = 0, .max = 8,
      .help = "Pictures of each clip and bitrate; 0: none" },
    { "frame-kb", 0, DVB_OPT_INT, AT(frame_kb), "KB", .def = "160", .min = 10, .max = 10000,
      .help = "A larger picture is made smaller" },
    { "max-mb", 0, DVB_OPT_NUM, AT(max_mb), "MB", .def = "1000", .min = 0, .max = 1e6,
      .help = "Of all pictures; pages say where they were left out" },
    { 0 },
};

static const char *const examples[] = {
    "devibench report --workspace work --out site",
    "devibench report --workspace ours --merge theirs/leaderboard.json --out site \\\n"
    "      --title \"Text in video calls\"",
    NULL,
};

const struct dvb_command dvb_cmd_report = {
    .name = "report",
    .args = "",
    .summary = "Make a leaderboard of evaluations: a folder of pages to publish as it is",
    .details =
        "The folder needs nothing beside itself: it works from the disk, from any place of a web "
        "server and among build results. Every number is made from the stored answers as eval "
        "makes it; leaderboard.json, cells.csv and pairs.csv hold the same ones.\n\n"
        "Questions with the same right answers, asked in the same manner (answers, judge, prompts, "
        "protocol, recipe), are one set; nothing is compared across sets. Of a cell that several "
        "evaluations of a workspace measured, the newest finished one counts; a trial that another "
        "evaluation includes is left out.\n\n"
        "Places are among models that saw the same stream: the best one leads the first place, "
        "those after it share it until one differs from the leader, and that one leads the next. "
        "Two differ when the p-value of their difference, paired and clustered by video, is at "
        "most 1 - confidence after Holm's adjustment over all pairs of that stream.\n\n"
        "With several workspaces or --merge, equal cells count once; where sources differ about "
        "the same model, both are kept and labelled by source.\n\n"
        "leaderboard.json: {schema \"devibench leaderboard\", schema_version 1, title, made, "
        "version, anonymous, statistics{confidence, power, adjusted}, sources[{label, kind}], "
        "runs[{source, id, command, line, seed, started, finished, versions, settings}], "
        "prompts[{hash, name, text}], models[{label, name, ocr_baseline, source, profile}], "
        "sets[...]}. A set: {hash, label, stage, answers, judge, manner, run, n_questions, videos, "
        "funnel{generated, accepted, verified, undecided, bitrate_kbps}, tasks[name], "
        "questions[{key, task, video, multi_frame, built[[model, roles]]}], views[{label, "
        "bitrate_kbps (null: original), strategy, baseline, sampling, measured_kbps, clips, "
        "rates_missed}], cells[{name, model (a label; null: none asked), view, run, source, whole, "
        "rank, ties, cost_usd, latency_s, latency_p95_s, tokens_in, tokens_out, outcomes, scores, "
        "stats[{task_type (null: all), n, videos, correct, accuracy, se, ci[2], wilson[2], "
        "refused, unparsed, missing, excluded, sensitivity{n, videos, lost, value, se, ci, "
        "wilson}}]}], pairs[{a, b (cells), family (view; null: one model), n, videos, diff, se, "
        "ci, t_p, holm_p, mcnemar_p, detectable}]}. Numbers that are indices count from 0; roles "
        "are 1 wrote, 2 filtered, 4 verified, added up. outcomes has a letter for each question: 1 "
        "right, 0 wrong, r refused, u unread, x excluded, - missing, s a share that stands in "
        "scores. A set's hash is SHA-256 over lines \"KEY TAB TASK TAB RIGHT LF\" in the order of "
        "keys, RIGHT being the number of the right option from 0, or the answer in words.",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
