/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fs.h"
#include "media/clip.h"
#include "media/image.h"
#include "media/probe.h"
#include "media/render.h"
#include "tests/unit/media_maker.h"
#include "tests/unit/moving.h"

#define ALL_KINDS (1U << DVB_KIND_ORIGINAL | 1U << DVB_KIND_DEGRADED | 1U << DVB_KIND_PAIR)
#define HELD ((size_t)256 << 20)

/* Videos that cost bits, written without loss of detail; made once. */

static void make_moving(const char *path, const struct moving *m, int frames)
{
    maker_now = path;
    av_log_set_level(AV_LOG_QUIET);
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *c = avcodec_alloc_context3(codec);
    c->width = m->w;
    c->height = m->h;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){ 1, 25 };
    c->framerate = (AVRational){ 25, 1 };
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(c->priv_data, "preset", "ultrafast", 0);
    av_opt_set(c->priv_data, "crf", "12", 0);
    AVFormatContext *mux = NULL;
    MAKER_OK(avcodec_open2(c, codec, NULL));
    MAKER_OK(avformat_alloc_output_context2(&mux, NULL, NULL, path));
    AVStream *st = avformat_new_stream(mux, NULL);
    MAKER_OK(avcodec_parameters_from_context(st->codecpar, c));
    st->time_base = c->time_base;
    st->avg_frame_rate = c->framerate;
    MAKER_OK(avio_open(&mux->pb, path, AVIO_FLAG_WRITE));
    MAKER_OK(avformat_write_header(mux, NULL));
    AVPacket *pkt = av_packet_alloc();
    for (int i = 0; i <= frames; i++) {
        AVFrame *f = i < frames ? moving_frame(m, i) : NULL;
        if (f)
            f->pts = i;
        MAKER_OK(avcodec_send_frame(c, f));
        av_frame_free(&f);
        maker_drain(c, mux, pkt);
    }
    MAKER_OK(av_write_trailer(mux));
    av_packet_free(&pkt);
    avio_closep(&mux->pb);
    avformat_free_context(mux);
    avcodec_free_context(&c);
}

static int make_videos(void **state)
{
    (void)state;
    make_moving("slide.mp4", &(struct moving){ 640, 360, 3, 3 }, 75);
    make_moving("pan.mp4", &(struct moving){ 320, 240, 5, 2 }, 75);
    maker_make(&(struct maker){ .path = "count.mp4", .w = 256, .h = 144, .frames = 75 });
    maker_make(&(struct maker){
        .path = "still.mp4", .w = 256, .h = 144, .frames = 25, .options = "g=250" });
    return 0;
}

static struct dvb_encode_recipe rate_recipe(int64_t bitrate)
{
    struct dvb_recipe r;
    dvb_recipe_default(&r);
    r.degraded.bitrate = bitrate;
    return r.degraded;
}

static struct dvb_rate_result transcode(const char *in, const char *out,
                                        const struct dvb_encode_recipe *recipe)
{
    struct dvb_rate_result r;
    struct dvb_err err;
    if (dvb_transcode(in, out, 0, 0, recipe, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

static void rate_is_met_on_different_content(void **state)
{
    (void)state;
    const char *const videos[] = { "slide.mp4", "pan.mp4" };
    for (int i = 0; i < 2; i++)
        for (int64_t rate = 20000; rate <= 40000; rate *= 2) {
            struct dvb_encode_recipe recipe = rate_recipe(rate);
            struct dvb_rate_result r = transcode(videos[i], "rate.mp4", &recipe);
            struct dvb_media_info info;
            struct dvb_err err;
            if (!r.met || fabs(r.bitrate_kbps * 1000 / (double)rate - 1) > 0.02)
                fail_msg("%s: %g kbps of %lld: %s", videos[i], r.bitrate_kbps, (long long)rate,
                         r.reason);
            assert_string_equal(r.reason, "");
            assert_true(r.mean_qp > 0 && r.mean_qp <= 51 && r.encodes <= 12);
            assert_int_equal(dvb_probe("rate.mp4", &info, &err), 0);
            assert_int_equal(info.width, r.width);
            assert_int_equal(info.height, r.height);
            assert_int_equal(info.frames, 75);
            assert_int_equal(r.frames, 75);
            assert_true(fabs(r.fps - 25) < 1e-6 && fabs(info.duration - 3) < 1e-3);
        }
}

static void ceiling_is_told(void **state)
{
    (void)state;
    struct dvb_encode_recipe recipe = rate_recipe(50000000);
    struct dvb_rate_result r = transcode("still.mp4", "ceiling.mp4", &recipe);
    assert_false(r.met);
    assert_true(r.bitrate_kbps < 50000);
    assert_memory_equal(r.reason, "ceiling: ", 9);
}

/* The ladder is gone down before the floor is told; a size asked for is kept. */
static void floor_is_told(void **state)
{
    (void)state;
    struct dvb_encode_recipe recipe = rate_recipe(1000);
    struct dvb_rate_result r = transcode("slide.mp4", "floor.mp4", &recipe);
    assert_false(r.met);
    assert_true(r.bitrate_kbps > 1);
    assert_memory_equal(r.reason, "floor: ", 7);
    assert_true(r.width <= 160);
    recipe.size = (struct dvb_size){ 640, 360 };
    r = transcode("slide.mp4", "floor.mp4", &recipe);
    assert_memory_equal(r.reason, "floor: ", 7);
    assert_int_equal(r.width, 640);
}

static void size_steps_down_where_the_rate_is_too_low(void **state)
{
    (void)state;
    struct dvb_size rung;
    struct dvb_encode_recipe recipe = rate_recipe(25000);
    assert_true(dvb_ladder_size(25000, (struct dvb_size){ 640, 360 }, 0, &rung));
    recipe.size = rung;
    struct dvb_rate_result r = transcode("slide.mp4", "steps.mp4", &recipe);
    assert_memory_equal(r.reason, "floor: ", 7);
    recipe.size = (struct dvb_size){ 0, 0 };
    r = transcode("slide.mp4", "steps.mp4", &recipe);
    if (!r.met)
        fail_msg("%s", r.reason);
    assert_true(r.width < rung.w && r.height < rung.h);
}

static void abr_is_one_encode(void **state)
{
    (void)state;
    struct dvb_encode_recipe recipe = rate_recipe(150000);
    recipe.mode = DVB_RATE_ABR;
    struct dvb_rate_result r = transcode("slide.mp4", "abr.mp4", &recipe);
    assert_int_equal(r.encodes, 1);
    assert_true(r.crf < 0 && r.bitrate_kbps > 75 && r.bitrate_kbps < 300);
    assert_true(r.met || !memcmp(r.reason, "abr: ", 5));
}

static void transcode_cuts_and_retimes(void **state)
{
    (void)state;
    struct dvb_encode_recipe recipe = { .crf = 20, .fps = 10, .preset = "veryfast" };
    struct dvb_rate_result r;
    struct dvb_err err;
    assert_int_equal(dvb_transcode("count.mp4", "cut.mp4", 1, 1.5, &recipe, &r, &err), 0);
    assert_int_equal(r.frames, 15);
    assert_true(r.met && r.target_kbps == 0);
    struct dvb_clip *clip;
    AVFrame *f;
    int n = 0;
    assert_int_equal(dvb_clip_open("cut.mp4", &(struct dvb_clip_settings){ 0 }, &clip, &err), 0);
    for (; dvb_clip_next(clip, &f, &err) > 0; n++) {
        assert_int_equal(maker_number(f), 25 + n * 5 / 2);
        av_frame_free(&f);
    }
    assert_int_equal(n, 15);
    dvb_clip_close(&clip);
}

static void outputs_are_checked(void **state)
{
    (void)state;
    struct dvb_encode_recipe recipe = { .crf = 20, .preset = "ultrafast" };
    struct dvb_rate_result r;
    struct dvb_err err;
    const struct {
        const char *in, *out, *says;
        enum dvb_fault fault;
    } cases[] = {
        { "count.mp4", "count.mp4", "both input and output", DVB_FAULT_USAGE },
        { "count.mp4", "./count.mp4", "both input and output", DVB_FAULT_USAGE },
        { "count.mp4", "a.avi", "'a.avi'", DVB_FAULT_USAGE },
        { "count.mp4", ".mp4", "'.mp4'", DVB_FAULT_USAGE },
        { "count.mp4", "absent/a.mp4", "absent/a.mp4", DVB_FAULT_INPUT },
        { "absent.mp4", "a.mp4", "absent.mp4", DVB_FAULT_INPUT },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(dvb_transcode(cases[i].in, cases[i].out, 0, 0, &recipe, &r, &err) < 0);
        assert_int_equal(err.fault, cases[i].fault);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("'%s' does not say '%s'", err.msg, cases[i].says);
    }
    assert_false(dvb_is_file("a.mp4"));
    assert_true(dvb_concat("count.mp4", "slide.mp4", "slide.mp4", &recipe, 0, &r, &err) < 0);
    recipe.bitrate = 100000;
    assert_true(dvb_concat("count.mp4", "slide.mp4", "a.mp4", &recipe, 0, &r, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_false(dvb_is_file("a.mp4"));
}

/* Rendering. */

static void render(const char *path, const struct dvb_recipe *recipe, unsigned kinds,
                   const char *out, size_t max_bytes, struct dvb_rendition_files f[DVB_KINDS])
{
    const struct dvb_render_job job = { .path = path,
                                        .start = 0.5,
                                        .length = 2,
                                        .recipe = recipe,
                                        .kinds = kinds,
                                        .out_dir = out,
                                        .max_bytes = max_bytes };
    struct dvb_err err;
    if (dvb_render(&job, f, &err))
        fail_msg("%s", err.msg);
}

static int count_files(const char *dir)
{
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static struct dvb_recipe small_recipe(void)
{
    struct dvb_recipe r;
    dvb_recipe_default(&r);
    r.degraded.bitrate = 60000;
    return r;
}

static void assert_same_hashes(const struct dvb_rendition_files *a,
                               const struct dvb_rendition_files *b)
{
    for (int k = 0; k < DVB_KINDS; k++) {
        assert_int_equal(a[k].made, b[k].made);
        assert_string_equal(a[k].hash, b[k].hash);
        assert_true(!a[k].made || strlen(a[k].hash) == DVB_HASH_LEN);
    }
}

static void render_makes_all_kinds(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files f[DVB_KINDS], again[DVB_KINDS];
    recipe.original_video = true;
    render("slide.mp4", &recipe, ALL_KINDS, "all", HELD, f);
    for (int k = 0; k < DVB_KINDS; k++) {
        char dir[64];
        snprintf(dir, sizeof(dir), "all/%s", dvb_kind_names[k]);
        assert_true(f[k].made && f[k].video);
        assert_string_equal(f[k].dir, dvb_kind_names[k]);
        assert_int_equal(f[k].n_frames, 4);
        assert_int_equal(count_files(dir), 5);
    }
    assert_int_equal(count_files("all"), 3); /* nothing temporary is left */
    assert_true(f[DVB_KIND_DEGRADED].rate.met);
    assert_int_equal(f[DVB_KIND_DEGRADED].rate.frames, 50);
    assert_int_equal(f[DVB_KIND_PAIR].rate.frames, 10);
    assert_int_equal(f[DVB_KIND_PAIR].rate.width % 4, 0);
    assert_true(f[DVB_KIND_PAIR].rate.width * f[DVB_KIND_PAIR].rate.height <= 602112);
    render("slide.mp4", &recipe, ALL_KINDS, "all", HELD, again); /* takes the old one's place */
    assert_int_equal(count_files("all"), 3);
    assert_same_hashes(f, again);
}

static void render_gives_the_same_bytes_anyhow(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files f[DVB_KINDS], streamed[DVB_KINDS], parallel[3][DVB_KINDS];
    render("slide.mp4", &recipe, ALL_KINDS, "held", HELD, f);
    int bad = 0;
#pragma omp parallel for num_threads(2) schedule(dynamic, 1) reduction(+ : bad)
    for (int i = 0; i < 3; i++) {
        char dir[32];
        snprintf(dir, sizeof(dir), "thread%d", i);
        const struct dvb_render_job job = { .path = "slide.mp4",
                                            .start = 0.5,
                                            .length = 2,
                                            .recipe = &recipe,
                                            .kinds = ALL_KINDS,
                                            .out_dir = dir };
        bad += dvb_render(&job, parallel[i], NULL) != 0;
    }
    assert_int_equal(bad, 0);
    for (int i = 0; i < 3; i++)
        assert_same_hashes(f, parallel[i]);
    /* Without memory to hold frames the search starts elsewhere; given the same CRF
       the bytes must be the same. */
    recipe.degraded.bitrate = 0;
    recipe.degraded.crf = 33;
    render("slide.mp4", &recipe, ALL_KINDS, "held", HELD, f);
    render("slide.mp4", &recipe, ALL_KINDS, "streamed", 1, streamed);
    assert_same_hashes(f, streamed);
}

static void render_without_memory_meets_the_rate(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files f[DVB_KINDS];
    render("slide.mp4", &recipe, ALL_KINDS, "poor", 1, f);
    assert_true(f[DVB_KIND_DEGRADED].rate.met);
    assert_int_equal(f[DVB_KIND_PAIR].n_frames, 4);
    assert_int_equal(f[DVB_KIND_PAIR].rate.frames, 10);
}

static void render_makes_only_what_is_asked(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files one[DVB_KINDS], all[DVB_KINDS];
    render("pan.mp4", &recipe, ALL_KINDS, "some-all", HELD, all);
    for (int k = 0; k < DVB_KINDS; k++) {
        char dir[32];
        snprintf(dir, sizeof(dir), "some-%d", k);
        render("pan.mp4", &recipe, 1U << k, dir, HELD, one);
        assert_int_equal(count_files(dir), 1);
        for (int other = 0; other < DVB_KINDS; other++)
            assert_int_equal(one[other].made, other == k);
        assert_string_equal(one[k].hash, all[k].hash);
    }
    assert_false(one[DVB_KIND_ORIGINAL].video);
}

/* The number in a half of a picture (0: left, 1: right). */
static int half_number(const AVFrame *f, int half)
{
    AVFrame *view = av_frame_clone(f);
    assert_non_null(view);
    view->width = f->width / 2;
    view->data[0] += half * view->width;
    int number = maker_number(view);
    av_frame_free(&view);
    return number;
}

static AVFrame *load_picture(const char *path)
{
    char *data;
    size_t len;
    struct dvb_err err;
    AVFrame *f = NULL;
    if (dvb_read_file(path, 1 << 24, &data, &len, &err) ||
        dvb_image_decode(data, len, 1 << 24, &f, &err))
        fail_msg("%s", err.msg);
    free(data);
    return f;
}

/* Every kind shows, at its sample times, the same frame of the source. */
static void pictures_are_of_the_same_time(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files f[DVB_KINDS];
    recipe.sample.fps = 5;
    render("count.mp4", &recipe, ALL_KINDS, "pictures", HELD, f);
    assert_int_equal(f[DVB_KIND_ORIGINAL].n_frames, 10);
    for (int i = 0; i < 10; i++) {
        /* From 0.5 s on the first frame is number 13 (at 0.52 s); samples at 0.1 + i / 5. */
        int expected = (int)floor((0.5 + 0.1 + i * 0.2) * 25 + 1e-6);
        for (int k = 0; k < DVB_KINDS; k++) {
            char path[64];
            snprintf(path, sizeof(path), "pictures/%s/frame-%04d.jpg", dvb_kind_names[k], i + 1);
            AVFrame *p = load_picture(path);
            assert_int_equal(k == DVB_KIND_PAIR ? half_number(p, 0) : maker_number(p), expected);
            if (k == DVB_KIND_PAIR)
                assert_int_equal(half_number(p, 1), expected);
            av_frame_free(&p);
        }
    }
}

/* In the pair's video both halves show the same frame, at the source's rate, at one
   of its own, and where the degraded side has fewer frames. */
static void pair_halves_are_of_the_same_time(void **state)
{
    (void)state;
    const struct {
        double pair_fps, degraded_fps;
        size_t max_bytes;
        int frames;
    } cases[] = { { 0, 0, HELD, 50 }, { 0, 0, 1, 50 }, { 10, 0, HELD, 20 }, { 0, 5, HELD, 50 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dvb_recipe recipe = small_recipe();
        struct dvb_rendition_files f[DVB_KINDS];
        struct dvb_clip *clip;
        struct dvb_err err;
        AVFrame *frame;
        int n = 0;
        recipe.pair.fps = cases[i].pair_fps;
        recipe.degraded.fps = cases[i].degraded_fps;
        render("count.mp4", &recipe, 1U << DVB_KIND_PAIR, "halves", cases[i].max_bytes, f);
        assert_int_equal(
            dvb_clip_open("halves/pair/clip.mp4", &(struct dvb_clip_settings){ 0 }, &clip, &err),
            0);
        for (; dvb_clip_next(clip, &frame, &err) > 0; n++) {
            int left = half_number(frame, 0), right = half_number(frame, 1);
            if (cases[i].degraded_fps <= 0)
                assert_int_equal(right, left);
            else /* the newest of the frames kept, which are at most 5 + 1 apart */
                assert_true(right <= left && right > left - 6);
            av_frame_free(&frame);
        }
        assert_int_equal(n, cases[i].frames);
        dvb_clip_close(&clip);
    }
}

static void render_failures_leave_nothing(void **state)
{
    (void)state;
    struct dvb_recipe recipe = small_recipe();
    struct dvb_rendition_files f[DVB_KINDS];
    struct dvb_err err;
    struct dvb_render_job job = { .path = "absent.mp4",
                                  .length = 2,
                                  .recipe = &recipe,
                                  .kinds = ALL_KINDS,
                                  .out_dir = "nothing" };
    assert_true(dvb_render(&job, f, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    job.path = "count.mp4";
    job.start = 60;
    assert_true(dvb_render(&job, f, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    job.start = 0;
    snprintf(recipe.pair.preset, sizeof(recipe.pair.preset), "fastest");
    assert_true(dvb_render(&job, f, &err) < 0);
    assert_non_null(strstr(err.msg, "'fastest'"));
    job.length = 0;
    assert_true(dvb_render(&job, f, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_true(!dvb_is_dir("nothing") || count_files("nothing") == 0);
    for (int k = 0; k < DVB_KINDS; k++)
        assert_false(f[k].made);
}

static void sample_times_are_the_middles(void **state)
{
    (void)state;
    int n;
    double *t = dvb_sample_times(5, 2, &n);
    assert_int_equal(n, 10);
    for (int i = 0; i < n; i++)
        assert_true(fabs(t[i] - (0.25 + i * 0.5)) < 1e-12);
    free(t);
    t = dvb_sample_times(0.2, 2, &n);
    assert_int_equal(n, 1);
    assert_true(t[0] > 0 && t[0] < 0.2);
    free(t);
    t = dvb_sample_times(5, 0, &n);
    assert_int_equal(n, 0);
    free(t);
}

/* Left at irregular times, right at a constant rate of its own: each left frame has
   the newest right one beside it; the shorter side ends it. */
static void concat_goes_by_time_stamps(void **state)
{
    (void)state;
    int times[30] = { 0 };
    for (int i = 1; i < 30; i++)
        times[i] = times[i - 1] + 30 + i * 17 % 90;
    maker_make(
        &(struct maker){ .path = "vfr.mkv", .w = 256, .h = 144, .frames = 30, .times = times });
    maker_make(&(struct maker){ .path = "cfr.mp4", .w = 128, .h = 72, .frames = 20, .fps = 15 });
    const struct dvb_encode_recipe recipe = { .crf = 10, .preset = "veryfast" };
    struct dvb_rate_result r;
    struct dvb_err err;
    struct dvb_clip *clip;
    AVFrame *f;
    int n = 0;
    if (dvb_concat("vfr.mkv", "cfr.mp4", "joined.mp4", &recipe, 0, &r, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(r.width, 512);
    assert_int_equal(r.height, 144);
    assert_int_equal(dvb_clip_open("joined.mp4", &(struct dvb_clip_settings){ 0 }, &clip, &err), 0);
    for (; dvb_clip_next(clip, &f, &err) > 0; n++) {
        assert_true(llabs(f->pts - times[n] * 1000) <= 12);
        assert_int_equal(half_number(f, 0), n);
        assert_int_equal(half_number(f, 1), (int)floor((times[n] + 1) * 15 / 1000.0));
        av_frame_free(&f);
    }
    dvb_clip_close(&clip);
    int expected = 0; /* the right side ends after 20 / 15 s */
    while (expected < 30 && times[expected] * 15 < 20000)
        expected++;
    assert_int_equal(n, expected);
    assert_int_equal(r.frames, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_is_met_on_different_content),
        cmocka_unit_test(ceiling_is_told),
        cmocka_unit_test(floor_is_told),
        cmocka_unit_test(size_steps_down_where_the_rate_is_too_low),
        cmocka_unit_test(abr_is_one_encode),
        cmocka_unit_test(transcode_cuts_and_retimes),
        cmocka_unit_test(outputs_are_checked),
        cmocka_unit_test(render_makes_all_kinds),
        cmocka_unit_test(render_gives_the_same_bytes_anyhow),
        cmocka_unit_test(render_without_memory_meets_the_rate),
        cmocka_unit_test(render_makes_only_what_is_asked),
        cmocka_unit_test(pictures_are_of_the_same_time),
        cmocka_unit_test(pair_halves_are_of_the_same_time),
        cmocka_unit_test(render_failures_leave_nothing),
        cmocka_unit_test(sample_times_are_the_middles),
        cmocka_unit_test(concat_goes_by_time_stamps),
    };
    return cmocka_run_group_tests(tests, make_videos, NULL);
}
