/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frame sizes of a real encode. */
#include <errno.h>

#include "eval/network/frame_model.h"
#include "media/clip.h"
#include "media/encode.h"

struct collecting {
    struct dvb_frame_shape *shape;
    size_t cap;
    const char *path;
};

static int take_packet(void *ctx, const struct dvb_packet *p, struct dvb_err *err)
{
    struct collecting *c = ctx;
    if (!dvb_frame_shape_add(c->shape, &c->cap, (uint32_t)p->size, p->key))
        return 0;
    return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: too many frames", c->path);
}

static int open_encoder(const struct dvb_clip_info *info, struct dvb_encode_recipe *recipe,
                        struct collecting *c, struct dvb_encoder **enc, struct dvb_err *err)
{
    const struct dvb_encode_settings settings = { .recipe = recipe,
                                                  .size = { info->width, info->height },
                                                  .fps = info->fps,
                                                  .crf = recipe->crf,
                                                  .sink = { .ctx = c, .packet = take_packet } };
    int ret = dvb_encode_set_preset(recipe, "veryfast", "zerolatency", err);
    return ret ? ret : dvb_encoder_open(&settings, enc, err);
}

static int encode(struct dvb_clip *clip, struct dvb_encoder *enc, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    int ret;
    while ((ret = dvb_clip_next(clip, &frame, err)) > 0) {
        ret = dvb_encoder_put(enc, frame, err);
        av_frame_free(&frame);
        if (ret < 0)
            return ret;
    }
    return ret ? ret : dvb_encoder_finish(enc, err);
}

int dvb_frame_shape_encode(const char *path, double fps, double crf, struct dvb_frame_shape *shape,
                           struct dvb_err *err)
{
    const struct dvb_clip_settings cs = { .fps = fps };
    struct dvb_encode_recipe recipe = { .crf = crf };
    struct collecting c = { .shape = shape, .path = path };
    struct dvb_clip *clip;
    struct dvb_encoder *enc = NULL;
    *shape = (struct dvb_frame_shape){ 0 };
    int ret = dvb_clip_open(path, &cs, &clip, err);
    if (!ret)
        ret = open_encoder(dvb_clip_get_info(clip), &recipe, &c, &enc, err);
    if (!ret)
        ret = encode(clip, enc, err);
    dvb_encoder_close(&enc);
    dvb_clip_close(&clip);
    if (ret)
        dvb_frame_shape_release(shape);
    return ret;
}
