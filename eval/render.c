/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown in every view, many clips at once, one thread each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "eval/steps.h"
#include "workspace/sent.h"

/* All jobs together hold at most this much in frames. */
#define FRAME_MEMORY ((size_t)1 << 30)

/* A clip: a segment that questions are about. Its shots stand next to one another. */
struct clip {
    const struct dvb_segment *segment;
    size_t question; /* the first about it */
    size_t shot, n_shots;
};

/* What is shown of a clip in a view, to one question or to all. */
struct shot {
    size_t view, clip;
    struct dvb_recipe recipe;
    struct dvb_stream_job job;
    int64_t rendition;
    bool off_rate; /* it missed the bitrate */
    char *problem; /* why there is none; owned */
};

struct shots {
    struct dvb_eval *e;
    struct clip *clips; /* in the order of their first questions */
    size_t n_clips;
    size_t *clip_of; /* [question] */
    struct shot *v;
    size_t n, cap;
    size_t *of; /* [view * n_questions + question] */
};

static int by_segment(const void *a, const void *b)
{
    const struct clip *x = a, *y = b;
    if (x->segment->id != y->segment->id)
        return x->segment->id < y->segment->id ? -1 : 1;
    return (x->question > y->question) - (x->question < y->question);
}

static int by_question(const void *a, const void *b)
{
    const struct clip *x = a, *y = b;
    return (x->question > y->question) - (x->question < y->question);
}

static bool is_idle(const struct dvb_eval *e, size_t question)
{
    return e->idle && e->idle[question];
}

static void gather_clips(struct shots *s)
{
    const struct dvb_eval *e = s->e;
    s->clips = dvb_calloc(e->n_questions, sizeof(*s->clips));
    s->clip_of = dvb_calloc(e->n_questions, sizeof(*s->clip_of));
    size_t n = 0;
    for (size_t i = 0; i < e->n_questions; i++)
        if (!is_idle(e, i))
            s->clips[n++] = (struct clip){ .segment = &e->questions[i].segment, .question = i };
    qsort(s->clips, n, sizeof(*s->clips), by_segment);
    for (size_t i = 0; i < n; i++) {
        if (!i || s->clips[i].segment->id != s->clips[s->n_clips - 1].segment->id)
            s->clips[s->n_clips++] = s->clips[i];
        s->clip_of[s->clips[i].question] = s->clips[s->n_clips - 1].question;
    }
    qsort(s->clips, s->n_clips, sizeof(*s->clips), by_question);
    for (size_t i = 0; i < e->n_questions; i++) {
        if (is_idle(e, i))
            continue;
        const struct clip key = { .question = s->clip_of[i] };
        const struct clip *c = bsearch(&key, s->clips, s->n_clips, sizeof(key), by_question);
        s->clip_of[i] = (size_t)(c - s->clips);
    }
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

static const char *words_of(const struct dvb_eval *e, const struct dvb_view *v, size_t question)
{
    return v->strategy && v->strategy->by_words ? e->questions[question].q.text : "";
}

/* The clip's shot in that view for that question's words, new where there is none yet. */
static size_t shot_for(struct shots *s, size_t clip, size_t view, size_t question)
{
    const struct dvb_view *v = &s->e->matrix.views[view];
    const char *words = words_of(s->e, v, question);
    for (size_t i = s->clips[clip].shot; i < s->n; i++)
        if (s->v[i].view == view && !strcmp(s->v[i].job.words, words))
            return i;
    s->v = dvb_grow(s->v, s->n, &s->cap, sizeof(*s->v));
    struct shot *shot = &s->v[s->n];
    *shot = (struct shot){ .view = view, .clip = clip };
    set_recipe(s->e, v, s->clips[clip].segment, &shot->recipe);
    shot->job = (struct dvb_stream_job){
        .ws = s->e->ws,
        .segment = s->clips[clip].segment,
        .words = words,
        .model = v->viewer,
    };
    return s->n++;
}

/* By clip, then view, then question. */
static void gather_shots(struct shots *s, int jobs)
{
    const struct dvb_eval *e = s->e;
    size_t **questions = dvb_calloc(s->n_clips, sizeof(*questions));
    size_t *counts = dvb_calloc(s->n_clips, sizeof(*counts));
    size_t *caps = dvb_calloc(s->n_clips, sizeof(*caps));
    s->of = dvb_calloc(e->matrix.n_views * e->n_questions, sizeof(*s->of));
    for (size_t q = 0; q < e->n_questions; q++) {
        if (is_idle(e, q))
            continue;
        size_t c = s->clip_of[q];
        questions[c] = dvb_grow(questions[c], counts[c], &caps[c], sizeof(**questions));
        questions[c][counts[c]++] = q;
    }
    for (size_t c = 0; c < s->n_clips; c++) {
        s->clips[c].shot = s->n;
        for (size_t v = 0; v < e->matrix.n_views; v++)
            for (size_t i = 0; i < counts[c]; i++)
                s->of[v * e->n_questions + questions[c][i]] = shot_for(s, c, v, questions[c][i]);
        s->clips[c].n_shots = s->n - s->clips[c].shot;
        free(questions[c]);
    }
    for (size_t i = 0; i < s->n; i++) {
        s->v[i].job.recipe = &s->v[i].recipe;
        s->v[i].job.max_bytes = FRAME_MEMORY / (size_t)jobs;
    }
    free(questions);
    free(counts);
    free(caps);
}

/* Each strategy with everything that it will show. */
static int prepare(struct shots *s, struct dvb_used_strategy *used, int jobs, struct dvb_err *err)
{
    struct dvb_stream_job *list = dvb_calloc(s->n, sizeof(*list));
    size_t n = 0, k = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->e->matrix.views[s->v[i].view].strategy == used)
            list[n++] = s->v[i].job;
    int ret = n ? used->kind->prepare(used, s->e->asker, list, n, jobs, err) : 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->e->matrix.views[s->v[i].view].strategy == used)
            s->v[i].job.prepared = list[k++].prepared;
    free(list);
    return ret;
}

/* Views of baselines come after the original's where that is asked for; where it is
   not, it is made for them. */
static int render_shot(const struct dvb_eval *e, struct shot *shot, struct dvb_err *err)
{
    const struct dvb_view *v = &e->matrix.views[shot->view];
    int64_t *id = &shot->rendition;
    if (v->baseline && !v->baseline->render)
        return 0;
    if (v->strategy)
        return v->strategy->kind->render(v->strategy, &shot->job, id, err);
    int ret = dvb_stream_render(&shot->job, DVB_KIND_ORIGINAL, id, err);
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

/* What cannot be shown is an error in its cells; a full disk or a broken store
   stops the evaluation. */
static int render_clip(struct shots *s, const struct clip *clip, struct dvb_err *err)
{
    for (size_t i = clip->shot; i < clip->shot + clip->n_shots; i++) {
        struct shot *shot = &s->v[i];
        struct dvb_err problem = { 0 };
        int ret = render_shot(s->e, shot, &problem);
        if (!ret)
            ret = derive(s->e, shot->view, shot->rendition, &problem);
        if (ret && problem.fault != DVB_FAULT_INPUT && problem.fault != DVB_FAULT_SERVICE) {
            *err = problem;
            return ret;
        }
        if (ret) {
            shot->problem = dvb_strdup(problem.msg);
            shot->rendition = 0;
        }
    }
    return 0;
}

static int render_all(struct shots *s, int jobs, struct dvb_err *err)
{
    struct dvb_progress progress;
    int stop = 0;
    dvb_progress_start(&progress, "render", (long)s->n_clips);
#pragma omp parallel for schedule(dynamic) num_threads(jobs)
    for (size_t i = 0; i < s->n_clips; i++) {
        struct dvb_err problem = { 0 };
        int stopped;
#pragma omp critical(eval_render)
        stopped = stop;
        int ret = stopped ? 0 : render_clip(s, &s->clips[i], &problem);
#pragma omp critical(eval_render)
        if (ret && !stop) {
            stop = ret;
            if (err)
                *err = problem;
        }
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    return stop;
}

static const char *first_problem(const struct shots *s, const struct clip *c)
{
    for (size_t i = c->shot; i < c->shot + c->n_shots; i++)
        if (s->v[i].problem)
            return s->v[i].problem;
    return NULL;
}

/* In the order of the questions, whichever thread met them. */
static int report(const struct shots *s, struct dvb_err *err)
{
    const struct dvb_eval *e = s->e;
    bool any = false;
    for (size_t i = 0; i < s->n; i++)
        any |= s->v[i].rendition != 0;
    size_t problems = 0;
    for (size_t c = 0; c < s->n_clips; c++) {
        const struct clip *clip = &s->clips[c];
        const char *problem = first_problem(s, clip);
        problems += problem != NULL;
        if (problem)
            dvb_warn("left out: %s at %g s: %s", e->questions[clip->question].video_name,
                     (double)clip->segment->start_ms / 1000, problem);
    }
    if (problems == s->n_clips && !any && !e->idle) /* else there is more to come */
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "none of the %zu clips can be shown",
                        s->n_clips);
    return 0;
}

static void hand_over(const struct shots *s)
{
    struct dvb_eval *e = s->e;
    for (size_t i = 0; i < e->matrix.n_views * e->n_questions; i++) {
        if (is_idle(e, i % e->n_questions))
            continue;
        const struct shot *shot = &s->v[s->of[i]];
        e->renditions[i] = shot->rendition;
        free(e->problems[i]);
        e->problems[i] = shot->problem ? dvb_strdup(shot->problem) : NULL;
    }
}

/* Each rendition of a view once, though many questions may be about it; only those that are
   asked about. */
static int measure(const struct shots *s, size_t view, struct dvb_err *err)
{
    struct dvb_eval *e = s->e;
    size_t n = e->n_measured[view];
    double sum = e->measured[view] * (double)n;
    for (size_t i = 0; i < s->n; i++) {
        struct dvb_rendition r;
        if (s->v[i].view != view || !s->v[i].rendition || !e->matrix.views[view].bitrate)
            continue;
        int ret = dvb_store_get_rendition(e->ws->store, s->v[i].rendition, &r, err);
        if (ret)
            return ret;
        s->v[i].off_rate = !r.met;
        e->missed[view] += !r.met;
        if (r.met || !e->settings->only_met) {
            sum += r.bitrate_kbps;
            dvb_freshness_add(&e->freshness[view], &r);
            n++;
        }
        dvb_rendition_release(&r);
    }
    e->measured[view] = n ? sum / (double)n : 0;
    e->n_measured[view] = n;
    return 0;
}

static void tell_off_rate(const struct shots *s)
{
    struct dvb_eval *e = s->e;
    for (size_t i = 0; i < e->matrix.n_views * e->n_questions; i++)
        if (!is_idle(e, i % e->n_questions))
            e->off_rate[i] = s->v[s->of[i]].off_rate;
}

static void release(struct shots *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct dvb_used_strategy *used = s->e->matrix.views[s->v[i].view].strategy;
        if (s->v[i].job.prepared)
            used->kind->forget(s->v[i].job.prepared);
        free(s->v[i].problem);
    }
    free(s->v);
    free(s->of);
    free(s->clips);
    free(s->clip_of);
}

int dvb_eval_render(struct dvb_eval *e, struct dvb_err *err)
{
    struct shots s = { .e = e };
    int jobs = e->settings->jobs, ret = 0;
    gather_clips(&s);
    if ((size_t)jobs > s.n_clips)
        jobs = (int)s.n_clips;
    gather_shots(&s, jobs);
    for (size_t i = 0; i < e->n_strategies && !ret; i++)
        if (e->strategies[i].kind->prepare)
            ret = prepare(&s, &e->strategies[i], jobs, err);
    if (!ret)
        ret = render_all(&s, jobs, err);
    if (!ret)
        ret = report(&s, err);
    if (!ret)
        hand_over(&s);
    for (size_t v = 0; v < e->matrix.n_views && !ret; v++)
        ret = measure(&s, v, err);
    if (!ret)
        tell_off_rate(&s);
    release(&s);
    return ret;
}
