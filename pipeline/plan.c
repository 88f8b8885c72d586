/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dry run: what the steps have counted by then is exact, as far as the store
   had answers. The rest follows from the clips that nobody has written questions
   about yet, and from the questions that nobody has answered. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/steps.h"
#include "workspace/choice.h"
#include "workspace/published.h"

/* Rates of our own count from so many decided questions on. */
#define ENOUGH 20
/* Characters of a question with its options, where there is none to go by. */
#define TYPICAL_QUESTION 160

/* What follows a question: who is asked, how it is shown. */
struct follow {
    const char *step;
    const struct dvb_used_model *model;
    enum dvb_kind kind;
};

static double observed_per_clip(const struct dvb_build *b)
{
    long answered = 0;
    for (size_t i = 0; i < b->n_work; i++)
        answered += b->work[i].answered;
    return answered ? (double)b->result->generated / (double)answered : -1;
}

static void assume(const struct dvb_build *b, struct dvb_assumptions *a)
{
    const struct dvb_build_result *r = b->result;
    long decided = r->generated - r->undecided.filter;
    double per_clip = observed_per_clip(b);
    a->per_clip_observed = per_clip >= 0;
    a->per_clip = per_clip >= 0 ? per_clip : (double)b->settings->max_questions;
    a->accepted_observed = b->settings->until >= DVB_STEP_FILTER && decided >= ENOUGH;
    a->accepted = a->accepted_observed ? (double)r->accepted / (double)decided
                                       : DVB_PUBLISHED_ACCEPTED;
}

/* The answer prompt with a question of the mean length. Heap. */
static char *typical_prompt(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_run_question *list;
    size_t n, length = TYPICAL_QUESTION, sum = 0;
    if (dvb_store_list_run_questions(b->ws->store, b->run, DVB_STAGE_GENERATED, &list, &n, err))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        sum += strlen(list[i].q.text);
        for (int o = 0; o < list[i].q.n_options; o++)
            sum += strlen(list[i].q.options[o]) + 4;
    }
    if (n)
        length = sum / n;
    dvb_run_questions_free(list, n);
    char *question = dvb_calloc(length + 1, 1);
    memset(question, 'x', length);
    char *prompt = dvb_asprintf("%s%s", question, b->answer_prompt);
    free(question);
    return prompt;
}

static int add(struct dvb_build *b, const struct dvb_work *w, const struct follow *f,
               const char *prompt, double times, double most, struct dvb_err *err)
{
    struct dvb_estimate e;
    const struct dvb_asking asking = { .model = f->model,
                                       .step = f->step,
                                       .prompt = (char *)prompt,
                                       .rendition = w->renditions[f->kind],
                                       .expect_out = DVB_CHOICE_TOKENS };
    int ret = dvb_asker_quote(b->asker, &asking, &e, err);
    if (!ret)
        dvb_plan_calls(dvb_asker_plans(b->asker), f->step, f->model->profile, &e, times, most);
    return ret;
}

/* Questions that are still to be written about the clip. */
static int add_clip(struct dvb_build *b, const struct dvb_work *w, const char *prompt,
                    const struct dvb_assumptions *a, struct dvb_err *err)
{
    const struct follow original = { "original", b->filter, DVB_KIND_ORIGINAL };
    const struct follow degraded = { "degraded", b->filter, DVB_KIND_DEGRADED };
    const struct follow verify = { "verify", b->verifier, DVB_KIND_ORIGINAL };
    double most = (double)b->settings->max_questions;
    int ret = add(b, w, &original, prompt, a->per_clip, most, err);
    if (!ret)
        ret = add(b, w, &degraded, prompt, a->per_clip, most, err);
    if (!ret && b->verifier)
        ret = add(b, w, &verify, prompt, a->per_clip * a->accepted, most, err);
    return ret;
}

/* Questions that are there, and on which the filter has not decided. */
static int add_undecided(struct dvb_build *b, const char *prompt, const struct dvb_assumptions *a,
                         struct dvb_err *err)
{
    const struct follow verify = { "verify", b->verifier, DVB_KIND_ORIGINAL };
    struct dvb_run_question *list;
    size_t n;
    int ret = dvb_store_list_run_questions(b->ws->store, b->run, DVB_STAGE_GENERATED, &list, &n,
                                           err);
    if (ret)
        return ret;
    for (size_t i = 0; i < n && !ret; i++) {
        const struct dvb_work *w = dvb_build_find(b, list[i].q.segment);
        if (w && list[i].stage == DVB_STAGE_GENERATED && list[i].undecided)
            ret = add(b, w, &verify, prompt, a->accepted, 1, err);
    }
    dvb_run_questions_free(list, n);
    return ret;
}

int dvb_plan_rest(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_assumptions *a = &b->result->assumed;
    assume(b, a);
    if (b->settings->until < DVB_STEP_FILTER)
        return 0;
    char *prompt = typical_prompt(b, err);
    if (!prompt)
        return err ? -err->code : -1;
    int ret = 0;
    for (size_t i = 0; i < b->n_work && !ret; i++)
        if (!b->work[i].answered && b->work[i].renditions[DVB_KIND_PAIR])
            ret = add_clip(b, &b->work[i], prompt, a, err);
    if (!ret && b->verifier)
        ret = add_undecided(b, prompt, a, err);
    free(prompt);
    return ret;
}
