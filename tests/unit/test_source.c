/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "workspace/source.h"

static void touch(const char *path)
{
    char *copy = strdup(path), *slash = strrchr(copy, '/');
    struct dvb_err err;
    if (slash) {
        *slash = '\0';
        assert_int_equal(dvb_mkdirs(copy, &err), 0);
    }
    free(copy);
    assert_int_equal(dvb_write_file(path, "x", 1, &err), 0);
}

static int find(const char *a, const char *b, struct dvb_source_list *list, struct dvb_err *err)
{
    struct dvb_strlist paths = { 0 };
    dvb_strlist_add(&paths, a);
    if (b)
        dvb_strlist_add(&paths, b);
    int ret = dvb_source_find(&paths, list, err);
    dvb_strlist_free(&paths);
    return ret;
}

static void finds_in_folders(void **state)
{
    (void)state;
    touch("tree/sample_2/video.mp4");
    touch("tree/sample_10/video.mp4");
    touch("tree/talks/a.MKV");
    touch("tree/talks/notes.txt");
    touch("tree/.hidden/b.mp4");
    touch("tree/talks/.c.mp4");
    struct dvb_source_list list;
    struct dvb_err err;
    assert_int_equal(find("tree", NULL, &list, &err), 0);
    assert_int_equal(list.n, 3);
    assert_string_equal(list.v[0].name, "sample_10");
    assert_string_equal(list.v[1].name, "sample_2");
    assert_string_equal(list.v[2].name, "talks/a");
    assert_true(list.v[0].path[0] == '/');
    dvb_source_list_free(&list);
}

static void names_are_unique_and_files_taken_once(void **state)
{
    (void)state;
    touch("one/a.mp4");
    touch("two/a.mp4");
    struct dvb_source_list list;
    struct dvb_err err;
    assert_int_equal(find("one", "two", &list, &err), 0);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.v[0].name, "a");
    assert_memory_equal(list.v[1].name, "a-", 2);
    dvb_source_list_free(&list);
    assert_int_equal(find("one", "one/a.mp4", &list, &err), 0);
    assert_int_equal(list.n, 1);
    dvb_source_list_free(&list);
}

/* Links that lead back would otherwise be followed 2^32 ways. */
static void links_may_lead_back(void **state)
{
    (void)state;
    touch("loop/a.mp4");
    touch("loop/below/b.mp4");
    touch("aside/c.mp4");
    static const char *const links[] = { "loop/self", "loop/again", "loop/below/up" };
    for (int i = 0; i < 3; i++) {
        unlink(links[i]);
        assert_int_equal(symlink(i == 2 ? ".." : ".", links[i]), 0);
    }
    unlink("loop/aside");
    assert_int_equal(symlink("../aside", "loop/aside"), 0);
    struct dvb_source_list list;
    struct dvb_err err;
    assert_int_equal(find("loop", NULL, &list, &err), 0);
    assert_int_equal(list.n, 3);
    assert_string_equal(list.v[0].name, "a");
    assert_string_equal(list.v[1].name, "aside/c");
    assert_string_equal(list.v[2].name, "below/b");
    dvb_source_list_free(&list);
}

static void refuses_what_holds_no_video(void **state)
{
    (void)state;
    struct dvb_source_list list;
    struct dvb_err err;
    dvb_mkdirs("empty", &err);
    assert_true(find("empty", NULL, &list, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "empty"));
    assert_true(find("absent.mp4", NULL, &list, &err) < 0);
    assert_non_null(strstr(err.msg, "absent.mp4"));
}

static void reads_manifests(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf# comment\r\n"
                               "one/a.mp4\r\n"
                               "\n"
                               "  {\"path\": \"two/a.mp4\", \"name\": \"other\"}\n"
                               "/abs/with space.mp4";
    struct dvb_source_list list = { 0 };
    struct dvb_err err;
    assert_int_equal(dvb_manifest_parse(text, strlen(text), "m.txt", "dir", &list, &err), 0);
    assert_int_equal(list.n, 3);
    assert_string_equal(list.v[0].name, "one/a");
    assert_string_equal(list.v[0].path, "dir/one/a.mp4");
    assert_string_equal(list.v[1].name, "other");
    assert_string_equal(list.v[2].path, "/abs/with space.mp4");
    dvb_source_list_free(&list);
}

static void manifest_errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "a.mp4\n{\"path\": 3}\n", "m.txt:2: \"path\": expected a non-empty string" },
        { "{\"name\": \"x\"}\n", "m.txt:1: no \"path\"" },
        { "{\"path\": \"a\", \"pth\": \"b\"}\n", "m.txt:1: unknown member \"pth\"" },
        { "\n\n{\"path\": \"a\"\n", "m.txt:3: column" },
        { "# nothing\n", "m.txt: names no video" },
        { "", "m.txt: names no video" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_source_list list = { 0 };
        struct dvb_err err;
        assert_true(
            dvb_manifest_parse(cases[i].text, strlen(cases[i].text), "m.txt", "", &list, &err) < 0);
        if (strncmp(err.msg, cases[i].expected, strlen(cases[i].expected)))
            fail_msg("%s: %s", cases[i].expected, err.msg);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        dvb_source_list_free(&list);
    }
    struct dvb_source_list list = { 0 };
    struct dvb_err err;
    assert_true(dvb_manifest_parse("a\0b", 3, "m.txt", "", &list, &err) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_in_folders),
        cmocka_unit_test(names_are_unique_and_files_taken_once),
        cmocka_unit_test(links_may_lead_back),
        cmocka_unit_test(refuses_what_holds_no_video),
        cmocka_unit_test(reads_manifests),
        cmocka_unit_test(manifest_errors_name_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
