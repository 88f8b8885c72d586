/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What judges write, and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eval/steps.h"

static void test_replies(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        int verdict;
    } rows[] = {
        { "Verdict: Correct", 1 },
        { "Verdict: Incorrect", 0 },
        { "It names the same colour.\nVerdict: Correct", 1 },
        { "It names the same colour.\n\n**Verdict:** Correct.", 1 },
        { "**Verdict: Incorrect**", 0 },
        { "verdict: CORRECT\n", 1 },
        { "INCORRECT", 0 },
        { "Correct", 1 },
        { "A correct prediction would be blue.\nVerdict: Incorrect", 0 },
        { "This is not incorrect as such.\nVerdict: Correct", 1 },
        { "The prediction is not correct.", 0 },
        { "The prediction is **not correct**.", 0 },
        { "not\tcorrect", 0 },
        { "The knot correct", 1 },
        { "{\"verdict\": \"Correct\"}", 1 },
        { "{\"verdict\":\"Incorrect\"}", 0 },
        { "<verdict>Correct</verdict>", 1 },
        { "The colour was corrected later.", -1 },
        { "correctly, correctness, correction", -1 },
        { "I cannot judge that.", -1 },
        { "", -1 },
        { "Verdict:", -1 },
        { "incorrectly", -1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (dvb_judge_verdict(rows[i].reply) != rows[i].verdict)
            fail_msg("'%s': %d", rows[i].reply, dvb_judge_verdict(rows[i].reply));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_replies) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
