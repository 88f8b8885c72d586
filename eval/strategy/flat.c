/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same quantiser everywhere: what a QP map starts from. x264's adaptive quantisation, which
   spends bits on flat areas that an eye would miss, is off, as it is under a map. */
#include "base/json.h"
#include "eval/strategy/sized.h"
#include "media/encode.h"

static int no_offsets(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                      struct dvb_err *err)
{
    (void)ctx, (void)frame, (void)err;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = 0;
    return 0;
}

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    const struct dvb_qp_map map = { .offsets = no_offsets };
    struct dvb_recipe recipe;
    struct dvb_stream_job flat = *job;
    int ret = dvb_sized_apply(s->state, job, &recipe, err);
    if (ret)
        return ret;
    json_t *how = dvb_json_pack("{s:s}", "form", "flat");
    recipe.map = &map;
    recipe.map_json = how;
    flat.recipe = &recipe;
    ret = dvb_stream_render(&flat, DVB_KIND_DEGRADED, rendition, err);
    json_decref(how);
    return ret;
}

const struct dvb_strategy dvb_strategy_flat = {
    .name = "flat",
    .description = "one quantiser for all of a frame, as a map that says nothing",
    .usage = "flat[:size=ladder|source|WxH]",
    .open = dvb_sized_open,
    .render = render,
    .close = dvb_sized_close,
};
