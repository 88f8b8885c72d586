/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/repaint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"
#include "workspace/rendition_files.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_PIXELS ((int64_t)64 << 20)

struct repaint {
    struct dvb_workspace *ws;
    const struct dvb_rendition *source;
    const struct dvb_repaint *how;
    char *out; /* folder that is written */
    struct dvb_rendition_files files;
};

static int paint_one(struct repaint *r, const char *from, const char *to, struct dvb_err *err)
{
    AVFrame *picture = NULL, *painted = NULL;
    char *data;
    size_t len;
    int ret = dvb_read_file(from, MAX_FILE_BYTES, &data, &len, err);
    if (!ret)
        ret = dvb_image_decode(data, len, MAX_PIXELS, &picture, err);
    free(data);
    if (!ret) {
        painted = r->how->paint(r->how->user, picture);
        ret = painted ? dvb_image_write_jpeg(painted, r->how->jpeg_quality, to, err)
                      : dvb_fail_nomem(err);
    }
    if (painted) {
        r->files.rate.width = painted->width;
        r->files.rate.height = painted->height;
    }
    av_frame_free(&painted);
    av_frame_free(&picture);
    return ret;
}

static int paint_all(struct repaint *r, struct dvb_err *err)
{
    int ret = dvb_mkdirs(r->out, err);
    for (int i = 0; i < r->source->n_frames && !ret; i++) {
        char name[32];
        dvb_rendition_frame_name(name, i);
        char *from = dvb_asprintf("%s/%s/%s", r->ws->dir, r->source->path, name);
        char *to = dvb_path_join(r->out, name);
        ret = paint_one(r, from, to, err);
        free(from);
        free(to);
    }
    r->files.n_frames = r->source->n_frames;
    r->files.rate.bitrate_kbps = r->source->bitrate_kbps;
    r->files.rate.met = r->source->met;
    return ret;
}

/* Names what the files hold: the source, and what was made of it. */
static void hash_content(const struct repaint *r, const json_t *recipe, char hex[DVB_HASH_LEN + 1])
{
    char *text = dvb_json_canon(recipe);
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, r->source->hash);
    dvb_hash_str(&h, text);
    dvb_hash_final(&h, hex);
    free(text);
}

static int make(struct repaint *r, const json_t *recipe, int64_t *id, struct dvb_err *err)
{
    struct dvb_segment segment;
    struct dvb_video video;
    int ret = dvb_store_get_segment(r->ws->store, r->source->segment, &segment, err);
    if (!ret)
        ret = dvb_store_get_video(r->ws->store, segment.video, &video, err);
    if (ret)
        return ret;
    char *place = dvb_rendition_place(&video, &segment);
    char *work = dvb_asprintf("%s/%s/work", r->ws->dir, place);
    snprintf(r->files.dir, sizeof(r->files.dir), "%s", r->how->kind);
    r->out = dvb_path_join(work, r->files.dir);
    hash_content(r, recipe, r->files.hash);
    ret = dvb_remove_tree(work, err);
    if (!ret)
        ret = paint_all(r, err);
    if (!ret)
        ret = dvb_rendition_keep(r->ws, segment.id, place, work, r->how->kind, recipe, &r->files,
                                 id, err);
    dvb_remove_tree(work, NULL);
    free(r->out);
    free(work);
    free(place);
    dvb_video_release(&video);
    return ret;
}

int dvb_workspace_repaint(struct dvb_workspace *ws, int64_t source, const struct dvb_repaint *how,
                          int64_t *id, struct dvb_err *err)
{
    struct dvb_rendition from;
    *id = 0;
    int ret = dvb_store_get_rendition(ws->store, source, &from, err);
    if (ret)
        return ret;
    struct repaint r = { .ws = ws, .source = &from, .how = how };
    json_t *of = json_loads(from.recipe, 0, NULL);
    json_t *recipe = dvb_json_pack("{s:s, s:O, s:i, s:O*, s:o*}", "kind", how->kind, "how",
                                   (json_t *)how->recipe, "jpeg_quality", how->jpeg_quality,
                                   "sample", json_object_get(of, "sample"), "of", of);
    if (!from.n_frames)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "no pictures to make '%s' of", how->kind);
    if (!ret)
        ret = dvb_rendition_find(ws, from.segment, recipe, id, err);
    if (!ret)
        ret = make(&r, recipe, id, err);
    json_decref(recipe);
    dvb_rendition_release(&from);
    return ret < 0 ? ret : 0;
}
