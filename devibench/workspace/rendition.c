/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/rendition.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "workspace/rendition_files.h"

static bool file_present(const char *dir, const char *name)
{
    char *path = dvb_path_join(dir, name);
    bool there = dvb_is_file(path);
    free(path);
    return there;
}

void dvb_rendition_frame_name(char name[32], int i)
{
    snprintf(name, 32, "frame-%04d.jpg", i + 1);
}

bool dvb_rendition_present(const struct dvb_workspace *ws, const struct dvb_rendition *r)
{
    char *dir = dvb_path_join(ws->dir, r->path), name[32];
    bool there = !r->video || file_present(dir, "clip.mp4");
    for (int i = 0; i < r->n_frames && there; i++) {
        dvb_rendition_frame_name(name, i);
        there = file_present(dir, name);
    }
    free(dir);
    return there;
}

static int find_hash(struct dvb_workspace *ws, int64_t segment, const char *hash, int64_t *id,
                     struct dvb_err *err)
{
    struct dvb_rendition r;
    int ret = dvb_store_find_rendition(ws->store, segment, hash, &r, err);
    if (ret <= 0)
        return ret;
    bool there = dvb_rendition_present(ws, &r);
    *id = r.id;
    dvb_rendition_release(&r);
    return there;
}

int dvb_rendition_find(struct dvb_workspace *ws, int64_t segment, const json_t *recipe, int64_t *id,
                       struct dvb_err *err)
{
    char *text = dvb_json_canon(recipe), hash[DVB_HASH_LEN + 1];
    dvb_hash_of_str(text, hash);
    free(text);
    return find_hash(ws, segment, hash, id, err);
}

int dvb_workspace_find(struct dvb_workspace *ws, int64_t segment, const struct dvb_recipe *recipe,
                       unsigned *missing, int64_t ids[DVB_KINDS], struct dvb_err *err)
{
    for (int k = 0; k < DVB_KINDS; k++) {
        if (!(*missing & 1u << k))
            continue;
        char hash[DVB_HASH_LEN + 1];
        dvb_recipe_hash(recipe, (enum dvb_kind)k, hash);
        int64_t id;
        int ret = find_hash(ws, segment, hash, &id, err);
        if (ret < 0)
            return ret;
        if (ret) {
            ids[k] = id;
            *missing &= ~(1u << k);
        }
    }
    return 0;
}

static int hash_one(const char *dir, const char *name, char hex[DVB_HASH_LEN + 1],
                    struct dvb_err *err)
{
    char *path = dvb_path_join(dir, name);
    int ret = dvb_hash_of_file(path, hex, err);
    free(path);
    return ret;
}

static int hash_frames(const char *dir, int n, char hex[DVB_HASH_LEN + 1], struct dvb_err *err)
{
    struct dvb_hash h;
    int ret = 0;
    dvb_hash_init(&h);
    for (int i = 0; i < n && !ret; i++) {
        char name[32], one[DVB_HASH_LEN + 1];
        dvb_rendition_frame_name(name, i);
        ret = hash_one(dir, name, one, err);
        dvb_hash_str(&h, one);
    }
    dvb_hash_final(&h, hex);
    return ret;
}

/* Offsets as whole tenths of a QP, row by row; a square's side in pixels. NULL: they do not
   differ. */
static json_t *grid_json(const struct dvb_offset_grid *g)
{
    json_t *list = json_array();
    bool differ = false;
    for (int i = 0; i < g->rows * g->cols; i++) {
        long tenths = lrintf(10 * g->mean[i]);
        differ |= tenths != lrintf(10 * g->mean[0]);
        json_array_append_new(list, json_integer(tenths));
    }
    if (differ)
        return dvb_json_pack("{s:i, s:i, s:o}", "square", 16 * g->square, "columns", g->cols,
                             "tenths", list);
    json_decref(list);
    return NULL;
}

/* What a model is sent is either the frames or the video; each has its own
   hash, so that making the one does not ask questions about the other again. */
static int describe(const char *dir, const struct dvb_rendition_files *files, char **detail,
                    struct dvb_err *err)
{
    const struct dvb_rate_result *r = &files->rate;
    char frames[DVB_HASH_LEN + 1], video[DVB_HASH_LEN + 1];
    int ret = hash_frames(dir, files->n_frames, frames, err);
    if (!ret && files->video)
        ret = hash_one(dir, "clip.mp4", video, err);
    if (ret)
        return ret;
    json_t *j = dvb_json_pack("{s:f, s:i, s:i, s:f, s:i, s:i, s:f, s:f, s:f, s:f, s:s}",
                              "target_kbps", r->target_kbps, "width", r->width, "height", r->height,
                              "fps", r->fps, "frames", r->frames, "encodes", r->encodes, "mean_qp",
                              r->mean_qp, "crf", r->crf, "qp_shift", r->qp_shift, "crf_span",
                              r->crf_span, "reason", r->reason);
    json_object_set_new(j, "size_steps", json_integer(r->size_steps));
    if (r->mapped)
        json_object_set_new(j, "map",
                            dvb_json_pack("{s:f, s:f, s:f, s:[ff], s:o*}", "qp_inside",
                                          r->effect.inside, "qp_outside", r->effect.outside,
                                          "offset_asked", r->effect.asked, "offsets",
                                          r->effect.lowest, r->effect.highest, "grid",
                                          grid_json(&r->effect.grid)));
    json_object_set_new(j, "frames_hash", json_string(frames));
    if (files->video)
        json_object_set_new(j, "video_hash", json_string(video));
    *detail = dvb_json_canon(j);
    json_decref(j);
    return 0;
}

int dvb_rendition_keep(struct dvb_workspace *ws, int64_t segment, const char *place,
                       const char *work, const char *kind, const json_t *recipe,
                       const struct dvb_rendition_files *files, int64_t *id, struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    struct dvb_rendition r = {
        .segment = segment,
        .kind = (char *)kind,
        .recipe = dvb_json_canon(recipe),
        .recipe_hash = hash,
        .hash = (char *)files->hash,
        .n_frames = files->n_frames,
        .video = files->video,
        .bitrate_kbps = files->rate.bitrate_kbps,
        .met = files->rate.met,
    };
    dvb_hash_of_str(r.recipe, hash);
    r.path = dvb_asprintf("%s/%s-%.12s", place, kind, hash);
    char *from = dvb_path_join(work, files->dir), *to = dvb_path_join(ws->dir, r.path);
    int ret = describe(from, files, &r.detail, err);
    if (!ret)
        ret = dvb_remove_tree(to, err); /* left by a killed process */
    if (!ret && rename(from, to))
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot rename %s", from);
    if (!ret)
        ret = dvb_store_put_rendition(ws->store, &r, id, err);
    free(r.recipe);
    free(r.path);
    free(r.detail);
    free(from);
    free(to);
    return ret;
}

static int keep(struct dvb_workspace *ws, int64_t segment, const char *place, const char *work,
                const struct dvb_recipe *recipe, enum dvb_kind kind,
                const struct dvb_rendition_files *files, int64_t *id, struct dvb_err *err)
{
    json_t *j = dvb_recipe_json(recipe, kind);
    int ret = dvb_rendition_keep(ws, segment, place, work, dvb_kind_names[kind], j, files, id, err);
    json_decref(j);
    return ret;
}

char *dvb_rendition_place(const struct dvb_video *video, const struct dvb_segment *segment)
{
    return dvb_asprintf("renditions/%.16s/%lld-%lld", video->hash, (long long)segment->start_ms,
                        (long long)segment->length_ms);
}

static int make(struct dvb_workspace *ws, const struct dvb_segment *segment,
                const struct dvb_video *video, const struct dvb_recipe *recipe, unsigned kinds,
                size_t max_bytes, int64_t ids[DVB_KINDS], struct dvb_err *err)
{
    char *place = dvb_rendition_place(video, segment);
    char *work = dvb_asprintf("%s/%s/work", ws->dir, place);
    struct dvb_rendition_files files[DVB_KINDS] = { 0 };
    const struct dvb_render_job job = {
        .path = video->path,
        .start = (double)segment->start_ms / 1000,
        .length = (double)segment->length_ms / 1000,
        .recipe = recipe,
        .kinds = kinds,
        .out_dir = work,
        .max_bytes = max_bytes,
    };
    int ret = dvb_remove_tree(work, err);
    if (!ret && (ret = dvb_mkdirs(work, err)) && err)
        err->fault = DVB_FAULT_INTERNAL; /* the workspace's own folder: not the clip's fault */
    if (!ret)
        ret = dvb_render(&job, files, err);
    for (int k = 0; k < DVB_KINDS && !ret; k++)
        if (files[k].made)
            ret = keep(ws, segment->id, place, work, recipe, (enum dvb_kind)k, &files[k], &ids[k],
                       err);
    dvb_remove_tree(work, NULL);
    free(work);
    free(place);
    return ret;
}

int dvb_workspace_render(struct dvb_workspace *ws, const struct dvb_segment *segment,
                         const struct dvb_recipe *recipe, unsigned kinds, size_t max_bytes,
                         int64_t ids[DVB_KINDS], int *made, struct dvb_err *err)
{
    unsigned missing = kinds;
    if (made)
        *made = 0;
    int ret = dvb_workspace_find(ws, segment->id, recipe, &missing, ids, err);
    if (ret || !missing)
        return ret;
    struct dvb_video video;
    ret = dvb_store_get_video(ws->store, segment->video, &video, err);
    if (ret)
        return ret;
    ret = make(ws, segment, &video, recipe, missing, max_bytes, ids, err);
    for (int k = 0; k < DVB_KINDS && made && !ret; k++)
        *made += (missing >> k) & 1u;
    dvb_video_release(&video);
    return ret;
}
