/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures for graphs: resizing, preprocessor_config.json, lines from a map of text. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "neural/text_detector.h"

static void near(double got, double want, double by, const char *what)
{
    if (!(fabs(got - want) <= by))
        fail_msg("%s: %f, expected %f", what, got, want);
}

/* A row of grey pixels as a picture. */
static struct dvb_rgb row(const float *grey, int n, float *px)
{
    for (int i = 0; i < 3 * n; i++)
        px[i] = grey[i / 3];
    return (struct dvb_rgb){ px, n, 1, 3 * (size_t)n };
}

/* Weights worked out by hand from Pillow's rule: the filter is widened by the ratio,
   centred on the new pixel, and cut at the edges. */
static void test_resize_values(void **state)
{
    (void)state;
    const float grey[] = { 10, 20, 30, 100 };
    float px[12], out[64 * 3];
    struct dvb_err err = { 0 };
    struct dvb_rgb r = row(grey, 4, px);
    assert_int_equal(dvb_rgb_resize(&r, 2, 1, DVB_FILTER_BILINEAR, out, &err), 0);
    near((double)out[0], (0.75 * 10 + 0.75 * 20 + 0.25 * 30) / 1.75, 1e-3, "left");
    near((double)out[3], (0.25 * 20 + 0.75 * 30 + 0.75 * 100) / 1.75, 1e-3, "right");
    assert_int_equal(dvb_rgb_resize(&r, 8, 1, DVB_FILTER_BILINEAR, out, &err), 0);
    near((double)out[0], 10, 1e-3, "edge");
    near((double)out[3], 0.75 * 10 + 0.25 * 20, 1e-3, "between");
    assert_int_equal(dvb_rgb_resize(&r, 2, 1, DVB_FILTER_NEAREST, out, &err), 0);
    near((double)out[0], 20, 0, "nearest");
    assert_int_equal(dvb_rgb_resize(&r, 8, 1, DVB_FILTER_BICUBIC, out, &err), 0);
    /* place 0.75 of pixels 0..3: weights at -0.75, 0.25, 1.25 from the centres */
    near((double)out[9], -0.0703125 * 10 + 0.8671875 * 20 + 0.2265625 * 30 - 0.0234375 * 100, 1e-3,
         "bicubic");
    near((double)out[21], 100, 15, "kept within 0..255");
    const float harsh[] = { 0, 255, 0, 255 };
    r = row(harsh, 4, px);
    assert_int_equal(dvb_rgb_resize(&r, 64, 1, DVB_FILTER_LANCZOS, out, &err), 0);
    for (int i = 0; i < 64 * 3; i++)
        assert_true(out[i] >= 0 && out[i] <= 255);
}

/* Whatever the sizes: an even picture stays so, the same size changes nothing. */
static void test_resize_laws(void **state)
{
    (void)state;
    struct dvb_err err = { 0 };
    float px[40 * 30 * 3], same[40 * 30 * 3], out[64 * 64 * 3];
    for (int i = 0; i < 40 * 30 * 3; i++)
        px[i] = (float)(i * 37 % 256);
    const struct dvb_rgb r = { px, 40, 30, 120 };
    for (int f = 0; f < 4; f++) {
        assert_int_equal(dvb_rgb_resize(&r, 40, 30, (enum dvb_filter)f, same, &err), 0);
        for (int i = 0; i < 40 * 30 * 3; i++)
            near((double)same[i], (double)px[i], 1e-3, "same size");
    }
    for (int i = 0; i < 40 * 30 * 3; i++)
        px[i] = (float)(i % 3 * 100);
    for (int w = 1; w <= 64; w += 7)
        for (int h = 1; h <= 64; h += 9)
            for (int f = 0; f < 4; f++) {
                assert_int_equal(dvb_rgb_resize(&r, w, h, (enum dvb_filter)f, out, &err), 0);
                for (int i = 0; i < w * h * 3; i++)
                    near((double)out[i], i % 3 * 100, 1e-2, "even");
            }
}

static void put(const char *text)
{
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_write_file("prep.json", text, strlen(text), &err), 0);
}

#define NORM "\"image_mean\":[0.5,0.25,0],\"image_std\":[0.5,0.25,1]"

static void test_preprocess(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int w, h, edge;
        enum dvb_filter filter;
    } cases[] = {
        /* CLIP, older and newer; MobileCLIP; SigLIP */
        { "{\"size\":224,\"do_center_crop\":true,\"crop_size\":224,\"resample\":3," NORM "}", 224,
          224, 224, DVB_FILTER_BICUBIC },
        { "{\"size\":{\"shortest_edge\":224},\"crop_size\":{\"height\":224,\"width\":200}," NORM
          "}",
          200, 224, 224, DVB_FILTER_BICUBIC },
        { "{\"size\":{\"shortest_edge\":256},\"do_center_crop\":true,\"crop_size\":{\"height\":256,"
          "\"width\":256},\"do_normalize\":false,\"resample\":2}",
          256, 256, 256, DVB_FILTER_BILINEAR },
        { "{\"size\":{\"height\":384,\"width\":380},\"do_resize\":true,\"resample\":3," NORM "}",
          380, 384, 0, DVB_FILTER_BICUBIC },
    };
    struct dvb_preprocess p;
    struct dvb_err err = { 0 };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put(cases[i].json);
        if (dvb_preprocess_load("prep.json", &p, &err))
            fail_msg("%s: %s", cases[i].json, err.msg);
        assert_int_equal(p.w, cases[i].w);
        assert_int_equal(p.h, cases[i].h);
        assert_int_equal(p.short_edge, cases[i].edge);
        assert_int_equal(p.filter, cases[i].filter);
    }
}

static void test_preprocess_faults(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        { "{", "prep.json:1:" },
        { "{}", "size has neither" },
        { "{\"size\":{\"height\":0,\"width\":9}}", "size is no side" },
        { "{\"size\":{\"height\":9,\"width\":1e9}}", "size is no side" },
        { "{\"size\":224," NORM ",\"resample\":4}", "resample is 4" },
        { "{\"size\":224}", "image_mean is not three numbers" },
        { "{\"size\":224,\"image_mean\":[1,2],\"image_std\":[1,1,1]}", "image_mean" },
        { "{\"size\":224,\"image_mean\":[1,2,3],\"image_std\":[1,0,1]}", "image_std[1] is 0" },
        { "{\"size\":{\"shortest_edge\":224}," NORM "}", "no fixed size" },
        { "{\"do_resize\":false," NORM "}", "no fixed size" },
        { "{\"size\":{\"shortest_edge\":200},\"crop_size\":224," NORM "}", "larger than size" },
        { "{\"size\":{\"height\":300,\"width\":300},\"crop_size\":224," NORM "}", "not supported" },
    };
    struct dvb_preprocess p;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_err err = { 0 };
        put(cases[i].json);
        assert_true(dvb_preprocess_load("prep.json", &p, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        if (!strstr(err.msg, cases[i].says) || !strstr(err.msg, "prep.json"))
            fail_msg("%s: '%s' does not say '%s'", cases[i].json, err.msg, cases[i].says);
    }
}

/* Short edge and crop: a wide picture whose middle third is white, the rest black. */
static void test_crop(void **state)
{
    (void)state;
    float px[90 * 30 * 3], out[3 * 20 * 20];
    struct dvb_err err = { 0 };
    struct dvb_preprocess p;
    for (int i = 0; i < 90 * 30 * 3; i++)
        px[i] = i / 3 % 90 / 30 == 1 ? 255 : 0;
    const struct dvb_rgb r = { px, 90, 30, 270 };
    put("{\"size\":{\"shortest_edge\":20},\"crop_size\":20,\"resample\":2," NORM "}");
    assert_int_equal(dvb_preprocess_load("prep.json", &p, &err), 0);
    assert_int_equal(dvb_preprocess_run(&p, &r, out, &err), 0);
    for (int y = 0; y < 20; y++)
        for (int x = 2; x < 18; x++) {
            near((double)out[y * 20 + x], 1, 1e-5, "red");
            near((double)out[400 + y * 20 + x], 3, 1e-5, "green");
            near((double)out[800 + y * 20 + x], 1, 1e-5, "blue");
        }
}

/* A map with rectangles of text at some angle, by their centres and half sides. */
static void draw(struct dvb_text_map *m, double cx, double cy, double a, double b, double angle,
                 float p)
{
    for (int y = 0; y < m->h; y++)
        for (int x = 0; x < m->w; x++) {
            double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
            if (fabs(dx * cos(angle) + dy * sin(angle)) <= a &&
                fabs(dy * cos(angle) - dx * sin(angle)) <= b)
                m->p[y * m->w + x] = p;
        }
}

static struct dvb_text_map blank(int w, int h)
{
    return (struct dvb_text_map){ w, h, 2 * w, 2 * h, dvb_calloc((size_t)w * (size_t)h, 4) };
}

static void test_lines(void **state)
{
    (void)state;
    const double angles[] = { 0, 0.3, -0.3, 0.7 };
    for (size_t i = 0; i < sizeof(angles) / sizeof(*angles); i++) {
        struct dvb_text_map m = blank(200, 160);
        size_t n;
        draw(&m, 100, 80, 50, 6, angles[i], 0.9f);
        struct dvb_text_line *l = dvb_text_lines(&m, &n);
        assert_int_equal(n, 1);
        double grow = 1.5 * 50 * 6 / 56.0;
        near(l->length, 4 * (50 + grow), 9, "length");
        near(l->height, 4 * (6 + grow), 9, "height");
        near(atan2(l->uy, l->ux), angles[i], 0.03, "angle");
        near(l->ux * l->vx + l->uy * l->vy, 0, 1e-9, "right angle");
        near(l->x + l->ux * l->length / 2 + l->vx * l->height / 2, 200, 3, "centre");
        near(l->y + l->uy * l->length / 2 + l->vy * l->height / 2, 160, 3, "centre");
        near(l->score, 0.9, 0.15, "score");
        assert_true(dvb_text_line_holds(l, 200, 160));
        assert_false(dvb_text_line_holds(l, 200 - sin(angles[i]) * 60, 160 + cos(angles[i]) * 60));
        free(l);
        dvb_text_map_release(&m);
    }
}

/* Neighbours stay apart, from the top; what is faint or tiny is none; a column is read
   downwards, from its top. */
static void test_lines_kinds(void **state)
{
    (void)state;
    struct dvb_text_map m = blank(200, 160);
    size_t n;
    draw(&m, 60, 100, 40, 5, 0, 0.95f);
    draw(&m, 60, 20, 40, 5, 0, 0.8f);
    draw(&m, 60, 60, 40, 5, 0, 0.5f); /* its mean is too low */
    draw(&m, 60, 140, 1, 1, 0, 1);    /* too small */
    draw(&m, 180, 80, 5, 50, 0, 0.9f);
    struct dvb_text_line *l = dvb_text_lines(&m, &n);
    assert_int_equal(n, 3);
    near(l[0].score, 0.8, 0.01, "first");
    near(l[2].score, 0.95, 0.01, "last");
    const struct dvb_text_line *c = &l[1];
    near(c->uy, 1, 1e-6, "down");
    near(c->vx, -1, 1e-6, "to the left");
    assert_true(c->length > 4 * c->height);
    assert_true(c->x > 360 && c->y < 65);
    assert_true(dvb_text_line_holds(c, 360, 160));
    free(l);
    dvb_text_map_release(&m);
    m = blank(8, 8);
    l = dvb_text_lines(&m, &n);
    assert_int_equal(n, 0);
    free(l);
    draw(&m, 4, 4, 4, 4, 0, 1); /* all of it */
    l = dvb_text_lines(&m, &n);
    assert_int_equal(n, 1);
    free(l);
    dvb_text_map_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resize_values), cmocka_unit_test(test_resize_laws),
        cmocka_unit_test(test_preprocess),    cmocka_unit_test(test_preprocess_faults),
        cmocka_unit_test(test_crop),          cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
