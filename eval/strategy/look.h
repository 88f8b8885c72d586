/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asking a model where to look: what the provider "model" is to every strategy that
 * takes one. The model is asked for boxes (regions.h) at `fps`, with up to HISTORY
 * pictures that end at the look's time; what it says is used AHEAD seconds later, as its
 * last prediction, and interpolated linearly from look to look (ZeCoStream). Within those
 * AHEAD seconds its next look must have been answered, which leaves a model 1 s to reply
 * at 2 fps.
 *
 * The lead is what comes before the first look's answer is used: the clip's first 1.75
 * seconds at 2 fps. `hold`: the clip is a cutting of a call that has been going on, whose
 * sender had looked at the same things before: the first look's boxes hold from the clip's
 * start. On a still clip that is what such a sender has; where things move, the lead's
 * boxes are where they were one look into the clip, later than a sender could have known.
 * `flat`: the call starts with the clip, nothing is known, as the published scripts have it.
 *
 * What the model sees: `original`, the sender's own frames, as published scripts do; or
 * `received`, what has arrived of the stream by then. Where that depends on earlier looks
 * (closed), it is settled by rounds over the whole clip: the first looks at the stream with
 * nothing known; each further one looks at the stream that the last round's answers gave. A
 * frame depends on looks AHEAD seconds or more before it alone, so each round makes AHEAD
 * more seconds of the stream those of a sender who went through the clip once, and enough
 * rounds for its length (the default) settle it; rounds=N stops earlier.
 */
#ifndef DVB_EVAL_STRATEGY_LOOK_H
#define DVB_EVAL_STRATEGY_LOOK_H

#include "eval/strategy/strategy.h"
#include "eval/strategy/timeline.h"

#define DVB_LOOK_PROVIDER "model" /* beside those of relevance.h */
#define DVB_LOOK_HISTORY 3
#define DVB_LOOK_AHEAD 1.5 /* seconds */
#define DVB_LOOK_FPS 2.0   /* what models take of a video */

enum dvb_look { DVB_LOOK_ORIGINAL, DVB_LOOK_RECEIVED };
extern const char *const dvb_look_names[]; /* NULL-terminated */
enum dvb_lead { DVB_LEAD_HOLD, DVB_LEAD_FLAT };
extern const char *const dvb_lead_names[]; /* NULL-terminated */

/* How looks are taken. */
struct dvb_looking {
    enum dvb_look look;
    enum dvb_lead lead;
    int rounds; /* 0: as many as settle it */
    double fps;
    bool look_given, lead_given, fps_given; /* by an option */
    const struct dvb_used_model *model;     /* whom to ask; NULL: the one evaluated */
    char *prompt;                           /* owned */
};

/* look_args.c: an option "original", "received", "lead=hold|flat", "rounds=N" or "fps=LOOKS". 1 if
   it was taken, 0 if it is none of these; a wrong value is DVB_FAULT_USAGE. `strategy` is for the
   message. */
int dvb_looking_parse(const char *text, const char *strategy, struct dvb_looking *l,
                      struct dvb_err *err);
/* What options mean for looks where there are none, with another provider: DVB_FAULT_USAGE if one
   was given that needs the model. */
int dvb_looking_refuse(const struct dvb_looking *l, const char *strategy, struct dvb_err *err);

/* Whom to ask, and in which words. */
int dvb_looking_open(struct dvb_looking *l, const struct dvb_strategy_settings *settings,
                     struct dvb_err *err);
void dvb_looking_release(struct dvb_looking *l);

/* What a job's looks gave; its dvb_stream_job.prepared. */
struct dvb_looked {
    struct dvb_timeline timeline;
    int round;     /* that it stems from, from 1 */
    double length; /* of the clip as far as it has pictures, s */
    char *problem; /* why it cannot be shown; owned */
    enum dvb_fault fault;
};

/* Who looks. */
struct dvb_looker {
    const char *name; /* the strategy's, for messages */
    const struct dvb_looking *looking;
    struct dvb_timeline like; /* form, gamma and smoothing of timelines */
    /* What has arrived of the job's stream, with pictures by `sample`, when it is made by the
       timeline of a round from 1 on, or by nothing (NULL, 0). NULL: only originals are seen. */
    int (*received)(const void *user, const struct dvb_stream_job *job,
                    const struct dvb_sample_recipe *sample, struct dvb_timeline *timeline,
                    int round, int64_t *stream, struct dvb_err *err);
    bool closed; /* received depends on the timeline */
    const void *user;
};

/* For dvb_strategy.prepare and forget. */
int dvb_look_prepare(const struct dvb_looker *looker, struct dvb_asker *asker,
                     struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err);
void dvb_look_forget(void *looked);

/* What is wrong with the job's looks, if anything. */
int dvb_look_check(const struct dvb_stream_job *job, struct dvb_err *err);

/* All that a round's answers depend on beside words and fps, into a recipe. */
void dvb_look_describe(const struct dvb_looking *l, const struct dvb_stream_job *job, int round,
                       json_t *j);
/* The words, for a recipe. New reference. */
json_t *dvb_look_words(const struct dvb_stream_job *job);

#endif
