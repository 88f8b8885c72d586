/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/internal.h"

static int decode_video(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_video *)out = (struct dvb_video){
        .id = sqlite3_column_int64(row, 0),
        .hash = dvb_col_text(row, 1),
        .name = dvb_col_text(row, 2),
        .path = dvb_col_text(row, 3),
        .width = sqlite3_column_int(row, 4),
        .height = sqlite3_column_int(row, 5),
        .fps = sqlite3_column_double(row, 6),
        .duration = sqlite3_column_double(row, 7),
    };
    return 0;
}

int dvb_store_put_video(struct dvb_store *s, const struct dvb_video *v, int64_t *id,
                        struct dvb_err *err)
{
    return dvb_sql_put(
        s,
        "INSERT INTO video (hash, name, path, width, height, fps, duration)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (hash) DO UPDATE SET name = excluded.name, path = excluded.path"
        " WHERE name <> excluded.name OR path <> excluded.path"
        " RETURNING id",
        "SELECT id FROM video WHERE hash = ?1",
        DVB_ARGS(dvb_text(v->hash), dvb_text(v->name), dvb_text(v->path), dvb_int(v->width),
                 dvb_int(v->height), dvb_real(v->fps), dvb_real(v->duration)),
        id, err);
}

int dvb_store_get_video(struct dvb_store *s, int64_t id, struct dvb_video *v, struct dvb_err *err)
{
    *v = (struct dvb_video){ 0 };
    return dvb_sql_get(s,
                       "SELECT id, hash, name, path, width, height, fps, duration"
                       " FROM video WHERE id = ?1",
                       "video", id, decode_video, v, err);
}

void dvb_video_release(struct dvb_video *v)
{
    free(v->name);
    free(v->path);
    free(v->hash);
    *v = (struct dvb_video){ 0 };
}

static int decode_segment(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_segment *)out = (struct dvb_segment){
        .id = sqlite3_column_int64(row, 0),
        .video = sqlite3_column_int64(row, 1),
        .start_ms = sqlite3_column_int64(row, 2),
        .length_ms = sqlite3_column_int64(row, 3),
    };
    return 0;
}

int dvb_store_put_segment(struct dvb_store *s, const struct dvb_segment *seg, int64_t *id,
                          struct dvb_err *err)
{
    return dvb_sql_put(
        s,
        "INSERT INTO segment (video, start_ms, length_ms) VALUES (?1, ?2, ?3)"
        " ON CONFLICT DO NOTHING RETURNING id",
        "SELECT id FROM segment WHERE video = ?1 AND start_ms = ?2 AND length_ms = ?3",
        DVB_ARGS(dvb_int(seg->video), dvb_int(seg->start_ms), dvb_int(seg->length_ms)), id, err);
}

int dvb_store_get_segment(struct dvb_store *s, int64_t id, struct dvb_segment *seg,
                          struct dvb_err *err)
{
    *seg = (struct dvb_segment){ 0 };
    return dvb_sql_get(s, "SELECT id, video, start_ms, length_ms FROM segment WHERE id = ?1",
                       "segment", id, decode_segment, seg, err);
}
