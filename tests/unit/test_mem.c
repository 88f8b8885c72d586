/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

static void zeroed(void **state)
{
    (void)state;
    unsigned char *p = dvb_calloc(100, 3);
    for (int i = 0; i < 300; i++)
        assert_int_equal(p[i], 0);
    free(p);
    p = dvb_calloc(0, 8); /* never NULL */
    assert_non_null(p);
    free(p);
}

static void resizes(void **state)
{
    (void)state;
    int *p = dvb_realloc(NULL, 4, sizeof(*p));
    for (int i = 0; i < 4; i++)
        p[i] = i;
    p = dvb_realloc(p, 4000, sizeof(*p));
    for (int i = 0; i < 4; i++)
        assert_int_equal(p[i], i);
    p = dvb_realloc(p, 0, sizeof(*p));
    assert_non_null(p);
    free(p);
}

static void copies_strings(void **state)
{
    (void)state;
    assert_null(dvb_strdup(NULL));
    char *s = dvb_strdup("");
    assert_string_equal(s, "");
    free(s);
    s = dvb_asprintf("%s-%05d", "clip", 42);
    assert_string_equal(s, "clip-00042");
    free(s);
    s = dvb_asprintf("%s", "");
    assert_string_equal(s, "");
    free(s);
    s = dvb_asprintf("%*s|", 100000, "");
    assert_int_equal(strlen(s), 100001);
    free(s);
}

static void grows(void **state)
{
    (void)state;
    long *v = NULL;
    size_t cap = 0, moves = 0;
    for (size_t n = 0; n < 5000; n++) {
        size_t before = cap;
        v = dvb_grow(v, n, &cap, sizeof(*v));
        assert_true(n < cap);
        moves += cap != before;
        v[n] = (long)n * 3;
    }
    assert_true(moves < 16);
    for (size_t n = 0; n < 5000; n++)
        assert_int_equal(v[n], (long)n * 3);
    free(v);
}

static void ask_calloc(void)
{
    free(dvb_calloc(SIZE_MAX / 2, 4));
}

static void ask_realloc(void)
{
    free(dvb_realloc(NULL, SIZE_MAX / 2, 4));
}

static void ask_grow(void)
{
    size_t cap = SIZE_MAX / 2 + 1;
    free(dvb_grow(NULL, cap, &cap, 1));
}

/* An overflowing size must end the program, not give a short block. */
static void overflow_aborts(void **state)
{
    (void)state;
    static void (*const asks[])(void) = { ask_calloc, ask_realloc, ask_grow };
    for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, STDERR_FILENO);
            asks[i]();
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed),          cmocka_unit_test(resizes),
        cmocka_unit_test(copies_strings),  cmocka_unit_test(grows),
        cmocka_unit_test(overflow_aborts),
    };
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
