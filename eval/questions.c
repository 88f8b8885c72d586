/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/steps.h"

const char *const dvb_built_names[] = { "generator", "filter", "verifier", NULL };

static int take_set(struct dvb_eval *e, struct dvb_err *err)
{
    if (e->settings->set)
        return dvb_store_get_run(e->ws->store, e->settings->set, &e->set, err);
    int ret = dvb_store_last_run(e->ws->store, "build,import", &e->set, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "workspace %s holds no run of 'devibench build' or 'import' yet",
                        e->ws->dir);
    return ret < 0 ? ret : 0;
}

/* A question that cannot be asked in this manner, and those over the limit, go. */
static void choose(struct dvb_eval *e)
{
    const struct dvb_protocol *p = e->protocol;
    bool choice = e->settings->answers == DVB_ANSWERS_CHOICE;
    size_t kept = 0, limit = (size_t)e->settings->limit;
    for (size_t i = 0; i < e->n_questions; i++) {
        struct dvb_run_question *q = &e->questions[i];
        bool due = p->proactive && q->q.due_ms >= 0 && q->q.reference;
        bool askable = due || (choice ? q->q.n_options >= 2 : q->q.n_options > 0 || q->q.reference);
        bool timed = !p->timed || q->q.asked_ms >= 0;
        e->no_options += !askable;
        e->no_time += askable && !timed;
        if (askable && timed && (!limit || kept < limit))
            e->questions[kept++] = *q;
        else
            dvb_run_question_release(q);
    }
    e->n_questions = kept;
}

static int check_any(const struct dvb_eval *e, struct dvb_err *err)
{
    if (e->n_questions)
        return 0;
    if (e->no_time)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "run %lld of %s has no questions with time stamps, at which the protocol "
                        "%s asks",
                        (long long)e->set.id, e->ws->dir, e->protocol->name);
    if (e->no_options)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "run %lld of %s has questions without options only: use --answers free",
                        (long long)e->set.id, e->ws->dir);
    return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "run %lld of %s has no %s questions%s",
                    (long long)e->set.id, e->ws->dir, dvb_eval_stage(e),
                    e->no_video ? " whose video is there" : "");
}

/* Two names for one model at one place are the same model. */
static bool same_model(const struct dvb_used_model *m, const json_t *profile)
{
    const char *model = dvb_json_get_str(profile, "model");
    const char *base_url = dvb_json_get_str(profile, "base_url");
    return model && base_url && !strcmp(model, m->profile->model) &&
           !strcmp(base_url, m->profile->base_url);
}

static unsigned role_bit(const char *role)
{
    unsigned bit = 0;
    while (dvb_built_names[bit] && strcmp(dvb_built_names[bit], role))
        bit++;
    return 1u << bit;
}

static int compare_ids(const void *a, const void *b)
{
    const struct dvb_run_question *const *x = a, *const *y = b;
    return ((*x)->q.id > (*y)->q.id) - ((*x)->q.id < (*y)->q.id);
}

static void mark(struct dvb_eval *e, const struct dvb_builder *b, size_t question)
{
    json_t *profile = json_loads(b->profile, 0, NULL);
    for (size_t m = 0; m < e->n_models; m++)
        if (same_model(e->models[m], profile))
            e->built[question * e->n_models + m] |= role_bit(b->role);
    json_decref(profile);
}

static int mark_builders(struct dvb_eval *e, struct dvb_err *err)
{
    struct dvb_builder *builders;
    size_t n;
    int ret = dvb_store_list_builders(e->ws->store, e->set.id, &builders, &n, err);
    if (ret)
        return ret;
    const struct dvb_run_question **by_id = dvb_calloc(e->n_questions, sizeof(*by_id));
    for (size_t i = 0; i < e->n_questions; i++)
        by_id[i] = &e->questions[i];
    qsort(by_id, e->n_questions, sizeof(*by_id), compare_ids);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_run_question wanted = { .q = { .id = builders[i].question } };
        const struct dvb_run_question *key = &wanted;
        const struct dvb_run_question **hit = bsearch(&key, by_id, e->n_questions, sizeof(key),
                                                      compare_ids);
        if (hit)
            mark(e, &builders[i], (size_t)(*hit - e->questions));
    }
    free(by_id);
    dvb_builders_free(builders, n);
    return 0;
}

const char *dvb_eval_stage(const struct dvb_eval *e)
{
    return e->imported ? "imported" : dvb_stage_names[e->settings->stage];
}

static int count_no_video(void *user, const struct dvb_run_question *q, struct dvb_err *err)
{
    struct dvb_eval *e = user;
    (void)err;
    e->no_video += !q->segment.id;
    return 0;
}

static int list(struct dvb_eval *e, struct dvb_err *err)
{
    enum dvb_stage stage = e->imported ? DVB_STAGE_GENERATED : e->settings->stage;
    int ret = dvb_store_list_run_questions(e->ws->store, e->set.id, stage, &e->questions,
                                           &e->n_questions, err);
    if (!ret && e->imported)
        ret = dvb_store_each_run_question(e->ws->store, e->set.id, stage, count_no_video, e, err);
    return ret;
}

int dvb_eval_load(struct dvb_eval *e, struct dvb_err *err)
{
    int ret = take_set(e, err);
    if (ret)
        return ret;
    e->imported = !strcmp(e->set.command, "import");
    ret = list(e, err);
    if (ret)
        return ret;
    choose(e);
    e->built = dvb_calloc(e->n_questions * e->n_models + 1, sizeof(*e->built));
    ret = check_any(e, err);
    return ret ? ret : mark_builders(e, err);
}

unsigned dvb_eval_built(const struct dvb_eval *e, size_t cell, size_t question)
{
    for (size_t m = 0; m < e->n_models; m++)
        if (e->models[m] == e->matrix.cells[cell].model)
            return e->built[question * e->n_models + m];
    return 0;
}

size_t dvb_eval_solved_blind(const struct dvb_eval *e, size_t question)
{
    size_t n = 0;
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        const struct dvb_baseline *b = dvb_eval_view(e, c)->baseline;
        n += b && b->blind && dvb_eval_at(e, c, question)->score >= DVB_STATS_RIGHT;
    }
    return n;
}
