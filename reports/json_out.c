/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "reports/exchange.h"

static json_t *num(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *count(double v)
{
    return v < 0 ? json_null() : json_integer((json_int_t)v);
}

static json_t *interval(struct dvb_interval i)
{
    return dvb_json_pack("[o, o]", num(i.lo), num(i.hi));
}

/* JSON text that is stored as such; null where it is none. */
static json_t *parsed(const char *text)
{
    json_t *j = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return j ? j : json_null();
}

static json_t *kbps(int64_t bitrate)
{
    return bitrate ? json_real((double)bitrate / 1000) : json_null();
}

static json_t *sources_json(const struct dvb_board *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->n_sources; i++)
        json_array_append_new(list, dvb_json_pack("{s:o, s:s}", "label",
                                                  dvb_json_str(b->sources[i].label), "kind",
                                                  b->sources[i].ws ? "workspace" : "file"));
    return list;
}

static json_t *runs_json(const struct dvb_board *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct dvb_board_run *r = &b->runs[i];
        json_array_append_new(
            list,
            dvb_json_pack("{s:i, s:I, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "source", r->source,
                          "id", (json_int_t)r->id, "command", dvb_json_str(r->command), "line",
                          dvb_json_str(r->line), "seed", (json_int_t)r->seed, "started",
                          dvb_json_str(r->started), "finished", dvb_json_str(r->finished),
                          "versions", parsed(r->versions), "settings", parsed(r->settings)));
    }
    return list;
}

static json_t *prompts_json(const struct dvb_board *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->n_prompts; i++)
        json_array_append_new(list, dvb_json_pack("{s:s, s:o, s:o}", "hash", b->prompts[i].hash,
                                                  "name", dvb_json_str(b->prompts[i].name), "text",
                                                  dvb_json_str(b->prompts[i].text)));
    return list;
}

static json_t *models_json(const struct dvb_board *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->n_models; i++) {
        const struct dvb_board_model *m = &b->models[i];
        json_array_append_new(
            list, dvb_json_pack("{s:o, s:o, s:b, s:o, s:o}", "label", dvb_json_str(m->label),
                                "name", dvb_json_str(m->name), "ocr_baseline", m->ocr, "source",
                                count(m->source), "profile", parsed(m->profile)));
    }
    return list;
}

static json_t *questions_json(const struct dvb_board_set *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_questions; i++) {
        const struct dvb_board_question *q = &s->questions[i];
        json_t *j = dvb_json_pack("{s:s, s:i, s:I, s:b}", "key", q->key, "task", q->task, "video",
                                  (json_int_t)q->cluster, "multi_frame", q->multi_frame);
        if (q->n_built) {
            json_t *built = json_array();
            for (size_t k = 0; k < q->n_built; k++)
                json_array_append_new(
                    built, dvb_json_pack("[i, i]", q->built[k].model, (int)q->built[k].roles));
            json_object_set_new(j, "built", built);
        }
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *views_json(const struct dvb_board_set *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_views; i++) {
        const struct dvb_board_view *v = &s->views[i];
        json_array_append_new(
            list,
            dvb_json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:I, s:I}", "label",
                          dvb_json_str(v->label), "bitrate_kbps", kbps(v->bitrate), "strategy",
                          dvb_json_str(v->strategy), "baseline", v->baseline, "sampling",
                          parsed(v->sampling), "measured_kbps", num(v->measured_kbps), "clips",
                          (json_int_t)v->clips, "rates_missed", (json_int_t)v->missed));
    }
    return list;
}

static void put_share(json_t *j, const struct dvb_share *s, const char *value, const char *counted)
{
    json_object_set_new(j, "n", json_integer((json_int_t)s->n));
    json_object_set_new(j, "videos", json_integer((json_int_t)s->clusters));
    json_object_set_new(j, counted, json_integer((json_int_t)s->count));
    json_object_set_new(j, value, num(s->share));
    json_object_set_new(j, "se", num(s->se));
    json_object_set_new(j, "ci", interval(s->ci));
    json_object_set_new(j, "wilson", interval(s->wilson));
}

static json_t *stats_json(const struct dvb_board_set *s, const struct dvb_board_cell *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_stats; i++) {
        const struct dvb_board_stat *t = &c->stats[i];
        json_t *j = json_object(), *loss = json_null();
        json_object_set_new(j, "task_type",
                            t->task < 0 ? json_null() : dvb_json_str(s->tasks[t->task]));
        put_share(j, &t->share, "accuracy", "correct");
        json_object_set_new(j, "refused", json_integer((json_int_t)t->refused));
        json_object_set_new(j, "unparsed", json_integer((json_int_t)t->unparsed));
        json_object_set_new(j, "missing", json_integer((json_int_t)t->missing));
        json_object_set_new(j, "excluded", json_integer((json_int_t)t->excluded));
        if (t->has_loss) {
            loss = json_object();
            put_share(loss, &t->loss, "value", "lost");
        }
        json_object_set_new(j, "sensitivity", loss);
        json_array_append_new(list, j);
    }
    return list;
}

/* One letter a question, in the order of the set's. */
static char letter(const struct dvb_board_answer *a)
{
    static const char letters[] = { [DVB_BOARD_MISSING] = '-',
                                    [DVB_BOARD_REFUSED] = 'r',
                                    [DVB_BOARD_UNPARSED] = 'u',
                                    [DVB_BOARD_EXCLUDED] = 'x' };
    if (a->status != DVB_BOARD_OK)
        return letters[(int)a->status];
    return a->score == 1 ? '1' : a->score == 0 ? '0' : 's';
}

static void put_outcomes(const struct dvb_board_set *s, const struct dvb_board_cell *c, json_t *j)
{
    char *text = dvb_calloc(s->n_questions + 1, 1);
    json_t *scores = json_array();
    for (size_t i = 0; i < s->n_questions && c->answers; i++) {
        text[i] = letter(&c->answers[i]);
        if (text[i] == 's')
            json_array_append_new(scores, json_real(c->answers[i].score));
    }
    json_object_set_new(j, "outcomes", c->answers ? json_string(text) : json_null());
    if (json_array_size(scores))
        json_object_set(j, "scores", scores);
    json_decref(scores);
    free(text);
}

static json_t *cells_json(const struct dvb_board *b, const struct dvb_board_set *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_cells; i++) {
        const struct dvb_board_cell *c = &s->cells[i];
        const struct dvb_board_view *v = &s->views[c->view];
        json_t *model = c->model < 0 ? json_null() : dvb_json_str(b->models[c->model].label);
        json_t *j = dvb_json_pack(
            "{s:o, s:o, s:i, s:o, s:o, s:b, s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
            "name", dvb_json_str(c->name), "model", model, "view", c->view, "bitrate_kbps",
            kbps(v->bitrate), "strategy", dvb_json_str(v->strategy), "baseline", v->baseline, "run",
            c->run, "source", c->source, "whole", c->whole, "rank", count(c->rank ? c->rank : -1),
            "ties", count(c->rank ? c->ties : -1), "cost_usd", num(c->cost_usd), "latency_s",
            num(c->latency_s), "latency_p95_s", num(c->latency_p95_s), "tokens_in",
            count((double)c->tokens_in), "tokens_out", count((double)c->tokens_out));
        json_object_set_new(j, "stats", stats_json(s, c));
        put_outcomes(s, c, j);
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *pairs_json(const struct dvb_board_set *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_pairs; i++) {
        const struct dvb_board_pair *p = &s->pairs[i];
        json_array_append_new(
            list,
            dvb_json_pack("{s:i, s:i, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "a", p->a,
                          "b", p->b, "family", count(p->family), "n", (json_int_t)p->s.n, "videos",
                          (json_int_t)p->s.clusters, "diff", num(p->s.diff), "se", num(p->s.se),
                          "ci", interval(p->s.ci), "t_p", num(p->s.t_p), "holm_p", num(p->holm_p),
                          "mcnemar_p", num(p->s.mcnemar_p), "detectable", num(p->s.detectable)));
    }
    return list;
}

static json_t *funnel_json(const struct dvb_board_funnel *f)
{
    if (!f->known)
        return json_null();
    return dvb_json_pack("{s:I, s:I, s:I, s:I, s:o}", "generated", (json_int_t)f->generated,
                         "accepted", (json_int_t)f->accepted, "verified", (json_int_t)f->verified,
                         "undecided", (json_int_t)f->undecided, "bitrate_kbps", kbps(f->bitrate));
}

static json_t *set_json(const struct dvb_board *b, const struct dvb_board_set *s)
{
    json_t *tasks = json_array();
    for (size_t i = 0; i < s->n_tasks; i++)
        json_array_append_new(tasks, dvb_json_str(s->tasks[i]));
    return dvb_json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "hash",
        s->hash, "label", dvb_json_str(s->label), "stage", dvb_json_str(s->stage), "answers",
        dvb_json_str(s->answers), "judge", dvb_json_str(s->judge), "manner", parsed(s->manner),
        "run", count(s->run), "n_questions", (json_int_t)s->n_questions, "videos",
        (json_int_t)s->n_videos, "funnel", funnel_json(&s->funnel), "tasks", tasks, "questions",
        questions_json(s), "views", views_json(s), "cells", cells_json(b, s), "pairs",
        pairs_json(s));
}

json_t *dvb_board_json(const struct dvb_board *b)
{
    json_t *sets = json_array();
    for (size_t i = 0; i < b->n_sets; i++)
        json_array_append_new(sets, set_json(b, &b->sets[i]));
    return dvb_json_pack(
        "{s:s, s:i, s:o, s:o, s:o, s:b, s:{s:f, s:f, s:s}, s:o, s:o, s:o, s:o, s:o}", "schema",
        DVB_BOARD_SCHEMA, "schema_version", DVB_BOARD_SCHEMA_VERSION, "title",
        dvb_json_str(b->title), "made", dvb_json_str(b->made), "version", dvb_json_str(b->version),
        "anonymous", b->anonymous, "statistics", "confidence", b->stats.confidence, "power",
        b->stats.power, "adjusted", "t_p by Holm within each family", "sources", sources_json(b),
        "runs", runs_json(b), "prompts", prompts_json(b), "models", models_json(b), "sets", sets);
}

static int dump(void *user, FILE *f, struct dvb_err *err)
{
    (void)err;
    json_dumpf(user, f, JSON_COMPACT | JSON_REAL_PRECISION(DVB_BOARD_DIGITS));
    fputc('\n', f);
    return 0;
}

int dvb_board_write_json(const struct dvb_board *b, const char *path, struct dvb_err *err)
{
    json_t *j = dvb_board_json(b);
    int ret = dvb_write_stream(path, dump, j, err);
    json_decref(j);
    return ret;
}
