/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One clip from file to file: transcode and concat. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/film.h"
#include "media/fit.h"
#include "media/image.h"
#include "media/join.h"
#include "media/render.h"

#define MAX_BYTES ((size_t)384 << 20)

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return !stat(a, &sa) && !stat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* What would otherwise be found out only after the work is done. */
static int check_out(const char *in, const char *out, struct dvb_err *err)
{
    size_t len = strlen(out);
    if (len < 5 || strcmp(out + len - 4, ".mp4") || out[len - 5] == '/')
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "output: found '%s', expected a file name that ends in .mp4", out);
    if (same_file(in, out))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: is both input and output", out);
    struct stat st;
    if (!stat(out, &st) && !S_ISREG(st.st_mode))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: exists and is not a regular file", out);
    char *dir = dvb_strdup(out), *slash = strrchr(dir, '/');
    if (slash)
        slash[1] = '\0';
    int ret = access(slash ? dir : ".", W_OK | X_OK)
                  ? dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", out)
                  : 0;
    free(dir);
    return ret;
}

int dvb_transcode(const char *in, const char *out, double start, double length,
                  const struct dvb_encode_recipe *recipe, struct dvb_rate_result *result,
                  struct dvb_err *err)
{
    struct dvb_feed *feed = NULL;
    const struct dvb_feed_settings settings = {
        .path = in, .start = start, .length = length, .fps = recipe->fps, .max_bytes = MAX_BYTES
    };
    int ret = check_out(in, out, err);
    if (!ret)
        ret = dvb_feed_open(&settings, &feed, err);
    const struct dvb_fit_settings fs = { .feed = feed, .recipe = recipe, .path = out };
    if (!ret)
        ret = dvb_fit(&fs, result, err);
    dvb_feed_close(&feed);
    return ret;
}

/* One input of a concatenation and its next frame. */
struct input {
    struct dvb_clip *clip;
    AVFrame *next; /* NULL: ended */
    int64_t end;   /* once it has ended */
};

struct concat {
    struct input left, right;
    struct dvb_joiner *joiner;
    struct dvb_film *film;
};

static int advance(struct input *in, struct dvb_err *err)
{
    av_frame_free(&in->next);
    int ret = dvb_clip_next(in->clip, &in->next, err);
    if (!ret)
        in->end = dvb_clip_end(in->clip);
    return ret < 0 ? ret : 0;
}

static int open_input(struct input *in, const char *path, double fps, struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .fps = fps };
    int ret = dvb_clip_open(path, &cs, &in->clip, err);
    return ret ? ret : advance(in, err);
}

static int take_joined(void *ctx, const AVFrame *frame, int use, struct dvb_err *err)
{
    (void)use;
    struct concat *c = ctx;
    return dvb_film_put(c->film, frame, err);
}

/* In the order of their times, left first, until one side is over. */
static int merge(struct concat *c, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && (c->left.next || c->right.next)) {
        struct input *l = &c->left, *r = &c->right;
        bool left = l->next && (!r->next || l->next->pts <= r->next->pts + DVB_JOIN_SLACK);
        if (left ? !r->next && l->next->pts >= r->end : !l->next && r->next->pts >= l->end)
            break;
        ret = left ? dvb_joiner_left(c->joiner, l->next, l->next->pts, 0, err)
                   : dvb_joiner_right(c->joiner, r->next, err);
        if (!ret)
            ret = advance(left ? l : r, err);
    }
    return ret ? ret : dvb_joiner_finish(c->joiner, err);
}

/* When the joined video ends: with the side that ends first. */
static int64_t joined_end(const struct concat *c)
{
    if (c->left.next)
        return c->right.end;
    if (c->right.next)
        return c->left.end;
    return c->left.end < c->right.end ? c->left.end : c->right.end;
}

static int open_concat(struct concat *c, const char *left, const char *right, const char *out,
                       const struct dvb_encode_recipe *recipe, int64_t max_pixels,
                       struct dvb_err *err)
{
    int ret = open_input(&c->left, left, recipe->fps, err);
    if (!ret)
        ret = open_input(&c->right, right, 0, err);
    if (ret)
        return ret;
    const struct dvb_clip_info *info = dvb_clip_get_info(c->left.clip);
    const struct dvb_joiner_settings js = { .half = dvb_size_within(info->width, info->height,
                                                                    max_pixels / 2),
                                            .ctx = c,
                                            .joined = take_joined };
    const struct dvb_film_settings fs = { .path = out, .recipe = recipe, .fps = info->fps };
    ret = dvb_joiner_open(&js, &c->joiner, err);
    return ret ? ret : dvb_film_open(&fs, &c->film, err);
}

int dvb_concat(const char *left, const char *right, const char *out,
               const struct dvb_encode_recipe *recipe, int64_t max_pixels,
               struct dvb_rate_result *result, struct dvb_err *err)
{
    struct concat c = { 0 };
    int ret = check_out(left, out, err);
    if (!ret)
        ret = check_out(right, out, err);
    if (!ret)
        ret = open_concat(&c, left, right, out, recipe, max_pixels, err);
    if (!ret)
        ret = merge(&c, err);
    if (!ret)
        ret = dvb_film_finish(c.film, joined_end(&c), result, err);
    dvb_film_close(&c.film);
    dvb_joiner_close(&c.joiner);
    av_frame_free(&c.left.next);
    av_frame_free(&c.right.next);
    dvb_clip_close(&c.left.clip);
    dvb_clip_close(&c.right.clip);
    return ret;
}
