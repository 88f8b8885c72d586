/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"
#include "store/store.h"
#include "workspace/workspace.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_PIXELS ((int64_t)64 << 20)
#define SMALL_PIXELS (960 * 540) /* what a picture that is too large becomes */
#define SMALL_QUALITY 80

static int by_clip(const void *a, const void *b)
{
    const struct dvb_frames_clip *x = a, *y = b;
    if (x->source != y->source)
        return x->source - y->source;
    return (x->rendition > y->rendition) - (x->rendition < y->rendition);
}

const struct dvb_frames_clip *dvb_frames_find(const struct dvb_frames *f, int source,
                                              int64_t rendition)
{
    const struct dvb_frames_clip key = { .source = source, .rendition = rendition };
    return f && f->n && rendition ? bsearch(&key, f->v, f->n, sizeof(key), by_clip) : NULL;
}

struct listing {
    struct dvb_frames *f;
    size_t cap;
};

static void add(struct listing *l, int source, int64_t rendition)
{
    if (source < 0 || !rendition)
        return;
    l->f->v = dvb_grow(l->f->v, l->f->n, &l->cap, sizeof(*l->f->v));
    l->f->v[l->f->n++] = (struct dvb_frames_clip){ .source = source, .rendition = rendition };
}

/* What this model was shown, where each was shown something else. */
static void add_own(struct listing *l, const struct dvb_board_set *s,
                    const struct dvb_board_cell *c, size_t question)
{
    int64_t any = s->renditions[(size_t)c->view * s->n_questions + question];
    int64_t own = c->answers ? c->answers[question].rendition : 0;
    if (own != any && c->source == s->questions[question].source && !s->views[c->view].baseline)
        add(l, c->source, own);
}

static void list_set(struct listing *l, const struct dvb_board_set *s)
{
    for (size_t i = 0; i < s->n_questions; i++) {
        const struct dvb_board_question *q = &s->questions[i];
        add(l, q->source, q->original);
        add(l, q->source, q->degraded);
        for (size_t v = 0; v < s->n_views; v++)
            if (!s->views[v].baseline)
                add(l, q->source, s->renditions[v * s->n_questions + i]);
        for (size_t c = 0; c < s->n_cells; c++)
            add_own(l, s, &s->cells[c], i);
    }
}

static void unique(struct dvb_frames *f)
{
    size_t kept = 0;
    if (f->n)
        qsort(f->v, f->n, sizeof(*f->v), by_clip);
    for (size_t i = 0; i < f->n; i++)
        if (!i || by_clip(&f->v[i], &f->v[kept - 1]))
            f->v[kept++] = f->v[i];
    f->n = kept;
}

struct export
{
    const struct dvb_board *b;
    const struct dvb_site_settings *s;
    const char *dir;
    char **paths; /* [clip]: folder of its pictures; NULL: none */
};

/* A store that came from elsewhere must not make us read outside its workspace. */
static bool inside(const char *path)
{
    return *path && *path != '/' && !strstr(path, "..");
}

/* Which pictures, and how large they are in all; places of the middle of equal parts. */
static void choose(const struct export *x, struct dvb_frames_clip *c, const char *folder,
                   int n_frames)
{
    c->n = n_frames < x->s->frames ? n_frames : x->s->frames;
    for (int i = 0; i < c->n; i++) {
        struct stat st;
        int at = (int)floor((i + 0.5) / c->n * n_frames);
        char *file = dvb_asprintf("%s/frame-%04d.jpg", folder, at + 1);
        c->number[i] = at + 1;
        c->at[i] = (at + 0.5) / n_frames;
        bool here = !stat(file, &st) && S_ISREG(st.st_mode);
        if (here)
            c->bytes += st.st_size < x->s->frame_bytes ? st.st_size : x->s->frame_bytes;
        else
            c->state = DVB_FRAMES_MISSING;
        free(file);
    }
    if (!c->n)
        c->state = DVB_FRAMES_MISSING;
}

/* Pictures a second, of the rendition's recipe or of the one that it is made of; 0: neither says.
 */
static double sampled_fps(const char *recipe)
{
    json_t *j = NULL;
    double fps = 0;
    if (!dvb_json_parse(recipe, strlen(recipe), "recipe", &j, NULL)) {
        const json_t *sample = json_object_get(j, "sample");
        if (!sample)
            sample = json_object_get(json_object_get(j, "of"), "sample");
        fps = dvb_json_get_num(sample, "fps", 0);
    }
    json_decref(j);
    return fps > 0 ? fps : 0;
}

static int find_clip(const struct export *x, struct dvb_frames_clip *c, char **folder,
                     struct dvb_err *err)
{
    const struct dvb_workspace *ws = x->b->sources[c->source].ws;
    struct dvb_rendition r;
    *folder = NULL;
    c->state = DVB_FRAMES_HERE;
    int ret = dvb_store_get_rendition(ws->store, c->rendition, &r, err);
    if (ret)
        return ret;
    c->kbps = r.bitrate_kbps;
    c->fps = sampled_fps(r.recipe);
    c->where = dvb_where_read(r.detail, r.recipe);
    if (inside(r.path)) {
        *folder = dvb_path_join(ws->dir, r.path);
        choose(x, c, *folder, r.n_frames);
    } else {
        c->state = DVB_FRAMES_MISSING;
    }
    dvb_rendition_release(&r);
    return 0;
}

/* The picture as it is, or a smaller one. *size is its width and height; 0x0: unreadable. */
static int put_picture(const char *from, const char *to, int64_t limit, struct dvb_size *size,
                       struct dvb_err *err)
{
    struct dvb_err ignored;
    char *data;
    size_t len;
    *size = (struct dvb_size){ 0 };
    if (dvb_read_file(from, MAX_FILE_BYTES, &data, &len, &ignored))
        return 0;
    struct dvb_size is = dvb_image_size(data, len);
    AVFrame *frame = NULL, *small = NULL;
    int ret = 0;
    if (is.w && (int64_t)len <= limit) {
        *size = is;
        FILE *f = fopen(to, "wb");
        bool bad = !f || fwrite(data, 1, len, f) != len;
        bad |= f && fclose(f);
        ret = bad ? dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", to) : 0;
    } else if (is.w && !dvb_image_decode(data, len, MAX_PIXELS, &frame, &ignored)) {
        *size = dvb_size_within(frame->width, frame->height, SMALL_PIXELS);
        small = dvb_frame_scale(frame, size->w, size->h);
        ret = small ? dvb_image_write_jpeg(small, SMALL_QUALITY, to, err) : dvb_fail_nomem(err);
    }
    av_frame_free(&frame);
    av_frame_free(&small);
    free(data);
    return ret;
}

static int put_clip(const struct export *x, struct dvb_frames_clip *c, const char *folder,
                    struct dvb_err *err)
{
    int ret = 0;
    for (int i = 0; i < c->n && !ret && c->state == DVB_FRAMES_HERE; i++) {
        struct dvb_size size;
        char *from = dvb_asprintf("%s/frame-%04d.jpg", folder, c->number[i]);
        char *to = dvb_asprintf("%s/frames/%d-%lld-%d.jpg", x->dir, c->source,
                                (long long)c->rendition, i + 1);
        ret = put_picture(from, to, x->s->frame_bytes, &size, err);
        if (!size.w)
            c->state = DVB_FRAMES_MISSING;
        c->width = size.w;
        c->height = size.h;
        free(from);
        free(to);
    }
    return ret;
}

static int put_all(const struct export *x, struct dvb_frames *f, struct dvb_err *err)
{
    int bad = 0;
#pragma omp parallel for schedule(dynamic, 4)
    for (size_t i = 0; i < f->n; i++) {
        struct dvb_err mine;
        int ret = bad ? 0 : put_clip(x, &f->v[i], x->paths[i], &mine);
        if (ret) {
#pragma omp critical(frames_error)
            if (!bad) {
                bad = ret;
                *err = mine;
            }
        }
    }
    return bad;
}

static int find_all(const struct export *x, struct dvb_frames *f, struct dvb_err *err)
{
    int64_t left = x->s->frames_bytes;
    int ret = 0;
    for (size_t i = 0; i < f->n && !ret; i++) {
        struct dvb_frames_clip *c = &f->v[i];
        ret = find_clip(x, c, &x->paths[i], err);
        if (!ret && c->state == DVB_FRAMES_HERE && c->bytes > left)
            c->state = DVB_FRAMES_LEFT_OUT;
        if (c->state == DVB_FRAMES_HERE)
            left -= c->bytes;
    }
    return ret;
}

int dvb_frames_write(const struct dvb_board *b, const struct dvb_site_settings *s, const char *dir,
                     struct dvb_frames **frames, struct dvb_err *err)
{
    *frames = dvb_calloc(1, sizeof(**frames));
    struct listing l = { .f = *frames };
    for (size_t i = 0; i < b->n_sets && s->frames; i++)
        list_set(&l, &b->sets[i]);
    unique(*frames);
    if (!(*frames)->n)
        return 0;
    char *folder = dvb_path_join(dir, "frames");
    struct export x = {
        .b = b, .s = s, .dir = dir, .paths = dvb_calloc((*frames)->n, sizeof(char *))
    };
    int ret = dvb_mkdirs(folder, err);
    if (!ret)
        ret = find_all(&x, *frames, err);
    if (!ret)
        ret = put_all(&x, *frames, err);
    for (size_t i = 0; i < (*frames)->n; i++)
        free(x.paths[i]);
    free(x.paths);
    free(folder);
    if (ret)
        dvb_frames_free(frames);
    return ret;
}

void dvb_frames_free(struct dvb_frames **frames)
{
    for (size_t i = 0; *frames && i < (*frames)->n; i++)
        free((*frames)->v[i].where);
    if (*frames)
        free((*frames)->v);
    free(*frames);
    *frames = NULL;
}
