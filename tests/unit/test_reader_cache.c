/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings kept between requests. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "reader/cache.h"

static struct dvb_reading *reading(int frames)
{
    struct dvb_reading *r = dvb_calloc(1, sizeof(*r));
    r->n_frames = frames;
    r->page_of = dvb_calloc((size_t)frames, sizeof(int));
    return r;
}

/* Take the key; make the reading when it is this caller's turn. True if it was made now. */
static bool use(struct dvb_cache *c, const char *key, int frames)
{
    struct dvb_cache_entry *e;
    const struct dvb_reading *r;
    bool made = dvb_cache_get(c, key, &e) == DVB_CACHE_MINE;
    if (made)
        dvb_cache_put(c, e, reading(frames), NULL);
    assert_int_equal(dvb_cache_wait(c, e, &r, NULL), 0);
    assert_int_equal(r->n_frames, frames);
    dvb_cache_release(c, &e);
    assert_null(e);
    return made;
}

static void test_kept(void **state)
{
    (void)state;
    struct dvb_cache *c = dvb_cache_open(1 << 20);
    assert_true(use(c, "a", 3));
    assert_false(use(c, "a", 3));
    assert_true(use(c, "b", 4));
    assert_false(use(c, "a", 3));
    dvb_cache_close(&c);
    assert_null(c);
}

/* Room for two of these: the least recently used goes. */
static void test_bounded(void **state)
{
    (void)state;
    struct dvb_cache *c = dvb_cache_open(250000);
    assert_true(use(c, "a", 25000));
    assert_true(use(c, "b", 25000));
    assert_false(use(c, "a", 25000));
    assert_true(use(c, "c", 25000));
    assert_false(use(c, "a", 25000));
    assert_true(use(c, "b", 25000));
    dvb_cache_close(&c);
}

struct waiter {
    struct dvb_cache *cache;
    struct dvb_cache_entry *entry;
    int ret;
    struct dvb_err err;
};

static void *wait_for_it(void *p)
{
    struct waiter *w = p;
    const struct dvb_reading *r;
    w->ret = dvb_cache_wait(w->cache, w->entry, &r, &w->err);
    return NULL;
}

static void run(bool fails)
{
    struct dvb_cache *c = dvb_cache_open(1 << 20);
    struct dvb_cache_entry *mine, *again;
    struct waiter w = { .cache = c };
    assert_int_equal(dvb_cache_get(c, "k", &mine), DVB_CACHE_MINE);
    assert_int_equal(dvb_cache_get(c, "k", &w.entry), DVB_CACHE_BUSY);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &w), 0);
    const struct dvb_err failure = { DVB_FAULT_SERVICE, ECANCELED, "stopped" };
    dvb_cache_put(c, mine, fails ? NULL : reading(1), &failure);
    pthread_join(thread, NULL);
    assert_int_equal(w.ret, fails ? -ECANCELED : 0);
    if (fails)
        assert_string_equal(w.err.msg, "stopped");
    /* A failure is not kept: the next one tries anew. */
    assert_int_equal(dvb_cache_get(c, "k", &again), fails ? DVB_CACHE_MINE : DVB_CACHE_READY);
    if (fails)
        dvb_cache_put(c, again, reading(1), NULL);
    dvb_cache_release(c, &again);
    dvb_cache_release(c, &mine);
    dvb_cache_release(c, &w.entry);
    dvb_cache_close(&c);
}

static void test_others_wait(void **state)
{
    (void)state;
    run(false);
    run(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_others_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
