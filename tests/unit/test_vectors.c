/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/vectors.h"

#define ROOM (10 * 4 * sizeof(float)) /* ten of four numbers */

static void put(struct dvb_vectors *v, int what, size_t n)
{
    char hash[DVB_HASH_LEN + 1], text[16];
    float numbers[64];
    snprintf(text, sizeof(text), "%d", what);
    dvb_hash_of_str(text, hash);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (float)(100 * what + (int)i);
    dvb_vectors_put(v, hash, numbers, n);
}

/* How many numbers are remembered of it; they must be its own. */
static size_t got(struct dvb_vectors *v, int what)
{
    char hash[DVB_HASH_LEN + 1], text[16];
    size_t n;
    snprintf(text, sizeof(text), "%d", what);
    dvb_hash_of_str(text, hash);
    float *numbers = dvb_vectors_get(v, hash, &n);
    assert_int_equal(numbers != NULL, n > 0);
    for (size_t i = 0; numbers && i < n; i++)
        assert_float_equal(numbers[i], (float)(100 * what + (int)i), 0);
    free(numbers);
    return n;
}

static void the_longest_unused_make_room(void **state)
{
    (void)state;
    struct dvb_vectors *v = dvb_vectors_open(ROOM);
    assert_int_equal(got(v, 0), 0);
    for (int i = 0; i < 10; i++)
        put(v, i, 4);
    assert_int_equal(got(v, 0), 4); /* now the last used */
    put(v, 10, 4);
    assert_int_equal(got(v, 1), 0);
    assert_int_equal(got(v, 0), 4);
    put(v, 11, 12); /* three make room for it */
    for (int i = 2; i <= 4; i++)
        assert_int_equal(got(v, i), 0);
    assert_int_equal(got(v, 5), 4);
    assert_int_equal(got(v, 11), 12);
    dvb_vectors_close(&v);
    assert_null(v);
}

static void a_new_one_takes_the_old_one_s_place(void **state)
{
    (void)state;
    struct dvb_vectors *v = dvb_vectors_open(ROOM);
    for (int i = 0; i < 9; i++)
        put(v, i, 4);
    put(v, 3, 8); /* 4 more: there is room */
    assert_int_equal(got(v, 3), 8);
    assert_int_equal(got(v, 0), 4);
    put(v, 3, 2);
    assert_int_equal(got(v, 3), 2);
    dvb_vectors_close(&v);
}

static void what_is_too_large_is_not_kept(void **state)
{
    (void)state;
    struct dvb_vectors *v = dvb_vectors_open(ROOM);
    put(v, 1, 4);
    put(v, 2, 41);
    assert_int_equal(got(v, 2), 0);
    assert_int_equal(got(v, 1), 4);
    put(v, 2, 40); /* just fits */
    assert_int_equal(got(v, 2), 40);
    assert_int_equal(got(v, 1), 0);
    dvb_vectors_close(&v);
}

/* Many at once: what comes back is whole, whoever put it. */
static void from_many_threads(void **state)
{
    (void)state;
    struct dvb_vectors *v = dvb_vectors_open(ROOM);
    int wrong = 0;
#pragma omp parallel for reduction(+ : wrong) num_threads(4)
    for (int i = 0; i < 4000; i++) {
        put(v, i % 17, 4);
        size_t n = got(v, i * 7 % 17);
        wrong += n != 0 && n != 4;
    }
    assert_int_equal(wrong, 0);
    dvb_vectors_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_unused_make_room),
        cmocka_unit_test(a_new_one_takes_the_old_one_s_place),
        cmocka_unit_test(what_is_too_large_is_not_kept),
        cmocka_unit_test(from_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
