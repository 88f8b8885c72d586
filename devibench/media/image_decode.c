/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#include "media/ffmpeg.h"
#include "media/image.h"
#include "media/scale.h"

struct bytes {
    const uint8_t *p;
    size_t len;
};

/* n bytes at offset as one number, 0 where the data ends before. */
static uint32_t big(struct bytes b, size_t at, int n)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | (at + i < b.len ? b.p[at + i] : 0);
    return v;
}

static uint32_t little(struct bytes b, size_t at, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | (at + i < b.len ? b.p[at + i] : 0);
    return v;
}

struct extent {
    uint32_t w, h;
};

static struct extent png_extent(struct bytes b)
{
    return (struct extent){ big(b, 16, 4), big(b, 20, 4) };
}

/* The first start-of-frame segment (T.81, table B.1: C0..CF without C4, C8, CC). */
static struct extent jpeg_extent(struct bytes b)
{
    for (size_t at = 2; at + 9 < b.len;) {
        if (b.p[at] != 0xff)
            break;
        uint8_t code = b.p[at + 1];
        if (code == 0xff) { /* fill byte */
            at++;
            continue;
        }
        if (code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc)
            return (struct extent){ big(b, at + 7, 2), big(b, at + 5, 2) };
        at += 2 + big(b, at + 2, 2);
    }
    return (struct extent){ 0, 0 };
}

static struct extent webp_extent(struct bytes b)
{
    static const struct {
        const char *chunk;
        size_t at;
        int bytes, shift;
        uint32_t mask, plus;
        size_t h_at;
        int h_shift;
    } kinds[] = {
        { "VP8 ", 26, 2, 0, 0x3fff, 0, 28, 0 },
        { "VP8L", 21, 4, 0, 0x3fff, 1, 21, 14 },
        { "VP8X", 24, 3, 0, 0xffffff, 1, 27, 0 },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && b.len > 30; i++)
        if (!memcmp(b.p + 12, kinds[i].chunk, 4))
            return (struct extent){
                (little(b, kinds[i].at, kinds[i].bytes) & kinds[i].mask) + kinds[i].plus,
                ((little(b, kinds[i].h_at, kinds[i].bytes) >> kinds[i].h_shift) & kinds[i].mask) +
                    kinds[i].plus
            };
    return (struct extent){ 0, 0 };
}

static const struct picture_kind {
    const char *name;
    enum AVCodecID codec;
    const char *magic;
    size_t magic_len, at; /* where in the file */
    struct extent (*extent)(struct bytes b);
} picture_kinds[] = {
    { "JPEG", AV_CODEC_ID_MJPEG, "\xff\xd8\xff", 3, 0, jpeg_extent },
    { "PNG", AV_CODEC_ID_PNG, "\x89PNG\r\n\x1a\n", 8, 0, png_extent },
    { "WebP", AV_CODEC_ID_WEBP, "WEBP", 4, 8, webp_extent },
};

static const struct picture_kind *kind_of(struct bytes b)
{
    for (size_t i = 0; i < sizeof(picture_kinds) / sizeof(picture_kinds[0]); i++) {
        const struct picture_kind *k = &picture_kinds[i];
        if (b.len >= k->at + k->magic_len && !memcmp(b.p + k->at, k->magic, k->magic_len))
            return k;
    }
    return NULL;
}

static int check_extent(const struct picture_kind *kind, struct bytes b, int64_t max_pixels,
                        struct dvb_err *err)
{
    struct extent e = kind->extent(b);
    if (!e.w || !e.h)
        return dvb_fail(err, DVB_FAULT_INPUT, EBADMSG, "%s picture without a size: it is damaged",
                        kind->name);
    if ((uint64_t)e.w * e.h > (uint64_t)max_pixels)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                        "%s picture of %ux%u pixels, at most %lld are accepted", kind->name, e.w,
                        e.h, (long long)max_pixels);
    return 0;
}

static int decode_packet(AVCodecContext *ctx, const AVPacket *pkt, AVFrame *frame)
{
    int r = avcodec_open2(ctx, ctx->codec, NULL);
    if (!r)
        r = avcodec_send_packet(ctx, pkt);
    if (!r)
        r = avcodec_send_packet(ctx, NULL);
    return r ? r : avcodec_receive_frame(ctx, frame);
}

static int decode_any(const struct picture_kind *kind, struct bytes b, int64_t max_pixels,
                      AVFrame *frame, struct dvb_err *err)
{
    const AVCodec *codec = avcodec_find_decoder(kind->codec);
    AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *pkt = av_packet_alloc();
    int ret;
    if (!ctx || !pkt || av_new_packet(pkt, (int)b.len) < 0) {
        ret = dvb_fail_nomem(err);
        goto done;
    }
    memcpy(pkt->data, b.p, b.len);
    ctx->thread_count = 1;
    ctx->max_pixels = max_pixels;
    ret = decode_packet(ctx, pkt, frame);
    if (ret < 0)
        ret = dvb_fail_av(err, DVB_FAULT_INPUT, ret, "%s picture cannot be decoded", kind->name);
done:
    av_packet_free(&pkt);
    avcodec_free_context(&ctx);
    return ret;
}

int dvb_image_decode(const void *data, size_t len, int64_t max_pixels, AVFrame **frame,
                     struct dvb_err *err)
{
    *frame = NULL;
    dvb_ffmpeg_begin();
    struct bytes b = { data, len };
    const struct picture_kind *kind = kind_of(b);
    if (!kind || len > INT_MAX / 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EBADMSG,
                        "%zu bytes that are not a JPEG, PNG or WebP picture", len);
    int ret = check_extent(kind, b, max_pixels, err);
    if (ret)
        return ret;
    AVFrame *raw = av_frame_alloc();
    if (!raw)
        return dvb_fail_nomem(err);
    ret = decode_any(kind, b, max_pixels, raw, err);
    if (!ret) {
        struct dvb_size even = dvb_size_within(raw->width, raw->height, 0);
        raw->pts = AV_NOPTS_VALUE;
        *frame = dvb_frame_scale(raw, even.w, even.h);
        if (!*frame)
            ret = dvb_fail_nomem(err);
    }
    av_frame_free(&raw);
    return ret;
}

struct dvb_size dvb_image_size(const void *data, size_t len)
{
    struct bytes b = { data, len };
    const struct picture_kind *kind = kind_of(b);
    struct extent e = kind ? kind->extent(b) : (struct extent){ 0, 0 };
    bool sane = e.w > 0 && e.h > 0 && e.w <= INT_MAX && e.h <= INT_MAX;
    return sane ? (struct dvb_size){ (int)e.w, (int)e.h } : (struct dvb_size){ 0, 0 };
}
