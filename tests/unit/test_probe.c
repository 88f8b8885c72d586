/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/fs.h"
#include "media/clip.h"
#include "media/probe.h"
#include "tests/unit/media_maker.h"

static struct dvb_media_info probe(const char *path)
{
    struct dvb_media_info info;
    struct dvb_err err;
    if (dvb_probe(path, &info, &err))
        fail_msg("%s", err.msg);
    return info;
}

static void near(const char *what, double is, double want, double slack)
{
    if (!(fabs(is - want) <= slack))
        fail_msg("%s is %g, expected %g", what, is, want);
}

static const int steady_ms[] = { 0, 33, 67, 100, 133, 167, 200, 233, 267, 300 };
static const int wild_ms[] = { 0, 33, 66, 400, 433, 1000, 1010, 1020, 2500, 2533 };
static const int32_t quarter[] = { 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30 };
static const int32_t mirror[] = { -65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30 };

static const struct {
    struct maker make;
    struct dvb_media_info want;
} files[] = {
    { { .path = "a.mp4", .w = 320, .h = 180, .frames = 50 },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 25,
        .duration = 2,
        .frames = 50,
        .bit_depth = 8 } },
    { { .path = "late.ts", .w = 320, .h = 180, .frames = 50, .offset = 30000 },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 25,
        .duration = 2,
        .frames = 50,
        .bit_depth = 8 } },
    { { .path = "raw.h264", .w = 320, .h = 180, .frames = 60, .fps = 30 },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 30,
        .duration = 2,
        .frames = 60,
        .bit_depth = 8 } },
    { { .path = "h264.avi", .w = 320, .h = 180, .frames = 50 },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 25,
        .duration = 2,
        .frames = 50,
        .bit_depth = 8 } },
    { { .path = "phone.mp4", .w = 320, .h = 180, .frames = 10, .matrix = quarter },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 180,
        .height = 320,
        .rotation = 90,
        .sar = 1,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 8 } },
    { { .path = "selfie.mp4", .w = 320, .h = 180, .frames = 10, .matrix = mirror },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .mirrored = true,
        .sar = 1,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 8 } },
    { { .path = "dvd.mpg",
        .encoder = "mpeg2video",
        .w = 352,
        .h = 288,
        .frames = 10,
        .sar = { 12, 11 } },
      { .codec = "mpeg2video",
        .pix_fmt = "yuv420p",
        .width = 384,
        .height = 288,
        .sar = 12 / 11.0,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 8 } },
    { { .path = "field.ts",
        .encoder = "mpeg2video",
        .w = 320,
        .h = 192,
        .frames = 10,
        .interlaced = true },
      { .codec = "mpeg2video",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 192,
        .sar = 1,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 8,
        .interlaced = true } },
    { { .path = "ten.mp4", .w = 320, .h = 180, .frames = 10, .format = AV_PIX_FMT_YUV420P10 },
      { .codec = "h264",
        .pix_fmt = "yuv420p10le",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 10 } },
    { { .path = "odd.mp4", .w = 641, .h = 361, .frames = 10, .format = AV_PIX_FMT_YUV444P },
      { .codec = "h264",
        .pix_fmt = "yuv444p",
        .width = 640,
        .height = 360,
        .sar = 1,
        .fps = 25,
        .duration = 0.4,
        .frames = 10,
        .bit_depth = 8 } },
    { { .path = "ms.mkv", .w = 320, .h = 180, .frames = 10, .fps = 30, .times = steady_ms },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 30,
        .duration = 0.333,
        .frames = 10,
        .bit_depth = 8 } },
    { { .path = "vfr.mp4", .w = 320, .h = 180, .frames = 10, .times = wild_ms },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 3.85,
        .duration = 2.6,
        .frames = 10,
        .bit_depth = 8,
        .vfr = true } },
    { { .path = "one.mp4", .w = 320, .h = 180, .frames = 1 },
      { .codec = "h264",
        .pix_fmt = "yuv420p",
        .width = 320,
        .height = 180,
        .sar = 1,
        .fps = 25,
        .duration = 0.04,
        .frames = 1,
        .bit_depth = 8 } },
};

static void test_what_files_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const struct maker *m = &files[i].make;
        const struct dvb_media_info *want = &files[i].want;
        maker_make(m);
        struct dvb_media_info is = probe(m->path);
        print_message("%s\n", m->path);
        assert_string_equal(is.codec, want->codec);
        assert_string_equal(is.pix_fmt, want->pix_fmt);
        assert_int_equal(is.coded_w, m->w);
        assert_int_equal(is.coded_h, m->h);
        assert_int_equal(is.width, want->width);
        assert_int_equal(is.height, want->height);
        assert_int_equal(is.rotation, want->rotation);
        assert_int_equal(is.mirrored, want->mirrored);
        near("sar", is.sar, want->sar, 1e-6);
        near("fps", is.fps, want->fps, 0.1);
        near("duration", is.duration, want->duration, 0.05);
        assert_int_equal(is.frames, want->frames);
        assert_int_equal(is.bit_depth, want->bit_depth);
        assert_int_equal(is.vfr, want->vfr);
        assert_int_equal(is.interlaced, want->interlaced);
    }
}

/* A frame left out of AVI, whose tick is as long as a frame, is a variable rate. */
static void test_dropped_frame_in_avi(void **state)
{
    (void)state;
    struct maker m = {
        .path = "d.avi", .encoder = "mpeg4", .options = "bf=0", .w = 160, .h = 96, .frames = 30
    };
    maker_make(&m);
    assert_false(probe("d.avi").vfr);
    static int times[30];
    for (int i = 0; i < 30; i++)
        times[i] = 40 * (i + (i > 12));
    struct maker gap = m;
    gap.path = "gap.mkv";
    gap.times = times;
    maker_make(&gap);
    struct dvb_media_info info = probe("gap.mkv");
    assert_true(info.vfr);
    assert_int_equal(info.frames, 30);
}

/* A recording that was cut anywhere: what nothing can decode does not count. */
static void test_starts_within_a_gop(void **state)
{
    (void)state;
    struct maker m = { .path = "full.ts",
                       .w = 320,
                       .h = 180,
                       .frames = 50,
                       .options = "x264-params=keyint=20\\:scenecut=0\\:bframes=2" };
    maker_make(&m);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file("full.ts", 1 << 20, &data, &len, NULL), 0);
    /* Keep the tables that the file starts with, drop a fifth of the rest. */
    size_t tables = 188 * 3, drop = len / 5 / 188 * 188;
    memmove(data + tables, data + tables + drop, len - tables - drop);
    assert_int_equal(dvb_write_file("mid.ts", data, len - drop, NULL), 0);
    free(data);
    struct dvb_media_info info = probe("mid.ts");
    assert_int_equal(info.frames, 30);
    near("duration", info.duration, 1.2, 0.001);
    assert_false(info.vfr);
    struct dvb_clip *clip;
    AVFrame *f;
    assert_int_equal(
        dvb_clip_open("mid.ts", &(struct dvb_clip_settings){ 0.4, 0.4, 0 }, &clip, NULL), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(dvb_clip_next(clip, &f, NULL), 1);
        assert_int_equal(maker_number(f), 30 + i);
        av_frame_free(&f);
    }
    assert_int_equal(dvb_clip_next(clip, &f, NULL), 0);
    dvb_clip_close(&clip);
}

static void refused(const char *path, int code, const char *part)
{
    struct dvb_media_info info;
    struct dvb_err err = { 0 };
    int r = dvb_probe(path, &info, &err);
    if (r != -code || err.fault != DVB_FAULT_INPUT || !strstr(err.msg, part) ||
        strncmp(err.msg, path, strlen(path)))
        fail_msg("%s: %d, fault %d, \"%s\"; expected %d and \"%s\"", path, r, err.fault, err.msg,
                 -code, part);
    struct dvb_clip *clip;
    assert_int_not_equal(dvb_clip_open(path, &(struct dvb_clip_settings){ 0 }, &clip, &err), 0);
    assert_null(clip);
}

static void put(const char *path, const char *text)
{
    assert_int_equal(dvb_write_file(path, text, strlen(text), NULL), 0);
}

static void test_what_is_no_file(void **state)
{
    (void)state;
    refused("missing.mp4", ENOENT, "No such file");
    mkdir("folder.mp4", 0777);
    refused("folder.mp4", EINVAL, "not a regular file");
    mkfifo("pipe.mp4", 0666);
    refused("pipe.mp4", EINVAL, "not a regular file");
    put("empty.mp4", "");
    refused("empty.mp4", ENODATA, "empty file");
    refused("http://127.0.0.1:9/x.mp4", ENOENT, "No such file");
}

static void test_what_is_no_video(void **state)
{
    (void)state;
    put("note.txt", "A text file, which FFmpeg is happy to show as ANSI art.\n");
    refused("note.txt", EBADMSG, "not a video");
    put("note.mp4", "Not a video at all, whatever its name says.\n");
    refused("note.mp4", EBADMSG, "incomplete or damaged");
    /* Playlists: other files and the network stay out of reach. */
    put("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/etc/passwd\n#EXT-X-ENDLIST\n");
    refused("list.m3u8", EBADMSG, "not a video: it looks like hls");
    put("list.mp4", "ffconcat version 1.0\nfile ok.mp4\n");
    refused("list.mp4", EBADMSG, "not a video: it looks like concat");
    put("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n");
    refused("list.sdp", EBADMSG, "not a video: it looks like sdp");
}

/* One second of silence in an MP4 file, with cover art if asked for. */
static void make_audio(const char *path, bool cover)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVCodecContext *c = avcodec_alloc_context3(codec);
    c->sample_rate = 44100;
    c->sample_fmt = codec->sample_fmts[0];
    av_channel_layout_default(&c->ch_layout, 1);
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    MAKER_OK(avcodec_open2(c, codec, NULL));
    AVFormatContext *mux = NULL;
    MAKER_OK(avformat_alloc_output_context2(&mux, NULL, NULL, path));
    AVStream *st = avformat_new_stream(mux, NULL);
    MAKER_OK(avcodec_parameters_from_context(st->codecpar, c));
    AVPacket *pkt = av_packet_alloc();
    if (cover) {
        st = avformat_new_stream(mux, NULL);
        st->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
        st->codecpar->codec_id = AV_CODEC_ID_PNG;
        st->codecpar->width = st->codecpar->height = 16;
        st->disposition = AV_DISPOSITION_ATTACHED_PIC;
    }
    MAKER_OK(avio_open(&mux->pb, path, AVIO_FLAG_WRITE));
    MAKER_OK(avformat_write_header(mux, NULL));
    if (cover) {
        struct maker m = { .w = 16, .h = 16, .encoder = "png", .options = "bf=0" };
        AVCodecContext *png = maker_encoder(&m, AV_PIX_FMT_RGB24);
        MAKER_OK(avcodec_open2(png, png->codec, NULL));
        AVFrame *f = maker_frame(&m, AV_PIX_FMT_RGB24, 0);
        MAKER_OK(avcodec_send_frame(png, f));
        MAKER_OK(avcodec_receive_packet(png, pkt));
        pkt->stream_index = 1;
        MAKER_OK(av_interleaved_write_frame(mux, pkt));
        av_frame_free(&f);
        avcodec_free_context(&png);
    }
    for (int i = 0; i < 44; i++) {
        AVFrame *f = av_frame_alloc();
        f->nb_samples = c->frame_size;
        f->format = c->sample_fmt;
        MAKER_OK(av_channel_layout_copy(&f->ch_layout, &c->ch_layout));
        MAKER_OK(av_frame_get_buffer(f, 0));
        memset(f->data[0], 0, (size_t)f->linesize[0]);
        f->pts = i * c->frame_size;
        MAKER_OK(avcodec_send_frame(c, f));
        av_frame_free(&f);
        while (avcodec_receive_packet(c, pkt) >= 0) {
            pkt->stream_index = 0;
            MAKER_OK(av_interleaved_write_frame(mux, pkt));
        }
    }
    MAKER_OK(av_write_trailer(mux));
    av_packet_free(&pkt);
    avio_closep(&mux->pb);
    avformat_free_context(mux);
    avcodec_free_context(&c);
}

static void test_audio_only(void **state)
{
    (void)state;
    make_audio("sound.mp4", false);
    refused("sound.mp4", ENODATA, "audio only");
    make_audio("album.m4a", true);
    refused("album.m4a", ENODATA, "audio only");
}

static void test_truncated(void **state)
{
    (void)state;
    struct maker m = { .path = "whole.mp4", .w = 320, .h = 180, .frames = 25 };
    maker_make(&m);
    char *data;
    size_t len;
    assert_int_equal(dvb_read_file("whole.mp4", 1 << 20, &data, &len, NULL), 0);
    assert_int_equal(dvb_write_file("cut.mp4", data, len / 2, NULL), 0);
    refused("cut.mp4", EBADMSG, "incomplete or damaged mov,mp4,m4a,3gp,3g2,mj2 file");
    refused("cut.mp4", EBADMSG, "moov atom not found");
    /* All there, but the pictures are noise. */
    char *mdat = NULL;
    for (size_t i = 0; i + 4 < len && !mdat; i++)
        if (!memcmp(data + i, "mdat", 4))
            mdat = data + i + 4;
    char *moov = NULL;
    for (size_t i = 0; i + 4 < len; i++)
        if (!memcmp(data + i, "moov", 4))
            moov = data + i - 4;
    if (!mdat || !moov) {
        fail_msg("whole.mp4 has no mdat or moov");
        return;
    }
    memset(mdat, 0, (size_t)(moov - mdat));
    assert_int_equal(dvb_write_file("noise.mp4", data, len, NULL), 0);
    refused("noise.mp4", EBADMSG, "not one frame of its h264 video decodes");
    free(data);
    struct maker none = { .path = "none.mp4", .w = 320, .h = 180, .frames = 0 };
    maker_make(&none);
    refused("none.mp4", ENODATA, "no video stream in it");
}

static void test_too_large(void **state)
{
    (void)state;
    struct maker m = {
        .path = "wide.mkv", .encoder = "ffv1", .options = "bf=0", .w = 8194, .h = 16, .frames = 1
    };
    maker_make(&m);
    refused("wide.mkv", EFBIG, "8194x16 pixels; at most 8192x8192");
    m.path = "stretched.mkv";
    m.w = 4098;
    m.sar = (AVRational){ 2, 1 };
    maker_make(&m);
    refused("stretched.mkv", EFBIG, "pixels of shape 2:1");
    m.path = "largest.mkv";
    m.w = 8192;
    m.sar = (AVRational){ 1, 1 };
    maker_make(&m);
    assert_int_equal(probe("largest.mkv").width, 8192);
}

static void test_encrypted(void **state)
{
    (void)state;
    struct maker m = { .path = "secret.mp4",
                       .w = 320,
                       .h = 180,
                       .frames = 10,
                       .mux_options = "encryption_scheme=cenc-aes-ctr:"
                                      "encryption_key=76a6c65c5ea762046bd749a2e632ccbb:"
                                      "encryption_kid=a7e61c373e219033c21091fa607bf3b8" };
    maker_make(&m);
    refused("secret.mp4", EACCES, "encrypted");
}

/* What probe says is what clip gives. */
static void test_agrees_with_clip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        maker_make(&files[i].make);
        struct dvb_media_info info = probe(files[i].make.path);
        struct dvb_clip *clip;
        AVFrame *f;
        assert_int_equal(
            dvb_clip_open(files[i].make.path, &(struct dvb_clip_settings){ 0 }, &clip, NULL), 0);
        assert_int_equal(dvb_clip_get_info(clip)->width, info.width);
        assert_int_equal(dvb_clip_get_info(clip)->height, info.height);
        int n = 0;
        int64_t last = 0;
        for (; dvb_clip_next(clip, &f, NULL) > 0; n++) {
            last = f->pts;
            av_frame_free(&f);
        }
        dvb_clip_close(&clip);
        assert_int_equal(n, info.frames);
        assert_true((double)last / 1e6 < info.duration);
    }
}

/* Against ffprobe's count of the same real files. */
static void test_real_files(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int w, h;
        long frames;
        double fps, duration;
    } real[] = {
        { "07_wave_croatia_timecode_qr_1080p25.mp4", 1920, 1080, 200, 25, 8 },
        { "12_cups_shell_game_720p.mp4", 1280, 720, 300, 30000 / 1001.0, 10.01 },
        { "19_parking_432p.mp4", 768, 432, 377, 12.5, 30.16 },
    };
    const char *top = getenv("TOP");
    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/../shared/videos/%s", top ? top : ".", real[i].name);
        if (!dvb_is_file(path)) {
            print_message("skip: no %s\n", path);
            skip();
        }
        struct dvb_media_info info = probe(path);
        assert_int_equal(info.width, real[i].w);
        assert_int_equal(info.height, real[i].h);
        assert_int_equal(info.frames, real[i].frames);
        near("fps", info.fps, real[i].fps, 0.001);
        near("duration", info.duration, real[i].duration, 0.002);
        assert_false(info.vfr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_files_are),      cmocka_unit_test(test_dropped_frame_in_avi),
        cmocka_unit_test(test_starts_within_a_gop), cmocka_unit_test(test_what_is_no_file),
        cmocka_unit_test(test_what_is_no_video),    cmocka_unit_test(test_audio_only),
        cmocka_unit_test(test_truncated),           cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_encrypted),           cmocka_unit_test(test_agrees_with_clip),
        cmocka_unit_test(test_real_files),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
