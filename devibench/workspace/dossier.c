/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/dossier.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Steps in the order in which they are taken. */
static int rank(const char *step)
{
    static const char *const order[] = { "original", "degraded", "verify" };
    int i = 0;
    while (i < 3 && strcmp(order[i], step))
        i++;
    return i;
}

static int compare(const void *a, const void *b)
{
    const struct dvb_verdict *va = a, *vb = b;
    int ra = rank(va->step), rb = rank(vb->step);
    return ra != rb ? ra - rb : strcmp(va->step, vb->step);
}

/* Index of the call in d->calls, read from the store where it is new; -1 for id 0. */
static int add_call(struct dvb_store *s, struct dvb_dossier *d, int64_t id, int *index,
                    struct dvb_err *err)
{
    *index = -1;
    if (!id)
        return 0;
    for (size_t i = 0; i < d->n_calls; i++)
        if (d->calls[i].call.id == id) {
            *index = (int)i;
            return 0;
        }
    struct dvb_dossier_call *c = &d->calls[d->n_calls];
    int ret = dvb_store_get_call(s, id, &c->call, err);
    if (!ret)
        ret = dvb_store_get_model(s, c->call.model, &c->model, NULL, err);
    if (ret)
        dvb_call_release(&c->call);
    else
        *index = (int)d->n_calls++;
    return ret;
}

static int add_verdict(struct dvb_store *s, struct dvb_dossier *d, const struct dvb_verdict *v,
                       struct dvb_err *err)
{
    int call;
    int ret = add_call(s, d, v->call, &call, err);
    struct dvb_dossier_verdict *slot = &d->verdicts[d->n_verdicts];
    if (!ret)
        ret = dvb_store_get_model(s, v->model, &slot->model, NULL, err);
    if (ret)
        return ret;
    slot->verdict = *v;
    slot->verdict.step = dvb_strdup(v->step);
    slot->call = call < 0 ? NULL : &d->calls[call];
    d->n_verdicts++;
    return 0;
}

static int load_verdicts(struct dvb_store *s, const struct dvb_run *run, struct dvb_dossier *d,
                         struct dvb_err *err)
{
    struct dvb_verdict *list;
    size_t n;
    int index, ret = dvb_store_list_verdicts(s, run->id, d->question.q.id, &list, &n, err);
    if (ret)
        return ret;
    if (n)
        qsort(list, n, sizeof(*list), compare);
    d->verdicts = dvb_calloc(n, sizeof(*d->verdicts));
    d->calls = dvb_calloc(n + 1, sizeof(*d->calls)); /* never moved: verdicts point into it */
    ret = add_call(s, d, d->question.q.call, &index, err);
    for (size_t i = 0; i < n; i++) {
        if (!ret)
            ret = add_verdict(s, d, &list[i], err);
        dvb_verdict_release(&list[i]);
    }
    free(list);
    return ret;
}

static int load_rendition(struct dvb_store *s, const struct dvb_dossier *d, const char *kind,
                          struct dvb_rendition *r, struct dvb_err *err)
{
    for (size_t i = 0; i < d->n_verdicts; i++) {
        const struct dvb_verdict *v = &d->verdicts[i].verdict;
        if (v->rendition && !strcmp(v->step, kind))
            return dvb_store_get_rendition(s, v->rendition, r, err);
    }
    int ret = dvb_store_last_rendition(s, d->question.segment.id, kind, r, err);
    return ret < 0 ? ret : 0;
}

int dvb_dossier_open(struct dvb_store *s, const struct dvb_run *run, const char *prefix,
                     struct dvb_dossier **d, struct dvb_err *err)
{
    *d = NULL;
    struct dvb_dossier *o = dvb_calloc(1, sizeof(*o));
    int ret = dvb_store_find_run_question(s, run->id, prefix, &o->question, err);
    if (!ret)
        ret = load_verdicts(s, run, o, err);
    if (!ret)
        ret = dvb_store_list_answers(s, o->question.q.id, &o->answers, &o->n_answers, err);
    if (!ret)
        ret = load_rendition(s, o, "original", &o->original, err);
    if (!ret)
        ret = load_rendition(s, o, "degraded", &o->degraded, err);
    if (ret)
        dvb_dossier_close(&o);
    *d = o;
    return ret;
}

void dvb_dossier_close(struct dvb_dossier **d)
{
    struct dvb_dossier *o = *d;
    if (!o)
        return;
    for (size_t i = 0; i < o->n_verdicts; i++) {
        dvb_verdict_release(&o->verdicts[i].verdict);
        free(o->verdicts[i].model);
    }
    for (size_t i = 0; i < o->n_calls; i++) {
        dvb_call_release(&o->calls[i].call);
        free(o->calls[i].model);
    }
    dvb_answers_free(o->answers, o->n_answers);
    free(o->verdicts);
    free(o->calls);
    dvb_rendition_release(&o->original);
    dvb_rendition_release(&o->degraded);
    dvb_run_question_release(&o->question);
    free(o);
    *d = NULL;
}
