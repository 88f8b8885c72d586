/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An evaluation of one model with a prompt of its own: rendering, questions, budget and
   resumption are those of every evaluation. */
#include "eval/confidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/steps.h"
#include "workspace/choice.h"

#define REPLY_TOKENS 24 /* expected, for what a dry run foretells */
#define KEPT_REPLY 200  /* bytes of one that cannot be read */

struct asking {
    struct dvb_confidence_run *r;
    json_t *schema;
    size_t at; /* next: question * n_cells + cell */
};

static size_t cell_of(const struct dvb_eval *e, int64_t tag)
{
    return (size_t)tag % e->matrix.n_cells;
}

static size_t question_of(const struct dvb_eval *e, int64_t tag)
{
    return (size_t)tag / e->matrix.n_cells;
}

static size_t shown_at(const struct dvb_eval *e, int64_t tag)
{
    return e->matrix.cells[cell_of(e, tag)].view * e->n_questions + question_of(e, tag);
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct asking *s = user;
    struct dvb_eval *e = s->r->e;
    const char *why;
    (void)err;
    for (; s->at < e->n_questions * e->matrix.n_cells; s->at++) {
        int64_t tag = (int64_t)s->at;
        why = e->problems[shown_at(e, tag)];
        if (!why)
            break;
        dvb_eval_fail(e, cell_of(e, tag), question_of(e, tag), why);
    }
    if (s->at == e->n_questions * e->matrix.n_cells)
        return 0;
    int64_t tag = (int64_t)s->at++;
    const struct dvb_question *q = &e->questions[question_of(e, tag)].q;
    *a = (struct dvb_asking){
        .model = e->matrix.cells[cell_of(e, tag)].model,
        .step = "confidence",
        .prompt_name = "confidence",
        .prompt = dvb_choice_prompt(e->prompt, q),
        .rendition = e->renditions[shown_at(e, tag)],
        .schema = s->schema,
        .schema_name = "confidence",
        .tag = tag,
        .about = q->text,
        .expect_out = REPLY_TOKENS,
    };
    return 1;
}

/* A confidence is one whatever the answer beside it is; words of refusal count as a refusal where
   there is none. */
static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct asking *s = user;
    struct dvb_eval *e = s->r->e;
    size_t cell = cell_of(e, a->tag), question = question_of(e, a->tag);
    size_t at = cell * e->n_questions + question;
    const struct dvb_question *q = &e->questions[question].q;
    enum dvb_call_status status;
    int option = dvb_choice_read(q, call, &status);
    if (call->status != DVB_CALL_REFUSED &&
        dvb_confidence_parse(call->reply, (const char *const *)q->options, q->n_options,
                             &s->r->at[at]))
        status = DVB_CALL_OK;
    else if (status == DVB_CALL_OK)
        status = DVB_CALL_UNPARSED;
    *dvb_eval_at(e, cell, question) = dvb_eval_answer_of(q, call, option, status);
    if (status != DVB_CALL_OK && call->reply)
        s->r->replies[at] = dvb_asprintf("%.*s", (int)dvb_utf8_cut(call->reply, KEPT_REPLY),
                                         call->reply);
    return status == call->status ? 0
                                  : dvb_store_set_call_status(e->ws->store, call->id, status, err);
}

static void failed(void *user, const struct dvb_asking *a, const char *why)
{
    struct asking *s = user;
    dvb_eval_fail(s->r->e, cell_of(s->r->e, a->tag), question_of(s->r->e, a->tag), why);
}

/* The protocol's state belongs to the run, which outlives neither. */
static int show_and_ask(struct dvb_eval *e, struct dvb_err *err)
{
    size_t n = e->matrix.n_cells * e->n_questions;
    struct dvb_confidence_run *r = e->protocol_state = dvb_calloc(1, sizeof(*r));
    r->e = e;
    r->at = dvb_calloc(n, sizeof(*r->at));
    r->replies = dvb_calloc(n, sizeof(*r->replies));
    for (size_t i = 0; i < n; i++)
        r->at[i] = NAN;
    int ret = dvb_eval_render(e, err);
    if (ret)
        return ret;
    struct asking s = { .r = r, .schema = dvb_confidence_schema() };
    const struct dvb_ask_source source = {
        .next = next,
        .answer = answer,
        .failed = failed,
        .user = &s,
        .what = "confidence",
        .total = (long)n,
    };
    ret = dvb_asker_run(e->asker, &source, err);
    json_decref(s.schema);
    return ret;
}

static void forget(struct dvb_eval *e)
{
    struct dvb_confidence_run *r = e->protocol_state;
    if (!r)
        return;
    for (size_t i = 0; i < e->matrix.n_cells * e->n_questions; i++)
        free(r->replies[i]);
    free(r->replies);
    free(r->at);
    free(r->whole);
    free(r);
}

/* Not for eval's --protocol: what it counts are confidences. */
static const struct dvb_protocol protocol = {
    .name = "confidence",
    .description = "how sure a model is that it sees enough",
    .answer = "confidence",
    .blind = "confidence",
    .slots = dvb_choice_slots,
    .choice_only = true,
    .close = forget,
    .run = show_and_ask,
};

static void count_question(struct dvb_confidence_run *r, size_t q)
{
    r->whole[q] = true;
    for (size_t c = 0; c < r->e->matrix.n_cells; c++) {
        enum dvb_outcome_status status = dvb_eval_at(r->e, c, q)->status;
        r->n_unparsed += status == DVB_OUTCOME_UNPARSED;
        r->n_refused += status == DVB_OUTCOME_REFUSED;
        r->n_errors += status == DVB_OUTCOME_ERROR;
        r->whole[q] &= status == DVB_OUTCOME_OK;
    }
    r->n_whole += r->whole[q];
}

static double share(double n, size_t of)
{
    return of ? n / (double)of : NAN;
}

static void count_tier(struct dvb_confidence_run *r, size_t c)
{
    const struct dvb_eval *e = r->e;
    struct dvb_confidence_tier *t = &r->tiers[c];
    double sum = 0, right[2] = { 0 };
    for (size_t q = 0; q < e->n_questions; q++) {
        if (!r->whole[q])
            continue;
        double at = r->at[c * e->n_questions + q];
        bool sure = at >= r->tau;
        sum += at;
        right[sure] += dvb_eval_at(e, c, q)->score;
        t->n_sure += sure;
    }
    size_t view = e->matrix.cells[c].view;
    t->mean = share(sum, r->n_whole);
    t->enough = share((double)t->n_sure, r->n_whole);
    t->right = share(right[0] + right[1], r->n_whole);
    t->sure = share(right[1], t->n_sure);
    t->unsure = share(right[0], r->n_whole - t->n_sure);
    t->kbps = e->measured[view];
    t->missed = e->missed[view];
}

/* What every such evaluation has; its lists are the caller's. */
static struct dvb_eval_settings eval_settings(const struct dvb_confidence_settings *s)
{
    struct dvb_eval_settings out = {
        .set = s->set,
        .stage = s->stage,
        .bitrates = s->tiers,
        .n_bitrates = DVB_RECAP_TIERS,
        .samplings = &s->sampling,
        .n_samplings = 1,
        .recipe = s->recipe,
        .answers = DVB_ANSWERS_CHOICE,
        .protocol = &protocol,
        .models_file = s->models_file,
        .prompts = s->prompts,
        .limit = s->limit,
        .jobs = s->jobs,
        .pairs = DVB_PAIRS_NONE,
        .ask = s->ask,
        .command = "stream confidence",
        .command_line = s->command_line,
    };
    dvb_stats_settings_default(&out.stats);
    return out;
}

int dvb_confidence_ask(struct dvb_workspace *ws, const struct dvb_confidence_settings *settings,
                       struct dvb_confidence_run **run, struct dvb_err *err)
{
    char *model = (char *)settings->model, uniform[] = "uniform", *strategy = uniform;
    const struct dvb_strlist models = { &model, 1 }, strategies = { &strategy, 1 }, none = { 0 };
    struct dvb_eval_settings s = eval_settings(settings);
    struct dvb_eval *e;
    *run = NULL;
    s.models = &models;
    s.strategies = &strategies;
    s.baselines = &none;
    int ret = dvb_eval_run(ws, &s, &e, err);
    if (ret)
        return ret;
    e->own.models = e->own.strategies = e->own.baselines = NULL; /* gone when we return */
    e->own.bitrates = NULL;
    e->own.samplings = NULL;
    struct dvb_confidence_run *r = *run = e->protocol_state;
    r->tau = settings->tau;
    r->whole = dvb_calloc(e->n_questions, sizeof(*r->whole));
    for (size_t q = 0; q < e->n_questions && !ws->dry; q++)
        count_question(r, q);
    for (size_t c = 0; c < e->matrix.n_cells && !ws->dry; c++)
        count_tier(r, c);
    return 0;
}

void dvb_confidence_close(struct dvb_confidence_run **run)
{
    if (*run) {
        struct dvb_eval *e = (*run)->e;
        dvb_eval_close(&e);
    }
    *run = NULL;
}
