/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confidences as JSON, and as the CSV that network/recap.c reads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/confidence.h"
#include "eval/present.h"

#define ABOUT 3 /* columns before the tiers' */
#define COLUMNS (ABOUT + 2 * DVB_RECAP_TIERS)

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *about_json(const struct dvb_confidence_run *r, size_t question)
{
    const struct dvb_run_question *q = &r->e->questions[question];
    return dvb_json_pack("{s:o, s:o, s:f}", "question", dvb_json_str(q->q.key), "video",
                         dvb_json_str(q->video_name), "start_s",
                         (double)q->segment.start_ms / 1000);
}

static json_t *tier_json(const struct dvb_confidence_run *r, size_t c)
{
    const struct dvb_confidence_tier *t = &r->tiers[c];
    return dvb_json_pack("{s:f, s:o, s:I, s:o, s:o, s:o, s:I, s:o, s:o}", "bitrate_kbps",
                         (double)dvb_eval_view(r->e, c)->bitrate / 1000, "measured_kbps",
                         number(t->kbps > 0 ? t->kbps : NAN), "missed_rate", (json_int_t)t->missed,
                         "mean_confidence", number(t->mean), "enough", number(t->enough), "right",
                         number(t->right), "n_enough", (json_int_t)t->n_sure, "right_enough",
                         number(t->sure), "right_below", number(t->unsure));
}

/* A question with all its confidences. */
static json_t *question_json(const struct dvb_confidence_run *r, size_t q)
{
    json_t *j = about_json(r, q), *at = json_array(), *answers = json_array(),
           *right = json_array();
    for (size_t c = 0; c < r->e->matrix.n_cells; c++) {
        const struct dvb_eval_answer *a = dvb_eval_at(r->e, c, q);
        const char letter[] = { (char)('A' + a->option), '\0' };
        json_array_append_new(at, json_real(r->at[c * r->e->n_questions + q]));
        json_array_append_new(answers, a->option < 0 ? json_null() : json_string(letter));
        json_array_append_new(right, json_boolean(a->score > 0));
    }
    json_object_set_new(j, "confidences", at);
    json_object_set_new(j, "answers", answers);
    json_object_set_new(j, "right", right);
    return j;
}

/* Why a question has no confidence at a tier: what went wrong, or what was replied. */
static json_t *gap_json(const struct dvb_confidence_run *r, size_t c, size_t q)
{
    const struct dvb_eval_answer *a = dvb_eval_at(r->e, c, q);
    json_t *j = about_json(r, q);
    json_object_set_new(j, "bitrate_kbps",
                        json_real((double)dvb_eval_view(r->e, c)->bitrate / 1000));
    json_object_set_new(j, "status", json_string(dvb_outcome_names[a->status]));
    json_object_set_new(j, "why", dvb_json_str(a->why));
    json_object_set_new(j, "reply", dvb_json_str(r->replies[c * r->e->n_questions + q]));
    return j;
}

json_t *dvb_confidence_json(const struct dvb_confidence_run *r)
{
    const struct dvb_eval *e = r->e;
    json_t *tiers = json_array(), *questions = json_array(), *gaps = json_array();
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        json_array_append_new(tiers, tier_json(r, c));
    for (size_t q = 0; q < e->n_questions; q++) {
        if (r->whole[q])
            json_array_append_new(questions, question_json(r, q));
        for (size_t c = 0; c < e->matrix.n_cells; c++)
            if (dvb_eval_at(e, c, q)->status != DVB_OUTCOME_OK)
                json_array_append_new(gaps, gap_json(r, c, q));
    }
    return dvb_json_pack("{s:I, s:I, s:s, s:o, s:f, s:I, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:o,"
                         " s:{s:I, s:I, s:I}}",
                         "run", (json_int_t)e->run, "set", (json_int_t)e->set.id, "stage",
                         dvb_eval_stage(e), "model", dvb_json_str(e->models[0]->profile->name),
                         "tau", r->tau, "asked", (json_int_t)e->n_questions, "complete",
                         (json_int_t)r->n_whole, "without", "unparsed", (json_int_t)r->n_unparsed,
                         "refused", (json_int_t)r->n_refused, "errors", (json_int_t)r->n_errors,
                         "tiers", tiers, "questions", questions, "missing", gaps, "calls", "made",
                         (json_int_t)e->calls.made, "cached", (json_int_t)e->calls.cached, "failed",
                         (json_int_t)e->calls.failed);
}

static void write_fields(FILE *f, char *fields[COLUMNS])
{
    dvb_csv_write_row(f, (const char *const *)fields, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        free(fields[i]);
}

static void write_headings(FILE *f, const struct dvb_confidence_run *r)
{
    char *fields[COLUMNS] = { dvb_strdup("question"), dvb_strdup("video"), dvb_strdup("start_s") };
    for (size_t t = 0; t < DVB_RECAP_TIERS; t++) {
        int64_t bitrate = dvb_eval_view(r->e, t)->bitrate;
        char name[40];
        dvb_confidence_column(bitrate, name, sizeof(name));
        fields[ABOUT + t] = dvb_strdup(name);
        fields[ABOUT + DVB_RECAP_TIERS + t] = dvb_asprintf("right_%.10gkbps",
                                                           (double)bitrate / 1000);
    }
    write_fields(f, fields);
}

static int write_csv(void *user, FILE *f, struct dvb_err *err)
{
    const struct dvb_confidence_run *r = user;
    (void)err;
    write_headings(f, r);
    for (size_t q = 0; q < r->e->n_questions; q++) {
        const struct dvb_run_question *question = &r->e->questions[q];
        if (!r->whole[q])
            continue;
        char *fields[COLUMNS] = { dvb_strdup(question->q.key), dvb_strdup(question->video_name),
                                  dvb_asprintf("%g", (double)question->segment.start_ms / 1000) };
        for (size_t t = 0; t < DVB_RECAP_TIERS; t++) {
            fields[ABOUT + t] = dvb_asprintf("%.10g", r->at[t * r->e->n_questions + q]);
            fields[ABOUT + DVB_RECAP_TIERS + t] = dvb_asprintf("%g",
                                                               dvb_eval_at(r->e, t, q)->score);
        }
        write_fields(f, fields);
    }
    return 0;
}

int dvb_confidence_write_csv(const struct dvb_confidence_run *r, const char *path,
                             struct dvb_err *err)
{
    return dvb_write_stream(path, write_csv, (void *)r, err);
}
