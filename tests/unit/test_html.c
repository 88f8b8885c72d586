/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer of pages: whatever text comes, none of it becomes markup. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "reports/html.h"

static struct dvb_err err;

static const struct {
    const char *in, *out;
} texts[] = {
    { "", "" },
    { "plain text, 3.5 % of it", "plain text, 3.5 % of it" },
    { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
    { "\" onload=\"x", "&quot; onload=&quot;x" },
    { "' x", "&#39; x" },
    { "&lt; &amp;amp;", "&amp;lt; &amp;amp;amp;" },
    { "a\tb\nc", "a\tb\nc" },
    { "\033[2J\r\b", "\xe2\x90\x9b[2J\xe2\x90\x8d\xe2\x90\x88" },
    { "\x7f", "\xe2\x90\xa1" },
    { "\xc2\x9b"
      "31m",
      "[U+009B]31m" },
    { "a\xe2\x80\xae"
      "b",
      "a[U+202E]b" },
    { "a\xe2\x81\xa6"
      "b",
      "a[U+2066]b" },
    { "a\xe2\x80\x8b"
      "b",
      "a[U+200B]b" },
    { "\xef\xbb\xbf", "[U+FEFF]" },
    { "\xf3\xa0\x81\x81", "[U+E0041]" },
    { "\xe2\x80\xa8", "[U+2028]" },
    { "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a", "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a" },         /* Arabic */
    { "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d", "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d" }, /* joiner */
    { "\xf0\x9f\x91\xa9", "\xf0\x9f\x91\xa9" },
    { "\xff", "\xef\xbf\xbd" },
    { "\xc0\xbc"
      "b",
      "\xef\xbf\xbd\xef\xbf\xbd"
      "b" },                                                    /* overlong "<" */
    { "\xe2\x80", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* cut short */
    { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* surrogate */
    { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

static void test_escape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char *out = dvb_html_escape(texts[i].in);
        assert_string_equal(out, texts[i].out);
        free(out);
    }
}

/* What put writes. Heap. */
static char *page(void (*put)(struct dvb_html *h))
{
    char *data, path[] = "/tmp/devibench-html-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct dvb_html *h;
    assert_int_equal(dvb_html_open(path, &h, &err), 0);
    put(h);
    size_t size = dvb_html_size(h), len;
    assert_int_equal(dvb_html_close(&h, &err), 0);
    assert_null(h);
    assert_int_equal(dvb_read_file(path, (size_t)1 << 30, &data, &len, &err), 0);
    assert_int_equal(len, size);
    unlink(path);
    return data;
}

static void put_formats(struct dvb_html *h)
{
    const char *volatile nothing = NULL;
    dvb_html_put(h, "<a title=\"%s\">%s</a> 100%%\n", "\"x\"", "<b>");
    dvb_html_put(h, "%s|%.*s|%.*s|%.*s\n", nothing, 3, "abc", 3, "abcd", 2, "a\xc3\xbc\xc3\xbc");
    dvb_html_put(h, "%d %ld %lld %zu %u %c%c\n", -3, -4L, -5LL, (size_t)6, 7u, 'B', '<');
    dvb_html_put(h, "%.1f %g %+.2f %.*f %05d %lu %llu\n", 63.25, 0.5, 1.0, 2, 3.14159, 42, 8lu,
                 ULLONG_MAX);
}

static void test_formats(void **state)
{
    (void)state;
    char *text = page(put_formats);
    assert_string_equal(text, "<a title=\"&quot;x&quot;\">&lt;b&gt;</a> 100%\n"
                              "|abc|abc...|a...\n"
                              "-3 -4 -5 6 7 B&lt;\n"
                              "63.2 0.5 +1.00 3.14 00042 8 18446744073709551615\n");
    free(text);
}

static void put_much(struct dvb_html *h)
{
    char *text = dvb_calloc(600001, 1);
    memset(text, '<', 600000);
    for (int i = 0; i < 5; i++)
        dvb_html_put(h, "%s\n", text);
    free(text);
}

/* Longer than any buffer, in one go and in several. */
static void test_long(void **state)
{
    (void)state;
    char *text = page(put_much);
    assert_int_equal(strlen(text), 5 * (600000 * 4 + 1));
    for (size_t i = 0; i < 600000 * 4; i += 4)
        assert_memory_equal(text + i, "&lt;", 4);
    free(text);
}

static void test_failures(void **state)
{
    (void)state;
    struct dvb_html *h;
    assert_true(dvb_html_open("/no/such/folder/x.html", &h, &err) < 0);
    assert_null(h);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "/no/such/folder/x.html"));
    if (access("/dev/full", W_OK))
        return;
    assert_int_equal(dvb_html_open("/dev/full", &h, &err), 0);
    dvb_html_put(h, "x");
    assert_true(dvb_html_close(&h, &err) < 0);
    assert_null(h);
    assert_int_equal(err.fault, DVB_FAULT_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
