/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/rendition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

static bool files_present(const struct dvb_workspace *ws, const struct dvb_rendition *r)
{
    char *first = dvb_asprintf("%s/%s/frame-0001.jpg", ws->dir, r->path);
    bool there = dvb_is_file(first);
    free(first);
    return there;
}

/* Clears from *missing each kind that the store has. */
static int find_made(struct dvb_workspace *ws, int64_t segment, const struct dvb_recipe *recipe,
                     unsigned *missing, int64_t ids[DVB_KINDS], struct dvb_err *err)
{
    for (int k = 0; k < DVB_KINDS; k++) {
        if (!(*missing & 1u << k))
            continue;
        char hash[DVB_HASH_LEN + 1];
        dvb_recipe_hash(recipe, (enum dvb_kind)k, hash);
        struct dvb_rendition r;
        int ret = dvb_store_find_rendition(ws->store, segment, hash, &r, err);
        if (ret < 0)
            return ret;
        if (!ret)
            continue;
        if (files_present(ws, &r)) {
            ids[k] = r.id;
            *missing &= ~(1u << k);
        }
        dvb_rendition_release(&r);
    }
    return 0;
}

static char *rate_detail(const struct dvb_rate_result *r)
{
    json_t *j = dvb_json_pack("{s:f, s:i, s:i, s:f, s:i, s:i, s:f, s:f, s:s}", "target_kbps",
                              r->target_kbps, "width", r->width, "height", r->height, "fps",
                              r->fps, "frames", r->frames, "encodes", r->encodes, "mean_qp",
                              r->mean_qp, "crf", r->crf, "reason", r->reason);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

/* Move one made folder to its place and write its row. */
static int keep(struct dvb_workspace *ws, int64_t segment, const char *place, const char *work,
                const struct dvb_recipe *recipe, enum dvb_kind kind,
                const struct dvb_rendition_files *files, int64_t *id, struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    dvb_recipe_hash(recipe, kind, hash);
    json_t *j = dvb_recipe_json(recipe, kind);
    struct dvb_rendition r = {
        .segment = segment,
        .kind = (char *)dvb_kind_names[kind],
        .recipe = dvb_json_canon(j),
        .recipe_hash = hash,
        .path = dvb_asprintf("%s/%s-%.12s", place, dvb_kind_names[kind], hash),
        .hash = (char *)files->hash,
        .n_frames = files->n_frames,
        .video = files->video,
        .bitrate_kbps = files->rate.bitrate_kbps,
        .met = files->rate.met,
        .detail = rate_detail(&files->rate),
    };
    char *from = dvb_path_join(work, files->dir), *to = dvb_path_join(ws->dir, r.path);
    int ret = dvb_remove_tree(to, err); /* left by a killed process */
    if (!ret && rename(from, to))
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot rename %s", from);
    if (!ret)
        ret = dvb_store_put_rendition(ws->store, &r, id, err);
    json_decref(j);
    free(r.recipe);
    free(r.path);
    free(r.detail);
    free(from);
    free(to);
    return ret;
}

static int make(struct dvb_workspace *ws, const struct dvb_segment *segment,
                const struct dvb_video *video, const struct dvb_recipe *recipe, unsigned kinds,
                size_t max_bytes, int64_t ids[DVB_KINDS], struct dvb_err *err)
{
    char *place = dvb_asprintf("renditions/%.16s/%lld-%lld", video->hash,
                               (long long)segment->start_ms, (long long)segment->length_ms);
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
    if (!ret)
        ret = dvb_mkdirs(work, err);
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
    int ret = find_made(ws, segment->id, recipe, &missing, ids, err);
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
