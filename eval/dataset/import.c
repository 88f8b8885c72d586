/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/dataset/videos.h"
#include "media/probe.h"
#include "workspace/run.h"
#include "workspace/source.h"

/* A question read, with where it stood. */
struct row {
    struct dvb_question q;
    long line;
    int occurrence; /* how many equal ones came before */
    size_t video;   /* in videos */
};

/* A video that questions name. */
struct wanted {
    char *name;
    long file; /* in the list of files; -1: not found */
    struct dvb_media_info info;
    char hash[DVB_HASH_LEN + 1];
    struct dvb_err err;
    int64_t id; /* in the store; 0: missing */
};

struct import {
    struct dvb_workspace *ws;
    const struct dvb_import_settings *s;
    struct dvb_import_result *result;
    size_t file; /* being read */
    struct row *rows;
    size_t n_rows, cap_rows;
    struct wanted *videos;
    size_t n_videos;
    size_t cap_skipped, cap_missing;
    struct dvb_source_list files;
};

static void skip(struct import *im, const struct dvb_record *r)
{
    struct dvb_import_result *res = im->result;
    const char *file = im->s->files->v[im->file];
    res->skipped = dvb_grow(res->skipped, res->n_skipped, &im->cap_skipped, sizeof(*res->skipped));
    res->skipped[res->n_skipped++] = (struct dvb_import_skip){ file, r->line,
                                                               dvb_strdup(r->fault.text) };
    dvb_warn("%s:%ld: left out: %s", file, r->line, r->fault.text);
}

static int take(void *user, struct dvb_record *r, struct dvb_err *err)
{
    (void)err;
    struct import *im = user;
    im->result->rows++;
    if (r->fault.text) {
        skip(im, r);
        return 0;
    }
    if (r->note.text)
        dvb_warn("%s:%ld: %s", im->s->files->v[im->file], r->line, r->note.text);
    im->rows = dvb_grow(im->rows, im->n_rows, &im->cap_rows, sizeof(*im->rows));
    im->rows[im->n_rows++] = (struct row){ .q = r->q, .line = r->line };
    r->q = (struct dvb_question){ 0 };
    return 0;
}

static int read_files(struct import *im, struct dvb_err *err)
{
    int ret = 0;
    im->result->formats = dvb_calloc(im->s->files->n, sizeof(char *));
    for (; im->file < im->s->files->n && !ret; im->file++)
        ret = dvb_dataset_read(im->s->files->v[im->file], im->s->family, take, im,
                               &im->result->formats[im->file], err);
    if (!ret && !im->n_rows && im->result->n_skipped)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: %s; no row makes a question",
                       im->result->skipped[0].file, im->result->skipped[0].line,
                       im->result->skipped[0].reason);
    else if (!ret && !im->n_rows)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: no question in it", im->s->files->v[0]);
    return ret;
}

/* The videos that the rows name, sorted, each once. */

static int by_source(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    return strcmp((*x)->q.source, (*y)->q.source);
}

static void collect_videos(struct import *im)
{
    struct row **sorted = dvb_calloc(im->n_rows, sizeof(*sorted));
    size_t cap = 0;
    for (size_t i = 0; i < im->n_rows; i++)
        sorted[i] = &im->rows[i];
    qsort(sorted, im->n_rows, sizeof(*sorted), by_source);
    for (size_t i = 0; i < im->n_rows; i++) {
        const char *name = sorted[i]->q.source;
        if (!im->n_videos || strcmp(im->videos[im->n_videos - 1].name, name)) {
            im->videos = dvb_grow(im->videos, im->n_videos, &cap, sizeof(*im->videos));
            im->videos[im->n_videos++] = (struct wanted){ .name = dvb_strdup(name), .file = -1 };
        }
        sorted[i]->video = im->n_videos - 1;
    }
    free(sorted);
}

static bool of_one_part(const struct import *im)
{
    struct dvb_video_name first, other;
    bool same = true;
    dvb_video_name_parse(im->videos[0].name, false, &first);
    for (size_t i = 1; i < im->n_videos && same; i++) {
        dvb_video_name_parse(im->videos[i].name, false, &other);
        same = !strcmp(first.part, other.part);
        dvb_video_name_release(&other);
    }
    dvb_video_name_release(&first);
    return same;
}

/* A folder without a video is no mistake here: all are missing then. */
static int find_files(struct import *im, struct dvb_err *err)
{
    bool there = true;
    for (size_t i = 0; i < im->s->videos->n; i++)
        there = there && (dvb_is_dir(im->s->videos->v[i]) || dvb_is_file(im->s->videos->v[i]));
    struct dvb_err why = { 0 };
    int ret = dvb_source_find(im->s->videos, &im->files, &why);
    if (ret && there && why.code == ENOENT)
        return 0;
    if (ret && err)
        *err = why;
    return ret;
}

static int find_videos(struct import *im, struct dvb_err *err)
{
    int ret = im->s->videos->n ? find_files(im, err) : 0;
    if (ret)
        return ret;
    struct dvb_video_index *index = dvb_video_index_new(&im->files);
    bool one_part = of_one_part(im);
    for (size_t i = 0; i < im->n_videos; i++)
        im->videos[i].file = dvb_video_index_find(index, im->videos[i].name, one_part);
    dvb_video_index_free(&index);
    return 0;
}

static void probe_videos(struct import *im)
{
    struct dvb_progress progress;
    dvb_progress_start(&progress, "videos", (long)im->n_videos);
#pragma omp parallel for schedule(dynamic) num_threads(im->s->jobs)
    for (size_t i = 0; i < im->n_videos; i++) {
        struct wanted *v = &im->videos[i];
        const char *path = v->file < 0 ? NULL : im->files.v[v->file].path;
        if (path && !dvb_probe(path, &v->info, &v->err))
            dvb_hash_of_file(path, v->hash, &v->err);
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
}

static void add_missing(struct import *im, const char *name)
{
    struct dvb_import_result *res = im->result;
    res->missing = dvb_grow(res->missing, res->n_missing, &im->cap_missing, sizeof(*res->missing));
    res->missing[res->n_missing++] = dvb_strdup(name);
}

static int put_videos(struct import *im, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < im->n_videos && !ret; i++) {
        struct wanted *w = &im->videos[i];
        if (w->err.fault)
            dvb_warn("video %s cannot be used: %s", w->name, w->err.msg);
        if (w->file < 0 || w->err.fault) {
            add_missing(im, w->name);
            continue;
        }
        const struct dvb_video v = { .name = w->name,
                                     .path = im->files.v[w->file].path,
                                     .hash = w->hash,
                                     .width = w->info.width,
                                     .height = w->info.height,
                                     .fps = w->info.fps,
                                     .duration = w->info.duration };
        ret = dvb_store_put_video(im->ws->store, &v, &w->id, err);
        im->result->videos++;
    }
    return ret;
}

/* Equal rows are told apart by how many came before. */

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Equal where the store's key is: over all that it is made of. */
static int compare_questions(const struct dvb_question *x, const struct dvb_question *y)
{
    int c = compare_text(x->text, y->text);
    c = c ? c : compare_text(x->source, y->source);
    c = c ? c : compare_number(x->start_ms, y->start_ms);
    c = c ? c : compare_number(x->length_ms, y->length_ms);
    c = c ? c : compare_number(x->asked_ms, y->asked_ms);
    c = c ? c : compare_number(x->due_ms, y->due_ms);
    c = c ? c : compare_number(x->answer, y->answer);
    c = c ? c : compare_number(x->n_options, y->n_options);
    for (int i = 0; i < x->n_options && !c; i++)
        c = compare_text(x->options[i], y->options[i]);
    c = c ? c : compare_text(x->reference, y->reference);
    c = c ? c : compare_text(x->task_type, y->task_type);
    c = c ? c : compare_number(x->multi_frame, y->multi_frame);
    c = c ? c : compare_text(x->ability, y->ability);
    c = c ? c : compare_text(x->series, y->series);
    c = c ? c : compare_number(x->series_index, y->series_index);
    return c ? c : compare_text(x->verbatim, y->verbatim);
}

static int by_content(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    int c = compare_questions(&(*x)->q, &(*y)->q);
    return c ? c : (*x > *y) - (*x < *y); /* of one array: the order of the files */
}

static void count_occurrences(struct import *im)
{
    struct row **sorted = dvb_calloc(im->n_rows, sizeof(*sorted));
    for (size_t i = 0; i < im->n_rows; i++)
        sorted[i] = &im->rows[i];
    qsort(sorted, im->n_rows, sizeof(*sorted), by_content);
    for (size_t i = 1; i < im->n_rows; i++)
        if (!compare_questions(&sorted[i - 1]->q, &sorted[i]->q))
            sorted[i]->occurrence = sorted[i - 1]->occurrence + 1;
    free(sorted);
}

static int put_row(struct import *im, struct row *row, long position, struct dvb_err *err)
{
    const struct wanted *w = &im->videos[row->video];
    struct dvb_segment seg = { .video = w->id,
                               .start_ms = row->q.start_ms,
                               .length_ms = row->q.length_ms };
    int64_t id;
    int ret = w->id ? dvb_store_put_segment(im->ws->store, &seg, &row->q.segment, err) : 0;
    row->q.index = row->occurrence;
    if (!ret)
        ret = dvb_store_put_question(im->ws->store, &row->q, &id, err);
    if (!ret)
        ret = dvb_store_put_run_import(im->ws->store, im->result->run, id, position, row->line,
                                       err);
    im->result->questions += !ret;
    return ret;
}

/* What the set came from. */
static char *settings_json(const struct import *im)
{
    json_t *files = json_array();
    for (size_t i = 0; i < im->s->files->n; i++)
        json_array_append_new(
            files, dvb_json_pack("{s:o, s:s}", "file", dvb_json_str(im->s->files->v[i]), "format",
                                 im->result->formats[i] ? im->result->formats[i] : ""));
    json_t *j = dvb_json_pack("{s:o}", "files", files);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static int put_run(struct import *im, struct dvb_err *err)
{
    char command[] = "import", *versions = dvb_run_versions(), *settings = settings_json(im);
    const struct dvb_run run = { .command = command,
                                 .line = (char *)im->s->command_line,
                                 .versions = versions,
                                 .settings = settings };
    int ret = dvb_store_put_run(im->ws->store, &run, &im->result->run, err);
    free(versions);
    free(settings);
    return ret;
}

static int put_all(struct import *im, struct dvb_err *err)
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
        ret = dvb_store_finish_run(im->ws->store, im->result->run, err);
    int end = dvb_store_end(im->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

static void release(struct import *im)
{
    for (size_t i = 0; i < im->n_rows; i++)
        dvb_question_release(&im->rows[i].q);
    free(im->rows);
    for (size_t i = 0; i < im->n_videos; i++)
        free(im->videos[i].name);
    free(im->videos);
    dvb_source_list_free(&im->files);
}

int dvb_dataset_import(struct dvb_workspace *ws, const struct dvb_import_settings *s,
                       struct dvb_import_result *result, struct dvb_err *err)
{
    *result = (struct dvb_import_result){ 0 };
    struct import im = { .ws = ws, .s = s, .result = result };
    int ret = read_files(&im, err);
    if (!ret) {
        collect_videos(&im);
        ret = find_videos(&im, err);
    }
    if (!ret) {
        probe_videos(&im);
        count_occurrences(&im);
        ret = put_all(&im, err);
    }
    release(&im);
    if (ret)
        dvb_import_result_release(result);
    return ret;
}

void dvb_import_result_release(struct dvb_import_result *r)
{
    for (size_t i = 0; i < r->n_missing; i++)
        free(r->missing[i]);
    for (size_t i = 0; i < r->n_skipped; i++)
        free(r->skipped[i].reason);
    free(r->missing);
    free(r->skipped);
    free(r->formats);
    *r = (struct dvb_import_result){ 0 };
}
