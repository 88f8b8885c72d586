/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fs.h"
#include "media/clip.h"
#include "tests/unit/media_maker.h"
#include <libavutil/adler32.h>

#define MAX_SEEN 256

/* What came out of a clip. */
struct seen {
    int n, number[MAX_SEEN];
    int64_t pts[MAX_SEEN];   /* microseconds from the file's first frame */
    uint32_t luma[MAX_SEEN]; /* checksum of the picture; 0: not to be compared */
    int w, h;
    int last_rc;
    struct dvb_err err;
};

static uint32_t luma_sum(const AVFrame *f)
{
    uint32_t sum = 1;
    for (int y = 0; y < f->height; y++)
        sum = av_adler32_update(sum, f->data[0] + y * f->linesize[0], (size_t)f->width);
    return sum;
}

static void drain(struct dvb_clip *clip, double start, struct seen *s)
{
    AVFrame *f;
    while ((s->last_rc = dvb_clip_next(clip, &f, &s->err)) > 0) {
        assert_true(s->n < MAX_SEEN);
        assert_int_equal(f->format, AV_PIX_FMT_YUV420P);
        assert_true(f->width % 2 == 0 && f->height % 2 == 0);
        assert_true(!s->n || (f->width == s->w && f->height == s->h));
        s->w = f->width;
        s->h = f->height;
        s->number[s->n] = maker_number(f);
        s->luma[s->n] = luma_sum(f);
        s->pts[s->n++] = f->pts + llround(start * 1e6);
        av_frame_free(&f);
    }
    assert_null(f);
}

static void add_clip(const char *path, struct dvb_clip_settings want, struct seen *s)
{
    struct dvb_clip *clip;
    if (dvb_clip_open(path, &want, &clip, &s->err)) {
        fail_msg("%s", s->err.msg);
        return;
    }
    drain(clip, want.start, s);
    dvb_clip_close(&clip);
    assert_null(clip);
}

static struct seen see(const char *path, double start, double length, double fps)
{
    struct seen s = { 0 };
    add_clip(path, (struct dvb_clip_settings){ start, length, fps }, &s);
    return s;
}

static void same_seen(const char *what, const struct seen *a, const struct seen *b)
{
    if (a->n != b->n)
        fail_msg("%s: %d frames, expected %d", what, a->n, b->n);
    for (int i = 0; i < a->n; i++)
        if (a->number[i] != b->number[i] || llabs(a->pts[i] - b->pts[i]) > 1)
            fail_msg("%s: frame %d is number %d at %lld us, expected number %d at %lld us", what, i,
                     a->number[i], (long long)a->pts[i], b->number[i], (long long)b->pts[i]);
        else if (a->luma[i] && b->luma[i] && a->luma[i] != b->luma[i])
            fail_msg("%s: frame %d is there, but its picture differs", what, i);
}

static const struct maker everywhere[] = {
    { .path = "a.mp4", .options = "bf=3" },
    { .path = "nob.mp4", .options = "bf=0" },
    { .path = "frag.mp4", .mux_options = "movflags=frag_keyframe+empty_moov" },
    { .path = "open.mp4",
      .options = "x264-params=open-gop=1\\:bframes=3\\:scenecut=0\\:keyint=12" },
    /* 0.3 s steps: a cut at the last GOP, whose frames are still delayed at the end. */
    { .path = "tail.mp4",
      .options = "x264-params=open-gop=1\\:bframes=3\\:b-adapt=0\\:"
                 "b-pyramid=normal\\:scenecut=0\\:keyint=45" },
    { .path = "open.ts", .options = "x264-params=open-gop=1\\:bframes=3\\:scenecut=0\\:keyint=12" },
    { .path = "refresh.ts", .options = "x264-params=intra-refresh=1\\:keyint=12\\:bframes=0" },
    { .path = "a.mkv" },
    { .path = "a.ts" },
    { .path = "a.flv" },
    { .path = "a.h264" },
    { .path = "a.avi" }, /* H.264 in AVI: packets without presentation times */
    { .path = "b.avi", .encoder = "mpeg4" },
    { .path = "b.mpg", .encoder = "mpeg2video" },
    { .path = "b.m2v", .encoder = "mpeg2video" },
    { .path = "a.mxf", .encoder = "mpeg2video" },
    { .path = "j.avi",
      .encoder = "mjpeg",
      .options = "bf=0",
      .format = AV_PIX_FMT_YUVJ420P,
      .full_range = true },
    { .path = "v.webm", .encoder = "libvpx-vp9", .options = "deadline=realtime:cpu-used=8" },
    { .path = "a.y4m", .encoder = "wrapped_avframe" },
};

/* Adjoining clips give every frame of the file once, in any container. */
static void test_every_frame_once(void **state)
{
    (void)state;
    static const double steps[] = { 0.48, 0.3, 0.07 };
    for (size_t k = 0; k < sizeof(everywhere) / sizeof(everywhere[0]); k++) {
        struct maker m = everywhere[k];
        m.w = 160, m.h = 96, m.frames = 50;
        maker_make(&m);
        struct seen whole = see(m.path, 0, 0, 0), expected = { .n = 50 };
        for (int i = 0; i < 50; i++)
            expected.number[i] = i, expected.pts[i] = i * 40000;
        same_seen(m.path, &whole, &expected);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            struct seen parts = { 0 };
            for (int p = 0; p * steps[i] < 1.9995; p++)
                add_clip(m.path, (struct dvb_clip_settings){ p * steps[i], steps[i], 0 }, &parts);
            same_seen(m.path, &parts, &whole);
        }
        remove(m.path);
    }
}

static void test_times_count_from_first_frame(void **state)
{
    (void)state;
    static const char *const paths[] = { "late.mkv", "late.ts", "late.mp4", "late.flv" };
    for (size_t i = 0; i < 4; i++) {
        struct maker m = { .path = paths[i], .w = 160, .h = 96, .frames = 30, .offset = 7000 };
        maker_make(&m);
        struct seen s = see(m.path, 0.4, 0.4, 0);
        assert_int_equal(s.n, 10);
        assert_int_equal(s.number[0], 10);
        assert_int_equal(s.pts[0], 400000);
        assert_int_equal(s.number[9], 19);
    }
}

/* A cut in the middle of a GOP by an edit list: what was cut away does not come back. */
static void test_edit_list(void **state)
{
    (void)state;
    struct maker m = { .path = "edit.mp4", .w = 160, .h = 96, .frames = 40 };
    maker_make(&m);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file("edit.mp4", 1 << 20, &data, &len, NULL), 0);
    /* The muxer wrote one edit: media_time is the B-frames' delay. Add 10 frames to it. */
    char *elst = NULL;
    for (size_t i = 0; i + 28 < len && !elst; i++)
        if (!memcmp(data + i, "elst", 4))
            elst = data + i;
    if (!elst) {
        fail_msg("edit.mp4 has no edit list");
        return;
    }
    uint8_t *time = (uint8_t *)elst + 16;
    uint32_t v = (uint32_t)time[0] << 24 | time[1] << 16 | time[2] << 8 | time[3];
    v += 10 * 512; /* 12800 ticks a second */
    for (int i = 0; i < 4; i++)
        time[i] = (uint8_t)(v >> (24 - 8 * i));
    assert_int_equal(dvb_write_file("edit.mp4", data, len, NULL), 0);
    free(data);
    struct seen s = see("edit.mp4", 0, 0, 0);
    assert_int_equal(s.number[0], 10);
    assert_int_equal(s.n, 30);
    assert_int_equal(s.pts[0], 0);
    struct seen part = see("edit.mp4", 0.2, 0.2, 0);
    assert_int_equal(part.n, 5);
    assert_int_equal(part.number[0], 15);
}

static void test_variable_rate_is_kept(void **state)
{
    (void)state;
    static const int times[] = { 0, 33, 66, 400, 433, 1000, 1010, 1020, 2500, 2533 };
    static const char *const paths[] = { "vfr.mkv", "vfr.mp4" };
    for (int k = 0; k < 2; k++) {
        struct maker m = {
            .path = paths[k], .w = 160, .h = 96, .frames = 10, .times = times, .options = "bf=2"
        };
        maker_make(&m);
        struct seen s = see(m.path, 0, 0, 0);
        assert_int_equal(s.n, 10);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(s.number[i], i);
            assert_true(llabs(s.pts[i] - times[i] * 1000) <= 100);
        }
        s = see(m.path, 0.4, 0.6, 0); /* [400, 1000) */
        assert_int_equal(s.n, 2);
        assert_int_equal(s.number[0], 3);
        /* A range in a gap holds no frame. */
        struct seen none = see(m.path, 1.5, 0.5, 0);
        assert_int_equal(none.n, 0);
        assert_int_equal(none.last_rc, -ENODATA);
        assert_int_equal(none.err.fault, DVB_FAULT_INPUT);
        assert_non_null(strstr(none.err.msg, "no frame between 1.500 s and 2.000 s"));
    }
}

static void test_constant_rate(void **state)
{
    (void)state;
    struct maker m = { .path = "c.mp4", .w = 160, .h = 96, .frames = 50 };
    maker_make(&m);
    struct seen s = see("c.mp4", 0.4, 1, 10); /* every 2.5th frame, at or before the tick */
    static const int at_10[] = { 10, 12, 15, 17, 20, 22, 25, 27, 30, 32 };
    assert_int_equal(s.n, 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(s.number[i], at_10[i]);
        assert_int_equal(s.pts[i], 400000 + i * 100000);
    }
    s = see("c.mp4", 0.41, 0.1, 100); /* starts between two frames: the one before is shown */
    static const int at_100[] = { 10, 10, 10, 11, 11, 11, 11, 12, 12, 12 };
    assert_int_equal(s.n, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(s.number[i], at_100[i]);
    s = see("c.mp4", 1.5, 0, 5); /* to the end of the last frame at 2.0 s */
    assert_int_equal(s.n, 3);
    assert_int_equal(s.number[2], 47);
    s = see("c.mp4", 1.5, 9, 5);
    assert_int_equal(s.n, 3);

    static const int times[] = { 0, 40, 1000, 1040, 2000 };
    struct maker gaps = { .path = "g.mkv", .w = 160, .h = 96, .frames = 5, .times = times };
    maker_make(&gaps);
    s = see("g.mkv", 1.5, 0.4, 10); /* no frame of its own in the range */
    assert_int_equal(s.n, 4);
    assert_int_equal(s.number[0], 3);
    assert_int_equal(s.number[3], 3);
}

struct pixel {
    int y, u, v;
};

static struct pixel pixel_at(const AVFrame *f, double x, double y)
{
    int px = (int)(x * f->width), py = (int)(y * f->height);
    return (struct pixel){ f->data[0][py * f->linesize[0] + px],
                           f->data[1][py / 2 * f->linesize[1] + px / 2],
                           f->data[2][py / 2 * f->linesize[2] + px / 2] };
}

/* BT.601, limited range, of red, green, blue, yellow, gray. */
static const struct pixel colours[] = {
    { 81, 90, 240 }, { 145, 54, 34 }, { 41, 240, 110 }, { 210, 16, 146 }, { 126, 128, 128 }
};
enum { RED, GREEN, BLUE, YELLOW, GRAY };

static void check_pixel(const char *what, const AVFrame *f, double x, double y, int colour)
{
    struct pixel is = pixel_at(f, x, y), want = colours[colour];
    int off = abs(is.y - want.y) + abs(is.u - want.u) + abs(is.v - want.v);
    if (off > 18)
        fail_msg("%s: at %.2f, %.2f yuv %d %d %d, expected %d %d %d", what, x, y, is.y, is.u, is.v,
                 want.y, want.u, want.v);
}

static AVFrame *first_frame(const char *path, int *n)
{
    struct dvb_clip *clip;
    struct dvb_err err;
    AVFrame *first = NULL, *f;
    if (dvb_clip_open(path, &(struct dvb_clip_settings){ 0 }, &clip, &err)) {
        fail_msg("%s", err.msg);
        return NULL;
    }
    int r;
    for (*n = 0; (r = dvb_clip_next(clip, &f, &err)) > 0; ++*n) {
        assert_int_equal(f->width, dvb_clip_get_info(clip)->width);
        assert_int_equal(f->height, dvb_clip_get_info(clip)->height);
        if (!first)
            first = f;
        else
            av_frame_free(&f);
    }
    assert_int_equal(r, 0);
    dvb_clip_close(&clip);
    return first;
}

static const struct {
    struct maker make;
    int w, h;      /* expected */
    int corner[4]; /* colours, reading order */
    bool monochrome;
} odd[] = {
#define UPRIGHT                                                                                    \
    {                                                                                              \
        RED, GREEN, BLUE, YELLOW                                                                   \
    }
    { { .path = "plain.mp4", .w = 320, .h = 180 }, 320, 180, UPRIGHT, false },
    { { .path = "r90.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30 } },
      180,
      320,
      { BLUE, RED, YELLOW, GREEN },
      false },
    { { .path = "r180.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ -65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30 } },
      320,
      180,
      { YELLOW, BLUE, GREEN, RED },
      false },
    { { .path = "r270.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ 0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30 } },
      180,
      320,
      { GREEN, YELLOW, RED, BLUE },
      false },
    { { .path = "hflip.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ -65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30 } },
      320,
      180,
      { GREEN, RED, YELLOW, BLUE },
      false },
    { { .path = "vflip.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ 65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30 } },
      320,
      180,
      { BLUE, YELLOW, RED, GREEN },
      false },
    { { .path = "transposed.mp4",
        .w = 320,
        .h = 180,
        .matrix = (const int32_t[]){ 0, 65536, 0, 65536, 0, 0, 0, 0, 1 << 30 } },
      180,
      320,
      { RED, BLUE, GREEN, YELLOW },
      false },
    { { .path = "wide.mp4", .w = 360, .h = 288, .sar = { 16, 11 } }, 524, 288, UPRIGHT, false },
    { { .path = "tall.mkv", .w = 320, .h = 180, .sar = { 1, 2 } }, 320, 360, UPRIGHT, false },
    { { .path = "turned_wide.mp4",
        .w = 160,
        .h = 96,
        .sar = { 2, 1 },
        .matrix = (const int32_t[]){ 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30 } },
      96,
      320,
      { BLUE, RED, YELLOW, GREEN },
      false },
    { { .path = "odd444.mp4", .w = 641, .h = 361, .format = AV_PIX_FMT_YUV444P },
      640,
      360,
      UPRIGHT,
      false },
    { { .path = "odd420.mkv", .encoder = "ffv1", .w = 161, .h = 97 }, 160, 96, UPRIGHT, false },
    { { .path = "ten.mp4", .w = 320, .h = 180, .format = AV_PIX_FMT_YUV420P10 },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "s422.mp4", .w = 320, .h = 180, .format = AV_PIX_FMT_YUV422P },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "s422ten.mov",
        .encoder = "prores_ks",
        .w = 320,
        .h = 180,
        .format = AV_PIX_FMT_YUV422P10 },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "full.mp4", .w = 320, .h = 180, .full_range = true }, 320, 180, UPRIGHT, false },
    { { .path = "full444.mkv",
        .encoder = "ffv1",
        .w = 320,
        .h = 180,
        .full_range = true,
        .format = AV_PIX_FMT_YUV444P },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "rgb.mkv", .encoder = "ffv1", .w = 320, .h = 180, .format = AV_PIX_FMT_BGR0 },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "gbr.mp4",
        .encoder = "libx264rgb",
        .w = 320,
        .h = 180,
        .format = AV_PIX_FMT_RGB24 },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "alpha.mkv", .encoder = "ffv1", .w = 320, .h = 180, .format = AV_PIX_FMT_YUVA420P },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "pal.gif", .encoder = "gif", .w = 320, .h = 180, .format = AV_PIX_FMT_RGB8 },
      320,
      180,
      UPRIGHT,
      false },
    { { .path = "gray.mkv", .encoder = "ffv1", .w = 320, .h = 180, .format = AV_PIX_FMT_GRAY8 },
      320,
      180,
      UPRIGHT,
      true },
};

/* Sides and corners of whatever comes in: upright, square pixels, the right colours. */
static void test_odd_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct maker m = odd[i].make;
        m.frames = 4;
        maker_make(&m);
        int n;
        AVFrame *f = first_frame(m.path, &n);
        assert_int_equal(n, 4);
        if (f->width != odd[i].w || f->height != odd[i].h)
            fail_msg("%s: %dx%d, expected %dx%d", m.path, f->width, f->height, odd[i].w, odd[i].h);
        assert_int_equal(f->color_range, AVCOL_RANGE_MPEG);
        assert_true(f->colorspace != AVCOL_SPC_UNSPECIFIED && f->colorspace != AVCOL_SPC_RGB);
        for (int c = 0; c < 4 && !odd[i].monochrome; c++) {
            /* Well inside and near both edges of the quarter: a stretched or
               shifted picture fails. */
            double x = c % 2 ? 0.78 : 0.22, y = c / 2 ? 0.78 : 0.22;
            check_pixel(m.path, f, x, y, odd[i].corner[c]);
            check_pixel(m.path, f, c % 2 ? 0.97 : 0.03, c / 2 ? 0.97 : 0.03, odd[i].corner[c]);
        }
        if (odd[i].monochrome)
            assert_in_range(pixel_at(f, 0.31, 0.31).y, 124, 128);
        else
            check_pixel(m.path, f, 0.31, 0.31, GRAY);
        av_frame_free(&f);
        remove(m.path);
    }
}

/* Lines that differ from both neighbours, which agree: the comb of two fields. */
static int combed(const AVFrame *f)
{
    int n = 0;
    for (int y = 1; y + 1 < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            const uint8_t *p = f->data[0] + y * f->linesize[0] + x;
            int up = p[-f->linesize[0]], down = p[f->linesize[0]];
            n += abs(up - down) < 30 && abs(p[0] - up) > 100;
        }
    return n;
}

static void test_interlaced(void **state)
{
    (void)state;
    static const char *const paths[] = { "i.ts", "p.ts" };
    int comb[2] = { 0 };
    for (int k = 0; k < 2; k++) { /* the same pictures, flagged and not flagged */
        struct maker m = { .path = paths[k],
                           .encoder = "mpeg2video",
                           .w = 320,
                           .h = 192,
                           .frames = 20,
                           .interlaced = true,
                           .options = k ? "flags=-ildct-ilme:b=8M" : "b=8M" };
        maker_make(&m);
        int n;
        AVFrame *f = first_frame(m.path, &n);
        assert_int_equal(n, 20);
        assert_int_equal(f->interlaced_frame, 0);
        comb[k] = combed(f);
        av_frame_free(&f);
    }
    assert_true(comb[1] > 1000);
    assert_true(comb[0] < comb[1] / 20);
    /* The deinterlacer sees across the cuts, also where a GOP starts (0.48 s). */
    struct maker m = {
        .path = "i.mp4", .w = 320, .h = 192, .frames = 30, .interlaced = true, .options = "bf=0"
    };
    maker_make(&m);
    static const double steps[] = { 0.2, 0.16, 0.48 };
    static const char *const cut[] = { "i.ts", "i.mp4" };
    for (int k = 0; k < 6; k++) {
        double step = steps[k % 3];
        struct seen whole = see(cut[k / 3], 0, 0, 0), parts = { 0 };
        for (int p = 0; p * step < (double)whole.n / 25 - 0.001; p++)
            add_clip(cut[k / 3], (struct dvb_clip_settings){ p * step, step, 0 }, &parts);
        same_seen(cut[k / 3], &parts, &whole);
    }
}

/* Sums of decimal fractions and times from text are a little off. */
static void test_inexact_times(void **state)
{
    (void)state;
    struct maker m = { .path = "ten.mkv", .w = 160, .h = 96, .frames = 20, .fps = 10 };
    maker_make(&m);
    static const double starts[] = { 0.1 + 0.2, 0.3, 0.3 + 5e-7, 0.3 - 5e-7 };
    for (int i = 0; i < 4; i++) {
        struct seen s = see("ten.mkv", starts[i], 0.1 + 0.2, 0);
        assert_int_equal(s.n, 3);
        assert_int_equal(s.number[0], 3);
        s = see("ten.mkv", starts[i], 0.2, 10);
        assert_int_equal(s.n, 2);
        assert_int_equal(s.number[0], 3);
        assert_int_equal(s.number[1], 4);
    }
    struct seen s = see("ten.mkv", 0.301, 0.2, 0); /* but a millisecond is not slack */
    assert_int_equal(s.number[0], 4);
}

/* Two streams of different size in one file, as after a camera switch. */
static void test_size_changes(void **state)
{
    (void)state;
    struct maker a = { .path = "s1.h264", .w = 320, .h = 180, .frames = 10 };
    struct maker b = { .path = "s2.h264", .w = 160, .h = 90, .frames = 10 };
    maker_make(&a);
    maker_make(&b);
    char *d1, *d2;
    size_t n1, n2;
    assert_int_equal(dvb_read_file("s1.h264", 1 << 20, &d1, &n1, NULL), 0);
    assert_int_equal(dvb_read_file("s2.h264", 1 << 20, &d2, &n2, NULL), 0);
    char *both = malloc(n1 + n2);
    memcpy(both, d1, n1);
    memcpy(both + n1, d2, n2);
    assert_int_equal(dvb_write_file("both.h264", both, n1 + n2, NULL), 0);
    struct seen s = see("both.h264", 0, 0, 0); /* drain() checks that all sizes are one */
    assert_int_equal(s.n, 20);
    assert_int_equal(s.w, 320);
    assert_int_equal(s.h, 180);
    for (int i = 0; i < 20; i++)
        assert_int_equal(s.number[i], i % 10);
    free(d1), free(d2), free(both);
}

static void test_memory_as_file(void **state)
{
    (void)state;
    struct maker m = { .path = "m.mp4", .w = 160, .h = 96, .frames = 50 };
    maker_make(&m);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file("m.mp4", 1 << 20, &data, &len, NULL), 0);
    struct dvb_clip_settings want = { 0.8, 0.8, 0 };
    struct dvb_clip *clip;
    struct dvb_err err;
    assert_int_equal(dvb_clip_open_memory(data, len, &want, &clip, &err), 0);
    struct seen from_memory = { 0 }, from_file = see("m.mp4", 0.8, 0.8, 0);
    drain(clip, 0.8, &from_memory);
    dvb_clip_close(&clip);
    same_seen("memory", &from_memory, &from_file);
    assert_int_equal(from_memory.n, 20);
    assert_int_equal(dvb_clip_open_memory(data, 0, &want, &clip, &err), -ENODATA);
    assert_null(clip);
    free(data);
}

/* The common kind of video is handed on as decoded: no copy. */
static void test_plain_is_not_copied(void **state)
{
    (void)state;
    struct maker m = { .path = "z.mp4", .w = 320, .h = 180, .frames = 2 };
    maker_make(&m);
    int n;
    AVFrame *f = first_frame("z.mp4", &n);
    assert_non_null(f->buf[1]); /* the decoder's buffers, one per plane; a scaler's has one */
    av_frame_free(&f);
}

struct worker {
    pthread_t thread;
    struct seen seen;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct dvb_clip *clip;
    struct dvb_clip_settings want = { 0.5, 1, 0 };
    if (!dvb_clip_open("t.mp4", &want, &clip, &w->seen.err)) {
        AVFrame *f;
        while (dvb_clip_next(clip, &f, &w->seen.err) > 0) {
            w->seen.number[w->seen.n] = maker_number(f);
            w->seen.luma[w->seen.n] = luma_sum(f);
            w->seen.pts[w->seen.n++] = f->pts;
            av_frame_free(&f);
        }
        dvb_clip_close(&clip);
    }
    return NULL;
}

static void test_many_at_once(void **state)
{
    (void)state;
    struct maker m = {
        .path = "t.mp4", .w = 161, .h = 97, .frames = 50, .format = AV_PIX_FMT_YUV444P
    };
    maker_make(&m);
    static struct worker w[6];
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    for (int i = 0; i < 6; i++)
        pthread_join(w[i].thread, NULL);
    assert_int_equal(w[0].seen.n, 25);
    for (int i = 1; i < 6; i++)
        same_seen("thread", &w[i].seen, &w[0].seen);
}

static void refused(const char *path, struct dvb_clip_settings want, int code, const char *part)
{
    struct dvb_clip *clip = (struct dvb_clip *)1;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_clip_open(path, &want, &clip, &err), -code);
    assert_null(clip);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
}

static void test_refusals(void **state)
{
    (void)state;
    struct maker m = { .path = "ok.mp4", .w = 160, .h = 96, .frames = 5 };
    maker_make(&m);
    refused("ok.mp4", (struct dvb_clip_settings){ -1, 0, 0 }, EINVAL, "clip start is -1");
    refused("ok.mp4", (struct dvb_clip_settings){ 0, NAN, 0 }, EINVAL, "clip length is");
    refused("ok.mp4", (struct dvb_clip_settings){ 0, 0, 1e9 }, EINVAL, "clip fps is 1e+09");
    refused("none.mp4", (struct dvb_clip_settings){ 0 }, ENOENT, "none.mp4: No such file");
    struct seen s = see("ok.mp4", 9, 1, 0);
    assert_int_equal(s.last_rc, -ENODATA);
    assert_non_null(strstr(s.err.msg, "ok.mp4: no frame between 9.000 s and 10.000 s: it ends at"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_once),
        cmocka_unit_test(test_times_count_from_first_frame),
        cmocka_unit_test(test_edit_list),
        cmocka_unit_test(test_variable_rate_is_kept),
        cmocka_unit_test(test_constant_rate),
        cmocka_unit_test(test_odd_pictures),
        cmocka_unit_test(test_interlaced),
        cmocka_unit_test(test_inexact_times),
        cmocka_unit_test(test_size_changes),
        cmocka_unit_test(test_memory_as_file),
        cmocka_unit_test(test_plain_is_not_copied),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_refusals),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
