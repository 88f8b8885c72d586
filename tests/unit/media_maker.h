/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small test videos, made with FFmpeg's encoders when a test runs. Every frame
 * says which it is: coloured corners (red, green, blue, yellow from the top
 * left in reading order) on gray, and its number as a row of eight black or
 * white blocks in the middle.
 */
#ifndef DVB_TESTS_MEDIA_MAKER_H
#define DVB_TESTS_MEDIA_MAKER_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *maker_now = ""; /* the path being made, for messages */

#define MAKER_OK(x)                                                                                \
    do {                                                                                           \
        int ok_ = (x);                                                                             \
        if (ok_ < 0) {                                                                             \
            fprintf(stderr, "media_maker.h:%d: %s: %s: %s\n", __LINE__, maker_now, #x,             \
                    av_err2str(ok_));                                                              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct maker {
    const char *path;    /* the muxer goes by its ending */
    const char *encoder; /* NULL: libx264 */
    const char *options; /* of the encoder, "a=b:c=d" */
    const char *mux_options;
    int w, h, frames;
    int format; /* enum AVPixelFormat; 0: yuv420p */
    int fps;    /* 0: 25 */
    AVRational sar;
    const int32_t *matrix; /* display matrix */
    bool full_range, interlaced;
    int64_t offset;   /* of all time stamps, in milliseconds */
    const int *times; /* of each frame in milliseconds; NULL: constant rate */
};

static inline void maker_fill(uint8_t *rgb, int w, int x0, int y0, int bw, int bh, int r, int g,
                              int b)
{
    for (int y = y0; y < y0 + bh; y++)
        for (int x = x0; x < x0 + bw; x++) {
            uint8_t *p = rgb + 3 * (y * w + x);
            p[0] = (uint8_t)r, p[1] = (uint8_t)g, p[2] = (uint8_t)b;
        }
}

static inline void maker_paint(uint8_t *rgb, int w, int h, int number)
{
    int cw = w / 4, ch = h / 4;
    maker_fill(rgb, w, 0, 0, w, h, 128, 128, 128);
    maker_fill(rgb, w, 0, 0, cw, ch, 255, 0, 0);
    maker_fill(rgb, w, w - cw, 0, cw, ch, 0, 255, 0);
    maker_fill(rgb, w, 0, h - ch, cw, ch, 0, 0, 255);
    maker_fill(rgb, w, w - cw, h - ch, cw, ch, 255, 255, 0);
    for (int bit = 0; bit < 8; bit++) {
        int v = number >> bit & 1 ? 255 : 0;
        maker_fill(rgb, w, bit * w / 8, h * 3 / 8, (bit + 1) * w / 8 - bit * w / 8, h / 4, v, v, v);
    }
}

/* Fields that show two different times: a white bar that moves 8 pixels a field
   over a dark texture that changes from frame to frame. */
static inline void maker_paint_fields(uint8_t *rgb, int w, int h, int number)
{
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            int v = (x / 8 * 5 + y * 37 + number * 11) & 63;
            maker_fill(rgb, w, x, y, 1, 1, v, v, v);
        }
        maker_fill(rgb, w, (number * 2 + (y & 1)) * 8 % (w - 16), y, 16, 1, 255, 255, 255);
    }
}

/* The number that maker_paint put into the (upright) luma plane. */
static inline int maker_number(const AVFrame *f)
{
    int number = 0;
    for (int bit = 0; bit < 8; bit++) {
        int x = (2 * bit + 1) * f->width / 16, y = f->height / 2;
        number |= (f->data[0][y * f->linesize[0] + x] > 128) << bit;
    }
    return number;
}

static inline AVFrame *maker_frame(const struct maker *m, int format, int number)
{
    uint8_t *rgb = malloc((size_t)3 * m->w * m->h);
    (m->interlaced ? maker_paint_fields : maker_paint)(rgb, m->w, m->h, number);
    AVFrame *f = av_frame_alloc();
    f->format = format;
    f->width = m->w;
    f->height = m->h;
    MAKER_OK(av_frame_get_buffer(f, 0));
    struct SwsContext *sws = sws_getContext(m->w, m->h, AV_PIX_FMT_RGB24, m->w, m->h,
                                            (enum AVPixelFormat)format,
                                            SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
    const int *matrix = sws_getCoefficients(SWS_CS_ITU601);
    sws_setColorspaceDetails(sws, matrix, 1, matrix, m->full_range, 0, 1 << 16, 1 << 16);
    const uint8_t *src[] = { rgb };
    int stride[] = { 3 * m->w };
    MAKER_OK(sws_scale(sws, src, stride, 0, m->h, f->data, f->linesize));
    sws_freeContext(sws);
    free(rgb);
    f->color_range = m->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    f->interlaced_frame = m->interlaced;
    f->top_field_first = m->interlaced;
    return f;
}

static inline AVCodecContext *maker_encoder(const struct maker *m, int format)
{
    const char *name = m->encoder ? m->encoder : "libx264";
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    if (!codec) {
        fprintf(stderr, "media_maker.h: this FFmpeg has no encoder %s\n", name);
        abort();
    }
    AVCodecContext *c = avcodec_alloc_context3(codec);
    c->width = m->w;
    c->height = m->h;
    c->pix_fmt = (enum AVPixelFormat)format;
    c->time_base = m->times ? (AVRational){ 1, 1000 } : (AVRational){ 1, m->fps ? m->fps : 25 };
    c->framerate = (AVRational){ m->fps ? m->fps : 25, 1 };
    c->sample_aspect_ratio = m->sar;
    c->color_range = m->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    c->thread_count = 1;
    c->gop_size = 12;
    c->max_b_frames = 2;
    c->bit_rate = 1000000;
    if (m->interlaced)
        c->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    if (!strcmp(name, "libx264"))
        av_opt_set(c->priv_data, "preset", "ultrafast", 0);
    if (m->options)
        MAKER_OK(av_set_options_string(c, m->options, "=", ":") < 0
                     ? av_set_options_string(c->priv_data, m->options, "=", ":")
                     : 0);
    return c;
}

static inline void maker_drain(AVCodecContext *c, AVFormatContext *mux, AVPacket *pkt)
{
    while (avcodec_receive_packet(c, pkt) >= 0) {
        pkt->stream_index = 0;
        if (!pkt->duration && c->time_base.den != 1000)
            pkt->duration = 1;
        av_packet_rescale_ts(pkt, c->time_base, mux->streams[0]->time_base);
        MAKER_OK(av_interleaved_write_frame(mux, pkt));
    }
}

static inline void maker_make(const struct maker *m)
{
    int format = m->format ? m->format : AV_PIX_FMT_YUV420P;
    maker_now = m->path;
    AVCodecContext *c = maker_encoder(m, format);
    AVFormatContext *mux = NULL;
    MAKER_OK(avformat_alloc_output_context2(&mux, NULL, NULL, m->path));
    if (mux->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    MAKER_OK(avcodec_open2(c, c->codec, NULL));
    AVStream *st = avformat_new_stream(mux, NULL);
    MAKER_OK(avcodec_parameters_from_context(st->codecpar, c));
    st->time_base = c->time_base;
    st->avg_frame_rate = c->framerate;
    st->sample_aspect_ratio = m->sar;
    if (m->matrix)
        memcpy(av_stream_new_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, 36), m->matrix, 36);
    AVDictionary *opts = NULL;
    if (m->mux_options)
        MAKER_OK(av_dict_parse_string(&opts, m->mux_options, "=", ":", 0));
    MAKER_OK(avio_open(&mux->pb, m->path, AVIO_FLAG_WRITE));
    MAKER_OK(avformat_write_header(mux, &opts));
    av_dict_free(&opts);
    AVPacket *pkt = av_packet_alloc();
    int64_t offset = m->offset * c->time_base.den / 1000 / c->time_base.num;
    for (int i = 0; i < m->frames; i++) {
        AVFrame *f = maker_frame(m, format, i);
        f->pts = offset + (m->times ? m->times[i] : i);
        MAKER_OK(avcodec_send_frame(c, f));
        av_frame_free(&f);
        maker_drain(c, mux, pkt);
    }
    MAKER_OK(avcodec_send_frame(c, NULL));
    maker_drain(c, mux, pkt);
    MAKER_OK(av_write_trailer(mux));
    av_packet_free(&pkt);
    avio_closep(&mux->pb);
    avformat_free_context(mux);
    avcodec_free_context(&c);
}

#endif
