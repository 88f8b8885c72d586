/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/protocol/present.h"

#include "base/json.h"
#include "eval/present.h"
#include "eval/protocol/streaming.h"

json_t *dvb_protocol_settings_json(const struct dvb_eval *e)
{
    const struct dvb_protocol_settings *s = &e->settings->protocol_settings;
    json_t *j = dvb_json_pack("{s:s}", "name", e->protocol->name);
    if (!e->protocol->timed)
        return j;
    json_object_set_new(j, "context_s",
                        s->context_ms ? json_real((double)s->context_ms / 1000) : json_null());
    json_object_set_new(j, "history", json_string(dvb_history_names[s->history]));
    return j;
}

json_t *dvb_published_json(const struct dvb_score *s, size_t cell, int task)
{
    const struct dvb_scored_cell *c = dvb_published_find(s, cell, task);
    if (!c)
        return json_null();
    json_t *j = json_object();
    dvb_eval_put_share(j, &c->share, "accuracy");
    json_object_set_new(j, "correct", json_integer((json_int_t)c->share.count));
    return j;
}

static json_t *categories_json(const struct dvb_eval *e)
{
    const struct dvb_published *p = &e->published;
    json_t *list = json_array();
    for (size_t i = 0; i < p->by_group.n_cells; i++) {
        const struct dvb_scored_cell *c = &p->by_group.cells[i];
        if (c->task < 0)
            continue;
        json_t *j = dvb_eval_condition_json(e, (size_t)c->cell);
        json_object_set_new(j, "category", json_string(p->groups[c->task]));
        dvb_eval_put_share(j, &c->share, "accuracy");
        json_object_set_new(j, "correct", json_integer((json_int_t)c->share.count));
        json_object_set_new(j, "published",
                            dvb_published_json(&p->published_by_group, (size_t)c->cell, c->task));
        json_array_append_new(list, j);
    }
    return list;
}

struct dvb_proactive_counts dvb_proactive_count(const struct dvb_eval *e, size_t cell)
{
    struct dvb_proactive_counts n = { 0 };
    for (size_t q = 0; q < e->n_questions; q++) {
        const struct dvb_question *question = &e->questions[q].q;
        const struct dvb_eval_answer *a = dvb_eval_at(e, cell, q);
        if (!dvb_is_proactive(question) || a->status == DVB_OUTCOME_ERROR ||
            a->status == DVB_OUTCOME_EXCLUDED)
            continue;
        int64_t at = e->published.said[cell * e->n_questions + q].at_ms;
        int64_t off = at - question->due_ms;
        n.n++;
        n.never += at < 0;
        n.early += at >= 0 && off < -DVB_PROACTIVE_WITHIN_MS;
        n.late += at >= 0 && off > DVB_PROACTIVE_WITHIN_MS;
        n.right += a->score >= DVB_STATS_RIGHT;
    }
    n.on_time = n.n - n.never - n.early - n.late;
    return n;
}

static json_t *proactive_json(const struct dvb_eval *e)
{
    json_t *list = json_array();
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        struct dvb_proactive_counts n = dvb_proactive_count(e, c);
        if (!n.n)
            continue;
        json_t *j = dvb_eval_condition_json(e, c);
        json_t *counts = dvb_json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "n", (json_int_t)n.n,
                                       "early", (json_int_t)n.early, "on_time",
                                       (json_int_t)n.on_time, "late", (json_int_t)n.late, "never",
                                       (json_int_t)n.never, "correct", (json_int_t)n.right);
        json_object_update(j, counts);
        json_decref(counts);
        json_array_append_new(list, j);
    }
    return list;
}

json_t *dvb_protocol_json(const struct dvb_eval *e)
{
    json_t *j = dvb_protocol_settings_json(e);
    if (!e->published.scores)
        return j;
    json_object_set_new(j, "categories", categories_json(e));
    json_object_set_new(j, "proactive", proactive_json(e));
    return j;
}
