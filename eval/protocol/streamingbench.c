/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * StreamingBench's protocol (arXiv 2411.03628, and what its authors published
 * to run it): a question is asked at its time stamp about the video up to
 * there, 60 s of it or all; earlier questions of a series stand before it with
 * the right answers; proactive questions are asked every second. Its scorer
 * takes a reply's first character and leaves empty replies out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/protocol/streaming.h"
#include "eval/steps.h"
#include "workspace/prompt.h"

#define LEAST_MS 1000

void dvb_stream_clip(int64_t asked_ms, int64_t context_ms, int64_t *start_ms, int64_t *length_ms)
{
    *start_ms = context_ms && asked_ms > context_ms ? asked_ms - context_ms : 0;
    *length_ms = asked_ms - *start_ms > LEAST_MS ? asked_ms - *start_ms : LEAST_MS;
}

int dvb_first_character(const char *reply, int answer)
{
    return *reply ? *reply == 'A' + answer : -1;
}

static int load_prompts(struct dvb_eval *e, struct dvb_streaming *s, struct dvb_err *err)
{
    static const char *const none[] = { NULL };
    static const char *const turns[] = { "turns", NULL };
    static const char *const turn[] = { "time", "question", "options", "answer", NULL };
    static const char *const notice[] = { "question", "output", NULL };
    static const char *const question[] = { "question", NULL };
    const char *dir = e->settings->prompts;
    int ret = dvb_prompt_load(dir, "stream_history", turns, none, &s->history, err);
    if (!ret)
        ret = dvb_prompt_load(dir, "stream_turn", turn, none, &s->turn, err);
    if (!ret)
        ret = dvb_prompt_load(dir, "stream_notice", notice, none, &s->notice, err);
    return ret ? ret : dvb_prompt_load(dir, "stream_output", question, none, &s->output, err);
}

/* Proactive questions get their clips second by second. */
static int choose_clips(struct dvb_eval *e, struct dvb_err *err)
{
    int ret = dvb_store_begin(e->ws->store, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < e->n_questions && !ret; i++) {
        struct dvb_run_question *q = &e->questions[i];
        if (dvb_is_proactive(&q->q))
            continue;
        dvb_stream_clip(q->q.asked_ms, e->settings->protocol_settings.context_ms,
                        &q->segment.start_ms, &q->segment.length_ms);
        ret = dvb_store_put_segment(e->ws->store, &q->segment, &q->segment.id, err);
    }
    int end = dvb_store_end(e->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

static int open_streaming(struct dvb_eval *e, struct dvb_err *err)
{
    struct dvb_streaming *s = dvb_calloc(1, sizeof(*s));
    size_t n = e->matrix.n_cells * e->n_questions;
    e->protocol_state = s;
    int ret = load_prompts(e, s, err);
    if (!ret)
        ret = choose_clips(e, err);
    if (ret)
        return ret;
    s->before = dvb_series_links(e->questions, e->n_questions);
    e->published.scores = dvb_calloc(n, sizeof(*e->published.scores));
    e->published.said = dvb_calloc(n, sizeof(*e->published.said));
    for (size_t i = 0; i < n; i++) {
        e->published.scores[i] = -1;
        e->published.said[i] = (struct dvb_said){ -1, -1, false };
    }
    return 0;
}

static void close_streaming(struct dvb_eval *e)
{
    struct dvb_streaming *s = dvb_streaming_of(e);
    if (!s)
        return;
    free(s->history);
    free(s->turn);
    free(s->notice);
    free(s->output);
    free(s->before);
    free(s);
    e->protocol_state = NULL;
}

static char *prompt(const struct dvb_eval *e, const char *text, size_t cell, size_t question)
{
    const struct dvb_question *q = &e->questions[question].q;
    char *options = dvb_prompt_options((const char *const *)q->options, q->n_options);
    char *history = dvb_series_history(e, cell, question);
    const struct dvb_slot slots[] = { { "history", history },
                                      { "question", q->text },
                                      { "options", options } };
    char *filled = dvb_prompt_fill(text, slots, 3);
    free(options);
    free(history);
    return filled;
}

static void answered(struct dvb_eval *e, size_t cell, size_t question, const struct dvb_call *call)
{
    e->published.scores[cell * e->n_questions + question] = (signed char)dvb_first_character(
        call->reply, e->questions[question].q.answer);
}

/* Cells that ask no model: a letter is its own first character. */
static void score_constants(struct dvb_eval *e)
{
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        for (size_t q = 0; q < e->n_questions; q++) {
            struct dvb_eval_answer *a = dvb_eval_at(e, c, q);
            if (e->matrix.cells[c].model)
                continue;
            if (dvb_is_proactive(&e->questions[q].q)) {
                a->status = DVB_OUTCOME_EXCLUDED;
                a->option = -1;
                a->score = 0;
            } else {
                e->published.scores[c * e->n_questions + q] = a->score >= DVB_STATS_RIGHT;
            }
        }
}

/* Some clips may be damaged, not all of them. */
static int check_shown(const struct dvb_eval *e, struct dvb_err *err)
{
    const char *problem = NULL;
    for (size_t i = 0; i < e->matrix.n_views * e->n_questions; i++) {
        if (e->renditions[i])
            return 0;
        problem = e->problems[i] ? e->problems[i] : problem;
    }
    return problem ? dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "none of the clips can be shown: %s",
                              problem)
                   : 0;
}

static int run(struct dvb_eval *e, struct dvb_err *err)
{
    size_t once = 0;
    e->idle = dvb_calloc(e->n_questions + 1, sizeof(*e->idle));
    for (size_t q = 0; q < e->n_questions; q++) {
        e->idle[q] = dvb_is_proactive(&e->questions[q].q);
        once += !e->idle[q];
    }
    int ret = once ? dvb_eval_render(e, err) : 0;
    if (!ret)
        ret = dvb_series_ask(e, err);
    score_constants(e);
    if (!ret && once < e->n_questions)
        ret = dvb_proactive_ask(e, err);
    return ret ? ret : check_shown(e, err);
}

/* Task types that are there, by category. */
static void make_groups(struct dvb_eval *e)
{
    struct dvb_published *p = &e->published;
    p->groups = dvb_stream_groups;
    while (p->groups[p->n_groups])
        p->n_groups++;
    p->group_of = dvb_calloc(e->n_questions, sizeof(*p->group_of));
    for (size_t q = 0; q < e->n_questions; q++)
        p->group_of[q] = dvb_stream_group(e->questions[q].q.task_type);
}

static int score(struct dvb_eval *e, const struct dvb_score_input *in, struct dvb_err *err)
{
    struct dvb_published *p = &e->published;
    size_t n = in->n_cells * in->n_questions;
    struct dvb_score_item *items = dvb_calloc(n, sizeof(*items));
    for (size_t i = 0; i < n; i++)
        items[i] = (struct dvb_score_item){ .value = p->scores[i] > 0,
                                            .counts = p->scores[i] >= 0,
                                            .error = in->items[i].error };
    make_groups(e);
    struct dvb_score_input theirs = *in, ours = *in;
    theirs.items = items;
    theirs.pairs = ours.pairs = DVB_PAIRS_NONE;
    int ret = dvb_score_make(&theirs, &p->by_task, err);
    theirs.tasks = ours.tasks = p->group_of;
    theirs.n_tasks = ours.n_tasks = p->n_groups;
    if (!ret)
        ret = dvb_score_make(&ours, &p->by_group, err);
    if (!ret)
        ret = dvb_score_make(&theirs, &p->published_by_group, err);
    free(items);
    return ret;
}

static const char *const slots[] = { "history", "question", "options", NULL };

const struct dvb_protocol dvb_protocol_streamingbench = {
    .name = "streamingbench",
    .description = "at its time stamp, about the video up to there",
    .answer = "stream_answer",
    .blind = "stream_blind",
    .slots = slots,
    .choice_only = true,
    .timed = true,
    .proactive = true,
    .open = open_streaming,
    .close = close_streaming,
    .prompt = prompt,
    .answered = answered,
    .run = run,
    .score = score,
};
