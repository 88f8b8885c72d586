/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/eval.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/protocol/present.h"
#include "eval/steps.h"
#include "workspace/choice.h"
#include "workspace/prompt.h"
#include "workspace/run.h"

const char *const dvb_answers_names[] = {
    [DVB_ANSWERS_CHOICE] = "choice",
    [DVB_ANSWERS_FREE] = "free",
    NULL,
};

const char *const dvb_outcome_names[] = {
    [DVB_OUTCOME_ERROR] = "error",       [DVB_OUTCOME_OK] = "ok",
    [DVB_OUTCOME_REFUSED] = "refused",   [DVB_OUTCOME_UNPARSED] = "unparsed",
    [DVB_OUTCOME_EXCLUDED] = "excluded", NULL,
};

static int find_models(struct dvb_eval *e, struct dvb_err *err)
{
    const struct dvb_eval_settings *s = e->settings;
    e->models = dvb_calloc(s->models->n + 1, sizeof(*e->models));
    for (size_t i = 0; i < s->models->n; i++) {
        const struct dvb_used_model *m;
        int ret = dvb_asker_model(e->asker, s->models->v[i], s->models_file, &m, err);
        if (ret)
            return ret;
        bool twice = false;
        for (size_t k = 0; k < e->n_models; k++)
            twice |= e->models[k] == m;
        if (!twice)
            e->models[e->n_models++] = m;
    }
    int ret = 0;
    if (s->judge)
        ret = dvb_asker_model(e->asker, s->judge, s->models_file, &e->judge, err);
    if (!ret && s->look_model)
        ret = dvb_asker_model(e->asker, s->look_model, s->models_file, &e->own.strategy.look_model,
                              err);
    return ret;
}

static int load_prompts(struct dvb_eval *e, struct dvb_err *err)
{
    static const char *const none[] = { NULL };
    static const char *const question[] = { "question", NULL };
    static const char *const options[] = { "options", NULL };
    const char *dir = e->settings->prompts;
    if (e->settings->answers == DVB_ANSWERS_CHOICE) {
        const struct dvb_protocol *p = e->protocol;
        int ret = dvb_prompt_load(dir, p->answer, p->slots, none, &e->prompt, err);
        return ret ? ret : dvb_prompt_load(dir, p->blind, p->slots, none, &e->blind_prompt, err);
    }
    int ret = dvb_prompt_load(dir, "free", question, options, &e->prompt, err);
    if (!ret)
        ret = dvb_prompt_load(dir, "free_blind", question, options, &e->blind_prompt, err);
    return ret ? ret : dvb_prompt_load(dir, "judge", dvb_judge_slots, none, &e->judge_prompt, err);
}

/* No error: the same options may go with several commands, whose strategies differ. But who
   forgot the provider should not take its results for those of that file or model. */
static void warn_of_unused(const struct dvb_eval *e)
{
    static const struct {
        unsigned what;
        const char *option;
    } all[] = {
        { DVB_TAKES_MODELS, "--relevance-models" },     { DVB_TAKES_FILE, "--relevance-file" },
        { DVB_TAKES_ENDPOINT, "--relevance-endpoint" }, { DVB_TAKES_PATCH, "--relevance-patch" },
        { DVB_TAKES_LOOK_MODEL, "--look-model" },
    };
    unsigned given = dvb_provider_given(&e->settings->strategy.provider), taken = 0;
    if (e->settings->look_model)
        given |= DVB_TAKES_LOOK_MODEL;
    for (size_t i = 0; i < e->n_strategies; i++)
        taken |= e->strategies[i].takes;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (given & ~taken & all[i].what)
            dvb_warn("%s has no effect: none of the strategies uses it", all[i].option);
}

static int open_strategies(struct dvb_eval *e, struct dvb_err *err)
{
    const struct dvb_eval_settings *s = e->settings;
    e->own.strategy.prompts = s->prompts;
    e->strategies = dvb_calloc(s->strategies->n + 1, sizeof(*e->strategies));
    for (size_t i = 0; i < s->strategies->n; i++) {
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice |= !strcmp(s->strategies->v[k], s->strategies->v[i]);
        int ret = twice ? 0
                        : dvb_strategy_open(s->strategies->v[i], &s->strategy,
                                            &e->strategies[e->n_strategies], err);
        if (ret)
            return ret;
        e->n_strategies += !twice;
    }
    warn_of_unused(e);
    return 0;
}

static int find_baselines(const struct dvb_eval *e, const struct dvb_baseline **baselines,
                          struct dvb_err *err)
{
    const struct dvb_eval_settings *s = e->settings;
    int ret = 0;
    for (size_t i = 0; i < s->baselines->n && !ret; i++) {
        ret = dvb_baseline_find(s->baselines->v[i], &baselines[i], err);
        if (!ret && baselines[i]->choice_only && s->answers != DVB_ANSWERS_CHOICE)
            ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                           "--baselines: found '%s', which is for --answers choice",
                           baselines[i]->name);
    }
    return ret;
}

static int make_matrix(struct dvb_eval *e, struct dvb_err *err)
{
    const struct dvb_eval_settings *s = e->settings;
    const struct dvb_baseline **baselines = dvb_calloc(s->baselines->n + 1, sizeof(*baselines));
    int ret = open_strategies(e, err);
    if (!ret)
        ret = find_baselines(e, baselines, err);
    if (!ret) {
        const struct dvb_matrix_sides sides = {
            .models = e->models,
            .n_models = e->n_models,
            .bitrates = s->bitrates,
            .n_bitrates = s->n_bitrates,
            .strategies = e->strategies,
            .n_strategies = e->n_strategies,
            .baselines = baselines,
            .n_baselines = s->baselines->n,
            .samplings = s->samplings,
            .n_samplings = s->n_samplings,
        };
        dvb_matrix_make(&sides, &e->matrix);
    }
    free(baselines);
    return ret;
}

static json_t *hash_json(const char *text)
{
    char hex[DVB_HASH_LEN + 1];
    if (!text)
        return json_null();
    dvb_hash_of_str(text, hex);
    return json_string(hex);
}

static json_t *names_json(const struct dvb_eval *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < e->matrix.n_cells; i++)
        json_array_append_new(list, dvb_json_str(e->matrix.cells[i].name));
    return list;
}

/* What the results depend on; the command line is kept beside it. */
static char *settings_json(const struct dvb_eval *e)
{
    const struct dvb_eval_settings *s = e->settings;
    json_t *j = dvb_json_pack(
        "{s:I, s:s, s:s, s:o, s:b, s:I, s:o, s:o, s:{s:o, s:o, s:o}, s:{s:f, s:f, s:i}}", "set",
        (json_int_t)e->set.id, "questions", dvb_eval_stage(e), "answers",
        dvb_answers_names[s->answers], "judge",
        dvb_json_str(e->judge ? e->judge->profile->name : NULL), "exclude_builders",
        s->exclude_builders, "limit", (json_int_t)s->limit, "cells", names_json(e), "recipe",
        dvb_recipe_json(&s->recipe, DVB_KIND_DEGRADED), "prompts", "answer", hash_json(e->prompt),
        "blind", hash_json(e->blind_prompt), "judge", hash_json(e->judge_prompt), "statistics",
        "confidence", s->stats.confidence, "power", s->stats.power, "rounds", s->stats.rounds);
    json_object_set_new(j, "only_met", json_boolean(s->only_met));
    json_object_set_new(j, "protocol", dvb_protocol_settings_json(e));
    if (s->strategy.network)
        json_object_set_new(j, "network", dvb_call_network_json(s->strategy.network));
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static int put_cell(struct dvb_eval *e, size_t i, struct dvb_err *err)
{
    const struct dvb_matrix_cell *c = &e->matrix.cells[i];
    const struct dvb_view *v = dvb_eval_view(e, i);
    json_t *sampling = dvb_sampling_json(&v->sampling);
    char *text = dvb_json_canon(sampling);
    const struct dvb_cell_row row = {
        .run = e->run,
        .index = (int)i,
        .model = c->model ? c->model->id : 0,
        .bitrate = v->bitrate,
        .strategy = dvb_view_strategy(v),
        .baseline = v->baseline,
        .sampling = text,
    };
    int ret = dvb_store_put_cell(e->ws->store, &row, &e->cell_ids[i], err);
    free(text);
    json_decref(sampling);
    return ret;
}

static int start_run(struct dvb_eval *e, struct dvb_err *err)
{
    struct dvb_run run = {
        .command = (char *)(e->settings->command ? e->settings->command : "eval"),
        .line = (char *)e->settings->command_line,
        .versions = dvb_run_versions(),
        .seed = (int64_t)e->settings->stats.seed,
        .settings = settings_json(e),
    };
    int ret = dvb_store_begin(e->ws->store, err);
    if (!ret) {
        ret = dvb_store_put_run(e->ws->store, &run, &e->run, err);
        for (size_t i = 0; i < e->n_questions && !ret; i++)
            ret = dvb_store_put_run_question(e->ws->store, e->run, e->questions[i].q.id, err);
        for (size_t i = 0; i < e->matrix.n_cells && !ret; i++)
            ret = put_cell(e, i, err);
        int end = dvb_store_end(e->ws->store, !ret, ret ? NULL : err);
        ret = ret ? ret : end;
    }
    free(run.versions);
    free(run.settings);
    return ret;
}

static void make_room(struct dvb_eval *e)
{
    size_t views = e->matrix.n_views, cells = e->matrix.n_cells, n = e->n_questions;
    e->cell_ids = dvb_calloc(cells, sizeof(*e->cell_ids));
    e->renditions = dvb_calloc(views * n, sizeof(*e->renditions));
    e->measured = dvb_calloc(views, sizeof(*e->measured));
    e->n_measured = dvb_calloc(views, sizeof(*e->n_measured));
    e->missed = dvb_calloc(views, sizeof(*e->missed));
    e->freshness = dvb_calloc(views, sizeof(*e->freshness));
    e->off_rate = dvb_calloc(views * n, sizeof(*e->off_rate));
    e->problems = dvb_calloc(views * n, sizeof(*e->problems));
    e->answers = dvb_calloc(cells * n, sizeof(*e->answers));
    for (size_t i = 0; i < cells * n; i++)
        e->answers[i].option = -1;
}

/* Task types by name, in the order of their names. Borrowed names; heap array. */
static const char **list_tasks(const struct dvb_eval *e, int *tasks, int *n)
{
    const char **names = dvb_calloc(e->n_questions, sizeof(*names));
    *n = 0;
    for (size_t q = 0; q < e->n_questions; q++) {
        const char *task = e->questions[q].q.task_type;
        int at = 0;
        while (at < *n && strcmp(names[at], task) < 0)
            at++;
        if (at == *n || strcmp(names[at], task)) {
            memmove(&names[at + 1], &names[at], (size_t)(*n - at) * sizeof(*names));
            names[at] = task;
            ++*n;
        }
    }
    for (size_t q = 0; q < e->n_questions; q++)
        for (int i = 0; i < *n; i++)
            if (!strcmp(names[i], e->questions[q].q.task_type))
                tasks[q] = i;
    return names;
}

static struct dvb_score_item *list_items(const struct dvb_eval *e)
{
    size_t n = e->matrix.n_cells * e->n_questions;
    struct dvb_score_item *items = dvb_calloc(n, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        enum dvb_outcome_status s = e->answers[i].status;
        items[i] = (struct dvb_score_item){
            .value = e->answers[i].score,
            .counts = s == DVB_OUTCOME_OK || s == DVB_OUTCOME_REFUSED || s == DVB_OUTCOME_UNPARSED,
            .refused = s == DVB_OUTCOME_REFUSED,
            .unparsed = s == DVB_OUTCOME_UNPARSED,
            .error = s == DVB_OUTCOME_ERROR,
        };
    }
    return items;
}

/* The first cell of the same model and sampling, shown by a strategy: that one, or any. */
static int first_like(const struct dvb_eval *e, size_t cell, bool same_strategy)
{
    const struct dvb_view *v = dvb_eval_view(e, cell);
    if (!v->strategy)
        return -1;
    size_t i = 0;
    for (; i < cell; i++) {
        const struct dvb_view *o = dvb_eval_view(e, i);
        if (o->strategy && (!same_strategy || o->strategy == v->strategy) &&
            e->matrix.cells[i].model == e->matrix.cells[cell].model &&
            o->sampling.fps == v->sampling.fps && o->sampling.frames == v->sampling.frames &&
            o->sampling.max_pixels == v->sampling.max_pixels)
            break;
    }
    return (int)i;
}

static struct dvb_score_cell *list_cells(const struct dvb_eval *e)
{
    struct dvb_score_cell *cells = dvb_calloc(e->matrix.n_cells, sizeof(*cells));
    for (size_t i = 0; i < e->matrix.n_cells; i++) {
        const struct dvb_matrix_cell *c = &e->matrix.cells[i];
        int original = dvb_matrix_original(&e->matrix, i), model = -1;
        for (size_t m = 0; m < e->n_models; m++)
            if (e->models[m] == c->model)
                model = (int)m;
        bool degraded = dvb_eval_view(e, i)->bitrate > 0;
        cells[i] = (struct dvb_score_cell){
            .name = c->name,
            .model = model,
            .view = (int)c->view,
            .original = degraded ? original : -1,
            .curve = first_like(e, i, true),
            .group = first_like(e, i, false),
            .strategy = dvb_view_strategy(dvb_eval_view(e, i)),
            .rate = e->measured[c->view],
        };
    }
    return cells;
}

static int make_score(struct dvb_eval *e, struct dvb_err *err)
{
    int64_t *clusters = dvb_calloc(e->n_questions, sizeof(*clusters));
    int *tasks = dvb_calloc(e->n_questions, sizeof(*tasks)), n_tasks;
    for (size_t i = 0; i < e->n_questions; i++)
        clusters[i] = e->questions[i].segment.video;
    e->tasks = list_tasks(e, tasks, &n_tasks);
    struct dvb_score_item *items = list_items(e);
    struct dvb_score_cell *cells = list_cells(e);
    const struct dvb_score_input in = {
        .cells = cells,
        .n_cells = e->matrix.n_cells,
        .items = items,
        .clusters = clusters,
        .tasks = tasks,
        .n_questions = e->n_questions,
        .n_tasks = n_tasks,
        .pairs = e->settings->pairs,
        .stats = e->settings->stats,
    };
    int ret = dvb_score_make(&in, &e->score, err);
    if (!ret && e->protocol->score)
        ret = e->protocol->score(e, &in, err);
    free(clusters);
    free(tasks);
    free(items);
    free(cells);
    return ret;
}

static int prepare(struct dvb_eval *e, struct dvb_err *err)
{
    e->own.ask.seed = e->own.stats.seed;
    e->own.ask.dry = e->ws->dry;
    int ret = dvb_asker_open(e->ws, &e->own.ask, &e->asker, err);
    if (!ret)
        ret = find_models(e, err);
    if (!ret)
        ret = load_prompts(e, err);
    if (!ret)
        ret = make_matrix(e, err);
    if (!ret)
        ret = dvb_eval_load(e, err);
    if (ret)
        return ret;
    make_room(e);
    if (e->protocol->open)
        ret = e->protocol->open(e, err);
    return ret ? ret : start_run(e, err);
}

static int finish(struct dvb_eval *e, struct dvb_err *err)
{
    struct dvb_plans *plans = dvb_asker_plans(e->asker);
    e->plans = *plans;
    *plans = (struct dvb_plans){ 0 };
    e->calls = dvb_asker_counts(e->asker);
    snprintf(e->last_failure, sizeof(e->last_failure), "%s", dvb_asker_last_failure(e->asker));
    snprintf(e->first_missing, sizeof(e->first_missing), "%s", dvb_asker_first_missing(e->asker));
    int ret = dvb_store_list_spending(e->ws->store, &e->spending, &e->n_spending, err);
    return ret ? ret : dvb_store_finish_run(e->ws->store, e->run, err);
}

static int measure(struct dvb_eval *e, struct dvb_err *err)
{
    int ret = e->protocol->run ? e->protocol->run(e, err) : dvb_eval_render(e, err);
    if (!ret && !e->protocol->run)
        ret = dvb_eval_ask(e, err);
    if (!ret && e->settings->answers == DVB_ANSWERS_FREE)
        ret = dvb_eval_judge(e, err);
    if (!ret && !e->ws->dry)
        ret = dvb_eval_count_pictures(e, err);
    if (!ret && !e->ws->dry)
        ret = make_score(e, err);
    return ret ? ret : finish(e, err);
}

int dvb_eval_run(struct dvb_workspace *ws, const struct dvb_eval_settings *settings,
                 struct dvb_eval **eval, struct dvb_err *err)
{
    struct dvb_eval *e = dvb_calloc(1, sizeof(*e));
    e->ws = ws;
    e->own = *settings;
    e->settings = &e->own;
    e->protocol = settings->protocol ? settings->protocol : &dvb_protocol_devibench;
    if (!e->own.jobs)
        e->own.jobs = omp_get_num_procs();
    e->own.stats.jobs = e->own.jobs;
    int ret = prepare(e, err);
    if (!ret)
        ret = measure(e, err);
    if (ret)
        dvb_eval_close(&e);
    *eval = e;
    return ret;
}

void dvb_eval_close(struct dvb_eval **eval)
{
    struct dvb_eval *e = *eval;
    if (!e)
        return;
    if (e->protocol->close)
        e->protocol->close(e);
    dvb_published_release(&e->published);
    for (size_t i = 0; e->answers && i < e->matrix.n_cells * e->n_questions; i++)
        free(e->answers[i].why);
    for (size_t i = 0; e->problems && i < e->matrix.n_views * e->n_questions; i++)
        free(e->problems[i]);
    free(e->problems);
    for (size_t i = 0; i < e->n_strategies; i++)
        dvb_strategy_close(&e->strategies[i]);
    free(e->strategies);
    free(e->answers);
    free(e->cell_ids);
    free(e->renditions);
    free(e->idle);
    free(e->pictures);
    free(e->measured);
    free(e->n_measured);
    free(e->missed);
    for (size_t i = 0; e->freshness && i < e->matrix.n_views; i++)
        dvb_freshness_release(&e->freshness[i]);
    free(e->freshness);
    free(e->off_rate);
    free(e->built);
    free(e->tasks);
    free(e->prompt);
    free(e->blind_prompt);
    free(e->judge_prompt);
    free(e->models);
    dvb_spending_free(e->spending, e->n_spending);
    dvb_plans_release(&e->plans);
    dvb_score_release(&e->score);
    dvb_matrix_release(&e->matrix);
    dvb_run_questions_free(e->questions, e->n_questions);
    dvb_run_release(&e->set);
    dvb_asker_close(&e->asker);
    free(e);
    *eval = NULL;
}
