/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

char *dvb_path_join(const char *dir, const char *name)
{
    if (!*dir)
        return dvb_strdup(name);
    bool slash = dir[strlen(dir) - 1] == '/';
    return dvb_asprintf("%s%s%s", dir, slash ? "" : "/", name);
}

char *dvb_path_base(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (start == end && end) /* the root */
        start--;
    return dvb_asprintf("%.*s", (int)(end - start), path + start);
}

bool dvb_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool dvb_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A failing disk is nobody's input. */
static int fail_write(struct dvb_err *err, const char *path)
{
    bool machine = errno == EIO || errno == ENOMEM;
    return dvb_fail_errno(err, machine ? DVB_FAULT_INTERNAL : DVB_FAULT_INPUT, "cannot write %s",
                          path);
}

/* mkdir may refuse an existing folder with another errno than EEXIST (an
   automounter, a read-only parent), so what is there decides. */
static int make_dir(const char *path, struct dvb_err *err)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    int why = errno;
    if (dvb_is_dir(path))
        return 0;
    if (why == EEXIST)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOTDIR, "%s: exists and is not a folder", path);
    errno = why;
    return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot make folder %s", path);
}

int dvb_mkdirs(const char *path, struct dvb_err *err)
{
    if (!*path)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "the name of a folder is empty");
    char *copy = dvb_strdup(path);
    int ret = 0;
    for (char *p = copy + 1; !ret; p++) {
        if (*p && *p != '/')
            continue;
        char keep = *p;
        *p = '\0';
        ret = make_dir(copy, err);
        *p = keep;
        if (!keep)
            break;
    }
    free(copy);
    return ret;
}

int dvb_tmp_dir(const char *prefix, char **dir, struct dvb_err *err)
{
    const char *tmp = getenv("TMPDIR");
    *dir = dvb_asprintf("%s/%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", prefix);
    if (mkdtemp(*dir))
        return 0;
    int ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot make folder %s", *dir);
    free(*dir);
    *dir = NULL;
    return ret;
}

/* What vanished meanwhile is as good as removed. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path) && errno != ENOENT ? -1 : 0;
}

int dvb_remove_tree(const char *path, struct dvb_err *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot remove %s", path);
    return 0;
}

static int read_all(FILE *f, const char *path, size_t cap, char **data, size_t *len,
                    struct dvb_err *err)
{
    size_t have = 0, size = 4096;
    char *buf = NULL;
    if (cap > SIZE_MAX / 4)
        cap = SIZE_MAX / 4;
    for (;;) {
        if (size > cap + 1)
            size = cap + 1;
        char *more = realloc(buf, size + 1);
        if (!more) {
            free(buf);
            return dvb_fail_nomem(err);
        }
        buf = more;
        size_t n = fread(buf + have, 1, size - have, f);
        have += n;
        if (have > cap) {
            free(buf);
            return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: larger than %zu bytes", path, cap);
        }
        if (have < size) /* end of file, or an error */
            break;
        size *= 2;
    }
    if (ferror(f)) {
        int ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
        free(buf);
        return ret;
    }
    buf[have] = '\0';
    *data = buf;
    if (len)
        *len = have;
    return 0;
}

int dvb_read_file(const char *path, size_t cap, char **data, size_t *len, struct dvb_err *err)
{
    *data = NULL;
    if (len)
        *len = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    errno = 0;
    int ret = read_all(f, path, cap, data, len, err);
    fclose(f);
    return ret;
}

char *dvb_tmp_name(const char *path)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static unsigned serial;
    pthread_mutex_lock(&lock);
    unsigned mine = serial++;
    pthread_mutex_unlock(&lock);
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    int stem = dot ? (int)(dot - path) : (int)strlen(path);
    return dvb_asprintf("%.*s.tmp-%ld-%u%s", stem, path, (long)getpid(), mine, dot ? dot : "");
}

static int sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int ret = fsync(fd);
    close(fd);
    return ret;
}

/* A device, pipe or socket: a file must not be renamed over it. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int dvb_tmp_commit(char **tmp, const char *path, struct dvb_err *err)
{
    int ret = 0;
    if (is_special(path))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EEXIST, "cannot write %s: not a regular file", path);
    else if (sync_path(*tmp) || rename(*tmp, path))
        ret = fail_write(err, path);
    if (ret)
        unlink(*tmp);
    free(*tmp);
    *tmp = NULL;
    return ret;
}

void dvb_tmp_abandon(char **tmp)
{
    if (*tmp)
        unlink(*tmp);
    free(*tmp);
    *tmp = NULL;
}

/* Everything written and accepted by the system, or -1 with errno. */
static int write_all(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return -1;
    int why = 0;
    if ((len && fwrite(data, 1, len, f) != len) || fflush(f))
        why = errno ? errno : EIO;
    if (fclose(f) && !why)
        why = errno;
    errno = why;
    return why ? -1 : 0;
}

int dvb_write_file(const char *path, const void *data, size_t len, struct dvb_err *err)
{
    if (is_special(path)) /* /dev/stdout and the like */
        return write_all(path, data, len) ? fail_write(err, path) : 0;
    char *tmp = dvb_tmp_name(path);
    if (write_all(tmp, data, len)) {
        int ret = fail_write(err, path);
        dvb_tmp_abandon(&tmp);
        return ret;
    }
    return dvb_tmp_commit(&tmp, path, err);
}

int dvb_write_stream(const char *path, int (*write)(void *user, FILE *f, struct dvb_err *err),
                     void *user, struct dvb_err *err)
{
    char *tmp = dvb_tmp_name(path);
    FILE *f = fopen(tmp, "wb");
    if (!f) {
        free(tmp);
        return fail_write(err, path);
    }
    int ret = write(user, f, err);
    errno = 0;
    bool bad = fflush(f) || ferror(f);
    if (!ret && bad)
        ret = fail_write(err, path);
    fclose(f);
    if (!ret)
        return dvb_tmp_commit(&tmp, path, err);
    dvb_tmp_abandon(&tmp);
    return ret;
}
