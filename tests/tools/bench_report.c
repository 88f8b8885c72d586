/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_report DEVIBENCH WORKSPACE SITE: how long `devibench report` takes, how much
 * memory, and what its first page weighs.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"

extern char **environ;

static long long size_of(const char *dir, const char *name)
{
    char *path = dvb_path_join(dir, name);
    struct stat st;
    long long size = stat(path, &st) ? -1 : (long long)st.st_size;
    free(path);
    return size;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_report DEVIBENCH WORKSPACE SITE\n");
        return 2;
    }
    char *const command[] = { argv[1], (char *)"report", (char *)"--workspace",
                              argv[2], (char *)"--out",  argv[3],
                              NULL };
    double begun = dvb_now();
    pid_t pid;
    int status;
    if (posix_spawn(&pid, argv[1], NULL, NULL, command, environ) ||
        waitpid(pid, &status, 0) != pid || status)
        return 1;
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    printf("report: %.1f s (%.1f s of processor time), %.0f MiB resident, index.html %.0f kB\n",
           dvb_now() - begun,
           (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
           (double)used.ru_maxrss / 1024, (double)size_of(argv[3], "index.html") / 1000);
    return 0;
}
