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

#define BLOCK 16
#define LEAST_SHARE 0.01
#define MOST_SHARE 0.95

/* "PROVIDER[:SHARE]" into a heap name and *share. */
static int parse_args(const char *strategy, const char *args, char **provider, double *share,
                      struct dvb_err *err)
{
    const char *colon = strchr(args, ':');
    *provider = dvb_asprintf("%.*s", (int)(colon ? colon - args : (long)strlen(args)), args);
    if (!colon)
        return 0;
    if (dvb_parse_num(colon + 1, share) && *share >= LEAST_SHARE && *share <= MOST_SHARE)
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: %s:%s: found '%s', expected a share of the picture from %g to "
                    "%g",
                    strategy, args, colon + 1, LEAST_SHARE, MOST_SHARE);
}

int dvb_focus_open(const char *strategy, const char *args, double default_share,
                   const struct dvb_strategy_settings *settings, struct dvb_focus *f,
                   struct dvb_err *err)
{
    char *provider;
    *f = (struct dvb_focus){ .share = default_share };
    int ret = parse_args(strategy, args ? args : "detail", &provider, &f->share, err);
    if (!ret && dvb_provider_find(provider, &f->provider, err))
        ret = dvb_err_prefix(err, "--strategies: %s", strategy);
    if (!ret)
        ret = f->provider->open(&settings->provider, &f->state, err);
    free(provider);
    return ret;
}

void dvb_focus_close(struct dvb_focus *f)
{
    if (f->state)
        f->provider->close(f->state);
    *f = (struct dvb_focus){ 0 };
}

/* Responses of the clip's macroblocks, added up over frames. */
struct sums {
    double *v;
    int rows, cols;
};

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
    if (!s->v) {
        s->rows = (frame->height + BLOCK - 1) / BLOCK;
        s->cols = (frame->width + BLOCK - 1) / BLOCK;
        s->v = dvb_calloc((size_t)s->rows * (size_t)s->cols, sizeof(*s->v));
    }
    float *blocks = dvb_calloc((size_t)s->rows * (size_t)s->cols, sizeof(*blocks));
    dvb_map_blocks(&m, frame->width, frame->height, blocks);
    for (int i = 0; i < s->rows * s->cols; i++)
        s->v[i] += ((double)blocks[i] + 1) / 2;
    free(blocks);
    dvb_map_release(&m);
    return 0;
}

static int add_clip(const struct dvb_focus *f, const struct dvb_stream_job *job,
                    const struct dvb_video *video, struct sums *s, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .start = (double)job->segment->start_ms / 1000,
                                          .length = (double)job->segment->length_ms / 1000,
                                          .fps = 1 };
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

int dvb_focus_find(const struct dvb_focus *f, const struct dvb_stream_job *job,
                   struct dvb_focus_window *out, struct dvb_err *err)
{
    struct dvb_video video;
    struct sums s = { 0 };
    int row = 0, col = 0,
        ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    if (ret)
        return ret;
    ret = add_clip(f, job, &video, &s, err);
    if (!ret) {
        int h = blocks_of(s.rows, f->share), w = blocks_of(s.cols, f->share);
        dvb_focus_best(s.v, s.rows, s.cols, h, w, &row, &col);
        *out = (struct dvb_focus_window){ (double)col / s.cols, (double)row / s.rows,
                                          (double)w / s.cols, (double)h / s.rows };
    }
    free(s.v);
    dvb_video_release(&video);
    return ret;
}

static int even(double v)
{
    return (int)(v / 2) * 2;
}

/* In pixels of that frame: even, 2 at least. */
static struct dvb_rect pixels_of(const AVFrame *f, const struct dvb_focus_window *w)
{
    struct dvb_rect r = { even(w->x * f->width), even(w->y * f->height), even(w->w * f->width),
                          even(w->h * f->height) };
    r.w = r.w < 2 ? 2 : r.w;
    r.h = r.h < 2 ? 2 : r.h;
    r.x = r.x + r.w > f->width ? f->width - r.w : r.x;
    r.y = r.y + r.h > f->height ? f->height - r.h : r.y;
    return r;
}

AVFrame *dvb_focus_cut(const AVFrame *f, const struct dvb_focus_window *w)
{
    struct dvb_rect r = pixels_of(f, w);
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
    struct dvb_rect r = pixels_of(f, w);
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

json_t *dvb_focus_json(const struct dvb_focus *f, const struct dvb_focus_window *w)
{
    return dvb_json_pack("{s:o, s:f, s:[f, f, f, f]}", "provider", f->provider->identity(f->state),
                         "share", f->share, "window", w->x, w->y, w->w, w->h);
}
