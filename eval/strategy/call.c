/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/call.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/network/grid.h"
#include "eval/network/seen.h"
#include "eval/strategy/strategy.h"
#include "media/render.h"
#include "media/units.h"
#include "workspace/restage.h"

#define WAIT_FPS 30
#define BEFORE 1.0  /* seconds of call before the clip */
#define MAX_FPS 240 /* of a recipe */

struct call {
    const struct dvb_call_network *network;
    bool substitutes;
    double fps;     /* 0: equation 5's */
    int64_t keyint; /* < 0: the recipe's */
};

static json_t *trace_json(const struct dvb_trace *t)
{
    char hex[DVB_HASH_LEN + 1];
    struct dvb_hash h;
    if (!t)
        return json_null();
    dvb_hash_init(&h);
    dvb_hash_bytes(&h, &t->length, sizeof(t->length));
    if (t->at)
        dvb_hash_bytes(&h, t->at, t->n * sizeof(*t->at));
    if (t->steps)
        dvb_hash_bytes(&h, t->steps, t->n * sizeof(*t->steps));
    dvb_hash_final(&h, hex);
    return json_string(hex);
}

json_t *dvb_call_network_json(const struct dvb_call_network *n)
{
    const struct dvb_link_settings *l = &n->link;
    return dvb_json_pack("{s:f, s:f, s:I, s:I, s:b, s:I, s:o, s:i, s:I, s:I, s:I}", "loss", l->loss,
                         "burst", l->burst, "delay_us", (json_int_t)l->delay, "jitter_us",
                         (json_int_t)l->jitter, "reorder", l->reorder, "rate",
                         (json_int_t)(l->trace ? 0 : l->rate), "trace", trace_json(l->trace),
                         "queue", (int)l->queue, "limit", (json_int_t)l->limit, "overhead",
                         (json_int_t)l->overhead, "seed", (json_int_t)n->seed);
}

/* "[FPS][:keyint=N]" */
static int parse_word(const char *word, struct call *c)
{
    if (!strncmp(word, "keyint=", 7))
        return dvb_parse_int(word + 7, &c->keyint) && c->keyint >= 0 && c->keyint <= 1000000;
    return dvb_parse_num(word, &c->fps) && c->fps >= 0.1 && c->fps <= MAX_FPS;
}

static int parse_args(const char *name, const char *args, struct call *c, struct dvb_err *err)
{
    char *copy = dvb_strdup(args ? args : ""), *rest = copy, *word;
    int ret = 0;
    while (!ret && args && (word = rest)) {
        if ((rest = strchr(rest, ':')))
            *rest++ = '\0';
        if (!parse_word(word, c))
            ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                           "--strategies: %s: found '%s', expected a frame rate from 0.1 to %d or "
                           "keyint=N",
                           name, word, MAX_FPS);
    }
    free(copy);
    return ret;
}

static int open_call(struct dvb_used_strategy *s, const char *args, struct call c,
                     const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    c.network = settings->network;
    if (!c.network)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--strategies: %s needs --network, such as --network loss=0.05,delay=30ms",
                        s->kind->name);
    int ret = parse_args(s->kind->name, args, &c, err);
    if (ret)
        return ret;
    struct call *state = dvb_calloc(1, sizeof(*state));
    *state = c;
    s->state = state;
    if (c.network->words)
        dvb_strategy_tell(s, " over ", c.network->words);
    return 0;
}

static int open_framerate(struct dvb_used_strategy *s, const char *args,
                          const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    return open_call(s, args, (struct call){ .substitutes = true, .keyint = 1 }, settings, err);
}

static int open_wait(struct dvb_used_strategy *s, const char *args,
                     const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    return open_call(s, args, (struct call){ .fps = WAIT_FPS, .keyint = -1 }, settings, err);
}

static int solve_fps(const struct call *c, const struct dvb_stream_job *job, double *fps,
                     struct dvb_err *err)
{
    const struct dvb_framerate_settings f = { .loss = c->network->link.loss,
                                              .epsilon = c->network->epsilon,
                                              .model_fps = job->recipe->sample.fps,
                                              .max_fps = MAX_FPS,
                                              .bitrate = job->recipe->degraded.bitrate };
    struct dvb_framerate r;
    *fps = c->fps;
    if (*fps > 0)
        return 0;
    int ret = dvb_framerate_solve(&f, &r, err);
    *fps = r.fps;
    return ret ? dvb_err_prefix(err, "--strategies: framerate at %lld bits per second",
                                (long long)f.bitrate)
               : 0;
}

/* The stream, each of its frames a picture. */
static void stream_recipe(const struct call *c, const struct dvb_stream_job *job, double fps,
                          struct dvb_recipe *r)
{
    *r = *job->recipe;
    r->degraded.fps = r->sample.fps = fps;
    r->degraded.bframes = 0; /* a call has none: each would wait for the next frame */
    if (c->keyint >= 0)
        r->degraded.keyint = (int)c->keyint;
}

/* A call with those frames: the same sizes at the same times. */
static void call_settings(const struct call *c, const struct dvb_frame_shape *shape, double fps,
                          uint64_t seed, struct dvb_sim_settings *s)
{
    struct dvb_grid_settings usual;
    dvb_grid_init(&usual);
    *s = usual.sim;
    s->link = c->network->link;
    s->seed = seed;
    s->fps = fps;
    s->duration = llround((double)shape->n * 1e6 / fps);
    s->model.shape = shape;
    s->sender.rates.start = llround(shape->mean * 8 * fps);
    s->sender.rates.min = s->sender.rates.max = s->sender.rates.start;
    s->sender.retransmit = s->receiver.nack = !c->substitutes;
    if (s->link.loss <= 0)
        s->link.burst = 0;
}

struct outcome {
    struct dvb_sim_result call, twin;
    double *times;
    int n;
    struct dvb_seen *seen; /* [n] */
    double sent_kbps;      /* with the frames before the clip */
};

static void release(struct outcome *o)
{
    dvb_sim_release(&o->call);
    dvb_sim_release(&o->twin);
    free(o->times);
    free(o->seen);
}

static size_t before(double fps)
{
    return (size_t)ceil(fps * BEFORE);
}

/* The clip's frames alone, on its own clock. */
static void keep_clip(struct dvb_sim_result *r, size_t first)
{
    int64_t start = r->frames[first].captured;
    r->n -= first;
    for (size_t i = 0; i < r->n; i++) {
        struct dvb_sim_frame f = r->frames[first + i];
        f.captured -= start;
        if (f.complete != DVB_NET_NEVER)
            f.complete -= start;
        if (f.decodable != DVB_NET_NEVER)
            f.decodable -= start;
        r->frames[i] = f;
    }
    r->ended -= start;
}

static int simulate(const struct call *c, const struct dvb_stream_job *job,
                    const struct dvb_frame_shape *shape, double fps, const char *label,
                    struct outcome *o, struct dvb_err *err)
{
    struct dvb_sim_settings s;
    struct dvb_rng rng;
    dvb_rng_init(&rng, c->network->seed, label);
    call_settings(c, shape, fps, dvb_rng_next(&rng), &s);
    int ret = dvb_sim_run(&s, &o->call, err);
    s.link.loss = s.link.burst = 0;
    if (!ret)
        ret = dvb_sim_run(&s, &o->twin, err);
    if (ret)
        return ret;
    o->sent_kbps = (double)o->call.sent_bytes * 8e3 / (double)s.duration;
    keep_clip(&o->call, before(fps));
    keep_clip(&o->twin, before(fps));
    o->times = dvb_sample_times((double)job->segment->length_ms / 1000, job->recipe->sample.fps,
                                &o->n);
    o->seen = dvb_calloc((size_t)o->n, sizeof(*o->seen));
    dvb_seen_pick(&o->call, &o->twin, o->times, (size_t)o->n, c->substitutes, s.link.delay,
                  o->seen);
    return 0;
}

/* Of the frames that go before the clip. */
static int add_before(const struct dvb_unit *units, size_t n, double fps,
                      struct dvb_frame_shape *shape, size_t *cap)
{
    double bytes = 0;
    int ret = 0;
    for (size_t i = 0; i < n; i++)
        bytes += units[i].size;
    for (size_t i = 0; i < before(fps) && !ret; i++)
        ret = dvb_frame_shape_add(shape, cap, (uint32_t)(bytes / (double)n), !i);
    return ret;
}

/* What goes before, and the frames that are both in the file and a picture. */
static int read_shape(const struct dvb_stream_job *job, const struct dvb_rendition *stream,
                      double fps, struct dvb_frame_shape *shape, struct dvb_err *err)
{
    char *path = dvb_asprintf("%s/%s/clip.mp4", job->ws->dir, stream->path);
    struct dvb_unit *units;
    size_t n, cap = 0;
    int ret = dvb_units_read(path, &units, &n, err);
    if (n > (size_t)stream->n_frames)
        n = (size_t)stream->n_frames;
    if (!ret && !n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: no pictures", path);
    int full = ret ? 0 : add_before(units, n, fps, shape, &cap);
    for (size_t i = 0; i < n && !ret && !full; i++)
        full = dvb_frame_shape_add(shape, &cap, units[i].size, units[i].key);
    if (full)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: too many frames", path);
    free(units);
    free(path);
    return ret;
}

static size_t decodable(const struct dvb_sim_result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += r->frames[i].decodable != DVB_NET_NEVER;
    return n;
}

static json_t *detail_json(const struct outcome *o, double fps)
{
    json_t *ages = json_array(), *stalls = json_array();
    int substituted = 0, missing = 0;
    for (int i = 0; i < o->n; i++) {
        const struct dvb_seen *s = &o->seen[i];
        missing += s->frame == DVB_SEEN_BLACK;
        substituted += s->frame != DVB_SEEN_BLACK && s->frame != s->wanted;
        json_array_append_new(ages, isnan(s->age_ms) ? json_null() : json_real(s->age_ms));
        json_array_append_new(stalls, json_real(s->stall_ms));
    }
    return dvb_json_pack("{s:f, s:I, s:I, s:i, s:i, s:i, s:f, s:o, s:o}", "fps", fps, "frames",
                         (json_int_t)o->call.n, "decodable", (json_int_t)decodable(&o->call),
                         "samples", o->n, "substituted", substituted, "missing", missing,
                         "sent_kbps", o->sent_kbps, "ages_ms", ages, "stalls_ms", stalls);
}

/* The stream's rate is the rendition's, and what became of it stands in its detail. */
static int add_detail(const struct dvb_stream_job *job, const struct dvb_rendition *stream,
                      json_t *call, int64_t id, struct dvb_err *err)
{
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(job->ws->store, id, &r, err);
    if (ret)
        return ret;
    json_t *detail = r.detail ? json_loads(r.detail, 0, NULL) : NULL;
    if (!detail)
        detail = json_object();
    json_object_set(detail, "call", call);
    free(r.detail);
    r.detail = dvb_json_canon(detail);
    r.bitrate_kbps = stream->bitrate_kbps;
    r.met = stream->met;
    ret = dvb_store_put_rendition(job->ws->store, &r, &id, err);
    json_decref(detail);
    dvb_rendition_release(&r);
    return ret;
}

static int show(const struct call *c, const struct dvb_stream_job *job,
                const struct dvb_rendition *stream, const struct outcome *o, double fps,
                int64_t *rendition, struct dvb_err *err)
{
    int *pictures = dvb_calloc((size_t)o->n, sizeof(*pictures));
    json_t *list = json_array(), *call = detail_json(o, fps);
    for (int i = 0; i < o->n; i++) {
        bool black = o->seen[i].frame == DVB_SEEN_BLACK;
        pictures[i] = black ? DVB_RESTAGE_BLACK : o->seen[i].frame;
        json_array_append_new(list, json_integer(pictures[i]));
    }
    json_t *recipe = dvb_json_pack("{s:o, s:s, s:o}", "network", dvb_call_network_json(c->network),
                                   "scheme", c->substitutes ? "framerate" : "wait", "pictures",
                                   list);
    const struct dvb_restage how = { .kind = "call",
                                     .recipe = recipe,
                                     .pictures = pictures,
                                     .n = o->n,
                                     .fps = job->recipe->sample.fps,
                                     .video = job->recipe->original_video ? DVB_RESTAGE_ONCE
                                                                          : DVB_RESTAGE_NO_VIDEO };
    int ret = dvb_workspace_restage(job->ws, stream->id, &how, rendition, err);
    if (!ret)
        ret = add_detail(job, stream, call, *rendition, err);
    json_decref(call);
    json_decref(recipe);
    free(pictures);
    return ret;
}

/* What is drawn depends on the video's content, the clip and the stream, and on no row's id. */
static int label_of(const struct dvb_used_strategy *s, const struct dvb_stream_job *job, double fps,
                    char **label, struct dvb_err *err)
{
    struct dvb_video video;
    *label = NULL;
    int ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    if (ret)
        return ret;
    *label = dvb_asprintf("%s %s %lld %lld %lld %.17g", s->kind->name, video.hash,
                          (long long)job->segment->start_ms, (long long)job->segment->length_ms,
                          (long long)job->recipe->degraded.bitrate, fps);
    dvb_video_release(&video);
    return 0;
}

static int show_stream(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                       const struct dvb_rendition *stream, double fps, int64_t *rendition,
                       struct dvb_err *err)
{
    struct dvb_frame_shape shape = { 0 };
    struct outcome o = { 0 };
    char *label;
    int ret = label_of(s, job, fps, &label, err);
    if (!ret)
        ret = read_shape(job, stream, fps, &shape, err);
    if (!ret)
        ret = simulate(s->state, job, &shape, fps, label, &o, err);
    if (!ret)
        ret = show(s->state, job, stream, &o, fps, rendition, err);
    release(&o);
    dvb_frame_shape_release(&shape);
    free(label);
    return ret;
}

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    struct dvb_stream_job mine = *job;
    struct dvb_recipe recipe;
    struct dvb_rendition stream;
    double fps;
    int64_t source;
    int ret = solve_fps(s->state, job, &fps, err);
    if (ret)
        return ret;
    stream_recipe(s->state, job, fps, &recipe);
    mine.recipe = &recipe;
    ret = dvb_stream_render(&mine, DVB_KIND_DEGRADED, &source, err);
    if (!ret)
        ret = dvb_store_get_rendition(job->ws->store, source, &stream, err);
    if (ret)
        return ret;
    /* A stream that is only foreseen has no frames yet; as many pictures will be shown. */
    if (!strncmp(stream.hash, "foreseen ", 9))
        ret = dvb_stream_render(job, DVB_KIND_DEGRADED, rendition, err);
    else
        ret = show_stream(s, job, &stream, fps, rendition, err);
    dvb_rendition_release(&stream);
    return ret;
}

const struct dvb_strategy dvb_strategy_framerate = {
    .name = "framerate",
    .description = "over --network: frame rate as redundancy, the newest frame there is shown",
    .usage = "framerate[:FPS][:keyint=N]",
    .open = open_framerate,
    .render = render,
    .close = free,
};

const struct dvb_strategy dvb_strategy_wait = {
    .name = "wait",
    .description = "over --network: lost packets are sent again, and each frame waited for",
    .usage = "wait[:FPS][:keyint=N]",
    .open = open_wait,
    .render = render,
    .close = free,
};
