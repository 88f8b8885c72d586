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

struct repaint {
    struct dvb_workspace *ws;
    const struct dvb_rendition *source;
    const struct dvb_repaint *how;
};

static int paint_one(const struct repaint *r, int i, const char *to,
                     struct dvb_rendition_files *files, struct dvb_err *err)
{
    AVFrame *picture, *painted = NULL;
    int ret = dvb_rendition_picture(r->ws, r->source, i, &picture, err);
    if (!ret) {
        painted = r->how->paint(r->how->user, picture);
        ret = painted ? dvb_image_write_jpeg(painted, r->how->jpeg_quality, to, err)
                      : dvb_fail_nomem(err);
    }
    if (painted) {
        files->rate.width = painted->width;
        files->rate.height = painted->height;
    }
    av_frame_free(&painted);
    av_frame_free(&picture);
    return ret;
}

static int paint_all(void *user, const char *dir, struct dvb_rendition_files *files,
                     struct dvb_err *err)
{
    const struct repaint *r = user;
    int ret = dvb_mkdirs(dir, err);
    for (int i = 0; i < r->source->n_frames && !ret; i++) {
        char name[32];
        dvb_rendition_frame_name(name, i);
        char *to = dvb_path_join(dir, name);
        ret = paint_one(r, i, to, files, err);
        free(to);
    }
    files->n_frames = r->source->n_frames;
    files->rate.bitrate_kbps = r->source->bitrate_kbps;
    files->rate.met = r->source->met;
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
    const struct dvb_remake remake = { ws, &from, how->kind, recipe, paint_all, &r };
    if (!ret)
        ret = dvb_rendition_remake(&remake, id, err);
    json_decref(recipe);
    dvb_rendition_release(&from);
    return ret < 0 ? ret : 0;
}
