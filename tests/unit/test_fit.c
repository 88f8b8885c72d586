/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates beyond what CRF reaches: it ends at 51 where still pictures' quantisers do not, and at 1
   where positive offsets leave theirs far above. The base is then shifted (fit.c). */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "media/film.h"
#include "media/fit.h"
#include "tests/unit/moving.h"

enum { W = 320, H = 192, FRAMES = 50, FPS = 25 };
#define HELD ((size_t)64 << 20)

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

/* One picture with much detail, again and again. */
static int make_still(void **state)
{
    (void)state;
    const struct moving picture = { .w = W, .h = H, .grain = 40 };
    const struct dvb_encode_recipe nearly = { .crf = 2, .preset = "veryfast" };
    const struct dvb_film_settings fs = { .path = "still.mp4",
                                          .recipe = &nearly,
                                          .fps = { FPS, 1 } };
    struct dvb_rate_result r;
    struct dvb_film *film;
    OK(dvb_film_open(&fs, &film, &err));
    for (int i = 0; i < FRAMES; i++) {
        AVFrame *f = moving_frame(&picture, 0);
        f->pts = i * 1000000 / FPS;
        OK(dvb_film_put(film, f, &err));
        av_frame_free(&f);
    }
    OK(dvb_film_finish(film, FRAMES * 1000000 / FPS, &r, &err));
    dvb_film_close(&film);
    return 0;
}

/* The left half as it is, the rest that much worse; ctx: two floats. */
static int halves(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                  struct dvb_err *e)
{
    const float *offsets = ctx;
    (void)frame;
    (void)e;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = offsets[i % mb_w >= mb_w / 2];
    return 0;
}

/* kbps 0: at that CRF. */
static int try_fit(double kbps, double crf, float *offsets, struct dvb_rate_result *r)
{
    const struct dvb_encode_recipe recipe = { .bitrate = (int64_t)(kbps * 1000),
                                              .tolerance = 0.05,
                                              .size = { W, H },
                                              .crf = crf,
                                              .preset = "veryfast" };
    const struct dvb_feed_settings feed = { .path = "still.mp4", .max_bytes = HELD };
    struct dvb_fit_settings s = { .recipe = &recipe };
    if (offsets)
        s.map = (struct dvb_qp_map){ offsets, halves };
    OK(dvb_feed_open(&feed, &s.feed, &err));
    int ret = dvb_fit(&s, r, &err);
    dvb_feed_close(&s.feed);
    return ret;
}

static struct dvb_rate_result fit(double kbps, double crf, float *offsets)
{
    struct dvb_rate_result r;
    OK(try_fit(kbps, crf, offsets, &r));
    return r;
}

/* Within 5%: a still picture's rate goes in leaps. */
static void check_met(const struct dvb_rate_result *r, double kbps)
{
    if (!r->met || fabs(r->bitrate_kbps / kbps - 1) > 0.05)
        fail_msg("%.2f kbps of %.2f: %s", r->bitrate_kbps, kbps, r->reason);
    assert_int_equal(r->width, W);
}

/* At CRF 51 the picture's quantisers are not at 51: there is room below that rate. */
static void still_pictures_go_below_crf_51(void **state)
{
    (void)state;
    float map[2] = { 0, 8 };
    struct dvb_rate_result end = fit(0, 51, map), r = fit(5.6, 0, map);
    assert_true(end.mean_qp < 50 && end.bitrate_kbps > 5.6 * 1.1);
    check_met(&r, 5.6);
    assert_true(r.mean_qp > end.mean_qp && r.qp_shift > 0 && end.qp_shift == 0);
    assert_true(r.effect.left.outside > r.effect.left.inside + 1); /* of the map */
}

/* ... also without a map, where a size was asked for. */
static void a_size_asked_for_goes_below_crf_51(void **state)
{
    (void)state;
    struct dvb_rate_result end = fit(0, 51, NULL), r = fit(4.7, 0, NULL);
    assert_true(end.mean_qp < 50 && end.bitrate_kbps > 4.7 * 1.06);
    check_met(&r, 4.7);
    assert_true(r.mean_qp > end.mean_qp && r.qp_shift > 0);
    struct dvb_rate_result again = fit(0, r.crf + r.qp_shift, NULL); /* the base as one number */
    assert_true(fabs(again.qp_shift - r.qp_shift) < 1e-6 && again.bitrate_kbps < end.bitrate_kbps);
}

/* Offsets that are positive everywhere: at CRF 1 nothing is near QP 1. */
static void positive_offsets_go_beyond_crf_1(void **state)
{
    (void)state;
    float flat[2] = { 18, 18 }, uneven[2] = { 12, 18 };
    struct dvb_rate_result end = fit(0, 1, flat), r = fit(220, 0, flat);
    assert_true(end.mean_qp > 12 && end.bitrate_kbps < 220 * 0.9);
    check_met(&r, 220);
    assert_true(r.mean_qp < end.mean_qp && r.qp_shift < 0);
    r = fit(220, 0, uneven);
    check_met(&r, 220);
    assert_true(r.effect.lowest == 12 && r.effect.asked > 3); /* the map remains as it is */
    assert_true(fabs(r.effect.outside - r.effect.inside - r.effect.asked) < 0.5);
}

/* A rate that no quantiser gives is told as before; where the map would end at QP 51, that. */
static void what_cannot_be_met_is_told(void **state)
{
    (void)state;
    float map[2] = { 0, 8 };
    struct dvb_rate_result r = fit(20000, 0, NULL);
    assert_false(r.met);
    assert_memory_equal(r.reason, "ceiling: ", 9);
    r = fit(20000, 0, map);
    assert_false(r.met);
    assert_memory_equal(r.reason, "ceiling: ", 9);
    r = fit(2, 0, NULL);
    assert_false(r.met);
    assert_memory_equal(r.reason, "floor: ", 7);
    assert_int_equal(try_fit(1, 0, map, &r), -ERANGE);
    assert_non_null(strstr(err.msg, "51 is the most there is"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(still_pictures_go_below_crf_51),
        cmocka_unit_test(a_size_asked_for_goes_below_crf_51),
        cmocka_unit_test(positive_offsets_go_beyond_crf_1),
        cmocka_unit_test(what_cannot_be_met_is_told),
    };
    return cmocka_run_group_tests(tests, make_still, NULL);
}
