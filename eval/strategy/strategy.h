/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A strategy: how a clip is streamed at a bitrate. One descriptor per kind of
 * strategy, listed in strategy.c; adding one is a new file and a line there. A
 * strategy in use is a descriptor with its arguments, named as it was given:
 * "uniform", "context:model:2"; and where settings beside the arguments change
 * what it shows, the name tells these too: "wait over loss=0.05,delay=30ms".
 */
#ifndef DVB_EVAL_STRATEGY_H
#define DVB_EVAL_STRATEGY_H

#include "eval/relevance/relevance.h"
#include "eval/strategy/call.h"
#include "media/recipe.h"
#include "workspace/ask.h"
#include "workspace/workspace.h"

struct dvb_strategy;

/* What strategies are told beside their arguments. All borrowed, and must outlive them. */
struct dvb_strategy_settings {
    struct dvb_provider_settings provider;
    const struct dvb_used_model *look_model; /* asked where to look; NULL: the one evaluated */
    const char *prompts;                     /* folder, or NULL */
    const struct dvb_call_network *network;  /* what a call goes over; NULL: none */
};

/* A strategy in use. open fills what is below the line, and adds to the name. */
struct dvb_used_strategy {
    const struct dvb_strategy *kind;
    char *given; /* "NAME[:ARGUMENTS]"; owned */
    char *name;  /* the same and what settings add: what the store and reports call it; owned */
    /* --- */
    bool by_words; /* what is shown depends on what the user says: it is made for each question */
    bool by_model; /* ... and on who is asked: each evaluated model has its own view */
    void *state;
};

/* One thing to show. All borrowed. */
struct dvb_stream_job {
    struct dvb_workspace *ws;
    const struct dvb_segment *segment;
    const struct dvb_recipe *recipe;    /* recipe->degraded has the bitrate that must be met */
    size_t max_bytes;                   /* memory for held frames */
    const char *words;                  /* the user's; "" unless by_words */
    const struct dvb_used_model *model; /* who will see it; NULL unless by_model */
    void *prepared;                     /* the strategy's own, NULL before prepare */
};

struct dvb_strategy {
    const char *name;        /* "uniform" */
    const char *description; /* one line, for people */
    const char *usage;       /* "context[:PROVIDER...]"; NULL: it takes no arguments */
    /* args is what follows the name's colon, or NULL. Wrong ones are DVB_FAULT_USAGE. NULL: takes
       none, has no state. */
    int (*open)(struct dvb_used_strategy *s, const char *args,
                const struct dvb_strategy_settings *settings, struct dvb_err *err);
    /* Before anything is shown, with all that will be, those of a segment next to one another:
       here models may be asked (asker; answers come from the store where it has them, and in a dry
       workspace questions are only counted) and the strategy may put into jobs[i].prepared what it
       learnt. What is wrong with one job alone goes there too and is told by render. NULL: nothing
       to do. jobs is never empty; threads as in struct dvb_eval_settings. */
    int (*prepare)(struct dvb_used_strategy *s, struct dvb_asker *asker,
                   struct dvb_stream_job *jobs, size_t n, int threads, struct dvb_err *err);
    /* What the model sees of the segment, made or found, by the job that prepare saw. Thread-safe
       for different segments. */
    int (*render)(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err);
    /* Frees jobs[i].prepared. NULL: there is none. */
    void (*forget)(void *prepared);
    void (*close)(void *state); /* NULL: no state */
};

extern const struct dvb_strategy *const dvb_strategies[]; /* NULL-terminated */
extern const struct dvb_strategy dvb_strategy_uniform, dvb_strategy_flat, dvb_strategy_context,
    dvb_strategy_crop, dvb_strategy_layers, dvb_strategy_framerate, dvb_strategy_wait;

/* By "NAME" or "NAME:ARGUMENTS". An unknown one is DVB_FAULT_USAGE and lists those there are.
   Nothing is left open on failure. */
int dvb_strategy_open(const char *text, const struct dvb_strategy_settings *settings,
                      struct dvb_used_strategy *out, struct dvb_err *err);
void dvb_strategy_close(struct dvb_used_strategy *s);

/* Adds to the name of a strategy that is opened: " over ", "loss=0.05". */
void dvb_strategy_tell(struct dvb_used_strategy *s, const char *how, const char *what);

/* The same for one that looks by a provider: what that is made of, or for NULL (model) the model
   that is asked in place of the evaluated one. */
void dvb_strategy_tell_provider(struct dvb_used_strategy *s, const struct dvb_provider *provider,
                                const struct dvb_strategy_settings *settings);

/* The segment's rendition of that kind by the job's recipe; the original, which no
   strategy touches, is one. In a dry workspace it is only foreseen. */
int dvb_stream_render(const struct dvb_stream_job *job, enum dvb_kind kind, int64_t *rendition,
                      struct dvb_err *err);

#endif
