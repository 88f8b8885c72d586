/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renditions as they would be made. */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"
#include "workspace/rendition.h"

/* Size of the frames of each kind, before pictures are sampled from them. */
static struct dvb_size frame_size(enum dvb_kind kind, const struct dvb_recipe *r,
                                  struct dvb_size source)
{
    struct dvb_size z = source;
    if (kind == DVB_KIND_DEGRADED) {
        z = r->degraded.size;
        if (z.w <= 0)
            dvb_ladder_size(r->degraded.bitrate, source, 0, &z);
    } else if (kind == DVB_KIND_PAIR) {
        z = dvb_size_within(source.w, source.h, r->pair_max_pixels / 2);
        z.w *= 2;
        if (r->pair.size.w > 0)
            z = r->pair.size;
    }
    return z;
}

static double frame_rate(enum dvb_kind kind, const struct dvb_recipe *r, double source)
{
    const double asked[DVB_KINDS] = { r->original.fps, r->degraded.fps, r->pair.fps };
    return asked[kind] > 0 ? asked[kind] : source;
}

static char *detail_of(enum dvb_kind kind, const struct dvb_recipe *r,
                       const struct dvb_video *video, double seconds)
{
    const struct dvb_size source = { video->width, video->height };
    struct dvb_size z = frame_size(kind, r, source);
    struct dvb_size picture = dvb_size_within(z.w, z.h, r->sample.max_pixels);
    double fps = frame_rate(kind, r, video->fps);
    json_t *j = dvb_json_pack("{s:i, s:i, s:f, s:f, s:[ii]}", "width", z.w, "height", z.h, "fps",
                              fps, "frames", fps * seconds, "picture", picture.w, picture.h);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static int put(struct dvb_workspace *ws, const struct dvb_segment *segment,
               const struct dvb_video *video, const struct dvb_recipe *recipe, enum dvb_kind kind,
               int64_t *id, struct dvb_err *err)
{
    double seconds = (double)segment->length_ms / 1000;
    char hash[DVB_HASH_LEN + 1];
    int n_frames;
    free(dvb_sample_times(seconds, recipe->sample.fps, &n_frames));
    dvb_recipe_hash(recipe, kind, hash);
    json_t *j = dvb_recipe_json(recipe, kind);
    struct dvb_rendition r = {
        .segment = segment->id,
        .kind = (char *)dvb_kind_names[kind],
        .recipe = dvb_json_canon(j),
        .recipe_hash = hash,
        .path = (char *)"foreseen",
        /* No other clip's, and none that was ever made. */
        .hash = dvb_asprintf("foreseen %lld %s", (long long)segment->id, hash),
        .n_frames = n_frames,
        .video = true,
        .met = true,
        .detail = detail_of(kind, recipe, video, seconds),
    };
    int ret = dvb_store_put_rendition(ws->store, &r, id, err);
    json_decref(j);
    free(r.recipe);
    free(r.hash);
    free(r.detail);
    return ret;
}

int dvb_workspace_foresee(struct dvb_workspace *ws, const struct dvb_segment *segment,
                          const struct dvb_recipe *recipe, unsigned kinds, int64_t ids[DVB_KINDS],
                          struct dvb_err *err)
{
    unsigned missing = kinds;
    struct dvb_video video;
    int ret = dvb_workspace_find(ws, segment->id, recipe, &missing, ids, err);
    if (!ret)
        ret = dvb_store_get_video(ws->store, segment->video, &video, err);
    if (ret)
        return ret;
    for (int k = 0; k < DVB_KINDS && !ret; k++)
        if (missing & 1u << k)
            ret = put(ws, segment, &video, recipe, (enum dvb_kind)k, &ids[k], err);
    dvb_video_release(&video);
    return ret;
}
