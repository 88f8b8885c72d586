/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/audit.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/dataset/audit_checks.h"
#include "eval/dataset/hunt.h"

static const struct dvb_audit_check *const checks[] = {
    &dvb_check_remarks, &dvb_check_options, &dvb_check_damage,
    &dvb_check_output,  &dvb_check_outside, &dvb_check_duplicates,
    &dvb_check_near,    &dvb_check_letters, &dvb_check_numbers,
};

void dvb_audit_find(struct dvb_audit *a, const struct dvb_audit_row *row,
                    enum dvb_finding_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = dvb_record_message(fmt, ap);
    va_end(ap);
    a->findings = dvb_grow(a->findings, a->n_findings, &a->cap_findings, sizeof(*a->findings));
    struct dvb_finding *f = &a->findings[a->n_findings++];
    *f = (struct dvb_finding){
        .kind = kind, .line = row ? row->r.line : 0, .row = row ? row->r.row : 0, .message = message
    };
    if (row)
        memcpy(f->key, row->r.q.key, sizeof(f->key));
}

const char *dvb_audit_answer(const struct dvb_record *r)
{
    const char *text = r->q.n_options ? r->q.options[r->q.answer] : r->q.reference;
    return text ? text : "";
}

static int compare_ms(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int dvb_audit_compare_clip(const struct dvb_record *a, const struct dvb_record *b)
{
    int c = strcmp(a->q.source, b->q.source);
    c = c ? c : compare_ms(a->q.start_ms, b->q.start_ms);
    return c ? c : compare_ms(a->q.length_ms, b->q.length_ms);
}

struct dvb_audit_name dvb_audit_name(const struct dvb_record *r)
{
    struct dvb_audit_name name;
    if (r->line && r->line != r->row)
        snprintf(name.s, sizeof(name.s), "row %ld (line %ld)", r->row, r->line);
    else if (r->line)
        snprintf(name.s, sizeof(name.s), "line %ld", r->line);
    else
        snprintf(name.s, sizeof(name.s), "question %s", r->q.key);
    return name;
}

void dvb_audit_add(struct dvb_audit *a, struct dvb_record *r, double duration)
{
    a->rows = dvb_grow(a->rows, a->n_rows, &a->cap_rows, sizeof(*a->rows));
    a->rows[a->n_rows++] = (struct dvb_audit_row){ .r = *r, .duration = duration };
    *r = (struct dvb_record){ 0 };
}

void dvb_audit_add_question(struct dvb_audit *a, const struct dvb_run_question *rq, double duration)
{
    const struct dvb_question *q = &rq->q;
    struct dvb_record r = { .line = rq->line, .row = rq->row };
    r.q = (struct dvb_question){
        .text = dvb_strdup(q->text),
        .n_options = q->n_options,
        .answer = q->answer,
        .reference = dvb_strdup(q->reference),
        .task_type = dvb_strdup(q->task_type),
        .source = dvb_strdup(q->source ? q->source : rq->video_name),
        .start_ms = rq->segment.start_ms,
        .length_ms = rq->segment.length_ms,
        .asked_ms = q->source ? q->asked_ms : -1,
        .due_ms = q->source ? q->due_ms : -1,
    };
    memcpy(r.q.key, q->key, sizeof(r.q.key));
    for (int i = 0; i < q->n_options; i++)
        r.q.options[i] = dvb_strdup(q->options[i]);
    dvb_audit_add(a, &r, duration);
}

int dvb_audit_probe(struct dvb_audit *a, const struct dvb_strlist *paths, int jobs,
                    struct dvb_err *err)
{
    const char **names = dvb_calloc(a->n_rows, sizeof(*names));
    size_t *place = dvb_calloc(a->n_rows, sizeof(*place)), n;
    for (size_t i = 0; i < a->n_rows; i++)
        names[i] = a->rows[i].r.q.source;
    struct dvb_wanted *videos = dvb_wanted_new(names, a->n_rows, place, &n);
    int ret = dvb_wanted_find(videos, n, paths, false, jobs, err);
    for (size_t i = 0; i < a->n_rows && !ret; i++)
        a->rows[i].duration = videos[place[i]].info.duration;
    dvb_wanted_free(videos, n);
    free(names);
    free(place);
    return ret;
}

static int by_line(const void *a, const void *b)
{
    const struct dvb_finding *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    int c = strcmp(x->key, y->key);
    c = c ? c : (int)x->kind - (int)y->kind;
    return c ? c : strcmp(x->message, y->message);
}

/* Rows that make no question are looked at for themselves only. */
void dvb_audit_run(struct dvb_audit *a)
{
    a->chi_square = a->chi_p = NAN;
    for (size_t c = 0; c < sizeof(checks) / sizeof(*checks); c++) {
        for (size_t i = 0; checks[c]->row && i < a->n_rows; i++)
            checks[c]->row(a, &a->rows[i]);
        if (checks[c]->set)
            checks[c]->set(a);
    }
    if (a->n_findings)
        qsort(a->findings, a->n_findings, sizeof(*a->findings), by_line);
}

void dvb_audit_release(struct dvb_audit *a)
{
    for (size_t i = 0; i < a->n_rows; i++)
        dvb_record_release(&a->rows[i].r);
    for (size_t i = 0; i < a->n_findings; i++)
        free(a->findings[i].message);
    free(a->rows);
    free(a->findings);
    *a = (struct dvb_audit){ 0 };
}
