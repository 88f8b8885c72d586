/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 4: keep what is right on the original and wrong on the degraded clip. */
#include "pipeline/judge.h"

int dvb_step_filter(struct dvb_build *b, struct dvb_err *err)
{
    static const struct dvb_viewing viewings[] = { { "original", DVB_KIND_ORIGINAL },
                                                   { "degraded", DVB_KIND_DEGRADED } };
    return dvb_judge(b, b->filter, DVB_STAGE_GENERATED, viewings, 2, "filter", err);
}
