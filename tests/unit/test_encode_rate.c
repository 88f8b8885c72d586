/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder of a live call: no delay, a rate that changes on the way, key frames on demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "media/encode.h"

enum { W = 320, H = 180, FRAMES = 90 };

struct seen {
    size_t bytes[FRAMES];
    bool key[FRAMES];
    int n;
};

static int keep(void *ctx, const struct dvb_packet *p, struct dvb_err *err)
{
    struct seen *s = ctx;
    (void)err;
    assert_true(s->n < FRAMES);
    s->bytes[s->n] = p->size;
    s->key[s->n++] = p->key;
    return 0;
}

/* Grain that moves, so that any rate can be used up. */
static void paint(AVFrame *f, struct dvb_rng *rng)
{
    assert_int_equal(av_frame_make_writable(f), 0);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? H / 2 : H); y++)
            for (int x = 0; x < (plane ? W / 2 : W); x++)
                f->data[plane][y * f->linesize[plane] + x] =
                    plane ? 128 : (uint8_t)(96 + (dvb_rng_next(rng) & 63));
}

static double kbps(const struct seen *s, int from, int to)
{
    size_t sum = 0;
    for (int i = from; i < to; i++)
        sum += s->bytes[i];
    return (double)sum * 8 / 1000 * 30 / (to - from);
}

static void test_live_encoder(void **state)
{
    (void)state;
    struct seen seen = { .n = 0 };
    struct dvb_encode_recipe recipe = { .bitrate = 2000000 };
    struct dvb_err err;
    struct dvb_rng rng;
    struct dvb_encoder *enc;
    assert_int_equal(dvb_encode_set_preset(&recipe, "ultrafast", "zerolatency", &err), 0);
    const struct dvb_encode_settings s = { .recipe = &recipe,
                                           .size = { W, H },
                                           .fps = { 30, 1 },
                                           .crf = -1,
                                           .buffer = 0.25,
                                           .sink = { .ctx = &seen, .packet = keep } };
    assert_int_equal(dvb_encoder_open(&s, &enc, &err), 0);
    AVFrame *f = av_frame_alloc();
    f->width = W;
    f->height = H;
    f->format = AV_PIX_FMT_YUV420P;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    dvb_rng_init(&rng, 1, "grain");
    for (int i = 0; i < FRAMES; i++) {
        paint(f, &rng);
        f->pts = i * 1000000 / 30;
        if (i == 45)
            assert_int_equal(dvb_encoder_set_bitrate(enc, 500000, &err), 0);
        if (i == 70)
            dvb_encoder_force_key(enc);
        assert_int_equal(dvb_encoder_put(enc, f, &err), 0);
        assert_int_equal(seen.n, i + 1); /* none is held back */
    }
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(seen.key[i], i == 0 || i == 70);
    double before = kbps(&seen, 15, 45), after = kbps(&seen, 60, 90);
    print_message("%.0f kbps, then %.0f\n", before, after);
    assert_true(before > 1600 && before < 2400);
    assert_true(after > 350 && after < 650);
    av_frame_free(&f);
    dvb_encoder_close(&enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_live_encoder) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
