/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/hunt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/dataset/videos.h"

static int by_name(const void *a, const void *b)
{
    const char *const *const *x = a, *const *const *y = b;
    return strcmp(**x, **y);
}

struct dvb_wanted *dvb_wanted_new(const char *const *names, size_t n, size_t *place,
                                  size_t *n_wanted)
{
    const char *const **sorted = dvb_calloc(n, sizeof(*sorted));
    struct dvb_wanted *v = NULL;
    size_t count = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &names[i];
    if (n)
        qsort(sorted, n, sizeof(*sorted), by_name);
    for (size_t i = 0; i < n; i++) {
        if (!count || strcmp(v[count - 1].name, *sorted[i])) {
            v = dvb_grow(v, count, &cap, sizeof(*v));
            v[count++] = (struct dvb_wanted){ .name = dvb_strdup(*sorted[i]) };
        }
        place[sorted[i] - names] = count - 1;
    }
    free(sorted);
    *n_wanted = count;
    return v;
}

void dvb_wanted_free(struct dvb_wanted *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(v[i].name);
        free(v[i].path);
    }
    free(v);
}

static bool of_one_part(const struct dvb_wanted *v, size_t n)
{
    struct dvb_video_name first, other;
    bool same = true;
    dvb_video_name_parse(v[0].name, false, &first);
    for (size_t i = 1; i < n && same; i++) {
        dvb_video_name_parse(v[i].name, false, &other);
        same = !strcmp(first.part, other.part);
        dvb_video_name_release(&other);
    }
    dvb_video_name_release(&first);
    return same;
}

/* An empty folder is no mistake here: all videos are missing then. */
static int list_files(const struct dvb_strlist *paths, struct dvb_source_list *files,
                      struct dvb_err *err)
{
    struct dvb_err why = { 0 };
    int ret = dvb_source_find(paths, files, &why);
    bool there = true;
    for (size_t i = 0; i < paths->n; i++)
        there = there && (dvb_is_dir(paths->v[i]) || dvb_is_file(paths->v[i]));
    if (ret && there && why.code == ENOENT)
        return 0;
    if (ret && err)
        *err = why;
    return ret;
}

static void find_all(struct dvb_wanted *v, size_t n, const struct dvb_source_list *files)
{
    struct dvb_video_index *index = dvb_video_index_new(files);
    bool one_part = of_one_part(v, n);
    for (size_t i = 0; i < n; i++) {
        long at = dvb_video_index_find(index, v[i].name, one_part);
        v[i].path = at < 0 ? NULL : dvb_strdup(files->v[at].path);
    }
    dvb_video_index_free(&index);
}

static void probe_all(struct dvb_wanted *v, size_t n, bool hash, int jobs)
{
    struct dvb_progress progress;
    dvb_progress_start(&progress, "videos", (long)n);
#pragma omp parallel for schedule(dynamic) num_threads(jobs)
    for (size_t i = 0; i < n; i++) {
        if (v[i].path && !dvb_probe(v[i].path, &v[i].info, &v[i].err) && hash)
            dvb_hash_of_file(v[i].path, v[i].hash, &v[i].err);
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
}

int dvb_wanted_find(struct dvb_wanted *v, size_t n, const struct dvb_strlist *paths, bool hash,
                    int jobs, struct dvb_err *err)
{
    if (!n || !paths->n)
        return 0;
    struct dvb_source_list files;
    int ret = list_files(paths, &files, err);
    if (ret)
        return ret;
    find_all(v, n, &files);
    dvb_source_list_free(&files);
    probe_all(v, n, hash, jobs);
    return 0;
}
