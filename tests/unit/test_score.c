/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A matrix of three cells, counted by hand. The statistics themselves are in test_stats.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "eval/score/score.h"

/* Cells: one model's original and 200k, another one's original. Eight questions about
   four videos, of two task types. */
static const struct dvb_score_cell cells[] = {
    { .name = "one original", .model = 0, .view = 0, .original = -1 },
    { .name = "one 200k", .model = 0, .view = 1, .original = 0 },
    { .name = "two original", .model = 1, .view = 0, .original = -1 },
};
static const int64_t clusters[8] = { 1, 1, 2, 2, 3, 3, 4, 4 };
static const int tasks[8] = { 0, 1, 0, 1, 0, 1, 0, 0 };

/* r right, w wrong, f refused, u unparsed, e error, x left out */
static const char *const outcomes[] = { "rrrrrrww", "rwfurewr", "rrrrxxwe" };

static struct dvb_score_item items[24];

static struct dvb_score_input input(enum dvb_pairs pairs)
{
    for (int i = 0; i < 24; i++) {
        char c = outcomes[i / 8][i % 8];
        items[i] = (struct dvb_score_item){ .value = c == 'r',
                                            .counts = c != 'e' && c != 'x',
                                            .refused = c == 'f',
                                            .unparsed = c == 'u',
                                            .error = c == 'e' };
    }
    struct dvb_score_input in = { .cells = cells,
                                  .n_cells = 3,
                                  .items = items,
                                  .clusters = clusters,
                                  .tasks = tasks,
                                  .n_questions = 8,
                                  .n_tasks = 2,
                                  .pairs = pairs };
    dvb_stats_settings_default(&in.stats);
    in.stats.rounds = 500;
    return in;
}

static void check_cell(const struct dvb_scored_cell *c, int cell, int task, size_t n, size_t right,
                       size_t refused, size_t unparsed, size_t errors)
{
    assert_int_equal(c->cell, cell);
    assert_int_equal(c->task, task);
    assert_int_equal(c->share.n, n);
    assert_int_equal(c->share.count, right);
    assert_int_equal(c->refused, refused);
    assert_int_equal(c->unparsed, unparsed);
    assert_int_equal(c->errors, errors);
}

static void test_cells(void **state)
{
    (void)state;
    struct dvb_score s;
    const struct dvb_score_input in = input(DVB_PAIRS_RELATED);
    assert_int_equal(dvb_score_make(&in, &s, NULL), 0);
    assert_int_equal(s.n_cells, 9);
    check_cell(&s.cells[0], 0, -1, 8, 6, 0, 0, 0);
    check_cell(&s.cells[1], 0, 0, 5, 3, 0, 0, 0);
    check_cell(&s.cells[2], 0, 1, 3, 3, 0, 0, 0);
    check_cell(&s.cells[3], 1, -1, 7, 3, 1, 1, 1);
    check_cell(&s.cells[4], 1, 0, 5, 3, 1, 0, 0);
    check_cell(&s.cells[5], 1, 1, 2, 0, 0, 1, 1);
    check_cell(&s.cells[6], 2, -1, 5, 4, 0, 0, 1);
    check_cell(&s.cells[7], 2, 0, 3, 2, 0, 0, 1);
    check_cell(&s.cells[8], 2, 1, 2, 2, 0, 0, 0);
    assert_true(fabs(s.cells[3].share.share - 3.0 / 7) < 1e-12);
    assert_int_equal(s.cells[3].share.clusters, 4);
    assert_int_equal(s.cells[6].share.clusters, 3);
    dvb_score_release(&s);
}

/* Of the seven that both cells answered: questions 2, 3 and 4 are lost. */
static void test_losses(void **state)
{
    (void)state;
    struct dvb_score s;
    const struct dvb_score_input in = input(DVB_PAIRS_NONE);
    assert_int_equal(dvb_score_make(&in, &s, NULL), 0);
    assert_int_equal(s.n_losses, 3);
    static const struct {
        int task;
        size_t n, lost;
    } rows[] = { { -1, 7, 3 }, { 0, 5, 1 }, { 1, 2, 2 } };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(s.losses[i].cell, 1);
        assert_int_equal(s.losses[i].task, rows[i].task);
        assert_int_equal(s.losses[i].share.n, rows[i].n);
        assert_int_equal(s.losses[i].share.count, rows[i].lost);
    }
    assert_int_equal(s.n_pairs, 0);
    dvb_score_release(&s);
}

static void test_pairs(void **state)
{
    (void)state;
    struct dvb_score s;
    struct dvb_score_input in = input(DVB_PAIRS_RELATED);
    assert_int_equal(dvb_score_make(&in, &s, NULL), 0);
    assert_int_equal(s.n_pairs, 2); /* same model; same view */
    assert_int_equal(s.pairs[0].a, 0);
    assert_int_equal(s.pairs[0].b, 1);
    assert_int_equal(s.pairs[1].a, 0);
    assert_int_equal(s.pairs[1].b, 2);
    assert_int_equal(s.pairs[0].s.n, 7);
    assert_int_equal(s.pairs[0].s.only_a_right, 3);
    assert_int_equal(s.pairs[0].s.only_b_right, 1);
    assert_int_equal(s.pairs[1].s.n, 5);
    assert_true(fabs(s.pairs[1].s.diff) < 1e-12);
    double least = fmin(s.pairs[0].s.bootstrap_p, s.pairs[1].s.bootstrap_p);
    assert_true(fabs(fmin(s.pairs[0].holm_p, s.pairs[1].holm_p) - fmin(1, 2 * least)) < 1e-12);
    dvb_score_release(&s);
    in.pairs = DVB_PAIRS_ALL;
    assert_int_equal(dvb_score_make(&in, &s, NULL), 0);
    assert_int_equal(s.n_pairs, 3);
    dvb_score_release(&s);
}

/* A cell in which nothing came back is there, and counts in no family. */
static void test_empty_cell(void **state)
{
    (void)state;
    struct dvb_score s;
    const struct dvb_score_input in = input(DVB_PAIRS_RELATED);
    for (int i = 16; i < 24; i++)
        items[i] = (struct dvb_score_item){ .error = true };
    assert_int_equal(dvb_score_make(&in, &s, NULL), 0);
    check_cell(&s.cells[6], 2, -1, 0, 0, 0, 0, 8);
    assert_true(isnan(s.cells[6].share.share));
    assert_true(isnan(s.pairs[1].holm_p));
    assert_true(fabs(s.pairs[0].holm_p - s.pairs[0].s.bootstrap_p) < 1e-12);
    dvb_score_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_empty_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
