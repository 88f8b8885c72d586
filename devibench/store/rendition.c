/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/internal.h"

#define COLUMNS                                                                                    \
    "id, segment, recipe_hash, kind, recipe, path, hash, n_frames, video, bitrate_kbps, met, "     \
    "detail"

static int decode(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct dvb_rendition *)out = (struct dvb_rendition){
        .id = sqlite3_column_int64(row, 0),
        .segment = sqlite3_column_int64(row, 1),
        .recipe_hash = dvb_col_text(row, 2),
        .kind = dvb_col_text(row, 3),
        .recipe = dvb_col_text(row, 4),
        .path = dvb_col_text(row, 5),
        .hash = dvb_col_text(row, 6),
        .n_frames = sqlite3_column_int(row, 7),
        .video = sqlite3_column_int(row, 8),
        .bitrate_kbps = sqlite3_column_double(row, 9),
        .met = sqlite3_column_int(row, 10),
        .detail = dvb_col_text(row, 11),
    };
    return 0;
}

int dvb_store_put_rendition(struct dvb_store *s, const struct dvb_rendition *r, int64_t *id,
                            struct dvb_err *err)
{
    return dvb_sql_put(
        s,
        "INSERT INTO rendition (segment, recipe_hash, kind, recipe, path, hash, n_frames, video,"
        " bitrate_kbps, met, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        " ON CONFLICT (segment, recipe_hash) DO UPDATE SET kind = excluded.kind,"
        " recipe = excluded.recipe, path = excluded.path, hash = excluded.hash,"
        " n_frames = excluded.n_frames, video = excluded.video,"
        " bitrate_kbps = excluded.bitrate_kbps, met = excluded.met, detail = excluded.detail"
        " RETURNING id",
        "SELECT id FROM rendition WHERE segment = ?1 AND recipe_hash = ?2",
        DVB_ARGS(dvb_int(r->segment), dvb_text(r->recipe_hash), dvb_text(r->kind),
                 dvb_text(r->recipe), dvb_text(r->path), dvb_text(r->hash), dvb_int(r->n_frames),
                 dvb_int(r->video), dvb_real(r->bitrate_kbps), dvb_int(r->met),
                 dvb_text(r->detail)),
        id, err);
}

int dvb_store_find_rendition(struct dvb_store *s, int64_t segment, const char *recipe_hash,
                             struct dvb_rendition *r, struct dvb_err *err)
{
    *r = (struct dvb_rendition){ 0 };
    return dvb_sql_one(s,
                       "SELECT " COLUMNS " FROM rendition WHERE segment = ?1 AND recipe_hash = ?2",
                       DVB_ARGS(dvb_int(segment), dvb_text(recipe_hash)), decode, r, err);
}

int dvb_store_get_rendition(struct dvb_store *s, int64_t id, struct dvb_rendition *r,
                            struct dvb_err *err)
{
    *r = (struct dvb_rendition){ 0 };
    return dvb_sql_get(s, "SELECT " COLUMNS " FROM rendition WHERE id = ?1", "rendition", id,
                       decode, r, err);
}

int dvb_store_last_rendition(struct dvb_store *s, int64_t segment, const char *kind,
                             struct dvb_rendition *r, struct dvb_err *err)
{
    *r = (struct dvb_rendition){ 0 };
    return dvb_sql_one(s,
                       "SELECT " COLUMNS " FROM rendition WHERE segment = ?1 AND kind = ?2"
                       " ORDER BY id DESC LIMIT 1",
                       DVB_ARGS(dvb_int(segment), dvb_text(kind)), decode, r, err);
}

void dvb_rendition_release(struct dvb_rendition *r)
{
    free(r->kind);
    free(r->recipe);
    free(r->recipe_hash);
    free(r->path);
    free(r->hash);
    free(r->detail);
    *r = (struct dvb_rendition){ 0 };
}
