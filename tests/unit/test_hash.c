/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"

/* FIPS 180-2, appendix B; the million is NIST's long vector. */
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_448 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define SHA_MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
#define TEXT_448 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static void strings(void **state)
{
    (void)state;
    char hex[DVB_HASH_LEN + 1];
    dvb_hash_of_str("", hex);
    assert_string_equal(hex, SHA_EMPTY);
    dvb_hash_of_str("abc", hex);
    assert_string_equal(hex, SHA_ABC);
    dvb_hash_of_str(TEXT_448, hex);
    assert_string_equal(hex, SHA_448);
}

static void pieces(void **state)
{
    (void)state;
    char hex[DVB_HASH_LEN + 1];
    for (size_t cut = 0; cut <= strlen(TEXT_448); cut++) {
        struct dvb_hash h;
        dvb_hash_init(&h);
        dvb_hash_bytes(&h, TEXT_448, cut);
        dvb_hash_bytes(&h, NULL, 0);
        dvb_hash_bytes(&h, &TEXT_448[cut], strlen(TEXT_448) - cut);
        dvb_hash_final(&h, hex);
        assert_string_equal(hex, SHA_448);
        assert_null(h.sha);
    }
}

static void hash_two(const char *a, const char *b, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, a);
    dvb_hash_str(&h, b);
    dvb_hash_final(&h, hex);
}

static void fields_do_not_run_together(void **state)
{
    (void)state;
    char x[DVB_HASH_LEN + 1], y[DVB_HASH_LEN + 1];
    hash_two("ab", "c", x);
    hash_two("a", "bc", y);
    assert_string_not_equal(x, y);
    hash_two("", "abc", y);
    assert_string_not_equal(x, y);
    hash_two(NULL, "abc", x);
    assert_string_equal(x, y);

    /* The length is eight bytes, low first: part of the stored keys, so fixed. */
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_bytes(&h, "\x02\0\0\0\0\0\0\0ab\x01\0\0\0\0\0\0\0c", 19);
    dvb_hash_final(&h, y);
    hash_two("ab", "c", x);
    assert_string_equal(x, y);
}

static void files(void **state)
{
    (void)state;
    char name[] = "hash-XXXXXX", hex[DVB_HASH_LEN + 1];
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    struct dvb_err err;
    assert_int_equal(dvb_hash_of_file(name, hex, &err), 0);
    assert_string_equal(hex, SHA_EMPTY);
    char block[10000];
    memset(block, 'a', sizeof(block));
    for (int i = 0; i < 100; i++)
        assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
    close(fd);
    assert_int_equal(dvb_hash_of_file(name, hex, &err), 0);
    assert_string_equal(hex, SHA_MILLION);
    unlink(name);
    assert_int_equal(dvb_hash_of_file(name, hex, &err), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, name));
    assert_string_equal(hex, "");
    assert_int_equal(dvb_hash_of_file(".", hex, &err), -EISDIR);
    assert_string_equal(err.msg, ".: Is a directory");
    assert_string_equal(hex, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),
        cmocka_unit_test(pieces),
        cmocka_unit_test(fields_do_not_run_together),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
