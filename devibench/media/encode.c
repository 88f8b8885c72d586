/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/encode.h"

#include <errno.h>
#include <inttypes.h>
#include <libavutil/mathematics.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

#include "base/mem.h"
#include "media/effect.h"
#include "media/scale.h"

#define MIN_TICKS 90000 /* per second: finer than any container in use */
#define MAX_FPS_NUM 1000000

/* A frame that is inside x264, in the order of input. */
struct inside {
    int64_t tick, pts;
    bool done; /* it came out */
    AVFrame *recon;
};

struct dvb_encoder {
    struct dvb_encode_settings s;
    x264_t *x264;
    struct dvb_stream stream;
    struct inside *inside;
    size_t n_inside, cap_inside;
    struct SwsContext *deinterleave; /* NV12, as x264 holds pictures, to yuv420p */
    struct dvb_frame_pool pool;      /* of reconstructions */
    AVFrame *like;                   /* their colour tags, and no picture */
    struct dvb_effect effect;        /* of the map */
    int64_t last_tick;
    struct dvb_encode_stats stats;
    double qp_sum;
    double logged_qp; /* of the frame just encoded; < 0: x264 did not tell */
    char log[160];    /* x264's last error */
    bool key_wanted;
};

/* x264 tells the mean QP after adaptive quantisation only in its log. */
static void take_log(void *priv, int level, const char *fmt, va_list args)
{
    struct dvb_encoder *enc = priv;
    if (!strncmp(fmt, "frame=%4d QP=%.2f ", 18)) {
        (void)va_arg(args, int);
        enc->logged_qp = va_arg(args, double);
    } else if (level == X264_LOG_ERROR) {
        vsnprintf(enc->log, sizeof(enc->log), fmt, args);
        enc->log[strcspn(enc->log, "\n")] = '\0';
    }
}

static int fail_x264(const struct dvb_encoder *enc, const char *what, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "x264 %s%s%s", what, *enc->log ? ": " : "",
                    enc->log);
}

/* Comma separated names, for messages. */
static void join_names(const char *const *names, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t len = 0; *names && len < size; names++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", *names);
}

static int check_name(const char *what, const char *name, const char *const *names,
                      struct dvb_err *err)
{
    char list[256];
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return 0;
    join_names(names, list, sizeof(list));
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: found '%s', expected one of %s", what, name,
                    list);
}

/* Checked here, because x264 prints its complaint. */
static int check_names(const char *preset, const char *tune, struct dvb_err *err)
{
    int ret = check_name("preset", preset, x264_preset_names, err);
    return ret || !*tune ? ret : check_name("tune", tune, x264_tune_names, err);
}

int dvb_encode_set_preset(struct dvb_encode_recipe *r, const char *preset, const char *tune,
                          struct dvb_err *err)
{
    if (!tune || !strcmp(tune, "none"))
        tune = "";
    int ret = check_names(preset, tune, err);
    if (ret)
        return ret;
    _Static_assert(sizeof(r->preset) > sizeof("ultrafast") &&
                       sizeof(r->tune) > sizeof("zerolatency"),
                   "x264's names must fit");
    snprintf(r->preset, sizeof(r->preset), "%s", preset);
    snprintf(r->tune, sizeof(r->tune), "%s", tune);
    return 0;
}

static void set_bitrate(int64_t bitrate, double buffer, x264_param_t *p)
{
    p->rc.i_bitrate = bitrate < 1000 ? 1 : (int)((bitrate + 500) / 1000);
    if (buffer > 0) {
        p->rc.i_vbv_max_bitrate = p->rc.i_bitrate;
        p->rc.i_vbv_buffer_size = (int)(p->rc.i_bitrate * buffer) + 1;
    }
}

static void set_rate(const struct dvb_encode_settings *s, x264_param_t *p)
{
    if (s->crf < 0) {
        p->rc.i_rc_method = X264_RC_ABR;
        set_bitrate(s->recipe->bitrate, s->buffer, p);
        return;
    }
    p->rc.i_rc_method = X264_RC_CRF;
    p->rc.f_rf_constant = (float)(s->crf < DVB_CRF_MIN ? DVB_CRF_MIN : s->crf);
    /* x264 goes up to 69 by discarding what the quantiser cannot. A real sender
       stops at the standard's 51 and lowers the resolution; so does the search. */
    p->rc.i_qp_max = 51;
}

static int set_params(struct dvb_encoder *enc, x264_param_t *p, struct dvb_err *err)
{
    const struct dvb_encode_settings *s = &enc->s;
    const char *tune = *s->recipe->tune ? s->recipe->tune : NULL;
    if (x264_param_default_preset(p, s->recipe->preset, tune) < 0)
        return fail_x264(enc, "refused preset or tune", err);
    p->pf_log = take_log;
    p->p_log_private = enc;
    p->i_log_level = X264_LOG_DEBUG;
    p->i_threads = p->i_lookahead_threads = 1;
    p->b_sliced_threads = p->i_sync_lookahead = 0;
    p->b_cpu_independent = 1; /* the same bytes on every machine */
    p->i_width = s->size.w;
    p->i_height = s->size.h;
    p->i_csp = X264_CSP_I420;
    /* With it x264 holds each frame back until the next one tells its duration. */
    p->b_vfr_input = s->buffer <= 0;
    p->i_fps_num = (uint32_t)enc->stream.fps.num;
    p->i_fps_den = (uint32_t)enc->stream.fps.den;
    p->i_timebase_num = (uint32_t)enc->stream.time_base.num;
    p->i_timebase_den = (uint32_t)enc->stream.time_base.den;
    p->i_bframe = s->recipe->bframes;
    p->i_keyint_max = s->recipe->keyint ? s->recipe->keyint : X264_KEYINT_MAX_INFINITE;
    if (!s->recipe->keyint)
        p->i_scenecut_threshold = 0;
    p->b_annexb = 0;
    p->b_repeat_headers = 0; /* with them goes x264's 600-byte greeting, 5% of 20 kbps */
    p->b_full_recon = s->sink.recon != NULL;
    if (s->map.offsets) {
        p->rc.i_aq_mode = X264_AQ_VARIANCE;
        p->rc.f_aq_strength = 1e-6F;
    }
    set_rate(s, p);
    p->vui.i_colorprim = enc->stream.primaries;
    p->vui.i_transfer = enc->stream.transfer;
    p->vui.i_colmatrix = enc->stream.matrix;
    if (x264_param_apply_profile(p, "high") < 0)
        return fail_x264(enc, "refused the settings", err);
    return 0;
}

/* ISO/IEC 14496-15, 5.3.3.1.2: AVCDecoderConfigurationRecord. */
static int make_headers(struct dvb_encoder *enc, struct dvb_err *err)
{
    x264_nal_t *nal, *sps = NULL, *pps = NULL;
    int n;
    if (x264_encoder_headers(enc->x264, &nal, &n) < 0)
        return fail_x264(enc, "gave no headers", err);
    for (int i = 0; i < n; i++) {
        if (nal[i].i_type == NAL_SPS)
            sps = &nal[i];
        else if (nal[i].i_type == NAL_PPS)
            pps = &nal[i];
    }
    if (!sps || !pps)
        return fail_x264(enc, "gave no parameter sets", err);
    /* Each NAL comes after 4 bytes of length, of which avcC keeps the low two. */
    size_t sps_size = (size_t)sps->i_payload - 4, pps_size = (size_t)pps->i_payload - 4;
    uint8_t *out = enc->stream.headers = dvb_calloc(1, sps_size + pps_size + 16);
    const uint8_t *profile = sps->p_payload + 5; /* after length and NAL type */
    const uint8_t start[] = { 1, profile[0], profile[1], profile[2], 0xff, 0xe1 };
    memcpy(out, start, sizeof(start));
    out += sizeof(start);
    memcpy(out, sps->p_payload + 2, sps_size + 2);
    out += sps_size + 2;
    *out++ = 1;
    memcpy(out, pps->p_payload + 2, pps_size + 2);
    out += pps_size + 2;
    if (profile[0] >= 100) { /* High: 4:2:0, 8 bits, no SPS extension */
        const uint8_t high[] = { 0xfd, 0xf8, 0xf8, 0 };
        memcpy(out, high, sizeof(high));
        out += sizeof(high);
    }
    enc->stream.headers_size = (size_t)(out - enc->stream.headers);
    enc->stats.bytes = enc->stats.bytes_i = (size_t)sps->i_payload + (size_t)pps->i_payload;
    return 0;
}

/* A multiple of the nominal rate, so that constant frame rates fall on exact ticks. */
static AVRational choose_time_base(AVRational fps)
{
    int times = (MIN_TICKS + fps.num - 1) / fps.num;
    return (AVRational){ 1, fps.num * times };
}

static void describe_stream(struct dvb_encoder *enc)
{
    const struct dvb_encode_settings *s = &enc->s;
    struct dvb_stream *st = &enc->stream;
    st->size = s->size;
    av_reduce(&st->fps.num, &st->fps.den, s->fps.num, s->fps.den, MAX_FPS_NUM);
    st->time_base = choose_time_base(st->fps);
    st->primaries = s->like ? (int)s->like->color_primaries : AVCOL_PRI_UNSPECIFIED;
    st->transfer = s->like ? (int)s->like->color_trc : AVCOL_TRC_UNSPECIFIED;
    st->matrix = s->like ? (int)s->like->colorspace : AVCOL_SPC_UNSPECIFIED;
}

static int open_recon(struct dvb_encoder *enc, struct dvb_err *err)
{
    struct dvb_size z = enc->s.size;
    enc->like = av_frame_alloc();
    enc->deinterleave = sws_getContext(z.w, z.h, AV_PIX_FMT_NV12, z.w, z.h, AV_PIX_FMT_YUV420P,
                                       SWS_POINT, NULL, NULL, NULL);
    if (!enc->like || !enc->deinterleave || dvb_frame_pool_init(&enc->pool, z.w, z.h))
        return dvb_fail_nomem(err);
    if (enc->s.like && av_frame_copy_props(enc->like, enc->s.like) < 0)
        return dvb_fail_nomem(err);
    return 0;
}

static int check_settings(const struct dvb_encode_settings *s, struct dvb_err *err)
{
    if (s->size.w < 2 || s->size.h < 2 || s->size.w % 2 || s->size.h % 2)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "size: found %dx%d, expected even sides of 2 or more", s->size.w,
                        s->size.h);
    if (s->fps.num <= 0 || s->fps.den <= 0)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "frame rate: found %d/%d", s->fps.num,
                        s->fps.den);
    return 0;
}

int dvb_encoder_open(const struct dvb_encode_settings *settings, struct dvb_encoder **out,
                     struct dvb_err *err)
{
    *out = NULL;
    int ret = check_settings(settings, err);
    if (!ret)
        ret = check_names(settings->recipe->preset, settings->recipe->tune, err);
    if (ret)
        return ret;
    struct dvb_encoder *enc = dvb_calloc(1, sizeof(*enc));
    x264_param_t param;
    enc->s = *settings;
    describe_stream(enc);
    enc->last_tick = INT64_MIN;
    ret = set_params(enc, &param, err);
    if (!ret && !(enc->x264 = x264_encoder_open(&param)))
        ret = fail_x264(enc, "did not open", err);
    if (!ret)
        ret = make_headers(enc, err);
    if (!ret && settings->sink.recon)
        ret = open_recon(enc, err);
    x264_param_cleanup(&param);
    enc->s.like = NULL;
    if (ret)
        dvb_encoder_close(&enc);
    *out = enc;
    return ret;
}

const struct dvb_stream *dvb_encoder_stream(const struct dvb_encoder *enc)
{
    return &enc->stream;
}

const struct dvb_encode_stats *dvb_encoder_stats(const struct dvb_encoder *enc)
{
    return &enc->stats;
}

static AVFrame *copy_recon(struct dvb_encoder *enc, const x264_image_t *img)
{
    AVFrame *f = dvb_frame_pool_get(&enc->pool);
    if (!f || av_frame_copy_props(f, enc->like) < 0) {
        av_frame_free(&f);
        return NULL;
    }
    const uint8_t *const planes[4] = { img->plane[0], img->plane[1] };
    sws_scale(enc->deinterleave, planes, img->i_stride, 0, f->height, f->data, f->linesize);
    return f;
}

/* With B-frames pictures come out of order; each waits for those before it. */
static int give_waiting(struct dvb_encoder *enc, struct dvb_err *err)
{
    int ret = 0;
    size_t n = 0;
    for (; !ret && n < enc->n_inside && enc->inside[n].done; n++) {
        if (enc->inside[n].recon)
            ret = enc->s.sink.recon(enc->s.sink.ctx, enc->inside[n].recon, err);
        av_frame_free(&enc->inside[n].recon);
    }
    enc->n_inside -= n;
    memmove(enc->inside, enc->inside + n, enc->n_inside * sizeof(*enc->inside));
    return ret;
}

static int give_recon(struct dvb_encoder *enc, const x264_picture_t *pic, struct dvb_err *err)
{
    size_t i = 0;
    while (i < enc->n_inside && enc->inside[i].tick != pic->i_pts)
        i++;
    if (i == enc->n_inside)
        return fail_x264(enc, "gave a frame that was not put in", err);
    struct inside *in = &enc->inside[i];
    in->done = true;
    if (!enc->s.sink.wants || enc->s.sink.wants(enc->s.sink.ctx, in->pts)) {
        in->recon = copy_recon(enc, &pic->img);
        if (!in->recon)
            return dvb_fail_nomem(err);
        in->recon->pts = in->pts;
    }
    return give_waiting(enc, err);
}

static int give_output(struct dvb_encoder *enc, const x264_nal_t *nal, size_t size,
                       const x264_picture_t *pic, struct dvb_err *err)
{
    struct dvb_encode_stats *st = &enc->stats;
    double qp = enc->logged_qp >= 0 ? enc->logged_qp : pic->i_qpplus1 - 1;
    if (!st->frames++)
        st->bytes_i += size;
    st->bytes += size;
    enc->qp_sum += qp;
    st->mean_qp = enc->qp_sum / st->frames;
    if (enc->s.map.offsets)
        dvb_effect_take(&enc->effect, pic->i_pts, pic->i_qpplus1 - 1 + enc->s.qp_shift, qp,
                        &st->effect);
    if (enc->s.sink.packet) {
        const struct dvb_packet packet = { .data = nal->p_payload,
                                           .size = size,
                                           .pts = pic->i_pts,
                                           .dts = pic->i_dts,
                                           .key = pic->b_keyframe };
        int ret = enc->s.sink.packet(enc->s.sink.ctx, &packet, err);
        if (ret)
            return ret;
    }
    return enc->s.sink.recon ? give_recon(enc, pic, err) : 0;
}

/* pic NULL: flush. */
static int run_x264(struct dvb_encoder *enc, x264_picture_t *pic, struct dvb_err *err)
{
    x264_nal_t *nal;
    x264_picture_t out;
    int n;
    enc->logged_qp = -1;
    int size = x264_encoder_encode(enc->x264, &nal, &n, pic, &out);
    if (size < 0)
        return fail_x264(enc, "failed", err);
    return size ? give_output(enc, nal, (size_t)size, &out, err) : 0;
}

static int check_map(const float *map, int mb_w, int mb_h, struct dvb_err *err)
{
    for (int i = 0; i < mb_w * mb_h; i++)
        if (!(fabsf(map[i]) <= DVB_QP_OFFSET_MAX)) /* nor is NAN */
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "QP map: row %d, column %d: found an offset of %g, expected -%d to %d",
                            i / mb_w, i % mb_w, (double)map[i], DVB_QP_OFFSET_MAX,
                            DVB_QP_OFFSET_MAX);
    return 0;
}

static int set_map(struct dvb_encoder *enc, const AVFrame *frame, x264_picture_t *pic,
                   struct dvb_err *err)
{
    int mb_w = (enc->s.size.w + 15) / 16, mb_h = (enc->s.size.h + 15) / 16;
    float *map = calloc((size_t)mb_w * (size_t)mb_h, sizeof(*map));
    if (!map)
        return dvb_fail_nomem(err);
    int ret = 0;
    if (enc->s.map.offsets)
        ret = enc->s.map.offsets(enc->s.map.ctx, frame, mb_w, mb_h, map, err);
    if (!ret)
        ret = check_map(map, mb_w, mb_h, err);
    if (ret) {
        free(map);
        return ret;
    }
    if (enc->s.map.offsets)
        dvb_effect_put(&enc->effect, pic->i_pts, map, mb_h, mb_w);
    for (int i = 0; i < mb_w * mb_h; i++)
        map[i] += (float)enc->s.qp_shift;
    pic->prop.quant_offsets = map;
    pic->prop.quant_offsets_free = free;
    return 0;
}

int dvb_encoder_put(struct dvb_encoder *enc, const AVFrame *frame, struct dvb_err *err)
{
    if (frame->width != enc->s.size.w || frame->height != enc->s.size.h ||
        frame->format != AV_PIX_FMT_YUV420P)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL,
                        "frame: found %dx%d, expected %dx%d yuv420p", frame->width, frame->height,
                        enc->s.size.w, enc->s.size.h);
    x264_picture_t pic;
    x264_picture_init(&pic);
    pic.img.i_csp = X264_CSP_I420;
    pic.img.i_plane = 3;
    for (int i = 0; i < 3; i++) {
        pic.img.plane[i] = frame->data[i];
        pic.img.i_stride[i] = frame->linesize[i];
    }
    int64_t tick = av_rescale_q(frame->pts, (AVRational){ 1, 1000000 }, enc->stream.time_base);
    if (tick <= enc->last_tick) /* frames nearer than a tick */
        tick = enc->last_tick + 1;
    pic.i_pts = enc->last_tick = tick;
    pic.i_type = enc->key_wanted ? X264_TYPE_IDR : X264_TYPE_AUTO;
    enc->key_wanted = false;
    bool map = enc->s.map.offsets || enc->s.qp_shift != 0;
    int ret = map ? set_map(enc, frame, &pic, err) : 0;
    if (ret)
        return ret;
    if (enc->s.sink.recon) {
        enc->inside = dvb_grow(enc->inside, enc->n_inside, &enc->cap_inside, sizeof(*enc->inside));
        enc->inside[enc->n_inside++] = (struct inside){ .tick = tick, .pts = frame->pts };
    }
    return run_x264(enc, &pic, err);
}

int dvb_encoder_set_crf(struct dvb_encoder *enc, double crf, double qp_shift, struct dvb_err *err)
{
    enc->s.qp_shift = qp_shift;
    x264_param_t p;
    x264_encoder_parameters(enc->x264, &p);
    p.rc.f_rf_constant = (float)(crf < DVB_CRF_MIN ? DVB_CRF_MIN : crf);
    return x264_encoder_reconfig(enc->x264, &p) ? fail_x264(enc, "refused another CRF", err) : 0;
}

int dvb_encoder_set_bitrate(struct dvb_encoder *enc, int64_t bitrate, struct dvb_err *err)
{
    x264_param_t p;
    x264_encoder_parameters(enc->x264, &p);
    set_bitrate(bitrate, enc->s.buffer, &p);
    return x264_encoder_reconfig(enc->x264, &p) ? fail_x264(enc, "refused another bitrate", err)
                                                : 0;
}

void dvb_encoder_force_key(struct dvb_encoder *enc)
{
    enc->key_wanted = true;
}

int dvb_encoder_finish(struct dvb_encoder *enc, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && x264_encoder_delayed_frames(enc->x264) > 0)
        ret = run_x264(enc, NULL, err);
    return ret;
}

void dvb_encoder_close(struct dvb_encoder **enc)
{
    if (!*enc)
        return;
    if ((*enc)->x264)
        x264_encoder_close((*enc)->x264);
    for (size_t i = 0; i < (*enc)->n_inside; i++)
        av_frame_free(&(*enc)->inside[i].recon);
    free((*enc)->inside);
    dvb_effect_release(&(*enc)->effect);
    free((*enc)->stream.headers);
    sws_freeContext((*enc)->deinterleave);
    dvb_frame_pool_release(&(*enc)->pool);
    av_frame_free(&(*enc)->like);
    free(*enc);
    *enc = NULL;
}
