/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd.h"
#include "cmd_ask_opts.h"
#include "cmd_cost.h"
#include "cmd_recipe_opts.h"
#include "pipeline/build.h"
#include "workspace/published.h"

struct settings {
    struct dvb_strlist videos;
    const char *workspace, *generator, *filter, *verifier, *prompts;
    bool allow_same_model;
    struct dvb_ask_opts ask;
    int64_t bitrate;
    struct dvb_recipe_opts encode;
    int64_t pair_pixels, sample_pixels, jpeg_quality;
    double sample_fps;
    double segment, every, first;
    int64_t limit, questions, jobs, seed;
    int until;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "PATH",
      .help = "Folders, video files, or manifests (.txt, .list, .jsonl)" },
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR",
      .help = "Folder that keeps everything; made if missing" },
    { "generator", 0, DVB_OPT_STR, AT(generator), "MODEL", .help = "Model that writes questions" },
    { "filter", 0, DVB_OPT_STR, AT(filter), "MODEL",
      .help = "Model that answers on original and degraded; the generator if not given" },
    { "verifier", 0, DVB_OPT_STR, AT(verifier), "MODEL",
      .help = "Another model, which must agree on the original" },
    { "allow-same-model", 0, DVB_OPT_FLAG, AT(allow_same_model),
      .help = "Let the verifier be the generator's or filter's model" },
    { "ask", 0, DVB_OPT_GROUP, AT(ask), .group = dvb_ask_opts },
    { "prompts", 0, DVB_OPT_STR, AT(prompts), "DIR",
      .help = "Folder with generate.txt, answer.txt in place of the built-in prompts" },
    { "bitrate", 'b', DVB_OPT_RATE, AT(bitrate), "RATE", "200k", 1e3, 1e9,
      .help = "Bitrate of the degraded clips" },
    { "segment", 0, DVB_OPT_NUM, AT(segment), "SECONDS", "5", 0.5, 600,
      .help = "Length of a clip" },
    { "every", 0, DVB_OPT_NUM, AT(every), "SECONDS", "10", 0.5, 86400,
      .help = "From one clip's start to the next one's" },
    { "first", 0, DVB_OPT_NUM, AT(first), "SECONDS", "0", 0, 86400,
      .help = "Start of the first clip" },
    { "limit", 0, DVB_OPT_INT, AT(limit), "N", "0", 0, 1e9,
      .help = "At most so many clips in all; 0: no limit" },
    { "questions", 0, DVB_OPT_INT, AT(questions), "N", "10", 1, 100,
      .help = "At most so many questions a clip" },
    { "encode", 0, DVB_OPT_GROUP, AT(encode), .group = dvb_recipe_opts },
    { "pair-pixels", 0, DVB_OPT_INT, AT(pair_pixels), "N", "602112", 0, 1e8,
      .help = "Most pixels of a side-by-side picture; 0: both halves at the source's size" },
    { "sample-fps", 0, DVB_OPT_NUM, AT(sample_fps), "FPS", "2", 0.1, 60,
      .help = "Pictures a second for models that take pictures" },
    { "sample-pixels", 0, DVB_OPT_INT, AT(sample_pixels), "N", "602112", 0, 1e8,
      .help = "Most pixels of such a picture; 0: no limit" },
    { "jpeg-quality", 0, DVB_OPT_INT, AT(jpeg_quality), "Q", "90", 1, 100,
      .help = "JPEG quality of such a picture" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Clips at once; 0: as many as cores" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Seed of the options' order" },
    { "until", 0, DVB_OPT_CHOICE, AT(until), "STEP", "verify", .choices = dvb_step_names,
      .help = "Last step to do" },
    { NULL },
};

static int set_recipe(struct dvb_recipe *r, const struct settings *s, struct dvb_err *err)
{
    dvb_recipe_default(r);
    r->degraded.bitrate = s->bitrate;
    r->pair_max_pixels = s->pair_pixels;
    r->sample = (struct dvb_sample_recipe){ .fps = s->sample_fps,
                                            .max_pixels = s->sample_pixels,
                                            .jpeg_quality = (int)s->jpeg_quality };
    return dvb_recipe_opts_set(&s->encode, &r->degraded, err);
}

static double share(long part, long whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* The three rates, each of what is decided. */
static double accepted_rate(const struct dvb_build_result *r)
{
    return share(r->accepted, r->generated - r->undecided.filter);
}

static double verified_rate(const struct dvb_build_result *r)
{
    return share(r->verified, r->accepted - r->undecided.verify);
}

static double valid_rate(const struct dvb_build_result *r)
{
    return share(r->verified, r->generated - r->undecided.filter - r->undecided.verify);
}

static json_t *refused_json(const struct dvb_build_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_refused; i++)
        json_array_append_new(list,
                              dvb_json_pack("{s:o, s:o}", "name", dvb_json_str(r->refused[i].name),
                                            "reason", dvb_json_str(r->refused[i].reason)));
    return list;
}

static json_t *result_json(const struct dvb_build_result *r)
{
    json_t *rates = dvb_json_pack("{s:f, s:f, s:f}", "accepted", accepted_rate(r), "verified",
                                  verified_rate(r), "valid", valid_rate(r));
    json_t *published = dvb_json_pack("{s:f, s:f, s:f}", "accepted", DVB_PUBLISHED_ACCEPTED,
                                      "verified", DVB_PUBLISHED_VERIFIED, "valid",
                                      DVB_PUBLISHED_VALID);
    json_t *letters = dvb_json_pack("{s:i, s:i, s:i, s:i}", "A", (int)r->letters[0], "B",
                                    (int)r->letters[1], "C", (int)r->letters[2], "D",
                                    (int)r->letters[3]);
    json_t *calls = dvb_json_pack("{s:i, s:i, s:i, s:i, s:i}", "made", (int)r->calls.made, "cached",
                                  (int)r->calls.cached, "failed", (int)r->calls.failed, "missing",
                                  (int)r->calls.missing, "unasked", (int)r->calls.unasked);
    json_t *undecided = dvb_json_pack("{s:i, s:i}", "filter", (int)r->undecided.filter, "verify",
                                      (int)r->undecided.verify);
    return dvb_json_pack(
        "{s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:O, s:O, s:i, s:o, s:o, "
        "s:f, s:o}",
        "run", (json_int_t)r->run, "videos", (int)r->videos, "segments", (int)r->segments,
        "renditions_made", (int)r->renditions_made, "rates_missed", (int)r->rates_missed,
        "generated", (int)r->generated, "accepted", (int)r->accepted, "verified", (int)r->verified,
        "undecided", undecided, "rates", rates, "published", published, "letters", letters,
        "dropped", r->dropped, "no_choice", r->answers, "clips_unparsed", (int)r->clips_unparsed,
        "refused", refused_json(r), "calls", calls, "cost_usd", r->calls.cost_usd, "spending",
        dvb_cost_spending_json(r->spending, r->n_spending));
}

static void print_stage(const char *name, long n, double rate, const char *of,
                        const char *published)
{
    printf("%-11s %6ld", name, n);
    if (of)
        printf("   %5.1f%% of %-10s (published %s)", 100 * rate, of, published);
    putchar('\n');
}

static void print_tally(const char *title, const json_t *tally)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)tally, key, value)
    {
        char *text = dvb_json_canon(value);
        printf("%s%s: %s\n", title, key, text);
        free(text);
    }
}

static void print_result(const struct dvb_build_result *r, enum dvb_step until)
{
    printf("videos      %6ld\nsegments    %6ld\n", r->videos, r->segments);
    if (r->n_refused)
        printf("left out    %6zu\n", r->n_refused);
    if (until >= DVB_STEP_PREPROCESS && r->rates_missed)
        printf("rate missed %6ld   (content needs less, or cannot go so low)\n", r->rates_missed);
    if (until >= DVB_STEP_GENERATE)
        print_stage("generated", r->generated, 0, NULL, NULL);
    if (until >= DVB_STEP_FILTER)
        print_stage("accepted", r->accepted, accepted_rate(r), "generated", "25.2%");
    if (until >= DVB_STEP_VERIFY) {
        print_stage("verified", r->verified, verified_rate(r), "accepted", "57.7%");
        print_stage("valid", r->verified, valid_rate(r), "generated", "14.6%");
        printf("letters     A %ld  B %ld  C %ld  D %ld\n", r->letters[0], r->letters[1],
               r->letters[2], r->letters[3]);
    }
    if (r->undecided.filter || r->undecided.verify)
        printf("undecided   %6ld   in filter, %ld in verify: %s; no part of the rates\n",
               r->undecided.filter, r->undecided.verify,
               r->calls.missing   ? "answers are missing"
               : r->calls.unasked ? "not all was asked"
                                  : "calls failed");
    if (r->clips_unparsed)
        printf("unparsed    %6ld   clips for which the generator gave no question list\n",
               r->clips_unparsed);
    print_tally("dropped: ", r->dropped);
    print_tally("no choice: ", r->answers);
    printf("calls       %ld made, %ld from the store, %ld failed; %.4f USD\n", r->calls.made,
           r->calls.cached, r->calls.failed, r->calls.cost_usd);
    if (r->calls.missing)
        printf("missing     %6ld   answers that the store does not have\n", r->calls.missing);
    dvb_cost_print_spending(r->spending, r->n_spending);
}

static json_t *plan_json(const struct dvb_build_result *r)
{
    const struct dvb_assumptions *a = &r->assumed;
    json_t *assumed = dvb_json_pack(
        "{s:f, s:s, s:f, s:s, s:f}", "questions_per_clip", a->per_clip, "questions_per_clip_from",
        a->per_clip_observed ? "this workspace" : "--questions", "accepted", a->accepted,
        "accepted_from", a->accepted_observed ? "this workspace" : "published", "input_margin",
        DVB_INPUT_MARGIN);
    return dvb_json_pack("{s:b, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "dry_run", 1, "videos",
                         (int)r->videos, "segments", (int)r->segments, "generated",
                         (int)r->generated, "steps", dvb_cost_plans_json(&r->plans), "total",
                         dvb_cost_total_json(&r->plans), "assumed", assumed, "refused",
                         refused_json(r));
}

static void print_plan(const struct dvb_build_result *r, enum dvb_step until)
{
    const struct dvb_assumptions *a = &r->assumed;
    printf("dry run: nothing was sent or written\nvideos      %6ld\nsegments    %6ld\n", r->videos,
           r->segments);
    if (r->n_refused)
        printf("left out    %6zu\n", r->n_refused);
    if (until < DVB_STEP_GENERATE)
        return;
    dvb_cost_print_plans(&r->plans);
    if (until >= DVB_STEP_FILTER)
        printf("assumed: %.4g questions a clip (%s)", a->per_clip,
               a->per_clip_observed ? "as in the clips that are done" : "the most, --questions");
    if (until >= DVB_STEP_VERIFY)
        printf(", %.1f%% of them accepted (%s)", 100 * a->accepted,
               a->accepted_observed ? "as so far" : "as published");
    if (until >= DVB_STEP_FILTER)
        putchar('\n');
    printf("at most: all questions that may be written, all accepted; max_tokens of output, "
           "%g times the tokens in\n",
           DVB_INPUT_MARGIN);
}

static int check(const struct settings *s, struct dvb_err *err)
{
    const char *missing = !s->videos.n ? "--videos" : !s->workspace ? "--workspace" : NULL;
    if (missing)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s is needed", missing);
    return dvb_ask_opts_check(&s->ask, err);
}

static int build(const struct dvb_invocation *inv, const struct settings *s,
                 struct dvb_workspace *ws, struct dvb_err *err)
{
    const struct dvb_asker_settings ask = dvb_ask_opts_settings(&s->ask);
    struct dvb_build_settings b = {
        .videos = &s->videos,
        .generator = s->generator,
        .filter = s->filter,
        .verifier = s->verifier,
        .models_file = s->ask.models_file,
        .prompts = s->prompts,
        .allow_same_model = s->allow_same_model,
        .segment = s->segment,
        .every = s->every,
        .first = s->first,
        .limit = s->limit,
        .max_questions = s->questions,
        .jobs = (int)s->jobs,
        .seed = s->seed,
        .ask = ask.mode,
        .batch = ask.batch,
        .batches = ask.batches,
        .max_cost_usd = ask.max_cost_usd,
        .until = (enum dvb_step)s->until,
        .command_line = inv->command_line,
    };
    struct dvb_build_result r;
    int ret = set_recipe(&b.recipe, s, err);
    if (ret)
        return ret;
    ret = dvb_build(ws, &b, &r, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, s->ask.dry_run ? plan_json(&r) : result_json(&r));
    else if (!ret)
        (s->ask.dry_run ? print_plan : print_result)(&r, b.until);
    if (!ret)
        ret = dvb_ask_opts_verdict(&s->ask, &r.calls, r.first_missing, r.last_failure,
                                   inv->negative, err);
    dvb_build_result_release(&r);
    return ret;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_workspace *ws = NULL;
    int ret = check(s, err);
    if (!ret)
        ret = dvb_ask_opts_open(&s->ask, s->workspace, &ws, err);
    if (!ret)
        ret = build(inv, s, ws, err);
    dvb_workspace_close(&ws);
    return ret;
}

static const char *const examples[] = {
    "devibench build --videos clips/ --workspace work \\\n"
    "      --generator openai:MODEL@https://HOST/v1 --verifier openai:OTHER@https://HOST/v1",
    "devibench build --videos StreamingBench/ --workspace work --until preprocess",
    NULL,
};

const struct dvb_command dvb_cmd_build = {
    .name = "build",
    .args = "",
    .summary = "Make a quality-sensitive question set from videos",
    .details =
        "Five steps: collect finds and probes the videos; preprocess encodes each clip at the "
        "bitrate and puts original and degraded side by side; generate has a model write "
        "questions that only the original answers; filter keeps those that are right on the "
        "original and wrong on the degraded clip; verify keeps those on which another model "
        "agrees.\n\n"
        "A model is a profile's name (devibench models) or openai:NAME@BASE_URL. Everything is "
        "kept in the workspace: the same command again finishes what was interrupted, asks "
        "failed calls again, and repeats nothing that is done.\n\n"
        "--refresh asks every question of this run again, once. A new answer takes the older one's "
        "place when it is in; the older one stays in the store for the runs that rest on it. After "
        "a --refresh that was interrupted, the command without it uses what has come so far.\n\n"
        "--batch hands the questions of a step to the service as batches and waits for them, a day "
        "at most. Ctrl-C, or a kill, leaves them at the service: the same command finds them "
        "there and goes on, and pays for nothing twice. What failed or expired goes into another "
        "batch. OpenAI, Anthropic and Gemini have batches, as do services that are compatible with "
        "OpenAI's; a profile with \"batch\": false is asked directly. --cancel-batches gives "
        "up.\n\n"
        "--offline takes every answer from the store, such as from 'devibench import --format "
        "calls': it repeats a run on the same videos without keys and without a network. Models "
        "that no profile names are looked up in the workspace. What is missing is counted, "
        "the first of it is named, and the exit code is 3.\n\n"
        "--dry-run probes the videos and takes from the workspace what it has; of the rest it says "
        "how many questions would be sent, their tokens by the services' formulas, and their "
        "price, expected and at most. What cannot be known yet (how many questions a clip gives, "
        "how many are accepted) is taken from the workspace's own counts or, without any, from "
        "--questions and the published rate; it says so.\n\n"
        "--max-cost sends a question only if what this run has spent, the most that the questions "
        "on their way may cost and the most that this one may cost stay within it: 1.25 times the "
        "predicted tokens in, max_tokens out. So it may stop well before the limit where "
        "max_tokens is high. Requests that failed without a usage report count as free, as do "
        "models without prices. Questions on their way are waited for and kept; the exit code is "
        "1; the same command goes on with a limit of its own. Prices are the profile's.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
