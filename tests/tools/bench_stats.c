/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times the statistics of two cells that share 50,000 questions of 2,000 videos,
 * beside the same bootstrap item by item in one thread, in turns; the best of
 * each is told. Both draw the same videos, so their answers must be the same.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/score/stats.h"
#include "tests/unit/plain_bootstrap.h"

#define VIDEOS 2000
#define PER_VIDEO 25
#define ITEMS ((size_t)VIDEOS * PER_VIDEO)

struct figures {
    double plain, one, all;
};

/* Videos differ in how hard they are; cell b is somewhat worse everywhere. */
static void make_cells(struct dvb_outcome *a, struct dvb_outcome *b)
{
    struct dvb_rng rng;
    dvb_rng_init(&rng, 1, "bench_stats");
    double ease = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        if (i % PER_VIDEO == 0)
            ease = dvb_rng_unit(&rng);
        int64_t item = (int64_t)i, video = item / PER_VIDEO;
        a[i] = (struct dvb_outcome){ item, video, dvb_rng_unit(&rng) < ease };
        b[i] = (struct dvb_outcome){ item, video, dvb_rng_unit(&rng) < ease * 0.995 };
    }
}

static int measure(const struct dvb_cell *a, const struct dvb_cell *b,
                   const struct dvb_stats_settings *s, struct dvb_pair_stats *pair, double *best)
{
    struct dvb_share share[3];
    struct dvb_err err;
    double begun = dvb_now();
    if (dvb_stats_cell(a, s, &share[0], &err) || dvb_stats_cell(b, s, &share[1], &err) ||
        dvb_stats_sensitivity(a, b, s, &share[2], &err) || dvb_stats_pair(a, b, s, pair, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    *best = fmin(*best, dvb_now() - begun);
    return 0;
}

static bool same(const struct plain_bootstrap *plain, const struct dvb_pair_stats *pair)
{
    return fabs(plain->diff - pair->diff) < 1e-12 && fabs(plain->p - pair->bootstrap_p) < 1e-12 &&
           fabs(plain->lo - pair->bootstrap_ci.lo) < 1e-12 &&
           fabs(plain->hi - pair->bootstrap_ci.hi) < 1e-12;
}

static int run(const struct dvb_cell *a, const struct dvb_cell *b, int jobs, int turns)
{
    struct dvb_stats_settings s;
    struct figures f = { INFINITY, INFINITY, INFINITY };
    struct dvb_pair_stats pair = { 0 };
    dvb_stats_settings_default(&s);
    for (int turn = 0; turn < turns; turn++) {
        double begun = dvb_now();
        struct plain_bootstrap plain = plain_bootstrap(a->v, b->v, ITEMS, &s, "bootstrap/a/b");
        f.plain = fmin(f.plain, dvb_now() - begun);
        for (int one = 1; one >= 0; one--) {
            s.jobs = one ? 1 : jobs;
            if (measure(a, b, &s, &pair, one ? &f.one : &f.all))
                return 1;
            if (!same(&plain, &pair)) {
                fprintf(stderr, "the two bootstraps differ\n");
                return 1;
            }
        }
    }
    printf("statistics of %zu results, %d videos, %d bootstrap rounds, best of %d\n", 2 * ITEMS,
           VIDEOS, s.rounds, turns);
    printf("%-44s %8s %7s\n", "", "wall s", "x wall");
    printf("%-44s %8.3f %7.2f\n", "bootstrap alone, item by item, one thread", f.plain, 1.0);
    printf("%-44s %8.3f %7.2f\n", "devibench, all statistics, one thread", f.one, f.plain / f.one);
    printf("devibench, all statistics, %-2d threads %6s %8.3f %7.2f\n", jobs, "", f.all,
           f.plain / f.all);
    printf("difference %.4f, 95%% %.4f to %.4f, bootstrap p %.4f by both\n", pair.diff,
           pair.bootstrap_ci.lo, pair.bootstrap_ci.hi, pair.bootstrap_p);
    return 0;
}

int main(int argc, char **argv)
{
    int jobs = 2, turns = 2, opt;
    while ((opt = getopt(argc, argv, "j:r:")) >= 0) {
        if (opt == 'j')
            jobs = atoi(optarg);
        else if (opt == 'r')
            turns = atoi(optarg);
        else
            jobs = 0;
    }
    if (optind != argc || jobs < 1 || turns < 1) {
        fprintf(stderr, "usage: %s [-j THREADS] [-r TURNS]\n", argv[0]);
        return 2;
    }
    struct dvb_outcome *a = dvb_calloc(ITEMS, sizeof(*a)), *b = dvb_calloc(ITEMS, sizeof(*b));
    make_cells(a, b);
    const struct dvb_cell cell_a = { "a", a, ITEMS }, cell_b = { "b", b, ITEMS };
    int ret = run(&cell_a, &cell_b, jobs, turns);
    free(a);
    free(b);
    return ret;
}
