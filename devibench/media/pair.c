/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/pair.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/film.h"
#include "media/image.h"
#include "media/join.h"
#include "media/sample.h"

enum use { USE_VIDEO, USE_PICTURE };

struct dvb_pair {
    struct dvb_pair_settings s;
    struct dvb_size half;
    AVRational source_fps;
    struct dvb_joiner *joiner;
    struct dvb_picker pictures, video; /* video: at a frame rate of its own */
    double *video_times;
    struct dvb_film *film; /* NULL: no video wanted */
    char *film_path;
    struct dvb_album album;
    double end;
};

static int take_joined(void *ctx, const AVFrame *frame, int use, struct dvb_err *err)
{
    struct dvb_pair *p = ctx;
    return use == USE_VIDEO ? dvb_film_put(p->film, frame, err)
                            : dvb_album_add(&p->album, frame, err);
}

static int pick_picture(void *ctx, const AVFrame *frame, int index, struct dvb_err *err)
{
    struct dvb_pair *p = ctx;
    (void)index;
    return dvb_joiner_left(p->joiner, frame, frame->pts, USE_PICTURE, err);
}

static int pick_video(void *ctx, const AVFrame *frame, int index, struct dvb_err *err)
{
    struct dvb_pair *p = ctx;
    return dvb_joiner_left(p->joiner, frame, llround(p->video_times[index] * 1e6), USE_VIDEO, err);
}

static struct dvb_size half_size(const struct dvb_recipe *r, const struct dvb_clip_info *source)
{
    if (r->pair.size.w > 0)
        return (struct dvb_size){ r->pair.size.w / 2, r->pair.size.h };
    return dvb_size_within(source->width, source->height, r->pair_max_pixels / 2);
}

/* The ticks of the video's own frame rate. */
static void set_video_times(struct dvb_pair *p)
{
    double fps = p->s.recipe->pair.fps;
    int n = (int)fmin(ceil(p->s.length * fps - 1e-6), 1e7);
    p->video_times = dvb_calloc((size_t)n + 1, sizeof(double));
    for (int i = 0; i < n; i++)
        p->video_times[i] = i / fps;
    p->video.times = p->video_times;
    p->video.n = n;
}

static int open_film(struct dvb_pair *p, struct dvb_err *err)
{
    const struct dvb_encode_recipe *r = &p->s.recipe->pair;
    if (r->fps > 0)
        set_video_times(p);
    p->film_path = dvb_path_join(p->s.dir, "clip.mp4");
    const struct dvb_film_settings fs = { .path = p->film_path,
                                          .recipe = r,
                                          .fps = r->fps > 0 ? av_d2q(r->fps, 100000)
                                                            : p->source_fps };
    return dvb_film_open(&fs, &p->film, err);
}

int dvb_pair_open(const struct dvb_pair_settings *settings, struct dvb_pair **out,
                  struct dvb_err *err)
{
    struct dvb_pair *p = dvb_calloc(1, sizeof(*p));
    p->s = *settings;
    p->s.source = NULL;
    p->source_fps = settings->source->fps;
    p->half = half_size(settings->recipe, settings->source);
    p->album = (struct dvb_album){ .dir = settings->dir, .recipe = &settings->recipe->sample };
    p->pictures = (struct dvb_picker){
        .times = settings->times, .n = settings->n_times, .ctx = p, .picked = pick_picture
    };
    p->video = (struct dvb_picker){ .ctx = p, .picked = pick_video };
    const struct dvb_joiner_settings js = { .half = p->half, .ctx = p, .joined = take_joined };
    int ret = p->half.w % 2 || p->half.h % 2
                  ? dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                             "pair size: found %dx%d, expected a multiple of 4 by one of 2",
                             settings->recipe->pair.size.w, settings->recipe->pair.size.h)
                  : dvb_joiner_open(&js, &p->joiner, err);
    if (!ret && settings->recipe->pair_video)
        ret = open_film(p, err);
    if (ret)
        dvb_pair_close(&p);
    *out = p;
    return ret;
}

size_t dvb_pair_frame_bytes(const struct dvb_pair *p)
{
    double fps = p->s.recipe->pair.fps, source = av_q2d(p->source_fps);
    double share = fps > 0 && fps < source ? fps / source : 1;
    return (size_t)(share * p->half.w * p->half.h * 3 / 2);
}

void dvb_pair_start(struct dvb_pair *p)
{
    dvb_joiner_reset(p->joiner);
    dvb_picker_reset(&p->pictures);
    dvb_picker_reset(&p->video);
}

int dvb_pair_left(struct dvb_pair *p, const AVFrame *frame, struct dvb_err *err)
{
    int ret = dvb_picker_push(&p->pictures, frame, err);
    if (ret || !p->film)
        return ret;
    return p->video_times ? dvb_picker_push(&p->video, frame, err)
                          : dvb_joiner_left(p->joiner, frame, frame->pts, USE_VIDEO, err);
}

int dvb_pair_left_end(struct dvb_pair *p, double end, struct dvb_err *err)
{
    p->end = end;
    int ret = dvb_picker_end(&p->pictures, end, err);
    return ret ? ret : dvb_picker_end(&p->video, end, err);
}

int dvb_pair_right(struct dvb_pair *p, const AVFrame *frame, struct dvb_err *err)
{
    return dvb_joiner_right(p->joiner, frame, err);
}

bool dvb_pair_wants(const struct dvb_pair *p, int64_t pts)
{
    return dvb_joiner_holds(p->joiner, pts);
}

int dvb_pair_finish(struct dvb_pair *p, int *pictures, struct dvb_rate_result *rate,
                    struct dvb_err *err)
{
    int ret = dvb_joiner_finish(p->joiner, err);
    if (!ret && p->film)
        ret = dvb_film_finish(p->film, llround(p->end * 1e6), rate, err);
    *pictures = p->album.n;
    return ret;
}

void dvb_pair_close(struct dvb_pair **p)
{
    if (!*p)
        return;
    dvb_joiner_close(&(*p)->joiner);
    dvb_picker_reset(&(*p)->pictures);
    dvb_picker_reset(&(*p)->video);
    dvb_film_close(&(*p)->film);
    free((*p)->film_path);
    free((*p)->video_times);
    free(*p);
    *p = NULL;
}
