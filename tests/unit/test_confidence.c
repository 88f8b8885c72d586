/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confidences out of what models write: what is not plain is not read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "eval/confidence.h"

#define NONE (-1.0)

static const char *const options[] = { "36", "0.85", "half of it", "85%" };

static const struct row {
    const char *reply;
    double want;
} as_asked[] = {
    { "{\"answer\": \"B\", \"confidence\": 0.85}", 0.85 },
    { "{\"confidence\":0,\"answer\":\"A\"}", 0 },
    { "{\"answer\":\"A\",\"confidence\":1}", 1 },
    { "{\"answer\":\"A\",\"confidence\":1.0}", 1 },
    { " \n{\"answer\":\"A\",\"confidence\":1e-2} ", 0.01 },
    { "{\"answer\":\"A\",\"confidence\":\"0.85\"}", 0.85 },
    { "{\"answer\":\"A\",\"confidence\":\"85%\"}", 0.85 },
    { "{\"answer\":\"\",\"confidence\":0.1}", 0.1 },
    { "{\"confidence\":0.3}", 0.3 },
    { "{\"answer\":\"A\",\"confidence\":0.3,\"why\":\"the sign says: confidence 0.9\"}", 0.3 },
    { "```json\n{\"answer\": \"B\", \"confidence\": 0.85}\n```", 0.85 },
    { "Sure, here it is:\n{\"answer\": \"B\", \"confidence\": 0.85}", 0.85 },
    { "<think>confidence: 0.1 or 0.9?</think>{\"answer\":\"B\",\"confidence\":0.85}", 0.85 },
    { "<think>I am 20% sure.</think>Answer: B. Confidence: 0.85", 0.85 },
    { "{answer: B, confidence: 0.85}", 0.85 },
    { "{'answer': 'B', 'confidence': 0.85}", 0.85 },
    { "{\"answer\": \"B\", \"confidence\": 0.85", 0.85 },
};

static const struct row prose[] = {
    { "The answer is B. Confidence: 0.85", 0.85 },
    { "**Answer:** B\n**Confidence:** 0.85", 0.85 },
    { "B) 36\nConfidence: 85%", 0.85 },
    { "B) 36 Confidence: 0.9", 0.9 },
    { "Confidence level: .85.", 0.85 },
    { "Confidence (0 to 1): 0.85", 0.85 },
    { "confidence = 85 percent", 0.85 },
    { "My confidence in this answer is about 0.7.", 0.7 },
    { "Confidence - 0.85", 0.85 },
    { "Confidence (85%)", 0.85 },
    { "I am 85% sure that it is B.", 0.85 },
    { "B, 100% confident", 1 },
    { "B, with 0.6 confidence", 0.6 },
    { "Confidence: 0.85. I am 85% sure.", 0.85 },
    { "CONFIDENCE: 0", 0 },
    { "Confidence: 85\xef\xbc\x85", 0.85 },
    { "B 0.85", 0.85 },
    { "(B), 85%", 0.85 },
    { "**B**\n0.85", 0.85 },
    { "0.7", 0.7 },
    { "70%", 0.7 },
};

static const struct row unread[] = {
    { "", NONE },
    { "B", NONE },
    { "B) 36", NONE },
    { "I cannot tell from the video.", NONE },
    { "{\"answer\":\"B\"}", NONE },
    { "{\"answer\":\"B\",\"confidence\":1.2}", NONE },
    { "{\"answer\":\"B\",\"confidence\":85}", NONE },
    { "{\"answer\":\"B\",\"confidence\":-1}", NONE },
    { "{\"answer\":\"B\",\"confidence\":-0.5}", NONE },
    { "{\"answer\":\"B\",\"confidence\":NaN}", NONE },
    { "{\"answer\":\"B\",\"confidence\":Infinity}", NONE },
    { "{\"answer\":\"B\",\"confidence\":1e999}", NONE },
    { "{\"answer\":\"B\",\"confidence\":null}", NONE },
    { "{\"answer\":\"B\",\"confidence\":true}", NONE },
    { "{\"answer\":\"B\",\"confidence\":\"high\"}", NONE },
    { "{\"answer\":\"B\",\"confidence\":\"0.7 to 0.9\"}", NONE },
    { "{\"answer\":\"B\",\"confidence\":\"0.85 (B)\"}", NONE },
    { "{\"answer\":\"B\",\"confidence\":{\"A\":0.1,\"B\":0.9}}", NONE },
    { "{\"answer\":\"B\",\"confidence\":[0.1,0.9]}", NONE },
    { "{\"answer\":\"A\",\"confidence\":0.2} or {\"answer\":\"B\",\"confidence\":0.9}", NONE },
    { "{\"confidence\":0.2,\"confidence\":0.9}", NONE },
    { "Confidence: 1.2", NONE },
    { "Confidence: -1", NONE },
    { "Confidence: -0.2", NONE },
    { "Confidence: 120%", NONE },
    { "Confidence: 0.85%", NONE },
    { "Confidence: 85", NONE },
    { "Confidence: 8/10", NONE },
    { "Confidence: 0.8 out of 1", NONE },
    { "Confidence: 0.7-0.9", NONE },
    { "Confidence: 0.7 to 0.9", NONE },
    { "Confidence between 0.7 and 0.9", NONE },
    { "Confidence: 70\xe2\x80\x93"
      "90%",
      NONE },
    { "Confidence: 0,85", NONE },
    { "Confidence: 0.8.5", NONE },
    { "Confidence: 0.85x", NONE },
    { "Confidence: 0x1", NONE },
    { "Confidence: NaN", NONE },
    { "Confidence: high. The sign says 0.5", NONE },
    { "Confidence: 0.3 for A. Confidence: 0.6 for B.", NONE },
    { "I am 90% sure. Confidence: 0.5", NONE },
    { "I am not 90% sure.", NONE },
    { "I'm over 90% sure.", NONE },
    { "less than 50% confident", NONE },
    { "at least 0.9 confidence", NONE },
    { "80 to 90% confident", NONE },
    { "80-90% confident", NONE },
    { "80% and 90% sure", NONE },
    { "I wasn't 90% sure", NONE },
    { "0.85 seconds in, it turns red.", NONE },
    { "The discount is 50%.", NONE },
    { "1", NONE },
    { "B 1", NONE },
    { "0.85", NONE }, /* one of the options */
    { "85%", NONE },  /* the same */
    { "0.2 0.9", NONE },
    { "B 1.5", NONE },
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double got = NONE;
        bool there = dvb_confidence_parse(rows[i].reply, options, 4, &got);
        if (there != (rows[i].want >= 0) || fabs(got - rows[i].want) > 1e-12)
            fail_msg("'%s': %g, expected %g", rows[i].reply, got, rows[i].want);
    }
}

static void test_as_asked(void **state)
{
    (void)state;
    check(as_asked, sizeof(as_asked) / sizeof(*as_asked));
}

static void test_prose(void **state)
{
    (void)state;
    check(prose, sizeof(prose) / sizeof(*prose));
}

static void test_unread(void **state)
{
    (void)state;
    check(unread, sizeof(unread) / sizeof(*unread));
}

/* Where no option is that number, it can be nothing else. */
static void test_other_options(void **state)
{
    (void)state;
    double got;
    assert_true(dvb_confidence_parse("0.85", NULL, 0, &got) && fabs(got - 0.85) < 1e-12);
    assert_true(dvb_confidence_parse("85%", options, 1, &got) && fabs(got - 0.85) < 1e-12);
    assert_true(dvb_confidence_parse("D 85%", options, 4, &got) && fabs(got - 0.85) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_asked),
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_other_options),
    };
    return cmocka_run_group_tests_name("confidence", tests, NULL, NULL);
}
