/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/dataset/hunt.h"
#include "workspace/run.h"

/* A question read, with where it stood. */
struct row {
    struct dvb_question q;
    long line, row; /* as in struct dvb_record */
    int occurrence; /* how many equal ones came before */
    size_t video;   /* in videos */
};

struct dvb_import {
    struct dvb_workspace *ws;
    const struct dvb_import_settings *s;
    struct dvb_import_result result;
    size_t file; /* being read */
    struct row *rows;
    size_t n_rows, cap_rows;
    struct dvb_wanted *videos;
    int64_t *ids; /* of the videos in the store; 0: missing */
    size_t n_videos;
    size_t cap_skipped, cap_missing;
};

static void skip(struct dvb_import *im, const struct dvb_record *r)
{
    struct dvb_import_result *res = &im->result;
    const char *file = im->s->files->v[im->file];
    res->skipped = dvb_grow(res->skipped, res->n_skipped, &im->cap_skipped, sizeof(*res->skipped));
    res->skipped[res->n_skipped++] = (struct dvb_import_skip){ file, r->line, r->row,
                                                               dvb_strdup(r->fault.text) };
    dvb_warn("%s:%ld: left out: %s", file, r->line, r->fault.text);
}

static int take(void *user, struct dvb_record *r, struct dvb_err *err)
{
    (void)err;
    struct dvb_import *im = user;
    im->result.rows++;
    if (r->fault.text) {
        skip(im, r);
        return 0;
    }
    if (r->note.text)
        dvb_warn("%s:%ld: %s", im->s->files->v[im->file], r->line, r->note.text);
    im->rows = dvb_grow(im->rows, im->n_rows, &im->cap_rows, sizeof(*im->rows));
    im->rows[im->n_rows++] = (struct row){ .q = r->q, .line = r->line, .row = r->row };
    r->q = (struct dvb_question){ 0 };
    return 0;
}

static int read_files(struct dvb_import *im, struct dvb_err *err)
{
    int ret = 0;
    im->result.formats = dvb_calloc(im->s->files->n, sizeof(char *));
    for (; im->file < im->s->files->n && !ret; im->file++)
        ret = dvb_dataset_read(im->s->files->v[im->file], im->s->family, take, im,
                               &im->result.formats[im->file], err);
    if (!ret && !im->n_rows && im->result.n_skipped)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: %s; no row makes a question",
                       im->result.skipped[0].file, im->result.skipped[0].line,
                       im->result.skipped[0].reason);
    else if (!ret && !im->n_rows)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: no question in it", im->s->files->v[0]);
    return ret;
}

static int find_videos(struct dvb_import *im, struct dvb_err *err)
{
    const char **names = dvb_calloc(im->n_rows, sizeof(*names));
    size_t *place = dvb_calloc(im->n_rows, sizeof(*place));
    for (size_t i = 0; i < im->n_rows; i++)
        names[i] = im->rows[i].q.source;
    im->videos = dvb_wanted_new(names, im->n_rows, place, &im->n_videos);
    im->ids = dvb_calloc(im->n_videos, sizeof(*im->ids));
    for (size_t i = 0; i < im->n_rows; i++)
        im->rows[i].video = place[i];
    free(names);
    free(place);
    return dvb_wanted_find(im->videos, im->n_videos, im->s->videos, true, im->s->jobs, err);
}

static void add_missing(struct dvb_import *im, const char *name)
{
    struct dvb_import_result *res = &im->result;
    res->missing = dvb_grow(res->missing, res->n_missing, &im->cap_missing, sizeof(*res->missing));
    res->missing[res->n_missing++] = dvb_strdup(name);
}

static int put_videos(struct dvb_import *im, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < im->n_videos && !ret; i++) {
        struct dvb_wanted *w = &im->videos[i];
        if (w->err.fault)
            dvb_warn("video %s cannot be used: %s", w->name, w->err.msg);
        if (!w->path || w->err.fault) {
            add_missing(im, w->name);
            continue;
        }
        const struct dvb_video v = { .name = w->name,
                                     .path = w->path,
                                     .hash = w->hash,
                                     .width = w->info.width,
                                     .height = w->info.height,
                                     .fps = w->info.fps,
                                     .duration = w->info.duration };
        ret = dvb_store_put_video(im->ws->store, &v, &im->ids[i], err);
        im->result.videos++;
    }
    return ret;
}

/* Equal rows are told apart by how many came before. */

static int by_content(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    int c = dvb_record_compare(&(*x)->q, &(*y)->q);
    return c ? c : (*x > *y) - (*x < *y); /* of one array: the order of the files */
}

static void count_occurrences(struct dvb_import *im)
{
    struct row **sorted = dvb_calloc(im->n_rows, sizeof(*sorted));
    for (size_t i = 0; i < im->n_rows; i++)
        sorted[i] = &im->rows[i];
    qsort(sorted, im->n_rows, sizeof(*sorted), by_content);
    for (size_t i = 1; i < im->n_rows; i++)
        if (!dvb_record_compare(&sorted[i - 1]->q, &sorted[i]->q))
            sorted[i]->occurrence = sorted[i - 1]->occurrence + 1;
    free(sorted);
}

static int put_row(struct dvb_import *im, struct row *row, long position, struct dvb_err *err)
{
    int64_t video = im->ids[row->video];
    struct dvb_segment seg = { .video = video,
                               .start_ms = row->q.start_ms,
                               .length_ms = row->q.length_ms };
    int64_t id;
    int ret = video ? dvb_store_put_segment(im->ws->store, &seg, &row->q.segment, err) : 0;
    row->q.index = row->occurrence;
    if (!ret)
        ret = dvb_store_put_question(im->ws->store, &row->q, &id, err);
    if (!ret)
        ret = dvb_store_put_run_import(im->ws->store, im->result.run, id, position, row->line,
                                       row->row, err);
    im->result.questions += !ret;
    return ret;
}

/* What the set came from. */
static char *settings_json(const struct dvb_import *im)
{
    json_t *files = json_array();
    for (size_t i = 0; i < im->s->files->n; i++)
        json_array_append_new(
            files, dvb_json_pack("{s:o, s:s}", "file", dvb_json_str(im->s->files->v[i]), "format",
                                 im->result.formats[i] ? im->result.formats[i] : ""));
    json_t *j = dvb_json_pack("{s:o}", "files", files);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static int put_run(struct dvb_import *im, struct dvb_err *err)
{
    char command[] = "import", *versions = dvb_run_versions(), *settings = settings_json(im);
    const struct dvb_run run = { .command = command,
                                 .line = (char *)im->s->command_line,
                                 .versions = versions,
                                 .settings = settings };
    int ret = dvb_store_put_run(im->ws->store, &run, &im->result.run, err);
    free(versions);
    free(settings);
    return ret;
}

static int put_all(struct dvb_import *im, struct dvb_err *err)
{
    int ret = dvb_store_begin(im->ws->store, err);
    if (ret)
        return ret;
    ret = put_run(im, err);
    if (!ret)
        ret = put_videos(im, err);
    for (size_t i = 0; i < im->n_rows && !ret; i++)
        ret = put_row(im, &im->rows[i], (long)i, err);
    if (!ret)
        ret = dvb_store_finish_run(im->ws->store, im->result.run, err);
    int end = dvb_store_end(im->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

static void release_result(struct dvb_import_result *r)
{
    for (size_t i = 0; i < r->n_missing; i++)
        free(r->missing[i]);
    for (size_t i = 0; i < r->n_skipped; i++)
        free(r->skipped[i].reason);
    free(r->missing);
    free(r->skipped);
    free(r->formats);
}

int dvb_import_open(const struct dvb_import_settings *s, struct dvb_import **out,
                    struct dvb_err *err)
{
    struct dvb_import *im = dvb_calloc(1, sizeof(*im));
    im->s = s;
    int ret = read_files(im, err);
    if (!ret)
        ret = find_videos(im, err);
    if (!ret)
        count_occurrences(im);
    if (ret)
        dvb_import_close(&im);
    *out = im;
    return ret;
}

int dvb_import_put(struct dvb_import *im, struct dvb_workspace *ws,
                   const struct dvb_import_result **result, struct dvb_err *err)
{
    im->ws = ws;
    *result = &im->result;
    return put_all(im, err);
}

void dvb_import_close(struct dvb_import **out)
{
    struct dvb_import *im = *out;
    if (!im)
        return;
    for (size_t i = 0; i < im->n_rows; i++)
        dvb_question_release(&im->rows[i].q);
    free(im->rows);
    dvb_wanted_free(im->videos, im->n_videos);
    free(im->ids);
    release_result(&im->result);
    free(im);
    *out = NULL;
}
