/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavutil/frame.h>
#include <string.h>

#include "base/hash.h"
#include "media/encode.h"

#define SIDE 64

static int half_map(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                    struct dvb_err *err)
{
    (void)frame, (void)err;
    for (int i = 0; i < mb_w * mb_h; i++)
        out[i] = i % mb_w < mb_w / 2 ? 0 : *(const float *)ctx;
    return 0;
}

static int hash_packet(void *ctx, const struct dvb_packet *packet, struct dvb_err *err)
{
    (void)err;
    dvb_hash_bytes(ctx, packet->data, packet->size);
    return 0;
}

/* Detail that every quantiser treats in its own way. */
static AVFrame *pattern(void)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->format = AV_PIX_FMT_YUV420P;
    f->width = f->height = SIDE;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    for (int p = 0; f && p < 3; p++)
        for (int y = 0; y < SIDE >> (p > 0); y++)
            for (int x = 0; x < SIDE >> (p > 0); x++)
                f->data[p][y * f->linesize[p] + x] = (uint8_t)(64 +
                                                               (x * 37 + y * 61 + x * y) % 128);
    return f;
}

static int encode(const struct dvb_encode_recipe *recipe, float strength,
                  char hex[DVB_HASH_LEN + 1], struct dvb_err *err)
{
    struct dvb_hash hash;
    struct dvb_encoder *enc = NULL;
    const struct dvb_encode_settings s = { .recipe = recipe,
                                           .size = { SIDE, SIDE },
                                           .fps = { 25, 1 },
                                           .crf = 26,
                                           .map = { &strength, half_map },
                                           .sink = { .ctx = &hash, .packet = hash_packet } };
    AVFrame *frame = pattern();
    dvb_hash_init(&hash);
    int ret = frame ? dvb_encoder_open(&s, &enc, err) : dvb_fail_nomem(err);
    if (!ret)
        ret = dvb_encoder_put(enc, frame, err);
    if (!ret)
        ret = dvb_encoder_finish(enc, err);
    dvb_encoder_close(&enc);
    av_frame_free(&frame);
    dvb_hash_final(&hash, hex);
    return ret;
}

int dvb_encode_try_map(const struct dvb_encode_recipe *recipe, float strength, struct dvb_err *err)
{
    char flat[DVB_HASH_LEN + 1], shaped[DVB_HASH_LEN + 1];
    int ret = encode(recipe, 0, flat, err);
    if (!ret)
        ret = encode(recipe, strength, shaped, err);
    if (!ret && !strcmp(flat, shaped))
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, ENOTSUP,
                       "x264 takes no notice of QP maps at preset %s%s%s", recipe->preset,
                       *recipe->tune ? ", tune " : "", recipe->tune);
    return ret;
}
