/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/answer.h"

#define UNPARSED DVB_ANSWER_UNPARSED
#define REFUSED DVB_ANSWER_REFUSED

static const char *const numbers[] = { "35", "36", "63", "38" };
enum { B = 1, C = 2 };

static int wanted(const char *want)
{
    return !strcmp(want, "refused") ? REFUSED : !strcmp(want, "unparsed") ? UNPARSED : *want - 'A';
}

/* One row of the file: {"style", "want", "options", "reply"}. */
static bool check_row(const json_t *row, int line)
{
    const char *options[8];
    const json_t *list = json_object_get(row, "options");
    int n = (int)json_array_size(list);
    assert_true(n >= 2 && n <= 8);
    for (int i = 0; i < n; i++)
        options[i] = json_string_value(json_array_get(list, (size_t)i));
    const char *reply = dvb_json_get_str(row, "reply"), *want = dvb_json_get_str(row, "want");
    assert_non_null(reply);
    assert_non_null(want);
    int got = dvb_answer_choice(reply, options, n);
    if (got == wanted(want))
        return true;
    print_error("replies.jsonl:%d: '%s': found %d, expected %s\n", line, reply, got, want);
    return false;
}

/* What models write, and traps: letters, statements, reasoning, other languages, templates'
   leftovers, refusals, cut-off text. */
static void test_replies(void **state)
{
    (void)state;
    const char *top = getenv("TOP");
    char *path = dvb_asprintf("%s/tests/fixtures/replies.jsonl", top ? top : "."), line[8192];
    FILE *f = fopen(path, "r");
    int n = 0, failures = 0;
    if (!f) {
        fail_msg("%s cannot be read", path);
        return;
    }
    while (fgets(line, sizeof(line), f)) {
        json_t *row = json_loads(line, 0, NULL);
        assert_non_null(row);
        failures += !check_row(row, ++n);
        json_decref(row);
    }
    fclose(f);
    free(path);
    assert_int_equal(failures, 0);
    assert_true(n >= 400);
}

/* Whatever the letter, the same words give that letter. */
static void test_every_letter(void **state)
{
    (void)state;
    static const char *const forms[] = { "%c",          "(%c)",           "%c.",
                                         "**%c**",      "Answer: %c",     "The answer is %c.",
                                         "\\boxed{%c}", "%c is correct.", "I choose option %c.",
                                         "答案是%c" };
    static const char *const eight[] = { "one",  "two", "three", "four",
                                         "five", "six", "seven", "eight" };
    for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++)
        for (int i = 0; i < 8; i++) {
            char reply[64], *hole = strchr(forms[f], '%');
            snprintf(reply, sizeof(reply), "%.*s%c%s", (int)(hole - forms[f]), forms[f], 'A' + i,
                     hole + 2);
            assert_int_equal(dvb_answer_choice(reply, eight, 8), i);
        }
}

static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(dvb_answer_choice(NULL, numbers, 4), UNPARSED);
    assert_int_equal(dvb_answer_choice("A", numbers, 0), UNPARSED);
    assert_int_equal(dvb_answer_choice("C", numbers, 2), UNPARSED);
    assert_int_equal(dvb_answer_choice("\xff\xfe B", numbers, 4), UNPARSED);
    static const char *const empty[] = { "", "", NULL };
    assert_int_equal(dvb_answer_choice("B", empty, 3), B);
    assert_int_equal(dvb_answer_choice("whatever", empty, 3), UNPARSED);

    /* Only the end of a very long reply is read. */
    size_t len = 400000;
    char *text = malloc(len + 32);
    memset(text, 'x', len);
    memcpy(text + len, "\nAnswer: C", sizeof("\nAnswer: C"));
    assert_int_equal(dvb_answer_choice(text, numbers, 4), C);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_every_letter),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
