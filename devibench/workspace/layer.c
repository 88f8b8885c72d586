/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/layer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/clip.h"
#include "media/film.h"
#include "workspace/rendition_files.h"

/* Of the painted clips in between: what it loses is far below what any bitrate leaves. */
#define PAINTED_CRF 2.0

struct layering {
    struct dvb_workspace *ws;
    const struct dvb_segment *segment;
    const struct dvb_recipe *recipe;
    const struct dvb_layer *how;
    size_t max_bytes;
    struct dvb_video video;
    char *place, *work, *painted[2];
    struct dvb_size size[2]; /* of the painted frames */
};

static int put_frame(struct layering *l, int layer, struct dvb_film *film, const AVFrame *frame,
                     struct dvb_err *err)
{
    AVFrame *painted = l->how->paint(l->how->user, frame, layer);
    int ret = painted ? dvb_film_put(film, painted, err) : dvb_fail_nomem(err);
    if (painted)
        l->size[layer] = (struct dvb_size){ painted->width, painted->height };
    av_frame_free(&painted);
    return ret;
}

static int put_clip(struct layering *l, int layer, struct dvb_clip *clip, struct dvb_film *film,
                    struct dvb_err *err)
{
    struct dvb_rate_result result;
    AVFrame *frame;
    int got, ret = 0;
    while (!ret && (got = dvb_clip_next(clip, &frame, err))) {
        ret = got < 0 ? got : put_frame(l, layer, film, frame, err);
        if (got > 0)
            av_frame_free(&frame);
    }
    return ret ? ret : dvb_film_finish(film, dvb_clip_end(clip), &result, err);
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static int paint_clip(struct layering *l, int layer, struct dvb_err *err)
{
    const struct dvb_encode_recipe nearly = { .crf = PAINTED_CRF, .preset = "ultrafast" };
    const struct dvb_clip_settings cs = { .start = seconds(l->segment->start_ms),
                                          .length = seconds(l->segment->length_ms) };
    struct dvb_film_settings fs = { .path = l->painted[layer], .recipe = &nearly };
    struct dvb_clip *clip = NULL;
    struct dvb_film *film = NULL;
    int ret = dvb_clip_open(l->video.path, &cs, &clip, err);
    if (!ret) {
        fs.fps = dvb_clip_get_info(clip)->fps;
        ret = dvb_film_open(&fs, &film, err);
    }
    if (!ret)
        ret = put_clip(l, layer, clip, film, err);
    dvb_film_close(&film);
    dvb_clip_close(&clip);
    return ret;
}

/* The rest at the base's scale, even, at most as it is. */
static int scaled(int side, int base, int encoded)
{
    long v = 2 * lround((double)side * encoded / base / 2);
    return v < 2 ? 2 : v > side ? side : (int)v;
}

/* What the rest takes at the base's quality. */
static int measure_rest(const struct layering *l, const struct dvb_rate_result *first, double *kbps,
                        struct dvb_err *err)
{
    struct dvb_encode_recipe same = l->recipe->degraded;
    struct dvb_rate_result r;
    char *out = dvb_path_join(l->work, "rest.mp4");
    same.bitrate = 0;
    same.mode = DVB_RATE_SEARCH;
    same.crf = first->crf + first->qp_shift;
    same.size = (struct dvb_size){ scaled(l->size[1].w, l->size[0].w, first->width),
                                   scaled(l->size[1].h, l->size[0].h, first->height) };
    int ret = dvb_transcode(l->painted[1], out, 0, seconds(l->segment->length_ms), &same, &r, err);
    *kbps = ret ? 0 : r.bitrate_kbps;
    free(out);
    return ret;
}

static int add_detail(const struct layering *l, int64_t id, double kbps, struct dvb_err *err)
{
    struct dvb_rendition r;
    json_t *detail = NULL;
    int ret = dvb_store_get_rendition(l->ws->store, id, &r, err);
    if (ret)
        return ret;
    ret = dvb_json_parse(r.detail, strlen(r.detail), "detail", &detail, err);
    if (!ret) {
        json_object_set_new(detail, "enhancement_kbps", json_real(kbps));
        free(r.detail);
        r.detail = dvb_json_canon(detail);
        ret = dvb_store_put_rendition(l->ws->store, &r, &id, err);
    }
    json_decref(detail);
    dvb_rendition_release(&r);
    return ret;
}

static int encode(const struct layering *l, const json_t *recipe, int64_t *id, struct dvb_err *err)
{
    struct dvb_rendition_files files[DVB_KINDS] = { 0 }, *first = &files[DVB_KIND_DEGRADED];
    const struct dvb_render_job job = {
        .path = l->painted[0],
        .length = seconds(l->segment->length_ms),
        .recipe = l->recipe,
        .kinds = 1u << DVB_KIND_DEGRADED,
        .out_dir = l->work,
        .max_bytes = l->max_bytes,
    };
    double rest = 0;
    int ret = dvb_render(&job, files, err);
    if (!ret)
        ret = measure_rest(l, &first->rate, &rest, err);
    if (!ret)
        ret = dvb_rendition_keep(l->ws, l->segment->id, l->place, l->work, l->how->kind, recipe,
                                 first, id, err);
    return ret ? ret : add_detail(l, *id, rest, err);
}

static int make(struct layering *l, const json_t *recipe, int64_t *id, struct dvb_err *err)
{
    int ret = dvb_store_get_video(l->ws->store, l->segment->video, &l->video, err);
    if (ret)
        return ret;
    l->place = dvb_rendition_place(&l->video, l->segment);
    l->work = dvb_asprintf("%s/%s/work", l->ws->dir, l->place);
    ret = dvb_remove_tree(l->work, err);
    if (!ret)
        ret = dvb_mkdirs(l->work, err);
    for (int i = 0; i < 2 && !ret; i++) {
        l->painted[i] = dvb_asprintf("%s/painted-%d.mp4", l->work, i);
        ret = paint_clip(l, i, err);
    }
    if (!ret)
        ret = encode(l, recipe, id, err);
    dvb_remove_tree(l->work, NULL);
    for (int i = 0; i < 2; i++)
        free(l->painted[i]);
    free(l->work);
    free(l->place);
    dvb_video_release(&l->video);
    return ret;
}

/* 1 found; one whose detail lacks the second layer was left by a killed process. */
static int find(struct dvb_workspace *ws, int64_t segment, const json_t *recipe, int64_t *id,
                struct dvb_err *err)
{
    struct dvb_rendition r;
    int there = dvb_rendition_find(ws, segment, recipe, id, err);
    if (there <= 0)
        return there;
    int ret = dvb_store_get_rendition(ws->store, *id, &r, err);
    if (ret)
        return ret;
    there = r.detail && strstr(r.detail, "enhancement_kbps");
    dvb_rendition_release(&r);
    return there;
}

int dvb_workspace_layer(struct dvb_workspace *ws, const struct dvb_segment *segment,
                        const struct dvb_recipe *recipe, const struct dvb_layer *how,
                        size_t max_bytes, int64_t *id, struct dvb_err *err)
{
    struct layering l = {
        .ws = ws, .segment = segment, .recipe = recipe, .how = how, .max_bytes = max_bytes
    };
    json_t *of = dvb_recipe_json(recipe, DVB_KIND_DEGRADED);
    json_t *j = dvb_json_pack("{s:s, s:O, s:o}", "kind", how->kind, "how", (json_t *)how->recipe,
                              "of", of);
    *id = 0;
    int ret = find(ws, segment->id, j, id, err);
    if (!ret)
        ret = make(&l, j, id, err);
    json_decref(j);
    return ret < 0 ? ret : 0;
}
