/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pipeline/build.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/steps.h"
#include "workspace/choice.h"
#include "workspace/prompt.h"
#include "workspace/run.h"

const char *const dvb_step_names[DVB_STEPS + 1] = { "collect", "preprocess", "generate",
                                                    "filter",  "verify",     NULL };

static int (*const steps[DVB_STEPS])(struct dvb_build *, struct dvb_err *) = {
    [DVB_STEP_COLLECT] = dvb_step_collect,   [DVB_STEP_PREPROCESS] = dvb_step_preprocess,
    [DVB_STEP_GENERATE] = dvb_step_generate, [DVB_STEP_FILTER] = dvb_step_filter,
    [DVB_STEP_VERIFY] = dvb_step_verify,
};

void dvb_build_refuse(struct dvb_build *b, const char *name, const char *reason)
{
    struct dvb_build_result *r = b->result;
    dvb_warn("left out: %s: %s", name, reason);
    r->refused = dvb_realloc(r->refused, r->n_refused + 1, sizeof(*r->refused));
    r->refused[r->n_refused++] = (struct dvb_refusal){ .name = dvb_strdup(name),
                                                       .reason = dvb_strdup(reason) };
}

static int compare_segments(const void *a, const void *b)
{
    const struct dvb_work *const *x = a, *const *y = b;
    return ((*x)->segment.id > (*y)->segment.id) - ((*x)->segment.id < (*y)->segment.id);
}

static void index_segments(struct dvb_build *b)
{
    b->by_segment = dvb_calloc(b->n_work, sizeof(*b->by_segment));
    for (size_t i = 0; i < b->n_work; i++)
        b->by_segment[i] = &b->work[i];
    qsort(b->by_segment, b->n_work, sizeof(*b->by_segment), compare_segments);
}

const struct dvb_work *dvb_build_find(const struct dvb_build *b, int64_t segment)
{
    const struct dvb_work wanted = { .segment = { .id = segment } }, *key = &wanted;
    const struct dvb_work **hit = bsearch(&key, b->by_segment, b->n_work, sizeof(key),
                                          compare_segments);
    return hit ? *hit : NULL;
}

/* Two names for one model at one place are the same model. */
static bool same_model(const struct dvb_used_model *a, const struct dvb_used_model *b)
{
    return !strcmp(a->profile->model, b->profile->model) &&
           !strcmp(a->profile->base_url, b->profile->base_url);
}

static int find_models(struct dvb_build *b, struct dvb_err *err)
{
    const struct dvb_build_settings *s = b->settings;
    const struct {
        enum dvb_step step;
        const char *option, *name;
        const struct dvb_used_model **model;
    } wanted[] = {
        { DVB_STEP_GENERATE, "--generator", s->generator, &b->generator },
        { DVB_STEP_FILTER, "--filter", s->filter ? s->filter : s->generator, &b->filter },
        { DVB_STEP_VERIFY, "--verifier", s->verifier, &b->verifier },
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && wanted[i].step <= s->until; i++) {
        if (!wanted[i].name)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: expected a model for step %s",
                            wanted[i].option, dvb_step_names[wanted[i].step]);
        int ret = dvb_asker_model(b->asker, wanted[i].name, s->models_file, wanted[i].model, err);
        if (ret)
            return ret;
    }
    if (b->verifier && !s->allow_same_model &&
        (same_model(b->verifier, b->generator) || same_model(b->verifier, b->filter)))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--verifier: found '%s', expected another model than generator and filter "
                        "(or --allow-same-model)",
                        s->verifier);
    return 0;
}

static json_t *name_or_null(const struct dvb_used_model *m)
{
    return dvb_json_str(m ? m->profile->name : NULL);
}

static int load_prompts(struct dvb_build *b, struct dvb_err *err)
{
    static const char *const none[] = { NULL };
    static const char *const clip[] = { "length", "max_questions", "media", NULL };
    const char *dir = b->settings->prompts;
    int ret = dvb_prompt_load(dir, "generate", none, clip, &b->generate_prompt, err);
    return ret ? ret
               : dvb_prompt_load(dir, "answer", dvb_choice_slots, none, &b->answer_prompt, err);
}

static json_t *hash_json(const char *text)
{
    char hex[DVB_HASH_LEN + 1];
    dvb_hash_of_str(text, hex);
    return json_string(hex);
}

/* What the results depend on; the command line is kept beside it. */
static char *settings_json(const struct dvb_build *b)
{
    const struct dvb_build_settings *s = b->settings;
    json_t *recipes = json_object();
    for (int k = 0; k < DVB_KINDS; k++)
        json_object_set_new(recipes, dvb_kind_names[k],
                            dvb_recipe_json(&s->recipe, (enum dvb_kind)k));
    json_t *j = dvb_json_pack(
        "{s:o, s:o, s:o, s:f, s:f, s:f, s:I, s:I, s:s, s:o, s:{s:o, s:o}}", "generator",
        name_or_null(b->generator), "filter", name_or_null(b->filter), "verifier",
        name_or_null(b->verifier), "segment", s->segment, "every", s->every, "first", s->first,
        "limit", (json_int_t)s->limit, "max_questions", (json_int_t)s->max_questions, "until",
        dvb_step_names[s->until], "recipes", recipes, "prompts", "generate",
        hash_json(b->generate_prompt), "answer", hash_json(b->answer_prompt));
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static int start_run(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_run run = {
        .command = (char *)"build",
        .line = (char *)b->settings->command_line,
        .versions = dvb_run_versions(),
        .seed = b->settings->seed,
        .settings = settings_json(b),
    };
    int ret = dvb_store_put_run(b->ws->store, &run, &b->run, err);
    b->result->run = b->run;
    free(run.versions);
    free(run.settings);
    return ret;
}

static int count_funnel(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_build_result *r = b->result;
    enum dvb_step until = b->settings->until;
    struct dvb_run_question *list;
    size_t n;
    int ret = dvb_store_list_run_questions(b->ws->store, b->run, DVB_STAGE_GENERATED, &list, &n,
                                           err);
    if (ret)
        return ret;
    r->generated = (long)n;
    for (size_t i = 0; i < n; i++) {
        enum dvb_stage stage = list[i].stage;
        bool open = list[i].undecided;
        r->accepted += stage >= DVB_STAGE_ACCEPTED;
        r->verified += stage >= DVB_STAGE_VERIFIED;
        r->undecided.filter += open && stage == DVB_STAGE_GENERATED && until >= DVB_STEP_FILTER;
        r->undecided.verify += open && stage == DVB_STAGE_ACCEPTED && until >= DVB_STEP_VERIFY;
        if (stage >= DVB_STAGE_VERIFIED)
            r->letters[list[i].q.answer & 3]++;
    }
    dvb_run_questions_free(list, n);
    return 0;
}

static int run_steps(struct dvb_build *b, struct dvb_err *err)
{
    int ret = 0;
    for (int step = 0; step <= (int)b->settings->until && !ret; step++) {
        double started = dvb_now();
        ret = steps[step](b, err);
        if (!ret && step == DVB_STEP_COLLECT)
            index_segments(b);
        dvb_debug("step %s: %.1f s", dvb_step_names[step], dvb_now() - started);
    }
    return ret;
}

/* The order in which reasons first came up is not a result. */
static void sort_keys(json_t **tally)
{
    char *text = dvb_json_canon(*tally);
    json_decref(*tally);
    *tally = json_loads(text, 0, NULL);
    free(text);
}

static void release(struct dvb_build *b)
{
    for (size_t i = 0; i < b->n_work; i++) {
        free(b->work[i].name);
        free(b->work[i].refusal);
    }
    free(b->work);
    free(b->by_segment);
    free(b->generate_prompt);
    free(b->answer_prompt);
    dvb_asker_close(&b->asker);
}

/* Models that take video need the original as video too. */
static void adapt_recipe(const struct dvb_build *b, struct dvb_recipe *recipe)
{
    const struct dvb_used_model *users[] = { b->filter, b->verifier };
    for (int i = 0; i < 2; i++)
        if (users[i] && users[i]->profile->send == DVB_SEND_VIDEO)
            recipe->original_video = true;
    if (b->generator && b->generator->profile->send == DVB_SEND_VIDEO)
        recipe->pair_video = true;
}

static int finish(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_build_result *r = b->result;
    struct dvb_plans *plans = dvb_asker_plans(b->asker);
    sort_keys(&r->dropped);
    sort_keys(&r->answers);
    r->calls = dvb_asker_counts(b->asker);
    r->plans = *plans;
    *plans = (struct dvb_plans){ 0 };
    snprintf(r->last_failure, sizeof(r->last_failure), "%s", dvb_asker_last_failure(b->asker));
    snprintf(r->first_missing, sizeof(r->first_missing), "%s", dvb_asker_first_missing(b->asker));
    int ret = dvb_store_list_spending(b->ws->store, &r->spending, &r->n_spending, err);
    return ret ? ret : dvb_store_finish_run(b->ws->store, b->run, err);
}

int dvb_build(struct dvb_workspace *ws, const struct dvb_build_settings *settings,
              struct dvb_build_result *result, struct dvb_err *err)
{
    struct dvb_build_settings own = *settings;
    if (!own.jobs)
        own.jobs = omp_get_num_procs();
    struct dvb_build b = { .settings = &own, .result = result, .ws = ws };
    *result = (struct dvb_build_result){ .dropped = json_object(), .answers = json_object() };
    const struct dvb_asker_settings asker = { .seed = (uint64_t)own.seed,
                                              .mode = own.ask,
                                              .batch = own.batch,
                                              .batches = own.batches,
                                              .max_cost_usd = own.max_cost_usd,
                                              .dry = ws->dry };
    int ret = dvb_asker_open(ws, &asker, &b.asker, err);
    if (!ret)
        ret = find_models(&b, err);
    if (!ret)
        ret = load_prompts(&b, err);
    if (!ret) {
        adapt_recipe(&b, &own.recipe);
        ret = start_run(&b, err);
    }
    if (!ret)
        ret = run_steps(&b, err);
    if (!ret)
        ret = count_funnel(&b, err);
    if (!ret && ws->dry)
        ret = dvb_plan_rest(&b, err);
    if (!ret)
        ret = finish(&b, err);
    release(&b);
    return ret;
}

void dvb_build_result_release(struct dvb_build_result *r)
{
    for (size_t i = 0; i < r->n_refused; i++) {
        free(r->refused[i].name);
        free(r->refused[i].reason);
    }
    free(r->refused);
    json_decref(r->dropped);
    json_decref(r->answers);
    dvb_spending_free(r->spending, r->n_spending);
    dvb_plans_release(&r->plans);
    *r = (struct dvb_build_result){ 0 };
}
