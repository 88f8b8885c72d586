/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model profiles: how a model is reached, what it takes, what it costs.
 * Looked up by name in --models-file, then the user's own
 * ($XDG_CONFIG_HOME/devibench/models.json), then the built-in data/models.json;
 * or given in place as "openai:NAME@BASE_URL".
 */
#ifndef DVB_MODEL_PROFILE_H
#define DVB_MODEL_PROFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum dvb_send { DVB_SEND_FRAMES, DVB_SEND_VIDEO };

/* What the numbers of a box in a picture are that the model is asked for. Models are trained for
   one of the two, and may write it whatever they are asked for: Qwen2.5-VL, and what is tuned from
   it, pixels of the picture as its processor made it; Qwen2-VL, Qwen3-VL and Gemini thousandths of
   its width and height. Sources: github.com/QwenLM/Qwen3-VL, issues 676, 866 and 1486;
   cloud.google.com/vertex-ai/generative-ai/docs/bounding-box-detection. */
enum dvb_boxes { DVB_BOXES_THOUSANDTHS, DVB_BOXES_PIXELS };
extern const char *const dvb_boxes_names[]; /* NULL-terminated */

struct dvb_tokens;
struct dvb_wire;

struct dvb_profile {
    char *name; /* as the user names it; no secrets in any field */
    const struct dvb_wire *wire;
    char *base_url; /* "https://host/v1", no trailing slash */
    char *model;    /* the service's id */
    char *key_env;  /* environment variable with the API key, or NULL */
    enum dvb_send send;
    double fps;             /* pictures per second sent */
    int max_frames;         /* 0: no limit */
    int64_t max_pixels;     /* per picture sent; 0: no limit. A video is sent as it is */
    int jpeg_quality;       /* of pictures that are made anew; 0: as they were sampled */
    char *detail;           /* image_url.detail, or NULL */
    bool stream;            /* ask for server-sent events; some models know nothing else */
    bool structured;        /* takes response_format json_schema */
    enum dvb_boxes boxes;   /* asked where to look. Pixels are those of the picture as we send it:
                               a service must not scale it by more than its processor's rounding */
    char *max_tokens_field; /* "max_completion_tokens" or "max_tokens" */
    int max_tokens;
    double temperature;          /* < 0: not sent */
    double top_p;                /* < 0: not sent */
    int64_t seed;                /* < 0: not sent */
    int concurrency;             /* most requests in flight */
    int64_t requests_per_minute; /* the account's limits; 0: not known */
    int64_t tokens_per_minute;
    double timeout_s; /* for a whole request */
    int logprobs;     /* alternatives per token that are asked for; 0: none */
    double price_in, price_out, price_cached; /* USD per million tokens; 0: free or unknown */
    double price_batch;                       /* factor on all of them for batch requests */
    char *prices_as_of; /* when they were looked up: YYYY, YYYY-MM or YYYY-MM-DD; or NULL */
    const struct dvb_tokens *tokens; /* formula of the input tokens (tokens.h) */
    bool batch;                      /* the service has the batch interface of its wire format */
    int batch_requests;              /* most in one batch; 0: as many as the interface takes */
    int64_t batch_bytes;             /* the same in bytes */
    json_t *extra;                   /* fields merged into the request body, or NULL */
    bool allow_http;   /* plain http to another machine was asked for; such a profile has no key */
    bool key_required; /* a question without the key is not sent */
    char *note;        /* for people: where prices come from and the like, or NULL */
    char *source;      /* file it was read from, "built in" or "command line" */
};

/* Pictures are sampled once for all models, at the recipe's size and quality. For
   a model that takes fewer pixels, or a lower JPEG quality (libjpeg's scale) than
   they were sampled at, they are made anew, scaled down and encoded at
   jpeg_quality; a picture that is within both is sent as it is, and none is ever
   scaled up or encoded at a higher quality. Prices are those of prices_as_of.
   A file is one JSON object, profile name -> profile; every field but wire,
   base_url and model may be left out. Later sources replace whole profiles of
   the same name. */

/* models_file may be NULL. Unknown names are DVB_FAULT_USAGE with the nearest
   known one; a bad file is DVB_FAULT_INPUT with file, profile and field, also
   when the fault is in another profile than the one asked for. */
int dvb_profile_find(const char *name, const char *models_file, struct dvb_profile **out,
                     struct dvb_err *err);
void dvb_profile_free(struct dvb_profile **p);

/* A profile out of what dvb_profile_json gave; source is for messages and the
   field of that name. Errors as for a file. */
int dvb_profile_of_json(const char *source, const char *name, const json_t *obj,
                        struct dvb_profile **out, struct dvb_err *err);

/* All profiles that can be found, sorted by name. Heap array of owned pointers. */
int dvb_profile_list(const char *models_file, struct dvb_profile ***out, size_t *n,
                     struct dvb_err *err);
void dvb_profiles_free(struct dvb_profile **list, size_t n);

/* The API key from the profile's environment variable, heap; *key is NULL when
   the profile has none or it is unset and not required. A required key that is
   missing and a key that cannot stand in a header are DVB_FAULT_USAGE; the
   message names the variable, never its value. */
int dvb_profile_key(const struct dvb_profile *p, char **key, struct dvb_err *err);

/* What tables call it: the profile's own name, which is the user's choice, or the service's id
   of one given in place, whose name has its address in it. Borrowed of p. */
const char *dvb_profile_label(const struct dvb_profile *p);

/* Every field, as a new JSON object that a models file could hold (there are
   no secrets in it). */
json_t *dvb_profile_json(const struct dvb_profile *p);

/* The fields that an answer depends on (not: prices, concurrency, timeouts). Not boxes either: what
   is asked for shows in the prompt, and all other answers hold whatever it is; what is made of
   boxes names it beside this (dvb_look_describe). */
json_t *dvb_profile_identity(const struct dvb_profile *p);

#endif
