/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/image.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/fs.h"
#include "media/ffmpeg.h"
#include "media/scale.h"

static int even_below(int v)
{
    return v < 2 ? 2 : v & ~1;
}

struct dvb_size dvb_size_within(int w, int h, int64_t max_pixels)
{
    struct dvb_size whole = { even_below(w), even_below(h) };
    if (max_pixels <= 0 || (int64_t)whole.w * whole.h <= max_pixels)
        return whole;
    double shrink = sqrt((double)max_pixels / ((double)w * h));
    for (int tw = even_below((int)(w * shrink)) + 2; tw > 2; tw -= 2) {
        int th = even_below(2 * (int)lround((double)tw * h / w / 2));
        if (tw <= whole.w && th <= whole.h && (int64_t)tw * th <= max_pixels)
            return (struct dvb_size){ tw, th };
    }
    /* A very tall picture whose width is down to 2. */
    int64_t th = max_pixels / 2 < whole.h ? max_pixels / 2 : whole.h;
    return (struct dvb_size){ 2, even_below((int)th) };
}

static void copy_beside(AVFrame *pair, const AVFrame *half, int x)
{
    for (int p = 0; p < 3; p++) {
        int sub = p > 0;
        av_image_copy_plane(pair->data[p] + (x >> sub), pair->linesize[p], half->data[p],
                            half->linesize[p], half->width >> sub, half->height >> sub);
    }
}

AVFrame *dvb_frame_beside(const AVFrame *left, const AVFrame *right)
{
    if (left->width != right->width || left->height != right->height)
        return NULL;
    AVFrame *pair = av_frame_alloc();
    if (!pair)
        return NULL;
    pair->format = AV_PIX_FMT_YUV420P;
    pair->width = 2 * left->width;
    pair->height = left->height;
    if (av_frame_get_buffer(pair, 0) < 0 || av_frame_copy_props(pair, left) < 0) {
        av_frame_free(&pair);
        return NULL;
    }
    copy_beside(pair, left, 0);
    copy_beside(pair, right, left->width);
    return pair;
}

/* Encode one frame and write the packet's bytes to path. ctx has its codec's
   options set and is opened here. */
static int encode_to_file(AVCodecContext *ctx, const AVFrame *frame, const char *path,
                          struct dvb_err *err)
{
    ctx->width = frame->width;
    ctx->height = frame->height;
    ctx->pix_fmt = (enum AVPixelFormat)frame->format;
    ctx->color_range = frame->color_range;
    ctx->time_base = (AVRational){ 1, 25 };
    ctx->thread_count = 1;
    ctx->flags |= AV_CODEC_FLAG_BITEXACT;
    AVPacket *pkt = av_packet_alloc();
    if (!pkt)
        return dvb_fail_nomem(err);
    int r = avcodec_open2(ctx, ctx->codec, NULL);
    if (!r)
        r = avcodec_send_frame(ctx, frame);
    if (!r)
        r = avcodec_receive_packet(ctx, pkt);
    if (r < 0)
        r = dvb_fail_av(err, DVB_FAULT_INTERNAL, r, "%s: cannot encode a %dx%d picture as %s", path,
                        frame->width, frame->height, ctx->codec->name);
    else
        r = dvb_write_file(path, pkt->data, (size_t)pkt->size, err);
    av_packet_free(&pkt);
    return r;
}

static AVCodecContext *open_encoder(enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    return codec ? avcodec_alloc_context3(codec) : NULL;
}

/* Y' = y[0] Y + y[1] U + y[2] V and so on, on values without offset, in 1/65536.
   Sums stay below 2^25. */
struct yuv_matrix {
    int32_t y[3], u[3], v[3];
};

/* From limited to full range: luma 255/219, chroma 255/224. The second also
   from BT.709 to BT.601 (RGB is the same, so it is the product of the one's
   inverse and the other): the numbers are that product's, rounded. */
static const struct yuv_matrix same_matrix = { { 76309, 0, 0 }, { 0, 74606, 0 }, { 0, 0, 74606 } };
static const struct yuv_matrix to_bt601 = { { 76309, 7578, 14628 },
                                            { 0, 73849, -8255 },
                                            { 0, -5405, 73367 } };

static uint8_t to_byte(int32_t v, int offset)
{
    return av_clip_uint8(((v + 32768) >> 16) + offset);
}

/* w is even: two pixels share their chroma. */
static void luma_row(const struct yuv_matrix *m, uint8_t *dst, const uint8_t *y, const uint8_t *u,
                     const uint8_t *v, int w)
{
#pragma omp simd
    for (int x = 0; x < w / 2; x++) {
        int32_t c = m->y[1] * (u[x] - 128) + m->y[2] * (v[x] - 128);
        dst[2 * x] = to_byte(m->y[0] * (y[2 * x] - 16) + c, 0);
        dst[2 * x + 1] = to_byte(m->y[0] * (y[2 * x + 1] - 16) + c, 0);
    }
}

static void chroma_row(const struct yuv_matrix *m, uint8_t *du, uint8_t *dv, const uint8_t *u,
                       const uint8_t *v, int w)
{
#pragma omp simd
    for (int x = 0; x < w; x++) {
        int cu = u[x] - 128, cv = v[x] - 128;
        du[x] = to_byte(m->u[1] * cu + m->u[2] * cv, 128);
        dv[x] = to_byte(m->v[1] * cu + m->v[2] * cv, 128);
    }
}

/* A new yuvj420p frame, BT.601. Both matrices are linear in YCbCr, so this
   needs no way through RGB and no resampling of chroma. */
static AVFrame *to_jpeg_colours(const AVFrame *src)
{
    AVFrame *dst = av_frame_alloc();
    if (!dst)
        return NULL;
    dst->format = AV_PIX_FMT_YUVJ420P;
    dst->width = src->width;
    dst->height = src->height;
    if (av_frame_get_buffer(dst, 0) < 0) {
        av_frame_free(&dst);
        return NULL;
    }
    dst->color_range = AVCOL_RANGE_JPEG;
    dst->colorspace = AVCOL_SPC_BT470BG;
    const struct yuv_matrix *m = dvb_guess_bt709(src) ? &to_bt601 : &same_matrix;
    for (int y = 0; y < src->height; y++) {
        const uint8_t *u = src->data[1] + (y >> 1) * (ptrdiff_t)src->linesize[1];
        const uint8_t *v = src->data[2] + (y >> 1) * (ptrdiff_t)src->linesize[2];
        luma_row(m, dst->data[0] + y * (ptrdiff_t)dst->linesize[0],
                 src->data[0] + y * (ptrdiff_t)src->linesize[0], u, v, src->width);
        if (y & 1)
            chroma_row(m, dst->data[1] + (y >> 1) * (ptrdiff_t)dst->linesize[1],
                       dst->data[2] + (y >> 1) * (ptrdiff_t)dst->linesize[2], u, v, src->width / 2);
    }
    return dst;
}

static int turbo_fail(tjhandle tj, const AVFrame *frame, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "cannot encode a %dx%d picture as JPEG: %s",
                    frame->width, frame->height, tjGetErrorStr2(tj));
}

/* The accurate DCT gives the same bytes with and without SIMD. */
static int encode_jpeg(const AVFrame *jpeg, int quality, unsigned char **data, unsigned long *size,
                       struct dvb_err *err)
{
    const unsigned char *planes[3] = { jpeg->data[0], jpeg->data[1], jpeg->data[2] };
    tjhandle tj = tjInitCompress();
    if (!tj)
        return dvb_fail_nomem(err);
    int ret = tjCompressFromYUVPlanes(tj, planes, jpeg->width, jpeg->linesize, jpeg->height,
                                      TJSAMP_420, data, size, quality, TJFLAG_ACCURATEDCT);
    if (ret)
        ret = turbo_fail(tj, jpeg, err);
    tjDestroy(tj);
    return ret;
}

/* *data is TurboJPEG's, to be freed by tjFree. */
static int make_jpeg(const AVFrame *frame, int quality, unsigned char **data, unsigned long *size,
                     struct dvb_err *err)
{
    *data = NULL;
    *size = 0;
    if (quality < 1 || quality > 100)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "JPEG quality is %d, must be 1..100",
                        quality);
    AVFrame *jpeg = to_jpeg_colours(frame);
    int ret = jpeg ? encode_jpeg(jpeg, quality, data, size, err) : dvb_fail_nomem(err);
    av_frame_free(&jpeg);
    return ret;
}

int dvb_image_write_jpeg(const AVFrame *frame, int quality, const char *path, struct dvb_err *err)
{
    unsigned char *data;
    unsigned long size;
    int ret = make_jpeg(frame, quality, &data, &size, err);
    ret = ret ? dvb_err_prefix(err, "%s", path) : dvb_write_file(path, data, size, err);
    tjFree(data);
    return ret;
}

int dvb_image_jpeg(const AVFrame *frame, int quality, unsigned char **data, size_t *len,
                   struct dvb_err *err)
{
    unsigned char *made;
    unsigned long size;
    int ret = make_jpeg(frame, quality, &made, &size, err);
    *data = ret ? NULL : malloc(size);
    *len = size;
    if (!ret && !*data)
        ret = dvb_fail_nomem(err);
    if (!ret)
        memcpy(*data, made, size);
    tjFree(made);
    return ret;
}

AVFrame *dvb_frame_rgb(const AVFrame *src)
{
    AVFrame *dst = av_frame_alloc();
    struct SwsContext *sws = sws_getContext(
        src->width, src->height, AV_PIX_FMT_YUV420P, src->width, src->height, AV_PIX_FMT_RGB24,
        SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!dst || !sws)
        goto fail;
    dst->format = AV_PIX_FMT_RGB24;
    dst->width = src->width;
    dst->height = src->height;
    if (av_frame_get_buffer(dst, 0) < 0)
        goto fail;
    const int *matrix = sws_getCoefficients(dvb_guess_bt709(src) ? SWS_CS_ITU709 : SWS_CS_ITU601);
    sws_setColorspaceDetails(sws, matrix, 0, matrix, 1, 0, 1 << 16, 1 << 16);
    if (sws_scale(sws, (const uint8_t *const *)src->data, src->linesize, 0, src->height, dst->data,
                  dst->linesize) < 0)
        goto fail;
    sws_freeContext(sws);
    return dst;
fail:
    sws_freeContext(sws);
    av_frame_free(&dst);
    return NULL;
}

int dvb_image_write_png(const AVFrame *frame, const char *path, struct dvb_err *err)
{
    dvb_ffmpeg_begin();
    AVCodecContext *ctx = open_encoder(AV_CODEC_ID_PNG);
    AVFrame *rgb = dvb_frame_rgb(frame);
    int ret = ctx && rgb ? encode_to_file(ctx, rgb, path, err) : dvb_fail_nomem(err);
    av_frame_free(&rgb);
    avcodec_free_context(&ctx);
    return ret;
}
