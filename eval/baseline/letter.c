/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Always the same letter, the one that this very set rewards most: in the published
   DeViBench v1 that is B, with 41.5%. */
#include "eval/baseline/baseline.h"

int dvb_baseline_best_letter(const struct dvb_run_question *questions, size_t n)
{
    size_t counts[DVB_MAX_OPTIONS] = { 0 };
    int best = 0;
    for (size_t i = 0; i < n; i++)
        if (questions[i].q.n_options)
            counts[questions[i].q.answer]++;
    for (int i = 1; i < DVB_MAX_OPTIONS; i++)
        if (counts[i] > counts[best])
            best = i;
    return best;
}

static void answer(const struct dvb_run_question *questions, size_t n, int *options)
{
    int letter = dvb_baseline_best_letter(questions, n);
    for (size_t i = 0; i < n; i++)
        options[i] = letter;
}

const struct dvb_baseline dvb_baseline_letter = {
    .name = "letter",
    .description = "always the letter that is right most often",
    .choice_only = true,
    .answer = answer,
};
