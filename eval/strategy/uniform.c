/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bits where the encoder puts them by itself, whatever is asked: what every video call does. */
#include "eval/strategy/sized.h"

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    struct dvb_recipe recipe;
    struct dvb_stream_job sized = *job;
    int ret = dvb_sized_apply(s->state, job, &recipe, err);
    sized.recipe = &recipe;
    return ret ? ret : dvb_stream_render(&sized, DVB_KIND_DEGRADED, rendition, err);
}

const struct dvb_strategy dvb_strategy_uniform = {
    .name = "uniform",
    .description = "the encoder's own choice of where the bits go",
    .usage = "uniform[:size=ladder|source|WxH]",
    .open = dvb_sized_open,
    .render = render,
    .close = dvb_sized_close,
};
