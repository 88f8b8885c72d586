/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "workspace/workspace.h"

static struct dvb_err err;

static void test_makes(void **state)
{
    (void)state;
    struct dvb_workspace *ws;
    assert_int_equal(dvb_workspace_open("deep/er/ws", &ws, &err), 0);
    assert_true(dvb_is_file("deep/er/ws/devibench.db"));
    assert_true(dvb_is_dir("deep/er/ws/renditions"));
    assert_string_equal(ws->dir, "deep/er/ws");
    assert_true(ws->lock_fd >= 0);
    int64_t id;
    assert_int_equal(dvb_store_put_model(ws->store, "m", "{}", &id, &err), 0);
    dvb_workspace_close(&ws);
    assert_null(ws);
    assert_int_equal(dvb_workspace_open("deep/er/ws", &ws, &err), 0); /* and again */
    dvb_workspace_close(&ws);
    dvb_workspace_close(&ws);
}

/* In a child process: fcntl locks do not shut out their own process. Exits
   with 0 when fn succeeds, else prints the message. */
static void in_child(int (*fn)(const char *, struct dvb_workspace **, struct dvb_err *),
                     const char *dir, int *status, char *msg, size_t size)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        struct dvb_workspace *ws;
        struct dvb_err e = { 0 };
        int ret = fn(dir, &ws, &e);
        if (write(fds[1], e.msg, strlen(e.msg)) < 0)
            _exit(99);
        dvb_workspace_close(&ws);
        _exit(ret ? (int)e.fault : 0);
    }
    close(fds[1]);
    size_t len = 0;
    for (ssize_t n; (n = read(fds[0], msg + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    msg[len] = '\0';
    close(fds[0]);
    waitpid(child, status, 0);
}

static void test_one_writer(void **state)
{
    (void)state;
    struct dvb_workspace *ws;
    char msg[1024], pid[32];
    int status;
    assert_int_equal(dvb_workspace_open("ws", &ws, &err), 0);
    in_child(dvb_workspace_open, "ws", &status, msg, sizeof(msg));
    assert_int_equal(WEXITSTATUS(status), DVB_FAULT_INPUT);
    assert_non_null(strstr(msg, "workspace ws is in use by process"));
    snprintf(pid, sizeof(pid), " %ld,", (long)getpid());
    assert_non_null(strstr(msg, pid));
    /* Readers are welcome. */
    in_child(dvb_workspace_open_readonly, "ws", &status, msg, sizeof(msg));
    assert_string_equal(msg, "");
    assert_int_equal(WEXITSTATUS(status), 0);
    dvb_workspace_close(&ws);
    in_child(dvb_workspace_open, "ws", &status, msg, sizeof(msg));
    assert_string_equal(msg, "");
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_missing(void **state)
{
    (void)state;
    struct dvb_workspace *ws;
    assert_int_equal(dvb_workspace_open_readonly("nowhere", &ws, &err), -ENOENT);
    assert_null(ws);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_string_equal(err.msg, "no workspace at nowhere: no such folder; run 'devibench build "
                                 "--workspace nowhere' first");
    assert_false(dvb_is_dir("nowhere"));
    assert_int_equal(dvb_mkdirs("bare", &err), 0);
    assert_int_equal(dvb_workspace_open_readonly("bare", &ws, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "no workspace at bare: there is no devibench.db in it"));
    assert_int_equal(dvb_write_file("file", "x", 1, &err), 0);
    assert_true(dvb_workspace_open("file", &ws, &err) < 0);
    assert_null(ws);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "file"));
}

/* The store goes where the folder goes. */
static void test_moves(void **state)
{
    (void)state;
    struct dvb_workspace *ws;
    int64_t id;
    char *name;
    assert_int_equal(dvb_workspace_open("before", &ws, &err), 0);
    assert_int_equal(dvb_store_put_model(ws->store, "m", "{}", &id, &err), 0);
    dvb_workspace_close(&ws);
    assert_int_equal(rename("before", "after"), 0);
    assert_int_equal(dvb_workspace_open_readonly("after", &ws, &err), 0);
    assert_int_equal(ws->lock_fd, -1);
    assert_int_equal(dvb_store_get_model(ws->store, id, &name, NULL, &err), 0);
    assert_string_equal(name, "m");
    free(name);
    dvb_workspace_close(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes),
        cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
