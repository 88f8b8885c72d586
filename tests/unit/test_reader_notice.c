/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Yes-or-no questions to the OCR baseline: what is asked after, and what the newest picture shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "reader/notice.h"

/* Two pages; frames 0 and 1 show the first, 2 and 3 the second. */
static struct dvb_reading *new_reading(const char *const words[2][3])
{
    struct dvb_reading *r = dvb_calloc(1, sizeof(*r));
    r->pages = dvb_calloc(2, sizeof(*r->pages));
    r->page_of = dvb_calloc(4, sizeof(*r->page_of));
    r->n_pages = 2;
    r->n_frames = 4;
    r->runs = 1;
    for (int p = 0; p < 2; p++) {
        r->pages[p] = (struct dvb_page){ .w = 640, .h = 360 };
        r->page_of[2 * p] = r->page_of[2 * p + 1] = p;
        int x = 10;
        for (int i = 0; i < 3 && words[p][i]; i++) {
            int w = 10 * (int)strlen(words[p][i]);
            dvb_page_add(&r->pages[p], words[p][i], 90, (struct dvb_box){ x, 10, x + w, 26 });
            x += w + 8;
        }
        dvb_page_arrange(&r->pages[p]);
    }
    return r;
}

static void check_sought(const char *prompt, const char *want)
{
    char *sought = dvb_notice_sought(prompt);
    if (want)
        assert_string_equal(sought, want);
    else
        assert_null(sought);
    free(sought);
}

static void test_sought(void **state)
{
    (void)state;
    check_sought("When the board shows \"AD\", output \"Break point\".\nNow? Answer yes or no.",
                 "AD");
    check_sought("Is 'OPEN' there? Yes or no?", "OPEN");
    check_sought("Is it there? Answer yes or no.", NULL);
    check_sought("When the board shows \"AD\", say so.", NULL);
    check_sought("", NULL);
}

static void test_seen(void **state)
{
    (void)state;
    static const char *const words[2][3] = { { "Library", "closed" }, { "Gate", "nineteen." } };
    struct dvb_reading *r = new_reading(words);
    assert_true(dvb_notice_seen("Gate nineteen", r));
    assert_true(dvb_notice_seen("nineteen", r));
    assert_false(dvb_notice_seen("Library", r)); /* shown before, not now */
    assert_false(dvb_notice_seen("nine", r));
    assert_false(dvb_notice_seen("Gate ninety", r));
    dvb_reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sought),
        cmocka_unit_test(test_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
