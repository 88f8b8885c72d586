/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "media/clip.h"

static void close_context(void *state)
{
    struct dvb_context *c = state;
    dvb_provider_close(c->provider, c->provider_state);
    dvb_looking_release(&c->looking);
    free(c);
}

static int open_context(struct dvb_used_strategy *s, const char *args,
                        const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    struct dvb_context *c = dvb_calloc(1, sizeof(*c));
    int ret = dvb_context_parse(args, c, err);
    if (!ret && c->provider)
        ret = dvb_provider_open(c->provider, &settings->provider, &c->provider_state, err);
    else if (!ret)
        ret = dvb_looking_open(&c->looking, settings, err);
    if (ret) {
        close_context(c);
        return ret;
    }
    dvb_strategy_tell_provider(s, c->provider, settings);
    s->by_words = !c->provider || !c->provider->wordless;
    s->by_model = !c->provider && !c->looking.model;
    s->state = c;
    return 0;
}

/* What a timeline of that round follows from. New reference. */
static json_t *describe(const struct dvb_context *c, const struct dvb_stream_job *job,
                        const struct dvb_timeline *timeline, int round)
{
    char hex[DVB_HASH_LEN + 1];
    dvb_timeline_hash(timeline, hex);
    json_t *j = dvb_json_pack("{s:s, s:o, s:f, s:s, s:f, s:f, s:s}", "provider",
                              c->provider ? c->provider->name : DVB_LOOK_PROVIDER, "words",
                              dvb_look_words(job), "gamma", c->gamma, "form",
                              dvb_form_names[c->form], "smooth", c->smooth, "look_fps",
                              c->looking.fps, "offsets", hex);
    if (c->provider)
        json_object_set_new(j, "identity", c->provider->identity(c->provider_state));
    else
        dvb_look_describe(&c->looking, job, round, j);
    return j;
}

/* The job's rendition by a timeline (NULL: flat), with `how` in its recipe; taken over. */
static int render_by(const struct dvb_context *c, const struct dvb_stream_job *job,
                     const struct dvb_sample_recipe *sample, struct dvb_timeline *timeline,
                     json_t *how, int64_t *rendition, struct dvb_err *err)
{
    /* Without moments all of it is a flat map. */
    struct dvb_timeline none = { .form = DVB_FORM_BOX, .gamma = c->gamma };
    const struct dvb_qp_map map = { timeline ? timeline : &none, dvb_timeline_offsets };
    struct dvb_recipe recipe;
    struct dvb_stream_job mine = *job;
    int ret = dvb_sized_apply(&c->sized, job, &recipe, err);
    recipe.sample = *sample;
    recipe.map = &map;
    recipe.map_json = how;
    mine.recipe = &recipe;
    if (!ret)
        ret = dvb_stream_render(&mine, DVB_KIND_DEGRADED, rendition, err);
    json_decref(how);
    return ret;
}

/* The sender's frames, one look apart, in order of time. */
static int map_frames(const struct dvb_context *c, const struct dvb_stream_job *job,
                      const struct dvb_video *video, struct dvb_timeline *t, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .start = (double)job->segment->start_ms / 1000,
                                          .length = (double)job->segment->length_ms / 1000,
                                          .fps = c->looking.fps };
    struct dvb_clip *clip;
    AVFrame *frame;
    int ret = dvb_clip_open(video->path, &cs, &clip, err);
    while (!ret && (ret = dvb_clip_next(clip, &frame, err)) > 0) {
        struct dvb_map map = { 0 };
        double at = (double)frame->pts / 1e6;
        const struct dvb_relevance_query q = {
            .frame = frame, .at = cs.start + at, .video = video->name, .words = job->words
        };
        ret = c->provider->map(c->provider_state, &q, &map, err);
        if (!ret)
            ret = dvb_map_check(&map, c->provider->name, err);
        if (!ret)
            dvb_timeline_add_map(t, at, &map);
        dvb_map_release(&map);
        av_frame_free(&frame);
    }
    dvb_clip_close(&clip);
    return ret < 0 ? ret : 0;
}

static int render_maps(const struct dvb_context *c, const struct dvb_stream_job *job,
                       int64_t *rendition, struct dvb_err *err)
{
    struct dvb_timeline t = { .form = c->form, .gamma = c->gamma, .smooth = c->smooth };
    struct dvb_video video;
    int ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    if (ret)
        return ret;
    if (!job->ws->dry) /* its renditions are only foreseen */
        ret = map_frames(c, job, &video, &t, err);
    if (!ret)
        ret = render_by(c, job, &job->recipe->sample, &t, describe(c, job, &t, 0), rendition, err);
    dvb_timeline_release(&t);
    dvb_video_release(&video);
    return ret;
}

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    const struct dvb_context *c = s->state;
    struct dvb_looked *looked = job->prepared;
    if (c->provider)
        return render_maps(c, job, rendition, err);
    int ret = dvb_look_check(job, err);
    if (ret)
        return ret;
    return render_by(c, job, &job->recipe->sample, &looked->timeline,
                     describe(c, job, &looked->timeline, looked->round), rendition, err);
}

static int received(const void *user, const struct dvb_stream_job *job,
                    const struct dvb_sample_recipe *sample, struct dvb_timeline *t, int round,
                    int64_t *stream, struct dvb_err *err)
{
    const struct dvb_context *c = user;
    json_t *how = t ? describe(c, job, t, round) : dvb_json_pack("{s:s}", "form", "flat");
    return render_by(c, job, sample, t, how, stream, err);
}

static int prepare(struct dvb_used_strategy *s, struct dvb_asker *asker,
                   struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err)
{
    const struct dvb_context *c = s->state;
    const struct dvb_looker looker = {
        .name = s->name,
        .looking = &c->looking,
        .like = { .form = c->form, .gamma = c->gamma, .smooth = c->smooth },
        .received = received,
        .closed = true,
        .user = c,
    };
    return c->provider ? 0 : dvb_look_prepare(&looker, asker, jobs, n, threads, err);
}

const struct dvb_strategy dvb_strategy_context = {
    .name = "context",
    .description = "bits where the question looks, by a QP map",
    .usage = "context[:PROVIDER[:GAMMA[:OPTION...]]]",
    .open = open_context,
    .prepare = prepare,
    .render = render,
    .forget = dvb_look_forget,
    .close = close_context,
};
