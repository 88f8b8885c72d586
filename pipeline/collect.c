/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 1: find the videos, probe and hash them, cut them into segments. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/probe.h"
#include "pipeline/steps.h"
#include "workspace/source.h"

struct probed {
    struct dvb_media_info info;
    char hash[DVB_HASH_LEN + 1];
    struct dvb_err err; /* fault is set where the file cannot be used */
};

static void probe_one(const struct dvb_source *s, struct probed *p)
{
    if (dvb_probe(s->path, &p->info, &p->err))
        return;
    dvb_hash_of_file(s->path, p->hash, &p->err);
}

/* The hashes of the videos that were taken. */
struct seen {
    char (*v)[DVB_HASH_LEN + 1];
    size_t n, cap;
};

static void probe_some(const struct dvb_build *b, const struct dvb_source *sources, size_t n,
                       struct probed *probed, struct dvb_progress *progress)
{
#pragma omp parallel for schedule(dynamic) num_threads(b->settings->jobs)
    for (size_t i = 0; i < n; i++) {
        probe_one(&sources[i], &probed[i]);
        dvb_progress_step(progress, 1);
    }
}

static int add_segment(struct dvb_build *b, int64_t video, const char *name, double start,
                       double length, struct dvb_err *err)
{
    struct dvb_work w = { .segment = { .video = video,
                                       .start_ms = llround(start * 1000),
                                       .length_ms = llround(length * 1000) } };
    int ret = dvb_store_put_segment(b->ws->store, &w.segment, &w.segment.id, err);
    if (ret)
        return ret;
    w.name = dvb_asprintf("%s at %g s", name, start);
    b->work = dvb_grow(b->work, b->n_work, &b->cap_work, sizeof(*b->work));
    b->work[b->n_work++] = w;
    return 0;
}

static bool at_limit(const struct dvb_build *b)
{
    return b->settings->limit && (int64_t)b->n_work >= b->settings->limit;
}

/* A video shorter than a segment is one segment, if it lasts a second. The
   last frame's end is often rounded: 50 ms are forgiven. Two frames with years
   between them are no video that can be cut. */
static int cut(struct dvb_build *b, int64_t video, const char *name,
               const struct dvb_media_info *info, struct dvb_err *err)
{
    const struct dvb_build_settings *s = b->settings;
    int ret = 0;
    size_t before = b->n_work;
    double t = s->first, duration = info->duration;
    if (duration / s->every > (double)info->frames + 1) {
        char reason[96];
        snprintf(reason, sizeof(reason), "%ld frames in %.0f s: fewer than clips", info->frames,
                 duration);
        dvb_build_refuse(b, name, reason);
        return 0;
    }
    for (long i = 1; !ret && !at_limit(b) && t + s->segment <= duration + 0.05; i++) {
        ret = add_segment(b, video, name, t, s->segment, err);
        t = s->first + (double)i * s->every;
    }
    if (!ret && b->n_work == before && !at_limit(b)) {
        if (duration >= 1 && duration < s->segment)
            ret = add_segment(b, video, name, 0, duration, err);
        else
            dvb_build_refuse(b, name, "too short for a segment");
    }
    return ret;
}

static int take(struct dvb_build *b, const struct dvb_source *s, const struct probed *p,
                struct dvb_err *err)
{
    const struct dvb_video v = {
        .name = s->name,
        .path = s->path,
        .hash = (char *)p->hash,
        .width = p->info.width,
        .height = p->info.height,
        .fps = p->info.fps,
        .duration = p->info.duration,
    };
    size_t before = b->n_work;
    int64_t id;
    int ret = dvb_store_put_video(b->ws->store, &v, &id, err);
    if (!ret)
        ret = cut(b, id, s->name, &p->info, err);
    b->result->videos += b->n_work > before;
    return ret;
}

static bool seen_before(struct seen *seen, const char *hash)
{
    for (size_t i = 0; i < seen->n; i++)
        if (!strcmp(seen->v[i], hash))
            return true;
    seen->v = dvb_grow(seen->v, seen->n, &seen->cap, sizeof(*seen->v));
    memcpy(seen->v[seen->n++], hash, sizeof(*seen->v));
    return false;
}

static int take_some(struct dvb_build *b, const struct dvb_source *sources, size_t n,
                     const struct probed *probed, struct seen *seen, struct dvb_err *err)
{
    int ret = dvb_store_begin(b->ws->store, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < n && !ret && !at_limit(b); i++) {
        if (probed[i].err.fault)
            dvb_build_refuse(b, sources[i].name, probed[i].err.msg);
        else if (seen_before(seen, probed[i].hash))
            dvb_build_refuse(b, sources[i].name, "the same content as an earlier video");
        else
            ret = take(b, &sources[i], &probed[i], err);
    }
    int end = dvb_store_end(b->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

/* Some at a time: with --limit the others need not be read. */
static int take_all(struct dvb_build *b, const struct dvb_source_list *list, struct dvb_err *err)
{
    size_t step = 4 * (size_t)b->settings->jobs;
    struct seen seen = { 0 };
    struct dvb_progress progress;
    int ret = 0;
    dvb_progress_start(&progress, "collect", (long)list->n);
    for (size_t at = 0; at < list->n && !ret && !at_limit(b); at += step) {
        size_t n = list->n - at < step ? list->n - at : step;
        struct probed *probed = dvb_calloc(n, sizeof(*probed));
        probe_some(b, list->v + at, n, probed, &progress);
        ret = take_some(b, list->v + at, n, probed, &seen, err);
        free(probed);
    }
    dvb_progress_end(&progress);
    free(seen.v);
    return ret;
}

int dvb_step_collect(struct dvb_build *b, struct dvb_err *err)
{
    struct dvb_source_list list;
    int ret = dvb_source_find(b->settings->videos, &list, err);
    if (ret)
        return ret;
    ret = take_all(b, &list, err);
    b->result->segments = (long)b->n_work;
    if (!ret && !b->n_work)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "none of the %zu videos can be used", list.n);
    dvb_source_list_free(&list);
    return ret;
}
