/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

#define ROOM (sizeof(((struct dvb_err *)0)->msg) - 1)

static void fills_and_returns(void **state)
{
    (void)state;
    struct dvb_err err;
    assert_int_equal(dvb_fail(&err, DVB_FAULT_INPUT, ENOENT, "%s: %d", "clip", 7), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_int_equal(err.code, ENOENT);
    assert_string_equal(err.msg, "clip: 7");
    assert_int_equal(dvb_fail_nomem(&err), -ENOMEM);
    assert_int_equal(err.fault, DVB_FAULT_INTERNAL);
}

static void may_be_null(void **state)
{
    (void)state;
    assert_int_equal(dvb_fail(NULL, DVB_FAULT_INPUT, EINVAL, "x"), -EINVAL);
    errno = EACCES;
    assert_int_equal(dvb_fail_errno(NULL, DVB_FAULT_INPUT, "x"), -EACCES);
    assert_true(dvb_err_prefix(NULL, "x") < 0);
}

static void never_looks_like_success(void **state)
{
    (void)state;
    struct dvb_err err;
    assert_int_equal(dvb_fail(&err, DVB_FAULT_INTERNAL, 0, "x"), -EIO);
    assert_int_equal(err.code, EIO);
    assert_int_equal(dvb_fail(&err, DVB_FAULT_INTERNAL, -5, "x"), -EIO);
    errno = 0;
    assert_int_equal(dvb_fail_errno(&err, DVB_FAULT_INTERNAL, "x"), -EIO);
}

static void appends_the_systems_words(void **state)
{
    (void)state;
    struct dvb_err err;
    errno = ENOENT;
    assert_int_equal(dvb_fail_errno(&err, DVB_FAULT_INPUT, "a.mp4"), -ENOENT);
    assert_string_equal(err.msg, "a.mp4: No such file or directory");
}

static void long_names_keep_the_cause(void **state)
{
    (void)state;
    char name[4096];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct dvb_err err;
    errno = ENOSPC;
    dvb_fail_errno(&err, DVB_FAULT_INPUT, "%s", name);
    assert_int_equal(strlen(err.msg), ROOM);
    assert_non_null(strstr(err.msg, ": No space left on device"));
}

static void prefix(void **state)
{
    (void)state;
    struct dvb_err err;
    dvb_fail(&err, DVB_FAULT_SERVICE, ETIMEDOUT, "no answer");
    assert_int_equal(dvb_err_prefix(&err, "model %s", "m"), -ETIMEDOUT);
    assert_string_equal(err.msg, "model m: no answer");
    assert_int_equal(err.fault, DVB_FAULT_SERVICE);
}

static void prefix_is_bounded(void **state)
{
    (void)state;
    struct dvb_err err;
    char head[2000], tail[2000];
    memset(head, 'h', sizeof(head) - 1), head[sizeof(head) - 1] = '\0';
    memset(tail, 't', sizeof(tail) - 1), tail[sizeof(tail) - 1] = '\0';
    dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "cause");
    dvb_err_prefix(&err, "%s", head);
    assert_int_equal(strlen(err.msg), ROOM);
    assert_string_equal(err.msg + ROOM - 7, ": cause");
    dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "%s", tail);
    dvb_err_prefix(&err, "%s", head);
    assert_true(strlen(err.msg) <= ROOM);
    const char *colon = strchr(err.msg, ':');
    assert_non_null(colon);
    assert_true(colon - err.msg > 300 && strlen(colon) > 300); /* both are seen */
    for (int i = 0; i < 2000; i++)
        dvb_err_prefix(&err, "again");
    assert_true(strlen(err.msg) <= ROOM);
}

static void arguments_may_point_into_it(void **state)
{
    (void)state;
    struct dvb_err err;
    dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "inner");
    dvb_fail(&err, DVB_FAULT_SERVICE, EIO, "outer (%s)", err.msg);
    assert_string_equal(err.msg, "outer (inner)");
    dvb_err_prefix(&err, "[%s]", err.msg);
    assert_string_equal(err.msg, "[outer (inner)]: outer (inner)");
}

static void stays_one_plain_line(void **state)
{
    (void)state;
    struct dvb_err err;
    dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "bad\nname\t\033[31mred\177!\r\n\n");
    assert_string_equal(err.msg, "bad name  [31mred !");
    dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "\n\n");
    assert_string_equal(err.msg, "");
}

/* A cut inside a character would make JSON output of the message fail. */
static void never_cuts_a_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char name[1600];
        size_t n = 0;
        for (; n < shift; n++)
            name[n] = 'x';
        while (n + 5 < sizeof(name)) {
            memcpy(name + n, "\xf0\x9f\x98\x80", 4); /* U+1F600 */
            n += 4;
        }
        name[n] = '\0';
        struct dvb_err err;
        dvb_fail(&err, DVB_FAULT_INPUT, EINVAL, "%s", name);
        assert_true(strlen(err.msg) > ROOM - 8);
        assert_null(strstr(err.msg, "\xef\xbf\xbd"));
        errno = EIO;
        dvb_fail_errno(&err, DVB_FAULT_INPUT, "%s", name);
        dvb_err_prefix(&err, "%s", name + shift);
        size_t len = strlen(err.msg);
        for (size_t i = 0; i < len;) { /* every lead byte has its followers */
            unsigned char c = (unsigned char)err.msg[i];
            size_t need = c < 0x80 ? 1 : 4;
            assert_true(c < 0x80 || c == 0xf0);
            assert_true(i + need <= len);
            i += need;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_and_returns),         cmocka_unit_test(may_be_null),
        cmocka_unit_test(never_looks_like_success),  cmocka_unit_test(appends_the_systems_words),
        cmocka_unit_test(long_names_keep_the_cause), cmocka_unit_test(prefix),
        cmocka_unit_test(prefix_is_bounded),         cmocka_unit_test(arguments_may_point_into_it),
        cmocka_unit_test(stays_one_plain_line),      cmocka_unit_test(never_cuts_a_character),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
