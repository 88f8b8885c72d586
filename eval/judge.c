/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Free answers before a judge model. The reply, with verdict and explanation, is
   a call like any other: equal predictions are judged once. */
#include <stdlib.h>

#include "base/mem.h"
#include "eval/steps.h"
#include "workspace/prompt.h"

/* Expected of a judge's reply and of an answer, where the store has none to go by. */
#define VERDICT_TOKENS 60
#define TYPICAL_ANSWER "an answer in a few words, as models give them"

const char *const dvb_judge_slots[] = { "question", "reference", "prediction", NULL };

struct judging {
    struct dvb_eval *e;
    size_t at; /* next: cell * n_questions + question */
};

static const char *reference_of(const struct dvb_question *q)
{
    return q->n_options ? q->options[q->answer] : q->reference ? q->reference : "";
}

static bool to_judge(const struct dvb_eval_answer *a)
{
    return a->status == DVB_OUTCOME_OK && a->call;
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct judging *j = user;
    struct dvb_eval *e = j->e;
    size_t end = e->n_questions * e->matrix.n_cells;
    while (j->at < end && !to_judge(&e->answers[j->at]))
        j->at++;
    if (j->at == end)
        return 0;
    size_t tag = j->at++;
    struct dvb_call call;
    int ret = dvb_store_get_call(e->ws->store, e->answers[tag].call, &call, err);
    if (ret)
        return ret;
    const struct dvb_question *q = &e->questions[tag % e->n_questions].q;
    const struct dvb_slot slots[] = { { "question", q->text },
                                      { "reference", reference_of(q) },
                                      { "prediction", call.reply } };
    *a = (struct dvb_asking){
        .model = e->judge,
        .step = "judge",
        .prompt_name = "judge",
        .prompt = dvb_prompt_fill(e->judge_prompt, slots, 3),
        .tag = (int64_t)tag,
        .about = q->text,
        .expect_out = VERDICT_TOKENS,
    };
    dvb_call_release(&call);
    return 1;
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct judging *j = user;
    struct dvb_eval *e = j->e;
    size_t cell = (size_t)a->tag / e->n_questions, question = (size_t)a->tag % e->n_questions;
    struct dvb_eval_answer *out = &e->answers[a->tag];
    bool refused = call->status == DVB_CALL_REFUSED;
    int verdict = refused ? -1 : dvb_judge_verdict(call->reply), ret = 0;
    enum dvb_call_status status = refused       ? DVB_CALL_REFUSED
                                  : verdict < 0 ? DVB_CALL_UNPARSED
                                                : DVB_CALL_OK;
    out->judge = call->id;
    out->score = verdict > 0;
    if (status != call->status)
        ret = dvb_store_set_call_status(e->ws->store, call->id, status, err);
    if (verdict >= 0)
        return ret ? ret : dvb_eval_keep(e, cell, question, err);
    /* The answer may be right or not: nobody knows. */
    dvb_eval_fail(e, cell, question,
                  refused ? "the judge refused" : "the judge's reply holds no verdict");
    return ret;
}

static void failed(void *user, const struct dvb_asking *a, const char *why)
{
    struct judging *j = user;
    char *text = dvb_asprintf("not judged: %s", why);
    dvb_eval_fail(j->e, (size_t)a->tag / j->e->n_questions, (size_t)a->tag % j->e->n_questions,
                  text);
    free(text);
}

/* In a dry run: the judge's calls about answers that are not there yet. */
static int plan(struct dvb_eval *e, struct dvb_err *err)
{
    int ret = 0;
    for (size_t tag = 0; tag < e->n_questions * e->matrix.n_cells && !ret; tag++) {
        const struct dvb_question *q = &e->questions[tag % e->n_questions].q;
        if (e->answers[tag].status != DVB_OUTCOME_ERROR || e->answers[tag].why)
            continue;
        const struct dvb_slot slots[] = { { "question", q->text },
                                          { "reference", reference_of(q) },
                                          { "prediction", TYPICAL_ANSWER } };
        struct dvb_estimate estimate;
        const struct dvb_asking asking = {
            .model = e->judge,
            .step = "judge",
            .prompt = dvb_prompt_fill(e->judge_prompt, slots, 3),
            .expect_out = VERDICT_TOKENS,
        };
        ret = dvb_asker_quote(e->asker, &asking, &estimate, err);
        if (!ret)
            dvb_plan_calls(dvb_asker_plans(e->asker), "judge", e->judge->profile, &estimate, 1, 1);
        free(asking.prompt);
    }
    return ret;
}

int dvb_eval_judge(struct dvb_eval *e, struct dvb_err *err)
{
    struct judging j = { .e = e };
    const struct dvb_ask_source source = {
        .next = next,
        .answer = answer,
        .failed = failed,
        .user = &j,
        .what = "judge",
        .total = (long)(e->n_questions * e->matrix.n_cells),
    };
    int ret = dvb_asker_run(e->asker, &source, err);
    return !ret && e->ws->dry ? plan(e, err) : ret;
}
