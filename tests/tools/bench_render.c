/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times the degrade-and-pair work over the segments of some videos:
 *
 *   ffmpeg   two ffmpeg processes per segment, one after the other: transcode
 *            to the rate at the source's size, put both side by side
 *   same     devibench with the same sizes, presets and rate mode, two cores
 *   default  devibench's default recipe, all three renditions, with pictures
 *
 * Each is run in a child process of its own, so that wall time, processor time
 * and peak memory are its own; the rounds take turns, and the best is told.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/probe.h"
#include "media/render.h"

#define PRESET "veryfast"

struct segment {
    const char *path;
    double start;
    int w, h;
};

struct bench {
    struct segment *segments;
    size_t n, cap;
    double length;
    int jobs, rounds;
    char *dir;
    const char *only; /* the one row to run, or NULL */
};

struct figures {
    double wall, cpu, peak_mib;
};

/* wait4 is no part of POSIX, but of every system this runs on. */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);

static int run_program(const char *const argv[])
{
    pid_t pid = fork();
    if (!pid) {
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

static int run_ffmpeg(const struct bench *b, size_t i)
{
    const struct segment *s = &b->segments[i];
    char start[32], length[32];
    snprintf(start, sizeof(start), "%.3f", s->start);
    snprintf(length, sizeof(length), "%.3f", b->length);
    char *low = dvb_asprintf("%s/%zu-low.mp4", b->dir, i);
    char *pair = dvb_asprintf("%s/%zu-pair.mp4", b->dir, i);
    char *src = dvb_strdup(s->path);
    const char *transcode[] = { "ffmpeg",  "-nostdin", "-y",   "-v",   "error", "-ss",  start,
                                "-t",      length,     "-i",   src,    "-an",   "-c:v", "libx264",
                                "-preset", PRESET,     "-b:v", "200k", low,     NULL };
    const char *join[] = { "ffmpeg",
                           "-nostdin",
                           "-y",
                           "-v",
                           "error",
                           "-ss",
                           start,
                           "-t",
                           length,
                           "-i",
                           src,
                           "-i",
                           low,
                           "-filter_complex",
                           "[0:v][1:v]hstack",
                           "-an",
                           "-c:v",
                           "libx264",
                           "-preset",
                           PRESET,
                           pair,
                           NULL };
    int ret = run_program(transcode);
    if (!ret)
        ret = run_program(join);
    free(low);
    free(pair);
    free(src);
    return ret;
}

/* What the two ffmpeg commands ask for. */
static void same_recipe(struct dvb_recipe *r, const struct segment *s)
{
    dvb_recipe_default(r);
    r->degraded.mode = DVB_RATE_ABR;
    r->degraded.size = (struct dvb_size){ s->w, s->h };
    r->degraded.bframes = r->pair.bframes = 3;
    r->degraded.keyint = r->pair.keyint = 250;
    r->degraded.tune[0] = r->pair.tune[0] = '\0';
    snprintf(r->degraded.preset, sizeof(r->degraded.preset), PRESET);
    snprintf(r->pair.preset, sizeof(r->pair.preset), PRESET);
    r->pair.crf = 23;
    r->pair.fps = 0;
    r->pair_max_pixels = 0;
    r->sample.fps = 0;
}

static int run_devibench(const struct bench *b, size_t i, bool same)
{
    const struct segment *s = &b->segments[i];
    struct dvb_recipe recipe;
    struct dvb_rendition_files files[DVB_KINDS];
    struct dvb_err err;
    if (same)
        same_recipe(&recipe, s);
    else
        dvb_recipe_default(&recipe);
    unsigned kinds = 1U << DVB_KIND_DEGRADED | 1U << DVB_KIND_PAIR;
    if (!same)
        kinds |= 1U << DVB_KIND_ORIGINAL;
    char *out = dvb_asprintf("%s/%zu", b->dir, i);
    const struct dvb_render_job job = { .path = s->path,
                                        .start = s->start,
                                        .length = b->length,
                                        .recipe = &recipe,
                                        .kinds = kinds,
                                        .out_dir = out };
    int ret = dvb_render(&job, files, &err);
    if (ret)
        fprintf(stderr, "%s\n", err.msg);
    free(out);
    return ret;
}

static int run_mode(const struct bench *b, const char *mode)
{
    int bad = 0;
    if (!strcmp(mode, "ffmpeg")) {
        for (size_t i = 0; i < b->n; i++)
            bad += run_ffmpeg(b, i) != 0;
        return bad;
    }
    bool same = !strcmp(mode, "same");
#pragma omp parallel for schedule(dynamic, 1) num_threads(b->jobs) reduction(+ : bad)
    for (size_t i = 0; i < b->n; i++)
        bad += run_devibench(b, i, same) != 0;
    return bad;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int measure(const struct bench *b, const char *mode, struct figures *best)
{
    struct dvb_err err;
    if (dvb_remove_tree(b->dir, &err) || dvb_mkdirs(b->dir, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    double started = dvb_now();
    pid_t pid = fork();
    if (!pid)
        _exit(run_mode(b, mode) ? 1 : 0);
    int status = -1;
    struct rusage u;
    if (pid < 0 || wait4(pid, &status, 0, &u) != pid || status)
        return -1;
    struct figures f = { .wall = dvb_now() - started,
                         .cpu = seconds(u.ru_utime) + seconds(u.ru_stime),
                         .peak_mib = (double)u.ru_maxrss / 1024 };
    if (best->wall <= 0 || f.wall < best->wall)
        *best = (struct figures){ f.wall, f.cpu, best->peak_mib };
    if (f.peak_mib > best->peak_mib)
        best->peak_mib = f.peak_mib;
    return 0;
}

static int add_video(struct bench *b, const char *path)
{
    struct dvb_media_info info;
    struct dvb_err err;
    if (dvb_probe(path, &info, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    for (double s = 0; s + b->length <= info.duration; s += b->length) {
        b->segments = dvb_grow(b->segments, b->n, &b->cap, sizeof(*b->segments));
        b->segments[b->n++] = (struct segment){ path, s, info.width, info.height };
    }
    return 0;
}

static int run_bench(struct bench *b)
{
    static const struct {
        const char *mode, *label;
    } rows[] = { { "ffmpeg", "ffmpeg, two processes a clip" },
                 { "same", "devibench, same sizes and presets" },
                 { "default", "devibench, default recipe" } };
    struct figures f[3] = { 0 };
    for (int round = 0; round < b->rounds; round++)
        for (int i = 0; i < 3; i++)
            if ((!b->only || !strcmp(b->only, rows[i].mode)) && measure(b, rows[i].mode, &f[i])) {
                fprintf(stderr, "%s failed\n", rows[i].label);
                return 1;
            }
    printf("%zu segments of %g s, %d jobs, best of %d\n", b->n, b->length, b->jobs, b->rounds);
    printf("%-36s %8s %8s %9s %7s %7s\n", "", "wall s", "cpu s", "peak MiB", "x wall", "x cpu");
    for (int i = 0; i < 3; i++)
        printf("%-36s %8.2f %8.2f %9.0f %7.2f %7.2f\n", rows[i].label, f[i].wall, f[i].cpu,
               f[i].peak_mib, f[0].wall / f[i].wall, f[0].cpu / f[i].cpu);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = { .length = 5, .jobs = 2, .rounds = 1 };
    const char *dir = NULL;
    int opt;
    while ((opt = getopt(argc, argv, "d:s:j:r:m:")) >= 0) {
        if (opt == 'd')
            dir = optarg;
        else if (opt == 's')
            b.length = atof(optarg);
        else if (opt == 'j')
            b.jobs = atoi(optarg);
        else if (opt == 'm')
            b.only = optarg;
        else if (opt == 'r')
            b.rounds = atoi(optarg);
        else
            dir = NULL, optind = argc;
    }
    if (!dir || optind >= argc || b.length <= 0 || b.jobs < 1 || b.rounds < 1) {
        fprintf(stderr,
                "usage: %s -d SCRATCH_DIR [-s SECONDS] [-j JOBS] [-r ROUNDS] [-m ROW] VIDEO...\n",
                argv[0]);
        return 2;
    }
    b.dir = dvb_path_join(dir, "bench");
    int ret = 0;
    for (int i = optind; !ret && i < argc; i++)
        ret = add_video(&b, argv[i]);
    if (!ret && !b.n) {
        fprintf(stderr, "no video is as long as a segment\n");
        ret = 1;
    }
    if (!ret)
        ret = run_bench(&b);
    dvb_remove_tree(b.dir, NULL);
    free(b.dir);
    free(b.segments);
    return ret ? 1 : 0;
}
