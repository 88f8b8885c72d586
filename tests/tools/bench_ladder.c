/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ladder of bitrates of one clip with a box map, many rungs at once, one thread each:
 *
 *     bench_ladder CLIP SECONDS JOBS DIR RATE...
 *
 * writes DIR/RATE.mp4 and prints a line for each rung: rate asked, rate met, encodes, size, QP
 * inside and outside the most relevant tenth. The box wanders from left to right.
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/strategy/timeline.h"
#include "media/fit.h"

#define MAX_RUNGS 16

struct rung {
    int64_t bitrate;
    struct dvb_rate_result rate;
    struct dvb_err err;
    int ret;
};

static void wander(struct dvb_timeline *t, double seconds)
{
    for (double at = 0; at <= seconds; at += 0.5) {
        double x = 100 + 600 * at / seconds;
        dvb_timeline_add_boxes(t, at, &(struct dvb_region){ x, 400, x + 200, 600 }, 1);
    }
}

static void run(struct rung *r, const char *clip, double seconds, int jobs, const char *dir)
{
    struct dvb_timeline t = { .form = DVB_FORM_BOX, .gamma = DVB_GAMMA, .glide = true };
    const struct dvb_feed_settings feed = { .path = clip,
                                            .length = seconds,
                                            .max_bytes = ((size_t)2 << 30) / (size_t)jobs };
    struct dvb_recipe recipe;
    dvb_recipe_default(&recipe);
    recipe.degraded.bitrate = r->bitrate;
    wander(&t, seconds);
    char *path = dvb_asprintf("%s/%lld.mp4", dir, (long long)r->bitrate);
    struct dvb_fit_settings fs = { .recipe = &recipe.degraded,
                                   .path = path,
                                   .map = { &t, dvb_timeline_offsets } };
    r->ret = dvb_feed_open(&feed, &fs.feed, &r->err);
    if (!r->ret)
        r->ret = dvb_fit(&fs, &r->rate, &r->err);
    dvb_feed_close(&fs.feed);
    dvb_timeline_release(&t);
    free(path);
}

int main(int argc, char **argv)
{
    struct rung rungs[MAX_RUNGS] = { { 0 } };
    double seconds;
    int64_t jobs;
    int n = argc - 5, bad = 0;
    if (n < 1 || n > MAX_RUNGS || !dvb_parse_num(argv[2], &seconds) ||
        !dvb_parse_int(argv[3], &jobs) || jobs < 1)
        return 2;
    for (int i = 0; i < n; i++)
        if (!dvb_parse_rate(argv[5 + i], &rungs[i].bitrate))
            return 2;
            /* The costly ones first. */
#pragma omp parallel for schedule(dynamic) num_threads((int)jobs)
    for (int i = n - 1; i >= 0; i--)
        run(&rungs[i], argv[1], seconds, (int)jobs, argv[4]);
    for (int i = 0; i < n; i++) {
        const struct dvb_rate_result *r = &rungs[i].rate;
        bad |= rungs[i].ret || !r->met;
        if (rungs[i].ret)
            fprintf(stderr, "%s\n", rungs[i].err.msg);
        else
            printf("%s %.1f %dx%d %d %.1f %.1f\n", argv[5 + i], r->bitrate_kbps, r->width,
                   r->height, r->encodes, r->effect.inside, r->effect.outside);
    }
    return bad;
}
