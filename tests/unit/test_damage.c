/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged files: whatever bytes come, no crash, no hang, and a reason when refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/rng.h"
#include "media/clip.h"
#include "media/image.h"
#include "media/probe.h"
#include "tests/unit/media_maker.h"

#define FRAMES 50
#define SECONDS_EACH 5.0 /* generous: one file takes some milliseconds */

static struct {
    int refused, whole, partly;
} tally;

static void check_error(int r, const struct dvb_err *err)
{
    assert_true(r < 0);
    assert_int_equal(err->code, -r);
    assert_true(err->msg[0]);
    assert_true(err->fault == DVB_FAULT_INPUT || err->fault == DVB_FAULT_INTERNAL);
}

static void decode_all(const void *data, size_t len, struct dvb_clip_settings want)
{
    struct dvb_clip *clip;
    struct dvb_err err = { 0 };
    AVFrame *f;
    int r = dvb_clip_open_memory(data, len, &want, &clip, &err), n = 0;
    if (r) {
        assert_null(clip);
        check_error(r, &err);
        tally.refused++;
        return;
    }
    int64_t last = -1;
    while ((r = dvb_clip_next(clip, &f, &err)) > 0 && n < 10 * FRAMES) {
        assert_true(f->pts > last);
        assert_int_equal(f->width, dvb_clip_get_info(clip)->width);
        last = f->pts;
        n++;
        av_frame_free(&f);
    }
    av_frame_free(&f);
    if (r < 0)
        check_error(r, &err);
    tally.whole += n == FRAMES;
    tally.partly += n > 0 && n < FRAMES;
    dvb_clip_close(&clip);
}

static void probe_it(const void *data, size_t len)
{
    struct dvb_media_info info;
    struct dvb_err err = { 0 };
    FILE *out = fopen("damaged.bin", "wb"); /* not dvb_write_file, which syncs */
    assert_int_equal(fwrite(data, 1, len, out), len);
    fclose(out);
    int r = dvb_probe("damaged.bin", &info, &err);
    if (r)
        check_error(r, &err);
    else
        assert_true(info.frames > 0 && info.duration > 0 && info.width > 0 && info.fps > 0);
}

static void try_it(const void *data, size_t len, int i)
{
    double began = dvb_now();
    probe_it(data, len);
    /* In turn: all of it, a cut with a seek, a cut at a constant rate. */
    static const struct dvb_clip_settings wants[] = { { 0, 0, 0 }, { 1, 0.5, 0 }, { 0.7, 1, 10 } };
    decode_all(data, len, wants[i % 3]);
    if (dvb_now() - began > SECONDS_EACH)
        fail_msg("damage %d took %.1f s", i, dvb_now() - began);
}

static void damage(const struct maker *m, int cuts, int flips)
{
    maker_make(m);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file(m->path, 1 << 20, &data, &len, NULL), 0);
    tally.refused = tally.whole = tally.partly = 0;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 20, m->path);
    for (int i = 0; i < cuts; i++) {
        size_t keep = len * (size_t)i / (size_t)cuts;
        char *cut = malloc(keep + 1); /* its own block, so that reading past the end is seen */
        memcpy(cut, data, keep);
        try_it(cut, keep, i);
        free(cut);
    }
    for (int i = 0; i < flips; i++) {
        char *copy = malloc(len);
        memcpy(copy, data, len);
        /* One to sixteen bits; every other time near the ends, where the index is. */
        for (uint32_t k = 0, n = 1u << dvb_rng_below(&rng, 5); k < n; k++) {
            uint32_t at = dvb_rng_below(&rng, (uint32_t)len), edge = 1500;
            if (i % 2 && len > 2 * edge)
                at = at % 2 ? at % edge : (uint32_t)len - 1 - at % edge;
            copy[at] = (char)(copy[at] ^ (1 << dvb_rng_below(&rng, 8)));
        }
        try_it(copy, len, i);
        free(copy);
    }
    free(data);
    print_message("%s, %zu bytes: %d refused, %d decoded whole, %d in part\n", m->path, len,
                  tally.refused, tally.whole, tally.partly);
    assert_true(tally.partly > 0); /* damage was found, and concealed */
    assert_true(tally.refused > 0);
}

static void test_mp4(void **state)
{
    (void)state;
    damage(
        &(struct maker){
            .path = "d.mp4", .w = 320, .h = 180, .frames = FRAMES, .options = "b=200k" },
        100, 200);
}

static void test_other_containers(void **state)
{
    (void)state;
    static const struct maker makers[] = {
        { .path = "d.mkv", .options = "b=200k" },
        { .path = "d.ts", .encoder = "mpeg2video", .interlaced = true, .options = "b=200k" },
        { .path = "d.avi", .encoder = "mpeg4", .options = "b=200k" },
        { .path = "d.h264", .options = "b=200k" },
        { .path = "d.webm", .encoder = "libvpx-vp9", .options = "deadline=realtime:cpu-used=8" },
    };
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        struct maker m = makers[i];
        m.w = 160, m.h = 96, m.frames = FRAMES;
        damage(&m, 20, 40);
    }
}

static void test_pictures(void **state)
{
    (void)state;
    struct maker m = { .w = 160, .h = 96 };
    AVFrame *f = maker_frame(&m, AV_PIX_FMT_YUV420P, 1), *out;
    assert_int_equal(dvb_image_write_jpeg(f, 80, "d.jpg", NULL), 0);
    assert_int_equal(dvb_image_write_png(f, "d.png", NULL), 0);
    av_frame_free(&f);
    static const char *const paths[] = { "d.jpg", "d.png" };
    int decoded = 0, refused = 0;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 21, "pictures");
    for (int i = 0; i < 400; i++) {
        char *data;
        size_t len;
        assert_int_equal(dvb_read_file(paths[i % 2], 1 << 20, &data, &len, NULL), 0);
        size_t keep = i % 4 < 2 ? dvb_rng_below(&rng, (uint32_t)len) : len;
        char *copy = malloc(keep + 1);
        memcpy(copy, data, keep);
        if (keep == len)
            for (int k = 0; k < 4; k++)
                copy[dvb_rng_below(&rng, (uint32_t)len)] ^= (char)(1 << dvb_rng_below(&rng, 8));
        struct dvb_err err = { 0 };
        int r = dvb_image_decode(copy, keep, 1 << 20, &out, &err);
        if (r)
            check_error(r, &err);
        decoded += !r;
        refused += r < 0;
        av_frame_free(&out);
        free(copy);
        free(data);
    }
    assert_true(decoded > 20 && refused > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mp4),
        cmocka_unit_test(test_other_containers),
        cmocka_unit_test(test_pictures),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
