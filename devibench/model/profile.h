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

struct dvb_wire;

struct dvb_profile {
    char *name;      /* as the user names it; no secrets in any field */
    const struct dvb_wire *wire;
    char *base_url;  /* "https://host/v1", no trailing slash */
    char *model;     /* the service's id */
    char *key_env;   /* environment variable with the API key, or NULL */
    enum dvb_send send;
    double fps;      /* pictures per second sent */
    int max_frames;  /* 0: no limit */
    int64_t max_pixels; /* per picture; 0: no limit */
    int jpeg_quality;
    char *detail;    /* image_url.detail, or NULL */
    bool structured; /* takes response_format json_schema */
    char *max_tokens_field; /* "max_completion_tokens" or "max_tokens" */
    int max_tokens;
    double temperature; /* < 0: not sent */
    double top_p;       /* < 0: not sent */
    int64_t seed;       /* < 0: not sent */
    int concurrency;    /* requests in flight */
    double timeout_s;   /* for a whole request */
    double price_in, price_out, price_cached; /* USD per million tokens; 0: free or unknown */
    json_t *extra;      /* fields merged into the request body, or NULL */
};

/* models_file may be NULL. Unknown names are DVB_FAULT_USAGE with the nearest
   known one; a bad file is DVB_FAULT_INPUT with file, profile and field. */
int dvb_profile_find(const char *name, const char *models_file, struct dvb_profile **out,
                     struct dvb_err *err);
void dvb_profile_free(struct dvb_profile **p);

/* All profiles that can be found, by name. Heap array of owned pointers. */
int dvb_profile_list(const char *models_file, struct dvb_profile ***out, size_t *n,
                     struct dvb_err *err);

/* Everything but secrets, as a new JSON object. */
json_t *dvb_profile_json(const struct dvb_profile *p);

/* The fields that an answer depends on (not: prices, concurrency, timeouts). */
json_t *dvb_profile_identity(const struct dvb_profile *p);

#endif
