/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawn map: colours, where they stand, and shapes that leave little room. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "eval/relevance/picture.h"
#include "eval/relevance/viridis.h"
#include "media/image.h"

static double linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* CIE L*, from sRGB. */
static double lightness(const double rgb[3])
{
    double y = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

static void colours_rise_evenly(void **state)
{
    (void)state;
    double rgb[3], last = 0;
    for (int i = 0; i <= 50; i++) {
        dvb_viridis(i / 50.0, rgb);
        double l = lightness(rgb), step = l - last;
        if (i && (step < 0.9 || step > 2.3)) /* 77 in 50 steps: 1.5 each */
            fail_msg("step %d: L* %g after %g", i, l, last);
        last = l;
    }
    dvb_viridis(0, rgb);
    assert_true(lightness(rgb) < 16);
    dvb_viridis(7, rgb); /* clamped */
    assert_true(lightness(rgb) > 90);
}

static AVFrame *gray(int w, int h)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = w;
    f->height = h;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? h / 2 : h); y++)
            memset(f->data[p] + y * f->linesize[p], 128, (size_t)(p ? w / 2 : w));
    return f;
}

struct drawn {
    AVFrame *rgb;
    struct dvb_size size;
};

static struct drawn draw(int w, int h, const struct dvb_map *m, const char *words)
{
    struct drawn d = { 0 };
    struct dvb_err err;
    AVFrame *f = gray(w, h), *yuv;
    int blocks = ((w + 15) / 16) * ((h + 15) / 16);
    float *qp = dvb_calloc((size_t)blocks, sizeof(*qp));
    for (int i = 0; i < blocks; i++)
        qp[i] = (float)(51.0 * i / blocks);
    const struct dvb_relevance_picture p = {
        .frame = f, .map = m, .qp = qp, .words = words, .caption = "caption"
    };
    if (dvb_relevance_draw(&p, "out.png", &d.size, &err))
        fail_msg("%s", err.msg);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file("out.png", 1 << 26, &data, &len, &err), 0);
    assert_int_equal(dvb_image_decode(data, len, 1 << 26, &yuv, &err), 0);
    d.rgb = dvb_frame_rgb(yuv);
    assert_int_equal(d.rgb->width, d.size.w & ~1);
    assert_int_equal(d.rgb->height, d.size.h & ~1);
    av_frame_free(&yuv);
    av_frame_free(&f);
    free(data);
    free(qp);
    return d;
}

/* How far a pixel is from a half-covering colour over mid-gray; 255 at most. */
static double distance(const struct drawn *d, double x, double y, double t)
{
    const uint8_t *px = d->rgb->data[0] + (int)y * d->rgb->linesize[0] + 3 * (int)x;
    double rgb[3], most = 0;
    dvb_viridis(t, rgb);
    for (int c = 0; c < 3; c++)
        most = fmax(most, fabs(px[c] - (0.5 * 130 + 0.5 * 255 * rgb[c])));
    return most;
}

static void cells_stand_where_they_belong(void **state)
{
    (void)state;
    struct dvb_map m;
    dvb_map_init(&m, 2, 4);
    static const float rho[] = { -1, 0, 1, 0, 0, -1, 0, 0.5f };
    memcpy(m.rho, rho, sizeof(rho));
    struct drawn d = draw(800, 400, &m, "Where?");
    assert_int_equal(d.size.w, 24 + 800 + 28 + 800 + 24);
    /* The panel's top: where the column at its middle turns from white to colour. */
    int top = 0;
    for (int y = 0; y < d.size.h && !top; y++)
        if (d.rgb->data[0][y * d.rgb->linesize[0] + 3 * (24 + 50)] < 200 &&
            distance(&d, 24 + 50, y, 0) < 12)
            top = y;
    assert_true(top > 60);
    for (int i = 0; i < 8; i++) {
        int row = i / 4, col = i % 4;
        double x = 24 + col * 200 + 20, y = top + row * 200 + 20;
        double off = distance(&d, x, y, ((double)rho[i] + 1) / 2);
        if (off > 12)
            fail_msg("cell %d is off by %g", i, off);
    }
    av_frame_free(&d.rgb);
    dvb_map_release(&m);
}

/* A tick below the scale at that column. */
static bool ticked(const struct drawn *d, int x)
{
    double text = fmax(14, d->size.w / 100.0);
    int y = (int)(d->size.h - 12 - 1.6 * text - 6) + 3;
    const uint8_t *row = d->rgb->data[0] + y * d->rgb->linesize[0];
    return row[3 * (x - 1)] < 200 || row[3 * x] < 200;
}

static void scales_tell_their_ends(void **state)
{
    (void)state;
    struct dvb_map m;
    dvb_map_init(&m, 1, 2);
    m.rho[0] = -0.37f;
    m.rho[1] = 0.53f;
    struct drawn d = draw(800, 400, &m, "Where?");
    assert_true(ticked(&d, 24));
    assert_true(ticked(&d, 24 + 800));
    assert_true(ticked(&d, 24 + (int)(800 * 0.37 / 0.9)));
    assert_false(ticked(&d, 24 + 700));
    av_frame_free(&d.rgb);
    dvb_map_release(&m);
}

static void any_shape_is_drawn(void **state)
{
    (void)state;
    static const int sizes[][2] = { { 2, 2 },     { 8192, 2 },    { 2, 8192 },
                                    { 64, 4000 }, { 1920, 1080 }, { 638, 358 } };
    char *endless = dvb_calloc(20001, 1);
    memset(endless, 'x', 20000); /* a word with no end: cut, not spread over the picture */
    const char *const words[] = { "", endless, "\n\n\n\n\n\n\n\n\n", "\xe2\x80\xae x \xd8\xb1" };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct dvb_map m;
        dvb_map_init(&m, i % 2 ? 1 : 1024, i % 3 ? 7 : 1);
        struct drawn d = draw(sizes[i][0], sizes[i][1], &m, words[i % 4]);
        assert_in_range(d.size.w, 500, 2600);
        assert_in_range(d.size.h, 100, 1600);
        av_frame_free(&d.rgb);
        dvb_map_release(&m);
    }
    free(endless);
}

static void peaks(void **state)
{
    (void)state;
    struct dvb_map m;
    dvb_map_init(&m, 5, 5);
    assert_int_equal(dvb_relevance_peak(&m), 12); /* flat: the middle */
    m.rho[3] = 0.5f;
    assert_int_equal(dvb_relevance_peak(&m), 3);
    for (int r = 2; r < 5; r++)
        for (int c = 0; c < 3; c++)
            m.rho[r * 5 + c] = 0.9f;
    assert_int_equal(dvb_relevance_peak(&m), 3 * 5 + 1);
    dvb_map_release(&m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_rise_evenly),
        cmocka_unit_test(cells_stand_where_they_belong),
        cmocka_unit_test(scales_tell_their_ends),
        cmocka_unit_test(any_shape_is_drawn),
        cmocka_unit_test(peaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
