/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequential questions: what was asked before stands in the prompt. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/protocol/streaming.h"
#include "eval/steps.h"
#include "workspace/prompt.h"

/* A question's place in its series. */
struct place {
    const char *series;
    int index;
    size_t question;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = strcmp(x->series, y->series);
    c = c ? c : (x->index > y->index) - (x->index < y->index);
    return c ? c : (x->question > y->question) - (x->question < y->question);
}

size_t *dvb_series_links(const struct dvb_run_question *questions, size_t n)
{
    size_t *before = dvb_calloc(n + 1, sizeof(*before)), count = 0;
    struct place *places = dvb_calloc(n + 1, sizeof(*places));
    for (size_t i = 0; i < n; i++) {
        before[i] = n;
        if (questions[i].q.series)
            places[count++] = (struct place){ questions[i].q.series, questions[i].q.series_index,
                                              i };
    }
    if (count)
        qsort(places, count, sizeof(*places), compare_places);
    for (size_t i = 1; i < count; i++)
        if (!strcmp(places[i - 1].series, places[i].series))
            before[places[i].question] = places[i - 1].question;
    free(places);
    return before;
}

/* "0:03:10" */
static char *clock_text(int64_t ms)
{
    long s = (long)(ms / 1000);
    return dvb_asprintf("%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

/* As the history has it: the right one, or what the cell's model chose. */
static char *answer_text(const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_question *q = &e->questions[question].q;
    int option = q->answer;
    if (e->settings->protocol_settings.history == DVB_HISTORY_OWN)
        option = dvb_eval_at(e, cell, question)->option;
    return option >= 0 && option < q->n_options
               ? dvb_asprintf("%c) %s", 'A' + option, q->options[option])
               : dvb_strdup("(no answer)");
}

static char *turn_text(const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_question *q = &e->questions[question].q;
    char *time = clock_text(q->asked_ms), *answer = answer_text(e, cell, question);
    char *options = dvb_prompt_options((const char *const *)q->options, q->n_options);
    const struct dvb_slot slots[] = {
        { "time", time }, { "question", q->text }, { "options", options }, { "answer", answer }
    };
    char *text = dvb_prompt_fill(dvb_streaming_of(e)->turn, slots, 4);
    free(time);
    free(answer);
    free(options);
    return text;
}

char *dvb_series_history(const struct dvb_eval *e, size_t cell, size_t question)
{
    const struct dvb_streaming *s = dvb_streaming_of(e);
    char *turns = dvb_strdup("");
    if (e->settings->protocol_settings.history == DVB_HISTORY_NONE)
        return turns;
    for (size_t q = s->before[question]; q < e->n_questions; q = s->before[q]) {
        char *turn = turn_text(e, cell, q), *longer = dvb_asprintf("%s%s", turn, turns);
        free(turn);
        free(turns);
        turns = longer;
    }
    if (!*turns)
        return turns;
    const struct dvb_slot slot = { "turns", turns };
    char *text = dvb_prompt_fill(s->history, &slot, 1);
    free(turns);
    return text;
}

/* How many stand before it. */
static size_t depth(const struct dvb_eval *e, size_t question)
{
    const size_t *before = dvb_streaming_of(e)->before;
    size_t n = 0;
    for (size_t q = before[question]; q < e->n_questions; q = before[q])
        n++;
    return n;
}

int dvb_series_ask(struct dvb_eval *e, struct dvb_err *err)
{
    if (e->settings->protocol_settings.history != DVB_HISTORY_OWN)
        return dvb_eval_ask(e, err);
    bool *idle = e->idle;
    size_t *depths = dvb_calloc(e->n_questions + 1, sizeof(*depths)), most = 0;
    for (size_t q = 0; q < e->n_questions; q++) {
        depths[q] = depth(e, q);
        most = !idle[q] && depths[q] > most ? depths[q] : most;
    }
    e->idle = dvb_calloc(e->n_questions + 1, sizeof(*e->idle));
    int ret = 0;
    for (size_t round = 0; round <= most && !ret; round++) {
        for (size_t q = 0; q < e->n_questions; q++)
            e->idle[q] = idle[q] || depths[q] != round;
        ret = dvb_eval_ask(e, err);
    }
    free(e->idle);
    e->idle = idle;
    free(depths);
    return ret;
}
