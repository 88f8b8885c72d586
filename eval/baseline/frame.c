/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The middle picture alone: what needs no motion and no second look. */
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
    const int middle = r.n_frames / 2;
    const struct dvb_restage how = { .kind = "frame", .pictures = &middle, .n = 1 };
    dvb_rendition_release(&r);
    return dvb_workspace_restage(ws, original, &how, rendition, err);
}

const struct dvb_baseline dvb_baseline_frame = {
    .name = "frame",
    .description = "the middle picture of the original only",
    .asks = true,
    .render = render,
};
