/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bits where the question looks: a QP map from relevance, at the same rate and
 * with the same search as any other strategy.
 *
 *     context[:PROVIDER[:GAMMA[:OPTION...]]]
 *
 * PROVIDER: one of relevance.h's, which see the sender's newest frame at look_fps
 * and whose map holds from then on; or "model" (the default): a model is asked for
 * boxes (regions.h) at look_fps, with up to HISTORY pictures that end at the look's
 * time; what it says is used AHEAD seconds later, as its last prediction, and
 * interpolated linearly from look to look (ZeCoStream). Within those AHEAD seconds
 * its next look must have been answered, which leaves a model 1 s to reply at 2 fps.
 *
 * OPTIONS: plain, stretched, box (qp.h; box for model, else plain); smooth=SECONDS;
 * fps=LOOKS; size=ladder|source|WxH; for model: original, received, rounds=N,
 * lead=hold|flat.
 *
 * The lead is what comes before the first look's answer is used: the clip's first 1.75
 * seconds at 2 fps, and with them its only intra frame, which takes most of a still
 * clip's bits. `hold`, the default with original: the clip is a cutting of a call that
 * has been going on, whose sender had looked at the same things before: the first look's
 * boxes hold from the clip's start. On a still clip that is what such a sender has; where
 * things move, the lead's boxes are where they were one look into the clip, later than
 * a sender could have known. `flat`: the call starts with the clip, nothing is known
 * and all of the lead has one offset, as the published scripts have it. With received
 * only flat: what arrives first would depend on what arrives after it.
 *
 * What the model sees: `original`, the sender's own frames, as published scripts
 * do; or `received`, what has arrived of the stream by then. The latter depends on
 * the map, which depends on earlier looks. It is settled by rounds over the whole
 * clip: the first looks at the stream with a flat map; each further one looks at
 * the stream that the last round's answers gave. A frame depends on looks AHEAD
 * seconds or more before it alone, so each round makes AHEAD more seconds of the
 * stream those of a sender who went through the clip once, and enough rounds for
 * its length (the default) settle it; rounds=N stops earlier. What is not settled
 * that way is the base QP, which is searched for the whole clip at the end of each
 * round: the pictures looked at have the rate of the final ones but not their base
 * QP to the last digit, and none of them is shown to anybody but the look.
 */
#ifndef DVB_EVAL_STRATEGY_CONTEXT_H
#define DVB_EVAL_STRATEGY_CONTEXT_H

#include "eval/strategy/sized.h"
#include "eval/strategy/timeline.h"

#define DVB_LOOK_HISTORY 3
#define DVB_LOOK_AHEAD 1.5 /* seconds */

enum dvb_look { DVB_LOOK_ORIGINAL, DVB_LOOK_RECEIVED };
extern const char *const dvb_look_names[]; /* NULL-terminated */
enum dvb_lead { DVB_LEAD_HOLD, DVB_LEAD_FLAT };
extern const char *const dvb_lead_names[]; /* NULL-terminated */

struct dvb_context {
    const struct dvb_provider *provider; /* NULL: model */
    void *provider_state;
    double gamma, smooth, look_fps;
    enum dvb_form form;
    enum dvb_look look;
    enum dvb_lead lead;
    bool lead_given; /* by an option */
    int rounds;      /* 0: as many as settle it */
    struct dvb_sized sized;
    const struct dvb_used_model *look_model; /* NULL: the one evaluated */
    char *prompt;                            /* of looks */
};

/* context_args.c: text may be NULL. Wrong ones are DVB_FAULT_USAGE. Nothing is opened. */
int dvb_context_parse(const char *text, struct dvb_context *c, struct dvb_err *err);

/* What a job's looks gave; its dvb_stream_job.prepared. */
struct dvb_looked {
    struct dvb_timeline timeline;
    int round;     /* that it stems from, from 1 */
    char *problem; /* why it cannot be shown; owned */
    enum dvb_fault fault;
};

/* look.c: dvb_strategy.prepare and forget of "model". */
int dvb_look_prepare(struct dvb_used_strategy *s, struct dvb_asker *asker,
                     struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err);
void dvb_look_forget(void *looked);

/* The job's rendition by a timeline (NULL: flat), with `how` in its recipe; taken over. */
int dvb_context_render(const struct dvb_context *c, const struct dvb_stream_job *job,
                       const struct dvb_sample_recipe *sample, struct dvb_timeline *timeline,
                       json_t *how, int64_t *rendition, struct dvb_err *err);
/* What a round's timeline follows from. New reference. */
json_t *dvb_context_json(const struct dvb_context *c, const struct dvb_stream_job *job,
                         const struct dvb_timeline *timeline, int round);

#endif
