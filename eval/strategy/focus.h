/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one region of a clip that a provider finds most relevant: a window with the
 * picture's own shape and a given share of its area, where the mean of the maps
 * over the clip is highest. For strategies that keep a region and give up the rest.
 *
 *     STRATEGY[:PROVIDER[:SHARE[:OPTION...]]]
 *
 * PROVIDER: one of relevance.h's, which see the source's own frames (detail is the
 * default); or "model", which is asked for boxes (look.h): the maps are then what its
 * boxes say of the clip at the times of its looks, as context's QP maps follow them.
 * Where nothing stands out anywhere the window is in the middle.
 *
 * OPTIONS: fps=FRAMES that a provider sees in a second (1; model: 2, its looks);
 * size=ladder|source|WxH; for model: original, received, lead=hold|flat. There is no map
 * of quantisers, so no gamma and no form; the window stands still, so nothing is smoothed;
 * and what is received does not follow from the window, so there are no rounds.
 */
#ifndef DVB_EVAL_STRATEGY_FOCUS_H
#define DVB_EVAL_STRATEGY_FOCUS_H

#include "eval/strategy/look.h"
#include "eval/strategy/sized.h"

struct dvb_focus {
    const char *strategy;                /* its name */
    const struct dvb_provider *provider; /* NULL: model */
    void *state;
    double share;               /* of the picture's area */
    struct dvb_looking looking; /* fps for every provider */
    struct dvb_sized sized;
    bool blind; /* what is received cannot be looked at: set before the arguments are read */
};

/* focus_args.c: "PROVIDER[:SHARE[:OPTION...]]", or NULL: detail. f->strategy, share (the default)
   and blind are set. Wrong ones are DVB_FAULT_USAGE. Nothing is opened. */
int dvb_focus_parse(const char *args, struct dvb_focus *f, struct dvb_err *err);

#define DVB_FOCUS_SHARE 0.25 /* unless the arguments say another */

/* As dvb_strategy.open; s->state is a struct dvb_focus of its own, for dvb_focus_close. On failure
   nothing is left open. */
int dvb_focus_open(struct dvb_used_strategy *s, const char *args,
                   const struct dvb_strategy_settings *settings, bool blind, struct dvb_err *err);
void dvb_focus_close(void *state);

/* dvb_strategy.prepare of a strategy whose state is, or begins with, a struct dvb_focus; its
   forget is dvb_focus_forget. */
int dvb_focus_prepare(struct dvb_used_strategy *s, struct dvb_asker *asker,
                      struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err);
void dvb_focus_forget(void *prepared);

/* What is wrong with the job's looks, if any were taken. */
int dvb_focus_check(const struct dvb_focus *f, const struct dvb_stream_job *job,
                    struct dvb_err *err);

/* Shares of the picture's width and height, on macroblock lines of the source. */
struct dvb_focus_window {
    double x, y, w, h;
};

/* By the source's own frames, or the job's looks. */
int dvb_focus_find(const struct dvb_focus *f, const struct dvb_stream_job *job,
                   struct dvb_focus_window *out, struct dvb_err *err);

/* Pixels of the window in a picture of that size: even, 2 at least. */
struct dvb_size dvb_focus_size(struct dvb_size picture, const struct dvb_focus_window *w);

/* The window of a frame, by reference: no pixel is copied. NULL when memory is short. */
AVFrame *dvb_focus_cut(const AVFrame *f, const struct dvb_focus_window *w);
/* A copy that is gray there. NULL when memory is short. */
AVFrame *dvb_focus_blank(const AVFrame *f, const struct dvb_focus_window *w);

/* Provider, looks, share and the window: new reference. */
json_t *dvb_focus_json(const struct dvb_focus *f, const struct dvb_stream_job *job,
                       const struct dvb_focus_window *w);

/* The window of cols x rows blocks where the sum is highest, of those the first in
   raster order; sizes in blocks. For tests. */
void dvb_focus_best(const double *v, int rows, int cols, int h, int w, int *row, int *col);

#endif
