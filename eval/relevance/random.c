/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"

#define SHORT_CELLS 9

struct noise {
    uint64_t seed;
    int patch;
};

static int open_noise(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    (void)err;
    struct noise *n = dvb_calloc(1, sizeof(*n));
    *n = (struct noise){ .seed = s->seed, .patch = s->patch };
    *state = n;
    return 0;
}

static int map_noise(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                     struct dvb_err *err)
{
    (void)err;
    const struct noise *n = state;
    struct dvb_grid g = dvb_grid_of(q->frame->width, q->frame->height, n->patch, SHORT_CELLS);
    struct dvb_rng rng;
    char *label = dvb_asprintf("relevance %s %lld", q->video ? q->video : "",
                               llround(q->at * 1000));
    dvb_rng_init(&rng, n->seed, label);
    free(label);
    dvb_map_init(out, g.rows, g.cols);
    for (int i = 0; i < g.rows * g.cols; i++)
        out->rho[i] = (float)(2 * dvb_rng_unit(&rng) - 1);
    return 0;
}

static json_t *noise_identity(const void *state)
{
    const struct noise *n = state;
    return dvb_json_pack("{s:s, s:I, s:i}", "provider", "random", "seed", (json_int_t)n->seed,
                         "patch", n->patch);
}

const struct dvb_provider dvb_provider_random = {
    .name = "random",
    .description = "for comparison: cells drawn at random",
    .wordless = true,
    .patches = true,
    .open = open_noise,
    .map = map_noise,
    .identity = noise_identity,
    .close = free,
};
