/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box map and a flat one at the same rate, by the same search: bits move into the box. Maps
   that are broken, and maps that change nothing. */
#include <errno.h>
#include <libavutil/video_enc_params.h>
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
#include "eval/strategy/timeline.h"
#include "media/fit.h"
#include "media/input.h"
#include "media/mux.h"
#include "tests/unit/moving.h"

#define W 512
#define H 288
#define FRAMES 40
#define RATE 1500000 /* enough for the grain: where it begins to be coded the rate leaps */
#define CLIP "qp_map.mp4"
#define FITTED "qp_map_fitted.mp4"

static struct dvb_muxer *mux;
static struct dvb_encoder *enc;

static int write_packet(void *ctx, const struct dvb_packet *p, struct dvb_err *err)
{
    (void)ctx;
    if (!mux && dvb_muxer_open(CLIP, dvb_encoder_stream(enc), &mux, err))
        return -1;
    return dvb_muxer_write(mux, p, err);
}

static int make_clip(void **state)
{
    (void)state;
    const struct dvb_encode_recipe recipe = { .preset = "ultrafast", .tune = "zerolatency" };
    const struct moving source = { W, H, 2, 8 };
    const struct dvb_encode_settings es = { .recipe = &recipe,
                                            .size = { W, H },
                                            .fps = { 25, 1 },
                                            .crf = 12,
                                            .sink = { .packet = write_packet } };
    struct dvb_err err;
    assert_int_equal(dvb_encoder_open(&es, &enc, &err), 0);
    for (int i = 0; i < FRAMES; i++) {
        AVFrame *f = moving_frame(&source, i);
        f->pts = i * 40000;
        assert_int_equal(dvb_encoder_put(enc, f, &err), 0);
        av_frame_free(&f);
    }
    assert_int_equal(dvb_encoder_finish(enc, &err), 0);
    int64_t end = (int64_t)FRAMES * dvb_encoder_stream(enc)->time_base.den / 25;
    assert_int_equal(dvb_muxer_finish(mux, end, &err), 0);
    dvb_muxer_close(&mux);
    dvb_encoder_close(&enc);
    return 0;
}

static int remove_clip(void **state)
{
    (void)state;
    remove(CLIP);
    remove(FITTED);
    return 0;
}

struct fitted {
    struct dvb_rate_result rate;
    double inside, outside; /* PSNR of luma, dB */
    struct dvb_feed *feed;  /* the originals, once more */
    double error[2];
    long pixels[2];
};

/* The box: the middle of the picture. */
static const struct dvb_region box = { 375, 333, 625, 667 };

static int compare(void *ctx, const AVFrame *frame, struct dvb_err *err)
{
    struct fitted *f = ctx;
    AVFrame *source;
    assert_int_equal(dvb_feed_next(f->feed, &source, err), 1);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            bool in = x * 1000 >= box.x0 * W && x * 1000 < box.x1 * W && y * 1000 >= box.y0 * H &&
                      y * 1000 < box.y1 * H;
            f->error[in] += pow(frame->data[0][y * frame->linesize[0] + x] -
                                    source->data[0][y * source->linesize[0] + x],
                                2);
            f->pixels[in]++;
        }
    av_frame_free(&source);
    return 0;
}

static struct dvb_feed *open_feed(void)
{
    const struct dvb_feed_settings fs = { .path = CLIP, .max_bytes = (size_t)64 << 20 };
    struct dvb_feed *feed;
    struct dvb_err err;
    assert_int_equal(dvb_feed_open(&fs, &feed, &err), 0);
    dvb_feed_set_size(feed, (struct dvb_size){ W, H });
    assert_int_equal(dvb_feed_rewind(feed, &err), 0);
    return feed;
}

static int fit(int64_t bitrate, struct dvb_qp_map map, struct fitted *out, struct dvb_err *err)
{
    struct dvb_recipe r;
    dvb_recipe_default(&r);
    r.degraded.bitrate = bitrate;
    r.degraded.size = (struct dvb_size){ W, H };
    *out = (struct fitted){ .feed = open_feed() };
    struct dvb_feed *feed = open_feed();
    const struct dvb_fit_settings fs = { .feed = feed,
                                         .recipe = &r.degraded,
                                         .map = map,
                                         .path = FITTED,
                                         .ctx = out,
                                         .recon = compare };
    int ret = dvb_fit(&fs, &out->rate, err);
    for (int in = 0; in < 2 && !ret; in++)
        *(in ? &out->inside
             : &out->outside) = 10 * log10(255 * 255 / (out->error[in] / (double)out->pixels[in]));
    dvb_feed_close(&feed);
    dvb_feed_close(&out->feed);
    return ret;
}

/* What a decoder of the fitted stream finds in the box's blocks: mean QP, over the frames. A block
   that was skipped counts with the QP of another: the grain leaves none in the box. */
static double decoded_in_box(void)
{
    struct dvb_input in = { 0 };
    struct dvb_err err;
    AVFrame *f = av_frame_alloc();
    double sum = 0;
    int n = 0;
    assert_int_equal(dvb_input_open(&in, FITTED, NULL, 0, &err), 0);
    in.decoder->export_side_data |= AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
    assert_int_equal(dvb_input_first_frame(&in, f, &err), 0);
    do {
        const AVFrameSideData *d = av_frame_get_side_data(f, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
        assert_non_null(d);
        AVVideoEncParams *p = (AVVideoEncParams *)d->data;
        for (unsigned i = 0; i < p->nb_blocks; i++) {
            const AVVideoBlockParams *b = av_video_enc_params_block(p, i);
            bool inside = b->src_x * 1000 >= box.x0 * W && (b->src_x + 16) * 1000 <= box.x1 * W &&
                          b->src_y * 1000 >= box.y0 * H && (b->src_y + 16) * 1000 <= box.y1 * H;
            sum += inside ? p->qp + b->delta_qp : 0;
            n += inside;
        }
    } while (dvb_input_frame(&in, f, &err) > 0);
    av_frame_free(&f);
    dvb_input_close(&in);
    return sum / n;
}

static void bits_move_at_the_same_rate(void **state)
{
    (void)state;
    struct dvb_timeline flat = { .form = DVB_FORM_BOX, .gamma = 12 }, boxed = flat;
    struct fitted a, b;
    struct dvb_err err;
    dvb_timeline_add_boxes(&boxed, 0, &box, 1);
    assert_int_equal(fit(RATE, (struct dvb_qp_map){ &flat, dvb_timeline_offsets }, &a, &err), 0);
    assert_int_equal(fit(RATE, (struct dvb_qp_map){ &boxed, dvb_timeline_offsets }, &b, &err), 0);
    if (!a.rate.met || !b.rate.met)
        fail_msg("%s; %s", a.rate.reason, b.rate.reason);
    assert_true(fabs(a.rate.bitrate_kbps * 1000 / RATE - 1) <= 0.02);
    assert_true(fabs(b.rate.bitrate_kbps * 1000 / RATE - 1) <= 0.02);
    if (!(b.inside > a.inside + 1.5 && b.outside < a.outside - 1.5))
        fail_msg("inside %.2f to %.2f dB, outside %.2f to %.2f dB", a.inside, b.inside, a.outside,
                 b.outside);
    assert_true(a.rate.mapped && a.rate.effect.asked == 0);
    assert_true(a.rate.effect.inside == a.rate.effect.outside);
    assert_true(b.rate.effect.asked > 5);
    assert_true(b.rate.effect.outside > b.rate.effect.inside + 5);
    /* By definition they average to what x264 tells. */
    int blocks = W / 16 * H / 16, tenth = blocks / 10;
    double mean = (b.rate.effect.left.inside * tenth +
                   b.rate.effect.left.outside * (blocks - tenth)) /
                  blocks;
    assert_true(fabs(mean - b.rate.mean_qp) < 0.5);
    /* Inside, a tenth, is the box with offsets of 0 and a few blocks beside it. */
    double box_qp = decoded_in_box();
    if (b.rate.effect.inside < box_qp - 0.6 || b.rate.effect.inside > box_qp + 3)
        fail_msg("inside %.2f, decoded in the box %.2f", b.rate.effect.inside, box_qp);
    dvb_timeline_release(&flat);
    dvb_timeline_release(&boxed);
}

static int one_bad(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                   struct dvb_err *err)
{
    (void)frame, (void)err;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = i == mb_w + 2 ? *(const float *)ctx : 0;
    return 0;
}

static void hostile_maps(void **state)
{
    (void)state;
    static const struct {
        float v;
        const char *found;
    } rows[] = { { NAN, "nan" },
                 { INFINITY, "inf" },
                 { -INFINITY, "-inf" },
                 { 52, "52" },
                 { -51.5F, "-51.5" } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        float v = rows[i].v;
        struct fitted f;
        struct dvb_err err;
        assert_int_equal(fit(400000, (struct dvb_qp_map){ &v, one_bad }, &f, &err), -EINVAL);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        assert_non_null(strstr(err.msg, "row 1, column 2"));
        assert_non_null(strstr(err.msg, rows[i].found));
    }
}

static int strong(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                  struct dvb_err *err)
{
    (void)ctx, (void)frame, (void)err;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = i % 3 ? 50 : 40;
    return 0;
}

/* All of it is at QP 51 whatever the map says; the size is given, so there is no way down. */
static void no_contrast_is_an_error(void **state)
{
    (void)state;
    struct fitted f;
    struct dvb_err err;
    assert_int_equal(fit(20000, (struct dvb_qp_map){ NULL, strong }, &f, &err), -ERANGE);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "changes nothing"));
    assert_non_null(strstr(err.msg, "512x288"));
}

static int low(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out, struct dvb_err *err)
{
    (void)ctx, (void)frame, (void)err;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = i % 3 ? -46 : -51;
    return 0;
}

/* With more bits than the content can take, all of it is at QP 0: no fault of the map. */
static void plenty_is_no_error(void **state)
{
    (void)state;
    struct fitted f;
    struct dvb_err err = { 0 };
    if (fit(500000000, (struct dvb_qp_map){ NULL, low }, &f, &err))
        fail_msg("%s", err.msg);
    assert_false(f.rate.met);
    assert_non_null(strstr(f.rate.reason, "ceiling"));
}

static void x264_is_tried(void **state)
{
    (void)state;
    static const char *const presets[] = { "ultrafast", "veryfast", "medium" };
    struct dvb_recipe r;
    struct dvb_err err;
    dvb_recipe_default(&r);
    for (int i = 0; i < 3; i++) {
        snprintf(r.degraded.preset, sizeof(r.degraded.preset), "%s", presets[i]);
        assert_int_equal(dvb_encode_try_map(&r.degraded, 8, &err), 0);
        assert_int_equal(dvb_encode_try_map(&r.degraded, 0, &err), -ENOTSUP);
        assert_non_null(strstr(err.msg, presets[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_move_at_the_same_rate),
        cmocka_unit_test(hostile_maps),
        cmocka_unit_test(no_contrast_is_an_error),
        cmocka_unit_test(plenty_is_no_error),
        cmocka_unit_test(x264_is_tried),
    };
    return cmocka_run_group_tests(tests, make_clip, remove_clip);
}
