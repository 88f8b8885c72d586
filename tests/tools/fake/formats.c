/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/format.h"

const struct fake_format *const fake_formats[] = {
    &fake_openai, &fake_responses,      &fake_anthropic,         &fake_dashscope,      &fake_gemini,
    &fake_embed,  &fake_openai_batches, &fake_anthropic_batches, &fake_gemini_batches, NULL,
};
