/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 2: the renditions of every segment, many clips at once, one thread each. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/steps.h"
#include "workspace/rendition.h"
#include "workspace/sent.h"

/* All jobs together hold at most this much in frames. */
#define FRAME_MEMORY ((size_t)1 << 30)

/* Who sees what. Pictures for models with limits of their own are made here, where there are
   threads, and not while others wait for answers. */
static int derive(struct dvb_build *b, const struct dvb_work *w, struct dvb_err *err)
{
    const struct {
        const struct dvb_used_model *model;
        enum dvb_kind kind;
    } views[] = { { b->generator, DVB_KIND_PAIR },
                  { b->filter, DVB_KIND_ORIGINAL },
                  { b->filter, DVB_KIND_DEGRADED },
                  { b->verifier, DVB_KIND_ORIGINAL } };
    int ret = 0;
    for (size_t i = 0; i < sizeof(views) / sizeof(*views) && !ret; i++)
        if (views[i].model)
            ret = dvb_workspace_derive(b->ws, views[i].model->profile, w->renditions[views[i].kind],
                                       err);
    return ret;
}

static int render_one(struct dvb_build *b, struct dvb_work *w, int jobs, int *made,
                      struct dvb_err *err)
{
    const unsigned kinds = 1u << DVB_KIND_ORIGINAL | 1u << DVB_KIND_DEGRADED | 1u << DVB_KIND_PAIR;
    const struct dvb_recipe *recipe = &b->settings->recipe;
    if (b->ws->dry)
        return dvb_workspace_foresee(b->ws, &w->segment, recipe, kinds, w->renditions, err);
    int ret = dvb_workspace_render(b->ws, &w->segment, recipe, kinds, FRAME_MEMORY / (size_t)jobs,
                                   w->renditions, made, err);
    return ret ? ret : derive(b, w, err);
}

/* A segment that cannot be rendered because of its content is left out; a
   full disk or a broken store stops the step: *stop is its error code. */
static void settle(struct dvb_work *w, int ret, const struct dvb_err *problem, int *stop,
                   struct dvb_err *err)
{
    if (!ret || *stop)
        return;
    if (problem->fault != DVB_FAULT_INPUT) {
        if (err)
            *err = *problem;
        *stop = ret;
        return;
    }
    w->refusal = dvb_strdup(problem->msg);
    for (int k = 0; k < DVB_KINDS; k++)
        w->renditions[k] = 0;
}

/* In the order of the segments, whichever thread met them. */
static int report_refusals(struct dvb_build *b, struct dvb_err *err)
{
    size_t refused = 0;
    for (size_t i = 0; i < b->n_work; i++)
        if (b->work[i].refusal) {
            dvb_build_refuse(b, b->work[i].name, b->work[i].refusal);
            refused++;
        }
    if (refused == b->n_work)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "none of the %zu clips can be used", refused);
    return 0;
}

static int count_missed(struct dvb_build *b, struct dvb_err *err)
{
    for (size_t i = 0; i < b->n_work; i++) {
        struct dvb_rendition r;
        if (!b->work[i].renditions[DVB_KIND_DEGRADED])
            continue;
        int ret = dvb_store_get_rendition(b->ws->store, b->work[i].renditions[DVB_KIND_DEGRADED],
                                          &r, err);
        if (ret)
            return ret;
        b->result->rates_missed += !r.met;
        dvb_rendition_release(&r);
    }
    return 0;
}

int dvb_step_preprocess(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_progress progress;
    long all_made = 0;
    int stop = 0, jobs = b->settings->jobs;
    if ((size_t)jobs > b->n_work)
        jobs = (int)b->n_work;
    dvb_progress_start(&progress, "preprocess", (long)b->n_work);
#pragma omp parallel for schedule(dynamic) num_threads(jobs) reduction(+ : all_made)
    for (size_t i = 0; i < b->n_work; i++) {
        struct dvb_err problem = { 0 };
        int made = 0, ret, stopped;
#pragma omp critical(preprocess)
        stopped = stop;
        if (stopped)
            continue;
        ret = render_one(b, &b->work[i], jobs, &made, &problem);
#pragma omp critical(preprocess)
        settle(&b->work[i], ret, &problem, &stop, err);
        all_made += made;
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    b->result->renditions_made = all_made;
    if (!stop)
        stop = report_refusals(b, err);
    return stop ? stop : count_missed(b, err);
}
