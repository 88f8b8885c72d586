/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one region of a clip that a provider finds most relevant: a window with the
 * picture's own shape and a given share of its area, where the mean of the maps
 * over the clip is highest. For strategies that keep a region and give up the rest.
 */
#ifndef DVB_EVAL_STRATEGY_FOCUS_H
#define DVB_EVAL_STRATEGY_FOCUS_H

#include "eval/strategy/strategy.h"

struct dvb_focus {
    const struct dvb_provider *provider;
    void *state;
    double share; /* of the picture's area */
};

/* args is "PROVIDER[:SHARE]", or NULL: detail, with default_share. strategy is its name,
   for messages. */
int dvb_focus_open(const char *strategy, const char *args, double default_share,
                   const struct dvb_strategy_settings *settings, struct dvb_focus *f,
                   struct dvb_err *err);
void dvb_focus_close(struct dvb_focus *f);

/* Shares of the picture's width and height, on macroblock lines of the source. */
struct dvb_focus_window {
    double x, y, w, h;
};

/* By the source's own frames, one a second. */
int dvb_focus_find(const struct dvb_focus *f, const struct dvb_stream_job *job,
                   struct dvb_focus_window *out, struct dvb_err *err);

/* The window of a frame, by reference: no pixel is copied. NULL when memory is short. */
AVFrame *dvb_focus_cut(const AVFrame *f, const struct dvb_focus_window *w);
/* A copy that is gray there. NULL when memory is short. */
AVFrame *dvb_focus_blank(const AVFrame *f, const struct dvb_focus_window *w);

/* Provider, share and the window: new reference. */
json_t *dvb_focus_json(const struct dvb_focus *f, const struct dvb_focus_window *w);

/* The window of cols x rows blocks where the sum is highest, of those the first in
   raster order; sizes in blocks. For tests. */
void dvb_focus_best(const double *v, int rows, int cols, int h, int w, int *row, int *col);

#endif
