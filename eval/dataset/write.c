/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/dataset/formats.h"
#include "workspace/published.h"

static void free_cells(char *cell[DVB_WRITER_COLUMNS])
{
    for (int i = 0; i < DVB_WRITER_COLUMNS; i++)
        free(cell[i]);
}

static int refuse(const struct dvb_run_question *rq, const char *why, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "question %s %s", rq->q.key, why);
}

/* A time stamp has no column in either table, and without it the question is another. */
static int check_fit(const struct dvb_run_question *rq, struct dvb_err *err)
{
    if (rq->q.source && (rq->q.asked_ms >= 0 || rq->q.series))
        return refuse(rq,
                      "is asked at a time stamp, for which the published table has no column: "
                      "use --format jsonl",
                      err);
    return 0;
}

static char *folder(const struct dvb_run_question *rq)
{
    return dvb_published_folder(rq->q.source ? rq->q.source : rq->video_name);
}

static int v1_cells(const struct dvb_run_question *rq, char *cell[DVB_WRITER_COLUMNS],
                    struct dvb_err *err)
{
    const struct dvb_question *q = &rq->q;
    if (q->n_options < 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "question %s has %d options; the published table holds multiple choice "
                        "only: use --format %s",
                        q->key, q->n_options, q->reference ? "devibench-v2 or jsonl" : "jsonl");
    int ret = check_fit(rq, err);
    if (ret)
        return ret;
    cell[0] = folder(rq);
    cell[1] = dvb_published_time(rq->segment.start_ms);
    cell[2] = dvb_strdup(q->text);
    cell[3] = dvb_options_join(q->options, q->n_options);
    cell[4] = dvb_asprintf("%c", 'A' + q->answer);
    cell[5] = dvb_strdup(q->task_type);
    return 0;
}

static int v2_cells(const struct dvb_run_question *rq, char *cell[DVB_WRITER_COLUMNS],
                    struct dvb_err *err)
{
    static const char sample[] = "sample_";
    const struct dvb_question *q = &rq->q;
    if (q->n_options || !q->reference)
        return refuse(rq,
                      "has options; the published v2 table holds answers in free words only: use "
                      "--format devibench or jsonl",
                      err);
    int ret = check_fit(rq, err);
    if (ret)
        return ret;
    char *name = folder(rq);
    size_t skip = strlen(sample);
    bool number = !strncmp(name, sample, skip) && name[skip] &&
                  !name[skip + strspn(name + skip, "0123456789")];
    cell[0] = dvb_strdup(number ? name + skip : name);
    cell[1] = dvb_published_time(rq->segment.start_ms);
    cell[2] = dvb_strdup(q->text);
    cell[3] = dvb_strdup(q->reference);
    cell[4] = dvb_strdup(q->multi_frame ? "Multi" : "Single");
    cell[5] = dvb_strdup(q->task_type);
    free(name);
    return 0;
}

static void begin_table(const struct dvb_writer *w, FILE *f)
{
    dvb_csv_write_bom(f);
    dvb_csv_write_row(f, w->columns, DVB_WRITER_COLUMNS);
}

/* The cells with those that verbatim has in place of ours; heap. */
static void restore(const struct dvb_writer *w, const json_t *verbatim,
                    char *const made[DVB_WRITER_COLUMNS], char *cell[DVB_WRITER_COLUMNS])
{
    for (int i = 0; i < DVB_WRITER_COLUMNS; i++) {
        const char *was = dvb_json_get_str(verbatim, w->columns[i]);
        cell[i] = dvb_strdup(was ? was : made[i]);
    }
}

/* True when the row is read as this question. */
static bool says(const struct dvb_writer *w, char *const cell[DVB_WRITER_COLUMNS],
                 const struct dvb_question *q)
{
    struct dvb_record r;
    dvb_record_init(&r, 1, 1);
    w->format->read(&r, (const char *const *)cell);
    bool same = !r.fault.text && !dvb_record_compare(&r.q, q);
    dvb_record_release(&r);
    return same;
}

static void write_cells(const struct dvb_writer *w, FILE *f, const struct dvb_question *q,
                        char *const made[DVB_WRITER_COLUMNS])
{
    json_t *verbatim = NULL;
    char *was[DVB_WRITER_COLUMNS] = { NULL };
    if (q->verbatim)
        dvb_json_parse(q->verbatim, strlen(q->verbatim), "verbatim", &verbatim, NULL);
    if (verbatim)
        restore(w, verbatim, made, was);
    bool take = verbatim && says(w, was, q);
    dvb_csv_write_row(f, (const char *const *)(take ? was : made), DVB_WRITER_COLUMNS);
    json_decref(verbatim);
    free_cells(was);
}

static int write_table(const struct dvb_writer *w, FILE *f, const struct dvb_run_question *q,
                       struct dvb_err *err)
{
    char *cell[DVB_WRITER_COLUMNS] = { NULL };
    int ret = w->cells(q, cell, err);
    if (!ret)
        write_cells(w, f, &q->q, cell);
    free_cells(cell);
    return ret;
}

void dvb_table_keep(const struct dvb_writer *w, struct dvb_question *q, const char *const *cell)
{
    const struct dvb_run_question rq = { .q = *q, .segment = { .start_ms = q->start_ms } };
    char *made[DVB_WRITER_COLUMNS] = { NULL };
    if (!w->cells(&rq, made, NULL)) {
        json_t *j = json_object();
        for (int i = 0; i < DVB_WRITER_COLUMNS; i++)
            if (strcmp(made[i], cell[i]))
                json_object_set_new(j, w->columns[i], dvb_json_str(cell[i]));
        if (json_object_size(j))
            q->verbatim = dvb_json_canon(j);
        json_decref(j);
    }
    free_cells(made);
}

static const char *const v1_columns[] = { "sample_folder", "start_time",      "question",
                                          "options",       "standard_answer", "task_type" };
static const char *const v2_columns[] = { "sample_id",  "start_time", "question",
                                          "std_answer", "Frame",      "task_type" };

const struct dvb_writer dvb_writer_v1 = { "devibench", v1_columns, begin_table,
                                          write_table, v1_cells,   &dvb_format_v1 };
const struct dvb_writer dvb_writer_v2 = { "devibench-v2", v2_columns, begin_table,
                                          write_table,    v2_cells,   &dvb_format_v2 };

const struct dvb_writer *const dvb_writers[] = { &dvb_writer_v1, &dvb_writer_v2, &dvb_writer_jsonl,
                                                 NULL };
const char *const dvb_writer_names[] = { "devibench", "devibench-v2", "jsonl", NULL };
