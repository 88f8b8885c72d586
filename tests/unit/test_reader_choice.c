/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the OCR baseline picks an option: from words alone, no picture needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "reader/choice.h"
#include "reader/match.h"
#include "reader/place.h"

/* A reading of one frame of 640x360. */
static struct dvb_reading *new_reading(void)
{
    struct dvb_reading *r = dvb_calloc(1, sizeof(*r));
    r->pages = dvb_calloc(1, sizeof(*r->pages));
    r->pages[0] = (struct dvb_page){ .w = 640, .h = 360 };
    r->page_of = dvb_calloc(1, sizeof(*r->page_of));
    r->n_pages = 1;
    r->n_frames = r->runs = 1;
    return r;
}

/* Words of a line, ten pixels per letter, from (x, y). */
static void add_line(struct dvb_reading *r, int x, int y, const char *line, float conf, int agree)
{
    char *copy = dvb_strdup(line), *rest = copy, *word;
    while ((word = strtok_r(rest, " ", &rest))) {
        int w = 10 * (int)strlen(word);
        struct dvb_box box = { x, y, x + w, y + 16 };
        dvb_page_add(&r->pages[0], word, conf, box)->agree = agree;
        x += w + 8;
    }
    free(copy);
    dvb_page_arrange(&r->pages[0]);
}

static int ask(const struct dvb_reading *r, const char *prompt)
{
    struct dvb_choice c;
    assert_true(dvb_choice_parse(prompt, &c));
    int best = dvb_choice_answer(&c, r);
    dvb_choice_release(&c);
    return best;
}

static void test_parse(void **state)
{
    (void)state;
    struct dvb_choice c;
    assert_true(dvb_choice_parse("Pick one.\nWhich word follows \"All of\" here?\n"
                                 "A) one\r\nB)  two words \n\nC) three\nD) it's\nAnswer now.",
                                 &c));
    assert_int_equal(c.n, 4);
    assert_string_equal(c.options[0], "one");
    assert_string_equal(c.options[1], "two words");
    assert_string_equal(c.options[3], "it's");
    assert_string_equal(c.question, "Which word follows \"All of\" here?");
    assert_int_equal(c.n_quotes, 1);
    assert_string_equal(c.quotes[0], "All of");
    dvb_choice_release(&c);
    static const char *const forms[] = { "A. x\nB. y", "(A) x\n(B) y", "A: x\nB: y",
                                         " A) x\n B) y" };
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        assert_true(dvb_choice_parse(forms[i], &c));
        assert_int_equal(c.n, 2);
        assert_string_equal(c.options[1], "y");
        dvb_choice_release(&c);
    }
    static const char *const none[] = { "",           "no options",   "A) only one",
                                        "B) x\nC) y", "A car\nB car", "A)x\nB)y" };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        assert_false(dvb_choice_parse(none[i], &c));
    /* The last list counts. */
    assert_true(dvb_choice_parse("A) a\nB) b\nthen\nA) c\nB) d\nC) e", &c));
    assert_int_equal(c.n, 3);
    assert_string_equal(c.options[0], "c");
    dvb_choice_release(&c);
}

static void test_exact_wins(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "Rotation: Normal", 90, 2);
    add_line(r, 20, 60, "Detect Displays", 88, 2);
    assert_int_equal(ask(r, "?\nA) Norma1\nB) Normal\nC) Formal\nD) Nornal"), 1);
    assert_int_equal(ask(r, "?\nA) detect displays\nB) Defect Displays"), 0);
    assert_int_equal(ask(r, "?\nA) Rotatien\nB) Rotation\nC) Rotations"), 1); /* colon aside */
    dvb_reading_free(&r);
}

/* "Norrnal" is as near to one option as to another: nobody can tell. */
static void test_equally_near(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "Nornal", 80, 1);
    assert_int_equal(ask(r, "?\nA) Normal\nB) Nortal\nC) Garden"), -1);
    assert_int_equal(ask(r, "?\nA) Normal\nB) Garden\nC) Window"), 0); /* clearly the nearest */
    dvb_reading_free(&r);
}

static void test_nothing_near(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    assert_int_equal(ask(r, "?\nA) Normal\nB) Garden"), -1);
    add_line(r, 20, 20, "unrelated", 95, 2);
    assert_int_equal(ask(r, "?\nA) Normal\nB) Garden"), -1);
    assert_int_equal(ask(NULL, "?\nA) Normal\nB) Garden"), -1);
    dvb_reading_free(&r);
}

static void test_numbers_need_every_digit(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "1024 x 768 (4:3)", 90, 2);
    assert_int_equal(ask(r, "?\nA) 1024 x 768 (4:3)\nB) 1024 x 788 (4:3)"), 0);
    assert_int_equal(ask(r, "?\nA) 1025\nB) 7777"), -1); /* near is not enough */
    dvb_reading_free(&r);
}

/* Two options are on screen: the question's words decide, or nothing does. */
static void test_context(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "Rotation: Normal", 90, 2);
    add_line(r, 20, 200, "Resolution: High", 90, 2);
    assert_int_equal(ask(r, "Which is shown?\nA) Normal\nB) High"), -1);
    assert_int_equal(ask(r, "What stands next to \"Rotation:\"?\nA) Normal\nB) High"), 0);
    assert_int_equal(ask(r, "What stands next to 'Resolution'?\nA) Normal\nB) High"), 1);
    assert_int_equal(ask(r, "Which is in the upper left?\nA) Normal\nB) High"), 0);
    dvb_reading_free(&r);
}

static void test_doubtful_reading(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "Normal", 30, 1);
    assert_int_equal(ask(r, "?\nA) Normal\nB) Garden"), -1);
    dvb_reading_free(&r);
}

static void test_where(void **state)
{
    (void)state;
    static const char prompt[] =
        "In which part of the picture is the text \"Lost property\" shown?\n"
        "A) Upper left\nB) Upper right\nC) Lower left\nD) Lower right";
    struct dvb_reading *r = new_reading();
    assert_int_equal(ask(r, prompt), -1);
    add_line(r, 420, 300, "Lost property", 90, 2);
    assert_int_equal(ask(r, prompt), 3);
    add_line(r, 20, 10, "Lost property", 90, 2); /* now in two places */
    assert_int_equal(ask(r, prompt), -1);
    dvb_reading_free(&r);
}

static void test_places(void **state)
{
    (void)state;
    struct dvb_place p;
    assert_true(dvb_place_only("In the lower right corner of the screen", &p));
    assert_int_equal(p.col, 2);
    assert_int_equal(p.row, 2);
    assert_true(dvb_place_only("top-left", &p));
    assert_int_equal(p.col, 0);
    assert_int_equal(p.row, 0);
    assert_true(dvb_place_only("at the bottom", &p));
    assert_int_equal(p.col, DVB_PLACE_ANY);
    assert_true(dvb_place_only("top center", &p));
    assert_int_equal(p.col, 1);
    assert_int_equal(p.row, 0);
    assert_false(dvb_place_only("Right turn only", &p));
    assert_false(dvb_place_only("Laptop", &p));
    assert_false(dvb_place_in_text("the words", &p));
}

/* Words that Tesseract joined or split are still found. */
static void test_word_division(void **state)
{
    (void)state;
    struct dvb_reading *r = new_reading();
    add_line(r, 20, 20, "DetectDisplays", 90, 2);
    add_line(r, 20, 60, "Anto polski", 90, 2);
    assert_int_equal(ask(r, "?\nA) Detect Displays\nB) Detect Network"), 0);
    assert_int_equal(ask(r, "?\nA) Antopolska\nB) Antopolski"), 1);
    dvb_reading_free(&r);
}

static double sure(const struct dvb_reading *r, const char *prompt)
{
    struct dvb_choice c;
    assert_true(dvb_choice_parse(prompt, &c));
    double sure = dvb_choice_look(&c, r).sure;
    assert_true(sure >= 0 && sure <= 1);
    dvb_choice_release(&c);
    return sure;
}

static bool near(double a, double b)
{
    return a > b - 0.005 && a < b + 0.005;
}

/* The match of the chosen option; the lead where there is none; nothing read, nothing sure. */
static void test_confidence(void **state)
{
    (void)state;
    static const char prompt[] = "?\nA) Garden\nB) Normal";
    assert_true(sure(NULL, prompt) == 0);
    struct dvb_reading *r = new_reading();
    assert_true(sure(r, prompt) == 0);
    add_line(r, 20, 20, "unrelated", 95, 2);
    assert_true(sure(r, prompt) == 0);
    add_line(r, 20, 60, "Normal", 30, 1); /* too doubtful to choose */
    assert_true(ask(r, prompt) == -1 && near(sure(r, prompt), 0.3));
    dvb_reading_free(&r);
    r = new_reading();
    add_line(r, 20, 100, "Normal", 93, 2);
    assert_true(ask(r, prompt) == 1 && near(sure(r, prompt), 0.93));
    add_line(r, 20, 140, "Garden", 90, 2); /* both are there */
    assert_true(ask(r, prompt) == -1 && near(sure(r, prompt), 0.03));
    dvb_reading_free(&r);
    r = new_reading();
    add_line(r, 20, 20, "Nornal", 90, 2); /* misread: likeness counts */
    assert_int_equal(ask(r, prompt), 1);
    assert_true(sure(r, prompt) > 0.5 && sure(r, prompt) < 0.85);
    dvb_reading_free(&r);
    static const char where[] = "Where is the text \"Lost property\"?\n"
                                "A) Upper left\nB) Lower right";
    r = new_reading();
    assert_true(sure(r, where) == 0);
    add_line(r, 420, 300, "Lost property", 90, 2);
    assert_true(ask(r, where) == 1 && near(sure(r, where), 0.9));
    add_line(r, 20, 10, "Lost property", 90, 2); /* now in two places */
    assert_true(ask(r, where) == -1 && near(sure(r, where), 0));
    dvb_reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_exact_wins),
        cmocka_unit_test(test_equally_near),
        cmocka_unit_test(test_nothing_near),
        cmocka_unit_test(test_numbers_need_every_digit),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_doubtful_reading),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_word_division),
        cmocka_unit_test(test_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
