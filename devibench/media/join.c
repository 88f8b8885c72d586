/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/image.h"

/* One side's scaler and its last picture, which is often asked for again. */
struct side {
    struct dvb_scaler *scaler;
    struct dvb_size from;
    AVFrame *source, *scaled;
};

struct waiting {
    AVFrame *left; /* scaled */
    int64_t pts, out_pts;
    int use;
};

struct dvb_joiner {
    struct dvb_joiner_settings s;
    struct side left, right;
    struct waiting *waiting; /* from at on */
    size_t n, cap, at;
    AVFrame *newest; /* right, as given */
    AVFrame *joined, *joined_left, *joined_right;
};

int dvb_joiner_open(const struct dvb_joiner_settings *settings, struct dvb_joiner **joiner,
                    struct dvb_err *err)
{
    (void)err;
    *joiner = dvb_calloc(1, sizeof(**joiner));
    (*joiner)->s = *settings;
    return 0;
}

static void side_reset(struct side *s)
{
    av_frame_free(&s->source);
    av_frame_free(&s->scaled);
}

/* Borrowed; NULL when memory is short. */
static const AVFrame *side_scale(struct side *s, const AVFrame *frame, struct dvb_size to)
{
    if (s->source && s->source->data[0] == frame->data[0])
        return s->scaled;
    side_reset(s);
    if (s->scaler && (s->from.w != frame->width || s->from.h != frame->height))
        dvb_scaler_close(&s->scaler);
    if (!s->scaler)
        s->scaler = dvb_scaler_open(frame->width, frame->height, to.w, to.h);
    s->from = (struct dvb_size){ frame->width, frame->height };
    s->source = av_frame_clone(frame);
    s->scaled = s->scaler && s->source ? dvb_scaler_run(s->scaler, frame) : NULL;
    return s->scaled;
}

static bool same_picture(const AVFrame *a, const AVFrame *b)
{
    return a && b && a->data[0] == b->data[0];
}

static void forget_joined(struct dvb_joiner *j)
{
    av_frame_free(&j->joined);
    av_frame_free(&j->joined_left);
    av_frame_free(&j->joined_right);
}

static int put_beside(struct dvb_joiner *j, const AVFrame *left, const AVFrame *right,
                      struct dvb_err *err)
{
    if (same_picture(j->joined_left, left) && same_picture(j->joined_right, right))
        return 0;
    forget_joined(j);
    j->joined = dvb_frame_beside(left, right);
    j->joined_left = av_frame_clone(left);
    j->joined_right = av_frame_clone(right);
    return j->joined && j->joined_left && j->joined_right ? 0 : dvb_fail_nomem(err);
}

static int join_first(struct dvb_joiner *j, const AVFrame *with, struct dvb_err *err)
{
    struct waiting *w = &j->waiting[j->at];
    const AVFrame *right = side_scale(&j->right, with, j->s.half);
    int ret = right ? put_beside(j, w->left, right, err) : dvb_fail_nomem(err);
    if (!ret) {
        j->joined->pts = w->out_pts;
        ret = j->s.joined(j->s.ctx, j->joined, w->use, err);
    }
    av_frame_free(&w->left);
    j->at++;
    return ret;
}

int dvb_joiner_left(struct dvb_joiner *j, const AVFrame *frame, int64_t out_pts, int use,
                    struct dvb_err *err)
{
    const AVFrame *scaled = side_scale(&j->left, frame, j->s.half);
    AVFrame *ref = scaled ? av_frame_clone(scaled) : NULL;
    if (!ref)
        return dvb_fail_nomem(err);
    if (j->at && j->at == j->n)
        j->at = j->n = 0;
    j->waiting = dvb_grow(j->waiting, j->n, &j->cap, sizeof(*j->waiting));
    j->waiting[j->n++] = (struct waiting){ ref, frame->pts, out_pts, use };
    return 0;
}

int dvb_joiner_right(struct dvb_joiner *j, const AVFrame *frame, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && j->at < j->n && j->waiting[j->at].pts < frame->pts - DVB_JOIN_SLACK)
        ret = join_first(j, j->newest ? j->newest : frame, err);
    av_frame_free(&j->newest);
    if (!ret && !(j->newest = av_frame_clone(frame)))
        ret = dvb_fail_nomem(err);
    return ret;
}

bool dvb_joiner_holds(const struct dvb_joiner *j, int64_t pts)
{
    size_t lo = j->at, hi = j->n;
    while (lo < hi) { /* first one not before pts */
        size_t mid = lo + (hi - lo) / 2;
        if (j->waiting[mid].pts < pts - DVB_JOIN_SLACK)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < j->n && j->waiting[lo].pts <= pts + DVB_JOIN_SLACK;
}

int dvb_joiner_finish(struct dvb_joiner *j, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && j->newest && j->at < j->n)
        ret = join_first(j, j->newest, err);
    return ret;
}

void dvb_joiner_reset(struct dvb_joiner *j)
{
    for (; j->at < j->n; j->at++)
        av_frame_free(&j->waiting[j->at].left);
    j->n = j->at = 0;
    side_reset(&j->left);
    side_reset(&j->right);
    av_frame_free(&j->newest);
    forget_joined(j);
}

void dvb_joiner_close(struct dvb_joiner **j)
{
    if (!*j)
        return;
    dvb_joiner_reset(*j);
    dvb_scaler_close(&(*j)->left.scaler);
    dvb_scaler_close(&(*j)->right.scaler);
    free((*j)->waiting);
    free(*j);
    *j = NULL;
}
