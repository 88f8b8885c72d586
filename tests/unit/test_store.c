/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store as a file: opening, transactions, threads, kills. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "tests/unit/store_world.h"

/* Transactions and threads. */

static void test_transactions(void **state)
{
    struct world *w = *state;
    OK(dvb_store_begin(w->s, &err));
    put_question(w, 0, "Kept?");
    FAILS(dvb_store_begin(w->s, &err), DVB_FAULT_INTERNAL, "transaction in a transaction");
    OK(dvb_store_end(w->s, true, &err));
    OK(dvb_store_begin(w->s, &err));
    put_question(w, 1, "Dropped?");
    OK(dvb_store_end(w->s, false, &err));
    assert_int_equal(count(w->s, "SELECT count(*) FROM question"), 1);
}

struct hammer {
    struct world *w;
    int thread, failures;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    struct dvb_err e;
    for (int i = 0; i < 60; i++) {
        char hash[65];
        int64_t id;
        snprintf(hash, sizeof(hash), "%064d", i); /* both threads want the same rows */
        struct dvb_call c = a_call(h->w, DVB_CALL_ERROR, "busy"), got;
        c.request_hash = hash;
        h->failures += dvb_store_begin(h->w->s, &e) != 0;
        h->failures += dvb_store_put_call(h->w->s, &c, &id, &e) != 0;
        h->failures += dvb_store_find_call(h->w->s, hash, &got, &e) != 1;
        h->failures += got.id != id;
        dvb_call_release(&got);
        h->failures += dvb_store_end(h->w->s, i % 10 != 9, &e) != 0; /* some are rolled back */
        c.request_hash = h->thread ? T("one") : T("two");
        h->failures += dvb_store_put_call(h->w->s, &c, &id, &e) != 0;
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct world *w = *state;
    struct hammer h[2] = { { w, 0, 0 }, { w, 1, 0 } };
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&t[i], NULL, hammer, &h[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(h[0].failures + h[1].failures, 0);
    assert_int_equal(count(w->s, "SELECT count(*) FROM call"), 54 + 2);
    /* Every put that was committed counts: 2 attempts each. */
    assert_int_equal(count(w->s, "SELECT sum(attempts) FROM call"), 2 * 2 * (54 + 60));
}

static void test_disk_full(void **state)
{
    struct world *w = *state;
    char sql[64];
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld",
             (long long)count(w->s, "PRAGMA page_count"));
    sqlite3_exec(w->s->db, sql, NULL, NULL, NULL);
    static char big[300000];
    memset(big, 'x', sizeof(big) - 1);
    int64_t id;
    FAILS(dvb_store_put_prompt(w->s, "big", big, &id, &err), DVB_FAULT_INTERNAL, "t.db: disk full");
    assert_int_equal(err.code, ENOSPC);
    /* Inside a transaction: what was put before is rolled back, said so, and
       the store goes on working. */
    OK(dvb_store_begin(w->s, &err));
    put_question(w, 0, "Which?");
    FAILS(dvb_store_put_prompt(w->s, "big", big, &id, &err), DVB_FAULT_INTERNAL, "disk full");
    (void)dvb_store_end(w->s, false, &err);
    assert_int_equal(count(w->s, "SELECT count(*) FROM question"), 0);
    sqlite3_exec(w->s->db, "PRAGMA max_page_count=100000", NULL, NULL, NULL);
    OK(dvb_store_put_prompt(w->s, "big", big, &id, &err));
}

/* Opening. */

static void test_open_refuses(void **state)
{
    (void)state;
    struct dvb_store *s;
    FAILS(dvb_store_open("none.db", 0, &s, &err), DVB_FAULT_INPUT, "none.db: No such file");
    assert_null(s);
    FAILS(dvb_store_open("none.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT, "none.db");
    assert_false(dvb_is_file("none.db"));
    FAILS(dvb_store_open(".", DVB_STORE_CREATE, &s, &err), DVB_FAULT_INPUT, "a folder");
    static const char text[] = "This is a text file, and long enough to hold a database header: "
                               "one hundred bytes are needed for that, no less.\n";
    OK(dvb_write_file("text.db", text, sizeof(text), &err));
    for (unsigned flags = 0; flags < 3; flags++)
        FAILS(dvb_store_open("text.db", flags, &s, &err), DVB_FAULT_INPUT,
              "text.db: not a devibench store");
    OK(dvb_write_file("empty.db", "", 0, &err));
    FAILS(dvb_store_open("empty.db", 0, &s, &err), DVB_FAULT_INPUT, "empty.db: an empty file");
    FAILS(dvb_store_open("empty.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT, "empty file");
    OK(dvb_store_open("empty.db", DVB_STORE_CREATE, &s, &err));
    dvb_store_close(&s);
}

static void alter(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_open_checks_version(void **state)
{
    (void)state;
    struct dvb_store *s;
    remove_store("v.db");
    alter("v.db", "CREATE TABLE mine (x)");
    FAILS(dvb_store_open("v.db", DVB_STORE_CREATE, &s, &err), DVB_FAULT_INPUT,
          "v.db: a database, but not a devibench store");
    remove_store("v.db");
    OK(dvb_store_open("v.db", DVB_STORE_CREATE, &s, &err));
    assert_int_equal(count(s, "PRAGMA user_version"), 5);
    assert_int_equal(count(s, "PRAGMA application_id"), 0x44764221);
    assert_int_equal(count(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(count(s, "PRAGMA synchronous"), 2);
    assert_int_equal(count(s, "SELECT count(*) FROM pragma_table_list"
                              " WHERE type = 'table' AND schema = 'main' AND NOT strict"
                              " AND name NOT LIKE 'sqlite_%'"),
                     0);
    dvb_store_close(&s);
    OK(dvb_store_open("v.db", 0, &s, &err));
    dvb_store_close(&s);
    alter("v.db", "PRAGMA user_version=7");
    for (unsigned flags = 0; flags < 3; flags++)
        FAILS(dvb_store_open("v.db", flags, &s, &err), DVB_FAULT_INPUT,
              "v.db: made by a newer devibench (store version 7; this one knows up to 5)");
    remove_store("v.db");
}

static void test_truncated(void **state)
{
    struct world *w = *state;
    int64_t root = count(w->s, "SELECT rootpage FROM sqlite_schema WHERE name = 'model'");
    dvb_store_close(&w->s); /* puts all into t.db */
    char *data, *name;
    size_t len;
    OK(dvb_read_file("t.db", (size_t)1 << 24, &data, &len, &err));
    struct dvb_store *s;
    static const size_t parts[] = { 1, 5, 9 };
    for (size_t i = 0; i < 3; i++) {
        OK(dvb_write_file("cut.db", data, len * parts[i] / 10, &err));
        FAILS(dvb_store_open("cut.db", 0, &s, &err), DVB_FAULT_INPUT, "cut.db: ");
        FAILS(dvb_store_open("cut.db", DVB_STORE_READONLY, &s, &err), DVB_FAULT_INPUT, "cut.db: ");
    }
    /* A damaged page is named when it is read. */
    memset(data + (root - 1) * 4096, 0x5a, 4096);
    OK(dvb_write_file("cut.db", data, len, &err));
    free(data);
    OK(dvb_store_open("cut.db", 0, &s, &err));
    FAILS(dvb_store_get_model(s, 1, &name, NULL, &err), DVB_FAULT_INPUT,
          "cut.db: damaged database");
    dvb_store_close(&s);
    remove_store("cut.db");
}

static void test_readonly(void **state)
{
    struct world *w = *state;
    struct dvb_store *r;
    OK(dvb_store_open("t.db", DVB_STORE_READONLY, &r, &err));
    struct dvb_video v;
    OK(dvb_store_get_video(r, w->video, &v, &err));
    dvb_video_release(&v);
    int64_t id;
    FAILS(dvb_store_put_model(r, "m", "{}", &id, &err), DVB_FAULT_INPUT, "t.db: cannot be written");
    /* The writer has a transaction open: readers see the state before it. */
    OK(dvb_store_begin(w->s, &err));
    int64_t q = put_question(w, 0, "Which?");
    assert_int_equal(count(r, "SELECT count(*) FROM question"), 0);
    OK(dvb_store_end(w->s, true, &err));
    assert_int_equal(count(r, "SELECT count(*) FROM question"), 1);
    assert_int_equal(count(r, "SELECT id FROM question"), q);
    dvb_store_close(&r);
    dvb_store_close(&w->s);
    OK(dvb_store_open("t.db", DVB_STORE_READONLY, &r, &err)); /* and with no writer there */
    assert_int_equal(count(r, "SELECT count(*) FROM question"), 1);
    dvb_store_close(&r);
}

/* A workspace on a read-only medium. As root, permissions must be given up to test it. */
static void test_readonly_folder(void **state)
{
    struct world *w = *state;
    dvb_store_close(&w->s);
    char *data, dir[] = "/tmp/devibench-ro-XXXXXX";
    size_t len;
    struct dvb_store *r = NULL;
    OK(dvb_read_file("t.db", (size_t)1 << 24, &data, &len, &err));
    assert_non_null(mkdtemp(dir));
    char *path = dvb_asprintf("%s/odd #?%%20 name.db", dir);
    OK(dvb_write_file(path, data, len, &err));
    free(data);
    chmod(path, 0444);
    chmod(dir, 0555);
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(seteuid(65534), 0);
    int ret = dvb_store_open(path, DVB_STORE_READONLY, &r, &err);
    int64_t models = ret ? 0 : count(r, "SELECT count(*) FROM model");
    dvb_store_close(&r);
    if (root)
        assert_int_equal(seteuid(0), 0);
    chmod(dir, 0755);
    OK(dvb_remove_tree(dir, &(struct dvb_err){ 0 }));
    free(path);
    if (ret)
        fail_msg("%s", err.msg);
    assert_int_equal(models, 2);
}

/* Killed at any moment: every call whose put had returned is there afterwards. */
static void test_kill(void **state)
{
    struct world *w = *state;
    dvb_store_close(&w->s);
    for (int round = 0; round < 5; round++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            struct dvb_store *s;
            if (dvb_store_open("t.db", 0, &s, NULL))
                _exit(1);
            for (int i = 0; i < 100000; i++) {
                char hash[65];
                int64_t id;
                snprintf(hash, sizeof(hash), "%d-%060d", round, i);
                struct dvb_call c = a_call(w, DVB_CALL_OK, "B");
                c.request_hash = hash;
                if (dvb_store_put_call(s, &c, &id, NULL) || write(fds[1], &i, sizeof(i)) < 0)
                    _exit(1);
            }
            _exit(0);
        }
        close(fds[1]);
        int last = -1, i;
        while (read(fds[0], &i, sizeof(i)) == sizeof(i)) {
            last = i;
            if (i == 3 + 7 * round)
                kill(child, SIGKILL);
        }
        close(fds[0]);
        waitpid(child, NULL, 0);
        assert_true(last >= 3 + 7 * round);
        struct dvb_store *s;
        /* A reader that comes first finds the log of the dead writer. */
        OK(dvb_store_open("t.db", round % 2 ? 0 : DVB_STORE_READONLY, &s, &err));
        for (i = 0; i <= last; i++) {
            char hash[65];
            struct dvb_call c;
            snprintf(hash, sizeof(hash), "%d-%060d", round, i);
            assert_int_equal(dvb_store_find_call(s, hash, &c, &err), 1);
            dvb_call_release(&c);
        }
        dvb_store_close(&s);
    }
}

int main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_transactions),
        WITH_STORE(test_two_threads),
        WITH_STORE(test_disk_full),
        cmocka_unit_test(test_open_refuses),
        cmocka_unit_test(test_open_checks_version),
        WITH_STORE(test_truncated),
        WITH_STORE(test_readonly),
        WITH_STORE(test_readonly_folder),
        WITH_STORE(test_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
