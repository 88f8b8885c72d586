/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 3: a model writes questions about each side-by-side clip. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/questions.h"
#include "pipeline/steps.h"
#include "workspace/prompt.h"

struct generate {
    struct dvb_build *b;
    json_t *schema;
    size_t at; /* next segment */
};

static char *fill_prompt(const struct dvb_build *b, const struct dvb_work *w)
{
    char length[32], most[32];
    snprintf(length, sizeof(length), "%g", (double)w->segment.length_ms / 1000);
    snprintf(most, sizeof(most), "%lld", (long long)b->settings->max_questions);
    bool frames = b->generator->profile->send == DVB_SEND_FRAMES;
    const struct dvb_slot slots[] = {
        { "length", length },
        { "max_questions", most },
        { "media", frames ? " as pictures in order, evenly spaced in time" : "" },
    };
    return dvb_prompt_fill(b->generate_prompt, slots, 3);
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct generate *g = user;
    (void)err;
    while (g->at < g->b->n_work && !g->b->work[g->at].renditions[DVB_KIND_PAIR])
        g->at++;
    if (g->at == g->b->n_work)
        return 0;
    const struct dvb_work *w = &g->b->work[g->at];
    *a = (struct dvb_asking){
        .model = g->b->generator,
        .step = "generate",
        .prompt_name = "generate",
        .prompt = fill_prompt(g->b, w),
        .rendition = w->renditions[DVB_KIND_PAIR],
        .schema = g->schema,
        .schema_name = "questions",
        .tag = (int64_t)g->at++,
        .expect_out = DVB_QUESTION_TOKENS * (long)g->b->settings->max_questions,
    };
    return 1;
}

static void count_dropped(json_t *tally, const struct dvb_question_list *list)
{
    for (int d = 1; d < DVB_DROPS; d++)
        if (list->dropped[d]) {
            long n = (long)dvb_json_get_num(tally, dvb_drop_names[d], 0) + list->dropped[d];
            json_object_set_new(tally, dvb_drop_names[d], json_integer(n));
        }
}

static int keep(struct dvb_build *b, const struct dvb_work *w, const struct dvb_call *call,
                struct dvb_question_list *list, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < list->n && !ret; i++) {
        int64_t id;
        list->v[i].segment = w->segment.id;
        list->v[i].call = call->id;
        ret = dvb_store_put_question(b->ws->store, &list->v[i], &id, err);
        if (!ret)
            ret = dvb_store_put_run_question(b->ws->store, b->run, id, err);
    }
    return ret;
}

static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct generate *g = user;
    struct dvb_build *b = g->b;
    struct dvb_work *w = &b->work[a->tag];
    struct dvb_question_list list = { 0 };
    w->answered = true;
    bool refused = call->status == DVB_CALL_REFUSED;
    bool readable = !refused && dvb_questions_parse(call->reply, (int)b->settings->max_questions,
                                                    (uint64_t)b->settings->seed, &list);
    enum dvb_call_status status = refused    ? DVB_CALL_REFUSED
                                  : readable ? DVB_CALL_OK
                                             : DVB_CALL_UNPARSED;
    int ret = 0;
    if (!readable) {
        dvb_warn("%s: the generator %s", w->name,
                 refused ? "refused" : "replied with no question list");
        b->result->clips_unparsed++;
    }
    if (status != call->status)
        ret = dvb_store_set_call_status(b->ws->store, call->id, status, err);
    count_dropped(b->result->dropped, &list);
    if (!ret)
        ret = keep(b, w, call, &list, err);
    dvb_question_list_free(&list);
    return ret;
}

int dvb_step_generate(struct dvb_build *b, struct dvb_err *err)
{
    struct generate g = { .b = b, .schema = dvb_questions_schema((int)b->settings->max_questions) };
    const struct dvb_ask_source source = {
        .next = next, .answer = answer, .user = &g, .what = "generate", .total = (long)b->n_work
    };
    int ret = dvb_asker_run(b->asker, &source, err);
    json_decref(g.schema);
    return ret;
}
