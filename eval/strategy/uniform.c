/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bits where the encoder puts them by itself, whatever is asked: what every video call does. */
#include "eval/strategy/strategy.h"

static int render(const struct dvb_used_strategy *s, const struct dvb_stream_job *job,
                  int64_t *rendition, struct dvb_err *err)
{
    (void)s;
    return dvb_stream_render(job, DVB_KIND_DEGRADED, rendition, err);
}

const struct dvb_strategy dvb_strategy_uniform = {
    .name = "uniform",
    .description = "the encoder's own choice of where the bits go",
    .render = render,
};
