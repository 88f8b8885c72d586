/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define MAX_OUT ((size_t)64 << 20)
#define MAX_WORDS 300 /* bytes of its complaint that are told */

char *dvb_gnuplot_find(void)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t len = strcspn(path, ":");
        char *dir = dvb_asprintf("%.*s", (int)len, len ? path : ".");
        char *file = dvb_path_join(*dir ? dir : ".", "gnuplot");
        free(dir);
        if (dvb_is_file(file) && !access(file, X_OK))
            return file;
        free(file);
        path += len + (path[len] == ':');
    }
    return NULL;
}

/* Files as its three streams: nothing can block, whatever it writes. */
struct streams {
    FILE *in, *out, *err;
};

static void close_streams(struct streams *s)
{
    FILE *const files[] = { s->in, s->out, s->err };
    for (int i = 0; i < 3; i++)
        if (files[i])
            fclose(files[i]);
}

static FILE *private_file(void)
{
    FILE *f = tmpfile();
    if (f)
        fcntl(fileno(f), F_SETFD, FD_CLOEXEC);
    return f;
}

static int open_streams(struct streams *s, const char *script, struct dvb_err *err)
{
    *s = (struct streams){ .in = private_file(), .out = private_file(), .err = private_file() };
    if (s->in && s->out && s->err && fputs(script, s->in) >= 0 && !fflush(s->in) &&
        !fseek(s->in, 0, SEEK_SET))
        return 0;
    int ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "temporary file for gnuplot");
    close_streams(s);
    return ret;
}

/* Of our environment it gets what fonts and programs need. Heap array of heap strings. */
static char **make_environment(void)
{
    static const char *const names[] = {
        "PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"
    };
    size_t n = 0, all = sizeof(names) / sizeof(*names);
    char **env = dvb_calloc(all + 2, sizeof(*env));
    for (size_t i = 0; i < all; i++)
        if (getenv(names[i]))
            env[n++] = dvb_asprintf("%s=%s", names[i], getenv(names[i]));
    env[n] = dvb_strdup("LC_ALL=C.UTF-8");
    return env;
}

static void free_environment(char **env)
{
    for (char **e = env; *e; e++)
        free(*e);
    free(env);
}

static int start(const char *path, const struct streams *s, pid_t *pid, struct dvb_err *err)
{
    char *const argv[] = { (char[]){ "gnuplot" }, (char[]){ "-d" }, (char[]){ "-" }, NULL };
    char **env = make_environment();
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fileno(s->in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, fileno(s->out), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, fileno(s->err), STDERR_FILENO);
    int why = posix_spawn(pid, path, &files, NULL, argv, env);
    posix_spawn_file_actions_destroy(&files);
    free_environment(env);
    return why ? dvb_fail(err, DVB_FAULT_SERVICE, why, "%s: cannot be run: %s", path, strerror(why))
               : 0;
}

/* Its exit status, as waitpid has it; ended when its time is over. */
static int wait_for(pid_t pid, double seconds, bool *late)
{
    const struct timespec moment = { .tv_nsec = 2000000 };
    double until = dvb_now() + seconds;
    int status = 0;
    *late = false;
    for (;;) {
        pid_t got = waitpid(pid, &status, *late ? 0 : WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return status;
        if (!*late && dvb_now() > until) {
            *late = true;
            kill(pid, SIGKILL);
        } else if (!*late) {
            nanosleep(&moment, NULL);
        }
    }
}

static int take(FILE *f, char **out, size_t *len, struct dvb_err *err)
{
    long size = fseek(f, 0, SEEK_END) ? -1 : ftell(f);
    if (size <= 0 || (size_t)size > MAX_OUT)
        return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "gnuplot wrote %s",
                        size <= 0 ? "nothing" : "more than 64 MiB");
    rewind(f);
    *out = malloc((size_t)size + 1);
    if (!*out)
        return dvb_fail_nomem(err);
    *len = fread(*out, 1, (size_t)size, f);
    (*out)[*len] = '\0';
    return 0;
}

/* The first words of what it complains of: for a bad script the line and a caret
   come before them, which say nothing to the reader of a message. */
static int complain(FILE *f, int status, struct dvb_err *err)
{
    char words[MAX_WORDS + 1] = "";
    rewind(f);
    size_t n = fread(words, 1, MAX_WORDS, f);
    words[n] = '\0';
    char *said = dvb_text_trim(words);
    if (WIFSIGNALED(status))
        return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "gnuplot was ended by signal %d",
                        WTERMSIG(status));
    return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "gnuplot failed with code %d%s%s",
                    WEXITSTATUS(status), *said ? ": " : "", said);
}

int dvb_gnuplot_run(const char *path, const char *script, double seconds, char **out, size_t *len,
                    struct dvb_err *err)
{
    struct streams s;
    pid_t pid;
    bool late;
    *out = NULL;
    *len = 0;
    int ret = open_streams(&s, script, err);
    if (ret)
        return ret;
    ret = start(path, &s, &pid, err);
    if (!ret) {
        int status = wait_for(pid, seconds, &late);
        if (late)
            ret = dvb_fail(err, DVB_FAULT_SERVICE, ETIMEDOUT,
                           "gnuplot took longer than %g seconds and was ended", seconds);
        else if (!WIFEXITED(status) || WEXITSTATUS(status))
            ret = complain(s.err, status, err);
        else
            ret = take(s.out, out, len, err);
    }
    close_streams(&s);
    return ret;
}
