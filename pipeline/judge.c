/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pipeline/judge.h"

#include <stdlib.h>

#include "base/json.h"
#include "workspace/choice.h"

struct judge {
    struct dvb_build *b;
    const struct dvb_used_model *model;
    const struct dvb_viewing *viewings;
    size_t n_viewings;
    struct dvb_run_question *questions;
    size_t n_questions;
    size_t at; /* next question * n_viewings + viewing */
};

static const struct dvb_question *question_of(const struct judge *j, int64_t tag)
{
    return &j->questions[(size_t)tag / j->n_viewings].q;
}

static const struct dvb_viewing *viewing_of(const struct judge *j, int64_t tag)
{
    return &j->viewings[(size_t)tag % j->n_viewings];
}

/* 0 when this run did not make the rendition. */
static int64_t rendition_of(const struct judge *j, int64_t tag)
{
    const struct dvb_work *w = dvb_build_find(j->b, question_of(j, tag)->segment);
    return w ? w->renditions[viewing_of(j, tag)->kind] : 0;
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct judge *j = user;
    (void)err;
    size_t end = j->n_questions * j->n_viewings;
    while (j->at < end && !rendition_of(j, (int64_t)j->at))
        j->at++;
    if (j->at == end)
        return 0;
    int64_t tag = (int64_t)j->at++;
    *a = (struct dvb_asking){
        .model = j->model,
        .step = viewing_of(j, tag)->step,
        .prompt_name = "answer",
        .prompt = dvb_choice_prompt(j->b->answer_prompt, question_of(j, tag)),
        .rendition = rendition_of(j, tag),
        .tag = tag,
        .about = question_of(j, tag)->text,
        .expect_out = DVB_CHOICE_TOKENS,
    };
    return 1;
}

/* {"original": {"refused": 2, ...}, ...} */
static void count_no_choice(json_t *tally, const char *step, enum dvb_call_status status)
{
    json_t *row = json_object_get(tally, step);
    if (!row) {
        row = json_object();
        json_object_set_new(tally, step, row);
    }
    const char *name = dvb_call_status_names[status];
    long n = (long)dvb_json_get_num(row, name, 0) + 1;
    json_object_set_new(row, name, json_integer(n));
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct judge *j = user;
    const struct dvb_question *q = question_of(j, a->tag);
    enum dvb_call_status status;
    int i = dvb_choice_read(q, call, &status);
    const struct dvb_verdict v = {
        .run = j->b->run,
        .question = q->id,
        .step = (char *)a->step,
        .model = a->model->id,
        .call = call->id,
        .rendition = a->rendition,
        .answer = i >= 0 ? i : -1,
        .correct = i == q->answer,
    };
    if (status != DVB_CALL_OK)
        count_no_choice(j->b->result->answers, a->step, status);
    int ret = 0;
    if (status != call->status)
        ret = dvb_store_set_call_status(j->b->ws->store, call->id, status, err);
    return ret ? ret : dvb_store_put_verdict(j->b->ws->store, &v, err);
}

int dvb_judge(struct dvb_build *b, const struct dvb_used_model *model, enum dvb_stage stage,
              const struct dvb_viewing *viewings, size_t n_viewings, const char *what,
              struct dvb_err *err)
{
    struct judge j = { .b = b, .model = model, .viewings = viewings, .n_viewings = n_viewings };
    int ret = dvb_store_list_run_questions(b->ws->store, b->run, stage, &j.questions,
                                           &j.n_questions, err);
    if (ret)
        return ret;
    const struct dvb_ask_source source = { .next = next,
                                           .answer = answer,
                                           .user = &j,
                                           .what = what,
                                           .total = (long)(j.n_questions * n_viewings) };
    ret = dvb_asker_run(b->asker, &source, err);
    dvb_run_questions_free(j.questions, j.n_questions);
    return ret;
}
