/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/present.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/protocol/present.h"
#include "workspace/published.h"

static json_t *num(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *interval(struct dvb_interval i)
{
    return dvb_json_pack("[o, o]", num(i.lo), num(i.hi));
}

char *dvb_eval_who(const struct dvb_eval *e, size_t cell)
{
    const struct dvb_used_model *m = e->matrix.cells[cell].model;
    if (m)
        return dvb_strdup(m->profile->name);
    return dvb_asprintf("always %c", 'A' + dvb_baseline_best_letter(e->questions, e->n_questions));
}

static json_t *who_json(const struct dvb_eval *e, size_t cell)
{
    char *who = dvb_eval_who(e, cell);
    json_t *j = dvb_json_str(who);
    free(who);
    return j;
}

static json_t *kbps(int64_t bitrate)
{
    return bitrate ? json_real((double)bitrate / 1000) : json_null();
}

static json_t *task_json(const struct dvb_eval *e, int task)
{
    return task < 0 ? json_null() : dvb_json_str(e->tasks[task]);
}

size_t dvb_eval_count_built(const struct dvb_eval *e, size_t cell, unsigned roles)
{
    size_t n = 0;
    for (size_t q = 0; q < e->n_questions; q++)
        n += (dvb_eval_built(e, cell, q) & roles) != 0;
    return n;
}

/* How many of the questions the cell's model had which part in; null for none. */
static json_t *built_json(const struct dvb_eval *e, size_t cell)
{
    if (!dvb_eval_count_built(e, cell, ~0u))
        return json_null();
    json_t *j = json_object();
    for (unsigned bit = 0; dvb_built_names[bit]; bit++)
        json_object_set_new(j, dvb_built_names[bit],
                            json_integer((json_int_t)dvb_eval_count_built(e, cell, 1u << bit)));
    return j;
}

json_t *dvb_eval_condition_json(const struct dvb_eval *e, size_t cell)
{
    const struct dvb_view *v = dvb_eval_view(e, cell);
    return dvb_json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                         dvb_json_str(e->matrix.cells[cell].name), "model", who_json(e, cell),
                         "bitrate_kbps", kbps(v->bitrate), "strategy",
                         dvb_json_str(dvb_view_strategy(v)), "baseline",
                         dvb_json_str(v->baseline ? v->baseline->name : NULL), "sampling",
                         dvb_sampling_json(&v->sampling));
}

void dvb_eval_put_share(json_t *j, const struct dvb_share *s, const char *value)
{
    json_object_set_new(j, "n", json_integer((json_int_t)s->n));
    json_object_set_new(j, "videos", json_integer((json_int_t)s->clusters));
    json_object_set_new(j, value, num(s->share));
    json_object_set_new(j, "se", num(s->se));
    json_object_set_new(j, "ci", interval(s->ci));
    json_object_set_new(j, "wilson", interval(s->wilson));
}

/* Mean numbers of pictures; null where a model was sent video, or nothing. */
static json_t *pictures_json(const struct dvb_pictures_shown *p)
{
    return p->n ? dvb_json_pack("{s:f, s:f}", "sampled", p->sampled, "sent", p->sent) : json_null();
}

static json_t *cell_json(const struct dvb_eval *e, const struct dvb_scored_cell *c)
{
    size_t cell = (size_t)c->cell, view = e->matrix.cells[cell].view;
    json_t *j = dvb_eval_condition_json(e, cell);
    json_object_set_new(j, "task_type", task_json(e, c->task));
    dvb_eval_put_share(j, &c->share, "accuracy");
    json_object_set_new(j, "correct", json_integer((json_int_t)c->share.count));
    json_object_set_new(j, "refused", json_integer((json_int_t)c->refused));
    json_object_set_new(j, "unparsed", json_integer((json_int_t)c->unparsed));
    json_object_set_new(j, "errors", json_integer((json_int_t)c->errors));
    json_object_set_new(j, "measured_kbps",
                        e->measured[view] > 0 ? json_real(e->measured[view]) : json_null());
    json_object_set_new(j, "rates_missed", json_integer((json_int_t)e->missed[view]));
    if (c->task < 0)
        json_object_set_new(j, "media_tokens", num(dvb_eval_media_tokens(e, cell)));
    json_object_set_new(j, "age_ms", num(dvb_freshness_age(&e->freshness[view])));
    json_object_set_new(j, "network", dvb_freshness_json(&e->freshness[view]));
    json_object_set_new(j, "built", built_json(e, cell));
    json_object_set_new(j, "pictures", pictures_json(&e->pictures[cell]));
    json_object_set_new(j, "published", dvb_published_json(&e->published.by_task, cell, c->task));
    return j;
}

static json_t *loss_json(const struct dvb_eval *e, const struct dvb_scored_loss *l)
{
    json_t *j = dvb_eval_condition_json(e, (size_t)l->cell);
    json_object_set_new(j, "task_type", task_json(e, l->task));
    dvb_eval_put_share(j, &l->share, "value");
    json_object_set_new(j, "lost", json_integer((json_int_t)l->share.count));
    return j;
}

static json_t *pair_json(const struct dvb_eval *e, const struct dvb_scored_pair *p)
{
    const struct dvb_pair_stats *s = &p->s;
    return dvb_json_pack(
        "{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}",
        "a", dvb_json_str(e->matrix.cells[p->a].name), "b",
        dvb_json_str(e->matrix.cells[p->b].name), "n", (json_int_t)s->n, "videos",
        (json_int_t)s->clusters, "diff", num(s->diff), "se", num(s->se), "ci", interval(s->ci),
        "bootstrap_ci", interval(s->bootstrap_ci), "t_p", num(s->t_p), "mcnemar_p",
        num(s->mcnemar_p), "bootstrap_p", num(s->bootstrap_p), "holm_p", num(p->holm_p),
        "detectable", num(s->detectable), "both_right", (json_int_t)s->both_right, "only_a_right",
        (json_int_t)s->only_a_right, "only_b_right", (json_int_t)s->only_b_right, "both_wrong",
        (json_int_t)s->both_wrong);
}

static json_t *saving_json(const struct dvb_eval *e, const struct dvb_scored_saving *p)
{
    const struct dvb_saving *s = &p->s;
    json_t *strategies[2];
    const size_t cells[2] = { (size_t)p->a, (size_t)p->b };
    for (int i = 0; i < 2; i++)
        strategies[i] = dvb_json_str(dvb_view_strategy(dvb_eval_view(e, cells[i])));
    return dvb_json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:f}", "model",
                         who_json(e, cells[0]), "sampling",
                         dvb_sampling_json(&dvb_eval_view(e, cells[0])->sampling), "a",
                         strategies[0], "b", strategies[1], "n", (json_int_t)s->n, "videos",
                         (json_int_t)s->clusters, "saving", num(s->saving), "ci", interval(s->ci),
                         "accuracies", interval(s->at), "rounds_without", s->without);
}

static json_t *seconds(int64_t ms)
{
    return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
}

/* The models that had a part in making the question, of those that are evaluated. */
static json_t *builders_json(const struct dvb_eval *e, size_t question)
{
    json_t *list = json_array();
    for (size_t m = 0; m < e->n_models; m++)
        if (e->built[question * e->n_models + m])
            json_array_append_new(list, dvb_json_str(e->models[m]->profile->name));
    return list;
}

static json_t *solvers_json(const struct dvb_eval *e, size_t question)
{
    json_t *list = json_array();
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        const struct dvb_baseline *b = dvb_eval_view(e, c)->baseline;
        if (b && b->blind && dvb_eval_at(e, c, question)->score >= DVB_STATS_RIGHT)
            json_array_append_new(list, who_json(e, c));
    }
    return list;
}

static json_t *question_json(const struct dvb_eval *e, size_t i)
{
    const struct dvb_run_question *q = &e->questions[i];
    return dvb_json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "key", q->q.key, "video",
                         dvb_json_str(q->video_name), "start", seconds(q->segment.start_ms),
                         "task_type", dvb_json_str(q->q.task_type), "built_by", builders_json(e, i),
                         "solved_blind", solvers_json(e, i));
}

static json_t *errors_json(const struct dvb_eval *e)
{
    json_t *list = json_array();
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        for (size_t q = 0; q < e->n_questions; q++) {
            const struct dvb_eval_answer *a = dvb_eval_at(e, c, q);
            if (a->status != DVB_OUTCOME_ERROR)
                continue;
            json_t *j = dvb_eval_condition_json(e, c);
            json_object_set_new(j, "question", json_string(e->questions[q].q.key));
            json_object_set_new(j, "reason", dvb_json_str(a->why ? a->why : "not asked"));
            json_array_append_new(list, j);
        }
    return list;
}

static size_t count_blind(const struct dvb_eval *e)
{
    size_t n = 0;
    for (size_t q = 0; q < e->n_questions; q++)
        n += dvb_eval_solved_blind(e, q) > 0;
    return n;
}

static bool has_blind(const struct dvb_eval *e)
{
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        if (dvb_eval_view(e, c)->baseline && dvb_eval_view(e, c)->baseline->blind)
            return true;
    return false;
}

static size_t count_videos(const struct dvb_eval *e)
{
    size_t n = 0;
    for (size_t q = 0; q < e->n_questions; q++) {
        size_t before = 0;
        while (before < q && e->questions[before].segment.video != e->questions[q].segment.video)
            before++;
        n += before == q;
    }
    return n;
}

static json_t *head_json(const struct dvb_eval *e)
{
    const struct dvb_eval_settings *s = e->settings;
    json_t *j = dvb_json_pack(
        "{s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:s, s:o, s:b, s:I, s:o, s:{s:f, s:f, s:i, s:s}, s:f}",
        "run", (json_int_t)e->run, "set", (json_int_t)e->set.id, "stage", dvb_eval_stage(e),
        "questions_asked", (json_int_t)e->n_questions, "videos", (json_int_t)count_videos(e),
        "without_options", (json_int_t)e->no_options, "without_video", (json_int_t)e->no_video,
        "answers", dvb_answers_names[s->answers], "judge",
        dvb_json_str(e->judge ? e->judge->profile->name : NULL), "exclude_builders",
        s->exclude_builders, "seed", (json_int_t)s->stats.seed, "solved_blind",
        has_blind(e) ? json_integer((json_int_t)count_blind(e)) : json_null(), "statistics",
        "confidence", s->stats.confidence, "power", s->stats.power, "rounds", s->stats.rounds,
        "pairs", dvb_pairs_names[s->pairs], "published_sensitivity", DVB_PUBLISHED_SENSITIVITY);
    json_object_set_new(j, "only_met", json_boolean(s->only_met));
    return j;
}

json_t *dvb_eval_json(const struct dvb_eval *e)
{
    json_t *j = head_json(e), *cells = json_array(), *losses = json_array(), *pairs = json_array();
    json_t *questions = json_array(), *savings = json_array();
    for (size_t i = 0; i < e->score.n_cells; i++)
        json_array_append_new(cells, cell_json(e, &e->score.cells[i]));
    for (size_t i = 0; i < e->score.n_losses; i++)
        json_array_append_new(losses, loss_json(e, &e->score.losses[i]));
    for (size_t i = 0; i < e->score.n_pairs; i++)
        json_array_append_new(pairs, pair_json(e, &e->score.pairs[i]));
    for (size_t i = 0; i < e->score.n_savings; i++)
        json_array_append_new(savings, saving_json(e, &e->score.savings[i]));
    for (size_t i = 0; i < e->n_questions; i++)
        json_array_append_new(questions, question_json(e, i));
    json_object_set_new(j, "protocol", dvb_protocol_json(e));
    json_object_set_new(j, "cells", cells);
    json_object_set_new(j, "sensitivity", losses);
    json_object_set_new(j, "pairs", pairs);
    json_object_set_new(j, "savings", savings);
    json_object_set_new(j, "questions", questions);
    json_object_set_new(j, "errors", errors_json(e));
    json_object_set_new(j, "calls",
                        dvb_json_pack("{s:i, s:i, s:i, s:i, s:i}", "made", (int)e->calls.made,
                                      "cached", (int)e->calls.cached, "failed",
                                      (int)e->calls.failed, "missing", (int)e->calls.missing,
                                      "unasked", (int)e->calls.unasked));
    json_object_set_new(j, "cost_usd", json_real(e->calls.cost_usd));
    return j;
}

/* No row ids: the same evaluation gives the same bytes in every workspace. */
static const char *const columns[] = { "question", "video",   "start",     "task_type",
                                       "model",    "bitrate", "strategy",  "sampling",
                                       "status",   "answer",  "reference", "score",
                                       "builder",  "reason",  "published", "said_at",
                                       "age_ms" };
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static char *letter(int option)
{
    return option >= 0 ? dvb_asprintf("%c", 'A' + option) : dvb_strdup("");
}

static char *roles(unsigned mask)
{
    char *list = dvb_strdup("");
    for (unsigned bit = 0; dvb_built_names[bit]; bit++)
        if (mask & 1u << bit) {
            char *longer = dvb_asprintf("%s%s%s", list, *list ? " " : "", dvb_built_names[bit]);
            free(list);
            list = longer;
        }
    return list;
}

static char *sampling_text(const struct dvb_sampling *s)
{
    json_t *j = dvb_sampling_json(s);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

/* By the protocol's published scorer; "" where it has none or leaves the reply out. */
static char *published_text(const struct dvb_eval *e, size_t cell, size_t question)
{
    const signed char *scores = e->published.scores;
    int score = scores ? scores[cell * e->n_questions + question] : -1;
    return score < 0 ? dvb_strdup("") : dvb_asprintf("%d", score);
}

/* When a proactive output was said, in seconds of the video. */
static char *said_text(const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_said *said = e->published.said;
    int64_t ms = said ? said[cell * e->n_questions + question].at_ms : -1;
    return ms < 0 ? dvb_strdup("") : dvb_asprintf("%g", (double)ms / 1000);
}

/* Mean of what was shown of the question's clip; "" where that was no call. */
static char *age_text(const struct dvb_eval *e, size_t cell, size_t question)
{
    size_t view = e->matrix.cells[cell].view;
    int64_t id = e->renditions[view * e->n_questions + question];
    struct dvb_freshness f = { 0 };
    struct dvb_rendition r;
    if (!id || !e->freshness[view].samples || dvb_store_get_rendition(e->ws->store, id, &r, NULL))
        return dvb_strdup("");
    dvb_freshness_add(&f, &r);
    double age = dvb_freshness_age(&f);
    dvb_rendition_release(&r);
    dvb_freshness_release(&f);
    return isfinite(age) ? dvb_asprintf("%.1f", age) : dvb_strdup("");
}

static void write_row(FILE *f, const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_view *v = dvb_eval_view(e, cell);
    const struct dvb_eval_answer *a = dvb_eval_at(e, cell, question);
    const struct dvb_run_question *q = &e->questions[question];
    bool counts = a->status != DVB_OUTCOME_ERROR && a->status != DVB_OUTCOME_EXCLUDED;
    char *fields[N_COLUMNS] = {
        dvb_strdup(q->q.key),
        dvb_strdup(q->video_name),
        dvb_asprintf("%g", (double)q->segment.start_ms / 1000),
        dvb_strdup(q->q.task_type),
        dvb_eval_who(e, cell),
        v->bitrate ? dvb_asprintf("%lld", (long long)v->bitrate) : dvb_strdup(""),
        dvb_strdup(dvb_view_strategy(v)),
        sampling_text(&v->sampling),
        dvb_strdup(dvb_outcome_names[a->status]),
        letter(a->option),
        letter(q->q.n_options ? q->q.answer : -1),
        counts ? dvb_asprintf("%g", a->score) : dvb_strdup(""),
        roles(dvb_eval_built(e, cell, question)),
        dvb_strdup(a->why ? a->why : ""),
        published_text(e, cell, question),
        said_text(e, cell, question),
        age_text(e, cell, question),
    };
    dvb_csv_write_row(f, (const char *const *)fields, N_COLUMNS);
    for (size_t i = 0; i < N_COLUMNS; i++)
        free(fields[i]);
}

int dvb_eval_write_csv(const struct dvb_eval *e, const char *path, struct dvb_err *err)
{
    char *tmp = dvb_tmp_name(path);
    FILE *f = fopen(tmp, "wb");
    if (!f) {
        free(tmp);
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    }
    dvb_csv_write_row(f, columns, N_COLUMNS);
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        for (size_t q = 0; q < e->n_questions; q++)
            write_row(f, e, c, q);
    errno = 0;
    bool bad = fflush(f) || ferror(f);
    int ret = bad ? dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path) : 0;
    if (fclose(f) && !ret)
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    if (ret)
        dvb_tmp_abandon(&tmp);
    return ret ? ret : dvb_tmp_commit(&tmp, path, err);
}
