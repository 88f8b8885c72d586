/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"

/* What say() puts on stderr, which is no terminal here. Heap. */
static char *caught(void (*say)(void))
{
    fflush(stderr);
    int keep = dup(STDERR_FILENO), fd = open("log.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(keep >= 0 && fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
    say();
    fflush(stderr);
    dup2(keep, STDERR_FILENO);
    close(keep);
    char *text;
    assert_int_equal(dvb_read_file("log.txt", 1 << 20, &text, NULL, NULL), 0);
    unlink("log.txt");
    return text;
}

static void check(void (*say)(void), const char *want)
{
    char *got = caught(say);
    assert_string_equal(got, want);
    free(got);
}

static void say_all(void)
{
    dvb_error("e %d", 1);
    dvb_warn("w");
    dvb_info("i");
    dvb_debug("d");
}

static void levels(void **state)
{
    (void)state;
    check(say_all, "error: e 1\nwarning: w\ni\n"); /* at the start */
    dvb_log_set_level(DVB_LOG_ERROR);
    check(say_all, "error: e 1\n");
    dvb_log_set_level(DVB_LOG_DEBUG);
    check(say_all, "error: e 1\nwarning: w\ni\ndebug: d\n");
    dvb_log_set_level(DVB_LOG_INFO);
}

static void say_escapes(void)
{
    dvb_warn("%s", "a\033[2Jb\rc\007\177\td\ne \xe4\xb8\xad");
}

static void terminal_escapes_are_defused(void **state)
{
    (void)state;
    check(say_escapes, "warning: a?[2Jb?c??\td\ne \xe4\xb8\xad\n");
}

static void say_long(void)
{
    char *s = dvb_calloc(9001, 1);
    for (int i = 0; i < 3000; i++)
        memcpy(s + 3 * i, "\xe4\xb8\xad", 3);
    dvb_info("%s", s);
    free(s);
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    char *got = caught(say_long);
    size_t len = strlen(got);
    assert_true(len > 2000 && len < 2100);
    assert_int_equal((len - 1) % 3, 0);
    assert_string_equal(got + len - 4, "\xe4\xb8\xad\n");
    free(got);
}

static void run_progress(void)
{
    struct dvb_progress p;
    dvb_progress_start(&p, "clips", 1000);
    for (int i = 0; i < 1000; i++)
        dvb_progress_step(&p, 1);
    assert_int_equal(p.done, 1000);
    dvb_progress_end(&p);
}

static void progress_is_for_terminals(void **state)
{
    (void)state;
    check(run_progress, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(terminal_escapes_are_defused),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(progress_is_for_terminals),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
