/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request bodies in pieces: the same bytes whatever the reader's buffer is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/base64.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "model/body.h"

#define LEN 150001 /* several pieces, and a rest */

static unsigned char content[LEN];

static void read_all(struct dvb_body_reader *r, size_t size, const char *want, size_t len)
{
    struct dvb_err err;
    char *got = dvb_calloc(len + size, 1);
    size_t n = 0, more = 1;
    while (more && n <= len) {
        assert_int_equal(dvb_body_read(r, got + n, size, &more, &err), 0);
        n += more;
    }
    assert_int_equal(n, len);
    assert_memory_equal(got, want, len);
    free(got);
}

static void test_pieces(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 1000, 65536, 65537, 70000, 131072, 1 << 20 };
    struct dvb_err err;
    struct dvb_body b = { 0 };
    struct dvb_body_reader r;
    char coded[AV_BASE64_SIZE(LEN)];
    uint64_t len;
    for (size_t i = 0; i < LEN; i++)
        content[i] = (unsigned char)(i * 7 + i / 251);
    assert_non_null(av_base64_encode(coded, sizeof(coded), content, LEN));
    assert_int_equal(dvb_write_file("f.bin", content, LEN, &err), 0);
    dvb_body_text(&b, "<%d", 1);
    dvb_body_base64(&b, "f.bin");
    dvb_body_text(&b, "|");
    dvb_body_file(&b, "f.bin");
    dvb_body_base64(&b, "f.bin");
    dvb_body_text(&b, ">");
    assert_int_equal(dvb_body_measure(&b, &len, &err), 0);
    assert_int_equal(len, 2 * strlen(coded) + LEN + 4);
    char *want = dvb_calloc((size_t)len + 1, 1);
    size_t head = (size_t)sprintf(want, "<1%s|", coded);
    memcpy(want + head, content, LEN);
    sprintf(want + head + LEN, "%s>", coded);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        dvb_body_reader_init(&r, &b);
        read_all(&r, sizes[i], want, (size_t)len);
        dvb_body_rewind(&r);
        read_all(&r, 77777, want, (size_t)len);
        dvb_body_reader_release(&r);
    }
    free(want);
    dvb_body_release(&b);
}

/* Announced lengths are kept: a file that changes on the way is a fault. */
static void test_changed(void **state)
{
    (void)state;
    static const size_t lens[] = { LEN - 1, LEN - 49152, 10 };
    struct dvb_err err;
    char *out = dvb_calloc(1 << 20, 1);
    for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
        for (int grows = 0; grows < 2; grows++) {
            struct dvb_body b = { 0 };
            struct dvb_body_reader r;
            uint64_t len;
            size_t n;
            assert_int_equal(dvb_write_file("g.bin", content, grows ? lens[i] : LEN, &err), 0);
            dvb_body_base64(&b, "g.bin");
            assert_int_equal(dvb_body_measure(&b, &len, &err), 0);
            assert_int_equal(dvb_write_file("g.bin", content, grows ? LEN : lens[i], &err), 0);
            dvb_body_reader_init(&r, &b);
            assert_true(dvb_body_read(&r, out, 1 << 20, &n, &err) < 0);
            assert_non_null(strstr(err.msg, "g.bin: the file changed"));
            dvb_body_reader_release(&r);
            dvb_body_release(&b);
        }
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pieces),
                                        cmocka_unit_test(test_changed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
