/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the StreamingBench protocol that need no workspace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eval/protocol/streaming.h"

static void check_clip(int64_t asked, int64_t context, int64_t start, int64_t length)
{
    int64_t s, l;
    dvb_stream_clip(asked, context, &s, &l);
    assert_int_equal(s, start);
    assert_int_equal(l, length);
}

static void test_clip(void **state)
{
    (void)state;
    check_clip(90000, 60000, 30000, 60000);
    check_clip(60000, 60000, 0, 60000);
    check_clip(31000, 60000, 0, 31000);
    check_clip(90000, 0, 0, 90000);
    check_clip(90500, 1000, 89500, 1000);
    check_clip(400, 60000, 0, 1000);
    check_clip(0, 0, 0, 1000);
}

static void test_first_character(void **state)
{
    (void)state;
    assert_int_equal(dvb_first_character("B", 1), 1);
    assert_int_equal(dvb_first_character("B. 36", 1), 1);
    assert_int_equal(dvb_first_character("Because of the sign, A.", 1), 1);
    assert_int_equal(dvb_first_character("b", 1), 0);
    assert_int_equal(dvb_first_character("(B)", 1), 0);
    assert_int_equal(dvb_first_character(" B", 1), 0);
    assert_int_equal(dvb_first_character("The answer is B.", 1), 0);
    assert_int_equal(dvb_first_character("", 1), -1);
}

static void test_groups(void **state)
{
    (void)state;
    static const char *const real[] = { "Object Recognition",
                                        "Action Recognition",
                                        "Text-Rich Understanding",
                                        "Clips Summarize",
                                        "Attribute Recognition",
                                        "Spatial Understanding",
                                        "Counting",
                                        "Event Understanding",
                                        "Causal Reasoning",
                                        "Prospective Reasoning" };
    for (size_t i = 0; i < sizeof(real) / sizeof(*real); i++)
        assert_string_equal(dvb_stream_groups[dvb_stream_group(real[i])],
                            "Real-Time Visual Understanding");
    assert_string_equal(dvb_stream_groups[dvb_stream_group("Emotion Recognition")],
                        "Omni-Source Understanding");
    assert_string_equal(dvb_stream_groups[dvb_stream_group("Sequential Question Answering")],
                        "Contextual Understanding");
    assert_string_equal(dvb_stream_groups[dvb_stream_group("proactive  output")],
                        "Contextual Understanding");
    assert_string_equal(dvb_stream_groups[dvb_stream_group("Juggling")], "(other)");
    assert_string_equal(dvb_stream_groups[dvb_stream_group("")], "(other)");
}

static void test_notice(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        int ours;
        bool published;
    } rows[] = {
        { "yes", 1, true },
        { "Yes.", 1, true },
        { "**Yes**", 1, true },
        { "YES!", 1, true },
        { "Yes, the scoreboard shows it now.", 1, true },
        { "The score has changed. Answer: yes", 1, true },
        { "<think>No, wait: it changed.</think>\nYes", 1, true },
        { "{\"answer\": \"yes\"}", 1, true },
        { "no", 0, false },
        { "No.", 0, false },
        { "No, not at this moment.", 0, false },
        { "<think>Is it yes? Not so.</think>\nNo", 0, true },
        { "No, not yes yet", 0, true },
        { "Her eyes are closed.", DVB_ANSWER_UNPARSED, true },
        { "Nobody has scored.", DVB_ANSWER_UNPARSED, false },
        { "I cannot tell from the video.", DVB_ANSWER_REFUSED, false },
        { "Hm.", DVB_ANSWER_UNPARSED, false },
        { "", DVB_ANSWER_UNPARSED, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (dvb_notice_read(rows[i].reply) != rows[i].ours ||
            dvb_notice_published(rows[i].reply) != rows[i].published)
            fail_msg("'%s': %d, %d", rows[i].reply, dvb_notice_read(rows[i].reply),
                     dvb_notice_published(rows[i].reply));
    }
}

static void test_output(void **state)
{
    (void)state;
    assert_true(dvb_output_holds("Break point", "Break point"));
    assert_true(dvb_output_holds("**break  point!**", "\"Break point\"."));
    assert_true(dvb_output_holds("It says: 40 - 40.", "40 - 40"));
    assert_false(dvb_output_holds("Break", "Break point"));
    assert_false(dvb_output_holds("", "Break point"));
    assert_false(dvb_output_holds("anything", ""));
    assert_false(dvb_output_holds("anything", "..."));
}

static void test_links(void **state)
{
    (void)state;
    char one[] = "a#1", two[] = "a#2";
    struct dvb_run_question q[6] = { 0 };
    q[0].q = (struct dvb_question){ .series = one, .series_index = 1 };
    q[2].q = (struct dvb_question){ .series = one, .series_index = 0 };
    q[3].q = (struct dvb_question){ .series = two, .series_index = 1 };
    q[4].q = (struct dvb_question){ .series = one, .series_index = 4 };
    q[5].q = (struct dvb_question){ .series = two, .series_index = 0 };
    size_t *before = dvb_series_links(q, 6);
    static const size_t want[] = { 2, 6, 6, 5, 0, 6 };
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(before[i], want[i]);
    free(before);
    free(dvb_series_links(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clip),   cmocka_unit_test(test_first_character),
        cmocka_unit_test(test_groups), cmocka_unit_test(test_notice),
        cmocka_unit_test(test_output), cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
