/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renditions made of other renditions: what restage.c and repaint.c have in common. */
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"
#include "workspace/rendition_files.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_PIXELS ((int64_t)64 << 20)

int dvb_rendition_picture_file(const struct dvb_workspace *ws, const struct dvb_rendition *r, int i,
                               char **data, size_t *len, struct dvb_err *err)
{
    char name[32];
    dvb_rendition_frame_name(name, i);
    char *path = dvb_asprintf("%s/%s/%s", ws->dir, r->path, name);
    int ret = dvb_read_file(path, MAX_FILE_BYTES, data, len, err);
    free(path);
    return ret;
}

int dvb_rendition_picture(const struct dvb_workspace *ws, const struct dvb_rendition *r, int i,
                          AVFrame **frame, struct dvb_err *err)
{
    char *data;
    size_t len;
    *frame = NULL;
    int ret = dvb_rendition_picture_file(ws, r, i, &data, &len, err);
    if (!ret)
        ret = dvb_image_decode(data, len, MAX_PIXELS, frame, err);
    free(data);
    return ret;
}

/* Names what the files hold: the source, and what was made of it. */
static void hash_content(const struct dvb_remake *r, char hex[DVB_HASH_LEN + 1])
{
    char *text = dvb_json_canon(r->recipe);
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, r->source->hash);
    dvb_hash_str(&h, text);
    dvb_hash_final(&h, hex);
    free(text);
}

static int write_and_keep(const struct dvb_remake *r, const char *place, int64_t *id,
                          struct dvb_err *err)
{
    struct dvb_rendition_files files = { 0 };
    char *work = dvb_asprintf("%s/%s/work", r->ws->dir, place);
    snprintf(files.dir, sizeof(files.dir), "%s", r->kind);
    char *out = dvb_path_join(work, files.dir);
    hash_content(r, files.hash);
    int ret = dvb_remove_tree(work, err);
    if (!ret)
        ret = r->write(r->user, out, &files, err);
    if (!ret)
        ret = dvb_rendition_keep(r->ws, r->source->segment, place, work, r->kind, r->recipe, &files,
                                 id, err);
    dvb_remove_tree(work, NULL);
    free(out);
    free(work);
    return ret;
}

int dvb_rendition_remake(const struct dvb_remake *r, int64_t *id, struct dvb_err *err)
{
    struct dvb_segment segment;
    struct dvb_video video;
    int ret = dvb_store_get_segment(r->ws->store, r->source->segment, &segment, err);
    if (!ret)
        ret = dvb_store_get_video(r->ws->store, segment.video, &video, err);
    if (ret)
        return ret;
    char *place = dvb_rendition_place(&video, &segment);
    ret = write_and_keep(r, place, id, err);
    free(place);
    dvb_video_release(&video);
    return ret;
}
