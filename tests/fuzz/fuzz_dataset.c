/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever the bytes, what is read as questions is whole, can be audited, and
   comes back the same through JSON lines and, where they fit, the tables. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/dataset/audit.h"
#include "eval/dataset/dataset.h"
#include "eval/dataset/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth)
        abort();
}

/* Questions read, as text of one format; rows that make none are passed over. */
struct copy {
    const struct dvb_writer *writer;
    FILE *f;
    long n;
    struct dvb_audit *audit;
};

static void check(const struct dvb_record *r)
{
    const struct dvb_question *q = &r->q;
    must(q->source && q->text && q->task_type && r->line > 0 && r->row > 0);
    must(q->n_options >= 0 && q->n_options <= DVB_MAX_OPTIONS);
    for (int i = 0; i < q->n_options; i++)
        must(q->options[i] != NULL);
    if (r->fault.text)
        return;
    must(q->start_ms >= 0 && q->length_ms > 0 && q->answer >= 0);
    must(q->n_options ? q->answer < q->n_options && !q->reference : q->reference != NULL);
}

static int take(void *user, struct dvb_record *r, struct dvb_err *err)
{
    (void)err;
    struct copy *c = user;
    const struct dvb_question *q = &r->q;
    check(r);
    const struct dvb_run_question rq = { .q = *q,
                                         .segment = { .start_ms = q->start_ms,
                                                      .length_ms = q->length_ms },
                                         .video_name = q->source };
    if (!r->fault.text && !c->writer->write(c->writer, c->f, &rq, NULL))
        c->n++;
    if (c->audit)
        dvb_audit_add(c->audit, r, 10);
    return 0;
}

/* 0, or what reading gave. */
static int copy(const char *data, size_t size, const struct dvb_writer *w, struct dvb_audit *audit,
                char **text, size_t *len, long *n)
{
    struct copy c = { .writer = w, .f = open_memstream(text, len), .audit = audit };
    w->begin(w, c.f);
    int ret = dvb_dataset_parse(data, size, "fuzz", DVB_FAMILY_ANY, take, &c, NULL, NULL);
    fclose(c.f);
    *n = c.n;
    return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_audit audit = { 0 };
    for (const struct dvb_writer *const *w = dvb_writers; *w; w++) {
        char *once, *twice;
        size_t len, len2;
        long n, n2;
        bool last = !w[1];
        copy((const char *)data, size, *w, last ? &audit : NULL, &once, &len, &n);
        if (n) {
            must(!copy(once, len, *w, NULL, &twice, &len2, &n2));
            must(n == n2 && len == len2 && !memcmp(once, twice, len));
            free(twice);
        }
        free(once);
    }
    dvb_audit_run(&audit);
    for (size_t i = 0; i < audit.n_findings; i++)
        must(audit.findings[i].message && *audit.findings[i].message);
    dvb_audit_release(&audit);
    return 0;
}
