/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question as a JSON object, written and read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/dataset/formats.h"
#include "eval/dataset/write.h"

/* Whole seconds as an integer, others as a real. */
static json_t *seconds(int64_t ms)
{
    return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
}

static json_t *options_json(const struct dvb_question *q)
{
    json_t *list = json_array();
    for (int i = 0; i < q->n_options; i++)
        json_array_append_new(list, dvb_json_str(q->options[i]));
    return list;
}

static json_t *answer_json(const struct dvb_question *q)
{
    char letter[2] = { (char)('A' + q->answer), '\0' };
    return q->n_options ? json_string(letter) : dvb_json_str(q->reference);
}

static void set_text(json_t *j, const char *key, const char *text)
{
    if (text)
        json_object_set_new(j, key, dvb_json_str(text));
}

static void set_imported(json_t *j, const struct dvb_question *q)
{
    if (q->asked_ms >= 0)
        json_object_set_new(j, "asked", seconds(q->asked_ms));
    if (q->due_ms >= 0)
        json_object_set_new(j, "due", seconds(q->due_ms));
    set_text(j, "ability", q->ability);
    set_text(j, "series", q->series);
    if (q->series)
        json_object_set_new(j, "series_index", json_integer(q->series_index));
    json_t *verbatim = NULL;
    if (q->verbatim && !dvb_json_parse(q->verbatim, strlen(q->verbatim), "", &verbatim, NULL))
        json_object_set_new(j, "verbatim", verbatim);
}

json_t *dvb_question_json(const struct dvb_run_question *rq)
{
    const struct dvb_question *q = &rq->q;
    json_t *j = json_object();
    json_object_set_new(j, "key", json_string(q->key));
    json_object_set_new(j, "video", dvb_json_str(q->source ? q->source : rq->video_name));
    json_object_set_new(j, "start", seconds(rq->segment.start_ms));
    json_object_set_new(j, "length", seconds(rq->segment.length_ms));
    json_object_set_new(j, "question", dvb_json_str(q->text));
    json_object_set_new(j, "options", options_json(q));
    json_object_set_new(j, "answer", answer_json(q));
    json_object_set_new(j, "task_type", dvb_json_str(q->task_type));
    json_object_set_new(j, "frames", json_string(q->multi_frame ? "multi" : "single"));
    json_object_set_new(j, "origin", dvb_json_str(q->origin));
    if (q->source)
        set_imported(j, q);
    else
        json_object_set_new(j, "stage", json_string(dvb_stage_names[rq->stage]));
    return j;
}

static void begin_lines(const struct dvb_writer *w, FILE *f)
{
    (void)w;
    (void)f;
}

static int write_line(const struct dvb_writer *w, FILE *f, const struct dvb_run_question *q,
                      struct dvb_err *err)
{
    (void)w;
    (void)err;
    json_t *j = dvb_question_json(q);
    json_dumpf(j, f, JSON_COMPACT | JSON_REAL_PRECISION(10));
    fputc('\n', f);
    json_decref(j);
    return 0;
}

const struct dvb_writer dvb_writer_jsonl = { .name = "jsonl",
                                             .begin = begin_lines,
                                             .write = write_line };

/* A text member; fallback where it is not there (NULL: it must be). */
static const char *text_of(struct dvb_record *r, const json_t *j, const char *key,
                           const char *fallback)
{
    const json_t *v = json_object_get(j, key);
    if (json_is_string(v))
        return json_string_value(v);
    if (v ? !json_is_null(v) : !fallback)
        dvb_record_fault(r, DVB_FIND_UNREADABLE, v ? "\"%s\" is no text" : "no \"%s\"", key);
    return fallback ? fallback : "";
}

/* Seconds as milliseconds; fallback where the member is not there (below -1: it must be). */
static int64_t ms_of(struct dvb_record *r, const json_t *j, const char *key, int64_t fallback)
{
    const json_t *v = json_object_get(j, key);
    double s = v ? json_number_value(v) : 0;
    if (json_is_number(v) && s >= 0 && s < 1e9)
        return llround(s * 1000);
    if (v || fallback < -1)
        dvb_record_fault(r, DVB_FIND_UNREADABLE, v ? "\"%s\" is no number of seconds" : "no \"%s\"",
                         key);
    return fallback < -1 ? 0 : fallback;
}

static void read_options(struct dvb_record *r, const json_t *list)
{
    size_t n = json_array_size(list);
    if ((list && !json_is_array(list)) || n == 1 || n > DVB_MAX_OPTIONS) {
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "\"options\" is no list of 2 to %d texts",
                         DVB_MAX_OPTIONS);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text)
            dvb_record_fault(r, DVB_FIND_UNREADABLE, "option %zu is no text", i + 1);
        else
            r->q.options[r->q.n_options++] = dvb_strdup(text);
    }
}

static void set(char **field, const char *text)
{
    free(*field);
    *field = dvb_strdup(text);
}

static void read_imported(struct dvb_record *r, const json_t *j)
{
    struct dvb_question *q = &r->q;
    q->asked_ms = ms_of(r, j, "asked", -1);
    q->due_ms = ms_of(r, j, "due", -1);
    if (json_object_get(j, "ability"))
        set(&q->ability, text_of(r, j, "ability", ""));
    if (json_object_get(j, "series")) {
        set(&q->series, text_of(r, j, "series", ""));
        double at = dvb_json_get_num(j, "series_index", 0);
        if (at >= 0 && at < 1e9)
            q->series_index = (int)at;
        else
            dvb_record_fault(r, DVB_FIND_UNREADABLE, "\"series_index\" is no place in a series");
    }
    const json_t *verbatim = json_object_get(j, "verbatim");
    if (json_is_object(verbatim))
        q->verbatim = dvb_json_canon(verbatim);
    else if (verbatim)
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "\"verbatim\" is no object");
}

void dvb_jsonl_read(struct dvb_record *r, const json_t *j)
{
    struct dvb_question *q = &r->q;
    set(&q->source, text_of(r, j, "video", NULL));
    set(&q->text, text_of(r, j, "question", NULL));
    q->start_ms = ms_of(r, j, "start", -2);
    q->length_ms = ms_of(r, j, "length", DVB_CLIP_MS);
    if (!r->fault.text && (!*q->source || !*q->text || q->length_ms < 1))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "an empty \"video\", \"question\" or \"length\"");
    read_options(r, json_object_get(j, "options"));
    dvb_record_answer(r, text_of(r, j, "answer", ""));
    set(&q->task_type, text_of(r, j, "task_type", ""));
    q->multi_frame = !strcmp(text_of(r, j, "frames", "single"), "multi");
    read_imported(r, j);
}
