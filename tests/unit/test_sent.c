/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pictures a model is sent, and those that are made anew for it. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "media/image.h"
#include "model/wire.h"
#include "tests/unit/media_maker.h"
#include "workspace/sent.h"

#define W 160
#define H 90
#define N 4
#define T(text) ((char *)(text))

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

static struct dvb_workspace ws = { .dir = T("ws") };
static struct dvb_rendition rendition = {
    .recipe = T("{\"sample\":{\"fps\":2.0,\"jpeg_quality\":80,\"max_pixels\":602112}}"),
    .path = T("renditions/r"),
    .hash = T("h"),
    .n_frames = N,
    .detail = T("{\"frames_hash\":\"f\",\"video_hash\":\"v\",\"width\":640,\"height\":360,"
                "\"fps\":10.0,\"frames\":50}"),
};

static int setup(void **state)
{
    (void)state;
    OK(dvb_remove_tree("ws", &err));
    OK(dvb_mkdirs("ws/renditions/r", &err));
    for (int i = 1; i <= N; i++) {
        char path[64];
        snprintf(path, sizeof(path), "ws/renditions/r/frame-%04d.jpg", i);
        AVFrame *f = maker_frame(&(struct maker){ .w = W, .h = H }, AV_PIX_FMT_YUV420P, i);
        f->colorspace = AVCOL_SPC_SMPTE170M;
        OK(dvb_image_write_jpeg(f, 80, path, &err));
        av_frame_free(&f);
    }
    return 0;
}

static struct dvb_profile profile(int64_t max_pixels, int quality)
{
    return (struct dvb_profile){
        .fps = 2, .max_pixels = max_pixels, .jpeg_quality = quality, .wire = &dvb_wire_openai
    };
}

static void plan(const struct dvb_profile *p, struct dvb_sent *s)
{
    dvb_sent_plan(&ws, p, &rendition, s);
}

static AVFrame *load(const char *path)
{
    char *data;
    size_t len;
    AVFrame *f;
    OK(dvb_read_file(path, (size_t)1 << 24, &data, &len, &err));
    OK(dvb_image_decode(data, len, 1 << 24, &f, &err));
    free(data);
    return f;
}

/* Limits that the pictures are within change nothing: no file, no other request. */
static void test_as_they_are(void **state)
{
    (void)state;
    static const struct {
        int64_t max_pixels;
        int quality;
    } within[] = { { 0, 0 }, { W * H, 0 }, { 1000000, 0 }, { 0, 80 }, { 0, 100 }, { W * H, 95 } };
    for (size_t i = 0; i < sizeof(within) / sizeof(*within); i++) {
        const struct dvb_profile p = profile(within[i].max_pixels, within[i].quality);
        struct dvb_sent s;
        plan(&p, &s);
        assert_int_equal(s.n_frames, N);
        assert_false(s.anew);
        assert_string_equal(s.frames[0], "ws/renditions/r/frame-0001.jpg");
        assert_string_equal(s.frames[N - 1], "ws/renditions/r/frame-0004.jpg");
        assert_int_equal(s.shape.width, W);
        assert_int_equal(s.shape.height, H);
        assert_int_equal(s.shape.pictures, N);
        OK(dvb_sent_make(&s, &err));
        dvb_sent_release(&s);
    }
    int entries = 0;
    DIR *d = opendir("ws/renditions/r");
    assert_non_null(d);
    while (readdir(d))
        entries++;
    closedir(d);
    assert_int_equal(entries, N + 2);
}

static void test_scaled(void **state)
{
    (void)state;
    const struct dvb_profile p = profile(4000, 0);
    struct dvb_sent s;
    plan(&p, &s);
    assert_true(s.anew && s.scaled);
    assert_int_equal(s.quality, 80); /* as they were sampled */
    assert_true((int64_t)s.shape.width * s.shape.height <= 4000);
    assert_true(s.shape.width >= 80 && s.shape.height >= 44);
    OK(dvb_sent_make(&s, &err));
    for (int i = 0; i < N; i++) {
        AVFrame *made = load(s.frames[i]), *sampled = load(s.sampled[i]);
        assert_int_equal(made->width, s.shape.width);
        assert_int_equal(made->height, s.shape.height);
        AVFrame *scaled = dvb_frame_scale(sampled, made->width, made->height);
        for (int plane = 0; plane < 3; plane++) { /* the same colours */
            double diff = 0;
            int w = made->width / (plane ? 2 : 1), h = made->height / (plane ? 2 : 1);
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                    diff += abs(made->data[plane][y * made->linesize[plane] + x] -
                                scaled->data[plane][y * scaled->linesize[plane] + x]);
            assert_true(diff / (w * h) < 4);
        }
        av_frame_free(&scaled);
        av_frame_free(&sampled);
        av_frame_free(&made);
    }
    dvb_sent_release(&s);
}

static void test_lower_quality(void **state)
{
    (void)state;
    const struct dvb_profile p = profile(0, 30);
    struct dvb_sent s;
    struct stat made, sampled;
    plan(&p, &s);
    assert_true(s.anew && !s.scaled);
    assert_int_equal(s.quality, 30);
    assert_int_equal(s.shape.width, W);
    OK(dvb_sent_make(&s, &err));
    assert_int_equal(stat(s.frames[0], &made), 0);
    assert_int_equal(stat(s.sampled[0], &sampled), 0);
    assert_true(made.st_size < sampled.st_size * 3 / 4);
    dvb_sent_release(&s);
    const struct dvb_profile higher = profile(4000, 95); /* what is scaled gains nothing by it */
    plan(&higher, &s);
    assert_int_equal(s.quality, 80);
    dvb_sent_release(&s);
}

/* Made once, and whoever makes them makes the same. */
static void test_once(void **state)
{
    (void)state;
    const struct dvb_profile p = profile(4000, 60);
    struct dvb_sent s;
    struct stat before, after;
    char first[DVB_HASH_LEN + 1], again[DVB_HASH_LEN + 1];
    plan(&p, &s);
    OK(dvb_sent_make(&s, &err));
    OK(dvb_hash_of_file(s.frames[1], first, &err));
    assert_int_equal(stat(s.frames[0], &before), 0);
    OK(dvb_remove_tree(s.frames[1], &err));
    OK(dvb_sent_make(&s, &err));
    OK(dvb_hash_of_file(s.frames[1], again, &err));
    assert_int_equal(stat(s.frames[0], &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_string_equal(first, again);
    dvb_sent_release(&s);
}

static void test_fewer_pictures(void **state)
{
    (void)state;
    struct dvb_profile p = profile(4000, 0);
    struct dvb_sent s;
    p.max_frames = 2;
    plan(&p, &s);
    assert_int_equal(s.n_frames, 2);
    assert_int_equal(s.shape.pictures, 2);
    OK(dvb_sent_make(&s, &err));
    assert_true(dvb_is_file(s.frames[0]) && dvb_is_file(s.frames[1]));
    assert_non_null(strstr(s.frames[0], "/frame-0002.jpg"));
    dvb_sent_release(&s);
}

static void hash_of(const struct dvb_profile *p, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_sent s;
    struct dvb_hash h;
    plan(p, &s);
    dvb_hash_init(&h);
    dvb_sent_hash(&s, p, &rendition, &h);
    dvb_hash_final(&h, hex);
    dvb_sent_release(&s);
}

static void test_hash(void **state)
{
    (void)state;
    static const struct {
        int64_t max_pixels;
        int quality;
        bool same;
    } cases[] = { { 0, 0, true },      { W * H, 80, true },     { 1000000, 100, true },
                  { 0, 79, false },    { W * H - 1, 0, false }, { 4000, 0, false },
                  { 4000, 60, false }, { 3000, 0, false } };
    enum { COUNT = sizeof(cases) / sizeof(*cases) };
    char hex[COUNT][DVB_HASH_LEN + 1];
    for (int i = 0; i < COUNT; i++) {
        const struct dvb_profile p = profile(cases[i].max_pixels, cases[i].quality);
        hash_of(&p, hex[i]);
        for (int k = 0; k < i; k++)
            if (!strcmp(hex[i], hex[k]) != (cases[i].same && cases[k].same))
                fail_msg("limits %d and %d", k, i);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    const struct dvb_profile p = profile(4000, 0);
    struct dvb_sent s;
    plan(&p, &s);
    OK(dvb_write_file(s.sampled[2], "\xff\xd8\xff\xd9", 4, &err));
    assert_true(dvb_sent_make(&s, &err) < 0);
    assert_non_null(strstr(err.msg, "ws/renditions/r/frame-0003.jpg: "));
    assert_false(dvb_is_file(s.frames[2]));
    dvb_sent_release(&s);
    OK(dvb_write_file("ws/renditions/r/frame-0001.jpg", "no picture", 10, &err));
    plan(&p, &s); /* without a size: sent as it is, its tokens not known */
    assert_false(s.anew);
    assert_int_equal(s.shape.width, 0);
    dvb_sent_release(&s);
}

static void test_video(void **state)
{
    (void)state;
    struct dvb_profile p = profile(4000, 30); /* limits are for pictures */
    struct dvb_sent s;
    p.send = DVB_SEND_VIDEO;
    plan(&p, &s);
    assert_string_equal(s.video, "ws/renditions/r/clip.mp4");
    assert_int_equal(s.n_frames, 0);
    assert_int_equal(s.shape.width, 640);
    assert_int_equal(s.shape.height, 360);
    assert_true(s.shape.seconds == 5 && s.shape.pictures == 0);
    assert_string_equal(s.media_hash, "v");
    dvb_sent_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_as_they_are, setup),
        cmocka_unit_test_setup(test_scaled, setup),
        cmocka_unit_test_setup(test_lower_quality, setup),
        cmocka_unit_test_setup(test_once, setup),
        cmocka_unit_test_setup(test_fewer_pictures, setup),
        cmocka_unit_test_setup(test_hash, setup),
        cmocka_unit_test_setup(test_damaged, setup),
        cmocka_unit_test_setup(test_video, setup),
    };
    return cmocka_run_group_tests_name("sent", tests, NULL, NULL);
}
