/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/render.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/fit.h"
#include "media/pair.h"
#include "media/sample.h"

/* Holds 5 s of 1080p30 at 200 kbps (1024x576) with its reconstruction. */
#define DEFAULT_MAX_BYTES ((size_t)384 << 20)

struct render {
    const struct dvb_render_job *job;
    struct dvb_rendition_files *out;
    char *dirs[DVB_KINDS]; /* temporary */
    double *times;
    int n_times;
    double end; /* seconds; when the source's last frame ends */
    struct dvb_feed *feed;
    struct dvb_pair *pair;
    struct dvb_album original, degraded;
    struct dvb_picker pick_source, pick_degraded;
    int64_t *sampled; /* times of the source's frames that were picked, microseconds */
    int n_sampled;
};

static bool wants(const struct render *r, enum dvb_kind kind)
{
    return r->job->kinds & 1U << kind;
}

static int pick_degraded(void *ctx, const AVFrame *frame, int index, struct dvb_err *err)
{
    struct render *r = ctx;
    (void)index;
    return dvb_album_add(&r->degraded, frame, err);
}

static int pick_source(void *ctx, const AVFrame *frame, int index, struct dvb_err *err)
{
    struct render *r = ctx;
    (void)index;
    r->sampled[r->n_sampled++] = frame->pts;
    return wants(r, DVB_KIND_ORIGINAL) ? dvb_album_add(&r->original, frame, err) : 0;
}

/* The tap: what the source's own frames are used for. */

static int tap_start(void *ctx, struct dvb_err *err)
{
    struct render *r = ctx;
    (void)err;
    dvb_picker_reset(&r->pick_source);
    r->n_sampled = 0;
    r->original.n = 0;
    if (r->pair)
        dvb_pair_start(r->pair);
    return 0;
}

static int tap_frame(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    struct render *r = ctx;
    int ret = dvb_picker_push(&r->pick_source, frame, err);
    return !ret && r->pair ? dvb_pair_left(r->pair, frame, err) : ret;
}

static int tap_end(void *ctx, struct dvb_err *err)
{
    struct render *r = ctx;
    r->end = (double)dvb_feed_end(r->feed) / 1e6;
    int ret = dvb_picker_end(&r->pick_source, r->end, err);
    return !ret && r->pair ? dvb_pair_left_end(r->pair, r->end, err) : ret;
}

static int take_recon(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    struct render *r = ctx;
    int ret = wants(r, DVB_KIND_DEGRADED) ? dvb_picker_push(&r->pick_degraded, frame, err) : 0;
    return !ret && r->pair ? dvb_pair_right(r->pair, frame, err) : ret;
}

/* Few of the degraded frames are looked at; the others need not be kept. */
static bool wants_recon(void *ctx, int64_t pts)
{
    const struct render *r = ctx;
    for (int i = 0; i < r->n_sampled && wants(r, DVB_KIND_DEGRADED); i++)
        if (r->sampled[i] == pts)
            return true;
    return r->pair && dvb_pair_wants(r->pair, pts);
}

static int open_feed(struct render *r, double fps, size_t max_bytes, struct dvb_err *err)
{
    const struct dvb_feed_settings fs = { .path = r->job->path,
                                          .start = r->job->start,
                                          .length = r->job->length,
                                          .fps = fps,
                                          .max_bytes = max_bytes };
    dvb_feed_close(&r->feed);
    return dvb_feed_open(&fs, &r->feed, err);
}

/* The source's frames through the tap, and nothing else. */
static int run_tap(struct render *r, const struct dvb_feed_tap *tap, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    int ret;
    dvb_feed_set_tap(r->feed, tap);
    ret = dvb_feed_rewind(r->feed, err);
    while (!ret && (ret = dvb_feed_next(r->feed, &frame, err)) > 0) {
        av_frame_free(&frame);
        ret = 0;
    }
    dvb_feed_set_tap(r->feed, NULL);
    return ret;
}

static size_t max_bytes(const struct render *r)
{
    return r->job->max_bytes ? r->job->max_bytes : DEFAULT_MAX_BYTES;
}

static int degrade(struct render *r, const struct dvb_feed_tap *tap, struct dvb_err *err)
{
    bool write = wants(r, DVB_KIND_DEGRADED);
    char *path = write ? dvb_path_join(r->dirs[DVB_KIND_DEGRADED], "clip.mp4") : NULL;
    struct dvb_rate_result rate;
    const struct dvb_qp_map none = { 0 }, *map = r->job->recipe->map;
    const struct dvb_fit_settings fs = { .feed = r->feed,
                                         .recipe = &r->job->recipe->degraded,
                                         .map = map ? *map : none,
                                         .path = path,
                                         .tap = tap,
                                         .per_frame = r->pair ? dvb_pair_frame_bytes(r->pair) : 0,
                                         .ctx = r,
                                         .recon = take_recon,
                                         .wants = tap ? wants_recon : NULL };
    int ret = dvb_fit(&fs, &rate, err);
    free(path);
    if (!ret && write) {
        ret = dvb_picker_end(&r->pick_degraded, r->end, err);
        r->out[DVB_KIND_DEGRADED].rate = rate;
        r->out[DVB_KIND_DEGRADED].video = true;
        r->out[DVB_KIND_DEGRADED].n_frames = r->degraded.n;
    }
    return ret;
}

static int run(struct render *r, struct dvb_err *err)
{
    const struct dvb_feed_tap tap = { r, tap_start, tap_frame, tap_end };
    double fps = r->job->recipe->degraded.fps;
    bool encode = wants(r, DVB_KIND_DEGRADED) || wants(r, DVB_KIND_PAIR);
    /* At a frame rate of its own the degraded side has other frames than the original. */
    bool apart = !encode || fps > 0;
    int ret = apart ? run_tap(r, &tap, err) : 0;
    if (!ret && encode && apart)
        ret = open_feed(r, fps, max_bytes(r), err);
    if (!ret && encode)
        ret = degrade(r, apart ? NULL : &tap, err);
    r->out[DVB_KIND_ORIGINAL].n_frames = r->original.n;
    return ret;
}

static int film_original(struct render *r, struct dvb_err *err)
{
    struct dvb_rendition_files *out = &r->out[DVB_KIND_ORIGINAL];
    const struct dvb_encode_recipe *recipe = &r->job->recipe->original;
    if (!wants(r, DVB_KIND_ORIGINAL) || !r->job->recipe->original_video)
        return 0;
    char *path = dvb_path_join(r->dirs[DVB_KIND_ORIGINAL], "clip.mp4");
    int ret = open_feed(r, recipe->fps, max_bytes(r), err);
    const struct dvb_fit_settings fs = { .feed = r->feed, .recipe = recipe, .path = path };
    if (!ret)
        ret = dvb_fit(&fs, &out->rate, err);
    out->video = !ret;
    free(path);
    return ret;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int hash_file(struct dvb_hash *h, const char *dir, const char *name, struct dvb_err *err)
{
    char *path = dvb_path_join(dir, name), *data = NULL;
    size_t len;
    int ret = dvb_read_file(path, (size_t)4 << 30, &data, &len, err);
    if (!ret) {
        dvb_hash_str(h, name);
        dvb_hash_bytes(h, data, len);
    }
    free(data);
    free(path);
    return ret;
}

static int hash_folder(const char *dir, char hex[DVB_HASH_LEN + 1], struct dvb_err *err)
{
    char **names = NULL;
    size_t n = 0, cap = 0;
    DIR *d = opendir(dir);
    if (!d)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "%s", dir);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        names = dvb_grow(names, n, &cap, sizeof(*names));
        names[n++] = dvb_strdup(e->d_name);
    }
    closedir(d);
    if (n)
        qsort(names, n, sizeof(*names), compare_names);
    struct dvb_hash h;
    int ret = 0;
    dvb_hash_init(&h);
    for (size_t i = 0; i < n; i++) {
        if (!ret)
            ret = hash_file(&h, dir, names[i], err);
        free(names[i]);
    }
    dvb_hash_final(&h, hex);
    free(names);
    return ret;
}

/* Put a finished folder in its place. */
static int publish(struct render *r, enum dvb_kind kind, struct dvb_err *err)
{
    struct dvb_rendition_files *out = &r->out[kind];
    int ret = hash_folder(r->dirs[kind], out->hash, err);
    if (ret)
        return ret;
    char *final = dvb_path_join(r->job->out_dir, dvb_kind_names[kind]);
    ret = dvb_remove_tree(final, err);
    if (!ret && rename(r->dirs[kind], final))
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot make %s", final);
    free(final);
    out->made = !ret;
    snprintf(out->dir, sizeof(out->dir), "%s", dvb_kind_names[kind]);
    return ret;
}

static int make_folders(struct render *r, struct dvb_err *err)
{
    int ret = dvb_mkdirs(r->job->out_dir, err);
    for (int k = 0; !ret && k < DVB_KINDS; k++) {
        if (!wants(r, (enum dvb_kind)k))
            continue;
        char *final = dvb_path_join(r->job->out_dir, dvb_kind_names[k]);
        r->dirs[k] = dvb_tmp_name(final);
        free(final);
        ret = dvb_mkdirs(r->dirs[k], err);
    }
    return ret;
}

static int open_parts(struct render *r, struct dvb_err *err)
{
    const struct dvb_recipe *recipe = r->job->recipe;
    r->times = dvb_sample_times(r->job->length, recipe->sample.fps, &r->n_times);
    r->original = (struct dvb_album){ .dir = r->dirs[DVB_KIND_ORIGINAL],
                                      .recipe = &recipe->sample };
    r->degraded = (struct dvb_album){ .dir = r->dirs[DVB_KIND_DEGRADED],
                                      .recipe = &recipe->sample };
    r->sampled = dvb_calloc((size_t)r->n_times + 1, sizeof(*r->sampled));
    r->pick_source = r->pick_degraded =
        (struct dvb_picker){ .times = r->times, .n = r->n_times, .ctx = r };
    r->pick_source.picked = pick_source;
    r->pick_degraded.picked = pick_degraded;
    if (!wants(r, DVB_KIND_PAIR))
        return 0;
    const struct dvb_pair_settings ps = { .recipe = recipe,
                                          .source = dvb_feed_info(r->feed),
                                          .length = r->job->length,
                                          .dir = r->dirs[DVB_KIND_PAIR],
                                          .times = r->times,
                                          .n_times = r->n_times };
    return dvb_pair_open(&ps, &r->pair, err);
}

static int finish_pair(struct render *r, struct dvb_err *err)
{
    struct dvb_rendition_files *out = &r->out[DVB_KIND_PAIR];
    if (!r->pair)
        return 0;
    out->video = r->job->recipe->pair_video;
    return dvb_pair_finish(r->pair, &out->n_frames, &out->rate, err);
}

static int check_job(const struct dvb_render_job *job, struct dvb_err *err)
{
    if (!(job->length > 0))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "segment length: found %g, expected above 0",
                        job->length);
    if (!(job->recipe->sample.fps >= 0))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "sample rate: found %g, expected 0 or more",
                        job->recipe->sample.fps);
    return 0;
}

static void release(struct render *r)
{
    for (int k = 0; k < DVB_KINDS; k++) {
        if (r->dirs[k])
            dvb_remove_tree(r->dirs[k], NULL); /* gone already when it was published */
        free(r->dirs[k]);
    }
    dvb_pair_close(&r->pair);
    dvb_picker_reset(&r->pick_source);
    dvb_picker_reset(&r->pick_degraded);
    dvb_feed_close(&r->feed);
    free(r->times);
    free(r->sampled);
}

int dvb_render(const struct dvb_render_job *job, struct dvb_rendition_files rendition[DVB_KINDS],
               struct dvb_err *err)
{
    struct render r = { .job = job, .out = rendition };
    memset(rendition, 0, DVB_KINDS * sizeof(*rendition));
    int ret = check_job(job, err);
    if (!ret)
        ret = open_feed(&r, 0, max_bytes(&r), err);
    if (!ret)
        ret = make_folders(&r, err);
    if (!ret)
        ret = open_parts(&r, err);
    if (!ret)
        ret = run(&r, err);
    if (!ret)
        ret = finish_pair(&r, err);
    if (!ret)
        ret = film_original(&r, err);
    for (int k = 0; !ret && k < DVB_KINDS; k++)
        if (wants(&r, (enum dvb_kind)k))
            ret = publish(&r, (enum dvb_kind)k, err);
    release(&r);
    return ret;
}
