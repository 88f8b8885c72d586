/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 2: the renditions of every segment, many clips at once, one thread each. */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/steps.h"
#include "workspace/rendition.h"

/* All jobs together hold at most this much in frames. */
#define FRAME_MEMORY ((size_t)1 << 30)

static int render_one(struct dvb_build *b, struct dvb_work *w, int *made, struct dvb_err *err)
{
    const unsigned kinds =
        1u << DVB_KIND_ORIGINAL | 1u << DVB_KIND_DEGRADED | 1u << DVB_KIND_PAIR;
    return dvb_workspace_render(b->ws, &w->segment, &b->settings->recipe, kinds,
                                FRAME_MEMORY / (size_t)b->settings->jobs, w->renditions, made,
                                err);
}

/* A segment that cannot be rendered because of its content is left out; a
   full disk or a broken store stops the step. */
static int settle(struct dvb_work *w, int ret, const struct dvb_err *problem, struct dvb_err *err)
{
    if (ret && problem->fault != DVB_FAULT_INPUT) {
        if (err)
            *err = *problem;
        return ret;
    }
    if (ret) {
        w->refusal = dvb_strdup(problem->msg);
        for (int k = 0; k < DVB_KINDS; k++)
            w->renditions[k] = 0;
    }
    return 0;
}

/* In the order of the segments, whichever thread met them. */
static void report_refusals(struct dvb_build *b)
{
    for (size_t i = 0; i < b->n_work; i++)
        if (b->work[i].refusal)
            dvb_build_refuse(b, b->work[i].name, b->work[i].refusal);
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
    int result = 0;
    bool running = true; /* until a failure that is not the clip's own */
    long all_made = 0;
    dvb_progress_start(&progress, "preprocess", (long)b->n_work);
#pragma omp parallel for schedule(dynamic) num_threads(b->settings->jobs) reduction(+ : all_made)
    for (size_t i = 0; i < b->n_work; i++) {
        struct dvb_err problem = { 0 };
        int made = 0, ret = 0;
        bool go_on;
#pragma omp atomic read
        go_on = running;
        if (go_on)
            ret = render_one(b, &b->work[i], &made, &problem);
#pragma omp critical(preprocess)
        if (!result)
            result = settle(&b->work[i], ret, &problem, err);
        if (ret && problem.fault != DVB_FAULT_INPUT) {
#pragma omp atomic write
            running = false;
        }
        all_made += made;
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    b->result->renditions_made = all_made;
    report_refusals(b);
    return result ? result : count_missed(b, err);
}
