/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd.h"
#include "cmd_ask_opts.h"
#include "cmd_cost.h"
#include "cmd_recipe_opts.h"
#include "cmd_run.h"
#include "cmd_set_opts.h"
#include "eval/confidence.h"

struct settings {
    const char *workspace, *model, *out, *prompts;
    struct dvb_strlist bitrates;
    double tau, sample_fps;
    int64_t sample_frames, sample_pixels, jpeg_quality, jobs;
    struct dvb_set_opts which;
    struct dvb_ask_opts ask;
    struct dvb_recipe_opts encode;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR",
      .help = "Folder that 'devibench build' or 'import' made" },
    { "model", 0, DVB_OPT_STR, AT(model), "MODEL", .help = "Whom to ask" },
    { "out", 'o', DVB_OPT_STR, AT(out), "FILE",
      .help = "The CSV, for 'stream simulate --abr recap --confidence FILE'" },
    { "bitrates", 'b', DVB_OPT_LIST, AT(bitrates), "RATE,..", "200k,400k,610k,910k,1710k,3150k",
      .help = "The tiers: six, rising" },
    { "tau", 0, DVB_OPT_NUM, AT(tau), "C", "0.8", 0.001, 1,
      .help = "Confidence that is enough, for what is printed" },
    { "which", 0, DVB_OPT_GROUP, AT(which), .group = dvb_set_opts },
    { "ask", 0, DVB_OPT_GROUP, AT(ask), .group = dvb_ask_opts },
    { "prompts", 0, DVB_OPT_STR, AT(prompts), "DIR",
      .help = "Folder with confidence.txt in place of the built-in prompt" },
    { "encode", 0, DVB_OPT_GROUP, AT(encode), .group = dvb_recipe_opts },
    { "sample-fps", 0, DVB_OPT_NUM, AT(sample_fps), "FPS", "2", 0.1, 60,
      .help = "Pictures a second for models that take pictures" },
    { "sample-frames", 0, DVB_OPT_INT, AT(sample_frames), "N", "0", 0, 512,
      .help = "Or so many pictures for a clip, evenly spread; 0: by --sample-fps" },
    { "sample-pixels", 0, DVB_OPT_INT, AT(sample_pixels), "N", "602112", 0, 1e8,
      .help = "Most pixels of such a picture; 0: no limit" },
    { "jpeg-quality", 0, DVB_OPT_INT, AT(jpeg_quality), "Q", "90", 1, 100,
      .help = "JPEG quality of such a picture" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Clips at once; 0: as many as cores" },
    { NULL },
};

static int check(const struct settings *s, struct dvb_err *err)
{
    const struct {
        const char *value, *name;
    } needed[] = { { s->workspace, "workspace" }, { s->model, "model" }, { s->out, "out" } };
    for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
        if (!needed[i].value && (i < 2 || !s->ask.dry_run))
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--%s is needed", needed[i].name);
    return dvb_ask_opts_check(&s->ask, err);
}

static int parse_tiers(const struct dvb_strlist *list, int64_t *tiers, struct dvb_err *err)
{
    if (list->n != DVB_RECAP_TIERS)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--bitrates: found %zu bitrates, expected %d",
                        list->n, DVB_RECAP_TIERS);
    for (size_t i = 0; i < list->n; i++)
        if (!dvb_parse_rate(list->v[i], &tiers[i]) || tiers[i] < 1000 || tiers[i] > 1000000000 ||
            (i && tiers[i] <= tiers[i - 1]))
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--bitrates: found '%s', expected rising bitrates such as 200k, from "
                            "1k to 1000M",
                            list->v[i]);
    return 0;
}

static int fill(const struct dvb_invocation *inv, const struct settings *s,
                struct dvb_confidence_settings *out, struct dvb_err *err)
{
    *out = (struct dvb_confidence_settings){
        .model = s->model,
        .tau = s->tau,
        .set = s->which.set,
        .stage = dvb_set_opts_stage(&s->which),
        .sampling = { .fps = s->sample_frames ? 0 : s->sample_fps,
                      .frames = (int)s->sample_frames,
                      .max_pixels = s->sample_pixels },
        .models_file = s->ask.models_file,
        .prompts = s->prompts,
        .limit = s->which.limit,
        .jobs = (int)s->jobs,
        .ask = dvb_ask_opts_settings(&s->ask),
        .command_line = inv->command_line,
    };
    int ret = parse_tiers(&s->bitrates, out->tiers, err);
    dvb_recipe_default(&out->recipe);
    out->recipe.sample.jpeg_quality = (int)s->jpeg_quality;
    return ret ? ret : dvb_recipe_opts_set(&s->encode, &out->recipe.degraded, err);
}

static void print_share(double v)
{
    if (isfinite(v))
        printf(" %9.1f%%", 100 * v);
    else
        printf(" %10s", "-");
}

static void print_table(const struct dvb_confidence_run *r)
{
    const struct dvb_eval *e = r->e;
    printf("%zu of %zu questions have a confidence at every bitrate\n\n", r->n_whole,
           e->n_questions);
    printf("%10s %10s %10s %10s %10s %10s %10s\n", "tier kbps", "realised", "confidence", ">= tau",
           "right", "if >= tau", "if below");
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        const struct dvb_confidence_tier *t = &r->tiers[c];
        printf("%10g %10.1f", (double)dvb_eval_view(e, c)->bitrate / 1000, t->kbps);
        if (isfinite(t->mean))
            printf(" %10.3f", t->mean);
        else
            printf(" %10s", "-");
        print_share(t->enough);
        print_share(t->right);
        print_share(t->sure);
        print_share(t->unsure);
        putchar('\n');
    }
    printf(
        "\ntau is %g; right: the share of all answers, of those with tau or more, of the others\n",
        r->tau);
    printf("calls: %ld made, %ld from the store, %ld failed\n", e->calls.made, e->calls.cached,
           e->calls.failed);
    dvb_cost_print_spending(e->spending, e->n_spending);
}

/* One of those that hold no confidence; all are in --json. */
static void warn_of_reply(const struct dvb_confidence_run *r)
{
    const struct dvb_eval *e = r->e;
    size_t i = 0, end = e->matrix.n_cells * e->n_questions;
    while (i < end && !r->replies[i])
        i++;
    if (i == end)
        return;
    int64_t bitrate = dvb_eval_view(e, i / e->n_questions)->bitrate;
    char *reply = dvb_cmd_plain(r->replies[i], 100);
    dvb_warn("the first of these replies, at %g kbps: %s", (double)bitrate / 1000, reply);
    free(reply);
}

/* What is not in the file, and which clips are not what their tier says. */
static void warn(const struct dvb_confidence_run *r)
{
    const struct dvb_eval *e = r->e;
    if (e->no_options)
        dvb_warn("not asked: %zu questions that are not multiple choice", e->no_options);
    if (e->no_video)
        dvb_warn("not asked: %zu questions whose video was not found", e->no_video);
    if (r->n_whole < e->n_questions)
        dvb_warn("left out: %zu of %zu questions (replies that could not be read: %zu, refusals: "
                 "%zu, no reply: %zu)",
                 e->n_questions - r->n_whole, e->n_questions, r->n_unparsed, r->n_refused,
                 r->n_errors);
    warn_of_reply(r);
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        if (r->tiers[c].missed)
            dvb_warn("%g kbps: clips that missed the rate: %zu; they count as they are",
                     (double)dvb_eval_view(e, c)->bitrate / 1000, r->tiers[c].missed);
}

static json_t *result_json(const struct dvb_confidence_run *r, const char *out)
{
    json_t *j = dvb_confidence_json(r);
    json_object_set_new(j, "file", r->n_whole ? dvb_json_str(out) : json_null());
    json_object_set_new(j, "spent", dvb_cost_spending_json(r->e->spending, r->e->n_spending));
    return j;
}

/* Nothing that could be read back is no file, and no success. */
static int tell(const struct dvb_invocation *inv, const struct settings *s,
                const struct dvb_confidence_run *r, struct dvb_err *err)
{
    int ret = r->n_whole ? dvb_confidence_write_csv(r, s->out, err) : 0;
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, result_json(r, s->out));
    else
        print_table(r);
    warn(r);
    if (!r->n_whole) {
        dvb_warn("%s is not written: no question has a confidence at every bitrate", s->out);
        *inv->negative = true;
    }
    return 0;
}

static void foretell(const struct dvb_invocation *inv, const struct dvb_eval *e)
{
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:b, s:I, s:s, s:I, s:o, s:o}", "dry_run", 1, "set",
                                         (json_int_t)e->set.id, "stage", dvb_eval_stage(e), "asked",
                                         (json_int_t)e->n_questions, "steps",
                                         dvb_cost_plans_json(&e->plans), "total",
                                         dvb_cost_total_json(&e->plans)));
        return;
    }
    printf("dry run: nothing was sent or written\n%zu %s questions of run %lld at %zu bitrates\n",
           e->n_questions, dvb_eval_stage(e), (long long)e->set.id, e->matrix.n_cells);
    dvb_cost_print_plans(&e->plans);
}

static int ask(const struct dvb_invocation *inv, const struct settings *s,
               const struct dvb_confidence_settings *cs, struct dvb_workspace *ws,
               struct dvb_err *err)
{
    struct dvb_confidence_run *r;
    int ret = dvb_confidence_ask(ws, cs, &r, err);
    if (ret)
        return ret;
    if (s->ask.dry_run)
        foretell(inv, r->e);
    else
        ret = tell(inv, s, r, err);
    if (!ret)
        ret = dvb_ask_opts_verdict(&s->ask, &r->e->calls, r->e->first_missing, r->e->last_failure,
                                   inv->negative, err);
    dvb_confidence_close(&r);
    return ret;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_confidence_settings cs;
    struct dvb_workspace *ws = NULL;
    int ret = check(s, err);
    if (!ret)
        ret = fill(inv, s, &cs, err);
    if (!ret)
        ret = dvb_workspace_check(s->workspace, err);
    if (!ret)
        ret = dvb_ask_opts_open(&s->ask, s->workspace, &ws, err);
    if (!ret)
        ret = ask(inv, s, &cs, ws, err);
    dvb_workspace_close(&ws);
    return ret;
}

static const char *const examples[] = {
    "devibench stream confidence --workspace work --model vllm --out confidence.csv",
    "devibench stream simulate --trace uplink.up --cc gcc --abr recap --confidence confidence.csv",
    NULL,
};

const struct dvb_command dvb_cmd_stream_confidence = {
    .name = "stream confidence",
    .args = "",
    .summary = "Ask a model at each bitrate how sure it is that it sees enough",
    .details =
        "For each multiple-choice question of a build or an imported set, at each of six bitrates, "
        "the model sees what 'eval --strategies uniform' shows at that rate (the same renditions) "
        "and says which option is right and how sure it is, from 0 to 1, that what it sees is "
        "enough to tell. The file has a row for each question with all six, as 'stream simulate "
        "--abr recap' and 'stream figure recap' read it, and beside these whether each answer was "
        "right. A question that lacks one, since a reply could not be read, was refused or not "
        "had, is left out and counted; nothing is guessed. Without any there is no file, and the "
        "exit code is 1.\n\n"
        "The table: mean confidence, the share at tau or above, and how many answers were right in "
        "all, with that confidence and with less: a confidence that means something is higher "
        "where answers are right. Clips that missed a rate count as they are, and are told.\n\n"
        "Other tiers than the published ones go with --bitrates; the file's headings say which, "
        "and the simulation takes them from there.\n\n"
        "Answers are kept in the workspace: the same command finishes what was stopped and asks "
        "nothing twice. One model and one file a run. The OCR baseline (devibench-reader) answers "
        "with the match of its option with what it read.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
