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
#include "base/hash.h"
#include "media/image.h"
#include "tests/unit/media_maker.h"
#include <libavutil/cpu.h>
#include <libavutil/pixdesc.h>

static AVFrame *test_frame(int w, int h)
{
    struct maker m = { .w = w, .h = h };
    AVFrame *f = maker_frame(&m, AV_PIX_FMT_YUV420P, 0x5a);
    f->colorspace = AVCOL_SPC_SMPTE170M;
    return f;
}

static void test_size_within(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        int64_t max;
        int to_w, to_h;
    } cases[] = {
        { 1920, 1080, 0, 1920, 1080 },
        { 641, 361, 0, 640, 360 },
        { 1920, 1080, 1 << 30, 1920, 1080 },
        { 1920, 1080, 1920 * 1080 / 4, 960, 540 },
        { 1920, 1080, 640 * 360, 640, 360 },
        { 3840, 1080, 602112, 1460, 410 },
        { 1, 1, 0, 2, 2 },
        { 100, 100, 3, 2, 2 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dvb_size s = dvb_size_within(cases[i].w, cases[i].h, cases[i].max);
        if (s.w != cases[i].to_w || s.h != cases[i].to_h)
            fail_msg("%dx%d within %lld: %dx%d, expected %dx%d", cases[i].w, cases[i].h,
                     (long long)cases[i].max, s.w, s.h, cases[i].to_w, cases[i].to_h);
    }
    /* Whatever is asked: even, within, no larger, and of the same shape. */
    for (int w = 2; w < 4000; w += 61)
        for (int h = 2; h < 4000; h += 73)
            for (int64_t max = 4; max < 20000000; max = max * 5 + 1) {
                struct dvb_size s = dvb_size_within(w, h, max);
                assert_true(s.w >= 2 && s.h >= 2 && s.w % 2 == 0 && s.h % 2 == 0);
                assert_true(s.w <= w && s.h <= h && (int64_t)s.w * s.h <= max);
                double ideal = (double)s.w * h / w;
                if (s.w > 2 && s.h > 2 && fabs(ideal - s.h) > 2.5 + (double)h / w)
                    fail_msg("%dx%d within %lld: %dx%d", w, h, (long long)max, s.w, s.h);
            }
}

static void test_scale(void **state)
{
    (void)state;
    AVFrame *f = test_frame(320, 180);
    f->pts = 12345;
    AVFrame *same = dvb_frame_scale(f, 320, 180), *half = dvb_frame_scale(f, 160, 90);
    assert_ptr_equal(same->data[0], f->data[0]);
    assert_int_equal(half->width, 160);
    assert_int_equal(half->height, 90);
    assert_int_equal(half->pts, 12345);
    assert_int_equal(half->colorspace, AVCOL_SPC_SMPTE170M);
    assert_int_equal(maker_number(half), 0x5a);
    AVFrame *back = dvb_frame_scale(half, 320, 180);
    assert_int_equal(maker_number(back), 0x5a);
    for (int x = 20; x < 60; x++) /* inside the red corner nothing may change */
        assert_in_range(back->data[0][20 * back->linesize[0] + x], 80, 82);
    av_frame_free(&f), av_frame_free(&same), av_frame_free(&half), av_frame_free(&back);
}

static void hash_of(const AVFrame *f, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < f->height >> (p > 0); y++)
            dvb_hash_bytes(&h, f->data[p] + y * f->linesize[p], (size_t)f->width >> (p > 0));
    dvb_hash_final(&h, hex);
}

static void test_scaler_handle(void **state)
{
    (void)state;
    AVFrame *f = test_frame(320, 180), *once = dvb_frame_scale(f, 214, 120);
    struct dvb_scaler *s = dvb_scaler_open(320, 180, 214, 120);
    AVFrame *kept[8];
    char want[DVB_HASH_LEN + 1], is[DVB_HASH_LEN + 1];
    hash_of(once, want);
    for (int i = 0; i < 8; i++)
        kept[i] = dvb_scaler_run(s, f);
    dvb_scaler_close(&s);
    assert_null(s);
    for (int i = 0; i < 8; i++) { /* frames outlive the scaler, each with bytes of its own */
        hash_of(kept[i], is);
        assert_string_equal(is, want);
        memset(kept[i]->data[0], 0, 16);
        av_frame_free(&kept[i]);
    }
    s = dvb_scaler_open(160, 90, 80, 44);
    assert_null(dvb_scaler_run(s, f)); /* not the size it was opened for */
    dvb_scaler_close(&s);
    av_frame_free(&f), av_frame_free(&once);
}

static void scaled_hashes(char up[DVB_HASH_LEN + 1], char down[DVB_HASH_LEN + 1])
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = 322;
    f->height = 182;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < 182 >> (p > 0); y++)
            for (int x = 0; x < 322 >> (p > 0); x++)
                f->data[p][y * f->linesize[p] + x] =
                    (uint8_t)(16 + ((x * 7 + y * 13 + x * y + p * 50) & 127));
    struct dvb_scaler *to_up = dvb_scaler_open(322, 182, 480, 270);
    struct dvb_scaler *to_down = dvb_scaler_open(322, 182, 128, 72);
    AVFrame *u = dvb_scaler_run(to_up, f), *d = dvb_scaler_run(to_down, f);
    hash_of(u, up);
    hash_of(d, down);
    av_frame_free(&f), av_frame_free(&u), av_frame_free(&d);
    dvb_scaler_close(&to_up), dvb_scaler_close(&to_down);
}

/* With and without the processor's vector instructions, and as when this was
   written: a change of the scaler changes every rendition. */
static void test_scale_is_bit_exact(void **state)
{
    (void)state;
    char up[DVB_HASH_LEN + 1], down[DVB_HASH_LEN + 1], u2[DVB_HASH_LEN + 1], d2[DVB_HASH_LEN + 1];
    scaled_hashes(up, down);
    int flags = av_get_cpu_flags();
    av_force_cpu_flags(0);
    scaled_hashes(u2, d2);
    av_force_cpu_flags(flags);
    assert_string_equal(u2, up);
    assert_string_equal(d2, down);
    assert_string_equal(up, "a413b6a84ebee7f0dc5e8939efae5303c727231a130f92c4757fa59b04729837");
    assert_string_equal(down, "9069015192e15eeeda84c676c323f82739b6bfec69a536fca16692a349ae3999");
}

static void *scale_in_thread(void *arg)
{
    AVFrame *f = test_frame(320, 180);
    for (int w = 300; w >= 280; w -= 2) { /* more sizes than a thread keeps */
        AVFrame *s = dvb_frame_scale(f, w, 100);
        if (w == 290)
            hash_of(s, arg);
        av_frame_free(&s);
    }
    av_frame_free(&f);
    return NULL;
}

static void test_scale_in_threads(void **state)
{
    (void)state;
    pthread_t t[4];
    static char hex[4][DVB_HASH_LEN + 1];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, scale_in_thread, hex[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    for (int i = 1; i < 4; i++)
        assert_string_equal(hex[i], hex[0]);
}

static void test_beside(void **state)
{
    (void)state;
    AVFrame *l = test_frame(160, 90), *r = test_frame(160, 90), *small = test_frame(80, 90);
    l->pts = 77;
    memset(r->data[0], 200, (size_t)r->linesize[0] * 90);
    AVFrame *pair = dvb_frame_beside(l, r);
    assert_int_equal(pair->width, 320);
    assert_int_equal(pair->height, 90);
    assert_int_equal(pair->pts, 77);
    for (int p = 0; p < 3; p++) {
        int w = 160 >> (p > 0);
        for (int y = 0; y < 90 >> (p > 0); y++) {
            const uint8_t *row = pair->data[p] + y * pair->linesize[p];
            assert_memory_equal(row, l->data[p] + y * l->linesize[p], w);
            assert_memory_equal(row + w, r->data[p] + y * r->linesize[p], w);
        }
    }
    assert_null(dvb_frame_beside(l, small));
    av_frame_free(&l), av_frame_free(&r), av_frame_free(&small), av_frame_free(&pair);
}

static char *read_all(const char *path, size_t *len)
{
    char *data;
    struct dvb_err err;
    if (dvb_read_file(path, 64 << 20, &data, len, &err))
        fail_msg("%s", err.msg);
    return data;
}

static AVFrame *decode_file(const char *path)
{
    size_t len;
    char *data = read_all(path, &len);
    AVFrame *f;
    struct dvb_err err;
    if (dvb_image_decode(data, len, 1 << 24, &f, &err))
        fail_msg("%s: %s", path, err.msg);
    free(data);
    assert_int_equal(f->format, AV_PIX_FMT_YUV420P);
    return f;
}

/* Mean absolute difference of one plane. */
static double off_by(const AVFrame *a, const AVFrame *b, int p)
{
    double sum = 0;
    int w = a->width >> (p > 0), h = a->height >> (p > 0);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            sum += abs(a->data[p][y * a->linesize[p] + x] - b->data[p][y * b->linesize[p] + x]);
    return sum / w / h;
}

static void test_jpeg_and_back(void **state)
{
    (void)state;
    AVFrame *f = test_frame(320, 180);
    struct dvb_err err;
    double last_off = 1e9;
    size_t last_len = 0;
    static const int qualities[] = { 1, 10, 50, 75, 90, 100 };
    for (size_t i = 0; i < sizeof(qualities) / sizeof(qualities[0]); i++) {
        if (dvb_image_write_jpeg(f, qualities[i], "p.jpg", &err))
            fail_msg("%s", err.msg);
        AVFrame *back = decode_file("p.jpg");
        assert_int_equal(back->width, 320);
        size_t len;
        free(read_all("p.jpg", &len));
        double off = off_by(f, back, 0);
        assert_true(len > last_len);
        assert_true(off <= last_off + 0.05);
        last_len = len;
        last_off = off;
        if (qualities[i] >= 75)
            for (int p = 0; p < 3; p++)
                assert_true(off_by(f, back, p) < 2);
        av_frame_free(&back);
    }
    assert_true(last_off < 0.6);
    assert_int_equal(dvb_image_write_jpeg(f, 0, "p.jpg", &err), -EINVAL);
    assert_non_null(strstr(err.msg, "JPEG quality is 0"));
    assert_int_equal(dvb_image_write_jpeg(f, 50, "no/such/p.jpg", &err), -ENOENT);
    av_frame_free(&f);
}

/* The first quantisation table in the file, in zigzag order as stored. */
static const uint8_t *find_dqt(const char *data, size_t len)
{
    for (size_t i = 0; i + 69 < len; i++)
        if ((uint8_t)data[i] == 0xff && (uint8_t)data[i + 1] == 0xdb)
            return (const uint8_t *)data + i + 5;
    return NULL;
}

static void test_jpeg_quality_is_libjpegs(void **state)
{
    (void)state;
    /* Steps 0..9 in zigzag order as libjpeg writes them for these qualities. */
    static const struct {
        int quality;
        uint8_t steps[10];
    } known[] = {
        { 50, { 16, 11, 12, 14, 12, 10, 16, 14, 13, 14 } },
        { 75, { 8, 6, 6, 7, 6, 5, 8, 7, 7, 7 } },
        { 90, { 3, 2, 2, 3, 2, 2, 3, 3, 3, 3 } },
        { 10, { 80, 55, 60, 70, 60, 50, 80, 70, 65, 70 } },
        { 100, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    };
    AVFrame *f = test_frame(64, 64);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        assert_int_equal(dvb_image_write_jpeg(f, known[i].quality, "q.jpg", NULL), 0);
        size_t len;
        char *data = read_all("q.jpg", &len);
        const uint8_t *dqt = find_dqt(data, len);
        assert_non_null(dqt);
        assert_memory_equal(dqt, known[i].steps, 10);
        free(data);
    }
    av_frame_free(&f);
}

static void fill(AVFrame *f, int y, int u, int v)
{
    memset(f->data[0], y, (size_t)f->linesize[0] * f->height);
    memset(f->data[1], u, (size_t)f->linesize[1] * f->height / 2);
    memset(f->data[2], v, (size_t)f->linesize[2] * f->height / 2);
}

/* The picture's middle as any viewer shows it: BT.601, full range. */
static void shown_rgb(const char *path, int rgb[3])
{
    AVFormatContext *in = NULL;
    MAKER_OK(avformat_open_input(&in, path, NULL, NULL));
    const AVCodec *codec = avcodec_find_decoder(in->streams[0]->codecpar->codec_id);
    AVCodecContext *c = avcodec_alloc_context3(codec);
    MAKER_OK(avcodec_open2(c, codec, NULL));
    AVPacket *pkt = av_packet_alloc();
    AVFrame *f = av_frame_alloc();
    MAKER_OK(av_read_frame(in, pkt));
    MAKER_OK(avcodec_send_packet(c, pkt));
    MAKER_OK(avcodec_send_packet(c, NULL));
    MAKER_OK(avcodec_receive_frame(c, f));
    int x = f->width / 2, y = f->height / 2, cx = x / 2, cy = y / 2;
    if (f->format == AV_PIX_FMT_RGB24) {
        for (int i = 0; i < 3; i++)
            rgb[i] = f->data[0][y * f->linesize[0] + 3 * x + i];
    } else {
        assert_int_equal(f->format, AV_PIX_FMT_YUVJ420P);
        double l = f->data[0][y * f->linesize[0] + x];
        double u = f->data[1][cy * f->linesize[1] + cx] - 128.0;
        double v = f->data[2][cy * f->linesize[2] + cx] - 128.0;
        rgb[0] = (int)lround(l + 1.402 * v);
        rgb[1] = (int)lround(l - 0.344136 * u - 0.714136 * v);
        rgb[2] = (int)lround(l + 1.772 * u);
    }
    av_frame_free(&f);
    av_packet_free(&pkt);
    avcodec_free_context(&c);
    avformat_close_input(&in);
}

static void test_colours_are_true(void **state)
{
    (void)state;
    static const struct {
        enum AVColorSpace space;
        int yuv[3], rgb[3];
    } cases[] = {
        /* Values of ITU-R BT.601 and BT.709 colour bars, limited range. */
        { AVCOL_SPC_SMPTE170M, { 16, 128, 128 }, { 0, 0, 0 } },
        { AVCOL_SPC_SMPTE170M, { 235, 128, 128 }, { 255, 255, 255 } },
        { AVCOL_SPC_SMPTE170M, { 126, 128, 128 }, { 128, 128, 128 } },
        { AVCOL_SPC_SMPTE170M, { 81, 90, 240 }, { 255, 0, 0 } },
        { AVCOL_SPC_SMPTE170M, { 145, 54, 34 }, { 0, 255, 0 } },
        { AVCOL_SPC_BT709, { 63, 102, 240 }, { 255, 0, 0 } },
        { AVCOL_SPC_BT709, { 173, 42, 26 }, { 0, 255, 0 } },
        { AVCOL_SPC_BT709, { 32, 240, 118 }, { 0, 0, 255 } },
        { AVCOL_SPC_BT709, { 235, 128, 128 }, { 255, 255, 255 } },
        { AVCOL_SPC_UNSPECIFIED, { 81, 90, 240 }, { 255, 0, 0 } }, /* 64 lines: BT.601 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AVFrame *f = test_frame(64, 64);
        f->colorspace = cases[i].space;
        fill(f, cases[i].yuv[0], cases[i].yuv[1], cases[i].yuv[2]);
        assert_int_equal(dvb_image_write_jpeg(f, 95, "c.jpg", NULL), 0);
        assert_int_equal(dvb_image_write_png(f, "c.png", NULL), 0);
        static const char *const paths[] = { "c.jpg", "c.png" };
        for (int k = 0; k < 2; k++) {
            int rgb[3];
            shown_rgb(paths[k], rgb);
            for (int n = 0; n < 3; n++)
                if (abs(rgb[n] - cases[i].rgb[n]) > 4)
                    fail_msg("%s, case %zu: rgb %d %d %d, expected %d %d %d", paths[k], i, rgb[0],
                             rgb[1], rgb[2], cases[i].rgb[0], cases[i].rgb[1], cases[i].rgb[2]);
        }
        av_frame_free(&f);
    }
}

static void test_png_and_back(void **state)
{
    (void)state;
    AVFrame *f = test_frame(320, 180);
    assert_int_equal(dvb_image_write_png(f, "p.png", NULL), 0);
    AVFrame *back = decode_file("p.png");
    assert_int_equal(maker_number(back), 0x5a);
    for (int p = 0; p < 3; p++)
        assert_true(off_by(f, back, p) < 1.5);
    av_frame_free(&f), av_frame_free(&back);
}

/* A picture file from any encoder of FFmpeg's. */
static void make_picture(const char *encoder, int format, int w, int h, const char *path)
{
    struct maker m = { .encoder = encoder,
                       .options = "bf=0",
                       .w = w,
                       .h = h,
                       .full_range = format != AV_PIX_FMT_YUV420P };
    AVCodecContext *c = maker_encoder(&m, format);
    MAKER_OK(avcodec_open2(c, c->codec, NULL));
    AVFrame *f = maker_frame(&m, format, 0x5a);
    if (format == AV_PIX_FMT_RGBA) /* left half seen through by half */
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w / 2; x++)
                f->data[0][y * f->linesize[0] + 4 * x + 3] = 128;
    AVPacket *pkt = av_packet_alloc();
    MAKER_OK(avcodec_send_frame(c, f));
    MAKER_OK(avcodec_send_frame(c, NULL));
    MAKER_OK(avcodec_receive_packet(c, pkt));
    assert_int_equal(dvb_write_file(path, pkt->data, (size_t)pkt->size, NULL), 0);
    av_packet_free(&pkt);
    av_frame_free(&f);
    avcodec_free_context(&c);
}

static void test_decode_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *encoder;
        int format;
    } kinds[] = {
        { "png", AV_PIX_FMT_RGB24 },       { "png", AV_PIX_FMT_RGB48BE },
        { "png", AV_PIX_FMT_GRAY8 },       { "png", AV_PIX_FMT_MONOBLACK },
        { "libwebp", AV_PIX_FMT_YUV420P }, { "libwebp", AV_PIX_FMT_BGRA },
        { "mjpeg", AV_PIX_FMT_YUVJ444P },  { "mjpeg", AV_PIX_FMT_YUVJ420P },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        make_picture(kinds[i].encoder, kinds[i].format, 241, 135, "k.bin");
        AVFrame *f = decode_file("k.bin");
        assert_int_equal(f->width, 240);
        assert_int_equal(f->height, 134);
        assert_int_equal(f->color_range, AVCOL_RANGE_MPEG);
        assert_int_equal(maker_number(f), 0x5a);
        /* White and black blocks: the range is right. */
        const uint8_t *row = f->data[0] + 67 * f->linesize[0];
        int white = row[45], black = row[15];
        bool two_tone = kinds[i].format == AV_PIX_FMT_MONOBLACK; /* beyond limited range */
        if (white < 230 || (white > 238 && !two_tone) || (black < 14 && !two_tone) || black > 24)
            fail_msg("%s %s: white %d, black %d", kinds[i].encoder,
                     av_get_pix_fmt_name(kinds[i].format), white, black);
        av_frame_free(&f);
    }
    make_picture("png", AV_PIX_FMT_RGBA, 240, 134, "a.png"); /* alpha over black */
    AVFrame *f = decode_file("a.png");
    assert_in_range(f->data[0][67 * f->linesize[0] + 45], 122, 130);
    assert_in_range(f->data[0][67 * f->linesize[0] + 195], 230, 238);
    av_frame_free(&f);
}

static void test_decode_refusals(void **state)
{
    (void)state;
    AVFrame *f = test_frame(320, 180), *out;
    struct dvb_err err;
    static const char *const paths[] = { "r.jpg", "r.png", "r.webp" };
    static const char *const names[] = { "JPEG", "PNG", "WebP" };
    assert_int_equal(dvb_image_write_jpeg(f, 80, "r.jpg", NULL), 0);
    assert_int_equal(dvb_image_write_png(f, "r.png", NULL), 0);
    make_picture("libwebp", AV_PIX_FMT_YUV420P, 320, 180, "r.webp");
    for (int i = 0; i < 3; i++) {
        size_t len;
        char *data = read_all(paths[i], &len), want[64];
        assert_int_equal(dvb_image_decode(data, len, 320 * 180 - 1, &out, &err), -EFBIG);
        assert_null(out);
        snprintf(want, sizeof(want), "%s picture of 320x180 pixels, at most 57599", names[i]);
        assert_non_null(strstr(err.msg, want));
        assert_int_equal(dvb_image_decode(data, len, 320 * 180, &out, &err), 0);
        av_frame_free(&out);
        assert_true(dvb_image_decode(data, 20, 1 << 20, &out, &err) < 0);
        assert_null(out);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        free(data);
    }
    assert_int_equal(dvb_image_decode("GIF89a", 6, 1 << 20, &out, &err), -EBADMSG);
    assert_non_null(strstr(err.msg, "not a JPEG, PNG or WebP"));
    assert_int_equal(dvb_image_decode("", 0, 1 << 20, &out, &err), -EBADMSG);
    av_frame_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_within),      cmocka_unit_test(test_scale),
        cmocka_unit_test(test_scaler_handle),    cmocka_unit_test(test_scale_is_bit_exact),
        cmocka_unit_test(test_scale_in_threads), cmocka_unit_test(test_beside),
        cmocka_unit_test(test_jpeg_and_back),    cmocka_unit_test(test_jpeg_quality_is_libjpegs),
        cmocka_unit_test(test_colours_are_true), cmocka_unit_test(test_png_and_back),
        cmocka_unit_test(test_decode_kinds),     cmocka_unit_test(test_decode_refusals),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
