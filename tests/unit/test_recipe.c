/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "media/recipe.h"

static struct dvb_size ladder(int64_t bitrate, int w, int h, int step)
{
    struct dvb_size size;
    if (!dvb_ladder_size(bitrate, (struct dvb_size){ w, h }, step, &size))
        fail_msg("no step %d for %lld", step, (long long)bitrate);
    return size;
}

static void assert_size(struct dvb_size s, int w, int h)
{
    if (s.w != w || s.h != h)
        fail_msg("found %dx%d, expected %dx%d", s.w, s.h, w, h);
}

static void published_sizes(void **state)
{
    (void)state;
    assert_size(ladder(3150000, 1920, 1080, 0), 1920, 1080);
    assert_size(ladder(800000, 1920, 1080, 0), 1920, 1080);
    assert_size(ladder(600000, 1920, 1080, 0), 1600, 900);
    assert_size(ladder(400000, 1920, 1080, 0), 1280, 720);
    assert_size(ladder(200000, 1920, 1080, 0), 1024, 576);
    assert_size(ladder(300000, 1920, 1080, 0), 1024, 576);
    assert_size(ladder(910000, 3840, 2160, 0), 1920, 1080);
}

/* Other shapes get the same number of pixels; nothing is enlarged. */
static void fits_into_the_source(void **state)
{
    (void)state;
    assert_size(ladder(200000, 1080, 1920, 0), 576, 1024);
    assert_size(ladder(200000, 480, 352, 0), 480, 352);
    assert_size(ladder(800000, 1280, 720, 0), 1280, 720);
    struct dvb_size s = ladder(200000, 1024, 768, 0);
    assert_true(s.w * s.h <= 1024 * 576 && s.w * s.h > 1024 * 576 * 97 / 100);
    assert_true(fabs((double)s.w / s.h - 4 / 3.0) < 0.02);
}

static void steps_go_down_to_an_end(void **state)
{
    (void)state;
    const struct dvb_size sources[] = {
        { 1920, 1080 }, { 480, 352 }, { 1024, 768 }, { 720, 1280 }, { 100, 40 }
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        for (int64_t rate = 5000; rate < 4000000; rate *= 2) {
            struct dvb_size last = { 0, 0 }, s;
            int step = 0;
            for (; dvb_ladder_size(rate, sources[i], step, &s); step++) {
                assert_true(s.w % 2 == 0 && s.h % 2 == 0 && s.w >= 2 && s.h >= 2);
                assert_true(s.w <= sources[i].w && s.h <= sources[i].h);
                assert_true(!step || s.w < last.w || s.h < last.h);
                last = s;
            }
            assert_true(step >= 1 && step < 32);
        }
}

static void hash(const struct dvb_recipe *r, enum dvb_kind kind, char hex[DVB_HASH_LEN + 1])
{
    dvb_recipe_hash(r, kind, hex);
    assert_int_equal(strlen(hex), DVB_HASH_LEN);
}

static void assert_same_hash(const struct dvb_recipe *a, const struct dvb_recipe *b,
                             enum dvb_kind kind, bool same)
{
    char ha[DVB_HASH_LEN + 1], hb[DVB_HASH_LEN + 1];
    hash(a, kind, ha);
    hash(b, kind, hb);
    if (!strcmp(ha, hb) != same)
        fail_msg("%s: hashes %s", dvb_kind_names[kind], same ? "differ" : "are the same");
}

static void hash_names_what_matters(void **state)
{
    (void)state;
    struct dvb_recipe a, b;
    dvb_recipe_default(&a);
    b = a;
    assert_same_hash(&a, &b, DVB_KIND_DEGRADED, true);
    assert_same_hash(&a, &b, DVB_KIND_PAIR, true);
    b.degraded.bitrate = 400000;
    assert_same_hash(&a, &b, DVB_KIND_DEGRADED, false);
    assert_same_hash(&a, &b, DVB_KIND_PAIR, false);
    assert_same_hash(&a, &b, DVB_KIND_ORIGINAL, true);
    b = a;
    b.degraded.crf = 7; /* not looked at when there is a bitrate */
    assert_same_hash(&a, &b, DVB_KIND_DEGRADED, true);
    b = a;
    b.pair_max_pixels = 100000;
    assert_same_hash(&a, &b, DVB_KIND_DEGRADED, true);
    assert_same_hash(&a, &b, DVB_KIND_PAIR, false);
    b = a;
    b.sample.fps = 1;
    for (int k = 0; k < DVB_KINDS; k++)
        assert_same_hash(&a, &b, (enum dvb_kind)k, false);
}

/* Each field of the degraded encode changes the degraded rendition's hash. */
static void hash_covers_every_field(void **state)
{
    (void)state;
    struct dvb_recipe d, r[9];
    dvb_recipe_default(&d);
    for (size_t i = 0; i < 9; i++)
        r[i] = d;
    r[0].degraded.mode = DVB_RATE_ABR;
    r[1].degraded.tolerance = 0.01;
    r[2].degraded.size = (struct dvb_size){ 640, 360 };
    r[3].degraded.fps = 10;
    snprintf(r[4].degraded.preset, sizeof(r[4].degraded.preset), "medium");
    r[5].degraded.tune[0] = '\0';
    r[6].degraded.bframes = 2;
    r[7].degraded.keyint = 50;
    r[8].degraded.bitrate = 0;
    for (size_t i = 0; i < 9; i++)
        assert_same_hash(&d, &r[i], DVB_KIND_DEGRADED, false);
    struct dvb_recipe crf = r[8];
    crf.degraded.crf = 30;
    assert_same_hash(&r[8], &crf, DVB_KIND_DEGRADED, false);
}

static void default_is_as_published(void **state)
{
    (void)state;
    struct dvb_recipe r;
    dvb_recipe_default(&r);
    assert_int_equal(r.degraded.bitrate, 200000);
    assert_int_equal(r.degraded.mode, DVB_RATE_SEARCH);
    assert_int_equal(r.degraded.bframes, 0);
    assert_int_equal(r.degraded.keyint, 0);
    assert_true(r.degraded.tolerance <= 0.03 && r.degraded.size.w == 0 && r.pair_video);
    json_t *j = dvb_recipe_json(&r, DVB_KIND_PAIR);
    assert_string_equal(json_string_value(json_object_get(j, "kind")), "pair");
    assert_int_equal(json_integer_value(json_object_get(j, "pair_max_pixels")), 602112);
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_sizes),         cmocka_unit_test(fits_into_the_source),
        cmocka_unit_test(steps_go_down_to_an_end), cmocka_unit_test(hash_names_what_matters),
        cmocka_unit_test(hash_covers_every_field), cmocka_unit_test(default_is_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
