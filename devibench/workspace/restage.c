/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/restage.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/film.h"
#include "media/image.h"
#include "workspace/rendition_files.h"

static const char *const videos[] = {
    [DVB_RESTAGE_NO_VIDEO] = "none", [DVB_RESTAGE_ONCE] = "once"
};

struct restage {
    struct dvb_workspace *ws;
    const struct dvb_rendition *source;
    const struct dvb_restage *how;
    json_t *sample;  /* of the new recipe; borrowed */
    const char *out; /* folder that is written; borrowed */
    struct dvb_rendition_files *files;
};

/* Limited-range black of the size of the source's first picture. */
static int black_picture(const struct restage *r, AVFrame **frame, struct dvb_err *err)
{
    static const int black[3] = { 16, 128, 128 };
    int ret = dvb_rendition_picture(r->ws, r->source, 0, frame, err);
    if (ret)
        return ret;
    if (av_frame_make_writable(*frame) < 0) {
        av_frame_free(frame);
        return dvb_fail_nomem(err);
    }
    for (int p = 0; p < 3; p++) {
        size_t lines = (size_t)((*frame)->height >> (p > 0));
        memset((*frame)->data[p], black[p], lines * (size_t)(*frame)->linesize[p]);
    }
    return 0;
}

static int picture(const struct restage *r, int i, AVFrame **frame, struct dvb_err *err)
{
    return i == DVB_RESTAGE_BLACK ? black_picture(r, frame, err)
                                  : dvb_rendition_picture(r->ws, r->source, i, frame, err);
}

static int write_black(const struct restage *r, const char *path, struct dvb_err *err)
{
    AVFrame *frame;
    int quality = (int)dvb_json_get_num(r->sample, "jpeg_quality", 90);
    int ret = black_picture(r, &frame, err);
    if (!ret)
        ret = dvb_image_write_jpeg(frame, quality, path, err);
    av_frame_free(&frame);
    return ret;
}

/* A picture of the source is taken over byte for byte. */
static int write_picture(const struct restage *r, int i, struct dvb_err *err)
{
    char name[32], *data;
    size_t len;
    dvb_rendition_frame_name(name, i);
    char *path = dvb_path_join(r->out, name);
    int from = r->how->pictures[i], ret;
    if (from == DVB_RESTAGE_BLACK) {
        ret = write_black(r, path, err);
    } else {
        ret = dvb_rendition_picture_file(r->ws, r->source, from, &data, &len, err);
        if (!ret)
            ret = dvb_write_file(path, data, len, err);
        free(data);
    }
    free(path);
    return ret;
}

static int put_all(struct restage *r, struct dvb_film *film, double fps, struct dvb_err *err)
{
    int ret = 0, last = r->how->video == DVB_RESTAGE_ONCE ? r->how->n : r->source->n_frames;
    for (int i = 0; i < last && !ret; i++) {
        AVFrame *frame;
        ret = picture(r, r->how->pictures[i % r->how->n], &frame, err);
        if (!ret) {
            frame->pts = llrint(i * 1e6 / fps);
            ret = dvb_film_put(film, frame, err);
        }
        av_frame_free(&frame);
    }
    return ret ? ret : dvb_film_finish(film, llrint(last * 1e6 / fps), &r->files->rate, err);
}

static int write_video(struct restage *r, struct dvb_err *err)
{
    struct dvb_recipe recipe;
    dvb_recipe_default(&recipe);
    double fps = dvb_json_get_num(r->sample, "fps", recipe.sample.fps);
    char *path = dvb_path_join(r->out, "clip.mp4");
    const struct dvb_film_settings settings = { .path = path,
                                                .recipe = &recipe.original,
                                                .fps = av_d2q(fps, 1000) };
    struct dvb_film *film;
    int ret = dvb_film_open(&settings, &film, err);
    if (!ret)
        ret = put_all(r, film, fps, err);
    dvb_film_close(&film);
    free(path);
    return ret;
}

static bool has_video(const struct dvb_rendition *source, const struct dvb_restage *how)
{
    return how->video == DVB_RESTAGE_ONCE || (how->video == DVB_RESTAGE_AS_SOURCE && source->video);
}

static int write_files(void *user, const char *dir, struct dvb_rendition_files *files,
                       struct dvb_err *err)
{
    struct restage *r = user;
    r->out = dir;
    r->files = files;
    int ret = dvb_mkdirs(dir, err);
    for (int i = 0; i < r->how->n && !ret; i++)
        ret = write_picture(r, i, err);
    files->video = has_video(r->source, r->how);
    if (!ret && files->video)
        ret = write_video(r, err);
    files->n_frames = r->how->n;
    files->rate.met = true;
    return ret;
}

/* What a question about it would cost depends on size and number. */
static int foresee(struct dvb_workspace *ws, const struct dvb_rendition *source,
                   const struct dvb_restage *how, const json_t *recipe, int64_t *id,
                   struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    struct dvb_rendition r = *source;
    r.kind = (char *)how->kind;
    r.recipe = dvb_json_canon(recipe);
    r.recipe_hash = hash;
    r.n_frames = how->n;
    r.video = has_video(source, how);
    dvb_hash_of_str(r.recipe, hash);
    r.hash = dvb_asprintf("foreseen %lld %s", (long long)source->segment, hash);
    /* The path stays the source's: its pictures have the size. Their hash is another's. */
    json_t *detail = source->detail ? json_loads(source->detail, 0, NULL) : json_object();
    json_object_del(detail, "frames_hash");
    json_object_del(detail, "video_hash");
    r.detail = dvb_json_canon(detail);
    int ret = dvb_store_put_rendition(ws->store, &r, id, err);
    json_decref(detail);
    free(r.detail);
    free(r.hash);
    free(r.recipe);
    return ret;
}

int dvb_workspace_restage(struct dvb_workspace *ws, int64_t source, const struct dvb_restage *how,
                          int64_t *id, struct dvb_err *err)
{
    struct dvb_rendition from;
    *id = 0;
    int ret = dvb_store_get_rendition(ws->store, source, &from, err);
    if (ret)
        return ret;
    json_t *of = json_loads(from.recipe, 0, NULL);
    struct restage r = { .ws = ws, .source = &from, .how = how };
    json_t *sample = json_deep_copy(json_object_get(of, "sample"));
    if (sample && how->fps > 0)
        json_object_set_new(sample, "fps", json_real(how->fps));
    json_t *recipe = dvb_json_pack("{s:s, s:o*, s:o*}", "kind", how->kind, "sample", sample, "of",
                                   of);
    r.sample = json_object_get(recipe, "sample");
    if (how->recipe)
        json_object_update_missing(recipe, (json_t *)how->recipe);
    if (how->video != DVB_RESTAGE_AS_SOURCE)
        json_object_set_new(recipe, "video", json_string(videos[how->video]));
    if (!from.n_frames)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "no pictures to make '%s' of", how->kind);
    if (!ret)
        ret = dvb_rendition_find(ws, from.segment, recipe, id, err);
    const struct dvb_remake remake = { ws, &from, how->kind, recipe, write_files, &r };
    if (!ret)
        ret = ws->dry ? foresee(ws, &from, how, recipe, id, err)
                      : dvb_rendition_remake(&remake, id, err);
    json_decref(recipe);
    dvb_rendition_release(&from);
    return ret < 0 ? ret : 0;
}
