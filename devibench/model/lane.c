/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/lane.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* Between before, which may be NULL, and what follows it. */
static void put_after(struct dvb_row *row, struct dvb_job *before, struct dvb_job *job)
{
    job->prev = before;
    job->next = before ? before->next : row->first;
    *(before ? &before->next : &row->first) = job;
    *(job->next ? &job->next->prev : &row->last) = job;
}

void dvb_row_append(struct dvb_row *row, struct dvb_job *job)
{
    put_after(row, row->last, job);
}

void dvb_row_insert(struct dvb_row *row, struct dvb_job *job)
{
    struct dvb_job *before = row->last; /* where most belong */
    while (before && before->not_before > job->not_before)
        before = before->prev;
    put_after(row, before, job);
}

void dvb_row_unlink(struct dvb_row *row, struct dvb_job *job)
{
    *(job->prev ? &job->prev->next : &row->first) = job->next;
    *(job->next ? &job->next->prev : &row->last) = job->prev;
    job->next = job->prev = NULL;
}

struct dvb_job *dvb_row_pop(struct dvb_row *row)
{
    struct dvb_job *job = row->first;
    if (job)
        dvb_row_unlink(row, job);
    return job;
}

void dvb_row_prepend_all(struct dvb_row *row, struct dvb_row *more)
{
    if (!more->first)
        return;
    more->last->next = row->first;
    *(row->first ? &row->first->prev : &row->last) = more->last;
    row->first = more->first;
    *more = (struct dvb_row){ NULL, NULL };
}

struct dvb_lane *dvb_lane_new(const struct dvb_profile *p, double now)
{
    struct dvb_lane *l = dvb_calloc(1, sizeof(*l));
    struct dvb_err err;
    l->name = dvb_strdup(p->name);
    l->wire = dvb_strdup(p->wire->name);
    l->base_url = dvb_strdup(p->base_url);
    l->model = dvb_strdup(p->model);
    dvb_limits_init(&l->limits, p, now);
    if (dvb_profile_key(p, &l->key, &err))
        dvb_lane_stop(l, true, err.msg);
    return l;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct dvb_lane_file *)a)->upload.path,
                  ((const struct dvb_lane_file *)b)->upload.path);
}

struct dvb_lane_file *dvb_lane_file(struct dvb_lane *l, const char *path)
{
    const struct dvb_lane_file want = { .upload = { .path = path } };
    struct dvb_lane_file **found = tfind(&want, &l->files_by_path, compare_files);
    if (found)
        return *found;
    struct dvb_lane_file *f = dvb_calloc(1, sizeof(*f));
    f->upload.path = f->path = dvb_strdup(path);
    f->next = l->files;
    l->files = f;
    return tsearch(f, &l->files_by_path, compare_files) ? f : NULL;
}

struct dvb_job *dvb_lane_take_any(struct dvb_lane *l)
{
    struct dvb_row *rows[] = { &l->fresh, &l->again, &l->flying };
    struct dvb_job *job = NULL;
    for (size_t r = 0; !job && r < 3; r++)
        job = dvb_row_pop(rows[r]);
    for (struct dvb_lane_file *f = l->files; !job && f; f = f->next)
        job = dvb_row_pop(&f->waiting);
    return job;
}

void dvb_lane_free(struct dvb_lane *l)
{
    for (struct dvb_lane_file *f = l->files, *next; f; f = next) {
        next = f->next;
        tdelete(f, &l->files_by_path, compare_files);
        dvb_upload_release(&f->upload);
        free(f->path);
        free(f);
    }
    free(l->name);
    free(l->wire);
    free(l->base_url);
    free(l->model);
    free(l->key);
    free(l->why);
    free(l);
}

bool dvb_lane_is_for(const struct dvb_lane *l, const struct dvb_profile *p)
{
    return !strcmp(l->name, p->name) && !strcmp(l->model, p->model) &&
           !strcmp(l->base_url, p->base_url) && !strcmp(l->wire, p->wire->name);
}

void dvb_lane_stop(struct dvb_lane *l, bool fatal, const char *why)
{
    if (l->stopped)
        return;
    l->stopped = true;
    l->fatal = fatal;
    l->why = dvb_strdup(why);
    dvb_warn("no more questions are sent to this model: %s", why);
}

/* An upload's requests cost no tokens. */
static long tokens_of(const struct dvb_job *job)
{
    return job->file ? -1 : job->ask.tokens_predicted;
}

static double again_due(const struct dvb_lane *l, double now)
{
    const struct dvb_job *job = l->again.first;
    return job ? fmax(job->not_before, dvb_limits_due(&l->limits, now, tokens_of(job), true))
               : INFINITY;
}

static double fresh_due(const struct dvb_lane *l, double now)
{
    const struct dvb_job *job = l->fresh.first;
    return job ? dvb_limits_due(&l->limits, now, tokens_of(job), false) : INFINITY;
}

struct dvb_job *dvb_lane_next(struct dvb_lane *l, double now)
{
    if (l->stopped || again_due(l, now) <= now) {
        struct dvb_job *job = dvb_row_pop(&l->again);
        if (job || !l->stopped)
            return job;
    }
    return l->stopped || fresh_due(l, now) <= now ? dvb_row_pop(&l->fresh) : NULL;
}

double dvb_lane_due(const struct dvb_lane *l, double now)
{
    if (l->stopped)
        return l->again.first || l->fresh.first ? now : INFINITY;
    return fmin(again_due(l, now), fresh_due(l, now));
}
