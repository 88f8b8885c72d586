/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question alone (prompts/blind.txt asks for a guess). */
#include "eval/baseline/baseline.h"

const struct dvb_baseline dvb_baseline_blind = {
    .name = "blind",
    .description = "the question without any picture",
    .asks = true,
    .blind = true,
};
