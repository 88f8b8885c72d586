/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/look.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "workspace/rendition.h"
#include "workspace/restage.h"
#include "workspace/sent.h"

#define REPLY_TOKENS 100 /* expected, for what a dry run foretells */

/* One look for one job. */
struct look {
    size_t job;
    double at;        /* of its last picture, seconds */
    int last;         /* picture */
    int64_t pictures; /* rendition that is looked at; 0: there is none */
    struct dvb_region_scale scale;
    struct dvb_regions found;
};

struct looks {
    const struct dvb_looker *by;
    const struct dvb_looking *how;
    struct dvb_stream_job *jobs;
    size_t n_jobs;
    struct look *v; /* by job, then time */
    size_t n, cap;
    size_t *first; /* [job]: its first look; first[n_jobs] is n */
    int round;
    json_t *schema;
    size_t at;   /* next to be asked */
    long unread; /* replies without a list of regions */
    long dropped[DVB_REGION_DROPS];
};

static const struct dvb_used_model *whom(const struct dvb_looking *how,
                                         const struct dvb_stream_job *job)
{
    return how->model ? how->model : job->model;
}

static const struct dvb_used_model *who(const struct looks *l, const struct dvb_stream_job *job)
{
    return whom(l->how, job);
}

static struct dvb_looked *looked(const struct dvb_stream_job *job)
{
    return job->prepared;
}

void dvb_look_forget(void *prepared)
{
    struct dvb_looked *p = prepared;
    dvb_timeline_release(&p->timeline);
    free(p->problem);
    free(p);
}

static double length_of(const struct dvb_stream_job *job)
{
    return (double)job->segment->length_ms / 1000;
}

static bool holds(const struct looks *l)
{
    return l->how->lead == DVB_LEAD_HOLD;
}

/* Looks whose answer is used within the clip, or interpolated towards. */
static void list_looks(struct looks *l)
{
    l->first = dvb_calloc(l->n_jobs + 1, sizeof(*l->first));
    for (size_t j = 0; j < l->n_jobs; j++) {
        double length = length_of(&l->jobs[j]), step = 1 / l->how->fps;
        int n;
        double *times = dvb_sample_times(length, l->how->fps, &n);
        l->first[j] = l->n;
        for (int i = 0; i < n; i++) {
            if (times[i] + DVB_LOOK_AHEAD >= length + step && (i || !holds(l)))
                break;
            l->v = dvb_grow(l->v, l->n, &l->cap, sizeof(*l->v));
            l->v[l->n++] = (struct look){ .job = j, .at = times[i], .last = i };
        }
        free(times);
    }
    l->first[l->n_jobs] = l->n;
}

/* A round's answers settle the stream up to AHEAD after what it could see rightly: before the
   first look's use, the flat stream is the right one. */
static int rounds_of(const struct looks *l, size_t job)
{
    if (l->how->look == DVB_LOOK_ORIGINAL || !l->by->closed || l->first[job] == l->first[job + 1])
        return 1;
    double known = l->v[l->first[job]].at + DVB_LOOK_AHEAD;
    int settle = (int)ceil((length_of(&l->jobs[job]) - known) / DVB_LOOK_AHEAD);
    settle = settle < 1 ? 1 : settle;
    return l->how->rounds && l->how->rounds < settle ? l->how->rounds : settle;
}

static struct dvb_sample_recipe look_sample(const struct looks *l, const struct dvb_stream_job *job)
{
    struct dvb_sample_recipe s = job->recipe->sample;
    s.fps = l->how->fps;
    return s;
}

static int original_stream(const struct looks *l, const struct dvb_stream_job *job, int64_t *id,
                           struct dvb_err *err)
{
    struct dvb_recipe recipe = *job->recipe;
    struct dvb_stream_job mine = *job;
    recipe.sample = look_sample(l, job);
    mine.recipe = &recipe;
    return dvb_stream_render(&mine, DVB_KIND_ORIGINAL, id, err);
}

/* What arrived of the last round's stream; in the first, of one that knows nothing. */
static int received_stream(const struct looks *l, const struct dvb_stream_job *job, int64_t *id,
                           struct dvb_err *err)
{
    const struct dvb_sample_recipe sample = look_sample(l, job);
    struct dvb_timeline *t = l->round > 1 ? &looked(job)->timeline : NULL;
    return l->by->received(l->by->user, job, &sample, t, l->round - 1, id, err);
}

/* Of what the model will be sent. */
static int find_scale(const struct dvb_stream_job *job, const struct dvb_profile *p,
                      struct look *look, struct dvb_err *err)
{
    struct dvb_media_shape shape;
    look->scale = (struct dvb_region_scale){ .boxes = p->boxes };
    if (p->boxes != DVB_BOXES_PIXELS)
        return 0;
    int ret = dvb_workspace_shape(job->ws, p, look->pictures, &shape, err);
    if (!ret) {
        look->scale.width = shape.width;
        look->scale.height = shape.height;
    }
    return ret;
}

/* The pictures of one look: those up to its time. */
static int stage_look(const struct looks *l, struct look *look, int64_t stream, struct dvb_err *err)
{
    const struct dvb_stream_job *job = &l->jobs[look->job];
    int pictures[DVB_LOOK_HISTORY] = { 0 }, n = 0, from = look->last - DVB_LOOK_HISTORY + 1;
    for (int i = from < 0 ? 0 : from; i <= look->last; i++)
        pictures[n++] = i;
    const struct dvb_profile *profile = who(l, job)->profile;
    bool video = profile->send == DVB_SEND_VIDEO;
    json_t *recipe = dvb_json_pack("{s:[ii]}", "pictures", pictures[0], look->last);
    const struct dvb_restage how = { .kind = "look",
                                     .recipe = recipe,
                                     .pictures = pictures,
                                     .n = n,
                                     .video = video ? DVB_RESTAGE_ONCE : DVB_RESTAGE_NO_VIDEO };
    int ret = dvb_workspace_restage(job->ws, stream, &how, &look->pictures, err);
    json_decref(recipe);
    if (!ret && !job->ws->dry)
        ret = dvb_workspace_derive(job->ws, profile, look->pictures, err);
    return ret ? ret : find_scale(job, profile, look, err);
}

static int stage_job(const struct looks *l, size_t j, struct dvb_err *err)
{
    const struct dvb_stream_job *job = &l->jobs[j];
    struct dvb_rendition r;
    int64_t stream;
    int ret = l->how->look == DVB_LOOK_RECEIVED ? received_stream(l, job, &stream, err)
                                                : original_stream(l, job, &stream, err);
    if (!ret)
        ret = dvb_store_get_rendition(job->ws->store, stream, &r, err);
    if (ret)
        return ret;
    looked(job)->length = r.n_frames / l->how->fps;
    for (size_t i = l->first[j]; i < l->first[j + 1] && !ret; i++) {
        l->v[i].pictures = 0;
        if (l->v[i].last < r.n_frames) /* a clip may end early */
            ret = stage_look(l, &l->v[i], stream, err);
    }
    dvb_rendition_release(&r);
    return ret;
}

static bool under_way(const struct looks *l, size_t job)
{
    return !looked(&l->jobs[job])->problem && l->round <= rounds_of(l, job);
}

static void note_problem(struct dvb_looked *p, enum dvb_fault fault, const char *why)
{
    if (p->problem)
        return;
    p->problem = dvb_strdup(why);
    p->fault = fault;
}

/* Jobs of one segment, one after another. What is wrong with a clip is its own problem. */
static int stage_segment(const struct looks *l, size_t first, size_t end, struct dvb_err *err)
{
    int ret = 0;
    for (size_t j = first; j < end && !ret; j++) {
        if (!under_way(l, j))
            continue;
        ret = stage_job(l, j, err);
        if (ret && err->fault == DVB_FAULT_INPUT) {
            note_problem(looked(&l->jobs[j]), err->fault, err->msg);
            ret = 0;
        }
    }
    return ret;
}

static size_t segment_end(const struct looks *l, size_t first)
{
    size_t end = first;
    while (end < l->n_jobs && l->jobs[end].segment->id == l->jobs[first].segment->id)
        end++;
    return end;
}

static int stage(const struct looks *l, int threads, struct dvb_err *err)
{
    size_t *starts = dvb_calloc(l->n_jobs, sizeof(*starts)), n = 0;
    struct dvb_progress progress;
    int stop = 0;
    for (size_t j = 0; j < l->n_jobs; j = segment_end(l, j))
        starts[n++] = j;
    dvb_progress_start(&progress, "looks", (long)n);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t i = 0; i < n; i++) {
        struct dvb_err problem = { 0 };
        int stopped;
#pragma omp critical(look_stage)
        stopped = stop;
        int ret = stopped ? 0 : stage_segment(l, starts[i], segment_end(l, starts[i]), &problem);
#pragma omp critical(look_stage)
        if (ret && !stop) {
            stop = ret;
            if (err)
                *err = problem;
        }
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    free(starts);
    return stop;
}

static int next(void *user, struct dvb_asking *a, struct dvb_err *err)
{
    struct looks *l = user;
    (void)err;
    while (l->at < l->n && (!l->v[l->at].pictures || !under_way(l, l->v[l->at].job)))
        l->at++;
    if (l->at == l->n)
        return 0;
    const struct look *look = &l->v[l->at];
    const struct dvb_stream_job *job = &l->jobs[look->job];
    *a = (struct dvb_asking){
        .model = who(l, job),
        .step = "look",
        .prompt_name = "regions",
        .prompt = dvb_regions_prompt_fill(l->how->prompt, &look->scale, 1 / l->how->fps,
                                          job->words),
        .rendition = look->pictures,
        .schema = l->schema,
        .schema_name = "regions",
        .tag = (int64_t)l->at++,
        .about = job->words,
        .expect_out = REPLY_TOKENS,
    };
    return 1;
}

/* A refusal, or words without a list, are no regions. */
static int answer(void *user, const struct dvb_asking *a, const struct dvb_call *call,
                  struct dvb_err *err)
{
    struct looks *l = user;
    struct look *look = &l->v[a->tag];
    bool read = call->status != DVB_CALL_REFUSED &&
                dvb_regions_parse(call->reply, &look->scale, &look->found);
    if (read) {
        for (int d = 1; d < DVB_REGION_DROPS; d++)
            l->dropped[d] += look->found.dropped[d];
        return 0;
    }
    look->found = (struct dvb_regions){ 0 };
    l->unread++;
    if (call->status != DVB_CALL_OK)
        return 0;
    return dvb_store_set_call_status(l->jobs[look->job].ws->store, call->id, DVB_CALL_UNPARSED,
                                     err);
}

static void failed(void *user, const struct dvb_asking *a, const char *why)
{
    struct looks *l = user;
    char *text = dvb_asprintf("it could not be asked where to look: %s", why);
    note_problem(looked(&l->jobs[l->v[a->tag].job]), DVB_FAULT_SERVICE, text);
    free(text);
}

static void fill_timeline(const struct looks *l, size_t job, struct dvb_timeline *t)
{
    *t = l->by->like;
    t->glide = true;
    for (size_t i = l->first[job]; i < l->first[job + 1]; i++) {
        const struct look *look = &l->v[i];
        if (!look->pictures)
            continue;
        if (holds(l) && !t->n)
            dvb_timeline_add_boxes(t, 0, look->found.v, look->found.n);
        dvb_timeline_add_boxes(t, look->at + DVB_LOOK_AHEAD, look->found.v, look->found.n);
    }
}

static void take_answers(struct looks *l)
{
    for (size_t j = 0; j < l->n_jobs; j++) {
        struct dvb_looked *p = looked(&l->jobs[j]);
        if (!under_way(l, j))
            continue;
        dvb_timeline_release(&p->timeline);
        p->round = l->round;
        fill_timeline(l, j, &p->timeline);
    }
}

static int one_round(struct looks *l, struct dvb_asker *asker, int threads, struct dvb_err *err)
{
    const struct dvb_ask_source source = { .next = next,
                                           .answer = answer,
                                           .failed = failed,
                                           .user = l,
                                           .what = "look",
                                           .total = (long)l->n };
    l->at = 0;
    int ret = stage(l, threads, err);
    if (!ret)
        ret = dvb_asker_run(asker, &source, err);
    if (!ret)
        take_answers(l);
    return ret;
}

static void tell(const struct looks *l, const char *strategy)
{
    if (l->unread)
        dvb_warn("%s: %ld replies say nothing of regions; nothing is favoured there", strategy,
                 l->unread);
    for (int d = 1; d < DVB_REGION_DROPS; d++)
        if (l->dropped[d])
            dvb_warn("%s: regions dropped: %ld %s", strategy, l->dropped[d],
                     dvb_region_drop_names[d]);
}

int dvb_look_prepare(const struct dvb_looker *looker, struct dvb_asker *asker,
                     struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err)
{
    struct looks l = { .by = looker,
                       .how = looker->looking,
                       .jobs = jobs,
                       .n_jobs = n,
                       .schema = dvb_regions_schema() };
    int rounds = 1, ret = 0;
    for (size_t j = 0; j < n; j++)
        jobs[j].prepared = dvb_calloc(1, sizeof(struct dvb_looked));
    list_looks(&l);
    for (size_t j = 0; j < n; j++)
        rounds = rounds_of(&l, j) > rounds ? rounds_of(&l, j) : rounds;
    for (l.round = 1; l.round <= rounds && !ret; l.round++)
        ret = one_round(&l, asker, threads, err);
    tell(&l, looker->name);
    json_decref(l.schema);
    free(l.v);
    free(l.first);
    return ret;
}

int dvb_look_check(const struct dvb_stream_job *job, struct dvb_err *err)
{
    const struct dvb_looked *p = looked(job);
    return p->problem ? dvb_fail(err, p->fault, EIO, "%s", p->problem) : 0;
}

static json_t *hash_json(const char *text)
{
    char hex[DVB_HASH_LEN + 1];
    dvb_hash_of_str(text, hex);
    return json_string(hex);
}

json_t *dvb_look_words(const struct dvb_stream_job *job)
{
    return hash_json(job->words);
}

void dvb_look_describe(const struct dvb_looking *l, const struct dvb_stream_job *job, int round,
                       json_t *j)
{
    const struct dvb_profile *profile = whom(l, job)->profile;
    char prompt[DVB_HASH_LEN + 1];
    dvb_regions_prompt_hash(l->prompt, profile->boxes, prompt);
    json_object_set_new(j, "identity", dvb_profile_identity(profile));
    json_object_set_new(j, "prompt", json_string(prompt));
    if (profile->boxes != DVB_BOXES_THOUSANDTHS) /* a prompt of the user's may not tell */
        json_object_set_new(j, "boxes", json_string(dvb_boxes_names[profile->boxes]));
    json_object_set_new(j, "look", json_string(dvb_look_names[l->look]));
    json_object_set_new(j, "lead", json_string(dvb_lead_names[l->lead]));
    json_object_set_new(j, "round", json_integer(round));
    json_object_set_new(j, "history", json_integer(DVB_LOOK_HISTORY));
    json_object_set_new(j, "ahead", json_real(DVB_LOOK_AHEAD));
}
