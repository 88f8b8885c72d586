/* SPDX-License-Identifier: GPL-3.0-or-later */
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
#include "media/clip.h"
#include "media/encode.h"
#include "media/mux.h"
#include "media/units.h"
#include "tests/unit/moving.h"

#define FRAMES 40

/* One encode into a file, with everything it gave. */
struct job {
    struct dvb_encode_recipe recipe;
    struct dvb_qp_map map;
    double crf;
    const int64_t *pts; /* microseconds; NULL: 25 fps */
    const char *path;   /* NULL: no file */
    bool recon;
    struct moving source;
    int n_frames;

    struct dvb_encoder *enc;
    struct dvb_muxer *mux;
    AVFrame *seen[FRAMES];
    int n_seen;
    size_t packet_bytes;
    int packets, keys;
    struct dvb_encode_stats stats;
};

static struct job usual(const char *path)
{
    return (
        struct job){ .recipe = { .bitrate = 100000, .preset = "veryfast", .tune = "zerolatency" },
                     .crf = 32,
                     .path = path,
                     .recon = true,
                     .source = { 320, 180, 2, 4 },
                     .n_frames = FRAMES };
}

static int on_packet(void *ctx, const struct dvb_packet *p, struct dvb_err *err)
{
    struct job *j = ctx;
    j->packet_bytes += p->size;
    j->packets++;
    j->keys += p->key;
    if (j->path && !j->mux)
        assert_int_equal(dvb_muxer_open(j->path, dvb_encoder_stream(j->enc), &j->mux, err), 0);
    return j->path ? dvb_muxer_write(j->mux, p, err) : 0;
}

static int on_recon(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    (void)err;
    struct job *j = ctx;
    assert_true(j->n_seen < FRAMES);
    j->seen[j->n_seen++] = av_frame_clone(frame);
    return 0;
}

static int64_t pts_of(const struct job *j, int i)
{
    return j->pts ? j->pts[i] : i * 40000;
}

static int run(struct job *j, struct dvb_err *err)
{
    struct dvb_encode_settings es = { .recipe = &j->recipe,
                                      .size = { j->source.w, j->source.h },
                                      .fps = { 25, 1 },
                                      .crf = j->crf,
                                      .map = j->map,
                                      .sink = { .ctx = j, .packet = on_packet } };
    if (j->recon)
        es.sink.recon = on_recon;
    int ret = dvb_encoder_open(&es, &j->enc, err);
    for (int i = 0; !ret && i < j->n_frames; i++) {
        AVFrame *f = moving_frame(&j->source, i);
        f->pts = pts_of(j, i);
        ret = dvb_encoder_put(j->enc, f, err);
        av_frame_free(&f);
    }
    if (!ret)
        ret = dvb_encoder_finish(j->enc, err);
    if (!ret)
        j->stats = *dvb_encoder_stats(j->enc);
    if (!ret && j->mux) {
        int64_t end = (pts_of(j, j->n_frames - 1) + 40000) *
                      dvb_encoder_stream(j->enc)->time_base.den / 1000000;
        ret = dvb_muxer_finish(j->mux, end, err);
    }
    dvb_muxer_close(&j->mux);
    dvb_encoder_close(&j->enc);
    return ret;
}

static void run_well(struct job *j)
{
    struct dvb_err err;
    if (run(j, &err))
        fail_msg("%s", err.msg);
}

static void release(struct job *j)
{
    for (int i = 0; i < j->n_seen; i++)
        av_frame_free(&j->seen[i]);
    if (j->path)
        remove(j->path);
}

static bool same_plane(const AVFrame *a, const AVFrame *b, int plane)
{
    int w = plane ? a->width / 2 : a->width, h = plane ? a->height / 2 : a->height;
    for (int y = 0; y < h; y++)
        if (memcmp(a->data[plane] + y * a->linesize[plane], b->data[plane] + y * b->linesize[plane],
                   (size_t)w))
            return false;
    return true;
}

/* Every picture that comes from decoding the file, at its time, is the reconstruction. */
static void assert_recon_is_decoded(const struct job *j)
{
    struct dvb_clip *clip;
    struct dvb_err err;
    AVFrame *f;
    int n = 0, ret;
    if (dvb_clip_open(j->path, &(struct dvb_clip_settings){ 0 }, &clip, &err))
        fail_msg("%s", err.msg);
    for (; (ret = dvb_clip_next(clip, &f, &err)) > 0; n++) {
        assert_true(n < j->n_seen);
        if (llabs((f->pts - (pts_of(j, n) - pts_of(j, 0)))) > 12)
            fail_msg("frame %d at %lld us, expected %lld", n, (long long)f->pts,
                     (long long)pts_of(j, n));
        assert_int_equal(j->seen[n]->pts, pts_of(j, n));
        for (int p = 0; p < 3; p++)
            if (!same_plane(f, j->seen[n], p))
                fail_msg("frame %d, plane %d: reconstruction and decoded picture differ", n, p);
        av_frame_free(&f);
    }
    assert_int_equal(ret, 0);
    assert_int_equal(n, j->n_frames);
    assert_int_equal(j->n_seen, j->n_frames);
    dvb_clip_close(&clip);
}

static void reconstruction_is_what_decodes(void **state)
{
    (void)state;
    struct job j = usual("recon.mp4");
    run_well(&j);
    assert_recon_is_decoded(&j);
    assert_int_equal(j.keys, 1);
    release(&j);
}

static void reconstruction_with_b_frames(void **state)
{
    (void)state;
    struct job j = usual("recon-b.mp4");
    j.recipe.bframes = 3;
    j.recipe.keyint = 20;
    strcpy(j.recipe.preset, "medium");
    j.recipe.tune[0] = '\0';
    run_well(&j);
    assert_recon_is_decoded(&j);
    assert_true(j.keys >= 2);
    release(&j);
}

static bool wants_third(void *ctx, int64_t pts)
{
    (void)ctx;
    return pts / 40000 % 3 == 0;
}

static void only_wanted_reconstructions_come(void **state)
{
    (void)state;
    struct job j = usual(NULL);
    struct dvb_err err;
    const struct dvb_encode_settings es = {
        .recipe = &j.recipe,
        .size = { j.source.w, j.source.h },
        .fps = { 25, 1 },
        .crf = 30,
        .sink = { .ctx = &j, .recon = on_recon, .wants = wants_third }
    };
    j.recipe.bframes = 2;
    assert_int_equal(dvb_encoder_open(&es, &j.enc, &err), 0);
    for (int i = 0; i < 10; i++) {
        AVFrame *f = moving_frame(&j.source, i);
        f->pts = i * 40000;
        assert_int_equal(dvb_encoder_put(j.enc, f, &err), 0);
        av_frame_free(&f);
    }
    assert_int_equal(dvb_encoder_finish(j.enc, &err), 0);
    dvb_encoder_close(&j.enc);
    assert_int_equal(j.n_seen, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(j.seen[i]->pts, i * 120000);
    release(&j);
}

static void variable_frame_rate_is_kept(void **state)
{
    (void)state;
    int64_t pts[FRAMES] = { 0 };
    for (int i = 1; i < FRAMES; i++)
        pts[i] = pts[i - 1] + 20000 + (i * 7919 % 13) * 11003;
    struct job j = usual("vfr.mp4");
    j.pts = pts;
    run_well(&j);
    assert_recon_is_decoded(&j);
    release(&j);
}

static char *slurp(const char *path, size_t *len)
{
    char *data;
    struct dvb_err err;
    if (dvb_read_file(path, (size_t)64 << 20, &data, len, &err))
        fail_msg("%s", err.msg);
    return data;
}

static const char *find(const char *data, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (!memcmp(data + i, word, n))
            return data + i;
    return NULL;
}

static void file_is_faststart_and_anonymous(void **state)
{
    (void)state;
    struct job j = usual("fast.mp4");
    size_t len;
    run_well(&j);
    char *data = slurp(j.path, &len);
    const char *moov = find(data, len, "moov"), *mdat = find(data, len, "mdat");
    assert_non_null(moov);
    assert_non_null(mdat);
    assert_true(moov < mdat);
    assert_null(find(data, len, "Lavf"));
    assert_null(find(data, len, "x264 - core"));
    /* The rate counts what the file carries: access units and parameter sets. */
    assert_true(j.stats.bytes > j.packet_bytes && j.stats.bytes < j.packet_bytes + 100);
    assert_int_equal(j.packets, FRAMES);
    assert_int_equal(j.stats.frames, FRAMES);
    assert_true(len > j.packet_bytes && len < j.packet_bytes + 4000);
    free(data);
    release(&j);
}

static void same_bytes_on_any_thread(void **state)
{
    (void)state;
    static const char *const paths[] = { "t0.mp4", "t1.mp4", "t2.mp4", "t3.mp4" };
    struct job jobs[4];
    int bad = 0;
    for (int i = 0; i < 4; i++)
        jobs[i] = usual(paths[i]);
    jobs[0].recon = false; /* must not matter either */
    bad += run(&jobs[0], NULL) != 0;
#pragma omp parallel for num_threads(2) schedule(dynamic, 1) reduction(+ : bad)
    for (int i = 1; i < 4; i++)
        bad += run(&jobs[i], NULL) != 0;
    assert_int_equal(bad, 0);
    size_t len, other;
    char *first = slurp(paths[0], &len);
    for (int i = 1; i < 4; i++) {
        char *data = slurp(paths[i], &other);
        assert_int_equal(other, len);
        assert_memory_equal(data, first, len);
        free(data);
    }
    free(first);
    for (int i = 0; i < 4; i++)
        release(&jobs[i]);
}

static void quality_and_qp_follow_crf(void **state)
{
    (void)state;
    double last_qp = 0;
    size_t last_bytes = SIZE_MAX;
    for (double crf = 20; crf <= 50; crf += 10) {
        struct job j = usual(NULL);
        j.crf = crf;
        j.recon = false;
        j.source = (struct moving){ 320, 180, 0, 10 };
        run_well(&j);
        assert_true(j.stats.mean_qp > last_qp && j.stats.mean_qp <= 51);
        assert_true(j.stats.bytes < last_bytes);
        last_qp = j.stats.mean_qp;
        last_bytes = j.stats.bytes;
        release(&j);
    }
    assert_true(last_qp > 40);
}

static void abr_comes_near(void **state)
{
    (void)state;
    struct job j = usual(NULL);
    j.crf = -1;
    j.recon = false;
    j.recipe.bitrate = 400000;
    run_well(&j);
    double kbps = (double)j.stats.bytes * 8 / (FRAMES / 25.0) / 1000;
    assert_true(kbps > 250 && kbps < 600);
    release(&j);
}

/* +-delta: the left half of the picture against the right half. */
static int split_map(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                     struct dvb_err *err)
{
    (void)err;
    assert_int_equal(mb_w, (frame->width + 15) / 16);
    assert_int_equal(mb_h, (frame->height + 15) / 16);
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = (float)(i % mb_w < mb_w / 2 ? -1 : 1) * *(const float *)ctx;
    return 0;
}

/* Sum of squared errors of one half of the luma planes. */
static double half_error(const struct job *j, bool right)
{
    double sum = 0;
    for (int i = 0; i < j->n_seen; i++) {
        AVFrame *f = moving_frame(&j->source, i);
        int half = f->width / 2;
        for (int y = 0; y < f->height; y++)
            for (int x = 0; x < half; x++) {
                int at = x + (right ? half : 0);
                sum += pow(f->data[0][y * f->linesize[0] + at] -
                               j->seen[i]->data[0][y * j->seen[i]->linesize[0] + at],
                           2);
            }
        av_frame_free(&f);
    }
    return sum;
}

static void qp_map_shapes_the_picture(void **state)
{
    (void)state;
    float none = 0, some = 6;
    /* ultrafast switches adaptive quantisation off, which would ignore the map. */
    const char *const presets[] = { "veryfast", "ultrafast" };
    for (int i = 0; i < 2; i++) {
        struct job flat = usual(NULL), shaped = usual(NULL);
        snprintf(flat.recipe.preset, sizeof(flat.recipe.preset), "%s", presets[i]);
        snprintf(shaped.recipe.preset, sizeof(shaped.recipe.preset), "%s", presets[i]);
        flat.n_frames = shaped.n_frames = 8;
        flat.crf = shaped.crf = 18;
        flat.source.grain = shaped.source.grain = 10;
        flat.map = (struct dvb_qp_map){ &none, split_map };
        shaped.map = (struct dvb_qp_map){ &some, split_map };
        run_well(&flat);
        run_well(&shaped);
        assert_true(half_error(&shaped, false) < 0.7 * half_error(&flat, false));
        assert_true(half_error(&shaped, true) > 1.3 * half_error(&flat, true));
        release(&flat);
        release(&shaped);
    }
}

static int failing_map(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                       struct dvb_err *err)
{
    (void)ctx, (void)frame, (void)mb_w, (void)mb_h, (void)out;
    return dvb_fail(err, DVB_FAULT_SERVICE, EAGAIN, "no map");
}

static void errors_name_what_is_wrong(void **state)
{
    (void)state;
    struct dvb_err err;
    struct dvb_encode_recipe r = { .preset = "veryfast" };
    assert_int_equal(dvb_encode_set_preset(&r, "fastest", "", &err), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_non_null(strstr(err.msg, "'fastest'"));
    assert_non_null(strstr(err.msg, "ultrafast"));
    assert_string_equal(r.preset, "veryfast");
    assert_int_equal(dvb_encode_set_preset(&r, "slow", "cartoon", &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'cartoon'"));
    assert_int_equal(dvb_encode_set_preset(&r, "slow", "none", &err), 0);
    assert_string_equal(r.preset, "slow");
    assert_string_equal(r.tune, "");

    struct job j = usual(NULL);
    j.map.offsets = failing_map;
    assert_int_equal(run(&j, &err), -EAGAIN);
    assert_string_equal(err.msg, "no map");
    j = usual(NULL);
    j.source.w = 321;
    assert_int_equal(run(&j, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "321x180"));
    j = usual("absent/x.mp4");
    j.n_frames = 1;
    struct dvb_encode_settings es = { .recipe = &j.recipe, .size = { 64, 64 }, .fps = { 25, 1 } };
    assert_int_equal(dvb_encoder_open(&es, &j.enc, &err), 0);
    assert_int_equal(dvb_muxer_open(j.path, dvb_encoder_stream(j.enc), &j.mux, &err), -ENOENT);
    assert_null(j.mux);
    assert_non_null(strstr(err.msg, "absent/x.mp4"));
    dvb_encoder_close(&j.enc);
}

static void unfinished_file_is_not_left(void **state)
{
    (void)state;
    struct job j = usual(NULL);
    struct dvb_err err;
    const struct dvb_encode_settings es = {
        .recipe = &j.recipe, .size = { 64, 64 }, .fps = { 25, 1 }, .crf = 30
    };
    assert_int_equal(dvb_mkdirs("left", &err), 0);
    assert_int_equal(dvb_encoder_open(&es, &j.enc, &err), 0);
    assert_int_equal(dvb_muxer_open("left/a.mp4", dvb_encoder_stream(j.enc), &j.mux, &err), 0);
    dvb_muxer_close(&j.mux);
    dvb_encoder_close(&j.enc);
    assert_int_equal(remove("left"), 0); /* only an empty folder goes */
}

/* What the file says of its access units is what the encoder gave. */
static void access_units_of_a_file(void **state)
{
    (void)state;
    struct job j = usual("units.mp4");
    struct dvb_err err;
    struct dvb_unit *units;
    size_t n, bytes = 0;
    int keys = 0;
    j.recipe.keyint = 8;
    run_well(&j);
    if (dvb_units_read(j.path, &units, &n, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(n, j.packets);
    assert_int_equal(n, j.n_frames);
    for (size_t i = 0; i < n; i++) {
        bytes += units[i].size;
        keys += units[i].key;
        assert_int_equal(units[i].key, i % 8 == 0);
    }
    assert_int_equal(bytes, j.packet_bytes);
    assert_int_equal(keys, j.keys);
    free(units);
    release(&j);
    assert_true(dvb_units_read("none.mp4", &units, &n, &err) < 0 && !units && !n);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reconstruction_is_what_decodes),
        cmocka_unit_test(reconstruction_with_b_frames),
        cmocka_unit_test(only_wanted_reconstructions_come),
        cmocka_unit_test(variable_frame_rate_is_kept),
        cmocka_unit_test(file_is_faststart_and_anonymous),
        cmocka_unit_test(same_bytes_on_any_thread),
        cmocka_unit_test(quality_and_qp_follow_crf),
        cmocka_unit_test(abr_comes_near),
        cmocka_unit_test(qp_map_shapes_the_picture),
        cmocka_unit_test(errors_name_what_is_wrong),
        cmocka_unit_test(unfinished_file_is_not_left),
        cmocka_unit_test(access_units_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
