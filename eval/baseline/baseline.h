/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A baseline: what is scored without seeing the video as it is. Whoever does
 * well on one has not shown that it understands video. One descriptor per
 * baseline, listed in baseline.c.
 */
#ifndef DVB_EVAL_BASELINE_H
#define DVB_EVAL_BASELINE_H

#include "model/profile.h"
#include "workspace/workspace.h"

struct dvb_baseline {
    const char *name;        /* "blind" */
    const char *description; /* one line, for people */
    bool asks;               /* a model is asked; else answer decides */
    bool choice_only;        /* no sense for free answers */
    bool blind;              /* nothing is shown: a right answer needs no video */
    bool reorders;           /* render looks at eyes */
    /* What is shown in place of the original rendition; NULL: nothing. Thread-safe for
       different segments; equal seeds give equal renditions. eyes: the model whose limits on the
       number of pictures are kept; NULL: all are shown. */
    int (*render)(struct dvb_workspace *ws, int64_t original, const struct dvb_profile *eyes,
                  uint64_t seed, int64_t *rendition, struct dvb_err *err);
    /* Without a model: the option that is chosen for each of the n questions. */
    void (*answer)(const struct dvb_run_question *questions, size_t n, int *options);
};

extern const struct dvb_baseline *const dvb_baselines[]; /* NULL-terminated */
extern const struct dvb_baseline dvb_baseline_letter, dvb_baseline_blind, dvb_baseline_frame,
    dvb_baseline_shuffled, dvb_baseline_black;

/* By name; an unknown one is DVB_FAULT_USAGE and lists those there are. */
int dvb_baseline_find(const char *name, const struct dvb_baseline **out, struct dvb_err *err);

/* The letter, as an index, that would score best as a constant answer; the first of
   several. */
int dvb_baseline_best_letter(const struct dvb_run_question *questions, size_t n);

/* A random order of 0..n-1 that is not the plain one where n > 1; drawn from the
   seed's stream of that label. */
void dvb_baseline_shuffle(int *order, int n, uint64_t seed, const char *label);

#endif
