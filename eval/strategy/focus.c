/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/focus.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/qp.h"
#include "media/clip.h"
#include "media/render.h"

#define BLOCK 16

int dvb_focus_open(struct dvb_used_strategy *s, const char *args,
                   const struct dvb_strategy_settings *settings, bool blind, struct dvb_err *err)
{
    struct dvb_focus *f = dvb_calloc(1, sizeof(*f));
    f->strategy = s->kind->name;
    f->share = DVB_FOCUS_SHARE;
    f->blind = blind;
    int ret = dvb_focus_parse(args, f, err);
    if (!ret && f->provider)
        ret = dvb_provider_open(f->provider, &settings->provider, &f->state, err);
    else if (!ret)
        ret = dvb_looking_open(&f->looking, settings, err);
    if (ret) {
        dvb_focus_close(f);
        return ret;
    }
    dvb_strategy_tell_provider(s, f->provider, settings);
    s->by_words = !f->provider || !f->provider->wordless;
    s->by_model = !f->provider && !f->looking.model;
    s->state = f;
    return 0;
}

void dvb_focus_close(void *state)
{
    struct dvb_focus *f = state;
    dvb_provider_close(f->provider, f->state);
    dvb_looking_release(&f->looking);
    free(f);
}

/* What has arrived of the stream that a region is kept of, which is the same wherever that is. */
static int received(const void *user, const struct dvb_stream_job *job,
                    const struct dvb_sample_recipe *sample, struct dvb_timeline *t, int round,
                    int64_t *stream, struct dvb_err *err)
{
    const struct dvb_focus *f = user;
    struct dvb_stream_job mine = *job;
    struct dvb_recipe recipe;
    (void)t;
    (void)round;
    int ret = dvb_sized_apply(&f->sized, job, &recipe, err);
    recipe.sample = *sample;
    mine.recipe = &recipe;
    return ret ? ret : dvb_stream_render(&mine, DVB_KIND_DEGRADED, stream, err);
}

int dvb_focus_prepare(struct dvb_used_strategy *s, struct dvb_asker *asker,
                      struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err)
{
    const struct dvb_focus *f = s->state;
    const struct dvb_looker looker = {
        .name = s->name,
        .looking = &f->looking,
        .like = { .form = DVB_FORM_BOX, .gamma = DVB_GAMMA },
        .received = received,
        .user = f,
    };
    return f->provider ? 0 : dvb_look_prepare(&looker, asker, jobs, n, threads, err);
}

void dvb_focus_forget(void *prepared)
{
    if (prepared)
        dvb_look_forget(prepared);
}

int dvb_focus_check(const struct dvb_focus *f, const struct dvb_stream_job *job,
                    struct dvb_err *err)
{
    return f->provider ? 0 : dvb_look_check(job, err);
}

/* Responses of the clip's macroblocks, added up over frames. */
struct sums {
    double *v;
    float *blocks; /* of one frame */
    int rows, cols;
};

static void start(struct sums *s, int w, int h)
{
    if (s->v)
        return;
    s->rows = (h + BLOCK - 1) / BLOCK;
    s->cols = (w + BLOCK - 1) / BLOCK;
    s->v = dvb_calloc((size_t)s->rows * (size_t)s->cols, sizeof(*s->v));
    s->blocks = dvb_calloc((size_t)s->rows * (size_t)s->cols, sizeof(*s->blocks));
}

static void add_blocks(struct sums *s)
{
    for (int i = 0; i < s->rows * s->cols; i++)
        s->v[i] += ((double)s->blocks[i] + 1) / 2;
}

static int add_frame(const struct dvb_focus *f, const struct dvb_stream_job *job,
                     const struct dvb_video *video, const AVFrame *frame, struct sums *s,
                     struct dvb_err *err)
{
    const struct dvb_relevance_query q = { .frame = frame,
                                           .at = (double)job->segment->start_ms / 1000 +
                                                 (double)frame->pts / 1e6,
                                           .video = video->name,
                                           .words = job->words };
    struct dvb_map m = { 0 };
    int ret = f->provider->map(f->state, &q, &m, err);
    if (!ret)
        ret = dvb_map_check(&m, f->provider->name, err);
    if (ret) {
        dvb_map_release(&m);
        return ret;
    }
    start(s, frame->width, frame->height);
    dvb_map_blocks(&m, frame->width, frame->height, s->blocks);
    add_blocks(s);
    dvb_map_release(&m);
    return 0;
}

static int add_clip(const struct dvb_focus *f, const struct dvb_stream_job *job,
                    const struct dvb_video *video, struct sums *s, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .start = (double)job->segment->start_ms / 1000,
                                          .length = (double)job->segment->length_ms / 1000,
                                          .fps = f->looking.fps };
    struct dvb_clip *clip;
    AVFrame *frame;
    int got, ret = dvb_clip_open(video->path, &cs, &clip, err);
    if (ret)
        return ret;
    while (!ret && (got = dvb_clip_next(clip, &frame, err))) {
        ret = got < 0 ? got : add_frame(f, job, video, frame, s, err);
        if (got > 0)
            av_frame_free(&frame);
    }
    dvb_clip_close(&clip);
    return ret;
}

void dvb_focus_best(const double *v, int rows, int cols, int h, int w, int *row, int *col)
{
    /* sum[r][c]: of all above and to the left. */
    size_t stride = (size_t)cols + 1;
    double *sum = dvb_calloc(((size_t)rows + 1) * stride, sizeof(*sum)), best = -INFINITY;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            sum[(size_t)(r + 1) * stride + (size_t)c + 1] =
                v[r * cols + c] + sum[(size_t)r * stride + (size_t)c + 1] +
                sum[(size_t)(r + 1) * stride + (size_t)c] - sum[(size_t)r * stride + (size_t)c];
    for (int r = 0; r + h <= rows; r++)
        for (int c = 0; c + w <= cols; c++) {
            const double *top = sum + (size_t)r * stride, *end = top + (size_t)h * stride;
            double inside = end[c + w] - end[c] - top[c + w] + top[c];
            if (inside > best + 1e-9) {
                best = inside;
                *row = r;
                *col = c;
            }
        }
    free(sum);
}

static int blocks_of(int all, double share)
{
    int n = (int)lround(all * sqrt(share));
    return n < 1 ? 1 : n > all ? all : n;
}

/* What the looks' boxes say, at their times. */
static void add_looks(const struct dvb_focus *f, const struct dvb_stream_job *job,
                      const struct dvb_video *video, struct sums *s)
{
    struct dvb_looked *looked = job->prepared;
    const struct dvb_size size = { video->width & ~1, video->height & ~1 };
    int n;
    double *times = dvb_sample_times(looked->length, f->looking.fps, &n);
    start(s, size.w, size.h);
    for (int i = 0; i < n; i++) {
        dvb_timeline_rho(&looked->timeline, times[i], size, s->blocks);
        add_blocks(s);
    }
    free(times);
}

/* Rounding aside. */
static bool all_alike(const struct sums *s)
{
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < s->rows * s->cols; i++) {
        least = fmin(least, s->v[i]);
        most = fmax(most, s->v[i]);
    }
    return most - least <= 1e-5 * most;
}

static struct dvb_focus_window best_window(const struct sums *s, double share)
{
    int h = blocks_of(s->rows, share), w = blocks_of(s->cols, share);
    int row = (s->rows - h) / 2, col = (s->cols - w) / 2;
    if (!all_alike(s))
        dvb_focus_best(s->v, s->rows, s->cols, h, w, &row, &col);
    return (struct dvb_focus_window){ (double)col / s->cols, (double)row / s->rows,
                                      (double)w / s->cols, (double)h / s->rows };
}

int dvb_focus_find(const struct dvb_focus *f, const struct dvb_stream_job *job,
                   struct dvb_focus_window *out, struct dvb_err *err)
{
    struct dvb_video video;
    struct sums s = { 0 };
    int ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    if (ret)
        return ret;
    if (f->provider)
        ret = add_clip(f, job, &video, &s, err);
    else
        add_looks(f, job, &video, &s);
    if (!ret)
        *out = best_window(&s, f->share);
    free(s.v);
    free(s.blocks);
    dvb_video_release(&video);
    return ret;
}

static int even(double v)
{
    return (int)(v / 2) * 2;
}

static struct dvb_rect pixels_of(int width, int height, const struct dvb_focus_window *w)
{
    struct dvb_rect r = { even(w->x * width), even(w->y * height), even(w->w * width),
                          even(w->h * height) };
    r.w = r.w < 2 ? 2 : r.w;
    r.h = r.h < 2 ? 2 : r.h;
    r.x = r.x + r.w > width ? width - r.w : r.x;
    r.y = r.y + r.h > height ? height - r.h : r.y;
    return r;
}

struct dvb_size dvb_focus_size(struct dvb_size picture, const struct dvb_focus_window *w)
{
    struct dvb_rect r = pixels_of(picture.w, picture.h, w);
    return (struct dvb_size){ r.w, r.h };
}

AVFrame *dvb_focus_cut(const AVFrame *f, const struct dvb_focus_window *w)
{
    struct dvb_rect r = pixels_of(f->width, f->height, w);
    AVFrame *part = av_frame_clone(f);
    if (!part)
        return NULL;
    part->width = r.w;
    part->height = r.h;
    for (int p = 0; p < 3; p++) {
        int half = p > 0;
        part->data[p] += (r.y >> half) * (ptrdiff_t)f->linesize[p] + (r.x >> half);
    }
    return part;
}

AVFrame *dvb_focus_blank(const AVFrame *f, const struct dvb_focus_window *w)
{
    struct dvb_rect r = pixels_of(f->width, f->height, w);
    AVFrame *copy = av_frame_clone(f);
    if (copy && av_frame_make_writable(copy) < 0)
        av_frame_free(&copy);
    for (int p = 0; copy && p < 3; p++) {
        int half = p > 0;
        for (int y = r.y >> half; y < (r.y + r.h) >> half; y++)
            memset(copy->data[p] + y * (ptrdiff_t)copy->linesize[p] + (r.x >> half), 128,
                   (size_t)(r.w >> half));
    }
    return copy;
}

static json_t *looks_json(const struct dvb_focus *f, const struct dvb_stream_job *job)
{
    const struct dvb_looked *looked = job->prepared;
    json_t *j = dvb_json_pack("{s:s, s:o}", "provider", DVB_LOOK_PROVIDER, "words",
                              dvb_look_words(job));
    dvb_look_describe(&f->looking, job, looked->round, j);
    return j;
}

json_t *dvb_focus_json(const struct dvb_focus *f, const struct dvb_stream_job *job,
                       const struct dvb_focus_window *w)
{
    return dvb_json_pack("{s:o, s:f, s:f, s:[f, f, f, f]}", "provider",
                         f->provider ? f->provider->identity(f->state) : looks_json(f, job),
                         "look_fps", f->looking.fps, "share", f->share, "window", w->x, w->y, w->w,
                         w->h);
}
