/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proactive questions: "when the score changes, say so". As published, the
 * model is asked once a second, from a second after the request until four
 * after the output is due, about the video since the request, whether the
 * moment has come; when it says yes, for the output. It is right within two
 * seconds of the due time.
 *
 * A round is one second for all questions and cells at once. Rounds end for a
 * cell when both readings of its replies, ours and the published one, have
 * said yes: the published one takes any "yes" in a reply, also that of "not
 * yes yet".
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/protocol/streaming.h"
#include "eval/steps.h"
#include "workspace/prompt.h"

#define STEP_MS 1000
#define GRACE_MS 4000   /* asked for so long after the due time */
#define NOTICE_TOKENS 4 /* expected where the store has none to go by */
#define OUTPUT_TOKENS 12

/* A proactive question in a cell. */
struct watch {
    bool off;             /* nothing more is asked: no model, excluded, or an error */
    bool ours, theirs;    /* the reading that asks for the output in this round */
    bool published_right; /* the output holds the truth to the letter */
    int64_t last_ms;      /* of the newest reply */
};

struct watching {
    struct dvb_eval *e;
    struct watch *watches; /* [question * n_cells + cell] */
    int64_t round;         /* from 1 */
    bool outputs;          /* asked are outputs, not whether */
    size_t at;             /* next: question * n_cells + cell */
};

static size_t cell_of(const struct watching *w, size_t tag)
{
    return tag % w->e->matrix.n_cells;
}

static size_t question_of(const struct watching *w, size_t tag)
{
    return tag / w->e->matrix.n_cells;
}

static struct dvb_said *said_of(const struct watching *w, size_t tag)
{
    return &w->e->published.said[cell_of(w, tag) * w->e->n_questions + question_of(w, tag)];
}

/* The time of this round for a question; beyond the last one: -1. */
static int64_t time_of(const struct watching *w, const struct dvb_question *q)
{
    int64_t t = q->asked_ms + w->round * STEP_MS;
    return t <= q->due_ms + GRACE_MS ? t : -1;
}

static bool watched(const struct watching *w, size_t tag)
{
    const struct dvb_said *said = said_of(w, tag);
    return !w->watches[tag].off && (said->at_ms < 0 || said->published_ms < 0);
}

/* Whether the tag's model is asked in this round. */
static bool wanted(const struct watching *w, size_t tag)
{
    const struct watch *watch = &w->watches[tag];
    if (w->e->idle[question_of(w, tag)] || watch->off)
        return false;
    return w->outputs ? watch->ours || watch->theirs : watched(w, tag);
}

static char *fill(const struct watching *w, const struct dvb_question *q)
{
    const struct dvb_streaming *s = dvb_streaming_of(w->e);
    const struct dvb_slot slots[] = { { "question", q->text }, { "output", q->reference } };
    return dvb_prompt_fill(w->outputs ? s->output : s->notice, slots, 2);
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct watching *w = user;
    struct dvb_eval *e = w->e;
    size_t end = e->n_questions * e->matrix.n_cells;
    (void)err;
    while (w->at < end && !wanted(w, w->at))
        w->at++;
    if (w->at == end)
        return 0;
    size_t tag = w->at++, cell = cell_of(w, tag), question = question_of(w, tag);
    const struct dvb_question *q = &e->questions[question].q;
    *a = (struct dvb_asking){
        .model = e->matrix.cells[cell].model,
        .step = w->outputs ? "output" : "notice",
        .prompt_name = w->outputs ? "stream_output" : "stream_notice",
        .prompt = fill(w, q),
        .rendition = e->renditions[e->matrix.cells[cell].view * e->n_questions + question],
        .tag = (int64_t)tag,
        .about = q->text,
        .expect_out = w->outputs ? OUTPUT_TOKENS : NOTICE_TOKENS,
    };
    return 1;
}

static int take_notice(struct watching *w, size_t tag, const struct dvb_call *call,
                       struct dvb_err *err)
{
    const struct dvb_question *q = &w->e->questions[question_of(w, tag)].q;
    struct dvb_eval_answer *a = dvb_eval_at(w->e, cell_of(w, tag), question_of(w, tag));
    struct watch *watch = &w->watches[tag];
    struct dvb_said *said = said_of(w, tag);
    int yes = call->status == DVB_CALL_REFUSED ? DVB_ANSWER_REFUSED : dvb_notice_read(call->reply);
    enum dvb_call_status status = yes >= 0                    ? DVB_CALL_OK
                                  : yes == DVB_ANSWER_REFUSED ? DVB_CALL_REFUSED
                                                              : DVB_CALL_UNPARSED;
    watch->last_ms = time_of(w, q);
    watch->ours = said->at_ms < 0 && yes > 0;
    watch->theirs = said->published_ms < 0 && dvb_notice_published(call->reply);
    if (said->at_ms < 0) {
        a->call = call->id;
        a->status = yes >= 0                    ? DVB_OUTCOME_OK
                    : yes == DVB_ANSWER_REFUSED ? DVB_OUTCOME_REFUSED
                                                : DVB_OUTCOME_UNPARSED;
    }
    return status == call->status
               ? 0
               : dvb_store_set_call_status(w->e->ws->store, call->id, status, err);
}

/* The newest answer is what is kept: of a cell that has spoken, its output. */
static int take_output(struct watching *w, size_t tag, const struct dvb_call *call,
                       struct dvb_err *err)
{
    size_t cell = cell_of(w, tag), question = question_of(w, tag);
    const struct dvb_question *q = &w->e->questions[question].q;
    struct dvb_eval_answer *a = dvb_eval_at(w->e, cell, question);
    struct watch *watch = &w->watches[tag];
    struct dvb_said *said = said_of(w, tag);
    if (watch->theirs) {
        said->published_ms = time_of(w, q);
        watch->published_right = strstr(call->reply, q->reference);
    }
    if (!watch->ours)
        return 0;
    said->at_ms = time_of(w, q);
    said->right = dvb_output_holds(call->reply, q->reference);
    bool on_time = llabs(said->at_ms - q->due_ms) <= DVB_PROACTIVE_WITHIN_MS;
    a->status = call->status == DVB_CALL_REFUSED ? DVB_OUTCOME_REFUSED : DVB_OUTCOME_OK;
    a->score = on_time && said->right && a->status == DVB_OUTCOME_OK;
    a->call = call->id;
    return dvb_eval_keep(w->e, cell, question, err);
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct watching *w = user;
    return (w->outputs ? take_output : take_notice)(w, (size_t)a->tag, call, err);
}

static void failed(void *user, const struct dvb_asking *a, const char *why)
{
    struct watching *w = user;
    size_t tag = (size_t)a->tag;
    w->watches[tag].off = true;
    dvb_eval_fail(w->e, cell_of(w, tag), question_of(w, tag), why);
}

/* Show this round's clips; false: there is none. */
static bool set_clips(struct watching *w, struct dvb_err *err, int *ret)
{
    struct dvb_eval *e = w->e;
    bool any = false;
    *ret = dvb_store_begin(e->ws->store, err);
    if (*ret)
        return false;
    for (size_t q = 0; q < e->n_questions && !*ret; q++) {
        const struct dvb_question *question = &e->questions[q].q;
        struct dvb_segment *segment = &e->questions[q].segment;
        bool open = dvb_is_proactive(question) && time_of(w, question) >= 0;
        e->idle[q] = true;
        for (size_t c = 0; c < e->matrix.n_cells && open; c++)
            e->idle[q] &= !watched(w, q * e->matrix.n_cells + c);
        if (e->idle[q])
            continue;
        any = true;
        segment->start_ms = question->asked_ms;
        segment->length_ms = w->round * STEP_MS;
        *ret = dvb_store_put_segment(e->ws->store, segment, &segment->id, err);
    }
    int end = dvb_store_end(e->ws->store, !*ret, *ret ? NULL : err);
    *ret = *ret ? *ret : end;
    return any;
}

/* A clip that cannot be shown, now or from some second on: no answer. */
static void drop_unshown(struct watching *w)
{
    struct dvb_eval *e = w->e;
    for (size_t tag = 0; tag < e->n_questions * e->matrix.n_cells; tag++) {
        size_t view = e->matrix.cells[cell_of(w, tag)].view;
        const char *why = e->problems[view * e->n_questions + question_of(w, tag)];
        if (e->idle[question_of(w, tag)] || !why || !watched(w, tag))
            continue;
        w->watches[tag].off = true;
        dvb_eval_fail(e, cell_of(w, tag), question_of(w, tag), why);
    }
}

static int ask(struct watching *w, bool outputs, struct dvb_err *err)
{
    const struct dvb_ask_source source = {
        .next = next,
        .answer = answer,
        .failed = failed,
        .user = w,
        .what = outputs ? "outputs" : "notices",
        .total = (long)(w->e->n_questions * w->e->matrix.n_cells),
    };
    w->outputs = outputs;
    w->at = 0;
    return dvb_asker_run(w->e->asker, &source, err);
}

/* In a dry run nobody says yes: all rounds are foreseen, and one output each. */
static void foresee_outputs(struct watching *w)
{
    struct dvb_eval *e = w->e;
    for (size_t tag = 0; tag < e->n_questions * e->matrix.n_cells; tag++) {
        const struct dvb_question *q = &e->questions[question_of(w, tag)].q;
        bool last = dvb_is_proactive(q) && time_of(w, q) + STEP_MS > q->due_ms + GRACE_MS;
        w->watches[tag].ours = w->watches[tag].theirs = last && watched(w, tag);
    }
}

static bool has_problem(const struct dvb_eval *e, size_t question)
{
    for (size_t v = 0; v < e->matrix.n_views; v++)
        if (e->problems[v * e->n_questions + question])
            return true;
    return false;
}

/* This round's clips; what could not be shown before is not tried again, though the blind are
   still asked. */
static int show(struct dvb_eval *e, struct dvb_err *err)
{
    bool *asked = e->idle, any = false;
    e->idle = dvb_calloc(e->n_questions + 1, sizeof(*e->idle));
    for (size_t q = 0; q < e->n_questions; q++) {
        e->idle[q] = asked[q] || has_problem(e, q);
        any |= !e->idle[q];
    }
    int ret = any ? dvb_eval_render(e, err) : 0;
    free(e->idle);
    e->idle = asked;
    return ret;
}

static int ask_round(struct watching *w, struct dvb_err *err)
{
    int ret = show(w->e, err);
    if (ret)
        return ret;
    drop_unshown(w);
    ret = ask(w, false, err);
    if (!ret && w->e->ws->dry)
        foresee_outputs(w);
    if (!ret)
        ret = ask(w, true, err);
    for (size_t tag = 0; tag < w->e->n_questions * w->e->matrix.n_cells; tag++)
        w->watches[tag].ours = w->watches[tag].theirs = false;
    return ret;
}

static void start(struct watching *w)
{
    struct dvb_eval *e = w->e;
    for (size_t tag = 0; tag < e->n_questions * e->matrix.n_cells; tag++) {
        size_t cell = cell_of(w, tag), question = question_of(w, tag);
        bool proactive = dvb_is_proactive(&e->questions[question].q);
        bool out = e->settings->exclude_builders && dvb_eval_built(e, cell, question);
        w->watches[tag].off = !proactive || !e->matrix.cells[cell].model || out;
        if (proactive && out)
            dvb_eval_at(e, cell, question)->status = DVB_OUTCOME_EXCLUDED;
    }
}

/* Who never spoke was asked to the end, and is wrong. */
static int settle(struct watching *w, struct dvb_err *err)
{
    struct dvb_eval *e = w->e;
    int ret = 0;
    for (size_t tag = 0; tag < e->n_questions * e->matrix.n_cells && !ret; tag++) {
        size_t cell = cell_of(w, tag), question = question_of(w, tag);
        const struct dvb_question *q = &e->questions[question].q;
        const struct watch *watch = &w->watches[tag];
        const struct dvb_said *said = said_of(w, tag);
        if (watch->off)
            continue;
        int64_t ended = said->published_ms < 0 ? watch->last_ms : said->published_ms;
        e->published.scores[cell * e->n_questions + question] = llabs(ended - q->due_ms) <=
                                                                    DVB_PROACTIVE_WITHIN_MS &&
                                                                watch->published_right;
        if (said->at_ms < 0)
            ret = dvb_eval_keep(e, cell, question, err);
    }
    return ret;
}

int dvb_proactive_ask(struct dvb_eval *e, struct dvb_err *err)
{
    struct watching w = { .e = e };
    w.watches = dvb_calloc(e->n_questions * e->matrix.n_cells, sizeof(*w.watches));
    start(&w);
    int ret = 0;
    for (w.round = 1; set_clips(&w, err, &ret) && !ret; w.round++)
        if ((ret = ask_round(&w, err)))
            break;
    if (!ret && !e->ws->dry)
        ret = settle(&w, err);
    free(w.watches);
    return ret;
}
