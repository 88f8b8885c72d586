/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step 5: another model must find the same answer on the original. */
#include "pipeline/judge.h"

int dvb_step_verify(struct dvb_build *b, struct dvb_err *err)
{
    static const struct dvb_viewing viewings[] = { { "verify", DVB_KIND_ORIGINAL } };
    return dvb_judge(b, b->verifier, DVB_STAGE_ACCEPTED, viewings, 1, "verify", err);
}
