/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bits where the encoder puts them by itself, whatever is asked: what every video call does. */
#include "eval/strategy/strategy.h"
#include "workspace/rendition.h"

static int render(const struct dvb_stream_job *job, int64_t *rendition, struct dvb_err *err)
{
    int64_t ids[DVB_KINDS] = { 0 };
    int ret = dvb_workspace_render(job->ws, job->segment, job->recipe, 1u << DVB_KIND_DEGRADED,
                                   job->max_bytes, ids, NULL, err);
    *rendition = ids[DVB_KIND_DEGRADED];
    return ret;
}

const struct dvb_strategy dvb_strategy_uniform = {
    .name = "uniform",
    .description = "the encoder's own choice of where the bits go",
    .render = render,
};
