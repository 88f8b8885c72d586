/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "pipeline/questions.h"

#define Q(text, options, answer, type)                                                             \
    "{\"question\":\"" text "\",\"options\":" options ",\"answer\":\"" answer                      \
    "\",\"task_type\":\"" type "\",\"frames\":\"single\"}"
#define ABCD "[\"red\",\"green\",\"blue\",\"white\"]"
#define GOOD Q("What colour is the cup?", ABCD, "blue", "Attribute Perception")

static struct dvb_question_list parse(const char *reply)
{
    struct dvb_question_list list;
    assert_true(dvb_questions_parse(reply, 10, 1, &list));
    return list;
}

static const char *right_option(const struct dvb_question *q)
{
    return q->options[q->answer];
}

static void reads_a_clean_reply(void **state)
{
    (void)state;
    struct dvb_question_list list = parse("{\"questions\":[" GOOD "]}");
    assert_int_equal(list.n, 1);
    assert_string_equal(list.v[0].text, "What colour is the cup?");
    assert_int_equal(list.v[0].n_options, 4);
    assert_string_equal(right_option(&list.v[0]), "blue");
    assert_string_equal(list.v[0].task_type, "Attribute Perception");
    assert_false(list.v[0].multi_frame);
    dvb_question_list_free(&list);
}

static void salvages_fences_and_prose(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "```json\n{\"questions\":[" GOOD "]}\n```",
        "Here are the questions:\n{\"questions\":[" GOOD "]}\nI hope this helps!", "[" GOOD "]",
        "{\"questions\":[" GOOD ",{\"question\":\"What nu", /* cut off */
    };
    for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
        struct dvb_question_list list = parse(replies[i]);
        assert_int_equal(list.n, 1);
        assert_string_equal(right_option(&list.v[0]), "blue");
        dvb_question_list_free(&list);
    }
}

static void says_when_there_is_no_list(void **state)
{
    (void)state;
    static const char *const replies[] = { "",
                                           "I cannot see a video.",
                                           "{\"answer\":\"B\"}",
                                           "42",
                                           "{\"questions\":\"none\"}",
                                           "I see [3] cups.",
                                           "{\"questions\":[\"Which?\"]}" };
    for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
        struct dvb_question_list list;
        assert_false(dvb_questions_parse(replies[i], 10, 1, &list));
        dvb_question_list_free(&list);
    }
    struct dvb_question_list empty = parse("{\"questions\":[]}");
    assert_int_equal(empty.n, 0);
    dvb_question_list_free(&empty);
}

static const struct {
    const char *question;
    enum dvb_drop drop;
} bad[] = {
    { "7", DVB_DROP_NOT_OBJECT },
    { "{\"question\":3}", DVB_DROP_NOT_OBJECT },
    { "{\"question\":\"Which?\"}", DVB_DROP_NOT_OBJECT },
    { "{\"question\":\"Which?\",\"options\":[1,2,3,4],\"answer\":\"1\"}", DVB_DROP_NOT_OBJECT },
    { Q("  ", ABCD, "red", "Counting"), DVB_DROP_NO_TEXT },
    { Q("Which?", "[\"a\",\"b\",\"c\"]", "a", "Counting"), DVB_DROP_FEW_OPTIONS },
    { Q("Which?", "[\"a\",\"b\",\"c\",\"d\",\"e\"]", "a", "Counting"), DVB_DROP_MANY_OPTIONS },
    { Q("Which?", "[\"a\",\"b\",\"c\",\" \"]", "a", "Counting"), DVB_DROP_BAD_OPTION },
    { Q("Which?", "[\"a\",\"b\",\"c\",\"None of the above\"]", "a", "Counting"),
      DVB_DROP_BAD_OPTION },
    { Q("Which?", "[\"Red\",\"red \",\"c\",\"d\"]", "c", "Counting"), DVB_DROP_SAME_OPTIONS },
    { Q("Which?", "[\"A) a\",\"B)\",\"C) c\",\"D) d\"]", "A", "Counting"), DVB_DROP_BAD_OPTION },
    { Q("Which?", "[\"A) a\",\"B) all of the above\",\"C) c\",\"D) d\"]", "A", "Counting"),
      DVB_DROP_BAD_OPTION },
    { Q("Which?", ABCD, "(AB", "Counting"), DVB_DROP_ANSWER },
    { Q("Which?", ABCD, "B) blue", "Counting"), DVB_DROP_ANSWER },
    { Q("Which?", ABCD, "yellow", "Counting"), DVB_DROP_ANSWER },
    { Q("Which?", ABCD, "E", "Counting"), DVB_DROP_ANSWER },
    { Q("Which?", ABCD, "red", "Telepathy"), DVB_DROP_TASK_TYPE },
    { Q("What colour is it in the left half?", ABCD, "red", "Counting"), DVB_DROP_MENTIONS_HALVES },
    { Q("What is blurry here?", ABCD, "red", "Counting"), DVB_DROP_MENTIONS_HALVES },
    { Q("How wide is the 5\\\" pipe in the left clip?", ABCD, "red", "Counting"),
      DVB_DROP_MENTIONS_HALVES },
    { Q("What do the left images show?", ABCD, "red", "Counting"), DVB_DROP_MENTIONS_HALVES },
    { Q("Which?", "[\"red\",\"green\",\"a blurry spot\",\"white\"]", "red", "Counting"),
      DVB_DROP_MENTIONS_HALVES },
    { GOOD, DVB_DROP_REPEATED },
};

static void drops_each_bad_question_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char *reply = dvb_asprintf("{\"questions\":[" GOOD ",%s,%s]}", bad[i].question,
                                   Q("How many?", "[\"1\",\"2\",\"3\",\"4\"]", "2", "Counting"));
        struct dvb_question_list list = parse(reply);
        if (list.n != 2 || list.dropped[bad[i].drop] != 1)
            fail_msg("%s: %zu kept, %s: %ld", bad[i].question, list.n, dvb_drop_names[bad[i].drop],
                     list.dropped[bad[i].drop]);
        long all = 0;
        for (int d = 0; d < DVB_DROPS; d++)
            all += list.dropped[d];
        assert_int_equal(all, 1);
        dvb_question_list_free(&list);
        free(reply);
    }
}

static void quoted_text_may_hold_any_word(void **state)
{
    (void)state;
    struct dvb_question_list list = parse("[" Q("Which word follows \\\"Image quality:\\\"?", ABCD,
                                                "red", "Text-Rich Understanding") "]");
    assert_int_equal(list.n, 1);
    dvb_question_list_free(&list);
}

static void phrases_are_whole_words(void **state)
{
    (void)state;
    struct dvb_question_list list = parse(
        "[" Q("What is on the left clipboard of the players' bench?", ABCD, "red", "Counting") "]");
    assert_int_equal(list.n, 1);
    dvb_question_list_free(&list);
}

/* Options stand in the prompt one a line. */
static void options_are_single_lines(void **state)
{
    (void)state;
    struct dvb_question_list list = parse(
        "[" Q(" Which\nline? ", "[\"red\\nB) green\",\"a  b\",\"c\",\"d\"]", "c", "Counting") "]");
    assert_int_equal(list.n, 1);
    assert_string_equal(list.v[0].text, "Which line?");
    int found = 0;
    for (int i = 0; i < 4; i++)
        found += !strcmp(list.v[0].options[i], "red B) green") +
                 !strcmp(list.v[0].options[i], "a b");
    assert_int_equal(found, 2);
    dvb_question_list_free(&list);
}

static void takes_the_forms_that_models_write(void **state)
{
    (void)state;
    static const struct {
        const char *options, *answer;
    } forms[] = {
        { "[\"A) red\",\"B) green\",\"C) blue\",\"D) white\"]", "C" },
        { "[\"A. red\",\"B. green\",\"C. blue\",\"D. white\"]", "C. blue" },
        { "[\"(A) red\",\"(B) green\",\"(C) blue\",\"(D) white\"]", "(C)" },
        { "[\"A)red\",\"B)green\",\"C)blue\",\"D)white\"]", "C)blue" },
        { "[\" red\\n\",\"green\",\"\\tblue \",\"white\"]", "C." },
        { "{\"A\":\"red\",\"B\":\"green\",\"C\":\"blue\",\"D\":\"white\"}", "C)" },
        { "[\"red\",\"green\",\"blue\",\"white\"]", "BLUE" },
        { "[\"red\",\"green\",\"blue\",\"white\"]", "c" },
        { "[\"red\",\"green\",\"blue\",\"white\"]", "C: blue" },
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        char *reply = dvb_asprintf("[{\"question\":\"Which?\",\"options\":%s,\"answer\":\"%s\","
                                   "\"task_type\":\"object_perception\",\"frames\":\"Multi\"}]",
                                   forms[i].options, forms[i].answer);
        struct dvb_question_list list = parse(reply);
        assert_int_equal(list.n, 1);
        assert_string_equal(right_option(&list.v[0]), "blue");
        assert_string_equal(list.v[0].task_type, "Object Perception");
        assert_true(list.v[0].multi_frame);
        dvb_question_list_free(&list);
        free(reply);
    }
}

/* An option that is itself a letter: its text wins over its letter. */
static void option_text_wins_over_letter(void **state)
{
    (void)state;
    struct dvb_question_list list = parse(
        "[" Q("Which letter?", "[\"D\",\"C\",\"B\",\"A\"]", "D", "Counting") "]");
    assert_string_equal(right_option(&list.v[0]), "D");
    dvb_question_list_free(&list);
}

static char *many(int n)
{
    char *s = dvb_strdup("[");
    for (int i = 0; i < n; i++) {
        char *more = dvb_asprintf("%s%s" Q("Question %d?", ABCD, "red", "Counting"), s,
                                  i ? "," : "", i);
        free(s);
        s = more;
    }
    char *whole = dvb_asprintf("%s]", s);
    free(s);
    return whole;
}

static void every_letter_once_in_a_block(void **state)
{
    (void)state;
    char *reply = many(8);
    int first_letters[4] = { 0 };
    for (int seed = 0; seed < 400; seed++) {
        struct dvb_question_list list;
        assert_true(dvb_questions_parse(reply, 10, (uint64_t)seed, &list));
        assert_int_equal(list.n, 8);
        for (size_t block = 0; block < 8; block += 4) {
            unsigned seen = 0;
            for (size_t i = block; i < block + 4; i++)
                seen |= 1u << list.v[i].answer;
            assert_int_equal(seen, 15);
        }
        first_letters[list.v[0].answer]++;
        dvb_question_list_free(&list);
    }
    for (int i = 0; i < 4; i++) /* 100 expected; 5 standard deviations are 43 */
        assert_in_range(first_letters[i], 57, 143);
    free(reply);
}

static void order_depends_on_seed_and_reply_only(void **state)
{
    (void)state;
    char *reply = many(10);
    char *other = dvb_asprintf("%s ", reply);
    struct dvb_question_list a, b, c, d;
    dvb_questions_parse(reply, 10, 1, &a);
    dvb_questions_parse(reply, 10, 1, &b);
    dvb_questions_parse(reply, 10, 2, &c);
    dvb_questions_parse(other, 10, 1, &d);
    int by_seed = 0, by_reply = 0;
    for (size_t i = 0; i < 10; i++) {
        for (int o = 0; o < 4; o++)
            assert_string_equal(a.v[i].options[o], b.v[i].options[o]);
        by_seed += a.v[i].answer != c.v[i].answer;
        by_reply += a.v[i].answer != d.v[i].answer;
    }
    assert_true(by_seed > 0);
    assert_true(by_reply > 0);
    dvb_question_list_free(&a);
    dvb_question_list_free(&b);
    dvb_question_list_free(&c);
    dvb_question_list_free(&d);
    free(other);
    free(reply);
}

static void keeps_to_the_limit(void **state)
{
    (void)state;
    char *reply = many(12);
    struct dvb_question_list list = parse(reply);
    assert_int_equal(list.n, 10);
    assert_int_equal(list.dropped[DVB_DROP_OVER_LIMIT], 2);
    dvb_question_list_free(&list);
    free(reply);
}

static void schema_is_strict(void **state)
{
    (void)state;
    json_t *s = dvb_questions_schema(10);
    const json_t *array = json_object_get(json_object_get(s, "properties"), "questions");
    const json_t *item = json_object_get(array, "items");
    assert_int_equal(dvb_json_get_num(array, "maxItems", 0), 10);
    assert_true(json_is_false(json_object_get(item, "additionalProperties")));
    assert_int_equal(json_array_size(json_object_get(item, "required")),
                     json_object_size(json_object_get(item, "properties")));
    json_decref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_clean_reply),
        cmocka_unit_test(salvages_fences_and_prose),
        cmocka_unit_test(says_when_there_is_no_list),
        cmocka_unit_test(drops_each_bad_question_alone),
        cmocka_unit_test(quoted_text_may_hold_any_word),
        cmocka_unit_test(phrases_are_whole_words),
        cmocka_unit_test(options_are_single_lines),
        cmocka_unit_test(takes_the_forms_that_models_write),
        cmocka_unit_test(option_text_wins_over_letter),
        cmocka_unit_test(every_letter_once_in_a_block),
        cmocka_unit_test(order_depends_on_seed_and_reply_only),
        cmocka_unit_test(keeps_to_the_limit),
        cmocka_unit_test(schema_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
