/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/sent.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_PIXELS ((int64_t)64 << 20)
#define HEADER_BYTES 4096 /* our own pictures have their size within the first few hundred */

/* As many of the sampled pictures as the model takes in number and in rate. Where they were
   picked for it before, they are no longer at the rate of the sampling. */
static int frames_to_send(const struct dvb_profile *p, const struct dvb_rendition *r,
                          const json_t *recipe)
{
    double fps = dvb_json_get_num(json_object_get(recipe, "sample"), "fps", 0);
    int n = r->n_frames;
    if (p->fps < fps && !json_object_get(recipe, "picked"))
        n = (int)ceil(n * p->fps / fps);
    return p->max_frames > 0 && p->max_frames < n ? p->max_frames : n;
}

int dvb_sent_count(const struct dvb_profile *p, const struct dvb_rendition *r)
{
    if (p->send == DVB_SEND_VIDEO)
        return 0;
    json_t *recipe = json_loads(r->recipe, 0, NULL);
    int n = frames_to_send(p, r, recipe);
    json_decref(recipe);
    return n;
}

int dvb_sent_pick(int i, int n, int all)
{
    return (int)((2L * i + 1) * all / (2L * n));
}

/* Of a picture: as the rendition's row tells, or else its file. */
static struct dvb_size picture_size(const json_t *detail, const char *path)
{
    const json_t *told = json_object_get(detail, "picture");
    unsigned char header[HEADER_BYTES];
    if (json_array_size(told) == 2)
        return (struct dvb_size){ (int)json_integer_value(json_array_get(told, 0)),
                                  (int)json_integer_value(json_array_get(told, 1)) };
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(header, 1, sizeof(header), f) : 0;
    if (f)
        fclose(f);
    return dvb_image_size(header, n);
}

static void plan_video(const struct dvb_workspace *ws, const struct dvb_rendition *r,
                       const json_t *detail, struct dvb_sent *s)
{
    double fps = dvb_json_get_num(detail, "fps", 0);
    s->video = dvb_asprintf("%s/%s/clip.mp4", ws->dir, r->path);
    s->shape.width = (int)dvb_json_get_num(detail, "width", 0);
    s->shape.height = (int)dvb_json_get_num(detail, "height", 0);
    s->shape.seconds = fps > 0 ? dvb_json_get_num(detail, "frames", 0) / fps : 0;
}

/* Where limits ask for it, and never the other way. */
static void apply_limits(const struct dvb_profile *p, const json_t *sample, struct dvb_sent *s)
{
    struct dvb_media_shape *shape = &s->shape;
    int sampled = (int)dvb_json_get_num(sample, "jpeg_quality", 0);
    bool lower = p->jpeg_quality > 0 && p->jpeg_quality < sampled;
    if (shape->width <= 0 || shape->height <= 0)
        return;
    struct dvb_size z = { shape->width, shape->height };
    s->scaled = p->max_pixels > 0 && (int64_t)z.w * z.h > p->max_pixels;
    if (s->scaled)
        z = dvb_size_within(z.w, z.h, p->max_pixels);
    s->anew = s->scaled || lower;
    s->quality = lower || sampled <= 0 ? p->jpeg_quality : sampled;
    if (s->quality <= 0)
        s->quality = 90;
    shape->width = z.w;
    shape->height = z.h;
}

static void plan_frames(const struct dvb_workspace *ws, const struct dvb_profile *p,
                        const struct dvb_rendition *r, const json_t *detail, struct dvb_sent *s)
{
    json_t *recipe = json_loads(r->recipe, 0, NULL);
    const json_t *sample = json_object_get(recipe, "sample");
    int n = frames_to_send(p, r, recipe);
    char **from = dvb_calloc((size_t)n + 1, sizeof(*from));
    char **to = dvb_calloc((size_t)n + 1, sizeof(*to));
    for (int i = 0; i < n; i++) {
        int k = dvb_sent_pick(i, n, r->n_frames);
        from[i] = dvb_asprintf("%s/%s/frame-%04d.jpg", ws->dir, r->path, k + 1);
    }
    struct dvb_size z = n ? picture_size(detail, from[0]) : (struct dvb_size){ 0, 0 };
    s->n_frames = n;
    s->shape = (struct dvb_media_shape){ .width = z.w, .height = z.h, .pictures = n };
    apply_limits(p, sample, s);
    for (int i = 0; i < n && s->anew; i++)
        to[i] = dvb_asprintf("%s/%s/%dx%d-q%d/%s", ws->dir, r->path, s->shape.width,
                             s->shape.height, s->quality, strrchr(from[i], '/') + 1);
    s->frames = s->anew ? to : from;
    s->sampled = s->anew ? from : NULL;
    if (!s->anew)
        free(to);
    json_decref(recipe);
}

void dvb_sent_plan(const struct dvb_workspace *ws, const struct dvb_profile *p,
                   const struct dvb_rendition *r, struct dvb_sent *s)
{
    *s = (struct dvb_sent){ 0 };
    if (!r->path)
        return;
    json_t *detail = r->detail ? json_loads(r->detail, 0, NULL) : NULL;
    bool video = p->send == DVB_SEND_VIDEO;
    const char *hash = dvb_json_get_str(detail, video ? "video_hash" : "frames_hash");
    s->media_hash = dvb_strdup(hash ? hash : r->hash);
    if (video)
        plan_video(ws, r, detail, s);
    else
        plan_frames(ws, p, r, detail, s);
    json_decref(detail);
}

void dvb_sent_release(struct dvb_sent *s)
{
    for (int i = 0; i < s->n_frames; i++) {
        free(s->frames[i]);
        if (s->sampled)
            free(s->sampled[i]);
    }
    free(s->frames);
    free(s->sampled);
    free(s->video);
    free(s->media_hash);
    *s = (struct dvb_sent){ 0 };
}

static int make_one(const struct dvb_sent *s, const char *from, const char *to, struct dvb_err *err)
{
    char *data;
    size_t len;
    AVFrame *frame = NULL, *scaled = NULL;
    int ret = dvb_read_file(from, MAX_FILE_BYTES, &data, &len, err);
    if (ret)
        return ret;
    ret = dvb_image_decode(data, len, MAX_PIXELS, &frame, err);
    free(data);
    if (ret)
        return dvb_err_prefix(err, "%s", from);
    scaled = dvb_frame_scale(frame, s->shape.width, s->shape.height);
    ret = scaled ? dvb_image_write_jpeg(scaled, s->quality, to, err) : dvb_fail_nomem(err);
    av_frame_free(&scaled);
    av_frame_free(&frame);
    return ret;
}

int dvb_sent_make(const struct dvb_sent *s, struct dvb_err *err)
{
    int ret = 0;
    for (int i = 0; i < s->n_frames && s->anew && !ret; i++) {
        if (dvb_is_file(s->frames[i]))
            continue;
        char *dir = dvb_strdup(s->frames[i]);
        *strrchr(dir, '/') = '\0';
        ret = dvb_mkdirs(dir, err);
        free(dir);
        if (!ret)
            ret = make_one(s, s->sampled[i], s->frames[i], err);
    }
    return ret;
}

/* Without what did not come to bear. */
static json_t *identity_of(const struct dvb_sent *s, const struct dvb_profile *p)
{
    json_t *identity = dvb_profile_identity(p);
    json_object_del(identity, "max_pixels");
    json_object_del(identity, "jpeg_quality");
    if (s->scaled)
        json_object_set_new(identity, "picture",
                            dvb_json_pack("[ii]", s->shape.width, s->shape.height));
    if (s->anew)
        json_object_set_new(identity, "jpeg_quality", json_integer(s->quality));
    return identity;
}

/* How many pictures are picked depends on the recipe too: ten of a still picture
   may stand for five seconds or for ten. */
void dvb_sent_hash(const struct dvb_sent *s, const struct dvb_profile *p,
                   const struct dvb_rendition *r, struct dvb_hash *h)
{
    json_t *identity = identity_of(s, p);
    char *who = dvb_json_canon(identity);
    dvb_hash_str(h, who);
    dvb_hash_str(h, !r->path ? "words" : s->video ? "video" : "frames");
    dvb_hash_str(h, s->media_hash);
    if (!s->video && s->n_frames < r->n_frames) {
        char picked[16];
        snprintf(picked, sizeof(picked), "%d", s->n_frames);
        dvb_hash_str(h, picked);
    }
    free(who);
    json_decref(identity);
}

int dvb_workspace_derive(struct dvb_workspace *ws, const struct dvb_profile *p, int64_t rendition,
                         struct dvb_err *err)
{
    struct dvb_rendition r;
    struct dvb_sent s;
    if (p->send == DVB_SEND_VIDEO || (!p->max_pixels && !p->jpeg_quality))
        return 0;
    int ret = dvb_store_get_rendition(ws->store, rendition, &r, err);
    if (ret)
        return ret;
    dvb_sent_plan(ws, p, &r, &s);
    ret = dvb_sent_make(&s, err);
    dvb_sent_release(&s);
    dvb_rendition_release(&r);
    return ret;
}

int dvb_workspace_shape(struct dvb_workspace *ws, const struct dvb_profile *p, int64_t rendition,
                        struct dvb_media_shape *shape, struct dvb_err *err)
{
    struct dvb_rendition r;
    struct dvb_sent s;
    int ret = dvb_store_get_rendition(ws->store, rendition, &r, err);
    if (ret)
        return ret;
    dvb_sent_plan(ws, p, &r, &s);
    *shape = s.shape;
    dvb_sent_release(&s);
    dvb_rendition_release(&r);
    return 0;
}
