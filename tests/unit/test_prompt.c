/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "workspace/prompt.h"

static const char *const none[] = { NULL };
static const char *const both[] = { "question", "options", NULL };
static const char *const clip[] = { "length", "max_questions", "media", NULL };
static struct dvb_err err;

static void fills(void **state)
{
    (void)state;
    static const struct dvb_slot slots[] = { { "question", "Which {{options}}?" },
                                             { "options", "A) 100%s" } };
    static const struct {
        const char *text, *filled;
    } cases[] = {
        { "", "" },
        { "no slot", "no slot" },
        { "{{question}}", "Which {{options}}?" }, /* values are not looked into */
        { "{{options}}{{options}}.", "A) 100%sA) 100%s." },
        { "a {{other}} b {{options}}", "a {{other}} b A) 100%s" },
        { "{{\"a\": {{options}}}}", "{{\"a\": A) 100%s}}" }, /* braces of JSON */
        { "{{{options}}}", "{A) 100%s}" },
        { "{{options", "{{options" },
        { "{{ options }}", "{{ options }}" },
        { "{{}} {{question", "{{}} {{question" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *s = dvb_prompt_fill(cases[i].text, slots, 2);
        assert_string_equal(s, cases[i].filled);
        free(s);
    }
}

static void lists_options(void **state)
{
    (void)state;
    static const char *const options[] = { "red", "%d", "B) blue" };
    char *s = dvb_prompt_options(options, 3);
    assert_string_equal(s, "A) red\nB) %d\nC) B) blue");
    free(s);
    s = dvb_prompt_options(options, 0);
    assert_string_equal(s, "");
    free(s);
}

static void built_in_prompts_have_their_slots(void **state)
{
    (void)state;
    char *text;
    assert_int_equal(dvb_prompt_load(NULL, "answer", both, none, &text, &err), 0);
    free(text);
    assert_int_equal(dvb_prompt_load(NULL, "confidence", both, none, &text, &err), 0);
    free(text);
    assert_int_equal(dvb_prompt_load(NULL, "generate", clip, none, &text, &err), 0);
    free(text);
    assert_true(dvb_prompt_load(NULL, "nonesuch", none, none, &text, &err) < 0);
    assert_null(text);
}

static void own(const char *content, const char *message)
{
    char *text;
    assert_int_equal(dvb_mkdirs("own", &err), 0);
    assert_int_equal(dvb_write_file("own/answer.txt", content, strlen(content), &err), 0);
    int ret = dvb_prompt_load("own", "answer", both, clip, &text, &err);
    if (message) {
        assert_true(ret < 0);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        assert_string_equal(err.msg, message);
        assert_null(text);
    } else {
        assert_int_equal(ret, 0);
        assert_string_equal(text, content);
    }
    free(text);
}

static void own_prompts_are_checked(void **state)
{
    (void)state;
    char *text;
    own("{{options}} {{question}} {{length}}", NULL);
    own("{{options}}", "own/answer.txt: no slot {{question}}");
    own("{{question}} {{options}} {{Options}}", "own/answer.txt: unknown slot {{Options}}");
    own(" \n ", "own/answer.txt: empty or not a text file");
    /* What the folder does not have is built in; a folder that is not there is a mistake. */
    assert_int_equal(dvb_prompt_load("own", "generate", clip, none, &text, &err), 0);
    free(text);
    assert_true(dvb_prompt_load("absent", "generate", clip, none, &text, &err) < 0);
    assert_string_equal(err.msg, "absent: no such folder of prompts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills),
        cmocka_unit_test(lists_options),
        cmocka_unit_test(built_in_prompts_have_their_slots),
        cmocka_unit_test(own_prompts_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
