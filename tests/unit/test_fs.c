/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"

static struct dvb_err err;

/* Each test runs in an empty folder of its own. */
static int enter(void **state)
{
    char *dir = dvb_strdup("fs-XXXXXX");
    *state = dir;
    return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int leave(void **state)
{
    if (chdir(".."))
        return -1;
    int ret = dvb_remove_tree(*state, &err);
    free(*state);
    return ret;
}

static int count_entries(const char *dir)
{
    DIR *d = opendir(dir);
    assert_non_null(d);
    int n = -2; /* . and .. */
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void write_text(const char *path, const char *text)
{
    assert_int_equal(dvb_write_file(path, text, strlen(text), &err), 0);
}

static void check_content(const char *path, const char *want)
{
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file(path, 1 << 20, &data, &len, &err), 0);
    assert_string_equal(data, want);
    assert_int_equal(len, strlen(want));
    free(data);
}

static void joins(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "", "b", "b" },
        { "/", "b", "/b" },  { ".", "b", "./b" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *s = dvb_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(s, cases[i][2]);
        free(s);
    }
}

static void kinds(void **state)
{
    (void)state;
    write_text("f", "x");
    assert_int_equal(symlink("f", "to-f"), 0);
    assert_int_equal(symlink("none", "dangling"), 0);
    assert_true(dvb_is_file("f") && dvb_is_file("to-f") && dvb_is_dir("."));
    assert_false(dvb_is_file(".") || dvb_is_dir("f") || dvb_is_file("dangling"));
    assert_false(dvb_is_file("/dev/null") || dvb_is_file("none") || dvb_is_dir(""));
}

static void makes_folders(void **state)
{
    (void)state;
    assert_int_equal(dvb_mkdirs("a/b//c/", &err), 0);
    assert_int_equal(dvb_mkdirs("a/b/c", &err), 0); /* again */
    assert_true(dvb_is_dir("a/b/c"));
    assert_int_equal(dvb_mkdirs("/", &err), 0);
    assert_int_equal(dvb_mkdirs(".", &err), 0);
    assert_int_equal(dvb_mkdirs("./a/../d", &err), 0);
    assert_true(dvb_is_dir("d"));
    assert_int_equal(symlink("a", "link"), 0);
    assert_int_equal(dvb_mkdirs("link/e", &err), 0);
    assert_true(dvb_is_dir("a/e"));
}

static void folders_that_cannot_be(void **state)
{
    (void)state;
    assert_int_equal(dvb_mkdirs("", &err), -ENOENT);
    write_text("file", "x");
    assert_int_equal(dvb_mkdirs("file", &err), -ENOTDIR);
    assert_int_equal(dvb_mkdirs("file/sub/deep", &err), -ENOTDIR);
    assert_string_equal(err.msg, "file: exists and is not a folder"); /* the one in the way */
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(dvb_mkdirs("dangling", &err), -ENOTDIR);
    char name[300];
    memset(name, 'n', sizeof(name) - 1), name[sizeof(name) - 1] = '\0';
    assert_int_equal(dvb_mkdirs(name, &err), -ENAMETOOLONG);
}

static void removes_trees(void **state)
{
    (void)state;
    assert_int_equal(dvb_mkdirs("t/a/b", &err), 0);
    write_text("t/a/b/f", "x");
    write_text("t/g", "x");
    assert_int_equal(dvb_remove_tree("t", &err), 0);
    assert_false(dvb_is_dir("t"));
    assert_int_equal(dvb_remove_tree("t", &err), 0); /* missing: no error */
    assert_int_equal(dvb_remove_tree("", &err), 0);
    write_text("f", "x");
    assert_int_equal(dvb_remove_tree("f", &err), 0);
    assert_int_equal(count_entries("."), 0);
    write_text("f", "x");
    assert_int_equal(dvb_remove_tree("f/none", &err), -ENOTDIR);
    assert_non_null(strstr(err.msg, "f/none"));
}

static void temporary_folders(void **state)
{
    (void)state;
    const char *was = getenv("TMPDIR");
    char *kept = was ? dvb_strdup(was) : NULL, *a, *b;
    struct stat st;
    setenv("TMPDIR", ".", 1);
    assert_int_equal(dvb_tmp_dir("x", &a, &err), 0);
    assert_int_equal(dvb_tmp_dir("x", &b, &err), 0);
    assert_memory_equal(a, "./x-", 4);
    assert_string_not_equal(a, b);
    assert_int_equal(stat(a, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    free(a);
    free(b);
    setenv("TMPDIR", "./nowhere", 1);
    assert_int_equal(dvb_tmp_dir("x", &a, &err), -ENOENT);
    assert_null(a);
    assert_int_equal(err.fault, DVB_FAULT_INTERNAL);
    assert_non_null(strstr(err.msg, "./nowhere/x-"));
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void links_are_not_followed(void **state)
{
    (void)state;
    assert_int_equal(dvb_mkdirs("keep", &err), 0);
    write_text("keep/f", "precious");
    assert_int_equal(dvb_mkdirs("t", &err), 0);
    assert_int_equal(symlink("../keep", "t/to-dir"), 0);
    assert_int_equal(symlink("../keep/f", "t/to-file"), 0);
    assert_int_equal(symlink("nowhere", "t/dangling"), 0);
    assert_int_equal(dvb_remove_tree("t", &err), 0);
    assert_false(dvb_is_dir("t"));
    check_content("keep/f", "precious");
    assert_int_equal(symlink("keep", "top"), 0);
    assert_int_equal(dvb_remove_tree("top", &err), 0);
    check_content("keep/f", "precious");
    assert_int_equal(count_entries("."), 1);
}

static void reads_up_to_the_cap(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 100000 };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        size_t size = sizes[i], len = 1;
        char *bytes = dvb_calloc(size + 1, 1), *data;
        for (size_t k = 0; k < size; k++)
            bytes[k] = (char)(k * 7 + k / 256); /* NULs too */
        assert_int_equal(dvb_write_file("f", bytes, size, &err), 0);
        assert_int_equal(dvb_read_file("f", size, &data, &len, &err), 0);
        assert_int_equal(len, size);
        assert_memory_equal(data, bytes, size);
        assert_int_equal(data[size], 0);
        free(data);
        assert_int_equal(dvb_read_file("f", SIZE_MAX, &data, NULL, &err), 0);
        free(data);
        if (size) {
            assert_int_equal(dvb_read_file("f", size - 1, &data, &len, &err), -EFBIG);
            assert_null(data);
            assert_int_equal(len, 0);
            assert_int_equal(err.fault, DVB_FAULT_INPUT);
        }
        free(bytes);
    }
    assert_string_equal(err.msg, "f: larger than 99999 bytes");
}

static void unreadable(void **state)
{
    (void)state;
    char *data = (char *)&err;
    assert_int_equal(dvb_read_file("none", 10, &data, NULL, &err), -ENOENT);
    assert_null(data);
    assert_string_equal(err.msg, "none: No such file or directory");
    assert_int_equal(dvb_read_file(".", 10, &data, NULL, &err), -EISDIR);
    assert_null(data);
    assert_string_equal(err.msg, ".: Is a directory");
    char *big;
    assert_int_equal(dvb_read_file("/dev/zero", 1 << 20, &big, NULL, &err), -EFBIG); /* endless */
}

static void writes_whole_files(void **state)
{
    (void)state;
    write_text("f", "one");
    write_text("f", "two, longer");
    check_content("f", "two, longer");
    assert_int_equal(dvb_write_file("f", NULL, 0, &err), 0);
    check_content("f", "");
    assert_int_equal(count_entries("."), 1);
}

static void a_failed_write_keeps_the_old_file(void **state)
{
    (void)state;
    write_text("f", "old");
    struct rlimit before, tight = { 4096, 4096 };
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    char *big = dvb_calloc(1 << 20, 1);
    int ret = dvb_write_file("f", big, 1 << 20, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    free(big);
    assert_int_equal(ret, -EFBIG);
    assert_non_null(strstr(err.msg, "cannot write f: "));
    check_content("f", "old");
    assert_int_equal(count_entries("."), 1); /* no temporary file is left */
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    assert_int_equal(dvb_write_file("no/such/f", "x", 1, &err), -ENOENT);
    assert_string_equal(err.msg, "cannot write no/such/f: No such file or directory");
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_int_equal(dvb_mkdirs("dir", &err), 0);
    assert_int_equal(dvb_write_file("dir", "x", 1, &err), -EISDIR);
    write_text("f", "x");
    assert_int_equal(dvb_write_file("f/g", "x", 1, &err), -ENOTDIR);
    assert_int_equal(count_entries("."), 2);
}

/* A full disk is not the user's mistake, and a device must stay a device. */
static void devices(void **state)
{
    (void)state;
    assert_int_equal(dvb_write_file("/dev/full", "x", 1, &err), -ENOSPC);
    assert_int_equal(err.fault, DVB_FAULT_INTERNAL);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int fd = open("pipe", O_RDWR);
    assert_true(fd >= 0);
    write_text("pipe", "through");
    char got[8] = "";
    assert_int_equal(read(fd, got, 7), 7);
    close(fd);
    assert_string_equal(got, "through");
    char *tmp = dvb_tmp_name("pipe");
    write_text(tmp, "x");
    assert_int_equal(dvb_tmp_commit(&tmp, "pipe", &err), -EEXIST);
    struct stat st;
    assert_int_equal(stat("pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(count_entries("."), 1);
}

static void check_tmp_name(const char *path, const char *stem, const char *ext)
{
    char *tmp = dvb_tmp_name(path);
    size_t len = strlen(tmp), e = strlen(ext);
    assert_int_equal(strncmp(tmp, stem, strlen(stem)), 0);
    assert_true(len > strlen(stem) + e);
    assert_string_equal(tmp + len - e, ext);
    assert_null(strchr(tmp + strlen(stem), '/'));
    free(tmp);
}

static void temporary_names(void **state)
{
    (void)state;
    check_tmp_name("dir.v1/clip.mp4", "dir.v1/clip", ".mp4");
    check_tmp_name("dir.v1/clip", "dir.v1/clip", "");
    check_tmp_name("a.tar.gz", "a.tar", ".gz");
    check_tmp_name("/x/.hidden", "/x/", ".hidden");
    char *a = dvb_tmp_name("f.x"), *b = dvb_tmp_name("f.x");
    assert_string_not_equal(a, b);
    free(a);
    free(b);
}

static void commit_and_abandon(void **state)
{
    (void)state;
    char *tmp = dvb_tmp_name("f.txt");
    write_text(tmp, "new");
    assert_int_equal(dvb_tmp_commit(&tmp, "f.txt", &err), 0);
    assert_null(tmp);
    check_content("f.txt", "new");

    tmp = dvb_tmp_name("f.txt");
    write_text(tmp, "half");
    dvb_tmp_abandon(&tmp);
    assert_null(tmp);
    dvb_tmp_abandon(&tmp); /* nothing to do */
    check_content("f.txt", "new");
    assert_int_equal(count_entries("."), 1);

    tmp = dvb_tmp_name("f.txt"); /* never written */
    assert_int_equal(dvb_tmp_commit(&tmp, "f.txt", &err), -ENOENT);
    assert_null(tmp);
    check_content("f.txt", "new");

    assert_int_equal(dvb_mkdirs("d", &err), 0);
    tmp = dvb_tmp_name("d");
    write_text(tmp, "x");
    assert_int_equal(dvb_tmp_commit(&tmp, "d", &err), -EISDIR);
    assert_int_equal(count_entries("."), 2);
}

/* Readers must never see a part of a file, however often it is replaced. */
static void readers_see_whole_files(void **state)
{
    (void)state;
    char text[2][20001];
    memset(text[0], 'a', 20000), text[0][20000] = '\0';
    memset(text[1], 'b', 20000), text[1][20000] = '\0';
    write_text("f", text[0]);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < 100; i++)
            if (dvb_write_file("f", text[i & 1], 20000, NULL))
                _exit(1);
        _exit(0);
    }
    int status = 0, reads = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        char *data;
        size_t len;
        assert_int_equal(dvb_read_file("f", 1 << 20, &data, &len, &err), 0);
        assert_int_equal(len, 20000);
        assert_int_equal(strspn(data, data[0] == 'a' ? "a" : "b"), 20000);
        free(data);
        reads++;
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(count_entries("."), 1);
    print_message("%d reads\n", reads);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, enter, leave)

static void test_path_base(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "models/clip", "clip" },
        { "models/clip//", "clip" },
        { "clip", "clip" },
        { "/clip", "clip" },
        { "/", "/" },
        { "//", "/" },
        { "", "" },
        { "..", ".." },
        { "a/b.json", "b.json" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *base = dvb_path_base(rows[i][0]);
        assert_string_equal(base, rows[i][1]);
        free(base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(test_path_base),
        IN_FOLDER(kinds),
        IN_FOLDER(makes_folders),
        IN_FOLDER(folders_that_cannot_be),
        IN_FOLDER(removes_trees),
        IN_FOLDER(temporary_folders),
        IN_FOLDER(links_are_not_followed),
        IN_FOLDER(reads_up_to_the_cap),
        IN_FOLDER(unreadable),
        IN_FOLDER(writes_whole_files),
        IN_FOLDER(a_failed_write_keeps_the_old_file),
        IN_FOLDER(places_that_cannot_be_written),
        IN_FOLDER(devices),
        cmocka_unit_test(temporary_names),
        IN_FOLDER(commit_and_abandon),
        IN_FOLDER(readers_see_whole_files),
    };
    return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
