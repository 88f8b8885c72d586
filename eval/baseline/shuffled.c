/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The original's pictures out of order: what needs no sense of time. */
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/baseline/baseline.h"
#include "workspace/restage.h"
#include "workspace/sent.h"

#include <stdlib.h>

static bool plain(const int *order, int n)
{
    for (int i = 0; i < n; i++)
        if (order[i] != i)
            return false;
    return true;
}

void dvb_baseline_shuffle(int *order, int n, uint64_t seed, const char *label)
{
    struct dvb_rng rng;
    dvb_rng_init(&rng, seed, label);
    for (int i = 0; i < n; i++)
        order[i] = i;
    do
        for (int i = n - 1; i > 0; i--) {
            int j = (int)dvb_rng_below(&rng, (uint32_t)i + 1), was = order[i];
            order[i] = order[j];
            order[j] = was;
        }
    while (n > 1 && plain(order, n));
}

static int render(struct dvb_workspace *ws, int64_t original, const struct dvb_profile *eyes,
                  uint64_t seed, int64_t *rendition, struct dvb_err *err)
{
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(ws->store, original, &r, err);
    if (ret)
        return ret;
    /* The pictures that the model would have seen, and no others. */
    int n = eyes ? dvb_sent_count(eyes, &r) : r.n_frames;
    int *order = dvb_calloc((size_t)n, sizeof(*order));
    /* Of the content, so that the clip's order is the same in every workspace. */
    char *label = dvb_asprintf("shuffled/%s", r.hash);
    json_t *recipe = dvb_json_pack("{s:I}", "seed", (json_int_t)seed);
    dvb_baseline_shuffle(order, n, seed, label);
    for (int i = 0; i < n; i++)
        order[i] = dvb_sent_pick(order[i], n, r.n_frames);
    if (n < r.n_frames)
        json_object_set_new(recipe, "picked", json_integer(n));
    const struct dvb_restage how = {
        .kind = "shuffled", .recipe = recipe, .pictures = order, .n = n
    };
    ret = dvb_workspace_restage(ws, original, &how, rendition, err);
    json_decref(recipe);
    free(label);
    free(order);
    dvb_rendition_release(&r);
    return ret;
}

const struct dvb_baseline dvb_baseline_shuffled = {
    .name = "shuffled",
    .description = "the original's pictures in random order",
    .asks = true,
    .reorders = true,
    .render = render,
};
