/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown in every view, many clips at once, one thread each. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "eval/steps.h"
#include "workspace/sent.h"

/* All jobs together hold at most this much in frames. */
#define FRAME_MEMORY ((size_t)1 << 30)

/* Questions about one segment, in a list through next. */
struct clip {
    const struct dvb_segment *segment;
    size_t first; /* question */
    char *problem;
};

struct clips {
    struct clip *v;
    size_t n;
    size_t *next; /* [question]: the next one of its clip, or n_questions */
};

static int compare_clips(const void *a, const void *b)
{
    const struct clip *x = a, *y = b;
    if (x->segment->id != y->segment->id)
        return x->segment->id < y->segment->id ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_first(const void *a, const void *b)
{
    const struct clip *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static void gather(const struct dvb_eval *e, struct clips *c)
{
    c->v = dvb_calloc(e->n_questions, sizeof(*c->v));
    c->next = dvb_calloc(e->n_questions, sizeof(*c->next));
    size_t last = 0, n = 0;
    for (size_t i = 0; i < e->n_questions; i++)
        if (!e->idle || !e->idle[i])
            c->v[n++] = (struct clip){ .segment = &e->questions[i].segment, .first = i };
    qsort(c->v, n, sizeof(*c->v), compare_clips);
    for (size_t i = 0; i < n; i++) {
        size_t q = c->v[i].first;
        c->next[q] = e->n_questions;
        if (i && c->v[c->n - 1].segment->id == c->v[i].segment->id)
            c->next[last] = q;
        else
            c->v[c->n++] = c->v[i];
        last = q;
    }
    qsort(c->v, c->n, sizeof(*c->v), by_first);
}

static void set_recipe(const struct dvb_eval *e, const struct dvb_view *v,
                       const struct dvb_segment *segment, struct dvb_recipe *r)
{
    *r = e->settings->recipe;
    r->degraded.bitrate = v->bitrate;
    r->sample.fps = v->sampling.fps > 0 ? v->sampling.fps
                                        : v->sampling.frames / ((double)segment->length_ms / 1000);
    r->sample.max_pixels = v->sampling.max_pixels;
    for (size_t m = 0; m < e->n_models; m++)
        r->original_video |= e->models[m]->profile->send == DVB_SEND_VIDEO;
}

/* Views of baselines come after the original's where that is asked for; where it is
   not, it is made for them. */
static int render_view(const struct dvb_eval *e, const struct dvb_view *v,
                       const struct dvb_segment *segment, size_t max_bytes, int64_t *id,
                       struct dvb_err *err)
{
    struct dvb_recipe recipe;
    *id = 0;
    if (v->baseline && !v->baseline->render)
        return 0;
    set_recipe(e, v, segment, &recipe);
    const struct dvb_stream_job job = {
        .ws = e->ws, .segment = segment, .recipe = &recipe, .max_bytes = max_bytes
    };
    if (v->strategy)
        return v->strategy->render(&job, id, err);
    int ret = dvb_stream_render(&job, DVB_KIND_ORIGINAL, id, err);
    if (!ret && v->baseline)
        ret = v->baseline->render(e->ws, *id, v->eyes, e->settings->stats.seed, id, err);
    return ret;
}

/* Pictures for models with limits of their own are made here, where there are threads, and
   not while others wait for answers. */
static int derive(const struct dvb_eval *e, size_t view, int64_t rendition, struct dvb_err *err)
{
    int ret = 0;
    for (size_t c = 0; c < e->matrix.n_cells && rendition && !e->ws->dry && !ret; c++)
        if (e->matrix.cells[c].view == view && e->matrix.cells[c].model)
            ret = dvb_workspace_derive(e->ws, e->matrix.cells[c].model->profile, rendition, err);
    return ret;
}

static int render_clip(struct dvb_eval *e, const struct clips *c, struct clip *clip, int jobs,
                       struct dvb_err *err)
{
    int ret = 0;
    for (size_t v = 0; v < e->matrix.n_views && !ret; v++) {
        int64_t id;
        ret = render_view(e, &e->matrix.views[v], clip->segment, FRAME_MEMORY / (size_t)jobs, &id,
                          err);
        if (!ret)
            ret = derive(e, v, id, err);
        for (size_t q = clip->first; q < e->n_questions && !ret; q = c->next[q])
            e->renditions[v * e->n_questions + q] = id;
    }
    return ret;
}

/* A clip that cannot be shown is an error in its cells; a full disk or a broken
   store stops the evaluation: *stop is its error code. */
static void settle(struct clip *clip, int ret, const struct dvb_err *problem, int *stop,
                   struct dvb_err *err)
{
    if (!ret || *stop)
        return;
    if (problem->fault == DVB_FAULT_INPUT) {
        clip->problem = dvb_strdup(problem->msg);
        return;
    }
    if (err)
        *err = *problem;
    *stop = ret;
}

/* In the order of the questions, whichever thread met them. */
static int report(struct dvb_eval *e, const struct clips *c, struct dvb_err *err)
{
    size_t shown = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!c->v[i].problem)
            continue;
        dvb_warn("left out: %s at %g s: %s", e->questions[c->v[i].first].video_name,
                 (double)c->v[i].segment->start_ms / 1000, c->v[i].problem);
        for (size_t q = c->v[i].first; q < e->n_questions; q = c->next[q])
            e->clip_errors[q] = dvb_strdup(c->v[i].problem);
    }
    for (size_t q = 0; q < e->n_questions; q++)
        shown += !e->clip_errors[q];
    if (!shown)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "none of the %zu clips can be shown", c->n);
    return 0;
}

/* Each clip of a view once, though many questions may be about it. */
static int measure(struct dvb_eval *e, const struct clips *c, size_t v, struct dvb_err *err)
{
    size_t n = e->n_measured[v];
    double sum = e->measured[v] * (double)n;
    for (size_t i = 0; i < c->n; i++) {
        struct dvb_rendition r;
        int64_t id = e->renditions[v * e->n_questions + c->v[i].first];
        if (!id || !e->matrix.views[v].bitrate)
            continue;
        int ret = dvb_store_get_rendition(e->ws->store, id, &r, err);
        if (ret)
            return ret;
        sum += r.bitrate_kbps;
        e->missed[v] += !r.met;
        n++;
        dvb_rendition_release(&r);
    }
    e->measured[v] = n ? sum / (double)n : 0;
    e->n_measured[v] = n;
    return 0;
}

static int render_all(struct dvb_eval *e, struct clips *c, struct dvb_err *err)
{
    struct dvb_progress progress;
    int stop = 0, jobs = e->settings->jobs;
    if ((size_t)jobs > c->n)
        jobs = (int)c->n;
    dvb_progress_start(&progress, "render", (long)c->n);
#pragma omp parallel for schedule(dynamic) num_threads(jobs)
    for (size_t i = 0; i < c->n; i++) {
        struct dvb_err problem = { 0 };
        int ret, stopped;
#pragma omp critical(eval_render)
        stopped = stop;
        if (stopped)
            continue;
        ret = render_clip(e, c, &c->v[i], jobs, &problem);
#pragma omp critical(eval_render)
        settle(&c->v[i], ret, &problem, &stop, err);
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    return stop;
}

int dvb_eval_render(struct dvb_eval *e, struct dvb_err *err)
{
    struct clips c = { 0 };
    gather(e, &c);
    int ret = render_all(e, &c, err);
    if (!ret)
        ret = report(e, &c, err);
    for (size_t v = 0; v < e->matrix.n_views && !ret; v++)
        ret = measure(e, &c, v, err);
    for (size_t i = 0; i < c.n; i++)
        free(c.v[i].problem);
    free(c.v);
    free(c.next);
    return ret;
}
