/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every question to every cell; the cells of a question one after another, so
   that all models are at work at once. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/steps.h"
#include "workspace/choice.h"
#include "workspace/prompt.h"

struct asking {
    struct dvb_eval *e;
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

void dvb_eval_fail(struct dvb_eval *e, size_t cell, size_t question, const char *why)
{
    struct dvb_eval_answer *a = dvb_eval_at(e, cell, question);
    a->status = DVB_OUTCOME_ERROR;
    a->option = -1;
    a->score = 0;
    if (!a->why)
        a->why = dvb_strdup(why);
}

int dvb_eval_keep(struct dvb_eval *e, size_t cell, size_t question, struct dvb_err *err)
{
    const struct dvb_eval_answer *a = dvb_eval_at(e, cell, question);
    size_t view = e->matrix.cells[cell].view;
    const struct dvb_result_row row = {
        .cell = e->cell_ids[cell],
        .question = e->questions[question].q.id,
        .rendition = e->renditions[view * e->n_questions + question],
        .call = a->call,
        .judge = a->judge,
        .answer = a->option,
        .score = a->score,
    };
    return dvb_store_put_result(e->ws->store, &row, err);
}

static bool left_out(const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_eval_settings *s = e->settings;
    size_t view = e->matrix.cells[cell].view;
    return (s->exclude_builders && dvb_eval_built(e, cell, question)) ||
           (s->only_met && e->off_rate[view * e->n_questions + question]);
}

/* Whether the cell's model is to be asked; settles the answer where it is not. */
static bool wanted(struct dvb_eval *e, size_t cell, size_t question)
{
    if (!e->matrix.cells[cell].model || (e->idle && e->idle[question]))
        return false;
    if (left_out(e, cell, question)) {
        dvb_eval_at(e, cell, question)->status = DVB_OUTCOME_EXCLUDED;
        return false;
    }
    const char *why = e->problems[e->matrix.cells[cell].view * e->n_questions + question];
    if (why)
        dvb_eval_fail(e, cell, question, why);
    return !why;
}

/* The words of a question; those of the protocol, where it has its own. */
static char *words(const struct dvb_eval *e, size_t cell, size_t question, bool blind)
{
    const char *text = blind ? e->blind_prompt : e->prompt;
    return e->protocol->prompt ? e->protocol->prompt(e, text, cell, question)
                               : dvb_choice_prompt(text, &e->questions[question].q);
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct asking *s = user;
    struct dvb_eval *e = s->e;
    size_t end = e->n_questions * e->matrix.n_cells;
    (void)err;
    while (s->at < end && !wanted(e, cell_of(e, (int64_t)s->at), question_of(e, (int64_t)s->at)))
        s->at++;
    if (s->at == end)
        return 0;
    int64_t tag = (int64_t)s->at++;
    size_t cell = cell_of(e, tag), question = question_of(e, tag);
    const struct dvb_view *view = dvb_eval_view(e, cell);
    bool blind = view->baseline && view->baseline->blind;
    *a = (struct dvb_asking){
        .model = e->matrix.cells[cell].model,
        .step = "eval",
        .prompt_name = blind ? e->protocol->blind : e->protocol->answer,
        .prompt = words(e, cell, question, blind),
        .rendition = e->renditions[e->matrix.cells[cell].view * e->n_questions + question],
        .tag = tag,
        .about = e->questions[question].q.text,
        .expect_out = DVB_CHOICE_TOKENS,
    };
    return 1;
}

static enum dvb_outcome_status outcome(enum dvb_call_status status)
{
    return status == DVB_CALL_REFUSED    ? DVB_OUTCOME_REFUSED
           : status == DVB_CALL_UNPARSED ? DVB_OUTCOME_UNPARSED
                                         : DVB_OUTCOME_OK;
}

struct dvb_eval_answer dvb_eval_answer_of(const struct dvb_question *q, const struct dvb_call *call,
                                          int option, enum dvb_call_status status)
{
    return (struct dvb_eval_answer){
        .status = outcome(status),
        .option = option >= 0 ? option : -1,
        .score = option >= 0 && option == q->answer,
        .call = call->id,
    };
}

/* Free words are judged later; only whether there are any is known. */
static int read_answer(const struct dvb_eval *e, const struct dvb_question *q,
                       const struct dvb_call *call, enum dvb_call_status *status)
{
    if (e->settings->answers == DVB_ANSWERS_CHOICE)
        return dvb_choice_read(q, call, status);
    *status = call->status;
    if (*status == DVB_CALL_OK && !call->reply[strspn(call->reply, " \t\r\n")])
        *status = DVB_CALL_UNPARSED;
    return -1;
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct asking *s = user;
    struct dvb_eval *e = s->e;
    size_t cell = cell_of(e, a->tag), question = question_of(e, a->tag);
    const struct dvb_question *q = &e->questions[question].q;
    struct dvb_eval_answer *out = dvb_eval_at(e, cell, question);
    enum dvb_call_status status;
    int option = read_answer(e, q, call, &status), ret = 0;
    *out = dvb_eval_answer_of(q, call, option, status);
    if (e->protocol->answered)
        e->protocol->answered(e, cell, question, call);
    if (status != call->status)
        ret = dvb_store_set_call_status(e->ws->store, call->id, status, err);
    /* A free answer is a result when it has been judged. */
    if (!ret && (e->settings->answers == DVB_ANSWERS_CHOICE || out->status != DVB_OUTCOME_OK))
        ret = dvb_eval_keep(e, cell, question, err);
    return ret;
}

static void failed(void *user, const struct dvb_asking *a, const char *why)
{
    struct asking *s = user;
    dvb_eval_fail(s->e, cell_of(s->e, a->tag), question_of(s->e, a->tag), why);
}

/* Cells that ask no model. */
static int answer_constants(struct dvb_eval *e, struct dvb_err *err)
{
    int *options = dvb_calloc(e->n_questions, sizeof(*options)), ret = 0;
    for (size_t c = 0; c < e->matrix.n_cells && !ret; c++) {
        if (e->matrix.cells[c].model)
            continue;
        dvb_eval_view(e, c)->baseline->answer(e->questions, e->n_questions, options);
        for (size_t q = 0; q < e->n_questions && !ret; q++) {
            if (e->idle && e->idle[q])
                continue;
            *dvb_eval_at(e, c, q) = (struct dvb_eval_answer){
                .status = DVB_OUTCOME_OK,
                .option = options[q],
                .score = options[q] == e->questions[q].q.answer,
            };
            ret = dvb_eval_keep(e, c, q, err);
        }
    }
    free(options);
    return ret;
}

int dvb_eval_ask(struct dvb_eval *e, struct dvb_err *err)
{
    struct asking s = { .e = e };
    const struct dvb_ask_source source = {
        .next = next,
        .answer = answer,
        .failed = failed,
        .user = &s,
        .what = "eval",
        .total = (long)(e->n_questions * e->matrix.n_cells),
    };
    int ret = dvb_store_begin(e->ws->store, err);
    if (ret)
        return ret;
    ret = answer_constants(e, err);
    int end = dvb_store_end(e->ws->store, !ret, ret ? NULL : err);
    ret = ret ? ret : end;
    return ret ? ret : dvb_asker_run(e->asker, &source, err);
}
