/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd.h"
#include "cmd_ask_opts.h"
#include "cmd_cost.h"
#include "cmd_eval_table.h"
#include "cmd_network.h"
#include "cmd_recipe_opts.h"
#include "cmd_set_opts.h"
#include "eval/present.h"

struct settings {
    const char *workspace, *judge, *prompts, *csv, *protocol, *context, *look_model;
    struct dvb_provider_settings provider;
    int64_t patch;
    struct dvb_strlist models, bitrates, strategies, baselines, network;
    struct dvb_strlist sample_fps, sample_frames, sample_pixels;
    int answers, pairs, history;
    bool exclude_builders, only_met;
    struct dvb_set_opts which;
    struct dvb_ask_opts ask;
    struct dvb_recipe_opts encode;
    int64_t jobs, seed, rounds, jpeg_quality;
    double confidence, power;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR",
      .help = "Folder that 'devibench build' or 'import' made" },
    { "models", 0, DVB_OPT_LIST, AT(models), "MODEL,..", .help = "Models to evaluate" },
    { "bitrates", 'b', DVB_OPT_LIST, AT(bitrates), "RATE,..", "200k,original",
      .help = "Bitrates of the clips; original: as they are" },
    { "strategies", 0, DVB_OPT_LIST, AT(strategies), "NAME,..", "uniform",
      .help = "How clips are streamed at these bitrates: uniform, flat, "
              "context[:PROVIDER[:GAMMA[:OPTION..]]], crop[:PROVIDER[:SHARE[:OPTION..]]], "
              "layers[:PROVIDER[:SHARE[:OPTION..]]], framerate[:FPS][:keyint=N], "
              "wait[:FPS][:keyint=N]" },
    { "network", 0, DVB_OPT_LIST, AT(network), "KEY=VALUE,..",
      .help = "Link that the strategies framerate and wait go over: loss, burst, link, trace, "
              "delay, jitter, reorder, queue, overhead as in 'stream simulate', epsilon, seed; the "
              "words become part of the strategy's name" },
    { "look-model", 0, DVB_OPT_STR, AT(look_model), "MODEL",
      .help = "Whom context:model, crop:model and layers:model ask where to look; without it each "
              "model for itself" },
    { "relevance-models", 0, DVB_OPT_STR, AT(provider.models), "DIR",
      .help = "Folder with the ONNX graphs of the providers clip and text" },
    { "relevance-file", 0, DVB_OPT_STR, AT(provider.file), "FILE",
      .help = "Maps, boxes or gaze points of the provider file, history of past" },
    { "relevance-endpoint", 0, DVB_OPT_STR, AT(provider.endpoint), "ENDPOINT",
      .help =
          "Of the provider embed: FORMAT:MODEL@BASE_URL or FORMAT:PROFILE, FORMAT vllm, jina or "
          "voyage" },
    { "relevance-patch", 0, DVB_OPT_INT, AT(patch), "PIXELS", "0", 0, DVB_PATCH_MOST,
      .help = "Side of a patch; 0: the provider's own" },
    { "baselines", 0, DVB_OPT_LIST, AT(baselines), "NAME,..",
      .help = "Also ask without the video as it is: letter, blind, frame, shuffled, black" },
    { "answers", 0, DVB_OPT_CHOICE, AT(answers), "KIND", "choice", .choices = dvb_answers_names,
      .help = "Multiple choice, or free words that a judge compares with the right answer" },
    { "judge", 0, DVB_OPT_STR, AT(judge), "MODEL", .help = "Model that judges free answers" },
    { "protocol", 0, DVB_OPT_STR, AT(protocol), "NAME", "devibench",
      .help = "devibench: every question once, about its own clip; streamingbench: at its time "
              "stamp, about the video up to there" },
    { "context", 0, DVB_OPT_STR, AT(context), "SECONDS",
      .help = "Of video before the time stamp, or all; 60 if not given" },
    { "history", 0, DVB_OPT_CHOICE, AT(history), "WHAT", "answers", .choices = dvb_history_names,
      .help = "Before a question of a series: the earlier ones with the right answers, with the "
              "model's own, or none" },
    { "which", 0, DVB_OPT_GROUP, AT(which), .group = dvb_set_opts },
    { "exclude-builders", 0, DVB_OPT_FLAG, AT(exclude_builders),
      .help = "Do not ask a model the questions that it had a part in making" },
    { "only-met", 0, DVB_OPT_FLAG, AT(only_met),
      .help = "Leave out what is asked about a clip that missed its bitrate: strategies are then "
              "compared where both met it" },
    { "csv", 0, DVB_OPT_STR, AT(csv), "FILE", .help = "Write every result as a row of this file" },
    { "pairs", 0, DVB_OPT_CHOICE, AT(pairs), "WHICH", "related", .choices = dvb_pairs_names,
      .help = "Cells to compare: those that share the model or what is shown, all, or none" },
    { "confidence", 0, DVB_OPT_NUM, AT(confidence), "SHARE", "0.95", 0.5, 0.9999,
      .help = "Of the intervals" },
    { "power", 0, DVB_OPT_NUM, AT(power), "SHARE", "0.8", 0.5, 0.9999,
      .help = "Probability with which the detectable difference would be found" },
    { "rounds", 0, DVB_OPT_INT, AT(rounds), "N", "10000", 100, DVB_STATS_MAX_ROUNDS,
      .help = "Rounds of the bootstrap" },
    { "ask", 0, DVB_OPT_GROUP, AT(ask), .group = dvb_ask_opts },
    { "prompts", 0, DVB_OPT_STR, AT(prompts), "DIR",
      .help = "Folder with answer.txt, blind.txt, free.txt, free_blind.txt, judge.txt, regions.txt "
              "in place "
              "of the built-in prompts; stream_*.txt for --protocol streamingbench" },
    { "encode", 0, DVB_OPT_GROUP, AT(encode), .group = dvb_recipe_opts },
    { "sample-fps", 0, DVB_OPT_LIST, AT(sample_fps), "FPS,..",
      .help = "Pictures a second for models that take pictures; 2 if neither this nor "
              "--sample-frames is given" },
    { "sample-frames", 0, DVB_OPT_LIST, AT(sample_frames), "N,..",
      .help = "Pictures for a clip, evenly spread" },
    { "sample-pixels", 0, DVB_OPT_LIST, AT(sample_pixels), "N,..", "602112",
      .help = "Most pixels of such a picture; 0: no limit" },
    { "jpeg-quality", 0, DVB_OPT_INT, AT(jpeg_quality), "Q", "90", 1, 100,
      .help = "JPEG quality of such a picture" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Clips at once; 0: as many as cores" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15,
      .help = "Seed of the bootstrap, of shuffled pictures and of the provider random" },
    { NULL },
};

static int set_recipe(struct dvb_recipe *r, const struct settings *s, struct dvb_err *err)
{
    dvb_recipe_default(r);
    r->sample.jpeg_quality = (int)s->jpeg_quality;
    return dvb_recipe_opts_set(&s->encode, &r->degraded, err);
}

/* What the lists are parsed into. */
struct parsed {
    const struct dvb_protocol *protocol;
    int64_t context_ms;
    int64_t *bitrates;
    struct dvb_sampling *samplings;
    size_t n_samplings;
    struct dvb_cmd_network network;
};

static int parse_bitrates(const struct dvb_strlist *list, int64_t *out, struct dvb_err *err)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!strcmp(list->v[i], "original"))
            out[i] = 0;
        else if (!dvb_parse_rate(list->v[i], &out[i]) || out[i] < 1000 || out[i] > 1000000000)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--bitrates: found '%s', expected bitrates such as 200k, from 1k to "
                            "1000M, or original",
                            list->v[i]);
    }
    return 0;
}

static int parse_number(const char *option, const char *text, double min, double max, bool whole,
                        double *out, struct dvb_err *err)
{
    int64_t n;
    bool good = whole ? dvb_parse_int(text, &n) : dvb_parse_num(text, out);
    if (good && whole)
        *out = (double)n;
    if (!good || *out < min || *out > max)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "%s: found '%s', expected %snumbers from %g to %g", option, text,
                        whole ? "whole " : "", min, max);
    return 0;
}

/* Rates, then numbers of pictures, each with every size. */
static int parse_samplings(const struct settings *s, struct parsed *p, struct dvb_err *err)
{
    size_t n = s->sample_fps.n + s->sample_frames.n, sizes = s->sample_pixels.n;
    p->samplings = dvb_calloc((n ? n : 1) * sizes, sizeof(*p->samplings));
    for (size_t i = 0; i < (n ? n : 1); i++)
        for (size_t k = 0; k < sizes; k++) {
            struct dvb_sampling *out = &p->samplings[p->n_samplings++];
            double fps = n ? 0 : 2, frames = 0, pixels;
            int ret = parse_number("--sample-pixels", s->sample_pixels.v[k], 0, 1e8, true, &pixels,
                                   err);
            if (!ret && i < s->sample_fps.n)
                ret = parse_number("--sample-fps", s->sample_fps.v[i], 0.1, 60, false, &fps, err);
            else if (!ret && n)
                ret = parse_number("--sample-frames", s->sample_frames.v[i - s->sample_fps.n], 1,
                                   512, true, &frames, err);
            if (ret)
                return ret;
            *out = (struct dvb_sampling){ .fps = fps,
                                          .frames = (int)frames,
                                          .max_pixels = (int64_t)pixels };
        }
    return 0;
}

static int parse_protocol(const struct settings *s, struct parsed *p, struct dvb_err *err)
{
    double seconds = 60;
    int ret = dvb_protocol_find(s->protocol, &p->protocol, err);
    if (ret)
        return ret;
    if (!p->protocol->timed && (s->context || s->history != DVB_HISTORY_ANSWERS))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--%s is for --protocol streamingbench",
                        s->context ? "context" : "history");
    if (p->protocol->timed && s->only_met)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--only-met is for --protocol devibench");
    if (p->protocol->choice_only && s->answers != DVB_ANSWERS_CHOICE)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--protocol %s is for --answers choice",
                        p->protocol->name);
    if (s->context && strcmp(s->context, "all"))
        ret = parse_number("--context", s->context, 1, 1e6, false, &seconds, err);
    p->context_ms = s->context && !strcmp(s->context, "all") ? 0 : llround(seconds * 1000);
    return ret;
}

/* Wrong words are told even where nothing would go over the link. */
static int parse_network(const struct settings *s, struct parsed *p, struct dvb_err *err)
{
    bool used = false;
    if (!s->network.n)
        return 0;
    for (size_t i = 0; i < s->strategies.n; i++) {
        const char *name = s->strategies.v[i];
        size_t len = strcspn(name, ":");
        used |= (len == 4 && !strncmp(name, "wait", len)) ||
                (len == 9 && !strncmp(name, "framerate", len));
    }
    if (!used)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--network is for --strategies framerate and wait");
    return dvb_cmd_network_parse(&s->network, &p->network, err);
}

static int check(const struct settings *s, struct dvb_err *err)
{
    if (!s->workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--workspace is needed");
    if (!s->models.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--models is needed: at least one model");
    if (s->answers == DVB_ANSWERS_FREE && !s->judge)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--judge is needed for --answers free: a model that compares answers");
    if (s->answers == DVB_ANSWERS_CHOICE && s->judge)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--judge is for --answers free");
    return dvb_ask_opts_check(&s->ask, err);
}

static void fill(const struct dvb_invocation *inv, const struct settings *s, const struct parsed *p,
                 struct dvb_eval_settings *out)
{
    out->set = s->which.set;
    out->stage = dvb_set_opts_stage(&s->which);
    out->models = &s->models;
    out->strategies = &s->strategies;
    out->baselines = &s->baselines;
    out->bitrates = p->bitrates;
    out->n_bitrates = s->bitrates.n;
    out->samplings = p->samplings;
    out->n_samplings = p->n_samplings;
    out->answers = (enum dvb_answers)s->answers;
    out->protocol = p->protocol;
    out->protocol_settings = (struct dvb_protocol_settings){
        .context_ms = p->context_ms, .history = (enum dvb_history)s->history
    };
    out->judge = s->judge;
    out->models_file = s->ask.models_file;
    out->look_model = s->look_model;
    out->strategy.provider = s->provider;
    out->strategy.provider.models_file = s->ask.models_file;
    out->strategy.provider.patch = (int)s->patch;
    out->strategy.network = s->network.n ? &p->network.call : NULL;
    out->strategy.provider.seed = (uint64_t)s->seed;
    out->prompts = s->prompts;
    out->exclude_builders = s->exclude_builders;
    out->only_met = s->only_met;
    out->limit = s->which.limit;
    out->jobs = (int)s->jobs;
    out->pairs = (enum dvb_pairs)s->pairs;
    dvb_stats_settings_default(&out->stats);
    out->stats.confidence = s->confidence;
    out->stats.power = s->power;
    out->stats.rounds = (int)s->rounds;
    out->stats.seed = (uint64_t)s->seed;
    out->ask = dvb_ask_opts_settings(&s->ask);
    out->command_line = inv->command_line;
}

static json_t *result_json(const struct dvb_eval *e)
{
    json_t *j = dvb_eval_json(e);
    json_object_set_new(j, "spent", dvb_cost_spending_json(e->spending, e->n_spending));
    return j;
}

static json_t *plan_json(const struct dvb_eval *e)
{
    return dvb_json_pack("{s:b, s:I, s:s, s:I, s:I, s:o, s:o}", "dry_run", 1, "set",
                         (json_int_t)e->set.id, "stage", dvb_eval_stage(e), "questions_asked",
                         (json_int_t)e->n_questions, "cells", (json_int_t)e->matrix.n_cells,
                         "steps", dvb_cost_plans_json(&e->plans), "total",
                         dvb_cost_total_json(&e->plans));
}

static void print_plan(const struct dvb_eval *e)
{
    printf("dry run: nothing was sent or written\n%zu %s questions of run %lld in %zu cells\n",
           e->n_questions, dvb_eval_stage(e), (long long)e->set.id, e->matrix.n_cells);
    dvb_cost_print_plans(&e->plans);
}

static int eval(const struct dvb_invocation *inv, const struct settings *s,
                const struct dvb_eval_settings *es, struct dvb_workspace *ws, struct dvb_err *err)
{
    struct dvb_eval *e;
    int ret = dvb_eval_run(ws, es, &e, err);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, s->ask.dry_run ? plan_json(e) : result_json(e));
    else
        (s->ask.dry_run ? print_plan : dvb_cmd_print_eval)(e);
    if (s->csv && !s->ask.dry_run)
        ret = dvb_eval_write_csv(e, s->csv, err);
    if (!ret)
        ret = dvb_ask_opts_verdict(&s->ask, &e->calls, e->first_missing, e->last_failure,
                                   inv->negative, err);
    dvb_eval_close(&e);
    return ret;
}

static int open_and_eval(const struct dvb_invocation *inv, const struct settings *s,
                         const struct dvb_eval_settings *es, struct dvb_err *err)
{
    struct dvb_workspace *ws = NULL;
    int ret = dvb_workspace_check(s->workspace,
                                  err); /* a folder that is none is not made into one */
    if (!ret)
        ret = dvb_ask_opts_open(&s->ask, s->workspace, &ws, err);
    if (!ret)
        ret = eval(inv, s, es, ws, err);
    dvb_workspace_close(&ws);
    return ret;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    struct dvb_eval_settings es = { 0 };
    struct parsed p = { .bitrates = dvb_calloc(s->bitrates.n + 1, sizeof(*p.bitrates)) };
    int ret = check(s, err);
    if (!ret)
        ret = parse_bitrates(&s->bitrates, p.bitrates, err);
    if (!ret)
        ret = parse_protocol(s, &p, err);
    if (!ret)
        ret = parse_samplings(s, &p, err);
    if (!ret)
        ret = parse_network(s, &p, err);
    if (!ret)
        ret = set_recipe(&es.recipe, s, err);
    if (!ret) {
        fill(inv, s, &p, &es);
        ret = open_and_eval(inv, s, &es, err);
    }
    free(p.bitrates);
    free(p.samplings);
    dvb_cmd_network_release(&p.network);
    return ret;
}

static const char *const examples[] = {
    "devibench eval --workspace work --models gpt-6-luna,vllm \\\n"
    "      --bitrates 200k,400k,600k,original --baselines letter,blind,frame",
    "devibench eval --workspace work --models vllm --bitrates 400k \\\n"
    "      --strategies uniform,framerate,wait,wait:2 --network loss=0.05,delay=30ms,link=10M",
    "devibench eval --workspace work --models vllm --answers free --judge gpt-6-luna --json",
    NULL,
};

const struct dvb_command dvb_cmd_eval = {
    .name = "eval",
    .args = "",
    .summary = "Ask models a set's questions at several bitrates, and say how sure that is",
    .details =
        "Every question of a build or an imported set is put to every model, about its clip at "
        "every bitrate. "
        "Accuracy has standard errors clustered by source video; 'lost' is the share of questions "
        "that are right on the original and wrong at the bitrate. Failed calls are no part of any "
        "figure and are listed; refusals and replies without a choice count as not right and are "
        "shown. A star marks models that had a part in making the questions.\n\n"
        "Baselines: letter is the constant letter that this set rewards most, blind the question "
        "alone, frame the middle picture, shuffled the pictures in random order, black pictures "
        "of the same size and number without content.\n\n"
        "Strategies: uniform leaves it to x264 where the bits go, flat has one quantiser for all "
        "of a "
        "frame, context moves bits to where the question looks, at the same rate and by the same "
        "search. context:PROVIDER[:GAMMA[:OPTION..]]: PROVIDER is model (a model is asked for "
        "boxes "
        "twice a second, which are used 1.5 s later) or one of 'devibench relevance'; GAMMA is "
        "that "
        "of QP = 51 * (1 - ((rho + 1) / 2)^gamma), 3 if not given: higher is narrower. Options: "
        "plain, stretched, box (how offsets follow from it), original or received (what the model "
        "looks at: the sender's frames, or what has arrived), rounds=N, lead=hold|flat (before the "
        "first look is used, its boxes, as if the call had been going on, or nothing: hold with "
        "original, flat with received), smooth=SECONDS, fps=LOOKS, "
        "size=ladder|source|WxH, which uniform and flat take too.\n\n"
        "crop and layers keep one region of the clip, the one with the highest mean relevance, of "
        "SHARE of the picture's area (0.25 if not given; PROVIDER: detail). crop spares tokens: of "
        "the uniform stream the model sees the region and, below it, the whole picture at a fifth "
        "of its width, within --sample-pixels. layers spares bits: the model sees the base of a "
        "stream in two layers, the region alone, which has all of the bitrate; what the rest would "
        "take at the same quality is told beside it. They take fps=, size= and, with model, "
        "original, received and lead= (layers: not received).\n\n"
        "Over a link (--network loss=0.05,delay=30ms,link=10M): framerate has the frame rate of "
        "equation 5 for the loss and the model's sampling rate, unless one is given, sends nothing "
        "again, and shows the newest frame that could be decoded when the one wanted would have "
        "arrived without loss; if there is none yet, black. Its frames are all intra frames, as "
        "the equation supposes; keyint=N takes others, and what a loss then makes undecodable is "
        "not shown. wait (30 fps) sends lost packets again and shows the frame wanted when it is "
        "there. The packets are those of the encode that the model sees; every clip is a call of "
        "its own. 'age ms' is the mean time from the capture of what was shown to when it was; "
        "--json has its 95th percentile, the stall and how often another frame or none was shown. "
        "burst=N is the mean length of a run of losses, which equation 5 does not know of.\n\n"
        "Free answers (--answers free) are compared with the right one by a judge, which explains "
        "and then says Correct or Incorrect; its reply is kept. An answer on which it does not "
        "decide is no part of any figure.\n\n"
        "--protocol streamingbench asks at the time stamps of StreamingBench's questions, about "
        "the "
        "video before them (--context), which may be cut and encoded like any clip. Earlier "
        "questions of a series stand before a question with the right answers. Proactive "
        "questions are put every second, from one after the request to four after the output is "
        "due; they are right when the output comes within 2 seconds of that and holds what was "
        "asked for. 'published' is the accuracy by the benchmark's own scorer, from the same "
        "replies: the first character is the answer, empty replies are left out.\n\n"
        "Differences are between cells that share the model or what is shown: clustered interval, "
        "exact McNemar, bootstrap over videos, and that adjusted after Holm over all pairs of the "
        "run; detectable is the least true difference that this many questions would show. Bitrate "
        "saved "
        "is over the accuracies that two strategies' curves have in common.\n\n"
        "The same command again asks only what has no answer yet. --refresh, --offline, --batch, "
        "--dry-run and --max-cost are those of build.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
