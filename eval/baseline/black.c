/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Black pictures, as many and as large as the original's: what the mere presence of a
   video does to the answers. */
#include <stdlib.h>

#include "base/mem.h"
#include "eval/baseline/baseline.h"
#include "workspace/restage.h"

static int render(struct dvb_workspace *ws, int64_t original, const struct dvb_profile *eyes,
                  uint64_t seed, int64_t *rendition, struct dvb_err *err)
{
    (void)eyes, (void)seed;
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(ws->store, original, &r, err);
    if (ret)
        return ret;
    int *black = dvb_calloc((size_t)r.n_frames, sizeof(*black));
    for (int i = 0; i < r.n_frames; i++)
        black[i] = DVB_RESTAGE_BLACK;
    const struct dvb_restage how = { .kind = "black", .pictures = black, .n = r.n_frames };
    dvb_rendition_release(&r);
    ret = dvb_workspace_restage(ws, original, &how, rendition, err);
    free(black);
    return ret;
}

const struct dvb_baseline dvb_baseline_black = {
    .name = "black",
    .description = "black pictures in place of the original's",
    .asks = true,
    .render = render,
};
