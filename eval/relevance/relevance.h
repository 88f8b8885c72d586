/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who says which parts of a picture matter: one descriptor per provider,
 * listed in relevance.c.
 */
#ifndef DVB_EVAL_RELEVANCE_RELEVANCE_H
#define DVB_EVAL_RELEVANCE_RELEVANCE_H

#include <jansson.h>
#include <libavutil/frame.h>
#include <stdint.h>

#include "eval/relevance/map.h"

#define DVB_PATCH_MOST 8192

/* What a provider may be told; each looks at what it needs. All borrowed. */
struct dvb_provider_settings {
    const char *models;      /* folder with an ONNX export (clip, text) */
    const char *file;        /* maps or boxes (file) */
    const char *endpoint;    /* embedding endpoint (embed), as model/embed.h has it */
    const char *look_model;  /* who is asked (model): a profile's name, or in place */
    const char *prompts;     /* folder with regions.txt (model), or NULL */
    const char *models_file; /* more model profiles; may be NULL */
    int patch;               /* side of a patch in pixels of the source, 0..DVB_PATCH_MOST; 0: the
                                provider's own */
    uint64_t seed;           /* of random */
};

/* Of these settings, those that not every provider has a use for. */
enum dvb_provider_takes {
    DVB_TAKES_MODELS = 1,
    DVB_TAKES_FILE = 2,
    DVB_TAKES_ENDPOINT = 4,
    DVB_TAKES_LOOK_MODEL = 8,
    DVB_TAKES_PROMPTS = 16,
    DVB_TAKES_MODELS_FILE = 32,
    DVB_TAKES_PATCH = 64,
};

/* A picture and the words that it is to be judged by. All borrowed. */
struct dvb_relevance_query {
    const AVFrame *frame; /* yuv420p as dvb_clip gives it: the newest the sender has */
    double at;            /* its time in the source video, s */
    const char *video;    /* the source's name, for providers that look things up by it */
    const char *words;    /* what the user said; "": nothing yet */
};

struct dvb_provider {
    const char *name;        /* "clip" */
    const char *description; /* one line, for people */
    bool asks;      /* a chat model, at once, and keeps no reply: not for strategies, which ask
                       through the store (strategy/look.h) */
    bool wordless;  /* a map is the same whatever is said: one serves all questions */
    unsigned takes; /* enum dvb_provider_takes: of use to it */
    const struct dvb_provider *of; /* whose opposite it is: what is left out here is that one's */
    /* What was given that maps are made by, in a word: the name of a folder or file without the
       path, a model's without the address. Heap; NULL: nothing was. NULL: nothing can be. */
    char *(*made_by)(const struct dvb_provider_settings *settings);
    /* Missing files, models and settings are told here by name. *state NULL on failure. */
    int (*open)(const struct dvb_provider_settings *settings, void **state, struct dvb_err *err);
    /* out is not initialised yet; on failure it is left empty. Thread-safe. */
    int (*map)(void *state, const struct dvb_relevance_query *query, struct dvb_map *out,
               struct dvb_err *err);
    /* Everything beside the query that a map depends on (hashes of model files, seed, patch):
       it goes into the recipe of what is encoded by the map. New reference. */
    json_t *(*identity)(const void *state);
    void (*close)(void *state);
};

extern const struct dvb_provider *const dvb_providers[]; /* NULL-terminated */

/* By name, of all there are; an unknown one is DVB_FAULT_USAGE and lists them. */
int dvb_provider_find_any(const char *name, const struct dvb_provider **out, struct dvb_err *err);

/* The same for a strategy: one that asks is DVB_FAULT_USAGE too: strategies ask by themselves. */
int dvb_provider_find(const char *name, const struct dvb_provider **out, struct dvb_err *err);

/* enum dvb_provider_takes: of an opposite, those of what it is the opposite of. */
unsigned dvb_provider_takes(const struct dvb_provider *p);

/* enum dvb_provider_takes: what was given. */
unsigned dvb_provider_given(const struct dvb_provider_settings *settings);

/* Opens a provider (share.c), or gives the one that is open with the same settings, so that
   strategies that differ in gamma alone, and a provider's opposite, share its model and what it
   remembers. Thread-safe. *state NULL on failure; dvb_provider_close closes it, with its last
   user. */
int dvb_provider_open(const struct dvb_provider *p, const struct dvb_provider_settings *settings,
                      void **state, struct dvb_err *err);
void dvb_provider_close(const struct dvb_provider *p, void *state); /* state may be NULL */

/* What settings beside its name make of a provider, to be put after that: " of mobileclip-s0,
   patch 64"; "" where nothing was given. Heap. */
char *dvb_provider_told(const struct dvb_provider *p, const struct dvb_provider_settings *settings);

#endif
