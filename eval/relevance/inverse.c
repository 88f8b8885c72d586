/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least relevant gets the most: what a map must be better than in any case. */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/providers.h"

struct inverse {
    const struct dvb_provider *of;
    void *state;
};

static int open_of(const struct dvb_provider *of, const struct dvb_provider_settings *s,
                   void **state, struct dvb_err *err)
{
    struct inverse *v = dvb_calloc(1, sizeof(*v));
    v->of = of;
    int ret = dvb_provider_open(of, s, &v->state, err);
    if (ret) {
        free(v);
        v = NULL;
    }
    *state = v;
    return ret;
}

static int map_inverse(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                       struct dvb_err *err)
{
    const struct inverse *v = state;
    int ret = v->of->map(v->state, q, out, err);
    for (int i = 0; !ret && i < out->rows * out->cols; i++)
        out->rho[i] = -out->rho[i];
    return ret;
}

static json_t *inverse_identity(const void *state)
{
    const struct inverse *v = state;
    return dvb_json_pack("{s:s, s:o}", "provider", "inverse", "of", v->of->identity(v->state));
}

static void close_inverse(void *state)
{
    struct inverse *v = state;
    if (!v)
        return;
    dvb_provider_close(v->of, v->state);
    free(v);
}

#define INVERSE(ID, WORDLESS, ASKS)                                                                \
    static int open_##ID(const struct dvb_provider_settings *s, void **state, struct dvb_err *err) \
    {                                                                                              \
        return open_of(&dvb_provider_##ID, s, state, err);                                         \
    }                                                                                              \
    static const struct dvb_provider inverse_##ID = {                                              \
        .name = "inverse-" #ID,                                                                    \
        .description = "for comparison: the opposite of " #ID,                                     \
        .wordless = (WORDLESS),                                                                    \
        .asks = (ASKS),                                                                            \
        .of = &dvb_provider_##ID,                                                                  \
        .open = open_##ID,                                                                         \
        .map = map_inverse,                                                                        \
        .identity = inverse_identity,                                                              \
        .close = close_inverse,                                                                    \
    };

INVERSE(clip, false, false)
INVERSE(model, false, true)
INVERSE(text, true, false)
INVERSE(file, false, false)
INVERSE(embed, false, false)
INVERSE(detail, true, false)
INVERSE(past, true, false)
INVERSE(centre, true, false)
INVERSE(random, true, false)

const struct dvb_provider *const dvb_providers_inverse[] = {
    &inverse_clip,   &inverse_model, &inverse_text,   &inverse_file,   &inverse_embed,
    &inverse_detail, &inverse_past,  &inverse_centre, &inverse_random, NULL,
};
